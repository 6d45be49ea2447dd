"""Known mistakes in `squared_loss` that leave out two things at once, as the plainest formula does.

What each costs: the claim on the value, and, where flat labels broadcast or one number stands for all, the
claim that examples stay apart.
"""

from __future__ import annotations

from autograder.exercises.linear_regression.squared_loss import (
    has_its_gradient,
    is_half_the_squared_error,
    keeps_examples_apart,
    leaves_its_inputs_alone,
    squared_loss,
)

ALL = [is_half_the_squared_error, keeps_examples_apart, leaves_its_inputs_alone, has_its_gradient]
BOTH = [is_half_the_squared_error, keeps_examples_apart]


@squared_loss.mistake(
    fails=ALL,
    costs=BOTH,
    says="You average over the examples, where each needs a loss of its own. You also forgot the half, and "
    "without a reshape flat labels broadcast to (n, n).",
)
def averages_the_plain_square(y_hat, y):
    return ((y_hat - y) ** 2).mean()


@squared_loss.mistake(
    fails=ALL,
    costs=BOTH,
    says="You sum over the examples, where each needs a loss of its own. You also forgot the half, and "
    "without a reshape flat labels broadcast to (n, n).",
)
def sums_up_the_plain_square(y_hat, y):
    return ((y_hat - y) ** 2).sum()


@squared_loss.mistake(
    fails=ALL,
    costs=BOTH,
    says="You sum over the examples and divide by their number, where each needs a loss of its own. You also "
    "forgot the half, and without a reshape flat labels broadcast to (n, n).",
)
def sums_up_the_plain_square_over_n(y_hat, y):
    return ((y_hat - y) ** 2).sum() / len(y)


@squared_loss.mistake(
    fails=ALL,
    costs=BOTH,
    says="You sum over the examples and divide by their number, where each needs a loss of its own. Without "
    "a reshape flat labels also broadcast to (n, n).",
)
def sums_up_half_the_plain_square_over_n(y_hat, y):
    return ((y_hat - y) ** 2).sum() / (2 * len(y))


@squared_loss.mistake(
    fails=ALL,
    costs=BOTH,
    says="You divide by the number of examples, in place of halving: sgd divides later. Without a reshape "
    "flat labels also broadcast to (n, n).",
)
def divides_the_plain_square_by_n(y_hat, y):
    return (y_hat - y) ** 2 / len(y)


@squared_loss.mistake(
    fails=ALL,
    costs=BOTH,
    says="You divide by the number of examples too: sgd divides later. Without a reshape flat labels also "
    "broadcast to (n, n).",
)
def divides_half_the_plain_square_by_n(y_hat, y):
    return (y_hat - y) ** 2 / (2 * len(y))


@squared_loss.mistake(
    fails=ALL,
    costs=[is_half_the_squared_error],
    says="You divide by the number of examples, in place of halving. Each loss stands for one example; sgd "
    "divides later.",
)
def divides_by_n_without_the_half(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / len(y)
