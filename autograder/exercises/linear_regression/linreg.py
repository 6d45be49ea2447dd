"""`linreg(X, w, b)`: the linear model."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import strategies as st

from autograder.authoring import ANYTHING, Exercise, expect, seeded, tensors, tr

linreg = Exercise("linreg", order=2)


@linreg.answer
def right(X, w, b):
    return torch.matmul(X, w) + b


def terms(X, w, b):
    """The largest sum of magnitudes in an element: what rounding is measured by."""
    return float((X.abs() @ w.abs() + b.abs()).max())


def demand(linreg, X, w, b):
    demand_of(linreg.and_inputs(X, w, b), linreg, X, w, b)


def demand_of(got, linreg, X, w, b):
    """The right value, and inputs as they were."""
    expect.close(got.value, linreg.expected(right, X, w, b), terms=terms(X, w, b))
    for now, before, name in zip(got.inputs, (X, w, b), "Xwb"):
        expect.unchanged(now, before, name)


@linreg.probe(
    reply={"value": ANYTHING, "inputs": [ANYTHING], "then": [ANYTHING]},
    agrees=lambda reply, *given: [len(reply["inputs"]), len(reply["then"])] == [3, 2],
)
def as_training_goes_on(f, X, w, b, new_X, new_w, new_b):
    """The value and the inputs afterwards; and the values once w and b hold others, and X does too.

    They are the same three tensors all the time, as in a training loop that steps in place.
    """

    def seen(value):
        return value.clone() if isinstance(value, torch.Tensor) else value

    first, inputs = seen(f(X, w, b)), [seen(t) for t in (X, w, b)]
    w.copy_(new_w), b.copy_(new_b)
    second = seen(f(X, w, b))
    X.copy_(new_X)
    return {"value": first, "inputs": inputs, "then": [second, f(X, w, b)]}


def with_bias(number):
    """Puts a bias into a case."""
    return lambda case: case | {"b": torch.full((1,), number)}


@linreg.check(
    points=1,
    weakest=0.47,
    given=tensors(X="n d", w="d 1", b="1").filter(lambda c: min(c["X"].shape) > 1),
    beyond=[  # exact in float32 in any order: sums below 2**24 of the smallest step
        seeded(X="1500 10", w="10 1", b="1"),
        seeded(X="4 600", w="600 1", b="1"),
        seeded(X="4 3", w="3 1", b="1", new_X="4 3", new_w="3 1", new_b="1"),
        *[seeded(X="9 4", w="4 1", b="1", largest=1000, by=1.0).map(with_bias(b)) for b in (-900.0, 900.0)],
        seeded(X="6 4", w="4 1", b="1", by=1 / 1024),
        seeded(X="9 4", w="4 1", b="1", largest=1000, by=64.0),
        seeded(X="6 3", w="3 1", b="1", largest=0),
    ],
    hint="A matrix product of X (n, d) and w (d, 1) is (n, 1); b is added to every row.",
)
def is_the_linear_model(linreg, X, w, b, new_X=None, new_w=None, new_b=None):
    """gives X w + b: one column, one row per example"""
    if new_X is None:
        demand(linreg, X, w, b)
        return
    got = as_training_goes_on(linreg, X, w, b, new_X, new_w, new_b)
    demand_of(got, linreg, X, w, b)
    for value, now, when in (
        (got.then[0], X, tr("a second call, once w and b hold new_w and new_b")),
        (got.then[1], new_X, tr("a third call, once X holds new_X")),
    ):
        expect.close(value, linreg.expected(right, now, new_w, new_b), when, terms(now, new_w, new_b))


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
    beyond=[  # float32 has no thirds
        seeded(X="7 3", w="3 1", b="1", by=1 / 3, dtype=np.float64),
        seeded(X="1000 2", w="2 1", b="1", by=1 / 3, dtype=np.float64),
    ],
    hint="Is there a .float(), or a new tensor of a fixed dtype, on the way?",
)
def keeps_float64(linreg, X, w, b):
    """computes in float64 when X, w and b are float64"""
    demand(linreg, X, w, b)


@linreg.check(
    points=1,
    weakest=0.09,
    given=tensors(X="n d", w="d 1", b="1", cotangent="n 1"),
    beyond=[
        seeded(X="1500 2", w="2 1", b="1", cotangent="1500 1"),
        seeded(X="4 600", w="600 1", b="1", cotangent="4 1"),
        seeded(X="7 3", w="3 1", b="1", cotangent="7 1", by=1 / 3, dtype=np.float64),
        seeded(X="7 3", w="3 1", b="1", cotangent="7 1", largest=1000, by=16.0),
    ],
    hint="Tensor operations record how to differentiate. What do .item(), .data, .detach() do to that?",
)
def lets_gradients_through(linreg, X, w, b, cotangent):
    """lets the right gradients reach w and b"""
    got = linreg.gradients(X, w, b, of=[1, 2], cotangent=cotangent)
    demand_of(got, linreg, X, w, b)
    for grad, name in zip(got.grads, "wb"):
        expect.that(grad is not None, "no gradient reaches {name}", name=name)
    size = float((X.abs().T @ cotangent.abs()).max())
    expect.close(got.grads[0], X.T @ cotangent, "the gradient of w", terms=size)
    size = float(cotangent.abs().sum())
    expect.close(got.grads[1], cotangent.sum(0), "the gradient of b", terms=size)
