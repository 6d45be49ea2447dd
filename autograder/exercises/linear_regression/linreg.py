"""`linreg(X, w, b)`: the linear model."""

from functools import partial

import torch

from autograder.authoring import N_, Exercise, expect, tensors

linreg = Exercise(
    "linreg",
    hints={
        "shape": N_(
            "The matrix product of X (n, d) and w (d, 1) is (n, 1). Add b to every row."
        )
    },
)


@linreg.answer
def right(X, w, b):
    return torch.matmul(X, w) + b


linreg.contract(
    given=tensors(X="n>=2 d>=2", w="d 1", b="1"),
    points={
        "value": 2,
        "inputs_unchanged": 0.25,
        "float64": 0.25,
        "gradients": 1,
    },
    titles={
        "value": "gives X w + b: one column, one row per example",
        "inputs_unchanged": "makes a new tensor, and changes neither X, w nor b",
        "float64": "computes in float64 when X, w and b are float64",
        "gradients": "passes the right gradients to w and b",
    },
    up_to=1000,
    gradients_of=["w", "b"],
)


@linreg.check(
    points=0.5,
    cases=40,
    given=tensors(X="1 d", w="d 1", b="1", largest=8)
    | tensors(X="n 1", w="1 1", b="1", largest=8),
)
def takes_one_example_or_feature(linreg, X, w, b):
    """keeps the shape (n, 1) for a single example and for a single feature"""
    expect.agreement(linreg, right, X, w, b)


# Known mistakes.

ALL = [check.name for check in linreg.checks]

mistake = linreg.mistake
wrong_value = partial(mistake, fails=ALL)

PRODUCT, RESULT = "torch.matmul(X, w)", "torch.matmul(X, w) + b"  # of the right answer

wrong_value("forgets_b", "The result is X w alone: b is not added to it.").replace(
    " + b", ""
)
wrong_value(
    "adds_b_twice", "The result has b twice. addmm, for example, already adds it."
).replace("+ b", "+ b + b")
wrong_value(
    "adds_b_to_w",
    "The result is X (w + b), so b is multiplied by each feature. Add b after the product.",
).replace(RESULT, "torch.matmul(X, w + b)")
wrong_value(
    "flattens", "You return a flat vector (n,). The model's output is a column (n, 1)."
).replace(PRODUCT, "torch.matmul(X, w).reshape(-1)")
wrong_value(
    "gives_a_row", "You return a row (1, n). The model's output is a column (n, 1)."
).replace(PRODUCT, "torch.matmul(w.T, X.T)")
mistake(
    "squeezes_a_single_example",
    "Your result loses an axis for a single example. squeeze() drops every axis of size 1, "
    "not only the one that you mean.",
    fails=[takes_one_example_or_feature],
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
    "The result holds the products of each feature and its weight. Sum those of each example.",
).replace(PRODUCT, "X * w.T")
wrong_value(
    "takes_two_features",
    "You use exactly two features. Is your formula written out for two?",
).replace(RESULT, "(X[:, 0] * w[0] + X[:, 1] * w[1] + b).reshape(-1, 1)")

wrong_value(
    "multiplies_elementwise",
    "You multiply element by element. Which operation is the matrix product of X "
    "(n, d) and w (d, 1)?",
).replace(PRODUCT, "X * w")
wrong_value(
    "transposes_w",
    "You multiply by w as a row (1, d), which does not fit X (n, d). w is already a column "
    "(d, 1). Is there a .T, or F.linear, which transposes its weight?",
).replace("w)", "w.T)")
wrong_value(
    "takes_the_dot_product_of_matrices",
    "torch.dot and torch.mv take flat vectors. Which operation multiplies two matrices?",
).replace("torch.matmul", "torch.dot")
wrong_value(
    "exchanges_w_and_b", "w and b are exchanged: you multiply X by b and add w."
).replace("w) + b", "b) + w")
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
mistake(
    "multiplies_X_in_place",
    "The result is right, but you multiply X itself (`*=`), which changes the caller's features.",
    fails=["inputs_unchanged", "gradients"],
).replace(PRODUCT, "X.mul_(w.T).sum(1, keepdim=True)")

mistake(
    "detaches",
    "You cut the result off from w and b (no_grad, .data, .detach(), .numpy(), a new tensor), "
    "so backward() cannot reach them.",
    fails=["gradients"],
).replace(RESULT, "(torch.matmul(X, w) + b).detach()")
mistake(
    "casts_to_float32",
    "The result is float32, whatever the input dtype is.",
    fails=["float64", "gradients"],
).replace(RESULT, "torch.matmul(X.float(), w.float()) + b.float()")
