"""Training loops that never call data_iter: checks the batches that they make themselves.

They draw their own order, so they run on data for which the order does not matter, or for which it shows.
"""

import math

import torch

from autograder.authoring import N_, expect, tr
from autograder.exercises.linear_regression.train_descent import compare

MANY, MOST = 20, 300  # examples: their data have as many features
LARGE = 1024.0
PAIRS = 14


def demand_own_batches(ask, ends, got, run, order, losses, in_random_order):
    """That a loop steps rightly by batches that take each example once in an epoch.

    ask: runs the loop.  ends: gives where right loops come over batches in an order.  got: what it did here.
    A case looks at one thing of two, as its order has it; of larger ones, those with a short batch at both.
    """
    features, labels, size = run.features, run.labels, run.batch_size
    n, turn = len(features), order[0][0] % 2
    at_both = n >= MANY and n % size > 0

    def follow(X, y, size, result=None):
        """Run the loop on data for which the order of the examples does not matter."""
        batches = [list(range(i, min(i + size, n))) for i in range(0, n, size)]
        changed = run._replace(features=X, labels=y, batch_size=size)
        compare(result or ask(*changed), ends(changed, batches), changed, losses)

    if size >= n:
        follow(features, labels, size, got)
        return
    seen(lambda: follow(features, labels, n), tr("with all examples in one batch"))
    if turn or at_both:
        equal = features[:1].expand_as(features).clone(), labels[:1].expand_as(labels).clone()
        seen(lambda: follow(*equal, size), tr("with all examples equal to the first"))
    if n <= MOST and (at_both or not turn):
        demand_each_once(ask, labels, run.num_epochs, size, n)
    if in_random_order and n >= MANY:
        demand_random_order(ask)


def seen(demand, where):
    """Say of a difference on which data it was seen."""
    try:
        demand()
    except expect.Difference as error:
        words = tr("{where}: {difference}", where=where, difference=str(error))
        raise expect.Difference(words, error.sort, error.of) from None


def apart(n):
    """Data whose examples don't disturb each other: each has a large feature of its own, zero elsewhere.

    w, b, features, labels, and how far the first prediction of each is off: from LARGE to twice that.
    """
    w, off = (torch.arange(n) % 5 - 2.0).reshape(-1, 1) / 4, LARGE * (1 + torch.arange(n) / n)
    return w, torch.zeros(1), torch.eye(n) * LARGE, LARGE * w.flatten() - off, off


def demand_each_once(ask, labels, num_epochs, batch_size, n):
    """That each example takes part once in each epoch, with its own label.

    A step multiplies how far a prediction is off by 1 - k, if its example is in the batch, where
    k = lr LARGE^2 / (batch_size, or the batch's length).  So what is left says how often each example was
    there, and how often of that in the last batch where that is shorter.  With this lr, k is at most 1 / 2E
    in E epochs, so that at least half is left.  Other examples move b, by less than 2 E n lr LARGE: that is
    n / 500,000 of an epoch's k, and n is at most MOST.  Up to an eighth of a k may be off; once more or less
    makes half of one.
    """
    short = n % batch_size or batch_size
    lr = short / (2 * num_epochs * LARGE**2)
    w, b, X, y, off = apart(n)
    got = ask(w, b, X, y.reshape(-1, 1) if labels.dim() > 1 else y, lr, num_epochs, batch_size)
    expect.within(got.w, w, math.inf, tr("{name} after training", name="w"))
    left = 1 - LARGE * (w - got.w.double()).flatten() / off
    whole, last = short / batch_size / (2 * num_epochs), 1 / (2 * num_epochs)
    by_size = torch.tensor([(1 - whole) ** num_epochs])
    by_length = torch.tensor(
        [(1 - whole) ** (num_epochs - k) * (1 - last) ** k for k in range(num_epochs + 1)]
    )
    for ends in by_size, by_length:
        far, times = (left[:, None] - ends).abs().min(1)
        if far.max() <= whole / 8 and (ends is by_size or times.sum() == num_epochs * (n % batch_size)):
            return
    never = ((left - 1).abs() <= whole / 8).nonzero().flatten().tolist()
    if never:
        words = N_("train makes its own batches, but example {row} of {many} is in none of them")
        expect.that(False, words, "batches", row=never[0], many=n)
    words = N_("train makes its own batches: expected each of {many} examples once per epoch, with its label")
    expect.that(False, words, "batches", many=n)


def demand_random_order(ask):
    """That the batches are not those that stand in the data one after another.

    Neighbours are alike: in one batch they take one step, each in its own they take two.  A right loop has
    all of 14 pairs together with a chance of 1 / (27 * 25 * ... * 3) = 5e-15.
    """
    w, b, X, y, off = apart(PAIRS)
    X, y, off = (t.repeat_interleave(2, 0) for t in (X, y, off))
    got = ask(w, b, X, y, 0.5 / LARGE**2, 1, 2)
    left = 1 - LARGE * (w - got.w.double()).flatten() / off[::2]
    in_order = bool(((left - 0.5).abs() < 0.01).all())  # apart, (3/4)^2 is left
    words = N_("train makes its own batches: expected a random order, got the order of the data")
    expect.that(not in_order, words, "order")
