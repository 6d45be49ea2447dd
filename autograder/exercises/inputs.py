"""Inputs that the exercises of several assignments draw."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st


@st.composite
def seeded(
    draw: st.DrawFn,
    /,
    *,
    largest: int = 32,
    by: float = 0.25,
    dtype: Any = np.float32,
    also: Mapping[str, st.SearchStrategy[Any]] | None = None,
    **shapes: str,
) -> dict[str, Any]:
    """Draw named tensors of stated sizes, `seeded(X="1500 10", w="10 1")`, for cases beyond
    the small ones.

    The elements are random multiples of `by`, from -largest to largest times it.  Only a
    seed is drawn,
    because Hypothesis would take too long for so many numbers; so they do not shrink.
    also: strategies for other values.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    case = {}
    for name, shape in shapes.items():
        sizes = tuple(map(int, shape.split()))
        multiples = rng.integers(-largest, largest, sizes, endpoint=True)
        case[name] = torch.from_numpy(np.asarray(multiples * by).astype(dtype))
    for name, strategy in (also or {}).items():
        case[name] = draw(strategy)
    return case
