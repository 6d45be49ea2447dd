"""Training loops whose batches come in an order that we cannot know, as from their own shuffle.

They run on data for which the order does not matter, or which shows it.
"""

import math

import torch

from autograder.authoring import N_, expect, phrase

from .data_iter_order import demand_random
from .train_descent import (
    Run,
    compare,
    demand_losses,
    descent,
    own_loss,
)

MOST = 300  # examples, apart: each moves b a little, and so the others
LARGE = 1024.0
ORDERED, BATCH = 1000, 50  # examples whose order is looked at, and of a batch


def seen_on(where):
    """Say of a difference on which data it was seen."""
    return expect.rephrased(N_("{where}: {difference}"), where=where)


def demand_any_order(ask, ends, got, run, losses):
    """Demands that a loop steps rightly by batches that take each example once in an epoch.

    ask: runs the loop.  ends: gives where right loops come by batches in an order.
    got: what it did here.
    """
    n = len(run.features)
    if run.batch_size < n:
        # Decides first: here a step on all the data is not like many small ones.
        equal = of_equal_examples(run)
        batch = [[*range(run.batch_size)]]
        order = batch * (len(equal.features) // run.batch_size)
        with seen_on(phrase("with equal examples")):
            compare(ask(*equal), ends(equal, order), equal, losses)
    whole = run._replace(batch_size=max(run.batch_size, n))
    with seen_on(phrase("with all examples in one batch")):
        result = got if run.batch_size >= n else ask(*whole)
        compare(result, ends(whole, [[*range(n)]]), whole, losses)
    if run.batch_size >= n:
        return
    if n <= MOST:
        demand_each_once(ask, run.labels, run.num_epochs, run.batch_size, n)
    got = ask(*run)  # again: what a student reads is of the latest question
    if losses:
        unknown = [None] * (run.num_epochs - 1)
        demand_losses(got.losses, [*unknown, own_loss(got, run)])


def of_equal_examples(run):
    """The run with copies of one example, in two full batches or more.

    Every order, and every way to divide them into full batches, ends at the same w and b,
    which the number of steps decides.  The example is the one whose first prediction is
    farthest off.  With half the rate no step reaches it, so no loss is 0.
    """
    labels = run.labels.reshape(-1, 1)
    off = (run.features @ run.w + run.b - labels).abs()
    row = int(off.argmax())
    n = run.batch_size * max(2, len(labels) // run.batch_size)
    rows = torch.full((n,), row)
    return run._replace(
        features=run.features[rows], labels=run.labels[rows], lr=run.lr / 2
    )


def apart(n):
    """Data whose examples don't disturb each other: each has one large feature of its own.

    w, b, features, labels, and how far each first prediction is off: from LARGE to twice that.
    """
    w = (torch.arange(n) % 5 - 2.0).reshape(-1, 1) / 4
    off = LARGE * (1 + torch.arange(n) / n)
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
    y = y.reshape(n, *labels.shape[1:])
    got = ask(w, b, X, y, lr, num_epochs, batch_size)
    where = phrase("with {n} examples, each with a feature of its own", n=n)
    expect.within(got.w, w, math.inf, "w")
    left = 1 - LARGE * (w - got.w.double()).flatten() / off
    last = 1 / (2 * num_epochs)
    whole = last * short / batch_size
    far = (
        left - (1 - whole) ** num_epochs
    ).abs()  # if all batches divide by batch_size
    if far.max() <= whole / 8:
        return
    times = torch.arange(num_epochs + 1)  # in the last batch
    ends = (1 - whole) ** (num_epochs - times) * (1 - last) ** times
    far_by_length, times = (left[:, None] - ends).abs().min(1)
    is_in_turn = times.sum() == num_epochs * (n % batch_size)
    if far_by_length.max() <= whole / 8 and is_in_turn:
        return
    words = N_(
        "{where}: w[{row}] is wrong. Does an epoch use each example once, with its own label, "
        "and does each batch start with gradients of zero?"
    )
    row = int(far.argmax())
    expect.that(False, words, "batches", where=where, row=row)


def demand_random_order(ask):
    """Demands that the batches of 1000 examples are drawn; on chance see `demand_random`.

    Each example has a feature of its own, so its weight makes one step.  b moves at each
    batch, and all predictions with it, so the length of a step says which batch it was:
    each is 0.5 % shorter than the one before.
    """
    n = ORDERED
    data = torch.eye(n), torch.full((n,), LARGE)
    run = Run(torch.zeros(n, 1), torch.zeros(1), *data, 0.005, 1, BATCH)
    batches = [[*range(i, i + BATCH)] for i in range(0, n, BATCH)]
    steps = descent(*run, batches, False).w[::BATCH].flatten()
    got = ask(*run)
    expect.within(got.w, run.w, math.inf, "w")
    far, number = (got.w.double() - steps).abs().min(1)
    is_whole = number.bincount(minlength=len(steps)).eq(BATCH).all()
    words = N_(
        "with {n} examples in batches of {size}: expected each once in a full batch"
    )
    fits = is_whole and far.max() < 1e-3 * steps[0]
    expect.that(bool(fits), words, "batches", n=n, size=BATCH)
    words = phrase("train makes its own batches, so it must shuffle the examples")
    with seen_on(words):
        demand_random([number.argsort(stable=True).tolist()], n, BATCH)
