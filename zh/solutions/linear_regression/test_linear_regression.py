"""“线性回归的从零开始实现”一节的自检：评分中你能看到的部分，可以随时运行。

在 notebook 里，每个测试单元格都调用 `check`，例如 `check("linreg")`。
在终端里，在本文件夹中运行 `pytest`：如果你写了 `linear_regression.py`，就检查其中的函数，否则检查 `linear_regression.ipynb`
中的，并说明检查的是哪一个。它只运行这些函数用到的语句，不训练，也不画图。

数值都是 1/4 的小倍数，因此正确的结果在 float32 下没有误差。评分时的检查比这里更多，性质相同。
"""

import operator
import sys
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
        "请把本作业的 selfcheck.py 放在 test_linear_regression.py 旁边。",
        pytrace=False,
    )
    error._render_traceback_ = lambda: [str(error)]  # 供 Jupyter 使用
    raise error from None
import torch
from hypothesis import strategies as st

# notebook 中可供重读的各节标题。
TOOLS = "Python 与 PyTorch 的两个工具"
READING = "读取数据集"
PRODUCTS = "容易混淆的三种乘积"
MODEL = "定义模型"
SHAPES = "一列与一维向量"
LOSS = "定义损失函数"
GRADIENTS = "梯度，以及张量的原地修改"
OPTIMIZER = "定义优化算法"
TRAINING = "训练"

# --- data_iter --------------------------------------------------------------------------------


@st.composite
def datasets(draw):
    """几个各不相同的样本，标签为一维或一列。"""
    n, d, batch_size = (
        draw(st.integers(1, 7)),
        draw(small),
        draw(st.integers(1, 9)),
    )
    features = torch.arange(float(n * d)).reshape(n, d) / 4
    labels = torch.arange(float(n)) / 2
    if draw(st.booleans()):
        labels = labels.reshape(n, 1)
    return {
        "batch_size": min(batch_size, n + 2),
        "features": features,
        "labels": labels,
    }


def one_pass(batches, most):
    """把 `data_iter` 的返回值遍历一遍，得到由张量对组成的列表。"""
    try:
        batches = iter(batches)
    except TypeError:
        raise Wrong(
            say("应给出可以循环的批量，得到的是 {got}", got=show(batches)),
            "no pairs",
        ) from None
    pairs = []
    for batch in batches:
        if not isinstance(batch, (tuple, list)) or len(batch) != 2:
            raise Wrong(
                say("每个批量应为一对 (X, y)，得到的是 {got}", got=show(batch)),
                "no pairs",
            )
        if not all(isinstance(part, torch.Tensor) for part in batch):
            raise Wrong(
                say("每个批量应含两个张量，得到的是 {got}", got=show(batch))
            )
        if batch[0].numel() == 0:
            raise Wrong("不应有空的批量，却有一个", "sizes")
        pairs.append(tuple(batch))
        if len(pairs) > most:
            raise Wrong(
                say("批量不应多于 {most} 个，得到的更多", most=most), "sizes"
            )
    return pairs


NO_PAIRS = (
    "每执行一次 `yield X, y` 就给出一个批量，循环随后继续；而 `return` 会结束函数",
    TOOLS,
)


@visible(
    datasets(),
    hints={
        "no pairs": NO_PAIRS,
        "sizes": ("每个批量从哪里开始，到哪里结束？最后一个呢？", READING),
        "shape": ("用行号列表取行会保留所有轴；用单个行号则会少一个轴", TOOLS),
    },
)
def comes_in_full_batches(data_iter, batch_size, features, labels):
    """除最后一个外，每个批量都是满的，张量的形状和 dtype 与数据一致"""
    n = len(features)
    full, rest = divmod(n, batch_size)
    sizes = [batch_size] * full + [rest] * (rest > 0)
    pairs = one_pass(data_iter(batch_size, features, labels), most=n)
    got = [X.shape[0] if X.dim() else 1 for X, _ in pairs]
    if got != sizes:
        raise Wrong(
            say(
                "各批量的样本数应为 {expected}，得到的是 {got}",
                expected=sizes,
                got=got,
            ),
            "sizes",
        )
    for B, (X, y) in zip(sizes, pairs, strict=True):
        for name, part, whole in (("X", X, features), ("y", y, labels)):
            shape = (B, *whole.shape[1:])
            if tuple(part.shape) != shape:
                shapes = {"expected": shape, "got": tuple(part.shape)}
                raise Wrong(
                    say(
                        "{name} 的形状应为 {expected}，得到的是 {got}",
                        name=name,
                        **shapes,
                    ),
                    "shape",
                )
            if part.dtype != whole.dtype:
                dtypes = {"expected": whole.dtype, "got": part.dtype}
                raise Wrong(
                    say(
                        "{name} 的 dtype 应为 {expected}，得到的是 {got}",
                        name=name,
                        **dtypes,
                    )
                )


@visible(
    datasets(),
    hints={
        "no pairs": NO_PAIRS,
        "pairing": ("同一批量的 X 和 y 必须取自编号相同的行", TOOLS),
        "times": ("0 到 n - 1 的每个行号恰好属于一个批量", READING),
    },
)
def gives_each_example_once(data_iter, batch_size, features, labels):
    """每个样本恰好给出一次，特征与标签对应"""
    label_of = {
        tuple(x): float(t)
        for x, t in zip(features.tolist(), labels, strict=True)
    }
    times = dict.fromkeys(label_of, 0)
    for X, y in one_pass(
        data_iter(batch_size, features, labels), most=len(features)
    ):
        for x, t in zip(X.tolist(), y.flatten().tolist(), strict=True):
            if tuple(x) not in label_of:
                raise Wrong(say("样本应来自 features，得到的是 {got}", got=x))
            if t != label_of[tuple(x)]:
                pair = {"label": label_of[tuple(x)], "features": x, "got": t}
                raise Wrong(
                    say(
                        "特征 {features} 的标签应为 {label}，得到的是 {got}",
                        **pair,
                    ),
                    "pairing",
                )
            times[tuple(x)] += 1
    for x, count in times.items():
        if count != 1:
            came = {"example": list(x), "times": count}
            raise Wrong(
                say("样本 {example} 应出现一次，却出现了 {times} 次", **came),
                "times",
            )


@visible(
    hints={
        "no pairs": NO_PAIRS,
        "not random": (
            "哪一行生成随机顺序？哪一行按这个顺序取样本？",
            READING,
        ),
        "repeated": (
            "每次调用都重新打乱了吗？在函数里设定随机种子，每次得到的顺序都一样",
            READING,
        ),
    }
)
def shuffles_anew(data_iter):
    """样本顺序随机，且每次调用都是新的顺序"""
    # 二十个样本：正确的答案平均每 20! = 2.4e18 遍才会重复一次顺序。
    labels = torch.arange(20.0)
    orders = [list(range(20))]
    for _ in range(2):
        pairs = one_pass(
            data_iter(4, labels.reshape(20, 1).clone(), labels.clone()), most=20
        )
        orders.append([int(t) for _, y in pairs for t in y])
    if orders[1] == orders[0]:
        raise Wrong(
            "20 个样本应以随机顺序给出，得到的却是数据原来的顺序", "not random"
        )
    if orders[1] == orders[2]:
        raise Wrong("每次调用都应是新的顺序，两次得到的却相同", "repeated")


# --- linreg -----------------------------------------------------------------------------------


@st.composite
def linear_inputs(draw, dtype=torch.float32):
    """X 为 (n, d)，w 为 (d, 1)，b 为 (1,)。"""
    n, d = draw(small), draw(small)
    shapes = {"X": (n, d), "w": (d, 1), "b": (1,)}
    return {
        name: draw(quarters(*shape, dtype=dtype))
        for name, shape in shapes.items()
    }


def predictions(X, w, b):
    """逐行计算，只用 Python 的数。"""
    weights, bias = w.flatten().tolist(), b.item()
    rows = [[sum(map(operator.mul, row, weights), bias)] for row in X.tolist()]
    return torch.tensor(rows, dtype=X.dtype)


PRODUCT = "三种乘积中，哪一种由 (n, d) 和 (d, 1) 得到 (n, 1)？", PRODUCTS
CUT_OFF = (
    "`.item()`、`.data`、`.detach()` 和 `torch.tensor(…)` 都会使结果脱离计算图",
    GRADIENTS,
)


@visible(
    linear_inputs(),
    hints={
        "shape": PRODUCT,
        "RuntimeError": PRODUCT,  # 形状不匹配
        "value": (
            "一个样本的预测值是各特征与其权重的乘积之和，再加上 b",
            MODEL,
        ),
    },
)
def is_the_weighted_sum(linreg, X, w, b):
    """是特征与权重的加权和再加偏差，每个样本一行"""
    expected = predictions(X, w, b)
    agree(linreg(X, w, b), expected)


@visible(linear_inputs(), hints={"cut off": CUT_OFF})
def lets_gradients_through(linreg, X, w, b):
    """把梯度传给 w 和 b"""
    w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
    y_hat = linreg(X, w, b)
    if not isinstance(y_hat, torch.Tensor) or not y_hat.requires_grad:
        raise Wrong(
            "结果应能由 autograd 追踪，得到的却与 w 和 b 切断了联系", "cut off"
        )
    y_hat.sum().backward()
    column_sums = [
        [float(sum(column))] for column in zip(*X.tolist(), strict=True)
    ]
    for name, param, expected in (
        ("w", w, column_sums),
        ("b", b, [float(len(X))]),
    ):
        if param.grad is None:
            raise Wrong(say("{name} 应有梯度，却没有", name=name), "cut off")
        agree(
            param.grad, torch.tensor(expected), say("{name} 的梯度", name=name)
        )


@visible(
    linear_inputs(dtype=torch.float64),
    hints={
        "dtype": ("哪个调用的结果与 X 的 dtype 不同？", MODEL),
        "same dtype": (
            "自己创建的张量默认是 float32，除非指定别的 dtype",
            MODEL,
        ),
    },
)
def keeps_float64(linreg, X, w, b):
    """输入为 float64 时保持 float64"""
    expected = predictions(X, w, b)
    agree(linreg(X, w, b), expected)


# --- squared_loss -----------------------------------------------------------------------------


@st.composite
def predicted(draw, *, flat):
    """y_hat 为 (n, 1)，y 为一维 (n,) 或一列 (n, 1)。"""
    n = draw(small)
    return {
        "y_hat": draw(quarters(n, 1)),
        "y": draw(quarters(n) if flat else quarters(n, 1)),
    }


def halved_squares(y_hat, y):
    """逐个样本计算，只用 Python 的数，结果为一列。"""
    pairs = zip(y_hat.flatten().tolist(), y.flatten().tolist(), strict=True)
    return torch.tensor([[0.5 * (p * p - 2 * p * t + t * t)] for p, t in pairs])


@visible(
    predicted(flat=False),
    hints={
        "shape": ("每个样本各有一个损失：这里不求和，也不取平均", LOSS),
        "value": ("一个样本的损失是 (y_hat - y)² / 2", LOSS),
    },
)
def is_half_the_squared_error(squared_loss, y_hat, y):
    """是每个样本平方误差的一半，形状与 y_hat 相同"""
    expected = halved_squares(y_hat, y)
    agree(squared_loss(y_hat, y), expected)


@visible(
    predicted(flat=True),
    hints={
        "shape": (
            "(n, 1) 减去 (n,) 得到什么形状？相减之前 y 应该是什么形状？",
            SHAPES,
        )
    },
)
def keeps_examples_apart(squared_loss, y_hat, y):
    """y_hat 为列而 y 为一维时，各样本仍互不相混"""
    expected = halved_squares(y_hat, y)
    loss = squared_loss(y_hat, y)
    if isinstance(loss, torch.Tensor) and loss.shape == y.shape:
        expected = expected.flatten()  # 标签为一维时，一维的损失也算对
    agree(loss, expected)


@visible(predicted(flat=False), hints={"cut off": CUT_OFF})
def has_the_error_as_its_slope(squared_loss, y_hat, y):
    """导数是误差 y_hat - y，因而可以求最小值"""
    y_hat = y_hat.clone().requires_grad_()
    loss = squared_loss(y_hat, y)
    if not isinstance(loss, torch.Tensor) or not loss.requires_grad:
        raise Wrong(
            "损失应能由 autograd 追踪，得到的却与 y_hat 切断了联系", "cut off"
        )
    loss.sum().backward()
    errors = [
        [p - t] for [p], [t] in zip(y_hat.tolist(), y.tolist(), strict=True)
    ]
    agree(y_hat.grad, torch.tensor(errors), say("{name} 的梯度", name="y_hat"))


# --- sgd --------------------------------------------------------------------------------------


@st.composite
def steps(draw):
    """w (d, 1) 和 b (1,) 的值与梯度、学习率和批量大小。"""
    d = draw(small)
    shapes = {"w": (d, 1), "w_grad": (d, 1), "b": (1,), "b_grad": (1,)}
    tensors = {name: draw(quarters(*shape)) for name, shape in shapes.items()}
    rates = {
        "lr": st.sampled_from([0.25, 0.5, 1.0]),
        "batch_size": st.sampled_from([1, 2, 5]),
    }
    return tensors | {name: draw(values) for name, values in rates.items()}


def with_gradient(value, gradient):
    param = value.clone().requires_grad_()
    param.grad = gradient.clone()
    return param


def moved(value, gradient, lr, batch_size):
    """逐个数计算，只用 Python 的数。"""
    pairs = zip(
        value.flatten().tolist(), gradient.flatten().tolist(), strict=True
    )
    new = [start - slope / batch_size * lr for start, slope in pairs]
    return torch.tensor(new).reshape(value.shape)


def unmoved(name, expected):
    return say(
        "{name} 应变为 {expected}，却没有变",
        name=name,
        expected=show(expected),
    )


NOT_RECORDED = "更新参数的这一步不能被记录：怎样关闭记录？", GRADIENTS
UNCHANGED = (
    "`p = p - 1` 只是让这个名字指向新的张量：怎样修改张量本身？",
    GRADIENTS,
)
REPLACED = (
    "`params[0] = …` 只是在列表里换上另一个张量：怎样修改张量本身？",
    GRADIENTS,
)


@visible(
    steps(),
    hints={
        "leaf Variable": NOT_RECORDED,  # torch 这样称呼参数
        "unchanged": UNCHANGED,
        "replaced": REPLACED,
        "sign": ("损失沿梯度的反方向下降，那么这一步该加还是该减？", OPTIMIZER),
        "value": ("请把你的更新量与 -lr * 梯度 / batch_size 对照", OPTIMIZER),
    },
)
def steps_against_the_gradient(sgd, w, w_grad, b, b_grad, lr, batch_size):
    """把每个参数本身移动 -lr * 梯度 / batch_size"""
    params = [with_gradient(w, w_grad), with_gradient(b, b_grad)]
    handed = list(params)
    sgd(handed, lr, batch_size)
    for i, (value, slope) in enumerate([(w, w_grad), (b, b_grad)]):
        name, param = "wb"[i], params[i]
        expected = moved(value, slope, lr, batch_size)
        if torch.equal(param, value) and not torch.equal(value, expected):
            raise Wrong(
                unmoved(name, expected),
                "unchanged" if handed[i] is param else "replaced",
            )
        step, wanted = (after.detach() - value for after in (param, expected))
        kind = "sign" if torch.equal(step, -wanted) and step.any() else "value"
        agree(param, expected, name, kind)


@visible(
    steps(),
    hints={
        "unchanged": UNCHANGED,
        "replaced": REPLACED,
        "flags": NOT_RECORDED,
    },
)
def keeps_the_same_tensors(sgd, w, w_grad, b, b_grad, lr, batch_size):
    """params 中仍是原来的张量，仍是要求梯度的叶子张量"""
    params = [with_gradient(w, w_grad), with_gradient(b, b_grad)]
    given_params = list(params)
    sgd(given_params, lr, batch_size)
    for name, before, after in zip("wb", params, given_params, strict=True):
        if after is not before:
            said = say("{name} 应原地修改，列表里却换成了另一个张量", name=name)
            raise Wrong(said, "replaced")
        if not (before.requires_grad and before.is_leaf):
            is_now = {"name": name, "got": flags(before)}
            said = say(
                "{name} 应仍是要求梯度的叶子张量，得到的是 {got}", **is_now
            )
            raise Wrong(said, "flags")
    # 什么都不改也不算：还没有迈出一步
    expected = moved(w, w_grad, lr, batch_size)
    if torch.equal(params[0], w) and not torch.equal(w, expected):
        raise Wrong(unmoved("w", expected), "unchanged")


def flags(tensor):
    return f"requires_grad={tensor.requires_grad}, is_leaf={tensor.is_leaf}"


@visible(steps())
def can_step_again(sgd, w, w_grad, b, b_grad, lr, batch_size):
    """再次反向传播之后，还能再更新一步"""
    w_now, b_now = with_gradient(w, w_grad), with_gradient(b, b_grad)
    sgd([w_now, b_now], lr, batch_size)
    for param, slope in ((w_now, w_grad), (b_now, b_grad)):
        param.grad = None
        (-2 * slope * param).sum().backward()
    # called as in the docstring's example
    sgd([w_now, b_now], lr=lr, batch_size=batch_size)
    # 沿梯度方向一步，再反方向两步：合起来是反方向一步
    agree(w_now, moved(w, -w_grad, lr, batch_size), "w")
    agree(b_now, moved(b, -b_grad, lr, batch_size), "b")


# --- train ------------------------------------------------------------------------------------


@st.composite
def twins(draw):
    """所有样本都相同的数据：批量的顺序不影响训练结果。"""
    d, batch_size, batches = draw(small), draw(small), draw(st.integers(1, 3))
    n = batch_size * batches
    features, labels = draw(quarters(1, d, size=1)), draw(quarters(1))
    return {
        "w": draw(quarters(d, 1)),
        "b": draw(quarters(1)),
        "features": features.repeat(n, 1),
        "labels": labels.repeat(n),
        "lr": draw(st.sampled_from([0.125, 0.25])),
        "num_epochs": draw(small),
        "batch_size": batch_size,
    }


def losses_of(result, num_epochs):
    """`train` 的返回值，化为 Python 浮点数的列表。"""
    try:
        losses = [float(loss) for loss in result]
    except (TypeError, ValueError, RuntimeError):
        said = say(
            "应为一个列表，每个迭代周期一个损失，得到的是 {got}",
            got=show(result),
        )
        raise Wrong(said, "losses") from None
    if len(losses) != num_epochs:
        said = say(
            "应有 {many} 个损失，得到的是 {got} 个",
            many=num_epochs,
            got=len(losses),
        )
        raise Wrong(said, "losses")
    return losses


def alike(w, b, features, labels, lr, num_epochs, batch_size):
    """所有样本都相同时，每个迭代周期前后的误差 y_hat - y，以及 b 移动的距离。

    每次正确的更新都使误差乘以同一个因子，w 和 b 的变化与 x 和 1 成正比。
    """
    x, steps_per_epoch = features[0].tolist(), len(features) // batch_size
    norm = 1 + sum(v * v for v in x)
    start = (
        sum(map(operator.mul, x, w.flatten().tolist()))
        + b.item()
        - labels[0].item()
    )
    errors = [
        start * (1 - lr * norm) ** (steps_per_epoch * k)
        for k in range(num_epochs + 1)
    ]
    return errors, (errors[-1] - start) / norm


SCALAR = "backward() 需要一个数：怎样由一个批量的各个损失得到它？", TRAINING


@visible(
    twins(),
    hints={
        "grad can be implicitly created only for scalar": SCALAR,
        "not moved": ("哪一行更新 w 和 b？它在遍历批量的循环里吗？", TRAINING),
        "first step": (
            "sgd 已经除以 batch_size：那么一个批量的损失该求和，还是取平均？",
            TRAINING,
        ),
        "later step": (
            "backward() 会把新梯度累加到已有的梯度上：你在什么时候把梯度清零？",
            GRADIENTS,
        ),
    },
)
def follows_each_batch_alone(
    train, w, b, features, labels, lr, num_epochs, batch_size
):
    """每个批量更新一步，只沿这个批量的梯度"""
    _, shift = alike(w, b, features, labels, lr, num_epochs, batch_size)
    w_now, b_now = w.clone().requires_grad_(), b.clone().requires_grad_()
    train(w_now, b_now, features, labels, lr, num_epochs, batch_size)
    kind = (
        "first step"
        if len(features) == batch_size and num_epochs == 1
        else "later step"
    )
    if torch.equal(w_now, w) and torch.equal(b_now, b):
        kind = "not moved"
    agree(w_now, w + shift * features[:1].T, "w", kind)
    agree(b_now, b + shift, "b", kind)


LOSSES = (
    "每轮一个数：用这一轮结束时的 w 和 b，对所有样本的损失取平均",
    TRAINING,
)


@visible(twins(), hints={"losses": LOSSES})
def reports_each_epoch(
    train, w, b, features, labels, lr, num_epochs, batch_size
):
    """按顺序为每轮返回一个损失"""
    errors, _ = alike(w, b, features, labels, lr, num_epochs, batch_size)
    w_now, b_now = w.clone().requires_grad_(), b.clone().requires_grad_()
    losses = losses_of(
        train(w_now, b_now, features, labels, lr, num_epochs, batch_size),
        num_epochs,
    )
    expected = torch.tensor([error * error / 2 for error in errors[1:]])
    last = halved_squares(predictions(features, w_now, b_now), labels).mean()
    if abs(last - expected[-1]) <= 1e-4 * (
        1 + expected[-1]
    ):  # 否则错的是更新，而不是损失
        agree(torch.tensor(losses), expected, "各损失", "losses")


@st.composite
def trainings(draw):
    """各不相同的样本，标签为一维或一列，批量大小不一定整除样本数。"""
    n, d = draw(st.integers(1, 5)), draw(small)
    return {
        "w": draw(quarters(d, 1)),
        "b": draw(quarters(1)),
        "features": draw(quarters(n, d, size=1)),
        "labels": draw(st.one_of(quarters(n), quarters(n, 1))),
        "lr": 0.125,
        "num_epochs": draw(small),
        "batch_size": draw(st.integers(1, n)),
    }


@visible(trainings(), hints={"losses": LOSSES})
def reports_the_mean_loss(
    train, w, b, features, labels, lr, num_epochs, batch_size
):
    """返回每个迭代周期之后全部样本的平均损失"""
    w_now, b_now = w.clone().requires_grad_(), b.clone().requires_grad_()
    result = train(w_now, b_now, features, labels, lr, num_epochs, batch_size)
    losses = losses_of(result, num_epochs)
    last = halved_squares(predictions(features, w_now, b_now), labels).mean()
    agree(torch.tensor(losses[-1]), last, "最后的损失", "losses")


# --- end_to_end -------------------------------------------------------------------------------


def learned(train, true_w, true_b, noise, n, **how):
    """由真实参数生成数据，在其上训练，并比较学到的参数。"""
    X = torch.randn(n, len(true_w))
    y = predictions(X, torch.tensor(true_w), torch.tensor(true_b)).flatten()
    w = torch.randn(len(true_w), 1).mul_(0.01).requires_grad_()
    b = torch.zeros(1, requires_grad=True)
    train(w, b, X, y + noise * torch.randn(n), **how)
    return w.flatten().tolist() + b.tolist()


def near(got, expected, distance):
    if not all(
        abs(g - e) <= distance for g, e in zip(got, expected, strict=True)
    ):
        rounded = [round(number, 3) for number in got]
        came = {"distance": distance, "expected": expected, "got": rounded}
        raise Wrong(
            say(
                "w 和 b 与 {expected} 的差应在 {distance} 以内，得到的是 {got}",
                **came,
            )
        )


@visible()
def learns_the_chapters_data(train):
    """用 1000 个样本、三个迭代周期学到 w = [2, -3.4] 和 b = 4.2"""
    got = learned(
        train,
        [2.0, -3.4],
        4.2,
        0.01,
        1000,
        lr=0.03,
        num_epochs=3,
        batch_size=10,
    )
    near(got, [2.0, -3.4, 4.2], 0.01)


@visible()
def learns_other_data(train):
    """也能学到别的参数：三个特征，且最后一个批量较短"""
    got = learned(
        train,
        [-1.5, 0.5, 3.0],
        -2.0,
        0.01,
        205,
        lr=0.1,
        num_epochs=8,
        batch_size=10,
    )
    near(got, [-1.5, 0.5, 3.0, -2.0], 0.02)


PROPERTIES = {
    "data_iter": [
        comes_in_full_batches,
        gives_each_example_once,
        shuffles_anew,
    ],
    "linreg": [is_the_weighted_sum, lets_gradients_through, keeps_float64],
    "squared_loss": [
        is_half_the_squared_error,
        keeps_examples_apart,
        has_the_error_as_its_slope,
    ],
    "sgd": [steps_against_the_gradient, keeps_the_same_tensors, can_step_again],
    "train": [
        follows_each_batch_alone,
        reports_each_epoch,
        reports_the_mean_loss,
    ],
    "end_to_end": [learns_the_chapters_data, learns_other_data],
}

FOUR = ["data_iter", "linreg", "squared_loss", "sgd"]
PARTS = {
    "train": FOUR,
    "end_to_end": [*FOUR, "train"],
}  # 各练习调用的函数，应先改正它们
SIGNATURES = {
    "data_iter": "data_iter(batch_size, features, labels)",
    "linreg": "linreg(X, w, b)",
    "squared_loss": "squared_loss(y_hat, y)",
    "sgd": "sgd(params, lr, batch_size)",
    "train": "train(w, b, features, labels, lr, num_epochs, batch_size)",
}

check, tests = entry_points(
    __file__, PROPERTIES, PARTS, SIGNATURES, language="zh"
)
globals().update(tests)  # 每个练习一个测试，供 pytest 查找
