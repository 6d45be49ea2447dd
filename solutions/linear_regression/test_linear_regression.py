"""Self-checks for chapter 2.2: what you can see of the grading, runnable at any time.

In the notebook, each test cell calls `check`, for example `check("linreg")`.
In a terminal, run `pytest` in this folder: it tests the functions in `linear_regression.py` if you
made such a file, else those in `linear_regression.ipynb`, and says which. From that file it runs
only what these functions need: nothing is trained or drawn. (If you submit both files, the
one that you wrote in counts; the notebook, if you wrote in both.)

Numbers are small multiples of 1/4, so that a right answer is exact in float32. The grader
checks more than you see here, and in the same spirit.
"""

import operator
import sys
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
        "Put the assignment's selfcheck.py beside test_linear_regression.py.",
        pytrace=False,
    )
    error._render_traceback_ = lambda: [str(error)]  # for Jupyter
    raise error from None
import torch
from hypothesis import strategies as st

# The notebook's headings, to read again.
TOOLS = "Two tools of Python and PyTorch"
READING = "Reading the data in minibatches"
PRODUCTS = "Three products that are easily confused"
MODEL = "The model"
SHAPES = "A column and a flat vector"
LOSS = "The loss"
GRADIENTS = "Gradients, and changing a tensor"
OPTIMIZER = "The optimizer"
TRAINING = "Training"

# --- data_iter --------------------------------------------------------------------------------


@st.composite
def datasets(draw):
    """A few examples that are all different, with labels flat or as a column."""
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
    """One pass over what `data_iter` returned, as a list of pairs of tensors."""
    try:
        batches = iter(batches)
    except TypeError:
        raise Wrong(
            say("expected batches to loop over, got {got}", got=show(batches)),
            "no pairs",
        ) from None
    pairs = []
    for batch in batches:
        if not isinstance(batch, (tuple, list)) or len(batch) != 2:
            raise Wrong(
                say(
                    "expected each batch to be a pair (X, y), got {got}",
                    got=show(batch),
                ),
                "no pairs",
            )
        if not all(isinstance(part, torch.Tensor) for part in batch):
            raise Wrong(
                say(
                    "expected each batch to hold two tensors, got {got}",
                    got=show(batch),
                )
            )
        if batch[0].numel() == 0:
            raise Wrong("expected no empty batch, got one", "sizes")
        pairs.append(tuple(batch))
        if len(pairs) > most:
            raise Wrong(
                say("expected at most {most} batches, got more", most=most),
                "sizes",
            )
    return pairs


NO_PAIRS = (
    "each `yield X, y` gives one batch, and then the loop goes on; a `return` ends the function",
    TOOLS,
)


@visible(
    datasets(),
    hints={
        "no pairs": NO_PAIRS,
        "sizes": (
            "where does each batch begin and end, and where does the last one?",
            READING,
        ),
        "shape": (
            "a list of row numbers keeps all axes; a single row number takes one away",
            TOOLS,
        ),
    },
)
def comes_in_full_batches(data_iter, batch_size, features, labels):
    """fills every batch but the last, as tensors of the data's shape and dtype"""
    n = len(features)
    full, rest = divmod(n, batch_size)
    sizes = [batch_size] * full + [rest] * (rest > 0)
    pairs = one_pass(data_iter(batch_size, features, labels), most=n)
    got = [X.shape[0] if X.dim() else 1 for X, _ in pairs]
    if got != sizes:
        raise Wrong(
            say(
                "expected batches of {expected} examples, got {got}",
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
                        "expected {name} of shape {expected}, got {got}",
                        name=name,
                        **shapes,
                    ),
                    "shape",
                )
            if part.dtype != whole.dtype:
                dtypes = {"expected": whole.dtype, "got": part.dtype}
                raise Wrong(
                    say(
                        "expected {name} of dtype {expected}, got {got}",
                        name=name,
                        **dtypes,
                    )
                )


@visible(
    datasets(),
    hints={
        "no pairs": NO_PAIRS,
        "pairing": (
            "X and y of a batch must be rows with the same numbers",
            TOOLS,
        ),
        "times": (
            "each of the row numbers 0 to n - 1 belongs in exactly one batch",
            READING,
        ),
    },
)
def gives_each_example_once(data_iter, batch_size, features, labels):
    """gives every example exactly once, with its own label"""
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
                raise Wrong(
                    say("expected examples from features, got {got}", got=x)
                )
            if t != label_of[tuple(x)]:
                pair = {"label": label_of[tuple(x)], "features": x, "got": t}
                raise Wrong(
                    say(
                        "expected label {label} with features {features}, got {got}",
                        **pair,
                    ),
                    "pairing",
                )
            times[tuple(x)] += 1
    for x, count in times.items():
        if count != 1:
            came = {"example": list(x), "times": count}
            raise Wrong(
                say(
                    "expected the example {example} once, got it {times} times",
                    **came,
                ),
                "times",
            )


@visible(
    hints={
        "no pairs": NO_PAIRS,
        "not random": (
            "which line draws a random order, and which takes the rows in that order?",
            READING,
        ),
        "repeated": (
            "is the order drawn anew at each call? A seed that is set there draws the same one",
            READING,
        ),
    }
)
def shuffles_anew(data_iter):
    """comes in a random order, a new one at each call"""
    # Twenty examples: a right answer repeats an order once in 20! = 2.4e18 passes.
    labels = torch.arange(20.0)
    orders = [list(range(20))]
    for _ in range(2):
        pairs = one_pass(
            data_iter(4, labels.reshape(20, 1).clone(), labels.clone()), most=20
        )
        orders.append([int(t) for _, y in pairs for t in y])
    if orders[1] == orders[0]:
        raise Wrong(
            "expected 20 examples in a random order, got the order of the data",
            "not random",
        )
    if orders[1] == orders[2]:
        raise Wrong(
            "expected a new order at each call, got the same order twice",
            "repeated",
        )


# --- linreg -----------------------------------------------------------------------------------


@st.composite
def linear_inputs(draw, dtype=torch.float32):
    """X (n, d), w (d, 1) and b (1,)."""
    n, d = draw(small), draw(small)
    shapes = {"X": (n, d), "w": (d, 1), "b": (1,)}
    return {
        name: draw(quarters(*shape, dtype=dtype))
        for name, shape in shapes.items()
    }


def predictions(X, w, b):
    """One row at a time, in plain Python numbers."""
    weights, bias = w.flatten().tolist(), b.item()
    rows = [[sum(map(operator.mul, row, weights), bias)] for row in X.tolist()]
    return torch.tensor(rows, dtype=X.dtype)


PRODUCT = (
    "which of the three products takes (n, d) and (d, 1) to (n, 1)?",
    PRODUCTS,
)
CUT_OFF = (
    "`.item()`, `.data`, `.detach()` and `torch.tensor(…)` cut a result off",
    GRADIENTS,
)


@visible(
    linear_inputs(),
    hints={
        "shape": PRODUCT,
        "RuntimeError": PRODUCT,  # of shapes that do not fit
        "value": (
            "a prediction is the sum of a row's features times their weights, plus b",
            MODEL,
        ),
    },
)
def is_the_weighted_sum(linreg, X, w, b):
    """is the sum of features times weights plus the bias, one row per example"""
    expected = predictions(X, w, b)
    agree(linreg(X, w, b), expected)


@visible(linear_inputs(), hints={"cut off": CUT_OFF})
def lets_gradients_through(linreg, X, w, b):
    """passes gradients to w and b"""
    w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
    y_hat = linreg(X, w, b)
    if not isinstance(y_hat, torch.Tensor) or not y_hat.requires_grad:
        raise Wrong(
            "expected a result that autograd can follow, got one cut off from w and b",
            "cut off",
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
            raise Wrong(
                say("expected a gradient in {name}, got none", name=name),
                "cut off",
            )
        agree(
            param.grad,
            torch.tensor(expected),
            say("the gradient of {name}", name=name),
        )


@visible(
    linear_inputs(dtype=torch.float64),
    hints={
        "dtype": (
            "which call gives its result in another dtype than that of X?",
            MODEL,
        ),
        "same dtype": (
            "a tensor that you make yourself is float32 unless you name another dtype",
            MODEL,
        ),
    },
)
def keeps_float64(linreg, X, w, b):
    """keeps float64 where the inputs are float64"""
    expected = predictions(X, w, b)
    agree(linreg(X, w, b), expected)


# --- squared_loss -----------------------------------------------------------------------------


@st.composite
def predicted(draw, *, flat):
    """y_hat (n, 1), and y flat (n,) or as a column (n, 1)."""
    n = draw(small)
    return {
        "y_hat": draw(quarters(n, 1)),
        "y": draw(quarters(n) if flat else quarters(n, 1)),
    }


def halved_squares(y_hat, y):
    """One example at a time, in plain Python numbers, as a column."""
    pairs = zip(y_hat.flatten().tolist(), y.flatten().tolist(), strict=True)
    return torch.tensor([[0.5 * (p * p - 2 * p * t + t * t)] for p, t in pairs])


@visible(
    predicted(flat=False),
    hints={
        "shape": (
            "each example has a loss of its own: nothing is summed, and no mean is taken",
            LOSS,
        ),
        "value": ("the loss of an example is (y_hat - y)² / 2", LOSS),
    },
)
def is_half_the_squared_error(squared_loss, y_hat, y):
    """is half the squared error of each example, in the shape of y_hat"""
    expected = halved_squares(y_hat, y)
    agree(squared_loss(y_hat, y), expected)


@visible(
    predicted(flat=True),
    hints={
        "shape": (
            "what shape does (n, 1) minus (n,) have, and which shape should y have first?",
            SHAPES,
        )
    },
)
def keeps_examples_apart(squared_loss, y_hat, y):
    """keeps examples apart when y_hat is a column and y is flat"""
    expected = halved_squares(y_hat, y)
    loss = squared_loss(y_hat, y)
    if isinstance(loss, torch.Tensor) and loss.shape == y.shape:
        expected = (
            expected.flatten()
        )  # flat losses for flat labels are right too
    agree(loss, expected)


@visible(predicted(flat=False), hints={"cut off": CUT_OFF})
def has_the_error_as_its_slope(squared_loss, y_hat, y):
    """has the error y_hat - y as its slope, so that it can be minimized"""
    y_hat = y_hat.clone().requires_grad_()
    loss = squared_loss(y_hat, y)
    if not isinstance(loss, torch.Tensor) or not loss.requires_grad:
        raise Wrong(
            "expected a loss that autograd can follow, got one cut off from y_hat",
            "cut off",
        )
    loss.sum().backward()
    errors = [
        [p - t] for [p], [t] in zip(y_hat.tolist(), y.tolist(), strict=True)
    ]
    agree(
        y_hat.grad,
        torch.tensor(errors),
        say("the gradient of {name}", name="y_hat"),
    )


# --- sgd --------------------------------------------------------------------------------------


@st.composite
def steps(draw):
    """Values and gradients of w (d, 1) and b (1,), a learning rate and a batch size."""
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
    """One number at a time, in plain Python numbers."""
    pairs = zip(
        value.flatten().tolist(), gradient.flatten().tolist(), strict=True
    )
    new = [start - slope / batch_size * lr for start, slope in pairs]
    return torch.tensor(new).reshape(value.shape)


def unmoved(name, expected):
    return say(
        "expected {name} to become {expected}, got it unchanged",
        name=name,
        expected=show(expected),
    )


NOT_RECORDED = (
    "a step must not be recorded: what switches recording off?",
    GRADIENTS,
)
UNCHANGED = (
    "`p = p - 1` gives the name to a new tensor: what changes the tensor itself?",
    GRADIENTS,
)
REPLACED = (
    "`params[0] = …` puts another tensor in the list: what changes the tensor itself?",
    GRADIENTS,
)


@visible(
    steps(),
    hints={
        "leaf Variable": NOT_RECORDED,  # torch's word for a parameter
        "unchanged": UNCHANGED,
        "replaced": REPLACED,
        "sign": (
            "the loss falls against the gradient, so is the step added or subtracted?",
            OPTIMIZER,
        ),
        "value": (
            "compare your step with -lr * gradient / batch_size",
            OPTIMIZER,
        ),
    },
)
def steps_against_the_gradient(sgd, w, w_grad, b, b_grad, lr, batch_size):
    """moves every parameter itself by -lr * gradient / batch_size"""
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
    """keeps the same tensors in params, as leaves that require gradients"""
    params = [with_gradient(w, w_grad), with_gradient(b, b_grad)]
    given_params = list(params)
    sgd(given_params, lr, batch_size)
    for name, before, after in zip("wb", params, given_params, strict=True):
        if after is not before:
            said = say(
                "expected {name} changed in place, got another tensor in the list",
                name=name,
            )
            raise Wrong(said, "replaced")
        if not (before.requires_grad and before.is_leaf):
            is_now = {"name": name, "got": flags(before)}
            said = say(
                "expected {name} to stay a leaf that requires gradients, got {got}",
                **is_now,
            )
            raise Wrong(said, "flags")
    # who moves nothing keeps them, too, but has no step yet
    expected = moved(w, w_grad, lr, batch_size)
    if torch.equal(params[0], w) and not torch.equal(w, expected):
        raise Wrong(unmoved("w", expected), "unchanged")


def flags(tensor):
    return f"requires_grad={tensor.requires_grad}, is_leaf={tensor.is_leaf}"


@visible(steps())
def can_step_again(sgd, w, w_grad, b, b_grad, lr, batch_size):
    """can take another step after another backward pass"""
    w_now, b_now = with_gradient(w, w_grad), with_gradient(b, b_grad)
    sgd([w_now, b_now], lr, batch_size)
    for param, slope in ((w_now, w_grad), (b_now, b_grad)):
        param.grad = None
        (-2 * slope * param).sum().backward()
    # called as in the docstring's example
    sgd([w_now, b_now], lr=lr, batch_size=batch_size)
    # one step along the gradient and two steps back: one step back in all
    agree(w_now, moved(w, -w_grad, lr, batch_size), "w")
    agree(b_now, moved(b, -b_grad, lr, batch_size), "b")


# --- train ------------------------------------------------------------------------------------


@st.composite
def twins(draw):
    """Data whose examples are all alike, so that every order of batches trains the same."""
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
    """What `train` returned, as a list of Python floats."""
    try:
        losses = [float(loss) for loss in result]
    except (TypeError, ValueError, RuntimeError):
        said = say(
            "expected a list of one loss per epoch, got {got}", got=show(result)
        )
        raise Wrong(said, "losses") from None
    if len(losses) != num_epochs:
        said = say(
            "expected {many} losses, got {got}",
            many=num_epochs,
            got=len(losses),
        )
        raise Wrong(said, "losses")
    return losses


def alike(w, b, features, labels, lr, num_epochs, batch_size):
    """The errors y_hat - y before and after each epoch, and how far b moves, where all
    examples are alike.

    Each right step multiplies the error by the same factor, and w and b move in proportion
    to x and to 1.
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


SCALAR = (
    "backward() wants a single number: how do you get one from the losses of a batch?",
    TRAINING,
)


@visible(
    twins(),
    hints={
        "grad can be implicitly created only for scalar": SCALAR,
        "not moved": (
            "which line moves w and b, and is it inside the loop over batches?",
            TRAINING,
        ),
        "first step": (
            "sgd divides by batch_size: so are a batch's losses summed, or is their mean taken?",
            TRAINING,
        ),
        "later step": (
            "backward() adds to the gradients that are there: when are yours set to zero?",
            GRADIENTS,
        ),
    },
)
def follows_each_batch_alone(
    train, w, b, features, labels, lr, num_epochs, batch_size
):
    """takes one step per batch, along the gradient of that batch alone"""
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
    "one number for each epoch: the mean of the losses of all examples, with w and b as they are then",
    TRAINING,
)


@visible(twins(), hints={"losses": LOSSES})
def reports_each_epoch(
    train, w, b, features, labels, lr, num_epochs, batch_size
):
    """returns a loss for each epoch, in their order"""
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
    ):  # else its steps are wrong, and not its losses
        agree(torch.tensor(losses), expected, "losses", "losses")


@st.composite
def trainings(draw):
    """Different examples, labels flat or as a column, and batches that need not fit."""
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
    """returns the mean loss over all examples after each epoch"""
    w_now, b_now = w.clone().requires_grad_(), b.clone().requires_grad_()
    result = train(w_now, b_now, features, labels, lr, num_epochs, batch_size)
    losses = losses_of(result, num_epochs)
    last = halved_squares(predictions(features, w_now, b_now), labels).mean()
    agree(torch.tensor(losses[-1]), last, "last loss", "losses")


# --- end_to_end -------------------------------------------------------------------------------


def learned(train, true_w, true_b, noise, n, **how):
    """Makes data from true parameters, trains on it, and compares what was learned."""
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
                "expected w and b within {distance} of {expected}, got {got}",
                **came,
            )
        )


@visible()
def learns_the_chapters_data(train):
    """learns w = [2, -3.4] and b = 4.2 from 1000 examples in three epochs"""
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
    """learns other parameters too, with three features and a smaller last batch"""
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
}  # what each calls, which is to be fixed first
SIGNATURES = {
    "data_iter": "data_iter(batch_size, features, labels)",
    "linreg": "linreg(X, w, b)",
    "squared_loss": "squared_loss(y_hat, y)",
    "sgd": "sgd(params, lr, batch_size)",
    "train": "train(w, b, features, labels, lr, num_epochs, batch_size)",
}

check, tests = entry_points(
    __file__, PROPERTIES, PARTS, SIGNATURES, language="en"
)
globals().update(tests)  # one test per exercise, where pytest looks for them
