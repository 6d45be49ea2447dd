"""Training loops whose batches come in an order that we cannot know: their own, or the
student's data_iter's.

They run on data for which the order does not matter, or which shows it.
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import torch

from autograder.authoring import N_, expect, phrase
from autograder.exercises.linear_regression.data_iter_order import demand_random
from autograder.exercises.linear_regression.train_descent import (
    Rows,
    Run,
    compare,
    demand_care,
    demand_losses,
    descent,
    own_loss,
)

MANY, MOST = (
    20,
    300,
)  # examples, apart or all equal: a sum of more equal numbers rounds to one side
LARGE = 1024.0
ORDERED, BATCH = 1000, 50  # examples whose order is looked at, and of a batch


def seen_on(where):
    """Say of a difference on which data it was seen."""
    return expect.rephrased(N_("{where}: {difference}"), where=where)


def demand_any_order(
    ask: Callable[..., Any],
    ends: Callable[..., list[Any]],
    got: Any,
    run: Run,
    order: Rows,
    losses: bool,
) -> None:
    """Demands that a loop steps rightly by batches that take each example once in an epoch.

    ask: runs the loop.  ends: gives where right loops come over batches in an order.  got:
    what it did here.
    A case looks at one thing of two, as its order has it; of larger ones, those with a
    short batch at both.
    """
    features, labels, size = run.features, run.labels, run.batch_size
    n, turn = len(features), order[0][0] % 2
    at_both = n >= MANY and n % size > 0
    at_equal, at_each = (
        n <= MOST and (turn or at_both),
        n <= MOST and (not turn or at_both),
    )

    def follow(X, y, size, result=None):
        """Run the loop on data for which the order of the examples does not matter."""
        batches = [list(range(i, min(i + size, n))) for i in range(0, n, size)]
        changed = run._replace(features=X, labels=y, batch_size=size)
        compare(result or ask(*changed), ends(changed, batches), changed, losses)

    if size >= n:
        follow(features, labels, size, got)
        return
    with seen_on(phrase("with all examples in one batch")):
        follow(features, labels, n)
    if at_equal:
        off = (features @ run.w + run.b - labels.reshape(-1, 1)).abs()
        far = slice(int(off.argmax()), int(off.argmax()) + 1)  # its loss is not 0
        equal = (
            features[far].expand_as(features).clone(),
            labels[far].expand_as(labels).clone(),
        )
        with seen_on(phrase("with all examples equal")):
            follow(*equal, size)
    if at_each:
        demand_each_once(ask, labels, run.num_epochs, size, n)
    got = ask(*run)  # again: what a student reads is of the latest question
    demand_care(got, run)
    if losses:
        demand_losses(
            got.losses,
            [*[None] * (run.num_epochs - 1), own_loss(got, features, labels)],
        )


def apart(n: int) -> tuple[torch.Tensor, ...]:
    """Data whose examples don't disturb each other: each has a large feature of its own, zero
    elsewhere.

    w, b, features, labels, and how far the first prediction of each is off: from LARGE to
    twice that.
    """
    w, off = (
        (torch.arange(n) % 5 - 2.0).reshape(-1, 1) / 4,
        LARGE * (1 + torch.arange(n) / n),
    )
    return w, torch.zeros(1), torch.eye(n) * LARGE, LARGE * w.flatten() - off, off


def demand_each_once(ask, labels, num_epochs, batch_size, n):
    """That each example takes part once in each epoch, with its own label.

    A step multiplies how far a prediction is off by 1 - k, if its example is in the batch,
    where k = lr LARGE^2 / (batch_size, or the batch's length).  So what is left says how
    often each example was there, and how often of that in the last batch where that is
    shorter.  With this lr, k is at most 1 / 2E in E epochs, so that at least half is left.
    Other examples move b, by less than 2 E n lr LARGE: that is n / 500,000 of an epoch's k,
    and n is at most MOST.  Up to an eighth of a k may be off; once more or less makes half
    of one.
    """
    short = n % batch_size or batch_size
    lr = short / (2 * num_epochs * LARGE**2)
    w, b, X, y, off = apart(n)
    got = ask(
        w, b, X, y.reshape(-1, 1) if labels.dim() > 1 else y, lr, num_epochs, batch_size
    )
    where = phrase("with {n} examples, each with a feature of its own", n=n)
    with seen_on(where):
        what = phrase("{name} after training", name="w")
        expect.within(got.w, w, math.inf, what)
    left = 1 - LARGE * (w - got.w.double()).flatten() / off
    whole, last = short / batch_size / (2 * num_epochs), 1 / (2 * num_epochs)
    by_size = torch.tensor([(1 - whole) ** num_epochs])
    by_length = torch.tensor(
        [
            (1 - whole) ** (num_epochs - k) * (1 - last) ** k
            for k in range(num_epochs + 1)
        ]
    )
    fars = []
    for ends in by_size, by_length:
        far, times = (left[:, None] - ends).abs().min(1)
        if far.max() <= whole / 8 and (
            ends is by_size or times.sum() == num_epochs * (n % batch_size)
        ):
            return
        fars.append(far)
    is_same = (got.w == w).flatten()
    never = is_same.nonzero().flatten().tolist()
    expect.that(not is_same.all(), "w did not move", "w")
    words = N_(
        "{where}: example {row} is in no batch. Does an epoch use each example once?"
    )
    expect.that(not never, words, "batches", where=where, row=(never or [0])[0])
    row = int(fars[0].argmax())
    right, wrong = expect.in_enough_digits(
        float(w[row] - off[row] * (1 - by_size[0]) / LARGE), got.w[row]
    )
    words = N_(
        "{where}: expected {expected} for w[{row}], got {got}. Does each example "
        "count once an epoch, and "
        "each batch start with gradients of zero?"
    )
    values = {"where": where, "expected": right, "row": row, "got": wrong}
    expect.that(False, words, "batches", **values)


@functools.cache
def ordered_run() -> tuple[Run, torch.Tensor]:
    """A run in which each example has a feature of its own, so its weight makes one step; and
    these steps.

    b moves at each batch, and all predictions with it, so the length of a step says which
    batch it was: each is 0.5 % shorter than the one before.
    """
    labels = torch.full((ORDERED,), LARGE)
    run = Run(
        torch.zeros(ORDERED, 1),
        torch.zeros(1),
        torch.eye(ORDERED),
        labels,
        0.005,
        1,
        BATCH,
    )
    batches = [[*range(i, i + BATCH)] for i in range(0, ORDERED, BATCH)]
    return run, descent(*run, batches, False).w[::BATCH].flatten()


def demand_random_order(ask: Callable[..., Any]) -> None:
    """Demands that the batches of 1000 examples are drawn, with what `demand_random` says of
    chance.
    """
    n, (run, steps) = ORDERED, ordered_run()
    got = ask(*run)
    is_plain = isinstance(got.w, torch.Tensor) and got.w.shape == run.w.shape
    number = (
        (got.w.double() - steps).abs().argmin(1)
        if is_plain
        else torch.zeros(n, dtype=torch.int64)
    )
    fits = is_plain and bool(
        ((got.w.double().flatten() - steps[number]).abs() < 1e-3 * steps[0]).all()
    )
    whole = fits and bool((number.bincount(minlength=len(steps)) == BATCH).all())
    words = N_(
        "with {n} examples in batches of {size}: expected each once in a full batch"
    )
    expect.that(whole, words, "batches", n=n, size=BATCH)
    words = phrase(
        "train makes its own batches, and not in random order. Shuffle all examples. What "
        "shows it, with the rows of each batch sorted"
    )
    with seen_on(words):
        demand_random([number.argsort(stable=True).tolist()], n, BATCH)
