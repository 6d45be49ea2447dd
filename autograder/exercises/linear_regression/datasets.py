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

    sizes: a strategy for pairs (n, batch_size).  dtypes: of features and of labels.
    column: labels (n, 1)
    if true, (n,) if false; None draws either.  by: a factor for all numbers.  equal:
    whether some rows are
    equal with different labels, some labels are equal, and two examples are the same; else
    all differ.
    """
    n, batch_size = draw(sizes)
    d = draw(st.integers(1, 5))
    as_column = draw(st.booleans()) if column is None else column
    mixed = draw(
        st.integers(1 if equal else 0, 2**32)
    )  # 0, the simplest, leaves all in order
    rng = np.random.default_rng(mixed)
    order = [rng.permutation(n) if mixed else np.arange(n) for _ in range(d + 1)]
    features, labels = np.stack(order[:d], 1), order[d]
    if equal:
        features, labels = (
            features[rng.permutation(n) // 2],
            labels[rng.permutation(n) // 2],
        )
        features[-1], labels[-1] = features[0], labels[0]
    features = (features - (n // 2 if mixed else 0)) * 10 + np.arange(d) + 1
    scale = 1 if dtypes[1] is torch.int64 else 0.25
    factor = (
        100 if mixed % 2 else scale
    )  # labels are larger than most of the features, or smaller
    y = torch.from_numpy(labels * factor * by).to(dtypes[1])
    return {
        "batch_size": batch_size,
        "features": torch.from_numpy(features * by).to(dtypes[0]),
        "labels": y[:, None] if as_column else y,
        "number": draw(st.integers(0, 10**6)),  # what the generators start from
    }
