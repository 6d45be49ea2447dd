"""The oracle for sums, written from the stub's docstring, not from the checks."""

import numpy as np
import oracle_probes
import torch
from hypothesis import strategies as st
from oracle import oracle, varied

from autograder.authoring import ANYTHING, expect
from autograder.exercises.vectorization.vector_add import (
    measure,
    seconds_of_loop,
    vector_add,
)

SHAPES = ("", "1", "n", "n m", "2 n m", "1 n", "n 1", "2 1 n 2")
SIZES = {"n": (1, 2, 7, 100), "m": (1, 2, 3, 11)}
DTYPES = (np.float32, np.float64, np.float16, np.int64, np.int32, np.int8)
DRAWN = [
    varied(a=shape, b=shape, sizes=SIZES, dtypes=DTYPES) for shape in SHAPES
]
LONG = varied(a="k", b="k", sizes={"k": (0, 1001, 5000)})


written_over = vector_add.probe(
    oracle_probes.written_over,
    reply={"value": ANYTHING, "inputs": [ANYTHING], "apart": bool},
)


@oracle(vector_add, given=st.one_of(*DRAWN, LONG), cases=300)
def is_the_sum(vector_add, a, b):
    """is a new tensor, exactly a + b, for any shape and dtype; a and b stay as they are"""
    got, want = written_over(vector_add, a, b), a + b
    same = isinstance(got.value, torch.Tensor) and got.value.shape == want.shape
    expect.that(
        same and got.value.dtype == want.dtype and got.value.equal(want),
        f"expected {want}",
    )
    expect.unchanged(got.inputs[0], a, "a")
    expect.unchanged(got.inputs[1], b, "b")
    expect.that(got.apart, "the result shares its memory with an input")


@oracle(
    vector_add,
    given=st.fixed_dictionaries({"number": st.integers(0, 1 << 31)}),
    sequential=True,
)
def takes_no_loop(vector_add, number):
    """takes as many operations for 4,000 numbers as for 4, and a hundredth of a loop's time"""
    counts = [
        measure(vector_add, [n], "float32", number).ops for n in (4, 4000)
    ]
    expect.that(counts[1] - counts[0] < 4, "the number of operations grows")
    million = 1_000_000
    seconds = [
        measure(vector_add, [million], "float32", number + i).seconds
        for i in range(4)
    ]
    times = million * seconds_of_loop() / min(seconds)
    expect.that(times > 100, f"is {times:.0f} times as fast as a loop")
