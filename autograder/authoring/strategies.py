"""Random inputs whose shapes fit together, and which shrink to small round numbers.  Knows no
exercise.
"""

import functools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autograder.errors import DeclarationError

SCALES = (1 / 1000, 1.0, 30.0, 1000.0)
REAL = (np.float32, np.float64)
# the size of a large axis, if MOST allows it: larger than any loop or table in a wrong
# answer
LARGE = 1500
MOST = 36_000  # numbers in a case of a contract: a worker's answers to five such fit a message
SOME = 32  # numbers that are drawn from a strategy, to fill a tensor with
Also = Mapping[str, st.SearchStrategy[Any]] | None
# Draws the numbers of a tensor by name for a shape: integers below a bound, or any if it is None.
Numbers = Callable[[str, tuple[int, ...], int | None], Any]
_arrays = functools.lru_cache(maxsize=1000)(
    arrays
)  # making a strategy takes as long as drawing from it


@dataclass(frozen=True)
class Drawn:
    """A tensor of special values, such as labels: its axes, and the kind of its values."""

    axes: str
    kind: str
    below: str = ""
    least: int = 0

    @property
    def words(self) -> list[str]:
        """The words that name its sizes: numbers, axes, and products of these."""
        return [
            word.partition(">=")[0]
            for word in f"{self.axes} {self.below}".split()
        ]

    @property
    def bounds(self) -> list[tuple[str, str]]:
        """An axis and its smallest size, a number or another axis, for each `h>=kh`."""
        pairs = (
            word.partition(">=") for word in f"{self.axes} {self.below}".split()
        )
        return [(axis, least) for axis, sign, least in pairs if sign]


def classes(axes: str, *, below: str, least: int = 0) -> Drawn:
    """Return labels for `tensors`: whole numbers (int64) from `least` up to the size of an axis.

    below: that axis, whose size no label reaches.

    >>> tensors(X="n q", y=classes("n", below="q")).example()["y"].dtype
    torch.int64
    """
    return Drawn(axes, "classes", below, least)


def probabilities(axes: str) -> Drawn:
    """Return probabilities for `tensors`: positive, and 1 together along the last axis, up to
    rounding.
    """
    return Drawn(axes, "probabilities")


def param(axes: str) -> Drawn:
    """Return a parameter for `tensors`: a leaf that requires its gradient, for the student's
    function too.
    """
    return Drawn(axes, "param")


def _shape(axes: str, size: Callable[[str], int]) -> tuple[int, ...]:
    """Return the shape for axes such as `"n 1 h*w"`: each word is a number, a name, or a
    product of these.
    """
    words = (word.partition(">=")[0] for word in axes.split())
    return tuple(
        math.prod(_number(axis, size) for axis in word.split("*"))
        for word in words
    )


def _number(axis: str, size: Callable[[str], int]) -> int:
    return int(axis) if axis.isdigit() else size(axis)


def _specified(axes: Mapping[str, str | Drawn]) -> dict[str, Drawn]:
    """Return what to draw for each name.  Raises DeclarationError for a shape that makes no
    sense.
    """
    specified = {
        name: axis if isinstance(axis, Drawn) else Drawn(axis, "")
        for name, axis in axes.items()
    }
    for name, drawn in specified.items():
        least = [part for bound in drawn.bounds for part in bound]
        for word in [*drawn.words, *least]:
            if not all(
                part.isdigit() or part.isidentifier()
                for part in word.split("*")
            ):
                raise DeclarationError(
                    "`{word}` in the shape of `{name}` is not an axis. Write a number, a name, a "
                    "product such as n*q, or a name with its smallest size, such as q>=2 or h>=kh.",
                    word=word,
                    name=name,
                )
    bounds: TopologicalSorter[str] = TopologicalSorter()
    for drawn in specified.values():
        for axis, smallest in drawn.bounds:
            bounds.add(axis, smallest)
    try:
        bounds.prepare()
    except CycleError as error:
        raise DeclarationError(
            "The smallest sizes of the axes {axes} depend on each other. Leave out one `>=`.",
            axes=", ".join(sorted({*error.args[1]})),
        ) from None
    return specified


def _of_kind(
    drawn: Drawn,
    size: Callable[[str], int],
    numbers: Callable[[tuple[int, ...], int | None], Any],
    dtype: Any,
    ties: bool = True,
) -> torch.Tensor:
    shape = _shape(drawn.axes, size)
    if drawn.kind == "classes":
        below = math.prod(_shape(drawn.below, size))
        labels = (
            np.asarray(numbers(shape, max(below - drawn.least, 1)))
            + drawn.least
        )
        return torch.from_numpy(labels.astype(np.int64))
    found = np.asarray(
        numbers(shape, 12 if drawn.kind == "probabilities" else None)
    )
    # multiples of 1/4, of which no two are equal once each has a part of 1/4 of its own
    if not ties:
        step = 2.0 ** -(2 + max(found.size - 1, 0).bit_length())
        found = found + step * np.arange(found.size).reshape(shape)
    if drawn.kind == "probabilities":
        weights = 2.0 ** -found.astype(np.float64)
        return torch.from_numpy(
            (weights / weights.sum(-1, keepdims=True)).astype(dtype)
        )
    tensor = torch.from_numpy(found.astype(dtype))
    return tensor.requires_grad_() if drawn.kind == "param" else tensor


def tensors(
    *,
    largest: int = 5,
    dtype: Any = np.float32,
    elements: st.SearchStrategy[Any] | None = None,
    ties: bool = True,
    also: Also = None,
    **axes: str | Drawn,
) -> st.SearchStrategy[dict[str, Any]]:
    """Return named tensors with common axes: `tensors(y_hat="n 1", y="n")` ties both to one n.

    A number is a size; any other word names an axis of size 1 to `largest`; `h*w` is their
    product, `q>=2` and `h>=kh` state the smallest size of an axis. `classes`,
    `probabilities` and `param` replace a shape for special values.  elements: the numbers,
    by default multiples of 1/4 from -8 to 8; a contract draws no others, either.  ties:
    whether a tensor may have equal elements.  `also` draws other values under their names.
    Raises DeclarationError for a shape that it cannot read.

    >>> case = tensors(y_hat="n 1", y="n").example()
    >>> case["y_hat"].shape[0] == len(case["y"])
    True
    """
    return Given(
        _specified(axes), also or {}, largest, dtype, elements, ties
    ).small()


def _drawn(draw: st.DrawFn, also: Also) -> dict[str, Any]:
    return {name: draw(strategy) for name, strategy in (also or {}).items()}


@functools.cache
def _quarters(bound: float) -> st.SearchStrategy[float]:
    """Return multiples of 1/4: exact in float32, so a right answer is equal in any order of
    operations.
    """
    return st.integers(-int(4 * bound), int(4 * bound)).map(lambda k: k / 4)


@dataclass(frozen=True)
class Given:
    """What `tensors` was asked for, so that a contract can draw it in other sizes and dtypes."""

    axes: Mapping[str, Drawn]
    also: Mapping[str, st.SearchStrategy[Any]]
    largest: int = 5
    dtype: Any = np.float32
    elements: st.SearchStrategy[Any] | None = None
    ties: bool = True

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of all values of a case, in their order."""
        return *self.axes, *self.also

    @property
    def names(self) -> list[str]:
        """The names of the axes; sorted, because cases must not depend on the order of a set."""
        words = [word for drawn in self.axes.values() for word in drawn.words]
        return sorted(
            {
                part
                for word in words
                for part in word.split("*")
                if not part.isdigit()
            }
        )

    def least(self, axis: str, size: Callable[[str], int] | None = None) -> int:
        """Return the smallest size of an axis.  size: of any other, by default its smallest."""
        bounds = [
            least
            for drawn in self.axes.values()
            for name, least in drawn.bounds
            if name == axis
        ]
        return max(
            (_number(least, size or self.least) for least in bounds), default=1
        )

    def numbers(self, size: Callable[[str], int]) -> int:
        """Return how many numbers a case has, given the sizes of its axes."""
        return sum(
            math.prod(_shape(drawn.axes, size)) for drawn in self.axes.values()
        )

    def small(self, up_to: float = 8) -> st.SearchStrategy[dict[str, Any]]:
        """Return the strategy.  up_to: how large the numbers may be, if `elements` does not say."""
        elements = _quarters(up_to) if self.elements is None else self.elements

        @st.composite
        def small(draw: st.DrawFn) -> dict[str, Any]:
            @functools.cache
            def size(axis: str) -> int:
                least = self.least(axis, size)
                return draw(st.integers(least, max(least, self.largest)))

            def numbers(
                name: str, shape: tuple[int, ...], below: int | None
            ) -> Any:
                if below is None:
                    return draw(_arrays(self.dtype, shape, elements=elements))
                return draw(
                    _arrays(np.int64, shape, elements=st.integers(0, below - 1))
                )

            return self._case(draw, size, numbers, self.dtype)

        strategy = small()
        strategy.given = self  # type: ignore[attr-defined]  # for `given_of`
        return strategy

    def varied(
        self,
        sizes: Mapping[str, Iterable[int]],
        dtypes: Iterable[Any] = REAL,
        scales: Iterable[float] = SCALES,
        zeros: bool = True,
        bound: float = 0,
        most: float = MOST,
    ) -> st.SearchStrategy[dict[str, Any]]:
        """Return the same with these sizes, and 1 to 3 for any other axis: see `varied`.

        bound: draw numbers up to it, each as likely.  most: numbers in a case, whose
        largest axes are halved
        until it has no more.
        """
        every = dict.fromkeys(self.names, (1, 2, 3)) | dict(sizes)
        zeros = (
            zeros and self.ties and self.elements is None and bool(self.axes)
        )

        @st.composite
        def varied(draw: st.DrawFn) -> dict[str, Any]:
            chosen = {
                axis: draw(st.sampled_from(list(among)))
                for axis, among in every.items()
            }

            @functools.cache
            def size(axis: str) -> int:
                return max(chosen[axis], self.least(axis, size))

            while (
                self.numbers(size) > most
                and max(chosen.values(), default=1) > 1
            ):
                chosen[max(chosen, key=lambda axis: chosen[axis])] //= 2
                size.cache_clear()
            dtype = np.dtype(draw(st.sampled_from(list(dtypes))))
            rng = np.random.default_rng(draw(st.integers(0, 2**32)))
            of_zeros = (
                draw(
                    st.sampled_from([*self.axes, *[""] * (4 * len(self.axes))])
                )
                if zeros
                else ""
            )
            some = (
                []
                if self.elements is None
                else [draw(self.elements) for _ in range(SOME)]
            )

            def numbers(
                name: str, shape: tuple[int, ...], below: int | None
            ) -> Any:
                scale = draw(st.sampled_from(list(scales))) * (name != of_zeros)
                if below is not None:
                    return rng.integers(0, below, shape)
                if some:
                    return rng.choice(some, shape)
                normal = (
                    rng.uniform(-bound, bound, shape)
                    if bound
                    else rng.standard_normal(shape) * scale
                )
                if dtype.kind in "iu":
                    return np.rint(
                        np.clip(
                            normal * 10,
                            np.iinfo(dtype).min / 4,
                            np.iinfo(dtype).max / 4,
                        )
                    )
                return normal

            return self._case(draw, size, numbers, dtype)

        return varied()

    def _case(
        self,
        draw: st.DrawFn,
        size: Callable[[str], int],
        numbers: Numbers,
        dtype: Any,
    ) -> dict[str, Any]:
        values = {}
        for name, drawn in self.axes.items():
            values[name] = _of_kind(
                drawn, size, functools.partial(numbers, name), dtype, self.ties
            )
        return values | _drawn(draw, self.also)


def given_of(strategy: object) -> Given | None:
    """Return what `tensors` was asked for, if it made this strategy."""
    return getattr(strategy, "given", None)
