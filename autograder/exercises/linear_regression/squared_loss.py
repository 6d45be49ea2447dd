"""`squared_loss(y_hat, y)`: half the squared error of each example."""

from __future__ import annotations

import numpy as np
import torch

from autograder.authoring import Exercise, StudentError, expect, seeded, tensors

squared_loss = Exercise("squared_loss", order=3)


@squared_loss.answer
def right(y_hat, y):
    error = y_hat - y.reshape(y_hat.shape)
    return error**2 / 2


def terms(y_hat, y):
    """The largest squares that are added up where a right answer multiplies out."""
    return float((y_hat.abs().max() + y.abs().max()) ** 2)


LARGE, SMALL = {"largest": 1000, "by": 32.0}, {"by": 2.0**-20}  # what is cut off, added or rounded


def with_whole_labels(case):
    """Labels as whole numbers, which a column of a table often holds: the loss has y_hat's dtype."""
    return case | {"y": case["y"].long()}


def demand(got, squared_loss, y_hat, y):
    """The right value, and inputs as they were."""
    want = squared_loss.expected(right, y_hat, y)
    if isinstance(got.value, torch.Tensor) and got.value.shape == y.shape:
        want = want.reshape(y.shape)  # where y is flat, a flat loss of each example is right too
    expect.close(got.value, want, terms=terms(y_hat, y))
    expect.unchanged(got.inputs[0], y_hat, "y_hat")
    expect.unchanged(got.inputs[1], y, "y")  # it is tempting to reshape it in place


def demand_gradient(squared_loss, y_hat, y, cotangent):
    got = squared_loss.gradients(y_hat, y, of=[0], cotangent=cotangent)
    demand(got, squared_loss, y_hat, y)
    expect.that(got.grads[0] is not None, "no gradient reaches {name}", name="y_hat")
    size = float(cotangent.abs().max()) * (float(y_hat.abs().max()) + float(y.abs().max()))
    want = cotangent * (y_hat - y.reshape(y_hat.shape))
    expect.close(got.grads[0], want, "the gradient of y_hat", terms=size)


def asked(squared_loss, y_hat, y):
    """The value and inputs; None for an error where labels are whole numbers, which mse_loss may refuse."""
    try:
        return squared_loss.and_inputs(y_hat, y)
    except StudentError:
        if y.is_floating_point():
            raise
    return None


@squared_loss.check(
    points=1,
    weakest=0.12,
    given=tensors(y_hat="n 1", y="n 1"),
    beyond=[
        seeded(y_hat="6 1", y="6 1").map(with_whole_labels),
        seeded(y_hat="400 1", y="400 1"),
        seeded(y_hat="20 1", y="20 1", largest=1000, by=1.0),
        seeded(y_hat="20 1", y="20 1", **LARGE),
        seeded(y_hat="20 1", y="20 1", by=1 / 1024),
        seeded(y_hat="20 1", y="20 1", **SMALL),
        seeded(y_hat="6 1", y="6 1", largest=0),
        seeded(y_hat="7 1", y="7 1", by=1 / 3, dtype=np.float64),  # float32 has no thirds
    ],
    hint="The loss of one example is (y_hat - y)**2 / 2: neither summed nor averaged.",
    rare=1,
)
def is_half_the_squared_error(squared_loss, y_hat, y):
    """is half the squared error of each example"""
    got = asked(squared_loss, y_hat, y)
    if got is not None:
        expect.close(got.value, squared_loss.expected(right, y_hat, y), terms=terms(y_hat, y))


@squared_loss.check(
    points=2,
    weakest=0.12,
    given=tensors(y_hat="n 1", y="n"),
    beyond=[
        seeded(y_hat="6 1", y="6").map(with_whole_labels),
        seeded(y_hat="1500 1", y="1500"),
        seeded(y_hat="7 1", y="7", by=1 / 3, dtype=np.float64),
        seeded(y_hat="20 1", y="20", **LARGE),
        seeded(y_hat="20 1", y="20", **SMALL),
    ],
    hint="(n, 1) minus (n,) broadcasts to (n, n). Which shape must y have first?",
    rare=1,
)
def keeps_examples_apart(squared_loss, y_hat, y):
    """gives one loss per example when y_hat is a column and y is flat"""
    if y.is_floating_point() and (len(y) > 6 or y[0] > 0):  # about half of the small ones
        demand_gradient(squared_loss, y_hat, y, torch.ones_like(y_hat))
        return
    got = asked(squared_loss, y_hat, y)
    if got is not None:
        demand(got, squared_loss, y_hat, y)


@squared_loss.check(
    points=1,
    same_cases_as=[is_half_the_squared_error],
    hint="Which of your operations write into y_hat or y (`-=`, `out=`, a name ending in _)?",
)
def leaves_its_inputs_alone(squared_loss, y_hat, y):
    """makes a new tensor and changes neither y_hat nor y"""
    got = asked(squared_loss, y_hat, y)
    if got is not None:
        demand(got, squared_loss, y_hat, y)


@squared_loss.check(
    points=1,
    weakest=0.39,
    given=tensors(y_hat="n 1", y="n 1", cotangent="n 1"),
    beyond=[
        seeded(y_hat="400 1", y="400 1", cotangent="400 1"),
        seeded(y_hat="20 1", y="20 1", cotangent="20 1", **LARGE),
        seeded(y_hat="20 1", y="20 1", cotangent="20 1", **SMALL),
        seeded(y_hat="7 1", y="7 1", cotangent="7 1", by=1 / 3, dtype=np.float64),
    ],
    hint="The derivative of (y_hat - y)**2 / 2 is y_hat - y. Do all steps stay tensor operations?",
)
def has_its_gradient(squared_loss, y_hat, y, cotangent):
    """has the gradient y_hat - y"""
    demand_gradient(squared_loss, y_hat, y, cotangent)
