"""`vector_add(a, b)`: the sum of two tensors, without a loop over their elements."""

from __future__ import annotations

import functools
import time

import numpy as np
import torch
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from autograder.authoring import ANYTHING, Exercise, expect, tensors

vector_add = Exercise("vector_add", order=1)

N = 1_000_000
REPEAT = 5
FACTOR = 10  # a right answer may take this many times as long as a + b; a tolist() takes 100 times


@vector_add.answer
def right(a, b):
    return a + b


@vector_add.check(
    points=1,
    given=tensors(a="n", b="n", largest=9),
    hint="What does `+` do with two tensors of the same shape?",
)
def adds(vector_add, a, b):
    """adds two vectors element by element"""
    expect.close(vector_add.and_inputs(a, b).value, vector_add.expected(right, a, b))


@vector_add.check(
    points=1,
    given=st.one_of(
        tensors(a="n m", b="n m", largest=4),
        tensors(a="n", b="n", dtype=np.float64),
        tensors(a="n m", b="n m", largest=3, dtype=np.float64),
        tensors(a="n", b="n", dtype=np.int64, elements=st.integers(-1000, 1000)),
        tensors(a="n m", b="n m", largest=3, dtype=np.int64, elements=st.integers(-9, 9)),
    ),
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


@vector_add.probe(reply={"value": ANYTHING, "seconds": float, "plain": float})
def clock(f, n, repeat, device="cpu"):
    """CPU seconds (wall seconds on another device) of the best call and the best `a + b`, in turns.

    Ends early, after one call at least, when half a second has gone.
    """
    a = torch.arange(n, dtype=torch.float32, device=device)
    b = a.flip(0)
    read = time.thread_time if device == "cpu" else time.perf_counter
    wait = getattr(torch, device.split(":")[0]).synchronize if device != "cpu" else lambda: None
    theirs, plain, value, end = [], [], None, read() + 0.5
    for _ in range(repeat):
        theirs_a = a.clone()  # a function that writes into it must not spoil the next round
        wait()
        start = read()
        torch.add(a, b)
        wait()
        middle = read()
        value = f(theirs_a, b)
        wait()
        plain.append(middle - start)
        theirs.append(read() - middle)
        if read() > end:
            break
    return {"value": value, "seconds": min(theirs), "plain": min(plain)}


@functools.cache
def plain_seconds() -> float:
    """CPU seconds of a + b in this process: what no patched clock can touch."""
    a, b, best = torch.ones(N), torch.ones(N), 1.0
    for _ in range(REPEAT):
        start = time.thread_time()
        torch.add(a, b)
        best = min(best, time.thread_time() - start)
    return best


def without_times(cases):
    """What of the answers is the same in every run."""
    return [[a.get("ops", 0) > 600 for a in case if type(a) is dict] for case in cases]


@vector_add.check(
    points=2,
    hint="One `a + b` hands all numbers to fast compiled code at once. Is there a loop, or a list?",
    view=without_times,
)
def is_vectorized(vector_add):
    """adds a million numbers about as fast as a + b does"""
    # Both sizes are beyond the 1000 elements up to which printing a tensor looks at each.
    ops = []
    for n in (1200, 2400):
        a, b = torch.arange(n) / 4, torch.ones(n)
        got = operations(vector_add, a, b)
        expect.close(got.value, vector_add.expected(right, a, b))
        ops.append(got.ops)
    expect.that(
        ops[1] - ops[0] < 600,
        "the number of tensor operations grows with the number of elements: this is a loop",
    )
    for _ in range(3):  # a right answer near the limit is not lost to one bad moment
        got = clock(vector_add, N, REPEAT)
        vector_add.note(seconds=got.seconds, plain=got.plain)
        inside = got.seconds < FACTOR * got.plain
        # The worker's clock is the student's to patch; its CPU time as seen from here is not.
        outside = vector_add.cpu < 3 * REPEAT * FACTOR * plain_seconds() + 0.1
        if inside and outside:
            break
    else:
        words = f"takes more than {FACTOR} times as long as a + b on {N:,} numbers"
        expect.that(False, words)
    a = torch.arange(N, dtype=torch.float32)
    expect.close(got.value, vector_add.expected(lambda: a + a.flip(0)))
