"""Known mistakes in what `train` returns, each a change to its right answer.

w and b are right in all of them, so each costs only the claim on the losses.
"""

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
    "returns_nothing", "You return nothing. Collect the losses in a list and return it."
).replace("    return losses\n", "")

wrong_losses(
    "returns_the_parameters", "You return w and b, which the caller already has. Return the losses."
).replace("return losses", "return w, b")

wrong_losses(
    "returns_the_last_loss", "You return one number, the loss at the end. Return one loss for each epoch."
).replace("return losses", "return losses[-1]")

wrong_losses(
    "repeats_the_last_loss",
    "All your numbers are the loss at the end. Compute one after each epoch, before the next "
    "epoch changes w and b.",
).replace("return losses", "return losses[-1:] * num_epochs")

wrong_losses(
    "returns_batch_losses",
    "You return the loss of the last batch before its step. Compute the mean loss of all data "
    "after the epoch.",
).replace(*BEFORE, LOSS, "before[-1]")

wrong_losses(
    "looks_at_the_last_batch",
    "You return the mean loss of only the last batch. Use all features and labels.",
).replace(LOSS, "squared_loss(linreg(X, w, b), y)")

wrong_losses(
    "averages_the_batches",
    "You average the losses of the batches, each from before its step. Compute the loss of "
    "all data after the epoch, when w and b no longer change.",
).replace(*BEFORE, LOSS, "torch.stack([loss.mean() for loss in before])")

wrong_losses(
    "averages_on_the_way",
    "You average the losses of the examples from before the steps. Compute the loss of all "
    "data after the epoch, when w and b no longer change.",
).replace(*BEFORE, LOSS, "torch.cat(before)")

wrong_losses(
    "returns_a_loss_for_each_batch",
    "You return a loss for each batch. Return one for each epoch. Is the append indented one level too deep?",
).replace("        with torch.no_grad():\n", "            with torch.no_grad():\n    ")

wrong_losses(
    "returns_the_loss_of_each_batch",
    "You return the loss of each batch before its step. Return one loss of all data for each epoch.",
).replace(
    *BEFORE, f"losses.append(float({LOSS}.mean()))", "losses += [float(loss.mean()) for loss in before]"
)

wrong_losses(
    "looks_before_the_epoch",
    "You compute each loss before its epoch. Compute it after the epoch.",
).replace(APPENDED, "", "        for X", APPENDED + "        for X")

wrong_losses(
    "begins_with_the_first_loss",
    "Your list begins with the loss before training. Return one loss after each epoch.",
).replace("losses = []", f"losses = [float({LOSS}.mean())]")

wrong_losses(
    "forgets_the_half",
    "Your losses are twice as large as they should be. Did you leave out the half of squared_loss?",
).replace("float(", "2 * float(")

wrong_losses(
    "adds_the_losses_up", "You add up the losses from epoch to epoch. Return the loss of each epoch alone."
).replace("append(", "append(sum(losses[-1:]) + ")

wrong_losses("sums_over_the_examples", "You return the sum over all examples. Return the mean.").replace(
    ".mean()", ".sum()"
)

wrong_losses(
    "divides_the_sum_by_batch_size",
    "You divide the sum over all examples by batch_size. Which number do you need for the mean?",
).replace(".mean()", ".sum() / batch_size")

wrong_losses(
    "forgets_the_mean",
    "You return the losses of all examples one by one. Return their mean, one number per epoch.",
).replace("float(", "(", ".mean()", "")

wrong_losses(
    "writes_out_a_flat_loss",
    "The loss that you return fits only flat labels. For labels in a column, (n,) minus (n, "
    "1) has the shape (n, n). squared_loss handles both.",
).replace(LOSS, "((linreg(features, w, b).flatten() - labels) ** 2 / 2)")

wrong_losses(
    "writes_out_the_loss_of_a_column",
    "The loss that you return fits only labels in a column. For flat labels, (n, 1) minus "
    "(n,) has the shape (n, n). squared_loss handles both.",
).replace(LOSS, "((linreg(features, w, b) - labels) ** 2 / 2)")

ROUNDED = "Your losses are rounded. Return them unrounded, and round only what you print."
wrong_losses("rounds_to_six_decimals", ROUNDED).replace("float(", "round(float(", ".mean())", ".mean()), 6)")
wrong_losses("rounds_to_four_decimals", ROUNDED).replace("float(", "round(float(", ".mean())", ".mean()), 4)")

wrong_losses(
    "returns_a_map", "You return a `map`, which is empty after it is read once. Turn it into a list."
).replace("return losses", "return map(float, losses)")

train.mistake(
    "yields_the_losses",
    "With `yield`, train is a generator, which does nothing until it is read. Collect the "
    "losses in a list and return it.",
    fails=ALL,
).replace("losses.append", "yield ", "    return losses\n", "")

train.sample(olga=returns_nothing)
