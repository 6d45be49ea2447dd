"""The result of plain gradient descent over given batches, the float32 error, and the comparison of a loop.

Knows nothing of checks, or of how a loop was run.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch

from autograder.authoring import N_, StudentError, expect, tr

EPS = 2.0**-23


class Run(NamedTuple):
    """What a training loop is called with."""

    w: torch.Tensor
    b: torch.Tensor
    features: torch.Tensor
    labels: torch.Tensor
    lr: float
    num_epochs: int
    batch_size: int


@dataclass(frozen=True)
class End:
    """w and b after training, in float64, and the loss after each epoch.

    error: how far float32 may be off in w and b.  errors: and in each loss.
    """

    w: torch.Tensor
    b: torch.Tensor
    losses: list[float]
    error: float
    errors: list[float]


def descent(w, b, features, labels, lr, num_epochs, batch_size, order, true_length) -> End:
    """Gradient descent over the batches in order, by its formula: no autograd to forget.

    A float32 step rounds w by eps times its terms: w itself, and the move, whose prediction error is off by
    eps times the terms of its sum.  These errors have either sign, so over K steps they add up like the
    square root of K; a step that is too long stretches them as it does w.  16 times this is allowed.  The
    largest error of w or b was a thirtieth of that, of a loss a hundredth, in 8 seeds, all cases, 5 styles
    of loop, 8000 trainings.
    """
    w, b, X, y = (t.double() for t in (w, b, features, labels.reshape(-1, 1)))
    losses, errors, squares, widest = [], [], 0.0, float(X.abs().max())
    for _ in range(num_epochs):
        for rows in order:
            part = X[rows]
            rate = lr / (len(rows) if true_length else batch_size)
            off = part @ w + b - y[rows]
            terms = float((part.abs() @ w.abs() + b.abs() + y[rows].abs()).max())
            w, b = w - rate * part.T @ off, b - rate * off.sum(0)
            stretch = max(1.0, rate * len(rows) * float((part**2).sum(1).max() + 1) - 1)
            size = max(float(w.abs().max()), float(b.abs().max()))
            squares = squares * stretch**2 + (lr * max(widest, 1.0) * terms + size) ** 2
        losses.append(float(((X @ w + b - y) ** 2).mean() / 2))
        error = 16 * EPS * math.sqrt(squares)
        errors.append(loss_error(losses[-1], error * float(X.abs().sum(1).max() + 1) + rounding(w, b, X, y)))
    return End(w, b, losses, error, errors)


def rounding(w, b, X, y):
    """How far float32 may be off in an output less its label, whose terms may be far larger."""
    return 32 * EPS * float((X.abs() @ w.abs() + b.abs() + y.abs()).max())


def loss_error(loss, error):
    """How far a mean loss may be off where each output is off by this, and the mean rounds too."""
    return 32 * EPS * loss + error * math.sqrt(2 * loss) + error**2


def own_loss(got, features, labels):
    """The mean loss of all data at the parameters where the student's loop came, and how it may round."""
    X, y, w, b = features.double(), labels.double().reshape(-1, 1), got.w.double(), got.b.double()
    loss = float(((X @ w + b - y) ** 2).mean() / 2)
    return loss, loss_error(loss, rounding(w, b, X, y))


def any_of(demand: Callable, ways: Iterable) -> None:
    """Demands that `demand(way)` holds for one of the ways; raises the difference of the first."""
    problem = None
    for way in ways:
        try:
            demand(way)
            return
        except (expect.Difference, StudentError) as error:
            problem = problem or error
    raise problem


def compare(got, ends, run, losses):
    """Demands that a loop reached one of these ends, and kept the data.  losses: whether to compare them."""
    nearest = sorted(ends, key=lambda end: max(distance(got.w, end.w), distance(got.b, end.b)))
    any_of(partial(demand_end, got, run, losses), nearest)


def demand_end(got, run, losses, want):
    for now, before, end, name in ((got.w, run.w, want.w, "w"), (got.b, run.b, want.b, "b")):
        if distance(now, before) == 0 and distance(before, end) > want.error:
            after = expect.shown(end.float())
            words = N_("{name} did not move, expected {name} = {expected} after training")
            expect.that(False, words, name=name, expected=after)
        expect.within(now, end, want.error, tr("{name} after training", name=name))
    if 0 < got.calls and got.passes < run.num_epochs:
        expect.that(
            got.calls < run.num_epochs,
            "data_iter got other arguments: expected the batch_size, features and labels that train got",
            "arguments",
        )
        words = N_("expected a new call of data_iter in each of {epochs} epochs, got {got}")
        expect.that(False, words, "passes", epochs=run.num_epochs, got=got.calls)
    for name in got.changed:
        expect.that(False, expect.CHANGED, f"{name} changed", what=name)
    if losses:
        bounds = [*zip(want.losses, want.errors)][:-1]
        demand_losses(got.losses, [*bounds, own_loss(got, run.features, run.labels)])


def demand_losses(got, bounds):
    """bounds: the loss of each epoch, and what is allowed."""
    words, many = N_("expected {many} losses, one after each epoch, got {got}"), len(bounds)
    if type(got) is not list or not all(type(x) in (int, float) for x in got):
        expect.that(False, words, many=many, got=expect.kind(got))
    expect.that(len(got) == many, words, many=many, got=len(got))
    for epoch, (theirs, (ours, bound)) in enumerate(zip(got, bounds), start=1):
        right, wrong = expect.in_enough_digits(ours, theirs)
        expect.that(
            abs(theirs - ours) <= bound,
            "expected the mean loss {expected} over all data after epoch {epoch}, got {got}",
            expected=right,
            epoch=epoch,
            got=wrong,
        )


def distance(now, end):
    """The largest between their elements; infinite where they are not of one shape, or no numbers."""
    if not isinstance(now, torch.Tensor) or now.shape != end.shape:
        return math.inf
    largest = float((now.double() - end.double()).abs().max())
    return largest if largest == largest else math.inf
