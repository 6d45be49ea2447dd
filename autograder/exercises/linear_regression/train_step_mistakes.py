"""Known mistakes in `train`: a step of another length, from elsewhere, or of other tensors.

Each costs the claim on a step; what follows from it in batches, epochs and losses is right.
"""

from __future__ import annotations

import torch

from autograder.exercises.linear_regression.data_iter import data_iter
from autograder.exercises.linear_regression.linreg import linreg
from autograder.exercises.linear_regression.sgd import sgd
from autograder.exercises.linear_regression.squared_loss import squared_loss
from autograder.exercises.linear_regression.train import takes_a_step, train
from autograder.exercises.linear_regression.train_mistakes import ALL, epoch, mean, step, summed


@train.mistake(
    fails=ALL,
    costs=[takes_a_step],
    says="Each step is divided twice, by the length of the batch and by batch_size. sgd divides already: do "
    "you take a mean before, where the sum of the losses is needed?",
)
def divides_twice(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).mean().backward()
            sgd([w, b], lr, batch_size)
            w.grad = b.grad = None
        with torch.no_grad():
            losses.append(float(squared_loss(linreg(features, w, b), labels).mean()))
    return losses


@train.mistake(
    fails=ALL,
    costs=[takes_a_step],
    says="Each step is divided by batch_size twice. sgd divides already: is the loss or lr divided before?",
)
def divides_twice_by_batch_size(w, b, features, labels, lr, num_epochs, batch_size):
    epochs = range(num_epochs)
    return [epoch(w, b, features, labels, lr / batch_size, batch_size) for _ in epochs]


@train.mistake(
    fails=ALL,
    costs=[takes_a_step],
    says="Nothing divides by batch_size: does sgd get another number in its place?",
)
def never_divides(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            step(w, b, X, y, lr, 1)
        losses.append(mean(w, b, features, labels))
    return losses


@train.mistake(
    fails=ALL,
    costs=[takes_a_step],
    says="sgd divides by 10 whatever batch_size is: a number written in, or a variable from outside?",
)
def always_divides_by_ten(w, b, features, labels, lr, num_epochs, batch_size):
    return [epoch(w, b, features, labels, lr, 10) for _ in range(num_epochs)]


@train.mistake(
    fails=ALL,
    costs=[takes_a_step],
    says="You train with 0.03 whatever lr is: a number written in, or a variable from outside?",
)
def always_steps_by_the_same_rate(w, b, features, labels, lr, num_epochs, batch_size):
    return [epoch(w, b, features, labels, 0.03, batch_size) for _ in range(num_epochs)]


@train.mistake(
    fails=ALL,
    costs=[takes_a_step],
    says="sgd gets lr and batch_size in each other's place: it is called as (params, lr, batch_size).",
)
def swaps_lr_and_batch_size(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            step(w, b, X, y, batch_size, lr)
        losses.append(mean(w, b, features, labels))
    return losses


@train.mistake(
    fails=ALL,
    costs=[takes_a_step],
    says="Each step is twice as long as it should be: is backward() or sgd called twice for a batch?",
)
def steps_twice(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            summed(w, b, X, y).backward()
            step(w, b, X, y, lr, batch_size)
        losses.append(mean(w, b, features, labels))
    return losses


@train.mistake(
    fails=ALL,
    costs=[takes_a_step],
    says="w moves, but b does not: does sgd get both?",
)
def updates_only_w(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            summed(w, b, X, y).backward()
            sgd([w], lr, batch_size)
            w.grad = b.grad = None
        losses.append(mean(w, b, features, labels))
    return losses


@train.mistake(
    fails=ALL,
    costs=[takes_a_step],
    says="b moves, but w does not: does sgd get both?",
)
def updates_only_b(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            summed(w, b, X, y).backward()
            sgd([b], lr, batch_size)
            w.grad = b.grad = None
        losses.append(mean(w, b, features, labels))
    return losses


@train.mistake(
    fails=ALL,
    costs=[takes_a_step],
    says="Your losses are right, but the caller's w and b stay as they were: you train copies.",
)
def trains_copies(w, b, features, labels, lr, num_epochs, batch_size):
    w, b = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
    return [epoch(w, b, features, labels, lr, batch_size) for _ in range(num_epochs)]


@train.mistake(
    fails=ALL,
    costs=[takes_a_step],
    says="Training begins at w = 0 and b = 0, whatever the caller gives: begin where they are.",
)
def starts_at_zero(w, b, features, labels, lr, num_epochs, batch_size):
    w.data.zero_(), b.data.zero_()
    return [epoch(w, b, features, labels, lr, batch_size) for _ in range(num_epochs)]


# Losses written out, which fit one shape of labels.


@train.mistake(
    fails=ALL,
    costs=[takes_a_step],
    says="Your loss fits flat labels only: where they are a column, (n,) minus (n, 1) has the shape (n, n). "
    "squared_loss takes both.",
)
def trains_with_flat_labels_only(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            w.grad = b.grad = None
            ((linreg(X, w, b).flatten() - y) ** 2 / 2).sum().backward()
            sgd([w, b], lr, batch_size)
        with torch.no_grad():
            losses.append(float(((linreg(features, w, b).flatten() - labels) ** 2 / 2).mean()))
    return losses


@train.mistake(
    fails=ALL,
    costs=[takes_a_step],
    says="Your loss fits labels as a column only: where they are flat, (n, 1) minus (n,) has the shape "
    "(n, n). squared_loss takes both.",
)
def trains_with_a_column_only(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            w.grad = b.grad = None
            ((linreg(X, w, b) - y) ** 2 / 2).sum().backward()
            sgd([w, b], lr, batch_size)
        with torch.no_grad():
            losses.append(float(((linreg(features, w, b) - labels) ** 2 / 2).mean()))
    return losses


train.sample(kofi=divides_twice)
