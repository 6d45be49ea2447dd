"""Self-checks for chapter 2.1: what you can see of the grading, runnable at any time.

In the notebook, each test cell calls `check`, for example `check("vector_add")`.
In a terminal, run `pytest` in this folder: it tests the functions in `vectorization.py` if you
made such a file, else those in `vectorization.ipynb`, and says which. From that file it runs
only what these functions need: nothing is trained or drawn. (If you submit both files, the
one that you wrote in counts; the notebook, if you wrote in both.)

Numbers are small multiples of 1/4, so that a right answer is exact in float32. The grader
checks more than you see here, and in the same spirit.
"""

import operator
import sys
import time
from pathlib import Path

sys.path.append(
    str(Path(__file__).parent)
)  # for pytest --import-mode=importlib
try:  # first of all, since it says what else is missing
    from selfcheck import (
        Wrong,
        agree,
        entry_points,
        quarters,
        say,
        show,
        small,
        visible,
    )
except ModuleNotFoundError:
    import pytest

    error = pytest.fail.Exception(
        "Put the assignment's selfcheck.py beside test_vectorization.py.",
        pytrace=False,
    )
    error._render_traceback_ = lambda: [str(error)]  # for Jupyter
    raise error from None
import torch
from hypothesis import strategies as st

# --- vector_add -------------------------------------------------------------------------------

DTYPES = [torch.float32, torch.float64, torch.int64]


@st.composite
def two_tensors(draw, dtypes=DTYPES):
    """Two tensors of the same shape, with one to three axes, and of the same dtype."""
    shape = draw(st.lists(small, min_size=1, max_size=3))
    dtype = draw(st.sampled_from(dtypes))
    return {
        "a": draw(quarters(*shape, dtype=dtype)),
        "b": draw(quarters(*shape, dtype=dtype)),
    }


@visible(two_tensors())
def adds_element_by_element(vector_add, a, b):
    """adds element by element, in the shape and dtype of a and b"""
    pairs = zip(a.flatten().tolist(), b.flatten().tolist(), strict=True)
    expected = torch.tensor(
        [sum(pair) for pair in pairs], dtype=a.dtype
    ).reshape(a.shape)
    agree(vector_add(a, b), expected)


@visible(two_tensors(dtypes=[torch.float32]))
def returns_a_new_tensor(vector_add, a, b):
    """returns a new tensor that shares no memory with a or b"""
    total = vector_add(a, b)
    if not isinstance(total, torch.Tensor):
        raise Wrong(
            say(
                "expected {label}a tensor, got {got}", label="", got=show(total)
            )
        )
    for name, tensor in (("a", a), ("b", b)):
        if (
            total.untyped_storage().data_ptr()
            == tensor.untyped_storage().data_ptr()
        ):
            said = say(
                "expected a new tensor, got one that shares its memory with {name}",
                name=name,
            )
            raise Wrong(said, "changed")


def best_of_five(function, *inputs, wait=None):
    """The shortest of five runs, in seconds of this process alone: a busy machine costs nothing.

    wait: waits until an accelerator has done its work. Then the seconds are those of a wall clock.
    """
    seconds, clock = [], time.perf_counter if wait else time.process_time
    for _ in range(5):
        start = clock()
        function(*inputs)
        if wait:
            wait()
        seconds.append(clock() - start)
    return min(seconds)


def as_fast_as_adding(vector_add, a, b, spare, wait=None):
    """Raise Wrong if it takes over ten times as long as a + b, and over the seconds to spare."""
    allowed = 10 * best_of_five(operator.add, a, b, wait=wait) + spare
    seconds = best_of_five(vector_add, a, b, wait=wait)
    if seconds > allowed:
        took = {"most": 1000 * allowed, "many": len(a), "got": 1000 * seconds}
        raise Wrong(
            say(
                "expected at most {most:.2g} ms for {many} elements, got {got:.2g} ms",
                **took,
            ),
            "slow",
        )


# The short tensors come first: a Python loop fails on them without making anybody wait. They
# are longer than the 1000 elements up to which a print shows each.
# What is spared is for a machine that has to find memory first; a tolist() takes far longer.
SIZES = {2000: 1e-3, 1_000_000: 0.05}


SLOW = (
    "a loop in Python visits one element after the other: what adds whole tensors?",
    "Whole vectors at once",
)


@visible(hints={"slow": SLOW})
def needs_no_loop(vector_add):
    """takes about as long as a + b, because torch runs the loop"""
    for n, spare in SIZES.items():
        as_fast_as_adding(vector_add, torch.ones(n), torch.ones(n), spare)


def accelerators():
    """Each accelerator that torch can use here, and what waits until it has done its work.

    Its first use, which can take seconds, is here and not in the time that a check has.
    """
    found = {}
    if torch.cuda.is_available():
        found["cuda"] = torch.cuda.synchronize
    if torch.backends.mps.is_available():
        found["mps"] = torch.mps.synchronize
    for device, wait in list(found.items()):
        try:
            torch.ones(1).to(device)
            wait()
        except (
            RuntimeError
        ):  # it is there, but its driver is too old, or its memory is in use
            del found[device]
    return found


ACCELERATORS = (
    accelerators()
)  # the grader has none: points are the same on every machine


@visible(hints={"slow": SLOW})
def adds_on_an_accelerator(vector_add):
    """adds on an accelerator too: the same values, on the same device, about as fast as a + b
    there
    """
    for device, wait in ACCELERATORS.items():
        try:
            for n, spare in {
                4: 1.0,
                **SIZES,
            }.items():  # a message shows four elements
                a, b = torch.arange(n) % 8 / 4, torch.arange(n) % 3 / 4
                there = a.to(device), b.to(device)
                total = vector_add(*there)
                if isinstance(total, torch.Tensor):
                    if total.device != there[0].device:
                        where = {
                            "expected": there[0].device,
                            "got": total.device,
                        }
                        raise Wrong(
                            say(
                                "expected the sum on {expected}, got it on {got}",
                                **where,
                            )
                        )
                    total = total.cpu()
                agree(total, a + b)
                as_fast_as_adding(vector_add, *there, spare, wait)
        except Wrong as wrong:
            raise Wrong(
                say("on {device}, {wrong}", device=device, wrong=wrong),
                wrong.kind,
            ) from None


PROPERTIES = {
    "vector_add": [adds_element_by_element, returns_a_new_tensor, needs_no_loop]
}
if ACCELERATORS:
    PROPERTIES["vector_add"].append(adds_on_an_accelerator)

SIGNATURES = {"vector_add": "vector_add(a, b)"}

check, tests = entry_points(
    __file__, PROPERTIES, signatures=SIGNATURES, language="en"
)
globals().update(tests)  # one test per exercise, where pytest looks for them
