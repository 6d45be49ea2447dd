"""`linreg(X, w, b)`: the linear model."""

from functools import partial

import numpy as np
import torch
from hypothesis import strategies as st

from autograder.authoring import N_, Exercise, expect, tensors
from autograder.exercises.inputs import seeded

linreg = Exercise(
    "linreg",
    hints={
        "shape": N_(
            "The matrix product of X (n, d) and w (d, 1) is (n, 1). Add b to every row."
        )
    },
)
CHANGING = 13  # examples of the case whose numbers change between two calls
UNRECORDED = 11  # examples of the case without recording, as where a loss is measured


@linreg.answer
def right(X, w, b):
    return torch.matmul(X, w) + b


def terms(X, w, b):
    """The largest sum of magnitudes in an element, the scale of rounding errors."""
    return float((X.abs() @ w.abs() + b.abs()).max())


def compare(got, linreg, X, w, b, what=""):
    """The right value, and inputs as they were."""
    expect.close(got.value, linreg.expected(right, X, w, b), what, terms(X, w, b))
    expect.inputs_unchanged(got.inputs, X=X, w=w, b=b)


def with_bias(number):
    """Puts a bias into a case."""
    return lambda case: case | {"b": torch.full((1,), number)}


@linreg.probe()
def without_recording(f, X, w, b):
    """The value under no_grad, for parameters that are being trained."""
    with torch.no_grad():
        return f(X, w.requires_grad_(), b.requires_grad_())


@linreg.check(
    points=1.5,
    cases=40,
    given=tensors(X="n d", w="d 1", b="1").filter(lambda c: min(c["X"].shape) > 1),
    edge_cases=[  # exact in float32 in any order: sums below 2**24 of the smallest step
        seeded(X="1500 10", w="10 1", b="1"),
        seeded(X="4 600", w="600 1", b="1"),
        seeded(X=f"{CHANGING} 3", w="3 1", b="1"),
        seeded(X=f"{UNRECORDED} 1", w="1 1", b="1"),
        *[
            seeded(X="9 4", w="4 1", b="1", largest=1000, by=1.0).map(with_bias(b))
            for b in (-900.0, 900.0)
        ],
        seeded(X="6 4", w="4 1", b="1", largest=8, by=1 / 1024),
        seeded(X="50 20", w="20 1", b="1", largest=300, by=1 / 3),
        seeded(X="6 4", w="4 1", b="1", largest=24, by=1 / 3000),
        seeded(X="9 4", w="4 1", b="1", largest=1000, by=64.0),
        seeded(X="6 3", w="3 1", b="1", largest=0),
    ],
)
def is_the_linear_model(linreg, X, w, b):
    """gives X w + b: one column, one row per example"""
    if len(X) == UNRECORDED:
        got = linreg.through(without_recording).and_inputs(X, w, b)
        compare(got, linreg, X, w, b, N_("the value under torch.no_grad()"))
        return
    compare(linreg.and_inputs(X, w, b), linreg, X, w, b)
    if len(X) == CHANGING:  # as w and b do in a training
        new = [2 * t + 1 for t in (X, w, b)]
        expect.follows_its_inputs(linreg, right, X, w, b, terms=terms(*new))


@linreg.check(
    points=0.5,
    cases=40,
    given=st.one_of(
        tensors(X="1 d", w="d 1", b="1", largest=8),
        tensors(X="n 1", w="1 1", b="1", largest=8),
    ),
)
def takes_one_example_or_feature(linreg, X, w, b):
    """keeps the shape (n, 1) for a single example and for a single feature"""
    compare(linreg.and_inputs(X, w, b), linreg, X, w, b)


@linreg.check(
    points=0.5,
    cases=40,
    given=tensors(X="n d", w="d 1", b="1", dtype=np.float64),
    edge_cases=[  # float32 has no thirds
        seeded(X="7 3", w="3 1", b="1", by=1 / 3, dtype=np.float64),
        seeded(X="1000 2", w="2 1", b="1", by=1 / 3, dtype=np.float64),
    ],
)
def keeps_float64(linreg, X, w, b):
    """computes in float64 when X, w and b are float64"""
    compare(linreg.and_inputs(X, w, b), linreg, X, w, b)


@linreg.check(
    points=1.5,
    cases=147,
    given=tensors(X="n d", w="d 1", b="1", cotangent="n 1"),
    edge_cases=[
        seeded(X="1500 2", w="2 1", b="1", cotangent="1500 1"),
        seeded(X="4 600", w="600 1", b="1", cotangent="4 1"),
        seeded(X="7 3", w="3 1", b="1", cotangent="7 1", by=1 / 3, dtype=np.float64),
        seeded(X="7 3", w="3 1", b="1", cotangent="7 1", largest=1000, by=16.0),
        seeded(X="7 3", w="3 1", b="1", cotangent="7 1", largest=500, by=1.0),
        seeded(X="50 20", w="20 1", b="1", cotangent="50 1", largest=200, by=1 / 3),
        seeded(X="7 3", w="3 1", b="1", cotangent="7 1", largest=2, by=1 / 3),
        seeded(X="7 3", w="3 1", b="1", cotangent="7 1", largest=24, by=1 / 3000),
    ],
)
def lets_gradients_through(linreg, X, w, b, cotangent):
    """passes the right gradients to w and b"""
    got = linreg.gradients(X, w, b, of=[1, 2], cotangent=cotangent)
    compare(got, linreg, X, w, b, expect.RETURNED)
    size = float((X.abs().T @ cotangent.abs()).max())
    expect.gradient(got.grads[0], X.T @ cotangent, "w", terms=size)
    expect.gradient(
        got.grads[1], cotangent.sum(0), "b", terms=float(cotangent.abs().sum())
    )


# Known mistakes.

ALL = [
    is_the_linear_model,
    takes_one_example_or_feature,
    keeps_float64,
    lets_gradients_through,
]

mistake = linreg.mistake
wrong_value = partial(mistake, fails=ALL)

PRODUCT, RESULT = "torch.matmul(X, w)", "torch.matmul(X, w) + b"  # of the right answer

wrong_value("forgets_b", "You never add the parameter b.").replace(" + b", "")
wrong_value(
    "adds_b_twice", "You add b twice. addmm, for example, already adds it."
).replace("+ b", "+ b + b")
wrong_value(
    "adds_b_to_w",
    "You add b to each weight before the product, so b is multiplied by each feature. Add b "
    "after the product.",
).replace(RESULT, "torch.matmul(X, w + b)")
flattens = wrong_value(
    "flattens", "You return a flat vector (n,). The model's output is a column (n, 1)."
).replace(PRODUCT, "torch.matmul(X, w).reshape(-1)")
wrong_value(
    "gives_a_row", "You return a row (1, n). The model's output is a column (n, 1)."
).replace(PRODUCT, "torch.matmul(w.T, X.T)")
mistake(
    "squeezes_a_single_example",
    "Your result loses an axis for a single example. squeeze() drops every axis of size 1, "
    "not only the one that you mean.",
    fails=[takes_one_example_or_feature, keeps_float64, lets_gradients_through],
).replace(PRODUCT, "torch.matmul(X, w).squeeze().unsqueeze(-1)")

wrong_value(
    "broadcasts",
    "Your sum adds a flat vector (n,) and a column (n, 1), which broadcasts to (n, n).",
).replace(RESULT, "torch.matmul(X, w).reshape(-1) + b.expand(len(X), 1)")
wrong_value(
    "sums_over_all", "You sum over everything. Each example needs its own output."
).replace(PRODUCT, "(X * w.T).sum()")
wrong_value(
    "does_not_sum",
    "You multiply each feature by its weight, but do not sum the products of an example.",
).replace(PRODUCT, "X * w.T")
wrong_value(
    "takes_two_features",
    "You use exactly two features. Is your formula written out for two?",
).replace(RESULT, "(X[:, 0] * w[0] + X[:, 1] * w[1] + b).reshape(-1, 1)")

wrong_value(
    "multiplies_elementwise",
    "`*` multiplies element by element. Which operation is the matrix product of X "
    "(n, d) and w (d, 1)?",
).replace(PRODUCT, "X * w")
wrong_value(
    "transposes_w",
    "You multiply by w as a row (1, d), which does not fit X (n, d). w is already a column "
    "(d, 1). Is there a .T, or F.linear, which transposes its weight?",
).replace("w)", "w.T)")
wrong_value(
    "multiplies_a_row_by_X",
    "You multiply w as a row (1, d) by X (n, d), and the shapes do not fit. Which "
    "one comes first in X w?",
).replace("(X, w)", "(w.T, X)")
wrong_value(
    "uses_the_true_parameters",
    "You use w = [2, -3.4] and b = 4.2 instead of the parameters w and b. Do you read true_w "
    "and true_b?",  # those of the book, which stand in many notebooks
).replace(RESULT, "torch.matmul(X, torch.tensor([2.0, -3.4]).reshape(-1, 1)) + 4.2")
wrong_value(
    "multiplies_X_in_place",
    "The result is right, but you multiply X itself (`*=`), which changes the caller's features.",
).replace(PRODUCT, "X.mul_(w.T).sum(1, keepdim=True)")

detaches = mistake(
    "detaches",
    "You cut the result off from w and b (no_grad, .data, .detach(), .numpy(), a new tensor), "
    "so backward() cannot reach them.",
    fails=[lets_gradients_through],
).replace(RESULT, "(torch.matmul(X, w) + b).detach()")
mistake(
    "casts_to_float32",
    "You convert to float32, whatever the input dtype is.",
    fails=[keeps_float64, lets_gradients_through],
).replace(RESULT, "torch.matmul(X.float(), w.float()) + b.float()")


linreg.sample(jun=flattens, pietro=detaches)
