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

    error = pytest.fail.Exception(
        "请把本作业的 selfcheck.py 放在 test_vectorization.py 旁边。", pytrace=False
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
    return {"a": draw(quarters(*shape, dtype=dtype)), "b": draw(quarters(*shape, dtype=dtype))}


@visible(two_tensors())
def adds_element_by_element(vector_add, a, b):
    """按元素相加，形状和 dtype 与 a、b 相同"""
    pairs = zip(a.flatten().tolist(), b.flatten().tolist(), strict=True)
    expected = torch.tensor([sum(pair) for pair in pairs], dtype=a.dtype).reshape(a.shape)
    agree(vector_add(a, b), expected)


@visible(two_tensors(dtypes=[torch.float32]))
def returns_a_new_tensor(vector_add, a, b):
    """返回新的张量，不与 a 或 b 共用内存"""
    total = vector_add(a, b)
    if not isinstance(total, torch.Tensor):
        raise Wrong(say("{label}应为张量，得到的是 {got}", label="", got=show(total)))
    for name, tensor in (("a", a), ("b", b)):
        if total.untyped_storage().data_ptr() == tensor.untyped_storage().data_ptr():
            said = say("应为新的张量，得到的却与 {name} 共用内存", name=name)
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
        raise Wrong(say("{many} 个元素的耗时不应超过 {most:.2g} 毫秒，实际为 {got:.2g} 毫秒", **took), "slow")


# The short tensors come first: a Python loop fails on them without making anybody wait. They
# are longer than the 1000 elements up to which a print shows each.
# What is spared is for a machine that has to find memory first; a tolist() takes far longer.
SIZES = {2000: 1e-3, 1_000_000: 0.05}


SLOW = (
    "Python 循环逐个处理元素：什么能把两个张量一次加完？",
    "一次处理整个向量",
)


@visible(hints={"slow": SLOW})
def needs_no_loop(vector_add):
    """所用时间与 a + b 差不多，因为循环由 torch 来做"""
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
        except RuntimeError:  # it is there, but its driver is too old, or its memory is in use
            del found[device]
    return found


ACCELERATORS = accelerators()  # the grader has none: points are the same on every machine


@visible(hints={"slow": SLOW})
def adds_on_an_accelerator(vector_add):
    """在加速器上也能相加：值相同，设备相同，速度与那里的 a + b 差不多"""
    for device, wait in ACCELERATORS.items():
        try:
            for n, spare in {4: 1.0, **SIZES}.items():  # a message shows four elements
                a, b = torch.arange(n) % 8 / 4, torch.arange(n) % 3 / 4
                there = a.to(device), b.to(device)
                total = vector_add(*there)
                if isinstance(total, torch.Tensor):
                    if total.device != there[0].device:
                        where = {"expected": there[0].device, "got": total.device}
                        raise Wrong(say("和应在 {expected} 上，得到的却在 {got} 上", **where))
                    total = total.cpu()
                agree(total, a + b)
                as_fast_as_adding(vector_add, *there, spare, wait)
        except Wrong as wrong:
            raise Wrong(say("在 {device} 上，{wrong}", device=device, wrong=wrong), wrong.kind) from None


PROPERTIES = {"vector_add": [adds_element_by_element, returns_a_new_tensor, needs_no_loop]}
if ACCELERATORS:
    PROPERTIES["vector_add"].append(adds_on_an_accelerator)

SIGNATURES = {"vector_add": "vector_add(a, b)"}

check, tests = entry_points(__file__, PROPERTIES, signatures=SIGNATURES, language="zh")
globals().update(tests)  # one test per exercise, where pytest looks for them
