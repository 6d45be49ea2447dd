"""The result of plain gradient descent over given batches, the float32 error, and the
comparison of a loop.

Knows nothing of checks, or of how a loop was run.
"""

import itertools
import math
from collections import namedtuple
from functools import partial

import numpy as np
import torch

from autograder.authoring import N_, StudentError, expect, phrase

EPS = 2.0**-23
LARGEST = float(torch.finfo(torch.float32).max)
SEQUENCES = 6000  # of batches, up to which all are compared

# What a training loop is called with.
Run = namedtuple("Run", "w b features labels lr num_epochs batch_size")


class End(namedtuple("End", "w b losses error errors least")):
    """w and b after training, in float64, and the loss after each epoch.

    error: how far float32 may be off in w and b.  errors: and in each loss.
    least: the smallest loss of a batch before its step, or of all data.
    """

    @property
    def diverges(self):
        """Whether float32 cannot hold w and b."""
        return not max(float(self.w.abs().max()), float(self.b.abs().max())) < LARGEST


def descent(
    w,
    b,
    features,
    labels,
    lr,
    num_epochs,
    batch_size,
    order,
    true_length,
    orders=(),
):
    """Gradient descent over the batches in order, by its formula: no autograd to forget.

    orders: that of each epoch, where they differ.

    A float32 step rounds w by eps times its terms: w itself, and the move, whose prediction
    error is off by eps times the terms of its sum.  These errors have either sign, so over
    K steps they add up like the square root of K; a step that is too long stretches them as
    it does w.  16 times this is allowed.  The largest error of w or b was a thirtieth of
    that, of a loss a hundredth, in 8 seeds, all cases, 5 styles of loop, 8000 trainings.
    Where no number needs rounding, as with few small fractions, 2 eps are allowed.
    """
    w, b, X, y = (t.double() for t in (w, b, features, labels.reshape(-1, 1)))
    losses, errors, squares, least = [], [], 0.0, math.inf
    widest, is_exact = float(X.abs().max()), True
    for batches in orders or itertools.repeat(order, num_epochs):
        for rows in batches:
            part = X[rows]
            rate = lr / (len(rows) if true_length else batch_size)
            off = part @ w + b - y[rows]
            sizes = part.abs() @ w.abs() + b.abs() + y[rows].abs()
            moves = rate * part.T @ off, rate * off.sum(0)
            w, b = w - moves[0], b - moves[1]
            if rate * len(rows) * float((part**2).sum(1).max() + 1) > 2:
                squares *= stretch_of(part, rate) ** 2
            size = max(float(w.abs().max()), float(b.abs().max()))
            terms = float(sizes.max())
            squares += (lr * max(widest, 1.0) * terms + size) ** 2
            least = min(least, float((off**2).mean()))
            is_exact = is_exact and are_single(
                w.new_tensor(rate), sizes, off**2, *moves, w, b
            )
        losses.append(float(((X @ w + b - y) ** 2).mean() / 2))
        error = (2 if is_exact else 16) * EPS * math.sqrt(squares)
        of_outputs = error * float(X.abs().sum(1).max() + 1) + rounding(w, b, X, y)
        errors.append(
            4 * EPS * losses[-1] if is_exact else loss_error(losses[-1], of_outputs)
        )
    return End(w, b, losses, error, errors, min(least, *losses))


def stretch_of(part, rate):
    """By how much a step stretches an error of w and b: at least 1."""
    design = torch.cat([part, torch.ones(len(part), 1)], 1)
    return max(1.0, rate * float(torch.linalg.eigvalsh(design.T @ design).max()) - 1)


def are_single(*numbers):
    """Whether float32 holds all of these exactly."""
    return all(t.float().double().equal(t) for t in numbers)


def rounding(w, b, X, y):
    """How far float32 may be off in an output less its label, whose terms may be far larger."""
    return 32 * EPS * float((X.abs() @ w.abs() + b.abs() + y.abs()).max())


def loss_error(loss, error):
    """How far a mean loss may be off where each output is off by this, and the mean rounds too."""
    return 32 * EPS * loss + error * math.sqrt(2 * loss) + error**2


def own_loss(got, run):
    """The mean loss of all data at the parameters where the student's loop came, and how it
    may round.
    """
    labels = run.labels.reshape(-1, 1)
    X, y, w, b = (t.double() for t in (run.features, labels, got.w, got.b))
    squares = (X @ w + b - y) ** 2
    mean = squares.mean() / 2
    sizes = X.abs() @ w.abs() + b.abs() + y.abs()
    loss = float(mean)
    if are_single(sizes, squares, squares.sum(), mean):
        return loss, 4 * EPS * loss
    return loss, loss_error(loss, rounding(w, b, X, y))


def nearest_orders(run, order, true_length, w, b):
    """The batches in the order for each epoch by which descent comes nearest to w and b.

    Empty if there is one order, or too many to try.  A step is an affine map of w and b, so
    a pass in any order is one as well.
    """
    passes = math.factorial(len(order)) if len(order) < 8 else math.inf
    if not 1 < passes**run.num_epochs <= SEQUENCES or distance(w, run.w) == math.inf:
        return []
    X = torch.cat([run.features, torch.ones(len(run.features), 1)], 1).double().numpy()
    y, size = run.labels.double().reshape(-1).numpy(), X.shape[1] + 1
    steps = np.stack([np.eye(size)] * len(order))
    for step, rows in zip(steps, order):
        rate = run.lr / (len(rows) if true_length else run.batch_size)
        step[:-1, :-1] -= rate * X[rows].T @ X[rows]
        step[:-1, -1] += rate * X[rows].T @ y[rows]
    turns = np.array([*itertools.permutations(range(len(order)))])
    maps = steps[turns[:, 0]]
    for place in range(1, len(order)):
        maps = steps[turns[:, place]] @ maps
    ends = np.concatenate([run.w.double().flatten(), run.b.double().flatten(), [1.0]])[
        None
    ]
    for _ in range(run.num_epochs):
        ends = np.einsum("pij,sj->spi", maps, ends).reshape(-1, size)
    want = np.concatenate([w.double().flatten(), b.double().flatten(), [1.0]])
    found = int(np.nan_to_num(np.abs(ends - want).max(1), nan=math.inf).argmin())
    picks = np.unravel_index(found, [len(turns)] * run.num_epochs)
    return [[order[i] for i in turns[pick]] for pick in picks]


def any_of(demand, ways):
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
    """Demands that a loop reached one of these ends, and kept the data.  losses: whether to
    compare them.
    """
    # What is told as expected is of the first, by batch_size, unless w or b has come where
    # the other says.
    ways = sorted(
        ends[:2],
        key=lambda end: min(distance(got.w, end.w), distance(got.b, end.b)) > end.error,
    )
    any_of(partial(demand_end, got, run, losses), [*ways, *ends[2:]])


def demand_end(got, run, losses, want):
    for now, before, end, name in (
        (got.w, run.w, want.w, "w"),
        (got.b, run.b, want.b, "b"),
    ):
        if distance(now, before) == 0 and distance(before, end) > want.error:
            after = expect.shown(end.float())
            words = N_(
                "{name} did not move, expected {name} = {expected} after training"
            )
            expect.that(False, words, "unmoved", name=name, expected=after)
        expect.within(now, end, want.error, phrase("{name} after training", name=name))
    demand_care(got, run)
    if got.then and not losses:
        demand_second(got, run)
    if losses:
        bounds = [*zip(want.losses, want.errors)][:-1]
        demand_losses(got.losses, [*bounds, own_loss(got, run)])


def demand_care(got, run):
    """Demands that the loop left the data as they were; after a single step, also w and b able
    to learn.
    """
    for name in got.changed:
        expect.that(False, expect.CHANGED, f"{name} changed", what=name)
    words = N_(
        "after training, {name} no longer gets the right gradient. Is requires_grad "
        "off or a hook on?"
    )
    for name in (
        got.unable
        if run.num_epochs == 1 and run.batch_size >= len(run.features)
        else ()
    ):
        expect.that(False, words, "learning", name=name)


def demand_second(got, run):
    """Demands that a second call goes on where the first ended, by half its rate; of a single
    example.
    """
    first = descent(*run, [[0]], True)
    end = descent(*run._replace(w=first.w, b=first.b, lr=run.lr / 2), [[0]], True)
    words = N_("{name} after a second call with the same w and b, and lr {lr}")
    for now, want, name in zip(got.then, (end.w, end.b), "wb"):
        what = phrase(words, name=name, lr=run.lr / 2)
        with expect.rephrased("{difference}", of="again"):
            expect.within(now, want, first.error + end.error, what)


def demand_losses(got, bounds):
    """bounds: the loss of each epoch, and what is allowed; None where it is not known."""
    is_list = type(got) is list
    words = N_("expected a list with one loss for each epoch, {many} in all, got {got}")
    came = len(got) if is_list else expect.kind(got)
    expect.that(came == len(bounds), words, many=len(bounds), got=came)
    words = N_("expected a number for each loss, got {got}")
    for loss in got:
        expect.that(type(loss) in (int, float), words, got=expect.kind(loss))
    for epoch, (theirs, bound) in enumerate(zip(got, bounds), start=1):
        if bound is None:
            continue
        right, wrong = expect.in_enough_digits(bound[0], theirs)
        expect.that(
            abs(theirs - bound[0]) <= bound[1],
            "expected the mean loss {expected} over all data after epoch {epoch}, got {got}",
            "loss",
            expected=right,
            epoch=epoch,
            got=wrong,
        )


def demand_infinite(got, right, losses):
    """Demands inf or nan for w, and, if losses are compared, for each that float32 cannot hold."""
    is_nan = isinstance(got.w, torch.Tensor) and got.w.isnan().all()
    words = N_(
        "w grows beyond float32 in {epochs} epochs: expected inf or nan for w after training"
    )
    expect.that(is_nan, words, "w", epochs=len(right))
    if not losses:
        return
    demand_losses(got.losses, [None] * len(right))
    words = N_(
        "the steps grow here: expected inf or nan for the loss after epoch {epoch}, got {got}"
    )
    for epoch, (theirs, loss) in enumerate(zip(got.losses, right), start=1):
        is_hidden = not loss < LARGEST and theirs < LARGEST
        expect.that(not is_hidden, words, epoch=epoch, got=expect.format_number(theirs))


def distance(now, end):
    """The largest between their elements; infinite where they are not of one shape, or no
    numbers.
    """
    if not isinstance(now, torch.Tensor) or now.shape != end.shape:
        return math.inf
    largest = float((now.double() - end.double()).abs().max())
    return largest if largest == largest else math.inf
