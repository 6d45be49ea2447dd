"""The oracle for training loops, written from the stub's docstring, not from the checks."""

import math
from functools import partial

import torch
from hypothesis import strategies as st
from oracle import oracle

from autograder.authoring import expect
from autograder.exercises.linear_regression.parts import recorded
from autograder.exercises.linear_regression.train import (
    FAIR_WAYS,
    train,
    trained,
)
from autograder.exercises.linear_regression.train_descent import any_of

SHAPES = [
    (1, 1),
    (4, 2),
    (5, 3),
    (3, 4),
    (7, 7),
    (20, 3),
    (64, 10),
    (150, 1),
    (250, 2),
    (700, 300),
]
SHAPES += [(1500, 130)]


@st.composite
def problems(draw):
    """Data of any size, labels of both shapes, a start, an order, and a rate that cannot
    diverge.
    """
    n, batch_size = draw(st.sampled_from(SHAPES))
    d = draw(st.sampled_from([1, 2, 3, 10]))
    epochs = draw(
        st.sampled_from([1, 2, 3, 5, 12, 25] if n < 100 else [1, 2, 4])
    )
    rng = torch.Generator().manual_seed(draw(st.integers(0, 2**32)))
    scale = draw(st.sampled_from([0.01, 1.0, 1.0, 20.0]))
    features = torch.randn(n, d, generator=rng) * scale
    labels = torch.randn(n, generator=rng) * draw(
        st.sampled_from([0.1, 3.0, 100.0])
    )
    labels = labels.reshape(-1, 1) if draw(st.booleans()) else labels
    rows = torch.randperm(n, generator=rng).tolist()
    largest = float((features**2).sum(1).max()) + 1
    return {
        "w": torch.randn(d, 1, generator=rng),
        "b": torch.randn(1, generator=rng),
        "features": features,
        "labels": labels,
        "lr": draw(st.sampled_from([0.9, 0.3, 0.01])) / largest,
        "num_epochs": epochs,
        "batch_size": batch_size,
        "order": [rows[i : i + batch_size] for i in range(0, n, batch_size)],
    }


def descent(
    w, b, features, labels, lr, num_epochs, batch_size, order, true_length
):
    """Minibatch gradient descent in float64, by its formula: w, b, and the mean loss after
    each epoch.
    """
    w, b, X, y = (t.double() for t in (w, b, features, labels.reshape(-1, 1)))
    losses = []
    for _ in range(num_epochs):
        for rows in order:
            error = X[rows] @ w + b - y[rows]
            rate = lr / (len(rows) if true_length else batch_size)
            w, b = w - rate * X[rows].T @ error, b - rate * error.sum(0)
        losses.append(float(((X @ w + b - y) ** 2).mean() / 2))
    return w, b, losses


@oracle(train, given=problems(), cases=60)
def follows_the_descent(
    train, w, b, features, labels, lr, num_epochs, batch_size, order
):
    """comes where gradient descent over the same batches comes, with the losses on the way"""
    given = (w, b, features, labels, lr, num_epochs, batch_size)
    ends = [
        descent(*given, order, true_length) for true_length in (False, True)
    ]

    def holds(doubles):
        got = trained(
            train.with_parts(
                doubles, data_iter=recorded(order, features, labels)
            ),
            *given,
        )
        expect.that(not got.changed, "the data were changed")
        expect.that(
            got.calls == 0 or got.passes >= num_epochs,
            "not a new pass over the data in each epoch",
        )
        any_of(partial(demand, got, labels), ends)

    any_of(holds, FAIR_WAYS)


def demand(got, labels, end):
    """Demands this right end, one of two: the last batch may count by its own length."""
    w, b, losses = end
    size = float(max(1.0, w.abs().max(), b.abs().max(), labels.abs().max()))
    expect.within(got.w, w, 1e-4 * size, "w")
    expect.within(got.b, b, 1e-4 * size, "b")
    fits = type(got.losses) is list and len(got.losses) == len(losses)
    fits = fits and all(type(x) in (int, float) for x in got.losses)
    expect.that(fits, "not a loss for each epoch")
    for theirs, ours in zip(got.losses, losses):
        # a hundredth of a percent, or what float32 makes of the labels' squares
        near = math.isclose(theirs, ours, rel_tol=1e-4, abs_tol=1e-6 * size**2)
        expect.that(near, f"expected the loss {ours}, got {theirs}")
