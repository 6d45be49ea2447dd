"""Known mistakes in `linreg`, and who of the sample class writes it in another way.

What each costs: a value or a flat shape that is off costs the claim on the model; where an example has no
output of its own, the claim on its shape too.  A product that fits almost no shapes costs all that rests on
it, and what uses neither w nor b costs everything.
"""

from __future__ import annotations

import torch

from autograder.exercises.linear_regression.linreg import (
    is_the_linear_model,
    keeps_float64,
    lets_gradients_through,
    linreg,
    takes_one_example_or_feature,
)

ALL = [is_the_linear_model, takes_one_example_or_feature, keeps_float64, lets_gradients_through]
VALUE = [is_the_linear_model]
SHAPE = [is_the_linear_model, takes_one_example_or_feature]
PRODUCT = [is_the_linear_model, takes_one_example_or_feature, lets_gradients_through]

TRUE_W, TRUE_B = [2.0, -3.4], 4.2  # those of the book, which stand in many notebooks


@linreg.mistake(fails=ALL, costs=VALUE, says="The b that is given is never added.")
def forgets_b(X, w, b):
    return torch.matmul(X, w)


@linreg.mistake(fails=ALL, costs=VALUE, says="You subtract b instead of adding it.")
def subtracts_b(X, w, b):
    return torch.matmul(X, w) - b


@linreg.mistake(fails=ALL, costs=VALUE, says="You add b twice; addmm, for one, adds it already.")
def adds_b_twice(X, w, b):
    return torch.addmm(b, X, w) + b


@linreg.mistake(
    fails=ALL,
    costs=VALUE,
    says="You add b to each weight, before the product: it then counts for each feature, times its value.",
)
def adds_b_to_w(X, w, b):
    return torch.matmul(X, w + b)


@linreg.mistake(
    fails=ALL, costs=VALUE, says="You divide by the number of features; the products are only added up."
)
def averages_over_features(X, w, b):
    return torch.matmul(X, w) / X.shape[1] + b


@linreg.mistake(
    fails=ALL, costs=VALUE, says="Your output is never below 0 (relu): a linear model's may be negative."
)
def cuts_off_negative_outputs(X, w, b):
    return torch.relu(torch.matmul(X, w) + b)


@linreg.mistake(
    fails=ALL, costs=VALUE, says="You give a flat vector (n,); the model's output is a column (n, 1)."
)
def flattens(X, w, b):
    return torch.matmul(X, w).reshape(-1) + b


@linreg.mistake(fails=ALL, costs=VALUE, says="You give a row (1, n); the model's output is a column (n, 1).")
def gives_a_row(X, w, b):
    return torch.matmul(w.T, X.T) + b


@linreg.mistake(
    fails=ALL,
    costs=VALUE,
    says="You give a flat vector (n,), and a bare number for one example, as squeeze() does; the model's "
    "output is a column (n, 1).",
)
def squeezes(X, w, b):
    return (torch.matmul(X, w) + b).squeeze()


@linreg.mistake(
    fails=[takes_one_example_or_feature, keeps_float64, lets_gradients_through],
    costs=[takes_one_example_or_feature],
    says="For a single example your result loses an axis: squeeze() drops every axis of size 1, not only "
    "the one that you mean.",
)
def squeezes_a_single_example(X, w, b):
    return torch.matmul(X, w).squeeze().unsqueeze(-1) + b


@linreg.mistake(
    fails=ALL,
    costs=SHAPE,
    says="A flat vector (n,) meets a column (n, 1) in your sum, which broadcasts to (n, n).",
)
def broadcasts(X, w, b):
    return torch.matmul(X, w).reshape(-1) + b.expand(len(X), 1)


@linreg.mistake(
    fails=ALL, costs=SHAPE, says="You sum over everything: each example needs an output of its own."
)
def sums_over_all(X, w, b):
    return (X * w.T).sum() + b


@linreg.mistake(
    fails=ALL,
    costs=SHAPE,
    says="You multiply each feature by its weight, but do not add up the products of an example.",
)
def does_not_sum(X, w, b):
    return X * w.T + b


@linreg.mistake(
    fails=ALL,
    costs=SHAPE,
    says="Only the first two features count, and a single one is not enough: is your formula written out for "
    "two?",
)
def takes_two_features(X, w, b):
    return (X[:, 0] * w[0] + X[:, 1] * w[1] + b).reshape(-1, 1)


@linreg.mistake(
    fails=ALL,
    costs=PRODUCT,
    says="`*` multiplies element by element, and X (n, d) and w (d, 1) do not fit so. Which operation is the "
    "matrix product?",
)
def multiplies_elementwise(X, w, b):
    return X * w + b


@linreg.mistake(
    fails=ALL,
    costs=PRODUCT,
    says="You multiply by w as a row (1, d), which X (n, d) does not fit: w is a column (d, 1) already. Is "
    "there a .T, or F.linear, which turns its weight around itself?",
)
def transposes_w(X, w, b):
    return torch.matmul(X, w.T) + b


@linreg.mistake(
    fails=ALL,
    costs=PRODUCT,
    says="You multiply w by X, in this order, and the two do not fit. Do they stand so in your product, or "
    "do your parameters begin with w?",
)
def multiplies_w_by_X(X, w, b):
    return torch.matmul(w, X) + b


@linreg.mistake(
    fails=ALL,
    costs=PRODUCT,
    says="You multiply w as a row (1, d) by X (n, d), and the two do not fit. Which one stands first in X w?",
)
def multiplies_a_row_by_X(X, w, b):
    return torch.matmul(w.T, X) + b


@linreg.mistake(
    fails=ALL,
    says="torch.dot takes two vectors, and X is a matrix. Which operation is the matrix product?",
)
def takes_the_dot_product(X, w, b):
    return torch.dot(X, w) + b


@linreg.mistake(
    fails=ALL,
    says="torch.mv takes a flat vector (d,), and w is a column (d, 1). Which operation takes two matrices?",
)
def multiplies_a_matrix_by_a_vector(X, w, b):
    return torch.mv(X, w) + b


@linreg.mistake(
    fails=ALL,
    says="You compute with w = [2, -3.4] and b = 4.2, and not with the w and b that are given: do you read "
    "true_w and true_b?",
)
def uses_the_true_parameters(X, w, b):
    return torch.matmul(X, torch.tensor(TRUE_W).reshape(-1, 1)) + TRUE_B


@linreg.mistake(
    fails=ALL,
    costs=VALUE,
    says="The result is right, but you multiply X itself (`*=`): the caller's features change.",
)
def multiplies_X_in_place(X, w, b):
    X *= w.T
    return X.sum(1, keepdim=True) + b


@linreg.mistake(
    fails=[lets_gradients_through],
    says="You cut the result off from w and b (no_grad, .data, .detach(), .numpy(), a new tensor), "
    "so that backward() cannot reach them.",
)
def detaches(X, w, b):
    return (torch.matmul(X, w) + b).detach()


@linreg.mistake(
    fails=[lets_gradients_through],
    says="You cut the result off from w (.data, .detach()): backward() cannot reach it.",
)
def detaches_w(X, w, b):
    return torch.matmul(X, w.data) + b


@linreg.mistake(
    fails=[lets_gradients_through],
    says="You cut the result off from b (.data, .detach(), .item()): backward() cannot reach it.",
)
def detaches_b(X, w, b):
    return torch.matmul(X, w) + b.item()


@linreg.mistake(
    fails=[keeps_float64, lets_gradients_through],
    costs=[keeps_float64],
    says="You convert to float32, whatever dtype came in.",
)
def casts_to_float32(X, w, b):
    return torch.matmul(X.float(), w.float()) + b.float()


def summed_by_rows(X, w, b):
    return (X * w.T).sum(1, keepdim=True) + b


def hangs(X, w, b):
    while True:
        pass


linreg.sample(bertha=summed_by_rows, jun=flattens, mateo=hangs, pietro=detaches)
