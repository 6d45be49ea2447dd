"""`vector_add(a, b)`: the sum of two tensors, without a loop over their elements."""

import math
import mmap
import secrets
import time

import numpy as np
import torch
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from autograder.authoring import (
    ANYTHING,
    N_,
    Exercise,
    StudentError,
    expect,
    phrase,
    tensors,
)
from autograder.exercises.inputs import seeded

vector_add = Exercise(
    "vector_add",
    hidden_inputs=("n", "number"),
    hints={
        "value": N_("What does `+` do with two tensors of the same shape?"),
        "slow": N_(
            "One `a + b` passes all numbers to fast compiled code at once. Do you "
            "use a loop or a list?"
        ),
    },
)

N = 1_000_000
KINDS = [
    (axes, dtype) for dtype in ("float32", "float64", "int64") for axes in (1, 2)
]  # each is timed
ATTEMPTS = (
    6  # for each kind, so that a right answer does not fail because of a busy machine
)
FAR = 20  # times the limit: no busy machine causes that, so one attempt is enough
PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS  # what workers may ask for
FACTOR = 15  # a right answer may take this many times as long as a + b; a tolist() takes 75 times


@vector_add.answer
def right(a, b):
    return a + b


@vector_add.probe(
    reply=[[ANYTHING]], agrees=lambda reply, calls: len(reply) == len(calls)
)
def in_one_memory(f, calls):
    """For calls with two slices of one memory: the value and the memory afterwards; [] for one that raised.

    A right answer may use `view`, for example, which refuses elements that are not adjacent.
    """
    found = []
    for memory, one, two, is_written in calls:
        a = memory[slice(*one)]
        try:
            value = f(a, a if one == two else memory[slice(*two)])
            found.append([value.add_(1) if is_written else value, memory])
        except Exception:
            found.append([])
    return found


SHARED = 30  # elements of the case that is asked in shared memory too


@vector_add.check(
    points=2,
    cases=40,
    given=tensors(a="n", b="n", largest=9),
    edge_cases=[
        seeded(a=f"{SHARED}", b=f"{SHARED}", by=1 / 3),
        seeded(a="2000", b="2000"),
        seeded(a="20", b="20", largest=1000, by=1024.0),
        seeded(a="20", b="20", largest=8, by=1 / 1024),
        seeded(a="10", b="10", largest=0),
        # What is added and taken away again is lost, beside numbers as large as these.
        seeded(a="20", b="20").map(lambda case: case | {"a": case["a"] * 2.0**30}),
        seeded(a="20", b="20").map(lambda case: case | {"b": case["b"] * 2.0**30}),
    ],
    rare=1,
)
def adds(vector_add, a, b):
    """adds two vectors element by element"""
    expect.close(vector_add.and_inputs(a, b).value, vector_add.expected(right, a, b))


class Counting(TorchDispatchMode):
    """Counts the tensor operations that run in it."""

    ops = 0

    @classmethod
    def _should_skip_dynamo(cls):
        """No: to skip it, torch would import its compiler, which takes most of a second."""
        return False

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.ops += 1
        return func(*args, **kwargs or {})


@vector_add.probe(reply={"value": ANYTHING, "ops": float})
def operations(f, a, b):
    """The value, and how many tensor operations the call took."""
    with Counting() as count:
        value = f(a, b)
    return {"value": value, "ops": count.ops}


def numbers(shape, dtype, number):
    """Two tensors of these random numbers; dtype by its name."""
    rng, kind = torch.Generator().manual_seed(number), getattr(torch, dtype)
    if kind.is_floating_point:
        return torch.rand(shape, generator=rng, dtype=kind), torch.rand(
            shape, generator=rng, dtype=kind
        )
    return tuple(
        torch.randint(-(2**40), 2**40, shape, generator=rng, dtype=kind)
        for _ in range(2)
    )


@vector_add.probe(reply={"value": ANYTHING, "seconds": float, "plain": float})
def clock(f, shape, dtype, number):
    """The value, CPU seconds of the call, and of a sum beside it.

    That sum is written into memory which the system must clear first, as it must for any further tensor
    of the call: on some machines it takes ten times as long as adding.
    """
    a, b = numbers(shape, dtype, number)
    read, plain = time.thread_time, []
    for _ in range(3):
        new = torch.frombuffer(mmap.mmap(-1, a.nbytes, PRIVATE), dtype=a.dtype).view(
            a.shape
        )
        start = read()
        torch.add(a, b, out=new)
        plain.append(read() - start)
    start = read()
    value = f(a, b)
    return {"value": value, "seconds": read() - start, "plain": min(plain)}


def job(shape, dtype, number):
    """The sum, CPU seconds of `a + b`, and of all that `clock` does around it, here and now.

    The student's code does not run here.  Measured in each round, because on a busy machine both are slow.
    """
    start = time.thread_time()
    a, b = numbers(shape, dtype, number)
    adding = []
    for _ in range(3):
        middle = time.thread_time()
        total = torch.add(a, b)
        adding.append(time.thread_time() - middle)
    total.numpy().tobytes()
    return total, min(adding), time.thread_time() - start - sum(adding) + min(adding)


def timed(vector_add, shape, dtype):
    """The times of a call that is fast enough, from several attempts on a busy machine.

    Each attempt has new random numbers, so that code cannot compute sums in advance during a slow one.
    """
    for _ in range(ATTEMPTS):
        number = secrets.randbits(62)
        got = clock(vector_add, list(shape), dtype, number)
        # The worker's clock is the student's to patch; its CPU time as seen from here is not.
        outside = vector_add.cpu
        total, adding, around = job(shape, dtype, number)
        expect.close(got.value, total)
        times_allowed = max(
            got.seconds / (FACTOR * got.plain),
            outside / (4 * around + 3 * FACTOR * adding),
        )
        if times_allowed < 1:
            return got
        if times_allowed > FAR:
            break
    note_times(vector_add, got, math.prod(shape))
    words = N_(
        "{seconds} s for shape {shape} and dtype {dtype}: {times} times as long as a + b "
        "({plain} s), and at most {factor} times is right"
    )
    return expect.that(
        False,
        words,
        "slow",
        seconds=f"{got.seconds:.2g}",
        plain=f"{got.plain:.2g}",
        times=f"{got.seconds / got.plain:.0f}",
        factor=FACTOR,
        shape=tuple(shape),
        dtype=dtype,
    )


def note_times(vector_add, got, elements):
    """Let the student read what was measured on this machine."""
    loop = seconds_of_loop() * elements
    words = N_(
        "Measured on the grading machine, for {elements:,.0f} elements: a loop takes {loop:.2g} s, "
        "`a + b` {plain:.2g} s, and your function {seconds:.2g} s, {factor:.2g} times as fast "
        "as a loop."
    )
    times = {"seconds": got.seconds, "plain": got.plain, "loop": loop}
    vector_add.note(words, elements=elements, factor=loop / got.seconds, **times)


def seconds_of_loop():
    """CPU seconds that a loop over the elements takes for each, on this machine."""
    a = torch.rand(1000)
    c = torch.zeros(1000)
    start = time.thread_time()
    for i in range(1000):
        c[i] = a[i] + a[i]
    return (time.thread_time() - start) / 1000


def speedup(device):
    """How many times as fast as a loop on the CPU `a + b` is on a device, on this machine."""
    a, b = torch.rand(N, device=device), torch.rand(N, device=device)
    seconds = []
    for _ in range(ATTEMPTS):
        start = time.perf_counter()
        right(a, b)
        if device != "cpu":  # a device computes on while Python goes on
            torch.accelerator.synchronize()
        seconds.append(time.perf_counter() - start)
    return seconds_of_loop() * N / min(seconds)


vector_add.speedup = speedup


def without_times(cases):
    """The part of the answers that is the same in every run: whether there are many operations, or a time."""
    answers = [[a for a in case if type(a) is dict] for case in cases]
    return [
        [any(a.get("ops", 0) > 600 for a in case), any("seconds" in a for a in case)]
        for case in answers
    ]


@vector_add.check(
    points=2,
    given=st.fixed_dictionaries(
        {"n": st.integers(N - N // 10, N), "number": st.integers(0, 1 << 31)}
    ),
    sequential=True,
    view=without_times,
)
def is_vectorized(vector_add, n, number):
    """adds a million numbers about as fast as a + b does"""
    # Both sizes are beyond the 1000 elements up to which printing a tensor looks at each.
    size = 1200 + number % 97
    for axes, dtype in KINDS:
        is_first, ops = (axes, dtype) == KINDS[0], []
        try:
            for many in (size, 2 * size):
                matrix = (
                    (many, 2) if dtype == "float32" else (2, many)
                )  # a loop over rows, or over columns
                a, b = numbers(matrix if axes == 2 else (many,), dtype, number)
                got = operations(vector_add, a, b)
                expect.close(got.value, vector_add.expected(right, a, b))
                ops.append(got.ops)
        except (expect.Difference, StudentError):
            if is_first:
                raise
            continue  # a wrong result for matrices or another dtype already fails another check
        if is_first and ops[1] - ops[0] >= 600:
            got = clock(vector_add, [2 * size], dtype, number)
            note_times(vector_add, got, 2 * size)
        expect.that(
            ops[1] - ops[0] < 600,
            "the number of tensor operations grows with the number of elements, as in a loop",
            "slow",
        )
        # Of the first kind a million; of the others half as many bytes, which no loop gets
        # by with either.
        many = n if is_first else 2 * n // getattr(torch, dtype).itemsize
        got = timed(vector_add, (many // 4, 4) if axes == 2 else (many,), dtype)
        if is_first:
            note_times(vector_add, got, many)


@vector_add.check(
    points=0.5,
    cases=147,
    given=st.one_of(
        tensors(a="n m", b="n m", largest=4),
        tensors(a="n", b="n", dtype=np.float64),
        tensors(a="n m", b="n m", largest=3, dtype=np.float64),
        tensors(a="n", b="n", dtype=np.int64, elements=st.integers(-1000, 1000)),
        tensors(
            a="n m", b="n m", largest=3, dtype=np.int64, elements=st.integers(-9, 9)
        ),
    ),
    edge_cases=[
        seeded(a="", b=""),
        seeded(
            a="", b="", by=1 / 3, dtype=np.float64
        ),  # its item() is a Python number, as a float32's is
        seeded(a="0", b="0"),
        seeded(a="2 0", b="2 0"),
        seeded(
            a="99", b="99", largest=120, by=1, dtype=np.int8
        ),  # some of the sums wrap around
        seeded(a="7 40", b="7 40", by=1 / 3, dtype=np.float16),
        seeded(a="2 3 4", b="2 3 4"),
        seeded(a="2 3 1 2", b="2 3 1 2"),
        seeded(
            a="7", b="7", largest=50, by=1, dtype=np.int32
        ),  # whose sum torch makes longer
        seeded(a="7", b="7", by=1 / 3, dtype=np.float64),  # float32 has no thirds,
        seeded(a="200 300", b="200 300", by=1 / 3, dtype=np.float64),
        seeded(
            a="7", b="7", largest=10**9, by=1, dtype=np.int64
        ),  # and few whole numbers of this size;
        seeded(a="3000", b="3000", largest=10**9, by=1, dtype=np.int64),
        seeded(
            a="4 7", b="4 7", largest=2**61, by=1, dtype=np.int64
        ),  # float64 has few of this one
    ],
    rare=6,
)
def keeps_shape_and_dtype(vector_add, a, b):
    """keeps the shape and dtype of its inputs: matrices, float64 and integers too"""
    try:
        expect.close(
            vector_add.and_inputs(a, b).value, vector_add.expected(right, a, b)
        )
    except StudentError:
        # Two errors cost nothing: numpy's sum of two numbers is no array, which from_numpy
        # refuses; and Python's sum of two numbers does not fit into int8.
        if a.dim() and a.numel() and a.dtype is not torch.int8:
            raise


def is_common(t):
    """Whether it is of the cases that are not rare."""
    return (
        t.dim() > 0
        and t.numel() > 0
        and t.dtype in (torch.float32, torch.float64, torch.int64)
    )


def inputs_left(cases):
    """The inputs after each call, in common cases: the values are compared by other checks."""
    inputs = [[a["inputs"] for a in case if type(a) is dict] for case in cases]
    return [
        [
            each
            for each in some
            if isinstance(each[0], torch.Tensor) and is_common(each[0])
        ]
        for some in inputs
    ]


@vector_add.check(
    points=0.5,
    same_cases_as=[adds, keeps_shape_and_dtype],
    view=inputs_left,
)
def leaves_its_inputs_alone(vector_add, a, b):
    """makes a new tensor and changes neither a nor b"""
    is_plain = (
        a.dim() == 1 and len(a) > 0 and a.dtype is torch.float32
    )  # of the others, the value is another check's claim
    try:
        got = vector_add.and_inputs(a, b)
    except StudentError:
        if is_plain:
            raise
        return
    if is_plain:
        expect.close(got.value, vector_add.expected(right, a, b))
    expect.inputs_unchanged(got.inputs, a=a, b=b)
    if not is_plain or len(a) != SHARED:
        return
    expect.follows_its_inputs(vector_add, right, a, b)
    n, zero = len(a), torch.zeros_like(a)
    # the memory, which of it a and b are, and whether something is then written into the
    # sum
    calls = [
        (a, (0, n), (0, n), False),
        (torch.cat([a, b]), (0, 2 * n - 1), (1, 2 * n), False),
        (torch.stack([a, b], -1).flatten(), (0, 2 * n, 2), (1, 2 * n, 2), False),
        (torch.cat([a, zero]), (0, n), (n, 2 * n), True),
        (torch.cat([zero, a]), (0, n), (n, 2 * n), True),
    ]
    apart = phrase("views of every second element")
    names = (
        "vector_add(a, a)",
        phrase("two vectors that overlap in memory"),
        apart,
        None,
        None,
    )
    for seen, (memory, one, two, is_written), what in zip(
        in_one_memory(vector_add, calls), calls, names
    ):
        if is_written:
            same = not seen or (
                isinstance(seen[-1], torch.Tensor) and seen[-1].equal(memory)
            )
            expect.that(
                same,
                "the sum with 0 is not a new tensor: it shares memory with an input",
            )
        elif seen:
            expect.close(seen[0], memory[slice(*one)] + memory[slice(*two)], what)
            expect.unchanged(
                seen[-1], memory, phrase("the memory of {what}", what=what)
            )
        else:
            expect.that(what is apart, "raises an error for {what}", what=what)
