"""Known mistakes in what `train` returns, each a change to its right answer.

w and b are right in all of them, which costs one claim.
"""

from __future__ import annotations

from autograder.exercises.linear_regression.train import returns_the_losses, train
from autograder.exercises.linear_regression.train_mistakes import ALL

LOSSES = [returns_the_losses]
LOSS = "squared_loss(linreg(features, w, b), labels)"
APPENDED = f"        with torch.no_grad():\n            losses.append(float({LOSS}.mean()))\n"
BEFORE = [  # the losses of each batch before its step
    *("        for X", "        before = []\n        for X"),
    *("squared_loss(linreg(X, w, b), y)", "(loss := squared_loss(linreg(X, w, b), y))"),
    *("            sgd(", "            before.append(loss.detach())\n            sgd("),
]

returns_nothing = train.mistake(
    "returns_nothing", "You return nothing: collect the losses and return them.", fails=LOSSES
).replace("    return losses\n", "")

train.mistake(
    "returns_the_parameters",
    "You return w and b, which the caller has; return the losses.",
    fails=LOSSES,
).replace("return losses", "return w, b")

train.mistake(
    "returns_the_last_loss",
    "You return one number, the loss at the end; one for each epoch is asked for.",
    fails=LOSSES,
).replace("return losses", "return losses[-1]")

train.mistake(
    "repeats_the_last_loss",
    "All your numbers are the loss at the end: compute one after each epoch, while w and b are there.",
    fails=LOSSES,
).replace("return losses", "return losses[-1:] * num_epochs")

train.mistake(
    "returns_batch_losses",
    "You return the loss of the last batch before its step; compute the mean loss of all data after the "
    "epoch.",
    fails=LOSSES,
).replace(*BEFORE, LOSS, "before[-1]")

train.mistake(
    "looks_at_the_last_batch",
    "You return the mean loss of the last batch alone; all features and labels count.",
    fails=LOSSES,
).replace(LOSS, "squared_loss(linreg(X, w, b), y)")

train.mistake(
    "averages_the_batches",
    "You average the losses of the batches, each from before its step; compute the loss of all data after "
    "the epoch, where w and b stand still.",
    fails=LOSSES,
).replace(*BEFORE, LOSS, "torch.stack([loss.mean() for loss in before])")

train.mistake(
    "averages_on_the_way",
    "You average the losses that the examples had before the steps; compute the loss of all data after the "
    "epoch, where w and b stand still.",
    fails=LOSSES,
).replace(*BEFORE, LOSS, "torch.cat(before)")

train.mistake(
    "returns_a_loss_for_each_batch",
    "You return a loss for each batch; one for each epoch is asked for. Is the append a level too deep?",
    fails=LOSSES,
).replace("        with torch.no_grad():\n", "            with torch.no_grad():\n    ")

train.mistake(
    "returns_the_loss_of_each_batch",
    "You return the loss of each batch, before its step; one loss of all data for each epoch is asked for.",
    fails=LOSSES,
).replace(
    *BEFORE, f"losses.append(float({LOSS}.mean()))", "losses += [float(loss.mean()) for loss in before]"
)

train.mistake(
    "looks_before_the_epoch",
    "You compute each loss before the epoch that it belongs to; it is asked for after the epoch.",
    fails=LOSSES,
).replace(APPENDED, "", "        for X", APPENDED + "        for X")

train.mistake(
    "begins_with_the_first_loss",
    "The loss before training stands first in your list: one loss after each epoch is asked for.",
    fails=LOSSES,
).replace("losses = []", f"losses = [float({LOSS}.mean())]")

train.mistake(
    "forgets_the_half",
    "Your losses are twice as large as they should be: is the half of squared_loss missing?",
    fails=LOSSES,
).replace("float(", "2 * float(")

train.mistake(
    "adds_the_losses_up",
    "You add the losses up from epoch to epoch; each stands for itself.",
    fails=LOSSES,
).replace("append(", "append(sum(losses[-1:]) + ")

train.mistake(
    "sums_over_the_examples",
    "You return the sum over all examples; the mean is asked for.",
    fails=LOSSES,
).replace(".mean()", ".sum()")

train.mistake(
    "divides_the_sum_by_batch_size",
    "You divide the sum over all examples by batch_size: by how many must you divide for the mean?",
    fails=LOSSES,
).replace(".mean()", ".sum() / batch_size")

train.mistake(
    "forgets_the_mean",
    "You return the losses of all examples, one by one; their mean is asked for, one number an epoch.",
    fails=LOSSES,
).replace("float(", "(", ".mean()", "")

train.mistake(
    "writes_out_a_flat_loss",
    "The loss that you return fits flat labels only: where they are a column, (n,) minus (n, 1) has the "
    "shape (n, n). squared_loss takes both.",
    fails=LOSSES,
).replace(LOSS, "((linreg(features, w, b).flatten() - labels) ** 2 / 2)")

train.mistake(
    "writes_out_the_loss_of_a_column",
    "The loss that you return fits labels as a column only: where they are flat, (n, 1) minus (n,) has the "
    "shape (n, n). squared_loss takes both.",
    fails=LOSSES,
).replace(LOSS, "((linreg(features, w, b) - labels) ** 2 / 2)")

ROUNDED = "Your losses are rounded: return them as they are, and round only what you print."
train.mistake("rounds_to_six_decimals", ROUNDED, fails=LOSSES).replace(
    "float(", "round(float(", ".mean())", ".mean()), 6)"
)
train.mistake("rounds_to_four_decimals", ROUNDED, fails=LOSSES).replace(
    "float(", "round(float(", ".mean())", ".mean()), 4)"
)

train.mistake(
    "returns_a_map",
    "You return a `map`, which is empty once somebody has read it: make a list of it.",
    fails=LOSSES,
).replace("return losses", "return map(float, losses)")

train.mistake(
    "yields_the_losses",
    "With `yield`, train is a generator: it does nothing until somebody reads it. Collect the losses in a "
    "list, and return that.",
    fails=ALL,
).replace("losses.append", "yield ", "    return losses\n", "")

train.sample(olga=returns_nothing)
