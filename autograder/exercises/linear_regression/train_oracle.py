"""The audit's oracle for training loops, written from the stub's docstring, not from the checks."""

import torch
from hypothesis import strategies as st

from autograder.exercises.linear_regression.data_iter_doubles import recorded
from autograder.exercises.linear_regression.train import FAIR_WAYS, train, trained
from autograder.exercises.linear_regression.train_descent import Run, any_of, compare, descent

SHAPES = [(1, 1), (4, 2), (5, 3), (3, 4), (7, 7), (20, 3), (64, 10), (150, 1), (250, 2), (700, 300)]
SHAPES += [(1500, 130)]


@st.composite
def problems(draw):
    """Data of any size, labels of both shapes, a start, an order, and a rate that cannot diverge."""
    n, batch_size = draw(st.sampled_from(SHAPES))
    d = draw(st.sampled_from([1, 2, 3, 10]))
    epochs = draw(st.sampled_from([1, 2, 3, 5, 12, 25] if n < 100 else [1, 2, 4]))
    rng = torch.Generator().manual_seed(draw(st.integers(0, 2**32)))
    scale = draw(st.sampled_from([0.01, 1.0, 1.0, 20.0]))
    features = torch.randn(n, d, generator=rng) * scale
    labels = torch.randn(n, generator=rng) * draw(st.sampled_from([0.1, 3.0, 100.0]))
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


@train.oracle(given=problems(), cases=60)
def follows_the_descent(train, order, **case):
    """comes where gradient descent over the same batches comes, with the losses on the way"""
    run = Run(**case)
    ends = [descent(*run, order, true_length) for true_length in (False, True)]

    def holds(doubles):
        loop = train.with_parts(doubles, data_iter=recorded(order, run.features, run.labels))
        compare(trained(loop, *run), ends, run, losses=True)

    any_of(holds, FAIR_WAYS)
