"""Known mistakes in what `train` returns, each a change to its right answer.

w and b are right in all of them, which costs one claim.
"""

from __future__ import annotations

from functools import partial

from autograder.exercises.linear_regression.train import returns_the_losses, train
from autograder.exercises.linear_regression.train_mistakes import ALL

wrong_losses = partial(train.mistake, fails=[returns_the_losses])

LOSS = "squared_loss(linreg(features, w, b), labels)"
APPENDED = f"        with torch.no_grad():\n            losses.append(float({LOSS}.mean()))\n"
BEFORE = [  # the losses of each batch before its step
    *("        for X", "        before = []\n        for X"),
    *("squared_loss(linreg(X, w, b), y)", "(loss := squared_loss(linreg(X, w, b), y))"),
    *("            sgd(", "            before.append(loss.detach())\n            sgd("),
]

returns_nothing = wrong_losses(
    "returns_nothing", "You return nothing: collect the losses and return them."
).replace("    return losses\n", "")

wrong_losses(
    "returns_the_parameters", "You return w and b, which the caller has; return the losses."
).replace("return losses", "return w, b")

wrong_losses(
    "returns_the_last_loss", "You return one number, the loss at the end; one for each epoch is asked for."
).replace("return losses", "return losses[-1]")

wrong_losses(
    "repeats_the_last_loss",
    "All your numbers are the loss at the end: compute one after each epoch, while w and b are there.",
).replace("return losses", "return losses[-1:] * num_epochs")

wrong_losses(
    "returns_batch_losses",
    "You return the loss of the last batch before its step; compute the mean loss of all data after the "
    "epoch.",
).replace(*BEFORE, LOSS, "before[-1]")

wrong_losses(
    "looks_at_the_last_batch",
    "You return the mean loss of the last batch alone; all features and labels count.",
).replace(LOSS, "squared_loss(linreg(X, w, b), y)")

wrong_losses(
    "averages_the_batches",
    "You average the losses of the batches, each from before its step; compute the loss of all data after "
    "the epoch, where w and b stand still.",
).replace(*BEFORE, LOSS, "torch.stack([loss.mean() for loss in before])")

wrong_losses(
    "averages_on_the_way",
    "You average the losses that the examples had before the steps; compute the loss of all data after the "
    "epoch, where w and b stand still.",
).replace(*BEFORE, LOSS, "torch.cat(before)")

wrong_losses(
    "returns_a_loss_for_each_batch",
    "You return a loss for each batch; one for each epoch is asked for. Is the append a level too deep?",
).replace("        with torch.no_grad():\n", "            with torch.no_grad():\n    ")

wrong_losses(
    "returns_the_loss_of_each_batch",
    "You return the loss of each batch, before its step; one loss of all data for each epoch is asked for.",
).replace(
    *BEFORE, f"losses.append(float({LOSS}.mean()))", "losses += [float(loss.mean()) for loss in before]"
)

wrong_losses(
    "looks_before_the_epoch",
    "You compute each loss before the epoch that it belongs to; it is asked for after the epoch.",
).replace(APPENDED, "", "        for X", APPENDED + "        for X")

wrong_losses(
    "begins_with_the_first_loss",
    "The loss before training stands first in your list: one loss after each epoch is asked for.",
).replace("losses = []", f"losses = [float({LOSS}.mean())]")

wrong_losses(
    "forgets_the_half",
    "Your losses are twice as large as they should be: is the half of squared_loss missing?",
).replace("float(", "2 * float(")

wrong_losses(
    "adds_the_losses_up", "You add the losses up from epoch to epoch; each stands for itself."
).replace("append(", "append(sum(losses[-1:]) + ")

wrong_losses(
    "sums_over_the_examples", "You return the sum over all examples; the mean is asked for."
).replace(".mean()", ".sum()")

wrong_losses(
    "divides_the_sum_by_batch_size",
    "You divide the sum over all examples by batch_size: by how many must you divide for the mean?",
).replace(".mean()", ".sum() / batch_size")

wrong_losses(
    "forgets_the_mean",
    "You return the losses of all examples, one by one; their mean is asked for, one number an epoch.",
).replace("float(", "(", ".mean()", "")

wrong_losses(
    "writes_out_a_flat_loss",
    "The loss that you return fits flat labels only: where they are a column, (n,) minus (n, 1) has the "
    "shape (n, n). squared_loss takes both.",
).replace(LOSS, "((linreg(features, w, b).flatten() - labels) ** 2 / 2)")

wrong_losses(
    "writes_out_the_loss_of_a_column",
    "The loss that you return fits labels as a column only: where they are flat, (n, 1) minus (n,) has the "
    "shape (n, n). squared_loss takes both.",
).replace(LOSS, "((linreg(features, w, b) - labels) ** 2 / 2)")

ROUNDED = "Your losses are rounded: return them as they are, and round only what you print."
wrong_losses("rounds_to_six_decimals", ROUNDED).replace("float(", "round(float(", ".mean())", ".mean()), 6)")
wrong_losses("rounds_to_four_decimals", ROUNDED).replace("float(", "round(float(", ".mean())", ".mean()), 4)")

wrong_losses(
    "returns_a_map", "You return a `map`, which is empty once somebody has read it: make a list of it."
).replace("return losses", "return map(float, losses)")

train.mistake(
    "yields_the_losses",
    "With `yield`, train is a generator: it does nothing until somebody reads it. Collect the losses in a "
    "list, and return that.",
    fails=ALL,
).replace("losses.append", "yield ", "    return losses\n", "")

train.sample(olga=returns_nothing)
