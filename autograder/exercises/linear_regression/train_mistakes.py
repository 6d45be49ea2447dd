"""Known mistakes in `train` on the way to w and b, and who of the sample class writes it in another way.

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
MANY_STEPS = [starts_each_batch_afresh, trains_for_all_epochs, returns_the_losses]
EPOCHS = [trains_for_all_epochs, returns_the_losses]


# What the others do right, each in a line.


def summed(w, b, X, y):
    return squared_loss(linreg(X, w, b), y).sum()


def mean(w, b, features, labels):
    with torch.no_grad():
        return float(squared_loss(linreg(features, w, b), labels).mean())


def step(w, b, X, y, lr, batch_size):
    summed(w, b, X, y).backward()
    sgd([w, b], lr, batch_size)
    w.grad = b.grad = None


def epoch(w, b, features, labels, lr, batch_size):
    for X, y in data_iter(batch_size, features, labels):
        step(w, b, X, y, lr, batch_size)
    return mean(w, b, features, labels)


# Gradients of other batches, or of none.


@train.mistake(
    fails=MANY_STEPS,
    costs=[starts_each_batch_afresh],
    says="The gradients are never set to zero, so backward() adds up those of all batches.",
)
def never_zeroes(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        with torch.no_grad():
            losses.append(float(squared_loss(linreg(features, w, b), labels).mean()))
    return losses


@train.mistake(
    fails=MANY_STEPS,
    costs=[starts_each_batch_afresh],
    says="You set the gradients to zero once per epoch; each batch needs it.",
)
def zeroes_once_per_epoch(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            summed(w, b, X, y).backward()
            sgd([w, b], lr, batch_size)
        w.grad = b.grad = None
        losses.append(mean(w, b, features, labels))
    return losses


@train.mistake(
    fails=MANY_STEPS,
    costs=[starts_each_batch_afresh],
    says="You set only the gradient of w to zero; that of b adds up.",
)
def zeroes_only_w(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            summed(w, b, X, y).backward()
            sgd([w, b], lr, batch_size)
            w.grad.zero_()
        losses.append(mean(w, b, features, labels))
    return losses


@train.mistake(
    fails=MANY_STEPS,
    costs=[starts_each_batch_afresh],
    says="You set only the gradient of b to zero; that of w adds up.",
)
def zeroes_only_b(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            summed(w, b, X, y).backward()
            sgd([w, b], lr, batch_size)
            b.grad.zero_()
        losses.append(mean(w, b, features, labels))
    return losses


@train.mistake(
    fails=ALL,
    says="w and b never move. Most often the gradients are set to zero between backward() and the step.",
)
def moves_nothing(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            summed(w, b, X, y).backward()
            w.grad.zero_(), b.grad.zero_()
            sgd([w, b], lr, batch_size)
        losses.append(mean(w, b, features, labels))
    return losses


@train.mistake(
    fails=ALL,
    says="w and b are 0 at the end. Most often zero_() is called on the parameters, where their gradients "
    "are meant.",
)
def zeroes_the_parameters(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            summed(w, b, X, y).backward()
            sgd([w, b], lr, batch_size)
            w.data.zero_(), b.data.zero_()
        losses.append(mean(w, b, features, labels))
    return losses


@train.mistake(
    fails=ALL,
    says="A number is multiplied by None, as by a gradient that is not there: is backward() called before "
    "the step?",
)
def steps_without_a_gradient(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            summed(w, b, X, y)
            sgd([w, b], lr, batch_size)
        losses.append(mean(w, b, features, labels))
    return losses


@train.mistake(
    fails=ALL,
    says="backward() needs a single number: sum up the losses of the batch first.",
)
def differentiates_a_vector(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).backward()
            sgd([w, b], lr, batch_size)
            w.grad = b.grad = None
        losses.append(mean(w, b, features, labels))
    return losses


@train.mistake(
    fails=ALL,
    says="backward() finds no way from the loss to w and b: is it computed under no_grad, or from .data, "
    "detach() or a new tensor?",
)
def cuts_the_loss_off(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            with torch.no_grad():
                loss = summed(w, b, X, y)
            loss.backward()
            sgd([w, b], lr, batch_size)
        losses.append(mean(w, b, features, labels))
    return losses


# Which batches.


@train.mistake(
    fails=ALL,
    costs=[takes_a_step],
    says="You take no step for a batch that is shorter than batch_size.",
)
def skips_short_batches(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            if len(X) == batch_size:
                step(w, b, X, y, lr, batch_size)
        losses.append(mean(w, b, features, labels))
    return losses


@train.mistake(
    fails=MANY_STEPS,
    costs=[starts_each_batch_afresh],
    says="You take one step per epoch, with the gradients of all its batches; each batch needs its own.",
)
def steps_after_the_epoch(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            summed(w, b, X, y).backward()
        sgd([w, b], lr, batch_size)
        w.grad = b.grad = None
        losses.append(mean(w, b, features, labels))
    return losses


@train.mistake(
    fails=MANY_STEPS,
    costs=[starts_each_batch_afresh],
    says="Only the first batch of an epoch is learnt from: does something end the loop?",
)
def trains_on_the_first_batch(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            step(w, b, X, y, lr, batch_size)
            break
        losses.append(mean(w, b, features, labels))
    return losses


@train.mistake(
    fails=MANY_STEPS,
    costs=[starts_each_batch_afresh],
    says="You take one step per epoch, on all the data at once: where are the batches of data_iter?",
)
def steps_on_all_data(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        step(w, b, features, labels, lr, len(features))
        losses.append(mean(w, b, features, labels))
    return losses


# Another number of epochs.


@train.mistake(
    fails=EPOCHS, costs=[trains_for_all_epochs], says="You train for one epoch, whatever num_epochs says."
)
def trains_for_one_epoch(w, b, features, labels, lr, num_epochs, batch_size):
    return [epoch(w, b, features, labels, lr, batch_size)]


@train.mistake(
    fails=ALL,
    costs=[trains_for_all_epochs],
    says="You train for three epochs, whatever num_epochs says.",
)
def trains_for_three_epochs(w, b, features, labels, lr, num_epochs, batch_size):
    return [epoch(w, b, features, labels, lr, batch_size) for _ in range(3)]


@train.mistake(fails=ALL, costs=[trains_for_all_epochs], says="You train for one epoch more than num_epochs.")
def trains_for_one_epoch_more(w, b, features, labels, lr, num_epochs, batch_size):
    return [epoch(w, b, features, labels, lr, batch_size) for _ in range(num_epochs + 1)]


@train.mistake(
    fails=ALL,
    costs=[trains_for_all_epochs],
    says="You train for one epoch less than num_epochs: of a range, the last number does not count.",
)
def trains_for_one_epoch_less(w, b, features, labels, lr, num_epochs, batch_size):
    return [epoch(w, b, features, labels, lr, batch_size) for _ in range(1, num_epochs)]


@train.mistake(
    fails=EPOCHS,
    costs=[trains_for_all_epochs],
    says="Only the first epoch learns: data_iter is called once, before the epochs, and its batches are used "
    "up then.",
)
def reads_one_pass(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    batches = iter(data_iter(batch_size, features, labels))
    for _ in range(num_epochs):
        for X, y in batches:
            step(w, b, X, y, lr, batch_size)
        losses.append(mean(w, b, features, labels))
    return losses


@train.mistake(
    fails=EPOCHS,
    costs=[returns_the_losses],
    says="Your loop over data_iter calls its batches features and labels too. After it, these names mean the "
    "last batch, and no longer all the data: call the batches X and y.",
)
def names_batches_like_the_data(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for features, labels in data_iter(batch_size, features, labels):  # noqa: B020
            step(w, b, features, labels, lr, batch_size)
        losses.append(mean(w, b, features, labels))
    return losses


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


train.sample(bertha=takes_one_loss_for_each, emre=never_zeroes)
