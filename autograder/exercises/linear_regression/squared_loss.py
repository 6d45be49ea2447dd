"""`squared_loss(y_hat, y)`: half the squared error of each example."""

from functools import partial

import numpy as np
import torch

from autograder.authoring import N_, Exercise, StudentError, expect, tensors
from autograder.exercises.inputs import seeded

squared_loss = Exercise(
    "squared_loss",
    hints={
        "shape": N_(
            "(n, 1) minus (n,) broadcasts to (n, n). Which shape does y need first?"
        ),
        "value": N_(
            "The loss of one example is (y_hat - y)**2 / 2: not summed, averaged or squeezed."
        ),
    },
)


@squared_loss.answer
def right(y_hat, y):
    error = y_hat - y.reshape(y_hat.shape)
    loss = error**2 / 2
    return loss


squared_loss.style("y_hat - y.reshape(y_hat.shape)", "y_hat.reshape(y.shape) - y")


def terms(y_hat, y):
    """The largest squares that are added up where a right answer multiplies out."""
    return float((y_hat.abs().max() + y.abs().max()) ** 2)


CHANGING = 13  # examples of the case whose numbers change between two calls
UNRECORDED = 11  # examples of the case without recording, as where a loss is measured
LARGE, SMALL = (
    {"largest": 1000, "by": 32.0},
    {"by": 2.0**-20},
)  # what is cut off, added or rounded


def with_whole_labels(case):
    """Labels as whole numbers, which a column of a table often holds: the loss has y_hat's dtype."""
    return case | {"y": case["y"].long()}


@squared_loss.probe()
def without_recording(f, y_hat, y):
    """The value under no_grad, for predictions that depend on parameters."""
    with torch.no_grad():
        return f(y_hat.requires_grad_(), y)


def call(squared_loss, y_hat, y):
    """The value and inputs; None for an error with whole-number labels, which mse_loss may refuse."""
    if len(y) == UNRECORDED:
        squared_loss = squared_loss.through(without_recording)
    try:
        return squared_loss.and_inputs(y_hat, y)
    except StudentError:
        if y.is_floating_point():
            raise
    return None


def name_of_value(y):
    return N_("the value under torch.no_grad()") if len(y) == UNRECORDED else ""


def compare(got, squared_loss, y_hat, y, what=""):
    """The right value, and inputs as they were."""
    if got is None:
        return
    want = squared_loss.expected(right, y_hat, y)
    if isinstance(got.value, torch.Tensor) and got.value.shape == y.shape:
        want = want.reshape(
            y.shape
        )  # where y is flat, a flat loss of each example is right too
    expect.close(got.value, want, what, terms(y_hat, y))
    expect.inputs_unchanged(
        got.inputs, y_hat=y_hat, y=y
    )  # it is tempting to reshape y in place


def compare_gradient(squared_loss, y_hat, y, cotangent, what=""):
    got = squared_loss.gradients(y_hat, y, of=[0], cotangent=cotangent)
    compare(got, squared_loss, y_hat, y, what)
    size = float(cotangent.abs().max()) * (
        float(y_hat.abs().max()) + float(y.abs().max())
    )
    expect.gradient(
        got.grads[0], cotangent * (y_hat - y.reshape(y_hat.shape)), "y_hat", terms=size
    )


@squared_loss.check(
    points=1.5,
    cases=109,
    given=tensors(y_hat="n 1", y="n 1"),
    edge_cases=[
        seeded(y_hat="6 1", y="6 1").map(with_whole_labels),
        seeded(
            y_hat="400 1", y="400 1"
        ),  # of more, what broadcasts is beyond a message
        seeded(y_hat=f"{CHANGING} 1", y=f"{CHANGING} 1"),
        seeded(y_hat=f"{UNRECORDED} 1", y=f"{UNRECORDED} 1"),
        seeded(y_hat="20 1", y="20 1", largest=200, by=1 / 3),
        seeded(y_hat="20 1", y="20 1", largest=1000, by=1.0),
        seeded(y_hat="20 1", y="20 1", **LARGE),
        seeded(y_hat="20 1", y="20 1", by=1 / 1024),
        seeded(y_hat="20 1", y="20 1", **SMALL),
        seeded(y_hat="6 1", y="6 1", largest=0),
        seeded(
            y_hat="7 1", y="7 1", by=1 / 3, dtype=np.float64
        ),  # float32 has no thirds
    ],
    rare=1,
)
def is_half_the_squared_error(squared_loss, y_hat, y):
    """is half the squared error of each example"""
    got = call(squared_loss, y_hat, y)
    if got is not None:
        want = squared_loss.expected(right, y_hat, y)
        expect.close(got.value, want, name_of_value(y), terms(y_hat, y))


@squared_loss.check(
    points=2,
    cases=109,
    given=tensors(y_hat="n 1", y="n"),
    edge_cases=[
        seeded(y_hat="6 1", y="6").map(with_whole_labels),
        seeded(y_hat="1500 1", y="1500"),
        seeded(y_hat="7 1", y="7", by=1 / 3, dtype=np.float64),
        seeded(y_hat="20 1", y="20", **LARGE),
        seeded(y_hat="20 1", y="20", **SMALL),
    ],
    rare=1,
)
def keeps_examples_apart(squared_loss, y_hat, y):
    """gives one loss per example when y_hat is a column and y is flat"""
    if y.is_floating_point() and (
        len(y) > 6 or y[0] > 0
    ):  # about half of the small ones
        compare_gradient(squared_loss, y_hat, y, torch.ones_like(y_hat))
    else:
        compare(call(squared_loss, y_hat, y), squared_loss, y_hat, y)


@squared_loss.check(
    points=0.5,
    same_cases_as=[is_half_the_squared_error],
)
def leaves_its_inputs_alone(squared_loss, y_hat, y):
    """makes a new tensor and changes neither y_hat nor y"""
    compare(call(squared_loss, y_hat, y), squared_loss, y_hat, y, name_of_value(y))
    if len(y) == CHANGING:
        expect.follows_its_inputs(
            squared_loss, right, y_hat, y, terms=4 * terms(y_hat, y)
        )


@squared_loss.check(
    points=1,
    cases=40,
    given=tensors(y_hat="n 1", y="n 1", cotangent="n 1"),
    edge_cases=[
        seeded(y_hat="400 1", y="400 1", cotangent="400 1"),
        seeded(y_hat="20 1", y="20 1", cotangent="20 1", largest=2000, by=1 / 3),
        seeded(y_hat="20 1", y="20 1", cotangent="20 1", **LARGE),
        seeded(y_hat="20 1", y="20 1", cotangent="20 1", **SMALL),
        seeded(y_hat="7 1", y="7 1", cotangent="7 1", by=1 / 3, dtype=np.float64),
    ],
)
def has_its_gradient(squared_loss, y_hat, y, cotangent):
    """has the gradient y_hat - y"""
    compare_gradient(squared_loss, y_hat, y, cotangent, expect.RETURNED)


# Known mistakes.

ALL = [
    is_half_the_squared_error,
    keeps_examples_apart,
    leaves_its_inputs_alone,
    has_its_gradient,
]
FOR_COLUMNS = [is_half_the_squared_error, leaves_its_inputs_alone, has_its_gradient]

mistake = squared_loss.mistake
wrong_value = partial(mistake, fails=ALL)
wrong_for_columns = partial(mistake, fails=FOR_COLUMNS)

ERROR, LOSS = "y_hat - y.reshape(y_hat.shape)", "error**2 / 2"  # of the right answer
Y = "y.reshape(y_hat.shape)"

wrong_value(
    "halves_before_squaring",
    "This is a quarter of the squared error. Do you halve before you square?",
).replace(LOSS, "(error / 2) ** 2")
wrong_value(
    "casts_to_float32",
    "You turn the loss into float32 even when y_hat and y are float64. Keep their dtype.",
).replace(LOSS, "(error**2 / 2).float()")

wrong_for_columns(
    "flattens_only_y_hat",
    "This is right only for flat labels (n,). Labels in a column (n, 1) broadcast to (n, n).",
).replace(ERROR, "y_hat.reshape(-1) - y")
wrong_for_columns(
    "flattens_both",
    "Your losses are flat (n,) even when y_hat and y are columns (n, 1). They need "
    "the shape of y_hat.",
).replace(ERROR, "y_hat.reshape(-1) - y.reshape(-1)")
wrong_for_columns(
    "always_unsqueezes_y",
    "This is right only for flat labels (n,). Labels in a column (n, 1) get a third axis.",
).replace(Y, "y.unsqueeze(1)")

wrong_value(
    "makes_a_row_of_y",
    "You subtract every example from every other. y as a row, or flat, broadcasts with a "
    "column to (n, n), even if the labels came as a column.",
).replace(Y, "y.reshape(1, -1)")

# Mistakes that come together, too.

RETURNED = "return loss"
AVERAGES = (
    "You average over the examples, but each needs its own loss. The loop sums, and sgd "
    "divides later."
)
BROADCASTS = "The difference of a column and flat labels broadcasts to (n, n)."

averages = wrong_value("averages", AVERAGES).replace(RETURNED, "return loss.mean()")
reductions = [
    averages,
    wrong_value(
        "sums_up", "You sum over the examples, but each needs its own loss."
    ).replace(RETURNED, "return loss.sum()"),
    wrong_value(
        "divides_by_n",
        "You also divide by the number of examples, which sgd does later.",
    ).replace(RETURNED, "return loss / len(y)"),
]
no_half = wrong_value(
    "forgets_the_half", "You forgot to halve the squared error."
).replace(" / 2", "")
broadcasts = mistake("broadcasts", BROADCASTS, fails=[keeps_examples_apart]).replace(
    Y, "y"
)
squared_loss.together(no_half, broadcasts)
for reduction in reductions:
    squared_loss.together(reduction, no_half)
    squared_loss.together(reduction, broadcasts)
    squared_loss.together(reduction, no_half, broadcasts)
BY_N = "return loss.sum() / len(y)"  # the mean, unless the loss has become (n, n)
for half, also, halved in (
    ((), "", ()),
    ((no_half,), "_and_forgets_the_half", (" / 2", "")),
):
    several = averages, *half, broadcasts
    mistake(
        f"averages_by_n{also}_and_broadcasts",
        " ".join(slip.says for slip in several),
        together=several,
    ).replace(Y, "y", RETURNED, BY_N, *halved)
wrong_value(
    "gives_a_number",
    "You return one Python number, the sum of all losses. Each example needs its own loss, "
    "and backward() cannot go through a Python number.",
).replace(RETURNED, "return loss.sum().item()")

wrong_value(
    "halves_only_y",
    "You halve y before you subtract it, instead of halving the squared difference.",
).replace(ERROR, f"{ERROR} / 2", "error**2 / 2", "error**2")
wrong_value(
    "takes_the_absolute_error", "You take the absolute error, not its square."
).replace("error**2", "error.abs()")
wrong_value("forgets_the_square", "You halve the error but do not square it.").replace(
    "**2", ""
)
wrong_value(
    "subtracts_squares",
    "You square y_hat and y separately. Subtract first, then square the difference.",
).replace(ERROR, f"y_hat**2 - {Y} ** 2", "error**2", "error")
wrong_value(
    "spares_large_errors",
    "Errors above 1 count less than half their square, as in smooth_l1_loss and huber_loss.",
).replace(
    LOSS,
    "torch.nn.functional.smooth_l1_loss(error, torch.zeros_like(error), reduction='none')",
)

INTO_Y_HAT = "You subtract into y_hat (`-=`, sub_() or .data), which changes the caller's tensor."
for name, written in (
    ("writes_into_y_hat", "y_hat"),
    ("writes_into_the_data_of_y_hat", "y_hat.data"),
):
    mistake(name, INTO_Y_HAT, fails=ALL[1:]).replace(
        "error = y_hat -", f"{written} -=", "error**2", "y_hat**2"
    )
mistake(
    "reshapes_y_in_place",
    "The loss is right, but it changes the shape of the caller's y. A method that ends in _, "
    "such as unsqueeze_ or resize_, changes the tensor itself.",
    fails=[keeps_examples_apart],
).replace(Y, "y.resize_(y_hat.shape)")

mistake(
    "detaches",
    "You cut the loss off from y_hat (no_grad, .data, .detach(), .item(), a new tensor), so "
    "backward() cannot reach it.",
    fails=[has_its_gradient, keeps_examples_apart],
).replace(LOSS, "(error**2 / 2).detach()")
wrong_value(
    "makes_a_new_tensor",
    "You make a new tensor from Python numbers. It is always float32, and backward() cannot "
    "reach y_hat through it.",
).replace(LOSS, "torch.tensor((error**2 / 2).tolist())")

misspelt = squared_loss.right_source.replace("squared_loss", "square_loss")
squared_loss.sample(dana=broadcasts, ivan=no_half, nour=misspelt)
