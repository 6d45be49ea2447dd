"""`linreg(X, w, b)`: the linear model."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import strategies as st

from autograder.authoring import Exercise, expect, seeded, tensors

linreg = Exercise("linreg", order=2)


@linreg.answer
def right(X, w, b):
    return torch.matmul(X, w) + b


def terms(X, w, b):
    """The largest sum of magnitudes in an element: what rounding is measured by."""
    return float((X.abs() @ w.abs() + b.abs()).max())


def demand(linreg, X, w, b):
    got = linreg.and_inputs(X, w, b)
    expect.close(got.value, linreg.expected(right, X, w, b), terms=terms(X, w, b))
    for now, before, name in zip(got.inputs, (X, w, b), "Xwb"):
        expect.unchanged(now, before, name)


def with_bias(number):
    """Puts a bias into a case."""
    return lambda case: case | {"b": torch.full((1,), number)}


@linreg.check(
    points=1,
    weakest=0.47,
    given=tensors(X="n d", w="d 1", b="1").filter(lambda c: min(c["X"].shape) > 1),
    beyond=[  # exact in float32 in any order: sums below 2**24 of the smallest step
        seeded(X="1500 10", w="10 1", b="1"),
        seeded(X="40 300", w="300 1", b="1"),
        *[seeded(X="9 4", w="4 1", b="1", largest=1000, by=1.0).map(with_bias(b)) for b in (-900.0, 900.0)],
        seeded(X="6 4", w="4 1", b="1", by=1 / 1024),
        seeded(X="6 3", w="3 1", b="1", largest=0),
    ],
    hint="A matrix product of X (n, d) and w (d, 1) is (n, 1); b is added to every row.",
)
def is_the_linear_model(linreg, X, w, b):
    """gives X w + b: one column, one row per example"""
    demand(linreg, X, w, b)


@linreg.check(
    points=1,
    weakest=0.91,
    given=st.one_of(tensors(X="1 d", w="d 1", b="1", largest=8), tensors(X="n 1", w="1 1", b="1", largest=8)),
    hint="The result has the shape (n, 1), when n or d is 1 too.",
)
def takes_one_example_or_feature(linreg, X, w, b):
    """keeps the shape (n, 1) for a single example and for a single feature"""
    demand(linreg, X, w, b)


@linreg.check(
    points=1,
    weakest=0.9,
    given=tensors(X="n d", w="d 1", b="1", dtype=np.float64),
    beyond=[seeded(X="7 3", w="3 1", b="1", by=1 / 3, dtype=np.float64)] * 2,  # float32 has no thirds
    hint="Is there a .float(), or a new tensor of a fixed dtype, on the way?",
)
def keeps_float64(linreg, X, w, b):
    """computes in float64 when X, w and b are float64"""
    demand(linreg, X, w, b)


@linreg.check(
    points=1,
    weakest=0.09,
    given=tensors(X="n d", w="d 1", b="1", cotangent="n 1"),
    hint="Tensor operations record how to differentiate. What do .item(), .data, .detach() do to that?",
)
def lets_gradients_through(linreg, X, w, b, cotangent):
    """lets the right gradients reach w and b"""
    got = linreg.gradients(X, w, b, of=[1, 2], cotangent=cotangent)
    expect.close(got.value, linreg.expected(right, X, w, b), terms=terms(X, w, b))
    for grad, name in zip(got.grads, "wb"):
        expect.that(grad is not None, "no gradient reaches {name}", name=name)
    size = float((X.abs().T @ cotangent.abs()).max())
    expect.close(got.grads[0], X.T @ cotangent, "the gradient of w", terms=size)
    size = float(cotangent.abs().sum())
    expect.close(got.grads[1], cotangent.sum(0), "the gradient of b", terms=size)
