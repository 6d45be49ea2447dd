"""`vector_add(a, b)`: the sum of two tensors, without a loop over their elements."""

import math
import secrets
import time
from functools import partial

import numpy as np
import torch
from hypothesis import strategies as st

from autograder.authoring import (
    ANYTHING,
    N_,
    Exercise,
    StudentError,
    expect,
    tensors,
)
from autograder.exercises.inputs import seeded

from . import probes

vector_add = Exercise(
    "vector_add",
    hints={
        "value": N_("What does `+` do with two tensors of the same shape?"),
        "slow": N_(
            "One `a + b` passes all numbers to fast compiled code at once. Do you "
            "use a loop or a list?"
        ),
    },
)


@vector_add.answer
def right(a, b):
    return a + b


vector_add.contract(
    given=tensors(a="n", b="n"),
    points={"value": 2.5},
    titles={"value": "adds two vectors element by element"},
    up_to=2.0**32,
)

in_one_memory = vector_add.probe(probes.in_one_memory, reply={str: ANYTHING})
measure = vector_add.probe(
    probes.measure,
    reply={"value": ANYTHING, "seconds": float, "ops": float, "repeats": float},
)

N = 1_000_000
LONG = 2500  # elements for which a slow loop is timed
LENGTHS = 1, 5, 30, 200, 1200  # up to twice as many, before the million
# Each is timed.
KINDS = [(axes, name) for name in ("float32", "float64", "int64") for axes in (1, 2)]
# For each kind, so that a right answer does not fail because of a busy machine.
ATTEMPTS = 6
# Times as fast as a loop: `a + b` is about 2,000, the slowest right answer known 200, and
# the fastest list 50.
ASKED = 100
FAR = 20  # times too slow: no busy machine causes that, so one attempt is enough
# Right answers take as many steps for any number of elements, at most so many, and so many more
# where they have a special case for few elements, or compare the sum with something.
STEPS = {"ops": (12, 3), "repeats": (16, 0)}
TOO_MANY = {
    "ops": N_(
        "tensor operations: {steps:,.0f} for shape {shape}; `a + b` is 1 for any shape"
    ),
    "repeats": N_(
        "rounds of a loop, or further calls of a function: {steps:,.0f} for shape {shape}; "
        "`a + b` has none for any shape"
    ),
}


def measured_here(shape, dtype, number):
    """The sum, CPU seconds of `a + b`, and of all that `measure` does around it, here and now.

    The student's code does not run here.  Measured in each round, because on a busy machine both
    are slow.
    """
    start = time.thread_time()
    a, b = probes.numbers(shape, dtype, number)
    adding = []
    for _ in range(3):
        middle = time.thread_time()
        total = torch.add(a, b)
        adding.append(time.thread_time() - middle)
    total.numpy().tobytes()
    return total, min(adding), time.thread_time() - start


def seconds_of_loop():
    """CPU seconds that a loop over the elements takes for each, on this machine."""
    a, c = torch.rand(200), torch.zeros(200)
    seconds = []
    for _ in range(ATTEMPTS):
        start = time.thread_time()
        for i in range(200):
            c[i] = a[i] + a[i]
        seconds.append(time.thread_time() - start)
    return min(seconds) / 200


def timed(vector_add, shape, dtype):
    """The reply to `measure`, and CPU seconds of the student's call and of `a + b`."""
    number = secrets.randbits(62)
    got = measure(vector_add, list(shape), dtype, number)
    # The worker's clock is the student's to patch; its CPU time as seen from here, for two
    # calls, is not.
    outside = vector_add.cpu
    total, plain, around = measured_here(shape, dtype, number)
    expect.close(got.value, total)
    own = max((outside - 4 * around) / 2, 1e-9)
    if own < got.seconds < outside:  # a patched clock may tell infinity, or no number
        own = got.seconds
    return got, own, plain


def note_times(vector_add, elements, own, plain):
    """Let the student read what was measured on this machine."""
    loop = seconds_of_loop() * elements
    words = N_(
        "Measured on the grading machine, for {elements:,.0f} elements: a loop takes "
        "{loop:,.2f} ms, `a + b` {plain:,.2f} ms, and your function {own:,.2f} ms, "
        "{factor:,.1f} times as fast as a loop. {asked} times are asked for."
    )
    times = {"own": own, "plain": plain, "loop": loop}
    milliseconds = {name: 1000 * seconds for name, seconds in times.items()}
    vector_add.add_measured(
        words,
        elements=elements,
        factor=loop / own,
        asked=ASKED,
        **milliseconds,
    )


def require_speed(vector_add, shape, dtype):
    """Require that one of several calls is fast enough, and return its reply and its times.

    Each attempt has new random numbers, so that code cannot compute sums in advance during a slow
    one.
    """
    elements = math.prod(shape)
    for _ in range(ATTEMPTS):
        got, own, plain = timed(vector_add, shape, dtype)
        speedup = seconds_of_loop() * elements / own
        if speedup >= ASKED:
            return got, own, plain
        if speedup < ASKED / FAR:
            break
    note_times(vector_add, elements, own, plain)
    words = N_(
        "{speedup:,.1f} times as fast as a loop for shape {shape} and dtype {dtype}, measured on "
        "the grading machine; {asked} times are asked for"
    )
    return expect.that(
        False,
        words,
        "slow",
        speedup=speedup,
        asked=ASKED,
        shape=tuple(shape),
        dtype=dtype,
    )


def takes_more(replies, kind):
    """Whether one of these calls takes more steps than right answers do, which take about as many
    as for fewer elements.
    """
    fewest, more = STEPS[kind]
    for reply in replies:
        if reply[kind] > fewest + more:
            return True
        fewest = min(fewest, reply[kind])
    return False


def takes_too_many(replies):
    """Whether one of these calls takes too many steps of any kind."""
    return any(takes_more(replies, kind) for kind in STEPS)


def steps_of_few(vector_add, axes, dtype, number, lengths):
    """The replies for ever more elements, up to the first that takes too many steps."""
    replies = []
    for length in lengths:
        count = length + number % length
        # A loop goes over rows, or over columns.
        matrix = (count, 2) if dtype == "float32" else (2, count)
        shape = matrix if axes == 2 else (count,)
        got = measure(vector_add, list(shape), dtype, number)
        a, b = probes.numbers(shape, dtype, number)
        expect.close(got.value, vector_add.expected(right, a, b))
        replies.append({**vars(got), "shape": shape})
        if takes_too_many(replies):
            break
    return replies


def require_few_steps(replies):
    """Require that none of these calls, up to the latest, takes too many steps."""
    latest = replies[-1]
    for kind, words in TOO_MANY.items():
        expect.that(
            not takes_more(replies, kind),
            words,
            "slow",
            steps=latest[kind],
            shape=latest["shape"],
        )


def speedup(device):
    """How many times as fast as a loop on the CPU `a + b` is on a device, on this machine."""
    a, b = torch.rand(N, device=device), torch.rand(N, device=device)
    seconds, sums = [], []
    for _ in range(ATTEMPTS):
        start = time.perf_counter()
        # A sum that is kept takes new memory, as in a student's only call.
        sums.append(right(a, b))
        if device != "cpu":  # a device computes on while Python goes on
            torch.accelerator.synchronize()
        seconds.append(time.perf_counter() - start)
    return seconds_of_loop() * N / min(seconds)


vector_add.speedup = speedup


def kinds_of_steps(cases):
    """The part of the answers that is the same in every run: whether the operations grow."""
    signs = []
    for case in cases:
        replies = [answer for answer in case if type(answer) is dict]
        signs.append(takes_more(replies, "ops"))
    return signs


@vector_add.check(
    points=1.5,
    given=st.fixed_dictionaries(
        {"n": st.integers(N - N // 10, N), "number": st.integers(0, 1 << 31)}
    ),
    sequential=True,
    fingerprint=kinds_of_steps,
)
def is_vectorized(vector_add, n, number):
    """adds without a Python loop, at least 100 times as fast as one for a million numbers"""
    for axes, dtype in KINDS:
        is_first = (axes, dtype) == KINDS[0]
        lengths = LENGTHS if is_first else (LENGTHS[0], LENGTHS[-1])
        try:
            replies = steps_of_few(vector_add, axes, dtype, number, lengths)
        except (expect.Difference, StudentError):
            if is_first:
                raise
            continue  # a wrong result for matrices or another dtype already fails another check
        if is_first and takes_too_many(replies):
            _, own, plain = timed(vector_add, (LONG,), dtype)
            note_times(vector_add, LONG, own, plain)
        require_few_steps(replies)
        # Of the first kind a million; of the others half as many bytes, which no loop gets
        # by with either.
        count = n if is_first else 2 * n // getattr(torch, dtype).itemsize
        shape = (count // 4, 4) if axes == 2 else (count,)
        got, own, plain = require_speed(vector_add, shape, dtype)
        if is_first:
            note_times(vector_add, count, own, plain)
        replies.append({**vars(got), "shape": shape})
        require_few_steps(replies)


pair = partial(tensors, a="n", b="n")
matrices = partial(tensors, a="n m", b="n m")
SHARED = 30  # elements of the case that is asked in shared memory too


@vector_add.check(
    points=0.5,
    cases=147,
    given=st.one_of(
        matrices(largest=4),
        pair(dtype=np.float64),
        matrices(largest=3, dtype=np.float64),
        pair(dtype=np.int64, elements=st.integers(-1000, 1000)),
        matrices(largest=3, dtype=np.int64, elements=st.integers(-9, 9)),
    ),
    edge_cases=[
        seeded(a="", b=""),
        # Its item() is a Python number, as a float32's is.
        seeded(a="", b="", by=1 / 3, dtype=np.float64),
        seeded(a="0", b="0"),
        seeded(a="2 0", b="2 0"),
        # Some of the sums wrap around.
        seeded(a="99", b="99", largest=120, by=1, dtype=np.int8),
        seeded(a="7 40", b="7 40", by=1 / 3, dtype=np.float16),
        # Whose sum torch makes longer.
        seeded(a="7", b="7", largest=50, by=1, dtype=np.int32),
        seeded(a=f"{SHARED}", b=f"{SHARED}", by=1 / 3),
        seeded(a="2 3 4", b="2 3 4"),
        seeded(a="2 3 1 2", b="2 3 1 2"),
        # float32 has no thirds, and few whole numbers of the size below; float64 has few of
        # the last one.
        seeded(a="200 300", b="200 300", by=1 / 3, dtype=np.float64),
        seeded(a="3000", b="3000", largest=10**9, by=1, dtype=np.int64),
        seeded(a="4 7", b="4 7", largest=2**61, by=1, dtype=np.int64),
    ],
    rare=7,
)
def keeps_shape_and_dtype(vector_add, a, b):
    """keeps the shape and dtype of its inputs: matrices, float64 and integers too"""
    try:
        got = vector_add.and_inputs(a, b)
    except StudentError:
        # Two errors cost nothing: numpy's sum of two numbers is no array, which from_numpy
        # refuses; and Python's sum of two numbers does not fit into int8.
        if a.dim() and a.dtype is not torch.int8:
            raise
        return
    expect.close(got.value, vector_add.expected(right, a, b))


def inputs_left(cases):
    """The inputs after each call: other checks compare the values."""
    left = []
    for case in cases:
        left.append([a.get("inputs") for a in case if type(a) is dict])
    return left


@vector_add.check(
    points=0.5, same_cases_as=[keeps_shape_and_dtype], fingerprint=inputs_left
)
def inputs_unchanged(vector_add, a, b):
    """makes a new tensor and changes neither a nor b"""
    is_shared = a.shape == (SHARED,) and a.dtype is torch.float32
    try:
        got = vector_add.and_inputs(a, b)
    except StudentError:
        if is_shared:
            raise
        return  # of other inputs, the value is another check's claim
    expect.unchanged(got.inputs[0], a, "a")
    expect.unchanged(got.inputs[1], b, "b")
    if is_shared:
        expect.close(got.value, vector_add.expected(right, a, b))
        sums = in_one_memory(vector_add, a, b)
        expect.close(vars(sums), probes.in_one_memory(right, a, b))


# Known mistakes.

ALL = [check.name for check in vector_add.checks]

mistake = vector_add.mistake
adds_nothing = partial(mistake, fails=ALL)


@vector_add.mistake(
    fails=["is_vectorized"],
    says="You add elements, rows or pieces one after another in Python, each with its own tensor "
    "operation.",
)
def loops(a, b):
    c = torch.zeros_like(a)
    flat, left, right = c.view(-1), a.reshape(-1), b.reshape(-1)
    for i in range(len(left)):
        flat[i] = left[i] + right[i]
    return c


@vector_add.mistake(
    fails=["keeps_shape_and_dtype", "is_vectorized"],
    says="You add the elements one at a time into a float32 vector from torch.zeros.",
)
def loops_into_zeros(a, b):
    n = len(a)
    c = torch.zeros(n)
    for i in range(n):
        c[i] = a[i] + b[i]
    return c


@vector_add.mistake(
    fails=["is_vectorized"],
    says="Most often, each number goes through Python here (a list, map, a loop over numpy), or "
    "the work is split into pieces. One a + b does it all at once.",
)
def goes_through_python(a, b):
    numbers = [x + y for x, y in zip(a.flatten().tolist(), b.flatten().tolist())]
    return torch.tensor(numbers, dtype=a.dtype).reshape(a.shape)


mistake(
    "goes_through_lists",
    "You turn the tensors into Python lists and back. That only hides the loop.",
    fails=["keeps_shape_and_dtype", "is_vectorized"],
).replace("a + b", "torch.tensor([x + y for x, y in zip(a.tolist(), b.tolist())])")
mistake(
    "writes_into_a",
    "You add into a, which changes the caller's tensor.",
    fails=["inputs_unchanged"],
).replace("a + b", "a.add_(b)")
mistake(
    "sums_up",
    "You sum everything to one number. Add each element of a to the matching element of b.",
    fails=ALL,
).replace("a + b", "(a + b).sum()")
adds_nothing(
    "joins_the_lists",
    "The result is a with b behind it, as `+` joins two lists. It adds two tensors "
    "element by element.",
).replace("a + b", "torch.tensor(a.tolist() + b.tolist())")
adds_nothing("returns_a", "The result is a, without b.").replace("a + b", "a")
for name, size in (
    ("adds_another_b", 10_000),
    ("adds_a_shorter_b", 1_000),
):  # the first as in the book
    adds_nothing(
        name,
        "You add a different vector instead of the parameter b. Is a name misspelled, so that "
        "a variable from outside is read?",
    ).replace("a + b", f"a + torch.ones({size})")
