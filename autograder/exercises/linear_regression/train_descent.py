"""Where plain gradient descent over given batches ends, and how a loop compares with it.

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
        size = max(float(self.w.abs().max()), float(self.b.abs().max()))
        return not size < LARGEST  # nan is not


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
    X, y = features.double(), labels.reshape(-1, 1).double()
    w = w.double()
    b = b.double()
    widest = max(float(X.abs().max()), 1.0)
    squares = 0.0  # the sum of the squared rounding errors, in eps
    is_exact = True
    least = math.inf
    losses = []
    errors = []
    for batches in orders or itertools.repeat(order, num_epochs):
        for rows in batches:
            part = X[rows]
            rate = lr / (len(rows) if true_length else batch_size)
            off = part @ w + b - y[rows]
            sizes = part.abs() @ w.abs() + b.abs() + y[rows].abs()
            move_of_w = rate * part.T @ off
            move_of_b = rate * off.sum(0)
            w = w - move_of_w
            b = b - move_of_b
            # Only a long step can stretch: its eigenvalues are looked for only then.
            if rate * len(rows) * float((part**2).sum(1).max() + 1) > 2:
                squares *= stretch_of(part, rate) ** 2
            size = max(float(w.abs().max()), float(b.abs().max()))
            squares += (lr * widest * float(sizes.max()) + size) ** 2
            least = min(least, float((off**2).mean()))
            is_exact = is_exact and are_single(
                w.new_tensor(rate), sizes, off**2, move_of_w, move_of_b, w, b
            )
        loss = float(((X @ w + b - y) ** 2).mean() / 2)
        losses.append(loss)
        if is_exact:
            error = 2 * EPS * math.sqrt(squares)
            errors.append(4 * EPS * loss)
        else:
            error = 16 * EPS * math.sqrt(squares)
            of_outputs = error * float(X.abs().sum(1).max() + 1)
            errors.append(loss_error(loss, of_outputs + rounding(w, b, X, y)))
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
    """The mean loss of all data where the student's loop came, and how far it may be off."""
    X, y = run.features.double(), run.labels.reshape(-1, 1).double()
    w, b = got.w.double(), got.b.double()
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
    maps, turns = maps_of_passes(run, order, true_length)
    ends = as_vector(run.w, run.b)[None]
    for _ in range(run.num_epochs):
        ends = np.einsum("pij,sj->spi", maps, ends).reshape(-1, ends.shape[1])
    far = np.abs(ends - as_vector(w, b)).max(1)
    nearest = int(np.nan_to_num(far, nan=math.inf).argmin())
    picks = np.unravel_index(nearest, [len(turns)] * run.num_epochs)
    return [[order[i] for i in turns[pick]] for pick in picks]


def maps_of_passes(run, order, true_length):
    """The map of w, b and 1 by a pass in each order of the batches, and these orders."""
    X = torch.cat([run.features, torch.ones(len(run.features), 1)], 1).double().numpy()
    y = run.labels.double().reshape(-1).numpy()
    steps = np.stack([np.eye(X.shape[1] + 1)] * len(order))
    for step, rows in zip(steps, order):
        rate = run.lr / (len(rows) if true_length else run.batch_size)
        step[:-1, :-1] -= rate * X[rows].T @ X[rows]
        step[:-1, -1] += rate * X[rows].T @ y[rows]
    turns = np.array([*itertools.permutations(range(len(order)))])
    maps = steps[turns[:, 0]]
    for place in range(1, len(order)):
        maps = steps[turns[:, place]] @ maps
    return maps, turns


def as_vector(w, b):
    """w, b and 1, as the maps of passes take them."""
    return np.concatenate([w.double().flatten(), b.double().flatten(), [1.0]])


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
    """Demands that a loop reached one of these ends.  losses: whether they are compared too."""

    def is_far(end):
        return min(distance(got.w, end.w), distance(got.b, end.b)) > end.error

    # What is told as expected is the first end, by batch_size, unless w or b came to the other.
    ways = sorted(ends[:2], key=is_far)
    any_of(partial(demand_end, got, run, losses), [*ways, *ends[2:]])


def demand_end(got, run, losses, want):
    """Demands that a loop reached this end, and left the data as they were."""
    demand_parameter(got.w, run.w, want.w, want.error, "w")
    demand_parameter(got.b, run.b, want.b, want.error, "b")
    demand_care(got, run)
    if losses:
        bounds = [*zip(want.losses, want.errors)][:-1]
        demand_losses(got.losses, [*bounds, own_loss(got, run)])
    elif got.then:
        demand_second(got, run)


def demand_parameter(now, before, end, error, name):
    if distance(now, before) == 0 and distance(before, end) > error:
        words = N_("{name} did not move, expected {name} = {expected} after training")
        after = expect.shown(end.float())
        expect.that(False, words, "unmoved", name=name, expected=after)
    expect.within(now, end, error, phrase("{name} after training", name=name))


def demand_care(got, run):
    """Demands that the data are unchanged; after a single step, also that w and b can learn."""
    for name in got.changed:
        expect.that(False, expect.CHANGED, f"{name} changed", what=name)
    if run.num_epochs > 1 or run.batch_size < len(run.features):
        return
    words = N_(
        "after training, {name} no longer gets the right gradient. Is requires_grad "
        "off or a hook on?"
    )
    for name in got.unable:
        expect.that(False, words, "learning", name=name)


def demand_second(got, run):
    """Demands that a second call, by half the rate, goes on where the first ended.

    With a single example, so that there is one order.
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
    words = N_("expected a list with one loss for each epoch, {many} in all, got {got}")
    came = len(got) if type(got) is list else expect.kind(got)
    expect.that(came == len(bounds), words, many=len(bounds), got=came)
    words = N_("expected a number for each loss, got {got}")
    for loss in got:
        expect.that(type(loss) in (int, float), words, got=expect.kind(loss))
    words = N_(
        "expected the mean loss {expected} over all data after epoch {epoch}, got {got}"
    )
    for epoch, (theirs, bound) in enumerate(zip(got, bounds), start=1):
        if bound is None:
            continue
        loss, error = bound
        right, wrong = expect.in_enough_digits(loss, theirs)
        fits = abs(theirs - loss) <= error
        expect.that(fits, words, "loss", expected=right, epoch=epoch, got=wrong)


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
    """The largest between their elements; infinite if they differ in shape or are no numbers."""
    if not isinstance(now, torch.Tensor) or now.shape != end.shape:
        return math.inf
    largest = float((now.double() - end.double()).abs().max())
    return math.inf if math.isnan(largest) else largest
