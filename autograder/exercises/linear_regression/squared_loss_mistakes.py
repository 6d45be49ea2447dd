"""Known mistakes in `squared_loss`, and who of the sample class writes it in another way.

What each costs: a wrong factor costs the claim on the value; another formula that on the gradient too;
a number or a square for all costs the claim that examples stay apart.  What gives no value costs all.
"""

from __future__ import annotations

import torch

from autograder.exercises.linear_regression.squared_loss import (
    has_its_gradient,
    is_half_the_squared_error,
    keeps_examples_apart,
    leaves_its_inputs_alone,
    squared_loss,
)

ALL = [is_half_the_squared_error, keeps_examples_apart, leaves_its_inputs_alone, has_its_gradient]
FORMULA = [is_half_the_squared_error, has_its_gradient]
FOR_COLUMNS = [is_half_the_squared_error, leaves_its_inputs_alone, has_its_gradient]


@squared_loss.mistake(
    fails=ALL, costs=[is_half_the_squared_error], says="You forgot to halve the squared error."
)
def forgets_the_half(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2


@squared_loss.mistake(
    fails=[keeps_examples_apart],
    says="You subtract without reshaping y, so the result broadcasts to (n, n).",
)
def broadcasts(y_hat, y):
    return (y_hat - y) ** 2 / 2


@squared_loss.mistake(
    fails=ALL,
    costs=[is_half_the_squared_error, keeps_examples_apart],
    says="You subtract without reshaping y, so that flat labels broadcast to (n, n); and you forgot to "
    "halve the squared error.",
)
def broadcasts_without_the_half(y_hat, y):
    return (y_hat - y) ** 2


@squared_loss.mistake(
    fails=ALL,
    costs=[is_half_the_squared_error, keeps_examples_apart],
    says="Every example is subtracted from every other: y as a row, or flat, broadcasts with a column to "
    "(n, n), also where the labels came as a column.",
)
def makes_a_row_of_y(y_hat, y):
    return (y_hat - y.reshape(1, -1)) ** 2 / 2


@squared_loss.mistake(
    fails=FOR_COLUMNS,
    costs=[is_half_the_squared_error],
    says="This is right for flat labels (n,) only: labels that are a column (n, 1) broadcast to (n, n).",
)
def flattens_only_y_hat(y_hat, y):
    return (y_hat.reshape(-1) - y) ** 2 / 2


@squared_loss.mistake(
    fails=FOR_COLUMNS,
    costs=[is_half_the_squared_error],
    says="Your losses are flat (n,) also where y_hat and y are columns (n, 1): they need the shape of y_hat.",
)
def flattens_both(y_hat, y):
    return (y_hat.reshape(-1) - y.reshape(-1)) ** 2 / 2


@squared_loss.mistake(
    fails=FOR_COLUMNS,
    costs=[is_half_the_squared_error],
    says="This is right for flat labels (n,) only: labels that are a column (n, 1) get a third axis.",
)
def always_unsqueezes_y(y_hat, y):
    return (y_hat - y.unsqueeze(1)) ** 2 / 2


@squared_loss.mistake(
    fails=ALL,
    costs=[keeps_examples_apart],
    says="You average over the examples: each needs a loss of its own. The training loop sums up, and sgd "
    "divides by the batch size.",
)
def averages(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).mean()


@squared_loss.mistake(
    fails=ALL,
    costs=[keeps_examples_apart],
    says="You sum over the examples; each example needs a loss of its own.",
)
def sums_up(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).sum()


@squared_loss.mistake(
    fails=ALL,
    costs=[is_half_the_squared_error, keeps_examples_apart],
    says="You average over the examples, as mse_loss does unless told otherwise, and forgot the half: each "
    "example needs a loss of its own.",
)
def averages_without_the_half(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2).mean()


@squared_loss.mistake(
    fails=ALL,
    costs=[is_half_the_squared_error, keeps_examples_apart],
    says="You sum over the examples and forgot the half: each example needs a loss of its own.",
)
def sums_up_without_the_half(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2).sum()


@squared_loss.mistake(
    fails=ALL,
    costs=[is_half_the_squared_error, keeps_examples_apart],
    says="You average over the examples, where each needs a loss of its own; and you subtract without "
    "reshaping y, so that flat labels broadcast to (n, n) before.",
)
def averages_what_broadcasts(y_hat, y):
    return ((y_hat - y) ** 2 / 2).mean()


@squared_loss.mistake(
    fails=ALL,
    costs=[is_half_the_squared_error, keeps_examples_apart],
    says="You sum over the examples, where each needs a loss of its own; and you subtract without reshaping "
    "y, so that flat labels broadcast to (n, n) before.",
)
def sums_up_what_broadcasts(y_hat, y):
    return ((y_hat - y) ** 2 / 2).sum()


@squared_loss.mistake(
    fails=ALL,
    costs=[keeps_examples_apart, has_its_gradient],
    says="You give one plain Python number, the sum of all losses: each example needs its own, and "
    "backward() cannot go through a number.",
)
def gives_a_number(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).sum().item()


@squared_loss.mistake(
    fails=ALL,
    costs=[is_half_the_squared_error],
    says="You divide by the number of examples too. Each loss stands for one example; sgd divides later.",
)
def divides_by_n(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / (2 * len(y))


@squared_loss.mistake(
    fails=ALL,
    costs=[is_half_the_squared_error],
    says="This is a quarter of the squared error. Do you halve before you square?",
)
def halves_before_squaring(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) / 2) ** 2


@squared_loss.mistake(
    fails=ALL,
    costs=FORMULA,
    says="You halve y before you subtract it, in place of halving the squared difference.",
)
def halves_only_y(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape) / 2) ** 2


@squared_loss.mistake(fails=ALL, costs=FORMULA, says="You take the absolute error, not its square.")
def takes_the_absolute_error(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)).abs() / 2


@squared_loss.mistake(
    fails=ALL,
    costs=FORMULA,
    says="You take the root of the squared error, which leaves the absolute error, and no slope at 0.",
)
def takes_the_root(y_hat, y):
    return torch.sqrt((y_hat - y.reshape(y_hat.shape)) ** 2) / 2


@squared_loss.mistake(fails=ALL, costs=FORMULA, says="You halve the error, but do not square it.")
def forgets_the_square(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) / 2


@squared_loss.mistake(
    fails=ALL,
    costs=FORMULA,
    says="This is the error itself, not half its square. Is there a `*` where two are needed?",
)
def multiplies_by_two(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) * 2 / 2


@squared_loss.mistake(fails=ALL, costs=FORMULA, says="You add y to y_hat; the error is their difference.")
def adds_y(y_hat, y):
    return (y_hat + y.reshape(y_hat.shape)) ** 2 / 2


@squared_loss.mistake(
    fails=ALL,
    costs=FORMULA,
    says="You square y_hat and y one by one; subtract first, then square the difference.",
)
def subtracts_squares(y_hat, y):
    return (y_hat**2 - y.reshape(y_hat.shape) ** 2) / 2


@squared_loss.mistake(
    fails=ALL,
    costs=FORMULA,
    says="Your loss is negative: the worse a prediction, the smaller it is. Where does the minus come from?",
)
def turns_the_sign(y_hat, y):
    return -((y_hat - y.reshape(y_hat.shape)) ** 2) / 2


@squared_loss.mistake(
    fails=ALL,
    costs=FORMULA,
    says="Your losses are whole numbers: `//` cuts the fraction off, and has no gradient.",
)
def cuts_the_fraction_off(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 // 2


@squared_loss.mistake(
    fails=ALL,
    costs=FORMULA,
    says="Errors above 1 count less than half their square, as in smooth_l1_loss and huber_loss.",
)
def spares_large_errors(y_hat, y):
    return torch.nn.functional.smooth_l1_loss(y_hat, y.reshape(y_hat.shape), reduction="none")


@squared_loss.mistake(
    fails=ALL, says="`^` is no power in Python: it compares the bits of whole numbers. Which sign squares?"
)
def writes_a_caret(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ^ 2 / 2


@squared_loss.mistake(fails=ALL, says="Nothing comes back: is there a return, or only a print?")
def returns_nothing(y_hat, y):
    loss = (y_hat - y.reshape(y_hat.shape)) ** 2 / 2
    print(loss)


@squared_loss.mistake(
    fails=[keeps_examples_apart, leaves_its_inputs_alone, has_its_gradient],
    costs=[leaves_its_inputs_alone],
    says="You subtract into y_hat (`-=`), so that the caller's tensor changes.",
)
def writes_into_y_hat(y_hat, y):
    y_hat -= y.reshape(y_hat.shape)
    return y_hat**2 / 2


@squared_loss.mistake(
    fails=[keeps_examples_apart, leaves_its_inputs_alone, has_its_gradient],
    costs=[leaves_its_inputs_alone],
    says="You write into y_hat without autograd's notice (.data, or under no_grad): the caller's tensor "
    "changes.",
)
def writes_into_the_data_of_y_hat(y_hat, y):
    y_hat.data -= y.reshape(y_hat.shape)
    return y_hat**2 / 2


@squared_loss.mistake(
    fails=[keeps_examples_apart],
    says="The loss is right, but the caller's y has another shape afterwards: a name that ends in _, such as "
    "unsqueeze_ or resize_, changes the tensor itself.",
)
def reshapes_y_in_place(y_hat, y):
    if y.dim() == 1:
        y.unsqueeze_(1)
    return (y_hat - y) ** 2 / 2


@squared_loss.mistake(
    fails=[has_its_gradient, keeps_examples_apart],
    costs=[has_its_gradient],
    says="You cut the loss off from y_hat (no_grad, .data, .detach(), .item(), a new tensor), "
    "so that backward() cannot reach it.",
)
def detaches(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).detach()


@squared_loss.mistake(
    fails=ALL,
    costs=[is_half_the_squared_error],
    says="You turn the loss into float32, also where y_hat and y are float64: keep their dtype.",
)
def casts_to_float32(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).float()


@squared_loss.mistake(
    fails=ALL,
    costs=[has_its_gradient],
    says="You make a new tensor of plain numbers: it is float32 whatever came in, and backward() cannot "
    "reach y_hat through it.",
)
def makes_a_new_tensor(y_hat, y):
    return torch.tensor(((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).tolist())


def half_of_a_square(y_hat, y):
    return 0.5 * torch.square(y.reshape(y_hat.shape) - y_hat)


MISSPELT = """def square_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2
"""

squared_loss.sample(bertha=half_of_a_square, dana=broadcasts, ivan=forgets_the_half, nour=MISSPELT)
