"""`squared_loss(y_hat, y)`: half the squared error of each example."""

from __future__ import annotations

import numpy as np
import torch

from autograder.authoring import Exercise, expect, seeded, tensors

squared_loss = Exercise("squared_loss", order=3)


@squared_loss.answer
def right(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def terms(y_hat, y):
    """The largest squares that are added up where a right answer multiplies out."""
    return float((y_hat.abs().max() + y.abs().max()) ** 2)


MANY = 1000


def demand_gradient(squared_loss, y_hat, y, cotangent):
    got = squared_loss.gradients(y_hat, y, of=[0], cotangent=cotangent)
    demand_value(got.value, squared_loss, y_hat, y)
    expect.that(got.grads[0] is not None, "no gradient reaches {name}", name="y_hat")
    size = float(cotangent.abs().max()) * (float(y_hat.abs().max()) + float(y.abs().max()))
    want = cotangent * (y_hat - y.reshape(y_hat.shape))
    expect.close(got.grads[0], want, "the gradient of y_hat", terms=size)


def demand_value(value, squared_loss, y_hat, y):
    want = squared_loss.expected(right, y_hat, y)
    if isinstance(value, torch.Tensor) and value.shape == y.shape:
        want = want.reshape(y.shape)  # where y is flat, a flat loss of each example is right too
    expect.close(value, want, terms=terms(y_hat, y))


@squared_loss.check(
    points=1,
    weakest=0.12,
    given=tensors(y_hat="n 1", y="n 1"),
    beyond=[
        seeded(y_hat="300 1", y="300 1"),
        seeded(y_hat="20 1", y="20 1", largest=1000, by=1.0),
        seeded(y_hat="20 1", y="20 1", by=1 / 1024),
        seeded(y_hat="6 1", y="6 1", largest=0),
        seeded(y_hat="7 1", y="7 1", by=1 / 3, dtype=np.float64),  # float32 has no thirds
    ],
    hint="The loss of one example is (y_hat - y)**2 / 2: neither summed nor averaged.",
)
def is_half_the_squared_error(squared_loss, y_hat, y):
    """is half the squared error of each example"""
    got = squared_loss.and_inputs(y_hat, y)
    expect.close(got.value, squared_loss.expected(right, y_hat, y), terms=terms(y_hat, y))


@squared_loss.check(
    points=2,
    weakest=0.12,
    given=tensors(y_hat="n 1", y="n"),
    beyond=[
        seeded(y_hat=f"{MANY + 500} 1", y=f"{MANY + 500}"),
        seeded(y_hat="7 1", y="7", by=1 / 3, dtype=np.float64),
        seeded(y_hat="20 1", y="20", largest=1000, by=1.0),
    ],
    hint="(n, 1) minus (n,) broadcasts to (n, n). Which shape must y have first?",
)
def keeps_examples_apart(squared_loss, y_hat, y):
    """gives one loss per example when y_hat is a column and y is flat"""
    got = squared_loss.and_inputs(y_hat, y)
    demand_value(got.value, squared_loss, y_hat, y)
    expect.unchanged(got.inputs[0], y_hat, "y_hat")
    expect.unchanged(got.inputs[1], y, "y")  # it is tempting to reshape it in place
    if len(y) > MANY:  # once, since it takes a call more
        demand_gradient(squared_loss, y_hat, y, torch.ones_like(y_hat))


@squared_loss.check(
    points=1,
    same_cases_as=[is_half_the_squared_error],
    hint="Which of your operations write into y_hat or y (`-=`, `out=`, a name ending in _)?",
)
def leaves_its_inputs_alone(squared_loss, y_hat, y):
    """makes a new tensor and changes neither y_hat nor y"""
    got = squared_loss.and_inputs(y_hat, y)
    expect.close(got.value, squared_loss.expected(right, y_hat, y), terms=terms(y_hat, y))
    for now, before, name in zip(got.inputs, (y_hat, y), ("y_hat", "y")):
        expect.unchanged(now, before, name)


@squared_loss.check(
    points=1,
    weakest=0.39,
    given=tensors(y_hat="n 1", y="n 1", cotangent="n 1"),
    beyond=[seeded(y_hat="20 1", y="20 1", cotangent="20 1", largest=1000, by=1.0)],
    hint="The derivative of (y_hat - y)**2 / 2 is y_hat - y. Do all steps stay tensor operations?",
)
def has_its_gradient(squared_loss, y_hat, y, cotangent):
    """has the gradient y_hat - y"""
    demand_gradient(squared_loss, y_hat, y, cotangent)
