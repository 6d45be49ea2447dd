"""Known mistakes in `linreg`, and who of the sample class writes it in another way.

What each costs: a value or a flat shape that is off costs the claim on the model; where an example has no
output of its own, the claim on its shape too.  A product that fits almost no shapes costs all that rests on
it, and what uses neither w nor b costs everything.
"""

from __future__ import annotations

from functools import partial

from autograder.exercises.linear_regression.linreg import (
    is_the_linear_model,
    keeps_float64,
    lets_gradients_through,
    linreg,
    takes_one_example_or_feature,
)

ALL = [is_the_linear_model, takes_one_example_or_feature, keeps_float64, lets_gradients_through]

mistake = linreg.mistake
wrong_value = partial(mistake, fails=ALL, costs=[is_the_linear_model])
wrong_shape = partial(mistake, fails=ALL, costs=[is_the_linear_model, takes_one_example_or_feature])
wrong_product = partial(
    mistake,
    fails=ALL,
    costs=[is_the_linear_model, takes_one_example_or_feature, lets_gradients_through],
)
wrong_input = partial(mistake, fails=ALL)
cuts_off = partial(mistake, fails=[lets_gradients_through])

PRODUCT, RESULT = "torch.matmul(X, w)", "torch.matmul(X, w) + b"  # of the right answer

wrong_value("forgets_b", "The b that is given is never added.").replace(" + b", "")
wrong_value("subtracts_b", "You subtract b instead of adding it.").replace("+ b", "- b")
wrong_value("adds_b_twice", "You add b twice; addmm, for one, adds it already.").replace("+ b", "+ b + b")
wrong_value(
    "adds_b_to_w",
    "You add b to each weight, before the product: it then counts for each feature, times its value.",
).replace(RESULT, "torch.matmul(X, w + b)")
wrong_value(
    "averages_over_features", "You divide by the number of features; the products are only added up."
).replace(PRODUCT, "torch.matmul(X, w) / X.shape[1]")
wrong_value(
    "cuts_off_negative_outputs", "Your output is never below 0 (relu): a linear model's may be negative."
).replace(RESULT, "torch.relu(torch.matmul(X, w) + b)")
flattens = wrong_value(
    "flattens", "You give a flat vector (n,); the model's output is a column (n, 1)."
).replace(PRODUCT, "torch.matmul(X, w).reshape(-1)")
wrong_value("gives_a_row", "You give a row (1, n); the model's output is a column (n, 1).").replace(
    PRODUCT, "torch.matmul(w.T, X.T)"
)
wrong_value(
    "squeezes",
    "You give a flat vector (n,), and a bare number for one example, as squeeze() does; the model's "
    "output is a column (n, 1).",
).replace(RESULT, "(torch.matmul(X, w) + b).squeeze()")
mistake(
    "squeezes_a_single_example",
    "For a single example your result loses an axis: squeeze() drops every axis of size 1, not only "
    "the one that you mean.",
    fails=[takes_one_example_or_feature, keeps_float64, lets_gradients_through],
    costs=[takes_one_example_or_feature],
).replace(PRODUCT, "torch.matmul(X, w).squeeze().unsqueeze(-1)")

wrong_shape(
    "broadcasts", "A flat vector (n,) meets a column (n, 1) in your sum, which broadcasts to (n, n)."
).replace(RESULT, "torch.matmul(X, w).reshape(-1) + b.expand(len(X), 1)")
wrong_shape("sums_over_all", "You sum over everything: each example needs an output of its own.").replace(
    PRODUCT, "(X * w.T).sum()"
)
wrong_shape(
    "does_not_sum", "You multiply each feature by its weight, but do not add up the products of an example."
).replace(PRODUCT, "X * w.T")
wrong_shape(
    "takes_two_features",
    "Only the first two features count, and a single one is not enough: is your formula written out for two?",
).replace(RESULT, "(X[:, 0] * w[0] + X[:, 1] * w[1] + b).reshape(-1, 1)")

wrong_product(
    "multiplies_elementwise",
    "`*` multiplies element by element, and X (n, d) and w (d, 1) do not fit so. Which operation is the "
    "matrix product?",
).replace(PRODUCT, "X * w")
wrong_product(
    "transposes_w",
    "You multiply by w as a row (1, d), which X (n, d) does not fit: w is a column (d, 1) already. Is "
    "there a .T, or F.linear, which turns its weight around itself?",
).replace("w)", "w.T)")
wrong_product(
    "multiplies_w_by_X",
    "You multiply w by X, in this order, and the two do not fit. Do they stand so in your product, or "
    "do your parameters begin with w?",
).replace("(X, w)", "(w, X)")
wrong_product(
    "multiplies_a_row_by_X",
    "You multiply w as a row (1, d) by X (n, d), and the two do not fit. Which one stands first in X w?",
).replace("(X, w)", "(w.T, X)")
wrong_input(
    "takes_the_dot_product",
    "torch.dot takes two vectors, and X is a matrix. Which operation is the matrix product?",
).replace("matmul", "dot")
wrong_input(
    "multiplies_a_matrix_by_a_vector",
    "torch.mv takes a flat vector (d,), and w is a column (d, 1). Which operation takes two matrices?",
).replace("matmul", "mv")
wrong_input(
    "uses_the_true_parameters",
    "You compute with w = [2, -3.4] and b = 4.2, and not with the w and b that are given: do you read "
    "true_w and true_b?",  # those of the book, which stand in many notebooks
).replace(RESULT, "torch.matmul(X, torch.tensor([2.0, -3.4]).reshape(-1, 1)) + 4.2")
wrong_value(
    "multiplies_X_in_place",
    "The result is right, but you multiply X itself (`*=`): the caller's features change.",
).replace(PRODUCT, "X.mul_(w.T).sum(1, keepdim=True)")

detaches = cuts_off(
    "detaches",
    "You cut the result off from w and b (no_grad, .data, .detach(), .numpy(), a new tensor), "
    "so that backward() cannot reach them.",
).replace(RESULT, "(torch.matmul(X, w) + b).detach()")
cuts_off(
    "detaches_w", "You cut the result off from w (.data, .detach()): backward() cannot reach it."
).replace("w)", "w.data)")
cuts_off(
    "detaches_b", "You cut the result off from b (.data, .detach(), .item()): backward() cannot reach it."
).replace("+ b", "+ b.item()")
mistake(
    "casts_to_float32",
    "You convert to float32, whatever dtype came in.",
    fails=[keeps_float64, lets_gradients_through],
    costs=[keeps_float64],
).replace(RESULT, "torch.matmul(X.float(), w.float()) + b.float()")


def summed_by_rows(X, w, b):
    return (X * w.T).sum(1, keepdim=True) + b


def hangs(X, w, b):
    while True:
        pass


linreg.sample(bertha=summed_by_rows, jun=flattens, mateo=hangs, pietro=detaches)
