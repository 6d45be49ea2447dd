"""`vector_add(a, b)`: the sum of two tensors, without a loop over their elements."""

from __future__ import annotations

import mmap
import time

import numpy as np
import torch
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from autograder.authoring import ANYTHING, Exercise, Figure, Line, expect, seeded, tensors, tr

vector_add = Exercise("vector_add", order=1, unseen=("n", "number"))

N = 1_000_000
ROUNDS = 4
ATTEMPTS = 6  # a right answer is not lost to a bad moment
FAR = 4  # times the limit: no moment is as bad as that, and one attempt says so
PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS  # what workers may ask for
FACTOR = 15  # a right answer may take this many times as long as a + b; a tolist() takes 75 times


@vector_add.answer
def right(a, b):
    return a + b


@vector_add.check(
    points=1,
    weakest=1.0,
    given=tensors(a="n", b="n", largest=9),
    beyond=[
        seeded(a="2000", b="2000"),
        seeded(a="20", b="20", largest=1000, by=1024.0),
        seeded(a="20", b="20", by=1 / 1024),
        seeded(a="10", b="10", largest=0),
    ],
    hint="What does `+` do with two tensors of the same shape?",
)
def adds(vector_add, a, b):
    """adds two vectors element by element"""
    expect.close(vector_add.and_inputs(a, b).value, vector_add.expected(right, a, b))


@vector_add.check(
    points=1,
    weakest=0.09,
    given=st.one_of(
        tensors(a="n m", b="n m", largest=4),
        tensors(a="n", b="n", dtype=np.float64),
        tensors(a="n m", b="n m", largest=3, dtype=np.float64),
        tensors(a="n", b="n", dtype=np.int64, elements=st.integers(-1000, 1000)),
        tensors(a="n m", b="n m", largest=3, dtype=np.int64, elements=st.integers(-9, 9)),
    ),
    beyond=[
        seeded(a="2 3 4", b="2 3 4"),
        seeded(a="7", b="7", largest=50, by=1, dtype=np.int32),  # whose sum torch makes longer
        seeded(a="7", b="7", by=1 / 3, dtype=np.float64),  # float32 has no thirds,
        seeded(a="7", b="7", largest=10**9, by=1, dtype=np.int64),  # and few whole numbers of this size
    ],
    hint="Does your code make a tensor of a fixed shape or dtype, such as torch.zeros(n)?",
)
def keeps_shape_and_dtype(vector_add, a, b):
    """gives the shape and dtype of its inputs: matrices, float64 and integers too"""
    expect.agreement(vector_add, right, a, b)


@vector_add.check(
    points=1,
    same_cases_as=[adds],
    hint="`a += b` and `a.add_(b)` write into a. Which operation makes a new tensor?",
)
def leaves_its_inputs_alone(vector_add, a, b):
    """makes a new tensor and changes neither a nor b"""
    got = vector_add.and_inputs(a, b)
    expect.close(got.value, vector_add.expected(right, a, b))
    for now, before, name in zip(got.inputs, (a, b), "ab"):
        expect.unchanged(now, before, name)


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


def numbers(n, number):
    """Two vectors that nobody can know before: each round of each course has others."""
    rng = torch.Generator().manual_seed(number)
    return torch.rand(n, generator=rng), torch.rand(n, generator=rng)


@vector_add.probe(reply={"value": ANYTHING, "seconds": float, "plain": float})
def clock(f, n, number, device="cpu"):
    """The value, CPU seconds of the call (wall seconds on other devices), and of a sum beside it.

    That sum is written into memory which the system must clear first, as it must for any further tensor
    of the call: on some machines it takes ten times as long as adding.
    """
    a, b = (t.to(device) for t in numbers(n, number))
    read = time.thread_time if device == "cpu" else time.perf_counter
    wait = getattr(torch, device.split(":")[0]).synchronize if device != "cpu" else lambda: None
    plain = []
    for _ in range(3):
        new = torch.frombuffer(mmap.mmap(-1, 4 * n, PRIVATE), dtype=a.dtype) if device == "cpu" else None
        wait()
        start = read()
        torch.add(a, b, out=new)
        wait()
        plain.append(read() - start)
    start = read()
    value = f(a, b)
    wait()
    return {"value": value, "seconds": read() - start, "plain": min(plain)}


def seconds_of_the_job() -> tuple[float, float]:
    """CPU seconds of `a + b`, and of all that `clock` does around it, here and now: by no student's clock."""
    adding, job = 1.0, 1.0
    for number in range(5):
        start = time.thread_time()
        a, b = numbers(N, number)
        middle = time.thread_time()
        total = torch.add(a, b)
        adding = min(adding, time.thread_time() - middle)
        total.numpy().tobytes()
        job = min(job, time.thread_time() - start)
    return adding, job


def without_times(cases):
    """What of the answers is the same in every run, however many rounds a clock needs."""
    return [any(a.get("ops", 0) > 600 for a in case if type(a) is dict) for case in cases]


@vector_add.check(
    points=2,
    given=st.fixed_dictionaries({"n": st.integers(N - N // 10, N), "number": st.integers(0, 1 << 31)}),
    alone=True,
    hint="One `a + b` hands all numbers to fast compiled code at once. Is there a loop, or a list?",
    view=without_times,
)
def is_vectorized(vector_add, n, number):
    """adds a million numbers about as fast as a + b does"""
    # Both sizes are beyond the 1000 elements up to which printing a tensor looks at each.
    size, ops = 1200 + number % 97, []
    for many in (size, 2 * size):
        a, b = numbers(many, number)
        got = operations(vector_add, a, b)
        expect.close(got.value, vector_add.expected(right, a, b))
        ops.append(got.ops)
    expect.that(
        ops[1] - ops[0] < 600,
        "the number of tensor operations grows with the number of elements: this is a loop",
    )
    for attempt in range(ATTEMPTS):
        # Beside them, not once for all: where others fill the cores, their caches and memory, both are slow.
        adding, job = seconds_of_the_job()
        inside, outside = [], []
        for round_ in range(ROUNDS):
            drawn = number + attempt * ROUNDS + round_
            got = clock(vector_add, n, drawn)
            outside.append(vector_add.cpu)
            inside.append((got.seconds, got.plain))
            # Looked at in each round: who remembers, or computes none but the last, has no right value.
            expect.close(got.value, torch.add(*numbers(n, drawn)))
        seconds, plain = min(s for s, _ in inside), min(p for _, p in inside)
        vector_add.note(seconds=seconds, plain=plain)
        # The worker's clock is the student's to patch; its CPU time as seen from here is not.
        limit = 4 * job + 3 * FACTOR * adding
        if seconds < FACTOR * plain and min(outside) < limit:
            return
        if seconds > FAR * FACTOR * plain or min(outside) > FAR * limit:
            break
    words = "takes more than {factor} times as long as a + b on {many:,} numbers"
    expect.that(False, words, factor=FACTOR, many=N)


SIZES = [10, 100, 1000, 10_000]


@vector_add.probe(reply={"own": [float], "plain": [float], "loop": [float]})
def race(f, sizes, number):
    """The best CPU seconds of the call, of a + b, and of a loop over the elements, at each size."""

    def loop(a, b):
        c = torch.zeros(len(a))
        for i in range(len(a)):
            c[i] = a[i] + b[i]
        return c

    def best(function, a, b):
        seconds = []
        while len(seconds) < 5 and sum(seconds) < 0.01:  # what takes long is measured at once
            start = time.thread_time()
            function(a, b)
            seconds.append(time.thread_time() - start)
        return min(seconds)

    times = {"own": [], "plain": [], "loop": []}
    for n in sizes:
        a, b = numbers(n, number)
        for name, function in (("own", f), ("plain", torch.add), ("loop", loop)):
            times[name].append(best(function, a, b))
    return times


@vector_add.figure(of=[is_vectorized])
def time_over_size(vector_add):
    """Whether the time grows as a loop's does."""
    got = race(vector_add, SIZES, 1)
    own, plain = got.own[-1], got.plain[-1]
    if not own > FACTOR * plain:
        return None
    lines = (("a + b", got.plain), (tr("your function"), got.own), (tr("a loop over the elements"), got.loop))
    return Figure(
        title=tr("How long it takes, for vectors of more and more numbers"),
        says=tr(
            "For {many:,} numbers yours takes {own:.3g} ms, a + b {plain:.2g} ms, and a loop over the "
            "elements {loop:.3g} ms.",
            many=SIZES[-1],
            own=1000 * own,
            plain=1000 * plain,
            loop=1000 * got.loop[-1],
        ),
        x=tr("numbers in a vector"),
        y=tr("time in ms"),
        log="xy",
        lines=tuple(Line.of(name, [(n, 1000 * s) for n, s in zip(SIZES, each)]) for name, each in lines),
    )
