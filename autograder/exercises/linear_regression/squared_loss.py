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


contract = partial(
    squared_loss.contract,
    given=tensors(y_hat="n 1", y="n 1"),
    up_to=4000,
    large=400,  # of more, what broadcasts is beyond a message
    gradients_of=["y_hat"],
)
contract(
    points={"value": 2.5},
    titles={
        "value": "is half the squared error of each example, in the shape of y_hat"
    },
)
contract(
    points={"inputs_unchanged": 0.25, "gradients": 1},
    titles={
        "inputs_unchanged": "makes a new tensor and changes neither y_hat nor y",
        "gradients": "has the gradient y_hat - y",
    },
)


@squared_loss.check(
    points=1.25,
    cases=109,
    given=tensors(y_hat="n 1", y="n"),
    edge_cases=[
        # Whole numbers, which a column of a table often holds: the loss has y_hat's dtype.
        seeded(y_hat="6 1", y="6").map(lambda case: case | {"y": case["y"].long()}),
        seeded(y_hat="1500 1", y="1500"),
        seeded(y_hat="7 1", y="7", by=1 / 3, dtype=np.float64),  # float32 has no thirds
        seeded(y_hat="20 1", y="20", largest=1000, by=32.0),
        seeded(y_hat="20 1", y="20", by=2.0**-20),
    ],
    rare=1,
)
def keeps_examples_apart(squared_loss, y_hat, y):
    """does the same for a flat y: one loss per example, dtype kept, inputs unchanged"""
    is_whole = not y.is_floating_point()
    weights = torch.ones_like(y_hat)
    try:
        if is_whole or (len(y) <= 6 and y[0] <= 0):  # about half of the small ones
            got = squared_loss.and_inputs(y_hat, y)
        else:
            got = squared_loss.gradients(y_hat, y, of=[0], cotangent=weights)
    except StudentError:
        if is_whole:
            return  # mse_loss, for example, may refuse them
        raise
    want = squared_loss.expected(right, y_hat, y)
    if isinstance(got.value, torch.Tensor) and got.value.shape == y.shape:
        want = want.flatten()  # a flat loss of each example is right too
    size = float(y_hat.abs().max() + y.abs().max())
    expect.close(got.value, want, terms=size**2)
    expect.unchanged(got.inputs[0], y_hat, "y_hat")
    expect.unchanged(got.inputs[1], y, "y")
    if hasattr(got, "grads"):
        expect.gradient(got.grads[0], y_hat - y[:, None], "y_hat", terms=size)


# Known mistakes.

ALL = [check.name for check in squared_loss.checks]
FOR_COLUMNS = ["value", "inputs_unchanged", "gradients"]

mistake = squared_loss.mistake
wrong_value = partial(mistake, fails=ALL)
wrong_for_columns = partial(mistake, fails=FOR_COLUMNS)

ERROR, LOSS = "y_hat - y.reshape(y_hat.shape)", "error**2 / 2"  # of the right answer
Y = "y.reshape(y_hat.shape)"

wrong_value(
    "halves_before_squaring",
    "This is a quarter of the squared error. Do you halve before you square?",
).replace(LOSS, "(error / 2) ** 2")
mistake(
    "casts_to_float32",
    "The loss is float32 even when y_hat and y are float64. Keep their dtype.",
    fails=[keeps_examples_apart],
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
BROADCASTS = (
    "The difference of a column and a flat tensor or a row broadcasts to (n, n)."
)

reductions = [
    wrong_value("averages", AVERAGES).replace(RETURNED, "return loss.mean()"),
    wrong_value(
        "sums_up", "You sum over the examples, but each needs its own loss."
    ).replace(RETURNED, "return loss.sum()"),
    wrong_value(
        "divides_by_n",
        "You also divide by the number of examples, which sgd does later.",
    ).replace(RETURNED, "return loss / len(y)"),
]
no_half = wrong_value("forgets_the_half", "The squared error is not halved.").replace(
    " / 2", ""
)
broadcasts = mistake("broadcasts", BROADCASTS, fails=[keeps_examples_apart]).replace(
    Y, "y"
)
squared_loss.together(no_half, broadcasts)
for reduction in reductions:
    squared_loss.together(reduction, no_half)
    squared_loss.together(reduction, broadcasts)
    squared_loss.together(reduction, no_half, broadcasts)
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
    "takes_the_absolute_error",
    "The result is half the absolute error, not half its square.",
).replace("error**2", "error.abs()")
wrong_value(
    "forgets_the_square", "The result is half the error, not half its square."
).replace("**2", "")
ONLY_Y = (
    "Only y is squared, since ** comes before the difference. Put the difference into brackets, "
    "and square that."
)
wrong_value("squares_only_y", ONLY_Y).replace(
    ERROR, f"y_hat - {Y} ** 2 / 2", LOSS, "error"
)
wrong_value("squares_only_y_then_halves", ONLY_Y).replace(
    ERROR, f"y_hat - {Y} ** 2", LOSS, "error / 2"
)
wrong_value(
    "gives_the_error",
    "The result is the error itself, neither squared nor halved. `** (2 / 2)`, for example, is "
    "the power 1. Square first, then halve.",
).replace(LOSS, "error")
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
    fails=["gradients", keeps_examples_apart],
).replace(LOSS, "(error**2 / 2).detach()")
mistake(
    "makes_a_new_tensor",
    "The loss is always float32, and backward() cannot reach y_hat through it, as in a new tensor "
    "made from Python numbers.",
    fails=["gradients", keeps_examples_apart],
).replace(LOSS, "torch.tensor((error**2 / 2).tolist())")
