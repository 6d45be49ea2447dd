"""“线性回归”一节的自检：评分中你能看到的部分，可以随时运行。

在 notebook 里，每个测试单元格都调用 `check`，例如 `check("vector_add")`。
在终端里，在本文件夹中运行 `pytest`：如果你写了 `vectorization.py`，就检查其中的函数，否则检查 `vectorization.ipynb`
中的，并说明检查的是哪一个。它只运行这些函数用到的语句，不训练，也不画图。

数值都是 1/4 的小倍数，因此正确的结果在 float32 下没有误差。评分时的检查比这里更多，性质相同。
"""

import operator
import sys
import time
from pathlib import Path

sys.path.append(
    str(Path(__file__).parent)
)  # 供 pytest --import-mode=importlib 使用
try:  # 首先导入：缺少别的软件包时，由它说明
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
        "请把本作业的 selfcheck.py 放在 test_vectorization.py 旁边。",
        pytrace=False,
    )
    error._render_traceback_ = lambda: [str(error)]  # 供 Jupyter 使用
    raise error from None
import torch
from hypothesis import strategies as st

# --- vector_add -------------------------------------------------------------------------------

DTYPES = [torch.float32, torch.float64, torch.int64]


@st.composite
def two_tensors(draw, dtypes=DTYPES):
    """形状和 dtype 相同的两个张量，有一到三个轴。"""
    shape = draw(st.lists(small, min_size=1, max_size=3))
    dtype = draw(st.sampled_from(dtypes))
    return {
        "a": draw(quarters(*shape, dtype=dtype)),
        "b": draw(quarters(*shape, dtype=dtype)),
    }


@visible(two_tensors())
def adds_element_by_element(vector_add, a, b):
    """按元素相加，形状和 dtype 与 a、b 相同"""
    pairs = zip(a.flatten().tolist(), b.flatten().tolist(), strict=True)
    expected = torch.tensor(
        [sum(pair) for pair in pairs], dtype=a.dtype
    ).reshape(a.shape)
    agree(vector_add(a, b), expected)


@visible(two_tensors(dtypes=[torch.float32]))
def returns_a_new_tensor(vector_add, a, b):
    """返回新的张量，不与 a 或 b 共用内存"""
    total = vector_add(a, b)
    if not isinstance(total, torch.Tensor):
        raise Wrong(
            say("{label}应为张量，得到的是 {got}", label="", got=show(total))
        )
    for name, tensor in (("a", a), ("b", b)):
        if (
            total.untyped_storage().data_ptr()
            == tensor.untyped_storage().data_ptr()
        ):
            said = say("应为新的张量，得到的却与 {name} 共用内存", name=name)
            raise Wrong(said, "changed")


def best_of_five(function, *inputs, wait=None):
    """运行五次，取最短的一次，单位为秒，只计本进程所用的时间：机器忙不影响结果。

    wait：等加速器做完。这时按实际经过的时间计算。
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
    """若所用时间超过 a + b 的十倍再加上宽限的秒数，则抛出 Wrong。"""
    allowed = 10 * best_of_five(operator.add, a, b, wait=wait) + spare
    seconds = best_of_five(vector_add, a, b, wait=wait)
    if seconds > allowed:
        took = {"most": 1000 * allowed, "many": len(a), "got": 1000 * seconds}
        raise Wrong(
            say(
                "{many} 个元素的耗时不应超过 {most:.2g} 毫秒，实际为 {got:.2g} 毫秒",
                **took,
            ),
            "slow",
        )


# 先试较短的张量：Python 循环在这里就会失败，不必久等。它们比 print 会逐个显示的 1000 个元素更长。
# 宽限的时间留给需要先分配内存的机器；tolist() 所用的时间长得多。
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
    """本机上 torch 可用的各个加速器，以及等它做完的方法。

    第一次使用可能要几秒，所以放在这里，不计入检查的时间。
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
        except RuntimeError:  # 有这个设备，但驱动太旧，或显存已被占用
            del found[device]
    return found


ACCELERATORS = accelerators()  # 评分时没有加速器：在任何机器上分数都相同


@visible(hints={"slow": SLOW})
def adds_on_an_accelerator(vector_add):
    """在加速器上也能相加：值相同，设备相同，速度与那里的 a + b 差不多"""
    for device, wait in ACCELERATORS.items():
        try:
            for n, spare in {4: 1.0, **SIZES}.items():  # 反馈会显示四个元素
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
                                "和应在 {expected} 上，得到的却在 {got} 上",
                                **where,
                            )
                        )
                    total = total.cpu()
                agree(total, a + b)
                as_fast_as_adding(vector_add, *there, spare, wait)
        except Wrong as wrong:
            raise Wrong(
                say("在 {device} 上，{wrong}", device=device, wrong=wrong),
                wrong.kind,
            ) from None


PROPERTIES = {
    "vector_add": [adds_element_by_element, returns_a_new_tensor, needs_no_loop]
}
if ACCELERATORS:
    PROPERTIES["vector_add"].append(adds_on_an_accelerator)

SIGNATURES = {"vector_add": "vector_add(a, b)"}

check, tests = entry_points(
    __file__, PROPERTIES, signatures=SIGNATURES, language="zh"
)
globals().update(tests)  # 每个练习一个测试，供 pytest 查找
