"""Random inputs whose shapes fit together, and which shrink to small round numbers.

Knows nothing of exercises.  Also says how cases are drawn: the same in every process.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any, cast

import numpy as np
import torch
from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException
from hypothesis.extra.numpy import arrays

from autograder import patches, wire

REMEMBERED = 1000  # cases of a check's searches, some 500 bytes each

# Multiples of 1/4 are exact in float32: a right answer in another order of operations is equal.
QUARTERS = st.integers(-32, 32).map(lambda k: k / 4)


_ALWAYS = settings(
    database=None,  # one student's failure must not steer the next one's grade
    deadline=None,  # time is the worker's affair
    suppress_health_check=list(HealthCheck),  # slow or large inputs are the author's choice
    report_multiple_bugs=False,
)


class _Enough(BaseException):
    """Ends a search; Hypothesis lets it pass, as it would not an Exception."""


def draw(strategy: st.SearchStrategy[dict[str, Any]], count: int, number: int) -> list[dict[str, Any]]:
    """`count` different cases, or all that there are, from a seed number."""
    cases: list[dict[str, Any]] = []
    seen: set[bytes] = set()

    @seed(number)
    @settings(_ALWAYS, max_examples=4 * count, phases=[Phase.generate])
    @given(strategy)
    def collect(case: dict[str, Any]) -> None:
        known = wire.pack(case)
        if known not in seen:  # Hypothesis counts ways to draw a case, not cases
            seen.add(known)
            cases.append(case)
        if len(cases) == count:
            raise _Enough

    with patches.without_mined_constants(), contextlib.suppress(_Enough):
        collect()
    return cases


class Shrinker:
    """Hypothesis's search for small cases that fail, which is the same for all who fail alike.

    What it tries next depends on nothing but which cases failed so far.  So the case after these is
    remembered: to have Hypothesis find it takes ten times as long as to try it.
    number: a seed.  tries: the most calls in a search.
    """

    def __init__(self, strategy: st.SearchStrategy[dict[str, Any]], number: int, tries: int):
        self.strategy, self.number, self.tries = strategy, number, tries
        self.next: dict[str, bytes | None] = {}  # "1" for each that failed, else "0" -> the next, packed

    def shrink(self, fails: Callable[[dict[str, Any]], bool], tries: int) -> None:
        """Call `fails` on one case after another, the smaller the better, but no more than `tries` times.

        Whatever `fails` raises ends the search.
        """
        past = ""
        while len(past) < tries and past in self.next:
            frame = self.next[past]
            if frame is None:
                return
            past += _digit(fails(cast(dict[str, Any], wire.opened(frame))))
        if len(past) < tries:
            self._search(past, fails, tries)

    def _search(self, past: str, fails: Callable[[dict[str, Any]], bool], tries: int) -> None:
        """From the start, as Hypothesis must; but what was tried in this search is not tried again."""
        count = 0
        problem: Exception | None = None

        def counted(case: dict[str, Any]) -> bool:
            nonlocal past, count, problem
            if count == tries:
                raise _Enough
            self._remember(past[:count], case)
            if count == len(past):
                try:
                    past += _digit(fails(case))
                except Exception as error:  # Hypothesis would take it for a failure
                    problem = error
                    raise _Enough from None
            count += 1
            return past[count - 1] == "1"

        options = settings(_ALWAYS, max_examples=self.tries, phases=[Phase.generate, Phase.shrink])
        with patches.without_mined_constants(), contextlib.suppress(_Enough):
            with contextlib.suppress(HypothesisException):
                find(self.strategy, counted, settings=options, random=Random(self.number))
            self._remember(past, None)
        if problem is not None:
            raise problem

    def _remember(self, past: str, case: dict[str, Any] | None) -> None:
        if past not in self.next and len(self.next) < REMEMBERED:
            self.next[past] = None if case is None else wire.pack(case)


def _digit(failed: bool) -> str:
    return "1" if failed else "0"


Also = Mapping[str, st.SearchStrategy[Any]] | None
_arrays = functools.lru_cache(maxsize=1000)(arrays)  # to make one takes as long as to draw from it


@st.composite
def tensors(
    draw: st.DrawFn,
    /,
    *,
    largest: int = 5,
    dtype: Any = np.float32,
    elements: Any = QUARTERS,
    also: Also = None,
    **axes: str,
) -> dict[str, Any]:
    """Named tensors with common axes: `tensors(y_hat="n 1", y="n")` ties both to one n.

    A word that is a number is a size; any other names an axis of 1 to `largest`.  `also` draws
    further values under their names.
    """
    sizes: dict[str, int] = {}

    def size(axis: str) -> int:
        if axis.isdigit():
            return int(axis)
        if axis not in sizes:
            sizes[axis] = draw(st.integers(1, largest))
        return sizes[axis]

    made = _arrays if isinstance(elements, st.SearchStrategy) else arrays
    values = {}
    for name, shape in axes.items():
        array = draw(made(dtype, tuple(map(size, shape.split())), elements=elements))
        values[name] = torch.from_numpy(array)
    return values | {name: draw(strategy) for name, strategy in (also or {}).items()}


@st.composite
def seeded(
    draw: st.DrawFn,
    /,
    *,
    largest: int = 32,
    by: float = 0.25,
    dtype: Any = np.float32,
    also: Also = None,
    **shapes: str,
) -> dict[str, Any]:
    """Named tensors of stated sizes, `seeded(X="1500 10", w="10 1")`, for cases beyond the small ones.

    Their elements are random multiples of `by`, up to `largest` times in either direction: Hypothesis
    would take too long to draw so many, and shrinks none of them.  `also` draws as in `tensors`.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = {}
    for name, shape in shapes.items():
        multiples = rng.integers(-largest, largest, tuple(map(int, shape.split())), endpoint=True)
        values[name] = torch.from_numpy(np.asarray(multiples * by).astype(dtype))
    return values | {name: draw(strategy) for name, strategy in (also or {}).items()}


SCALES = (1 / 1000, 1.0, 30.0, 1000.0)
REAL = (np.float32, np.float64)


@st.composite
def varied(
    draw: st.DrawFn,
    /,
    *,
    sizes: Mapping[str, Iterable[int]],
    dtypes: Iterable[Any] = REAL,
    also: Also = None,
    **axes: str,
) -> dict[str, Any]:
    """Named tensors for an oracle: drawn sizes of named axes, dtypes and magnitudes, and no round numbers.

    sizes: for each axis of `axes`, as in `tensors`, the sizes that it may have.  One case in some has
    nothing but zeros in one of the tensors.
    """
    chosen = {axis: draw(st.sampled_from(list(among))) for axis, among in sizes.items()}
    dtype = np.dtype(draw(st.sampled_from(list(dtypes))))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    zeros, values = draw(st.sampled_from([*axes, *[""] * (4 * len(axes))])), {}
    for name, shape in axes.items():
        lengths = tuple(int(a) if a.isdigit() else chosen[a] for a in shape.split())
        numbers = rng.standard_normal(lengths) * draw(st.sampled_from(SCALES)) * (name != zeros)
        if dtype.kind in "iu":
            numbers = np.rint(np.clip(numbers * 10, np.iinfo(dtype).min / 4, np.iinfo(dtype).max / 4))
        values[name] = torch.from_numpy(np.asarray(numbers).astype(dtype))
    return values | {name: draw(strategy) for name, strategy in (also or {}).items()}


@st.composite
def datasets(
    draw: st.DrawFn,
    /,
    *,
    sizes: st.SearchStrategy[tuple[int, int]],
    dtypes: Sequence[torch.dtype] = (torch.float32,) * 2,
    column: bool | None = None,
    by: float = 1.0,
    equal: bool = False,
    also: Also = None,
) -> dict[str, Any]:
    """Features and labels that are no function of the row number, nor of each other.

    sizes: a strategy for pairs (n, batch_size).  dtypes: of features and of labels.  column: labels (n, 1),
    or (n,); None draws which.  by: what all numbers are multiplied by.  equal: whether there are equal rows
    with other labels, equal labels of other rows, and two examples that are equal in both; else all differ.
    """
    n, batch_size = draw(sizes)
    d = draw(st.integers(1, 5))
    as_column = draw(st.booleans()) if column is None else column
    mixed = draw(st.integers(1 if equal else 0, 2**32))  # 0, the simplest, leaves all in order
    rng = np.random.default_rng(mixed)
    order = [rng.permutation(n) if mixed else np.arange(n) for _ in range(d + 1)]
    features, labels = np.stack(order[:d], 1), order[d]
    if equal:
        features, labels = features[rng.permutation(n) // 2], labels[rng.permutation(n) // 2]
        features[-1], labels[-1] = features[0], labels[0]
    features = (features - (n // 2 if mixed else 0)) * 10 + np.arange(d) + 1
    scale = 1 if dtypes[1] is torch.int64 else 0.25
    factor = 100 if mixed % 2 else scale  # labels are larger than most of the features, or smaller
    y = torch.from_numpy(labels * factor * by).to(dtypes[1])
    values = {
        "batch_size": batch_size,
        "features": torch.from_numpy(features * by).to(dtypes[0]),
        "labels": y[:, None] if as_column else y,
    }
    return values | {name: draw(strategy) for name, strategy in (also or {}).items()}
