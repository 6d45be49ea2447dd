"""`train(w, b, features, labels, lr, num_epochs, batch_size)`: the training loop."""

from functools import partial

import torch
from hypothesis import strategies as st

from autograder.authoring import ANYTHING, OWN, OWN_IF_PASSED, RECORDED, RIGHT, RIGHT_AS_OWN, Exercise
from autograder.exercises.linear_regression.data_iter import data_iter
from autograder.exercises.linear_regression.data_iter_doubles import recorded
from autograder.exercises.linear_regression.linreg import linreg
from autograder.exercises.linear_regression.sgd import sgd
from autograder.exercises.linear_regression.squared_loss import squared_loss
from autograder.exercises.linear_regression.train_descent import Run, any_of, compare, descent
from autograder.exercises.linear_regression.train_own_batches import demand_own_batches
from autograder.exercises.linear_regression.train_runs import runs

PARTS = (data_iter, linreg, squared_loss, sgd)
train = Exercise("train", parts=PARTS, hidden_inputs=("order",), may_seed=True)
RIGHT_PARTS = train.doubles(data_iter=RECORDED, sgd=OWN_IF_PASSED, others=RIGHT)
# Three ways to run a loop: right parts; the student's own; right ones called in the order of theirs.
FAIR_WAYS = (
    RIGHT_PARTS,
    train.doubles(data_iter=RECORDED, others=OWN),
    train.doubles(data_iter=RECORDED, others=RIGHT_AS_OWN),
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


def numbers(returned):
    """Floats, if the value holds numbers in a form that can be read twice; else the value itself."""
    kind = type(returned)
    is_read_by_place = hasattr(kind, "__getitem__") and hasattr(kind, "__len__")  # no map, zip or view
    if isinstance(returned, (str, bytes, dict)) or not is_read_by_place:
        return returned
    try:
        items = [*returned]
        return items if any(isinstance(x, (str, bytes)) for x in items) else [float(x) for x in items]
    except (TypeError, ValueError, RuntimeError):
        return returned


@train.probe(
    reply={
        "w": ANYTHING,
        "b": ANYTHING,
        "calls": int,
        "passes": int,
        "losses": ANYTHING,
        "changed": [str],
    }
)
def trained(f, log, w, b, features, labels, lr, num_epochs, batch_size):
    """w and b after training, the losses, or what was returned, and which of the data were changed.

    calls: how many passes a recorded double made.  passes: of those, the ones over train's own data by its
    batch_size.
    """
    w.requires_grad_(), b.requires_grad_()
    X, y = features.clone(), labels.clone()
    returned = f(w, b, features, labels, lr, num_epochs, batch_size)
    asked = log.get("data_iter", ())
    data = (("features", features, X), ("labels", labels, y))
    return {
        "w": w,
        "b": b,
        "calls": len(asked),
        "passes": sum(asked),
        "losses": numbers(returned),
        "changed": [name for name, now, before in data if now.shape != before.shape or not now.equal(before)],
    }


def demand(train, order, losses=False, in_random_order=False, **case):
    """Demands that w and b (and the losses) are those of plain gradient descent over the same batches.

    One of the fair ways to run the loop must succeed.
    in_random_order: whether a loop that makes its own batches must draw them.
    """
    run = Run(**case)

    def ends(run, order):
        # Dividing the last short batch by batch_size or by its true length: both are right.
        return [train.expected(descent, *run, order, true_length) for true_length in (False, True)]

    def holds(doubles):
        loop = train.with_parts(doubles, data_iter=recorded(order, run.features, run.labels))
        got = trained(loop, *run)
        if got.calls:
            compare(got, ends(run, order), run, losses)
        else:
            # The loop never called data_iter: it makes batches itself, in an order that we cannot know.
            demand_own_batches(partial(trained, loop), ends, got, run, order, losses, in_random_order)

    any_of(holds, FAIR_WAYS)


whole = st.tuples(st.integers(1, 4), st.integers(0, 3)).map(lambda t: (t[0], t[0] + t[1]))
exact = st.integers(2, 4).map(lambda n: (n, n))
batches = st.sampled_from([(4, 2), (6, 3), (5, 3), (3, 2), (7, 4), (5, 2)])


def sized(n, batch_size, epochs=1, **options):
    """A run of this size."""
    return runs(st.just((n, batch_size)), st.just(epochs), **options)


def is_moved(case):
    """Whether a step moves w, so that a loop without steps is wrong."""
    features, labels = case["features"], case["labels"].reshape(-1, 1)
    return bool((features.T @ (features @ case["w"] + case["b"] - labels)).any())


# A case is a training, so each of these draws 16, beside those that show the likeliest mistakes each time:
# both shapes of labels, rates from 1e-6 to those that are too large, a last batch that is short in several
# epochs, losses that rounding shows.  Of 300 mutants the one hardest to see (`b` bounded by 1) showed in 2, 8
# and 7 of 20 that the three drew.
@train.check(
    points=1,
    cases=16,
    given=runs(whole, st.just(1)),
    edge_cases=[
        sized(1, 1, column=False).filter(is_moved),
        sized(24, 32, column=True, scale=8.0),
        sized(10, 10, column=True, wide=True),
        sized(5, 5, column=False, rises=True),
        sized(4, 4, column=True, narrow=True, times=8.0).filter(is_moved),
    ],
    hint="One batch, one epoch: the loss of the batch, its sum, backward(), then sgd.",
)
def takes_a_step(train, **case):
    """moves w and b by one step when one batch holds all the data"""
    demand(train, **case)


@train.check(
    points=2,
    cases=16,
    given=runs(batches, st.just(1)),
    edge_cases=[
        sized(202, 2, column=False),
        sized(300, 130, column=True),
        sized(1200, 100, column=False),
        sized(7, 1, column=True, times=3.0),
    ],
    hint="backward() adds to the existing gradients. When do you set them to zero?",
)
def starts_each_batch_afresh(train, **case):
    """uses only the gradient of the current batch, batch after batch"""
    demand(train, **case, in_random_order=True)


@train.check(
    points=1,
    cases=16,
    given=runs(exact | batches, st.integers(2, 3)),
    edge_cases=[
        sized(4, 4, 131, column=False, times=1 / 32),
        sized(26, 7, 4, column=True, wide=True),
        sized(4, 4, 25, column=True, scale=64.0),
        sized(8, 4, 5, column=False, rises=True),
        sized(5, 3, 3, column=True, scale=2.0**-12),
        sized(12, 4, 2, column=False, fine=True),
    ],
    hint="for epoch in range(num_epochs): does each epoch use all the data, and are its gradients "
    "set to zero?",
)
def trains_for_all_epochs(train, **case):
    """goes on for num_epochs epochs"""
    demand(train, **case)


@train.check(
    points=2,
    same_cases_as=[starts_each_batch_afresh, trains_for_all_epochs],
    hint="After each epoch, append the mean loss of all features and labels to the list.",
)
def returns_the_losses(train, **case):
    """returns the mean loss over all the data after each epoch"""
    demand(train, **case, losses=True)
