"""The oracle for minibatches, written from the stub's docstring, not from the checks."""

import itertools

import torch
from hypothesis import strategies as st
from oracle import oracle

from autograder.authoring import expect
from autograder.exercises.linear_regression.data_iter import data_iter, passes

LENGTHS = [1, 2, 3, 5, 10, 32, 40, 127, 256, 1111, 1200, 1500, 2100]
BATCHES = [1, 2, 3, 7, 10, 32, 100, 120, 128, 300, 1000, 5000]


@st.composite
def data(draw):
    """Rows that differ, of either sign and of any size; labels, flat or a column, that tell
    their row.
    """
    n, d = draw(st.sampled_from(LENGTHS)), draw(st.integers(1, 4))
    size = draw(st.sampled_from([b for b in BATCHES if n <= 130 * b]))
    rng = torch.Generator().manual_seed(draw(st.integers(0, 2**32)))
    dtypes = [torch.float32, torch.float64, torch.int64]
    kinds = draw(st.sampled_from(dtypes[:2])), draw(st.sampled_from(dtypes))
    order = torch.randperm(n, generator=rng) - n // 2
    noise = torch.rand(n, d, generator=rng, dtype=torch.float64)
    scale = draw(st.sampled_from([1.0, 1 / 3, 40.0]))
    labels = (3 * order + 1) * (0.25 if kinds[1].is_floating_point else 1)
    return {
        "batch_size": size,
        "features": ((order[:, None] + noise / 2) * scale)
        .round(decimals=6)
        .to(kinds[0]),
        "labels": (labels if draw(st.booleans()) else labels[:, None]).to(
            kinds[1]
        ),
        "number": draw(st.integers(0, 10**6)),
    }


@oracle(data_iter, given=data(), cases=50, fingerprint=lambda answers: None)
def gives_whole_passes(data_iter, batch_size, features, labels, number):
    """gives each example once in a pass, in full batches but the last, in a new random order
    each time
    """
    # alone, after a pass that was left after a batch, and two side by side
    got = passes(
        data_iter,
        batch_size,
        features,
        labels,
        1,
        [(len(labels), batch_size, 1)],
        [0],
        number,
    )
    n, orders = len(features), []
    for one in got.passes:
        expect.that(
            type(one) is dict, "expected pairs of tensors that fit together"
        )
        X, y, sizes = one["X"], one["y"], one["sizes"]
        expect.that(
            sizes == [min(batch_size, n - i) for i in range(0, n, batch_size)],
            f"batches of {sizes}",
        )
        expect.that(
            X.shape[1:] == features.shape[1:] and X.dtype == features.dtype,
            "other features",
        )
        expect.that(
            y.shape[1:] == labels.shape[1:] and y.dtype == labels.dtype,
            "other labels",
        )
        at = {label: i for i, label in enumerate(labels.reshape(-1).tolist())}
        rows = [at.get(label, -1) for label in y.reshape(-1).tolist()]
        expect.that(sorted(rows) == list(range(n)), "not each example once")
        expect.that(
            X.equal(features[rows]),
            "features and labels do not belong together",
        )
        orders.append(rows)
    if n >= 32:  # two equal ones, or one in order, come in 1 of 32! = 3e35
        expect.that(
            len({tuple(rows) for rows in orders}) == len(orders),
            "an order came again",
        )
        expect.that(list(range(n)) not in orders, "the data's own order")
        neighbours = max(
            sum(abs(a - b) == 1 for a, b in itertools.pairwise(rows))
            for rows in orders
        )
        expect.that(neighbours < n / 2, "hardly shuffled")
        if 1 < batch_size <= n // 2:
            first = {frozenset(rows[:batch_size]) for rows in orders}
            expect.that(
                len(first) > 1 or batch_size < 3, "the same batches came again"
            )
    expect.unchanged(got.features, features, "features")
    expect.unchanged(got.labels, labels, "labels")
