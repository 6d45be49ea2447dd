"""Known mistakes in `train` on the way to w and b, each a change to its right answer; and who makes some.

What each costs: gradients of other batches cost the claim on batches, a wrong number of epochs that on
epochs, and a step that is otherwise off that on the step.  Where nothing is learnt, all is lost.
"""

from __future__ import annotations

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
STEP = {"fails": ALL, "costs": [takes_a_step]}
BATCHES = {
    "fails": [starts_each_batch_afresh, trains_for_all_epochs, returns_the_losses],
    "costs": [starts_each_batch_afresh],
}
EPOCHS = [trains_for_all_epochs, returns_the_losses]

ZEROING = "            w.grad = b.grad = None\n"
START = "    losses = []\n"

# Gradients of other batches, or of none.

never_zeroes = train.mistake(
    "never_zeroes",
    "The gradients are never set to zero, so backward() adds up those of all batches.",
    **BATCHES,
).replace(ZEROING, "")

train.mistake(
    "zeroes_once_per_epoch",
    "You set the gradients to zero once per epoch; each batch needs it.",
    **BATCHES,
).replace(ZEROING, "", "        for X", "        w.grad = b.grad = None\n        for X")

train.mistake(
    "zeroes_only_w",
    "You set only the gradient of w to zero; that of b adds up.",
    **BATCHES,
).replace("w.grad = b.grad", "w.grad")

train.mistake(
    "zeroes_only_b",
    "You set only the gradient of b to zero; that of w adds up.",
    **BATCHES,
).replace("w.grad = b.grad", "b.grad")

train.mistake(
    "moves_nothing",
    "w and b never move. Most often the gradients are set to zero between backward() and the step.",
    fails=ALL,
).replace(".backward()", ".backward()\n            w.grad.zero_(), b.grad.zero_()")

train.mistake(
    "zeroes_the_parameters",
    "w and b are 0 at the end. Most often zero_() is called on the parameters, where their gradients are "
    "meant.",
    fails=ALL,
).replace(
    "lr, batch_size)\n        with",
    "lr, batch_size)\n            w.data.zero_(), b.data.zero_()\n        with",
)

train.mistake(
    "steps_without_a_gradient",
    "A number is multiplied by None, as by a gradient that is not there: is backward() called before the "
    "step?",
    fails=ALL,
).replace(".backward()", "")

train.mistake(
    "differentiates_a_vector",
    "backward() needs a single number: sum up the losses of the batch first.",
    fails=ALL,
).replace(".sum()", "")

train.mistake(
    "cuts_the_loss_off",
    "backward() finds no way from the loss to w and b: is it computed under no_grad, or from .data, detach() "
    "or a new tensor?",
    fails=ALL,
).replace(".sum()", ".sum().detach()")

# Which batches.

train.mistake(
    "skips_short_batches",
    "You take no step for a batch that is shorter than batch_size.",
    **STEP,
).replace(ZEROING, ZEROING + "            if len(X) < batch_size:\n                continue\n")

train.mistake(
    "steps_after_the_epoch",
    "You take one step per epoch, with the gradients of all its batches; each batch needs its own.",
    **BATCHES,
).replace(
    ZEROING,
    "",
    "        for X",
    "        w.grad = b.grad = None\n        for X",
    "            sgd",
    "        sgd",
)

train.mistake(
    "trains_on_the_first_batch",
    "Only the first batch of an epoch is learnt from: does something end the loop?",
    **BATCHES,
).replace("        with", "            break\n        with")

train.mistake(
    "steps_on_all_data",
    "You take one step per epoch, on all the data at once: where are the batches of data_iter?",
    **BATCHES,
).replace(
    "data_iter(batch_size, features, labels)",
    "[(features, labels)]",
    "lr, batch_size)\n        with",
    "lr, len(X))\n        with",
)

# Another number of epochs.

train.mistake(
    "trains_for_one_epoch",
    "You train for one epoch, whatever num_epochs says.",
    fails=EPOCHS,
    costs=[trains_for_all_epochs],
).replace("range(num_epochs)", "range(1)")

train.mistake(
    "trains_for_three_epochs",
    "You train for three epochs, whatever num_epochs says.",
    fails=ALL,
    costs=[trains_for_all_epochs],
).replace("range(num_epochs)", "range(3)")

train.mistake(
    "trains_for_one_epoch_more",
    "You train for one epoch more than num_epochs.",
    fails=ALL,
    costs=[trains_for_all_epochs],
).replace("range(num_epochs)", "range(num_epochs + 1)")

train.mistake(
    "trains_for_one_epoch_less",
    "You train for one epoch less than num_epochs: of a range, the last number does not count.",
    fails=ALL,
    costs=[trains_for_all_epochs],
).replace("range(num_epochs)", "range(1, num_epochs)")

train.mistake(
    "reads_one_pass",
    "Only the first epoch learns: data_iter is called once, before the epochs, and its batches are used up "
    "then.",
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
    "Your loop over data_iter calls its batches features and labels too. After it, these names mean the last "
    "batch, and no longer all the data: call the batches X and y.",
    fails=EPOCHS,
    costs=[returns_the_losses],
).replace("for X, y", "for features, labels", "linreg(X, w, b), y", "linreg(features, w, b), labels")

# A step of another length, from elsewhere, or of other tensors.

divides_twice = train.mistake(
    "divides_twice",
    "Each step is divided twice, by the length of the batch and by batch_size. sgd divides already: do you "
    "take a mean before, where the sum of the losses is needed?",
    **STEP,
).replace(".sum()", ".mean()")

train.mistake(
    "divides_twice_by_batch_size",
    "Each step is divided by batch_size twice. sgd divides already: is the loss or lr divided before?",
    **STEP,
).replace("[w, b], lr", "[w, b], lr / batch_size")

train.mistake(
    "never_divides",
    "Nothing divides by batch_size: does sgd get another number in its place?",
    **STEP,
).replace("[w, b], lr, batch_size", "[w, b], lr, 1")

train.mistake(
    "always_divides_by_ten",
    "sgd divides by 10 whatever batch_size is: a number written in, or a variable from outside?",
    **STEP,
).replace(START, START + "    batch_size = 10\n")

train.mistake(
    "always_steps_by_the_same_rate",
    "You train with 0.03 whatever lr is: a number written in, or a variable from outside?",
    **STEP,
).replace("[w, b], lr", "[w, b], 0.03")

train.mistake(
    "swaps_lr_and_batch_size",
    "sgd gets lr and batch_size in each other's place: it is called as (params, lr, batch_size).",
    **STEP,
).replace("[w, b], lr, batch_size", "[w, b], batch_size, lr")

train.mistake(
    "steps_twice",
    "Each step is twice as long as it should be: is backward() or sgd called twice for a batch?",
    **STEP,
).replace("sgd(", "sgd([w, b], lr, batch_size)\n            sgd(")

train.mistake(
    "updates_only_w",
    "w moves, but b does not: does sgd get both?",
    **STEP,
).replace("[w, b]", "[w]")

train.mistake(
    "updates_only_b",
    "b moves, but w does not: does sgd get both?",
    **STEP,
).replace("[w, b]", "[b]")

train.mistake(
    "trains_copies",
    "Your losses are right, but the caller's w and b stay as they were: you train copies.",
    **STEP,
).replace(
    START, START + "    w, b = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()\n"
)

train.mistake(
    "starts_at_zero",
    "Training begins at w = 0 and b = 0, whatever the caller gives: begin where they are.",
    **STEP,
).replace(START, START + "    w.data.zero_(), b.data.zero_()\n")

train.mistake(
    "trains_with_flat_labels_only",
    "Your loss fits flat labels only: where they are a column, (n,) minus (n, 1) has the shape (n, n). "
    "squared_loss takes both.",
    **STEP,
).replace(
    "squared_loss(linreg(X, w, b), y)",
    "((linreg(X, w, b).flatten() - y) ** 2 / 2)",
    "squared_loss(linreg(features, w, b), labels)",
    "((linreg(features, w, b).flatten() - labels) ** 2 / 2)",
)

train.mistake(
    "trains_with_a_column_only",
    "Your loss fits labels as a column only: where they are flat, (n, 1) minus (n,) has the shape (n, n). "
    "squared_loss takes both.",
    **STEP,
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
