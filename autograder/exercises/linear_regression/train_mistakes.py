"""Known mistakes in `train` that give a wrong w or b, each a change to its right answer; and students.

Gradients of other batches cost the claim on batches, a wrong number of epochs that on epochs, and any other
wrong step that on the step.  If nothing is learned, all claims are lost.
"""

from functools import partial

import torch

from autograder.exercises.linear_regression.data_iter import data_iter
from autograder.exercises.linear_regression.linreg import linreg
from autograder.exercises.linear_regression.sgd import sgd
from autograder.exercises.linear_regression.squared_loss import squared_loss
from autograder.exercises.linear_regression.train import (
    returns_the_losses,
    starts_each_batch_afresh,
    takes_a_step,
    train,
    trains_for_all_epochs,
)

ALL = [takes_a_step, starts_each_batch_afresh, trains_for_all_epochs, returns_the_losses]
MANY_STEPS = [starts_each_batch_afresh, trains_for_all_epochs, returns_the_losses]
EPOCHS = [trains_for_all_epochs, returns_the_losses]

wrong_training = partial(train.mistake, fails=ALL)
wrong_step = partial(train.mistake, fails=ALL, costs=[takes_a_step])
wrong_batches = partial(train.mistake, fails=MANY_STEPS, costs=[starts_each_batch_afresh])
wrong_epochs = partial(train.mistake, fails=ALL, costs=[trains_for_all_epochs])

ZEROING = "            w.grad = b.grad = None\n"
START = "    losses = []\n"

# Gradients of other batches, or of none.

never_zeroes = wrong_batches(
    "never_zeroes", "You never set the gradients to zero, so backward() adds up those of all batches."
).replace(ZEROING, "")

wrong_batches(
    "zeroes_once_per_epoch", "You set the gradients to zero once per epoch. Do it for each batch."
).replace(ZEROING, "", "        for X", "        w.grad = b.grad = None\n        for X")

wrong_batches("zeroes_only_w", "You set only the gradient of w to zero, so that of b adds up.").replace(
    "w.grad = b.grad", "w.grad"
)

wrong_batches("zeroes_only_b", "You set only the gradient of b to zero, so that of w adds up.").replace(
    "w.grad = b.grad", "b.grad"
)

wrong_training(
    "moves_nothing",
    "w and b never move. Most often the gradients are set to zero between backward() and the step.",
).replace(".backward()", ".backward()\n            w.grad.zero_(), b.grad.zero_()")

wrong_training(
    "zeroes_the_parameters",
    "w and b are 0 at the end. Most often zero_() is called on the parameters instead of their gradients.",
).replace(
    "lr, batch_size)\n        with",
    "lr, batch_size)\n            w.data.zero_(), b.data.zero_()\n        with",
)

wrong_training(
    "steps_without_a_gradient",
    "A number is multiplied by None, such as a gradient that does not exist yet. Is "
    "backward() called before the step?",
).replace(".backward()", "")

wrong_training(
    "differentiates_a_vector", "backward() needs a single number. Sum the losses of the batch first."
).replace(".sum()", "")

wrong_training(
    "cuts_the_loss_off",
    "backward() cannot get from the loss to w and b. Do you compute the loss under no_grad, "
    "or from .data, detach() or a new tensor?",
).replace(".sum()", ".sum().detach()")

# Which batches.

wrong_step(
    "skips_short_batches", "You skip batches that are shorter than batch_size. Every batch needs a step."
).replace(ZEROING, ZEROING + "            if len(X) < batch_size:\n                continue\n")

wrong_batches(
    "steps_after_the_epoch",
    "You take one step per epoch, with the gradients of all its batches. Take one step for each batch.",
).replace(
    ZEROING,
    "",
    "        for X",
    "        w.grad = b.grad = None\n        for X",
    "            sgd",
    "        sgd",
)

wrong_batches(
    "trains_on_the_first_batch",
    "You train on only the first batch of each epoch. Does something end the loop?",
).replace("        with", "            break\n        with")

wrong_batches(
    "steps_on_all_data",
    "You take one step per epoch, on all the data at once. Where do you use the batches of data_iter?",
).replace(
    "data_iter(batch_size, features, labels)",
    "[(features, labels)]",
    "lr, batch_size)\n        with",
    "lr, len(X))\n        with",
)

# Another number of epochs.

train.mistake(
    "trains_for_one_epoch",
    "You train for one epoch, whatever num_epochs is.",
    fails=EPOCHS,
    costs=[trains_for_all_epochs],
).replace("range(num_epochs)", "range(1)")

wrong_epochs("trains_for_three_epochs", "You train for three epochs, whatever num_epochs is.").replace(
    "range(num_epochs)", "range(3)"
)

wrong_epochs("trains_for_one_epoch_more", "You train for one epoch more than num_epochs.").replace(
    "range(num_epochs)", "range(num_epochs + 1)"
)

wrong_epochs(
    "trains_for_one_epoch_less",
    "You train for one epoch less than num_epochs. The end of a range is not part of it.",
).replace("range(num_epochs)", "range(1, num_epochs)")

train.mistake(
    "reads_one_pass",
    "Only the first epoch trains. data_iter is called once, before the epochs, and its "
    "batches are used up after the first epoch.",
    fails=EPOCHS,
    costs=[trains_for_all_epochs],
).replace(
    " in data_iter(batch_size, features, labels)",
    " in batches",
    START,
    START + "    batches = iter(data_iter(batch_size, features, labels))\n",
)

train.mistake(
    "names_batches_like_the_data",
    "Your loop over data_iter also names its batches features and labels. After the loop, "
    "these names mean the last batch, not all the data. Name the batches X and y.",
    fails=EPOCHS,
    costs=[returns_the_losses],
).replace("for X, y", "for features, labels", "linreg(X, w, b), y", "linreg(features, w, b), labels")

# A step of another length, from elsewhere, or of other tensors.

divides_twice = wrong_step(
    "divides_twice",
    "Each step is divided twice, by the length of the batch and by batch_size. sgd already "
    "divides. Do you take the mean of the losses where you need their sum?",
).replace(".sum()", ".mean()")

wrong_step(
    "divides_twice_by_batch_size",
    "Each step is divided by batch_size twice. sgd already divides. Do you also divide the loss or lr?",
).replace("[w, b], lr", "[w, b], lr / batch_size")

wrong_step("never_divides", "Nothing divides by batch_size. Does sgd get another number instead?").replace(
    "[w, b], lr, batch_size", "[w, b], lr, 1"
)

wrong_step(
    "always_divides_by_ten",
    "sgd divides by 10, whatever batch_size is. Is 10 hard-coded, or a variable from outside?",
).replace(START, START + "    batch_size = 10\n")

wrong_step(
    "always_steps_by_the_same_rate",
    "You train with 0.03, whatever lr is. Is 0.03 hard-coded, or a variable from outside?",
).replace("[w, b], lr", "[w, b], 0.03")

wrong_step(
    "swaps_lr_and_batch_size",
    "lr and batch_size are swapped in the call of sgd. The order is (params, lr, batch_size).",
).replace("[w, b], lr, batch_size", "[w, b], batch_size, lr")

wrong_step(
    "steps_twice",
    "Each step is twice as long as it should be. Do you call backward() or sgd twice for a batch?",
).replace("sgd(", "sgd([w, b], lr, batch_size)\n            sgd(")

wrong_step("updates_only_w", "w moves, but b does not. Does sgd get both?").replace("[w, b]", "[w]")

wrong_step("updates_only_b", "b moves, but w does not. Does sgd get both?").replace("[w, b]", "[b]")

wrong_step(
    "trains_copies", "Your losses are right, but the caller's w and b do not change. You train copies."
).replace(
    START, START + "    w, b = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()\n"
)

wrong_step(
    "starts_at_zero",
    "Training begins at w = 0 and b = 0, whatever the caller passes. Begin at the caller's values.",
).replace(START, START + "    w.data.zero_(), b.data.zero_()\n")

wrong_step(
    "trains_with_flat_labels_only",
    "Your loss fits only flat labels. For labels in a column, (n,) minus (n, 1) has the shape "
    "(n, n). squared_loss handles both.",
).replace(
    "squared_loss(linreg(X, w, b), y)",
    "((linreg(X, w, b).flatten() - y) ** 2 / 2)",
    "squared_loss(linreg(features, w, b), labels)",
    "((linreg(features, w, b).flatten() - labels) ** 2 / 2)",
)

wrong_step(
    "trains_with_a_column_only",
    "Your loss fits only labels in a column. For flat labels, (n, 1) minus (n,) has the shape "
    "(n, n). squared_loss handles both.",
).replace(
    "squared_loss(linreg(X, w, b), y)",
    "((linreg(X, w, b) - y) ** 2 / 2)",
    "squared_loss(linreg(features, w, b), labels)",
    "((linreg(features, w, b) - labels) ** 2 / 2)",
)


def takes_one_loss_for_each(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            loss = squared_loss(linreg(X, w, b), y)
            loss.backward(torch.ones_like(loss))
            sgd([w, b], lr, batch_size)
        with torch.no_grad():
            loss = squared_loss(linreg(features, w, b), labels).mean()
            print(f"epoch {epoch + 1}, loss {loss:f}")
            losses.append(loss)
    return losses


train.sample(bertha=takes_one_loss_for_each, emre=never_zeroes, kofi=divides_twice)
