"""Draws the data sets that data_iter is asked to go through."""

import numpy as np
import torch
from hypothesis import strategies as st


@st.composite
def datasets(
    draw,
    /,
    *,
    sizes,
    dtypes=(torch.float32,) * 2,
    column=None,
    by=1.0,
    equal=False,
):
    """Draw features and labels that do not follow from the row number, or from each other.

    sizes: a strategy for pairs (n, batch_size).
    dtypes: of features and of labels.
    column: labels (n, 1) if true, (n,) if false; None draws either.
    by: a factor for all numbers.
    equal: whether some rows are equal with different labels, some labels are equal, and two
    examples are the same; else all differ.
    """
    n, batch_size = draw(sizes)
    d = draw(st.integers(1, 5))
    if column is None:
        column = draw(st.booleans())
    mixed = draw(st.integers(int(equal), 2**32))
    rng = np.random.default_rng(mixed)
    if mixed:
        columns = [rng.permutation(n) for _ in range(d + 1)]
    else:  # the simplest leaves all in order
        columns = [np.arange(n)] * (d + 1)
    features = np.stack(columns[:d], 1)
    labels = columns[d]
    if equal:
        features = features[rng.permutation(n) // 2]
        labels = labels[rng.permutation(n) // 2]
        features[-1] = features[0]
        labels[-1] = labels[0]
    features = (features - (n // 2 if mixed else 0)) * 10 + np.arange(d) + 1
    factor = 1 if dtypes[1] is torch.int64 else 0.25
    if mixed % 2:
        factor = 100  # labels are larger than most of the features, else smaller
    y = torch.from_numpy(labels * factor * by).to(dtypes[1])
    return {
        "batch_size": batch_size,
        "features": torch.from_numpy(features * by).to(dtypes[0]),
        "labels": y[:, None] if column else y,
        "number": draw(st.integers(0, 10**6)),  # what the generators start from
    }
