"""Drawn problems for training loops: data, a start, batches in a drawn order, and a learning rate."""

import itertools
import math
import random

import torch
from hypothesis import assume
from hypothesis import strategies as st

from autograder.authoring import seeded, tensors
from autograder.exercises.linear_regression.train_descent import descent

SMALL = st.integers(-8, 8).map(lambda k: k / 4)


@st.composite
def runs(
    draw, sizes, epochs, column=None, wide=False, narrow=False, fine=False, scale=1.0, times=1.0, rises=False
):
    """A small problem, its batches in a drawn order, and a learning rate that cannot diverge.

    sizes: draws (n, batch_size).  column: labels (n, 1), or (n,); None draws which.  wide: ten features to
    200, labels to 2000, a bias that starts far from 0, and no round numbers.  narrow: features to 1 / 8,
    which allow a rate above 1.  fine: labels with more digits than float16 has.  scale: of labels, w and b.
    times: of the learning rate.  rises: with one by which the loss grows.
    """
    n, batch_size = draw(sizes)
    d = 10 if wide else draw(st.integers(1, 3))
    shapes = {"features": f"{n} {d}", "labels": f"{n}", "w": f"{d} 1", "b": "1"}
    few = n < 20
    if wide:
        values = draw(seeded(largest=600, by=1 / 3, features=shapes["features"]))
        values |= draw(seeded(largest=6000, by=1 / 3, labels=shapes["labels"]))
        values |= draw(seeded(largest=8, w=shapes["w"]))
        values["b"] = torch.full((1,), draw(st.sampled_from([-900.0, 900.0])))
    elif few:
        # Features and w to 2, since large ones ask for a small lr; labels and b to 8, so that losses vary.
        values = draw(tensors(elements=SMALL, features=shapes["features"], w=shapes["w"]))
        values |= draw(tensors(labels=shapes["labels"], b=shapes["b"]))
    else:
        values = draw(seeded(largest=8, **shapes))
    if fine:
        values |= draw(seeded(largest=8192, by=1 / 1024, labels=f"{n}"))
    if draw(st.booleans()) if column is None else column:
        values["labels"] = values["labels"].reshape(-1, 1)
    values = {name: values[name] * (1 if name == "features" else scale) for name in shapes}
    if narrow:
        values["features"] = values["features"] / 16
    shuffled = st.integers(0, 2**32).map(lambda k: random.Random(k).sample(range(n), n))
    rows = draw(st.permutations(range(n)) if few else shuffled)
    # lr <= 1 / max(|x|^2 + 1) bounds it by 1 / lambda_max of every batch's mean Hessian.
    largest = float((values["features"] ** 2).sum(1).max()) + 1
    lr = 2.0 ** -math.ceil(math.log2(largest)) * draw(st.sampled_from([1.0, 0.5, 0.75])) * times
    case = values | {
        "lr": lr,
        "num_epochs": draw(epochs),
        "batch_size": batch_size,
        "order": [rows[i : i + batch_size] for i in range(0, n, batch_size)],
    }
    if rises:
        rate = rising(case)
        assume(rate is not None)
        case["lr"] = rate
    return case


def rising(case):
    """A rate by which the loss grows threefold in an epoch, and at most 10,000 times in all; else None."""
    X, y = case["features"], case["labels"].reshape(-1, 1)
    start = float(((X @ case["w"] + case["b"] - y) ** 2).mean() / 2)
    for times in (2, 3, 4, 6, 8, 12, 16, 24):
        rate = case["lr"] * times
        losses = [start, *descent(**case | {"lr": rate}, true_length=False).losses]
        grows = any(after > 3 * before for before, after in itertools.pairwise(losses))
        if grows and max(losses) < 1e4 * start:
            return rate
    return None
