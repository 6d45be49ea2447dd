"""Drawn problems for training loops: data, a start, batches in order, and a learning rate."""

import math
import random

import torch
from hypothesis import assume
from hypothesis import strategies as st

from autograder.authoring import tensors
from autograder.exercises.inputs import seeded

from .train_descent import descent

SMALL = st.integers(-8, 8).map(lambda k: k / 4)
ENDLESS = 1e30  # a pace by which w and b grow beyond float32


@st.composite
def runs(
    draw,
    sizes,
    epochs,
    column=None,
    wide=False,
    fine=False,
    equal=False,
    far=0.0,
    outlying=1.0,
    scale=1.0,
    times=1.0,
    pace=0.0,
):
    """A small problem, its batches in a drawn order, and a learning rate that cannot diverge.

    Each step moves w, and no loss is 0, so that a loop may take logarithms and ratios.

    sizes: draws (n, batch_size).
    column: labels (n, 1), or (n,); None draws which.
    wide: ten features to 200, labels to 2000, a bias far from 0 at first, no round numbers.
    fine: features and labels with more digits than float16 has.
    equal: all examples are the same.
    far: one feature, 1 in all examples, and labels that far from 0, to either side in turn; so
    a loss has more than six digits, and of two examples it changes by a small share of itself.
    outlying: how many times as large the first label is.
    scale: of labels, w and b.
    times: of the learning rate.
    pace: with the rate by which a step on all data multiplies the error by 1 - pace in the
    steepest direction: above 2, the loss grows.
    """
    n, batch_size = draw(sizes)
    d = 10 if wide else 1 if far else draw(st.integers(1, 3))
    shapes = {"features": f"{n} {d}", "labels": f"{n}", "w": f"{d} 1", "b": "1"}
    few = n < 20
    if wide:
        values = draw(seeded(largest=600, by=1 / 3, features=shapes["features"]))
        values |= draw(seeded(largest=6000, by=1 / 3, labels=shapes["labels"]))
        values |= draw(seeded(largest=8, w=shapes["w"]))
        values["b"] = torch.full((1,), draw(st.sampled_from([-900.0, 900.0])))
    elif few:
        # Features and w to 2, since large ones ask for a small lr; labels and b to 8, so
        # that losses vary.
        values = draw(
            tensors(elements=SMALL, features=shapes["features"], w=shapes["w"])
        )
        values |= draw(tensors(labels=shapes["labels"], b=shapes["b"]))
    else:
        values = draw(seeded(largest=8, **shapes))
    if fine:
        values |= draw(seeded(largest=8192, by=1 / 1024, labels=f"{n}"))
        values |= draw(seeded(largest=6, by=1 / 3, features=shapes["features"]))
    if equal:
        for name in "features", "labels":
            values[name] = values[name][:1].expand_as(values[name]).clone()
        if not few:  # far enough to learn in all steps
            values["labels"] = values["labels"] * 16 + 64
    if far:
        sides = torch.tensor([far, -far] * n)[:n]
        values |= {"features": torch.ones(n, 1), "labels": sides + draw(ODD)}
        values |= {"w": torch.zeros(1, 1), "b": torch.zeros(1)}
    if column is None:
        column = draw(st.booleans())
    if column:
        values["labels"] = values["labels"].reshape(-1, 1)
    for name in "labels", "w", "b":
        values[name] = values[name] * scale
    values["labels"][0] *= outlying
    shuffled = st.integers(0, 2**32).map(lambda k: random.Random(k).sample(range(n), n))
    rows = draw(st.permutations(range(n)) if few else shuffled)
    # lr <= 1 / max(|x|^2 + 1) bounds it by 1 / lambda_max of every batch's mean Hessian.
    largest = float((values["features"] ** 2).sum(1).max()) + 1
    share = draw(st.sampled_from([1.0, 0.5, 0.75])) * times
    lr = 2.0 ** -math.ceil(math.log2(largest)) * share
    if far:
        lr = 0.25
    if pace:
        lr = pace / steepness(values["features"])
    case = values | {
        "lr": lr,
        "num_epochs": draw(epochs),
        "batch_size": batch_size,
        "order": [rows[i : i + batch_size] for i in range(0, n, batch_size)],
    }
    assume(is_lively(case, pace))
    return case


# The square of 4096 and one of these fits float32.
ODD = st.sampled_from([-9.0, -11.0, -13.0, -15.0])


def steepness(features):
    """The largest eigenvalue of the mean loss's Hessian."""
    design = torch.cat([features, torch.ones(len(features), 1)], 1).double()
    return float(torch.linalg.eigvalsh(design.T @ design / len(features)).max())


def is_lively(case, pace):
    """Whether the first step moves w, no loss is 0, and those that should grow do."""
    rows = case["order"][0]
    X, y = case["features"][rows], case["labels"].reshape(-1, 1)[rows]
    off = X @ case["w"] + case["b"] - y
    if not (X.T @ off).any():
        return False
    if pace >= ENDLESS:
        return True
    end = descent(**case, true_length=False)
    loss = float((off**2).mean() / 2)
    grows = pace <= 2 or end.losses[-1] > 2 * loss
    return end.least > 0 and grows
