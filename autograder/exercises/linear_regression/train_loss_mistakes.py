"""Known mistakes in what `train` returns; w and b are right in all of them, which costs one claim."""

from __future__ import annotations

import torch

from autograder.exercises.linear_regression.data_iter import data_iter
from autograder.exercises.linear_regression.linreg import linreg
from autograder.exercises.linear_regression.sgd import sgd
from autograder.exercises.linear_regression.squared_loss import squared_loss
from autograder.exercises.linear_regression.train import returns_the_losses, train
from autograder.exercises.linear_regression.train_mistakes import ALL

LOSSES = [returns_the_losses]


def losses_of(w, b, features, labels):
    with torch.no_grad():
        return squared_loss(linreg(features, w, b), labels)


def step(w, b, X, y, lr, batch_size):
    """Take it; the losses of the batch before."""
    loss = squared_loss(linreg(X, w, b), y)
    loss.sum().backward()
    sgd([w, b], lr, batch_size)
    w.grad = b.grad = None
    return loss.detach()


def epoch(w, b, features, labels, lr, batch_size):
    """Take its steps; for each batch, its losses before."""
    return [step(w, b, X, y, lr, batch_size) for X, y in data_iter(batch_size, features, labels)]


@train.mistake(fails=LOSSES, says="You return nothing: collect the losses and return them.")
def returns_nothing(w, b, features, labels, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
            w.grad = b.grad = None


@train.mistake(fails=LOSSES, says="You return w and b, which the caller has; return the losses.")
def returns_the_parameters(w, b, features, labels, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        epoch(w, b, features, labels, lr, batch_size)
    return w, b


@train.mistake(
    fails=LOSSES, says="You return one number, the loss at the end; one for each epoch is asked for."
)
def returns_the_last_loss(w, b, features, labels, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        epoch(w, b, features, labels, lr, batch_size)
    return float(losses_of(w, b, features, labels).mean())


@train.mistake(
    fails=LOSSES,
    says="All your numbers are the loss at the end: compute one after each epoch, while w and b are there.",
)
def repeats_the_last_loss(w, b, features, labels, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        epoch(w, b, features, labels, lr, batch_size)
    return [float(losses_of(w, b, features, labels).mean())] * num_epochs


@train.mistake(
    fails=LOSSES,
    says="You return the loss of the last batch before its step; compute the mean loss of all data after the "
    "epoch.",
)
def returns_batch_losses(w, b, features, labels, lr, num_epochs, batch_size):
    epochs = range(num_epochs)
    return [float(epoch(w, b, features, labels, lr, batch_size)[-1].mean()) for _ in epochs]


@train.mistake(
    fails=LOSSES,
    says="You return the mean loss of the last batch alone; all features and labels count.",
)
def looks_at_the_last_batch(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            step(w, b, X, y, lr, batch_size)
        losses.append(float(losses_of(w, b, X, y).mean()))
    return losses


@train.mistake(
    fails=LOSSES,
    says="You average the losses of the batches, each from before its step; compute the loss of all data "
    "after the epoch, where w and b stand still.",
)
def averages_the_batches(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        means = [float(loss.mean()) for loss in epoch(w, b, features, labels, lr, batch_size)]
        losses.append(sum(means) / len(means))
    return losses


@train.mistake(
    fails=LOSSES,
    says="You average the losses that the examples had before the steps; compute the loss of all data after "
    "the epoch, where w and b stand still.",
)
def averages_on_the_way(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        sums = [float(loss.sum()) for loss in epoch(w, b, features, labels, lr, batch_size)]
        losses.append(sum(sums) / len(features))
    return losses


@train.mistake(
    fails=LOSSES,
    says="You return a loss for each batch; one for each epoch is asked for. Is the append a level too deep?",
)
def returns_a_loss_for_each_batch(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            step(w, b, X, y, lr, batch_size)
            losses.append(float(losses_of(w, b, features, labels).mean()))
    return losses


@train.mistake(
    fails=LOSSES,
    says="You return the loss of each batch, before its step; one loss of all data for each epoch is asked "
    "for.",
)
def returns_the_loss_of_each_batch(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        losses += [float(loss.mean()) for loss in epoch(w, b, features, labels, lr, batch_size)]
    return losses


@train.mistake(
    fails=LOSSES,
    says="You compute each loss before the epoch that it belongs to; it is asked for after the epoch.",
)
def looks_before_the_epoch(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        losses.append(float(losses_of(w, b, features, labels).mean()))
        epoch(w, b, features, labels, lr, batch_size)
    return losses


@train.mistake(
    fails=LOSSES,
    says="The loss before training stands first in your list: one loss after each epoch is asked for.",
)
def begins_with_the_first_loss(w, b, features, labels, lr, num_epochs, batch_size):
    losses = [float(losses_of(w, b, features, labels).mean())]
    for _ in range(num_epochs):
        epoch(w, b, features, labels, lr, batch_size)
        losses.append(float(losses_of(w, b, features, labels).mean()))
    return losses


@train.mistake(
    fails=LOSSES,
    says="Your losses are twice as large as they should be: is the half of squared_loss missing?",
)
def forgets_the_half(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        epoch(w, b, features, labels, lr, batch_size)
        losses.append(2 * float(losses_of(w, b, features, labels).mean()))
    return losses


@train.mistake(
    fails=LOSSES,
    says="You add the losses up from epoch to epoch; each stands for itself.",
)
def adds_the_losses_up(w, b, features, labels, lr, num_epochs, batch_size):
    losses, total = [], 0.0
    for _ in range(num_epochs):
        epoch(w, b, features, labels, lr, batch_size)
        total += float(losses_of(w, b, features, labels).mean())
        losses.append(total)
    return losses


@train.mistake(fails=LOSSES, says="You return the sum over all examples; the mean is asked for.")
def sums_over_the_examples(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        epoch(w, b, features, labels, lr, batch_size)
        losses.append(float(losses_of(w, b, features, labels).sum()))
    return losses


@train.mistake(
    fails=LOSSES,
    says="You divide the sum over all examples by batch_size: by how many must you divide for the mean?",
)
def divides_the_sum_by_batch_size(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        epoch(w, b, features, labels, lr, batch_size)
        losses.append(float(losses_of(w, b, features, labels).sum()) / batch_size)
    return losses


@train.mistake(
    fails=LOSSES,
    says="You return the losses of all examples, one by one; their mean is asked for, one number an epoch.",
)
def forgets_the_mean(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        epoch(w, b, features, labels, lr, batch_size)
        losses.append(losses_of(w, b, features, labels))
    return losses


@train.mistake(
    fails=LOSSES,
    says="The loss that you return fits flat labels only: where they are a column, (n,) minus (n, 1) has the "
    "shape (n, n). squared_loss takes both.",
)
def writes_out_a_flat_loss(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        epoch(w, b, features, labels, lr, batch_size)
        with torch.no_grad():
            losses.append(float(((linreg(features, w, b).flatten() - labels) ** 2 / 2).mean()))
    return losses


@train.mistake(
    fails=LOSSES,
    says="The loss that you return fits labels as a column only: where they are flat, (n, 1) minus (n,) has "
    "the shape (n, n). squared_loss takes both.",
)
def writes_out_the_loss_of_a_column(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        epoch(w, b, features, labels, lr, batch_size)
        with torch.no_grad():
            losses.append(float(((linreg(features, w, b) - labels) ** 2 / 2).mean()))
    return losses


@train.mistake(
    fails=LOSSES, says="Your losses are rounded: return them as they are, and round only what you print."
)
def rounds_to_six_decimals(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        epoch(w, b, features, labels, lr, batch_size)
        losses.append(round(float(losses_of(w, b, features, labels).mean()), 6))
    return losses


@train.mistake(
    fails=LOSSES, says="Your losses are rounded: return them as they are, and round only what you print."
)
def rounds_to_four_decimals(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        epoch(w, b, features, labels, lr, batch_size)
        losses.append(round(float(losses_of(w, b, features, labels).mean()), 4))
    return losses


@train.mistake(
    fails=LOSSES,
    says="You return a `map`, which is empty once somebody has read it: make a list of it.",
)
def returns_a_map(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        epoch(w, b, features, labels, lr, batch_size)
        losses.append(losses_of(w, b, features, labels).mean())
    return map(float, losses)


@train.mistake(
    fails=ALL,
    says="With `yield`, train is a generator: it does nothing until somebody reads it. Collect the losses in "
    "a list, and return that.",
)
def yields_the_losses(w, b, features, labels, lr, num_epochs, batch_size):
    for _ in range(num_epochs):
        epoch(w, b, features, labels, lr, batch_size)
        yield float(losses_of(w, b, features, labels).mean())


train.sample(olga=returns_nothing)
