"""Known mistakes in `train`, each a change to its right answer; and students who make some."""

from functools import partial

from .train import train

ALL = [check.name for check in train.checks]
ZEROED = "sets_gradients_to_zero"
EPOCHS = ["trains_for_all_epochs", "returns_the_losses"]
MANY_STEPS = ["takes_a_step_for_each_batch", *EPOCHS]
STEPS = [*MANY_STEPS, "takes_a_step"]

wrong_zeroing = partial(train.mistake, fails=[*MANY_STEPS, ZEROED])
wrong_training = partial(train.mistake, fails=STEPS)
broken_training = partial(train.mistake, fails=ALL)
wrong_batches = partial(train.mistake, fails=MANY_STEPS)
wrong_epochs = partial(train.mistake, fails=EPOCHS)
wrong_losses = partial(train.mistake, fails=["returns_the_losses"])

ZEROING = "            w.grad = b.grad = None\n"
START = "    losses = []\n"
BATCHES = "data_iter(batch_size, features, labels)"
BATCH_LOSS, LOSS = (
    "squared_loss(linreg(X, w, b), y)",
    "squared_loss(linreg(features, w, b), labels)",
)

# Gradients of other batches, or of none.

wrong_zeroing(
    "never_zeroes",
    "You never set the gradients to zero, so backward() adds up those of all batches.",
).replace(ZEROING, "")

ONCE = (ZEROING, "", "        for X", "        w.grad = b.grad = None\n        for X")
wrong_zeroing(
    "zeroes_once_per_epoch",
    "You set the gradients to zero once per epoch. Do it for each batch.",
).replace(*ONCE)

for one, other in ("wb", "bw"):
    wrong_zeroing(
        f"zeroes_only_{one}",
        f"You set only the gradient of {one} to zero, so that of {other} adds up.",
    ).replace("w.grad = b.grad", f"{one}.grad")
    wrong_training(
        f"updates_only_{one}", f"{one} moves, but {other} does not. Does sgd get both?"
    ).replace("[w, b]", f"[{one}]")

broken_training(
    "moves_nothing",
    "w and b never move. Does backward() run for each batch, and does nothing set the "
    "gradients to zero between it and the step?",
).replace(".backward()", ".backward()\n            w.grad.zero_(), b.grad.zero_()")
wrong_training(
    "zeroes_the_parameters",
    "w and b are 0 at the end. Most often zero_() is called on the parameters "
    "instead of their gradients.",
).replace("        with", "            w.data.zero_(), b.data.zero_()\n        with")

# Which batches.

wrong_training(
    "skips_short_batches",
    "You skip batches that are shorter than batch_size. Every batch needs a step.",
).replace(
    f"{BATCHES}:\n",
    f"{BATCHES}:\n            if len(X) < batch_size:\n                continue\n",
)
wrong_batches(
    "steps_after_the_epoch",
    "You take one step per epoch, with the gradients of all its batches. Take one "
    "step for each batch.",
).replace(*ONCE, "            sgd", "        sgd")
wrong_batches(
    "trains_on_the_first_batch",
    "You train on only the first batch of each epoch. Does something end the loop?",
).replace("        with", "            break\n        with")
ALL_AT_ONCE = (
    "You take one step an epoch, with all the data at once. Minibatch descent takes a "
    "step for each batch of batch_size examples."
)
wrong_batches("steps_on_all_data", ALL_AT_ONCE).replace(
    BATCHES, "[(features, labels)]", "lr, batch_size)", "lr, len(X))"
)
wrong_batches("steps_on_all_data_by_batch_size", ALL_AT_ONCE).replace(
    # In the style with batch_size alone: with len(X), it is the one above.
    *(BATCHES, "[(features, labels)]"),
    *("lr, batch_size)", "lr, int(batch_size))"),
)
wrong_batches("asks_for_one_batch", ALL_AT_ONCE).replace(
    BATCHES, "data_iter(len(features), features, labels)"
)
wrong_batches(
    "computes_the_loss_of_all_data",
    "Each step uses the loss of all the data. Compute it from the batch that data_iter gives.",
).replace(BATCH_LOSS, LOSS)
wrong_batches(
    "steps_on_the_last_batch",
    "You take one step per epoch, on the last batch. Move backward() and sgd into "
    "the loop over the batches.",
).replace(
    *("  squared", "  loss = squared"),
    *(
        ".sum().backward()\n            sgd(",
        ".sum()\n        loss.backward()\n        sgd(",
    ),
)
broken_training(
    "has_no_gradients",
    "The gradients are None when sgd needs them. Is there a backward() before it, and is the loss "
    "connected to w and b? A new tensor such as torch.tensor(l.item(), requires_grad=True) is not.",
).replace(".backward()", "")

# Another number of epochs.

wrong_epochs(
    "trains_for_one_epoch", "You train for one epoch, whatever num_epochs is."
).replace("range(num_epochs)", "range(1)")
wrong_training(
    "trains_for_three_epochs", "You train for three epochs, whatever num_epochs is."
).replace("range(num_epochs)", "range(3)")
wrong_epochs(
    "reads_one_pass",
    "Only the first epoch trains. data_iter is called once, before the epochs, and its "
    "batches are used up after the first epoch.",
).replace(BATCHES, "batches", START, f"{START}    batches = iter({BATCHES})\n")
wrong_epochs(
    "names_batches_like_the_data",
    "Your loop over data_iter gives its batches the names of the data, as in `for X, y in "
    "data_iter(batch_size, X, y)`. After the loop, these names mean the last batch, "
    "not all the data. Give "
    "the batches names of their own.",
).replace(
    "for X, y",
    "for features, labels",
    ZEROING,
    "            X, y = features, labels\n" + ZEROING,
)

# A step of another length, from elsewhere, or of other tensors.

TWICE = (
    "Each step is divided twice. sgd already divides by batch_size. Do you take the "
    "mean of the losses "
    "where you need their sum, or divide the loss or lr?"
)
wrong_training("divides_twice", TWICE).replace(".sum()", ".mean()")
wrong_training("divides_twice_by_batch_size", TWICE).replace(
    "[w, b], lr, batch_size", "[w, b], lr / batch_size, batch_size"
)
wrong_training(
    "never_divides",
    "Nothing divides by batch_size. Does sgd get another number instead?",
).replace("[w, b], lr, batch_size", "[w, b], lr, 1")
wrong_batches(
    "divides_by_all_examples",
    "sgd divides by the number of all examples. It needs batch_size, the number in a batch.",
).replace("[w, b], lr, batch_size", "[w, b], lr, len(features)")
wrong_training(
    "always_divides_by_ten",
    "sgd divides by 10, whatever batch_size is. Is 10 hard-coded, or a variable from outside?",
).replace(START, START + "    batch_size = 10\n")
wrong_training(
    "always_steps_by_the_same_rate",
    "You train with 0.03, whatever lr is. Is 0.03 hard-coded, or a variable from outside?",
).replace("[w, b], lr", "[w, b], 0.03")
wrong_training(
    "swaps_lr_and_batch_size",
    "lr and batch_size are swapped in the call of sgd. The order is (params, lr, batch_size).",
).replace("[w, b], lr, batch_size", "[w, b], batch_size, lr")
wrong_training(
    "steps_twice",
    "Each step is twice as long as it should be. Do you call backward() or sgd twice for a batch?",
).replace("sgd(", "sgd([w, b], lr, batch_size)\n            sgd(")
broken_training(
    "trains_copies",
    "Your losses are right, but the caller's w and b do not change. Do you train copies?",
).replace(
    START,
    START
    + "    w, b = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()\n",
)
wrong_training(
    "starts_at_zero",
    "Training begins at w = 0 and b = 0, whatever the caller passes. Begin at the caller's values.",
).replace(START, START + "    w.data.zero_(), b.data.zero_()\n")

for shape, fits, others, flat in (
    ("flat", "flat labels", "labels in a column, (n,) minus (n, 1)", ".flatten()"),
    ("column", "labels in a column", "flat labels, (n, 1) minus (n,)", ""),
):
    words = f"fits only {fits}. For {others} has the shape (n, n). squared_loss handles both."
    of_all = f"((linreg(features, w, b){flat} - labels) ** 2 / 2)"
    wrong_training(f"trains_with_{shape}_labels_only", f"Your loss {words}").replace(
        BATCH_LOSS, f"((linreg(X, w, b){flat} - y) ** 2 / 2)", LOSS, of_all
    )
    wrong_losses(
        f"writes_out_a_{shape}_loss", f"The loss that you return {words}"
    ).replace(LOSS, of_all)

# Other losses than those after each epoch, with the right w and b.

APPENDED = (
    f"        with torch.no_grad():\n            losses.append(float({LOSS}.mean()))\n"
)
BEFORE = [  # the losses of each batch before its step
    *("        for X", "        before = []\n        for X"),
    *(BATCH_LOSS, f"(loss := {BATCH_LOSS})"),
    *("            sgd(", "            before.append(loss.detach())\n            sgd("),
]

wrong_losses(
    "returns_nothing", "You return nothing. Collect the losses in a list and return it."
).replace("    return losses\n", "")
wrong_losses(
    "returns_only_the_last_loss",
    "Your list holds only the loss after the last epoch. Do you make the list inside the loop over "
    "the epochs?",
).replace("return losses", "return losses[-1:]")
wrong_losses(
    "returns_the_parameters",
    "You return w and b, which the caller already has. Return the losses.",
).replace("return losses", "return w, b")
wrong_losses(
    "averages_the_predictions",
    "You return the mean of the predictions. Return the mean of their losses.",
).replace(LOSS, "linreg(features, w, b)")
wrong_losses(
    "repeats_the_last_loss",
    "All your numbers are the loss at the end. Compute one after each epoch, before the next "
    "epoch changes w and b.",
).replace("return losses", "return losses[-1:] * num_epochs")

LAST_BATCH = (
    "You return the loss of only the last batch. Compute the mean loss of all data after "
    "the epoch."
)
wrong_losses("returns_batch_losses", LAST_BATCH).replace(*BEFORE, LOSS, "before[-1]")
wrong_losses("looks_at_the_last_batch", LAST_BATCH).replace(LOSS, BATCH_LOSS)

ON_THE_WAY = (
    "You average losses from before each step. Compute the loss of all data after "
    "the epoch, when w and b "
    "no longer change."
)
wrong_losses("averages_the_batches", ON_THE_WAY).replace(
    *BEFORE, LOSS, "torch.stack([loss.mean() for loss in before])"
)
wrong_losses("averages_on_the_way", ON_THE_WAY).replace(
    *BEFORE, LOSS, "torch.cat(before)"
)

EACH_BATCH = (
    "You return a loss for each batch. Return one of all data for each epoch, after its "
    "last batch."
)
wrong_losses("returns_a_loss_for_each_batch", EACH_BATCH).replace(
    "        with torch.no_grad():\n", "            with torch.no_grad():\n    "
)
wrong_losses("returns_the_loss_of_each_batch", EACH_BATCH).replace(
    *BEFORE,
    f"losses.append(float({LOSS}.mean()))",
    "losses += [float(loss.mean()) for loss in before]",
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
    "adds_the_losses_up",
    "You add up the losses from epoch to epoch. Return the loss of each epoch alone.",
).replace("append(", "append(sum(losses[-1:]) + ")
wrong_losses(
    "sums_over_the_examples", "You return the sum over all examples. Return the mean."
).replace(".mean())", ".sum())")
wrong_losses(
    "divides_the_sum_by_batch_size",
    "You divide the sum over all examples by batch_size. Which number do you need for the mean?",
).replace(".mean())", ".sum() / batch_size)")
wrong_losses(
    "rounds_losses",
    "Your losses are rounded. Return them unrounded, and round only what you print.",
).replace("float(", "round(float(", ".mean())", ".mean()), 6)")
wrong_losses(
    "returns_a_map",
    "You return a `map`, which is empty after it is read once. Turn it into a list.",
).replace("return losses", "return map(float, losses)")
broken_training(
    "yields_the_losses",
    "With `yield`, train is a generator, which does nothing until it is read. Collect the "
    "losses in a list and return it.",
).replace("losses.append", "yield ", "    return losses\n", "")
