"""The audit's oracle for losses, written from the stub's docstring, not from the checks."""

import torch
from hypothesis import strategies as st

from autograder.authoring import expect, varied
from autograder.exercises.linear_regression.squared_loss import squared_loss

SIZES = {"n": (1, 2, 3, 9, 64, 1500)}
LABELS = ("n 1", "n")


def drawn(**more):
    """Predictions as a column, labels as a column or flat; some are hit exactly."""
    return st.one_of(*[varied(y_hat="n 1", y=y, sizes=SIZES, also=HIT, **more) for y in LABELS])


HIT = {"hits": st.sampled_from([False, False, False, True])}


@squared_loss.oracle(given=drawn(), cases=150)
def is_half_the_square(squared_loss, y_hat, y, hits):
    """is (y_hat - y)^2 / 2 of each example, as a column or, for flat y, flat; y_hat and y stay"""
    y = y_hat.reshape(y.shape).clone() if hits else y
    got = squared_loss.and_inputs(y_hat, y)
    fits = isinstance(got.value, torch.Tensor) and got.value.shape in (y_hat.shape, y.shape)
    expect.that(fits, f"expected a loss for each of {len(y)} examples, got {expect.kind(got.value)}")
    want = (y_hat.double().reshape(-1) - y.double().reshape(-1)).square() / 2
    terms = float((y_hat.abs().max() + y.abs().max()) ** 2)
    expect.close(got.value.detach().reshape(-1), want.to(y_hat.dtype), terms=terms)
    expect.inputs_unchanged(got.inputs, y_hat=y_hat, y=y)


@squared_loss.oracle(given=drawn(cotangent="n 1"), cases=100)
def has_the_gradient(squared_loss, y_hat, y, cotangent, hits):
    """has the gradient y_hat - y, whatever the shape of y"""
    got = squared_loss.gradients(y_hat, y, of=[0], cotangent=cotangent)
    want = cotangent.double() * (y_hat.double() - y.double().reshape(y_hat.shape))
    size = float(cotangent.abs().max()) * (float(y_hat.abs().max()) + float(y.abs().max()))
    expect.gradient(got.grads[0], want.to(y_hat.dtype), "y_hat", terms=size)
