"""The oracle for losses, written from the stub's docstring, not from the checks."""

import torch
from hypothesis import strategies as st
from oracle import oracle, varied

from autograder.authoring import expect
from autograder.exercises.linear_regression.squared_loss import squared_loss

SIZES = {"n": (1, 2, 3, 9, 64, 1500)}
HIT = {
    "hits": st.sampled_from([False, False, False, True])
}  # whether each prediction is right
DRAWN = [
    varied(y_hat="n 1", y=y, cotangent="n 1", sizes=SIZES, also=HIT)
    for y in ("n 1", "n")
]


@oracle(squared_loss, given=st.one_of(*DRAWN), cases=150)
def is_half_the_square(squared_loss, y_hat, y, cotangent, hits):
    """is (y_hat - y)^2 / 2 of each example, as a column or, for flat y, flat; y_hat and y stay

    Its gradient is y_hat - y, whatever the shape of y.
    """
    y = y_hat.reshape(y.shape).clone() if hits else y
    got = squared_loss.gradients(y_hat, y, of=[0], cotangent=cotangent)
    fits = isinstance(got.value, torch.Tensor) and got.value.shape in (
        y_hat.shape,
        y.shape,
    )
    expect.that(
        fits,
        f"expected a loss for each of {len(y)} examples, got {expect.kind(got.value)}",
    )
    error, size = (
        y_hat.double() - y.double().reshape(y_hat.shape),
        float(y_hat.abs().max() + y.abs().max()),
    )
    expect.close(
        got.value.reshape(-1),
        (error.square() / 2).to(y_hat.dtype).reshape(-1),
        terms=size**2,
    )
    expect.unchanged(got.inputs[0], y_hat, "y_hat")
    expect.unchanged(got.inputs[1], y, "y")
    want = (cotangent.double() * error).to(y_hat.dtype)
    expect.gradient(
        got.grads[0], want, "y_hat", terms=float(cotangent.abs().max()) * size
    )
