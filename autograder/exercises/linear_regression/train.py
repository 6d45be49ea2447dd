"""`train(w, b, features, labels, lr, num_epochs, batch_size)`: the training loop."""

from functools import partial

import torch
from hypothesis import strategies as st

from autograder.authoring import (
    ANYTHING,
    N_,
    OWN,
    OWN_IF_PASSED,
    RECORDED,
    RIGHT,
    RIGHT_AS_OWN,
    Exercise,
    StudentError,
    expect,
)

from . import lines, probes
from .data_iter import data_iter
from .linreg import linreg
from .parts import recorded
from .sgd import sgd
from .squared_loss import squared_loss
from .train_descent import (
    Run,
    any_of,
    compare,
    demand_infinite,
    descent,
    nearest_orders,
)
from .train_own_batches import demand_any_order, demand_random_order
from .train_runs import ENDLESS, runs

PARTS = (data_iter, linreg, squared_loss, sgd)
train = Exercise(
    "train",
    parts=PARTS,
    may_seed=True,
    hints={
        "value": N_(
            "For each batch of batch_size examples: set the gradients to zero, call backward() on "
            "the sum of squared_loss, then sgd([w, b], lr, batch_size)."
        ),
        "unmoved": N_(
            "Do backward() and sgd run for each batch, and does sgd get the w and b of the call, "
            "not new ones?"
        ),
        "reused": N_(
            "backward() adds to what is in w.grad and b.grad. Where does your loop set both to "
            "zero, for each batch?"
        ),
        "loss": N_(
            "Compute it after the last batch of the epoch: the mean of squared_loss over all "
            "features and labels, with w and b as they are then."
        ),
    },
)
RIGHT_PARTS = train.doubles(data_iter=RECORDED, sgd=OWN_IF_PASSED, default=RIGHT)
# Three ways to run a loop: with right parts, the student's own, and right ones that take their
# arguments in the order of the student's.
FAIR_WAYS = (
    RIGHT_PARTS,
    train.doubles(data_iter=RECORDED, default=OWN),
    train.doubles(data_iter=RECORDED, default=RIGHT_AS_OWN),
)
# Two more where recorded batches do not fit.
OWN_WAYS = (
    train.doubles(data_iter=OWN_IF_PASSED, sgd=OWN_IF_PASSED, default=RIGHT),
    train.doubles(data_iter=OWN_IF_PASSED, default=OWN),
)


@train.answer
def right(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            w.grad = b.grad = None
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        with torch.no_grad():
            losses.append(float(squared_loss(linreg(features, w, b), labels).mean()))
    return losses


train.style("lr, batch_size)", "lr, len(X))")
train.style(".sum().backward()", ".mean().backward()", "lr, batch_size)", "lr, 1)")


trained = train.probe(
    probes.trained,
    reply={
        "w": ANYTHING,
        "b": ANYTHING,
        "calls": int,
        "passes": int,
        "alike": bool,
        "losses": ANYTHING,
        "kept": bool,
        "then": [ANYTHING],
        "changed": [str],
        "unable": [str],
    },
    agrees=lambda reply, *args: len(reply["then"]) in (0, 2),
    lines=lines.training,
)


stepped = train.probe(probes.stepped, reply={"moved": [str], "reused": [str]})


class OtherBatches(expect.Difference):
    """The loop does not train on recorded batches: it makes its own, or hands data_iter other
    data.
    """


def demand(train, order, losses=False, **case):
    """Demands w and b (and the losses) of plain gradient descent over the same batches.

    One of the fair ways to run the loop must succeed.  Where it trains on other batches than
    recorded ones, in an order that we cannot know, the student's own data_iter stands, if it
    passed its checks.
    """
    run = Run(**case)

    def ends(run, order):
        # Dividing the last short batch by batch_size or by its true length: both are right.
        by_size = train.expected(descent, *run, order, False)
        return [by_size, train.expected(descent, *run, order, True)]

    draws = len(run.features) == DRAWN and run.num_epochs > 1
    by_size = ends(run, order)[0]
    grows = by_size.diverges

    def holds(doubles):
        batches = recorded(order, run.features, run.labels, draws)
        loop = train.with_parts(doubles, data_iter=batches)
        got = trained(loop, *run)
        if grows:
            demand_infinite(got, by_size.losses, losses)
        elif not got.calls or (not got.passes and got.calls >= run.num_epochs):
            words = N_(
                "data_iter got other arguments: expected train's batch_size, features and labels"
            )
            raise OtherBatches(words)
        else:
            demand_recorded(got)

    def demand_recorded(got):
        ways = ends(run, order)
        try:
            compare(got, ways, run, losses)
        except expect.Difference:
            for true_length in False, True:
                orders = nearest_orders(run, order, true_length, got.w, got.b)
                if orders:
                    ways.append(descent(*run, order, true_length, orders))
            compare(got, ways, run, losses)
        if got.passes < run.num_epochs:
            words = N_(
                "expected a new call of data_iter in each of {epochs} epochs, got {got}"
            )
            expect.that(False, words, "passes", epochs=run.num_epochs, got=got.calls)
        words = N_(
            "train sets the seed of a random generator in each epoch: a data_iter that draws "
            "from it repeats its batches"
        )
        expect.that(not got.alike, words, "seed")
        words = N_(
            "a second call changes the list that the first one returned. Make a new "
            "list in each call."
        )
        expect.that(got.kept or not losses, words, "kept")

    def stands(doubles):
        loop = train.with_parts(doubles)
        got = trained(loop, *run)
        if grows:
            demand_infinite(got, by_size.losses, losses)
        else:
            demand_any_order(partial(trained, loop), ends, got, run, losses)
            if draws and not losses:
                demand_random_order(partial(trained, loop))

    try:
        any_of(holds, FAIR_WAYS)
        return
    except OtherBatches:
        pass
    except StudentError as error:
        may_refuse = run.batch_size > len(run.features)
        if may_refuse or (grows and searches_for_bugs(error)):
            return
    any_of(stands, OWN_WAYS)


def searches_for_bugs(error):
    """Whether an assert raised it, or torch's own check for nan."""
    raised = error.raised
    return raised.error == "AssertionError" or "nan values" in raised.message


# Examples of the case that looks at the orders which the student's data_iter, or a loop that
# makes its own batches, draws.
DRAWN = 12
whole = st.tuples(st.integers(1, 4), st.integers(0, 3)).map(
    lambda t: (t[0], t[0] + t[1])
)
exact = st.integers(2, 4).map(lambda n: (n, n))
batches = st.sampled_from([(4, 2), (6, 3), (5, 3), (3, 2), (7, 4), (5, 2)])


def sized(n, batch_size, epochs=1, **options):
    """A run of this size."""
    return runs(st.just((n, batch_size)), st.just(epochs), **options)


# A case is a training, so each of these draws 16, beside those that show the likeliest mistakes
# each time: both shapes of labels, rates from 1e-6 to those that are too large, a last batch that
# is short in several epochs, losses that rounding shows.  Of 300 mutants the one hardest to see
# (`b` bounded by 1) showed in 2, 8 and 7 of 20 that the three drew.  A loop may refuse a batch
# size above the number of examples, and assert that no number becomes infinite.
@train.check(
    points=3,
    cases=16,
    given=runs(batches, st.just(1)),
    edge_cases=[
        sized(202, 2, column=False, equal=True, times=1 / 64),
        sized(300, 130, column=True, outlying=64.0),
        sized(1200, 600, column=False),
        sized(7, 1, column=True, times=3.0),
        # Which a person can compute, in any order.
        sized(2, 1, column=True, equal=True),
    ],
)
def takes_a_step_for_each_batch(train, **case):
    """moves w and b by the right step for each batch"""
    demand(train, **case)


# Whatever else a loop does wrong: momentum, one step an epoch, a falling lr.  A gradient that is
# left from the step before shows at the second batch of any case.
@train.check(
    points=0.5,
    cases=10,
    given=runs(batches, st.integers(2, 3)),
    edge_cases=[sized(202, 2, column=False, equal=True, times=1 / 64)],
)
def sets_gradients_to_zero(train, order, **case):
    """sets the gradients to zero: no step uses those of an earlier batch again"""
    run = Run(**case)

    def demand_fresh(loop):
        got = stepped(loop, *run)
        words = N_("w and b did not move, so no gradient was used")
        expect.that(got.moved, words, "unmoved")
        words = N_(
            "{name}.grad still holds the gradient of an earlier step when backward() adds the next"
        )
        for name in got.reused:
            expect.that(False, words, "reused", name=name)

    batches = recorded(order, run.features, run.labels)
    loops = [train.with_parts(doubles, data_iter=batches) for doubles in FAIR_WAYS]
    try:
        any_of(demand_fresh, loops)
    except (expect.Difference, StudentError):
        any_of(demand_fresh, [train.with_parts(doubles) for doubles in OWN_WAYS])


@train.check(
    points=0.5,
    cases=16,
    given=runs(whole, st.just(1)),
    edge_cases=[
        sized(1, 1, column=False),
        # So that smaller batches of one example show, in any order.
        sized(2, 2, column=True, equal=True),
        sized(24, 32, column=True, scale=8.0),
        sized(10, 10, column=True, wide=True),
        sized(5, 5, column=False, pace=64.0),
    ],
)
def takes_a_step(train, **case):
    """moves w and b by the right step when one batch holds all the data"""
    demand(train, **case)


# What stops early does so where the loss changes little: by numbers below 1e-9 (labels near
# 1e-6), by a share of itself below 1e-7 (two examples whose labels are far apart, of which
# w and b approach the mean, which is near 0), or where it grows (by 10 % of the error in
# each epoch), or after a hundred epochs (of 170).
@train.check(
    points=1,
    cases=16,
    given=runs(exact | batches, st.integers(2, 3)),
    edge_cases=[
        sized(2, 2, 14, column=False, far=2.0**14, pace=0.125),
        sized(26, 18, 4, column=True, wide=True),
        sized(4, 4, 170, column=True, scale=64.0, pace=2.1),
        sized(5, 3, 3, column=True, scale=2.0**-20),
        sized(12, 4, 2, column=False, fine=True),
        sized(1, 1, 2, column=True, far=4096.0),
        # With nan in the third epoch, so what ends there shows.
        sized(4, 4, 4, column=False, pace=ENDLESS),
    ],
)
def trains_for_all_epochs(train, **case):
    """reaches the right w and b after num_epochs epochs of shuffled batches"""
    demand(train, **case)


@train.check(
    points=1,
    same_cases_as=[takes_a_step_for_each_batch, trains_for_all_epochs],
)
def returns_the_losses(train, **case):
    """returns the right mean loss over all the data after each epoch"""
    demand(train, **case, losses=True)
