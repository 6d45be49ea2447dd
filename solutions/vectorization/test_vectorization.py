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

sys.path.append(str(Path(__file__).parent))  # for pytest --import-mode=importlib
try:  # first of all, since it says what else is missing
    from selfcheck import Wrong, agree, entry_points, quarters, say, show, small, visible
except ModuleNotFoundError:
    import pytest

    sentence = "Put the assignment's selfcheck.py beside test_vectorization.py."
    error = pytest.fail.Exception(sentence, pytrace=False)
    error._render_traceback_ = lambda: [sentence]  # for Jupyter
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
    return {"a": draw(quarters(*shape, dtype=dtype)), "b": draw(quarters(*shape, dtype=dtype))}


@visible(two_tensors())
def adds_element_by_element(vector_add, a, b):
    """adds element by element, in the shape and dtype of a and b"""
    pairs = zip(a.flatten().tolist(), b.flatten().tolist(), strict=True)
    expected = torch.tensor([sum(pair) for pair in pairs], dtype=a.dtype).reshape(a.shape)
    agree(vector_add(a, b), expected)


@visible(two_tensors(dtypes=[torch.float32]))
def returns_a_new_tensor(vector_add, a, b):
    """returns a new tensor that shares no memory with a or b"""
    total = vector_add(a, b)
    if not isinstance(total, torch.Tensor):
        raise Wrong(say("expected {label}a tensor, got {got}", label="", got=show(total)))
    for name, tensor in (("a", a), ("b", b)):
        if total.untyped_storage().data_ptr() == tensor.untyped_storage().data_ptr():
            raise Wrong(say("expected a new tensor, got one that shares its memory with {name}", name=name))


def best_of_five(function, *inputs):
    """The shortest of five runs, in seconds of this process alone: a busy machine costs nothing."""
    seconds = []
    for _ in range(5):
        start = time.process_time()
        function(*inputs)
        seconds.append(time.process_time() - start)
    return min(seconds)


@visible()
def needs_no_loop(vector_add):
    """takes about as long as a + b, because torch runs the loop"""
    # The short tensors come first: a Python loop fails on them without making anybody wait. They
    # are longer than the 1000 elements up to which a print shows each.
    # What is spared is for a machine that has to find memory first; a tolist() takes far longer.
    for n, spare in ((2000, 1e-3), (1_000_000, 0.05)):
        a, b = torch.ones(n), torch.ones(n)
        allowed = 10 * best_of_five(operator.add, a, b) + spare
        seconds = best_of_five(vector_add, a, b)
        if seconds > allowed:
            took = {"most": 1000 * allowed, "many": n, "got": 1000 * seconds}
            raise Wrong(say("expected at most {most:.2g} ms for {many} elements, got {got:.2g} ms", **took))


PROPERTIES = {"vector_add": [adds_element_by_element, returns_a_new_tensor, needs_no_loop]}

SIGNATURES = {"vector_add": "vector_add(a, b)"}
LESSONS = {"vector_add": say("Whole vectors at once")}

check, tests = entry_points(__file__, PROPERTIES, signatures=SIGNATURES, lessons=LESSONS)
globals().update(tests)  # one test per exercise, where pytest looks for them
