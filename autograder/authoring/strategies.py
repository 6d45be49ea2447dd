"""Random inputs whose shapes fit together, and which shrink to small round numbers.  Knows no
exercise.
"""

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autograder.errors import DeclarationError

# the size of a large axis, if MOST allows it: larger than any loop or table in a wrong
# answer
LARGE = 1500
MOST = 36_000  # numbers in a case of a contract: a worker's answers to five such fit a message
SOME = 32  # numbers that are drawn from a strategy, to fill a tensor with
# Probabilities are made of powers of 1/2, with an exponent below this.
WEIGHTS = 12
Case = dict[str, Any]  # the inputs of a check, by name
Inputs = st.SearchStrategy[Case]
Size = Callable[[str], int]  # of an axis
# Draws the numbers of a tensor for a shape: integers below a bound, or any if it is None.
Numbers = Callable[[tuple[int, ...], int | None], Any]
# Cached, because making a strategy takes as long as drawing from it.
_arrays = functools.lru_cache(maxsize=1000)(arrays)


@dataclass(frozen=True)
class Drawn:
    """A tensor to draw: its axes, and the kind of its values, "" for any numbers."""

    axes: str
    kind: str = ""
    below: str = ""


def classes(axes: str, *, below: str) -> Drawn:
    """Return labels for `tensors`: whole numbers (int64) from 0 up to the size of an axis.

    below: that axis, whose size no label reaches.

    >>> tensors(X="n q", y=classes("n", below="q")).example()["y"].dtype
    torch.int64
    """
    return Drawn(axes, "classes", below)


def probabilities(axes: str) -> Drawn:
    """Return probabilities for `tensors`: positive, and their sum along the last axis is 1.

    >>> tensors(p=probabilities("n q")).example()["p"].sum(1).allclose(torch.ones(1))
    True
    """
    return Drawn(axes, "probabilities")


def param(axes: str) -> Drawn:
    """Return a parameter for `tensors`: a leaf that requires its gradient.

    >>> tensors(w=param("d 1")).example()["w"].requires_grad
    True
    """
    return Drawn(axes, "param")


def _shape(axes: str, size: Size) -> tuple[int, ...]:
    """Return the shape for axes such as `"n 1 h*w"`."""
    shape = []
    for factors, _ in _parsed(axes):
        sizes = [_number(axis, size) for axis in factors]
        shape.append(math.prod(sizes))
    return tuple(shape)


def _parsed(axes: str) -> list[tuple[list[str], str]]:
    """Return each axis as its factors and its smallest size: (["h"], "kh") for `h>=kh`."""
    parsed = []
    for word in axes.split():
        product, _, smallest = word.partition(">=")
        parsed.append((product.split("*"), smallest or "1"))
    return parsed


def _number(axis: str, size: Size) -> int:
    if axis.isdigit():
        return int(axis)
    return size(axis)


def tensors(
    *,
    largest: int = 5,
    dtype: Any = np.float32,
    elements: st.SearchStrategy[Any] | None = None,
    ties: bool = True,
    also: Mapping[str, st.SearchStrategy[Any]] | None = None,
    **axes: str | Drawn,
) -> Inputs:
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
    specified = {}
    for name, shape in axes.items():
        drawn = shape if isinstance(shape, Drawn) else Drawn(shape)
        specified[name] = drawn
        for factors, smallest in _parsed(f"{drawn.axes} {drawn.below}"):
            for axis in (*factors, smallest):
                if not (axis.isdigit() or axis.isidentifier()):
                    raise DeclarationError(
                        "`{word}` in the shape of `{name}` is not an axis. Write a number, a "
                        "name, a product such as n*q, or a name with its smallest size, such as "
                        "q>=2 or h>=kh.",
                        word=axis,
                        name=name,
                    )
    given = Given(specified, also or {}, largest, dtype, elements, ties)
    strategy = small(given)
    strategy.given = given  # type: ignore[attr-defined]  # for `given_of`
    return strategy


@functools.cache
def _quarters(bound: float) -> st.SearchStrategy[float]:
    """Return multiples of 1/4: exact in float32, so right in any order of operations."""
    most = int(4 * bound)
    return st.integers(-most, most).map(lambda k: k / 4)


@dataclass(frozen=True)
class Given:
    """What `tensors` was asked for, so that a contract can draw it in other sizes and dtypes."""

    axes: Mapping[str, Drawn]
    also: Mapping[str, st.SearchStrategy[Any]]
    largest: int = 5
    dtype: Any = np.float32
    elements: st.SearchStrategy[Any] | None = None
    ties: bool = True

    @functools.cached_property
    def smallest(self) -> dict[str, list[str]]:
        """The smallest sizes that each axis must have, by its name."""
        bounds: dict[str, list[str]] = {}
        for drawn in self.axes.values():
            for factors, smallest in _parsed(f"{drawn.axes} {drawn.below}"):
                for axis in factors:
                    if not axis.isdigit():
                        bounds.setdefault(axis, []).append(smallest)
        return bounds

    @property
    def names(self) -> list[str]:
        """The names of the axes."""
        return sorted(self.smallest)

    def least(self, axis: str, size: Size | None = None) -> int:
        """Return the smallest size of an axis.  size: of any other, by default its smallest."""
        size = size or self.least
        sizes = [_number(bound, size) for bound in self.smallest[axis]]
        return max(sizes)

    def numbers(self, size: Size) -> int:
        """Return how many numbers a case has, given the sizes of its axes."""
        count = 0
        for drawn in self.axes.values():
            count += math.prod(_shape(drawn.axes, size))
        return count

    def case(
        self, draw: st.DrawFn, size: Size, numbers: Numbers, dtype: Any
    ) -> Case:
        """Draw the tensors of a case, and its other inputs."""
        case = {}
        for name, drawn in self.axes.items():
            case[name] = self._tensor(drawn, size, numbers, dtype)
        for name, strategy in self.also.items():
            case[name] = draw(strategy)
        return case

    def _tensor(
        self, drawn: Drawn, size: Size, numbers: Numbers, dtype: Any
    ) -> torch.Tensor:
        shape = _shape(drawn.axes, size)
        below = None
        if drawn.kind == "classes":
            below = math.prod(_shape(drawn.below, size))
            dtype = np.int64
        elif drawn.kind == "probabilities":
            below = WEIGHTS
        elements = np.asarray(numbers(shape, below))
        if not self.ties and drawn.kind != "classes":
            # Multiples of 1/4, of which no two are equal once each has a part of 1/4 of its own.
            count = elements.size
            step = 2.0 ** -(2 + max(count - 1, 0).bit_length())
            elements = elements + step * np.arange(count).reshape(shape)
        if drawn.kind == "probabilities":
            weights = 2.0 ** -elements.astype(np.float64)
            elements = weights / weights.sum(-1, keepdims=True)
        tensor = torch.from_numpy(elements.astype(dtype))
        return tensor.requires_grad_(drawn.kind == "param")


@st.composite
def small(draw: st.DrawFn, given: Given, up_to: float = 8) -> Case:
    """Return small inputs, which shrink.

    up_to: how large the numbers may be, if `elements` does not say.
    """
    elements = given.elements
    if elements is None:
        elements = _quarters(up_to)

    @functools.cache
    def size(axis: str) -> int:
        least = given.least(axis, size)
        return draw(st.integers(least, max(least, given.largest)))

    def numbers(shape: tuple[int, ...], below: int | None) -> Any:
        if below is None:
            return draw(_arrays(given.dtype, shape, elements=elements))
        labels = st.integers(0, below - 1)
        return draw(_arrays(np.int64, shape, elements=labels))

    return given.case(draw, size, numbers, given.dtype)


@st.composite
def varied(
    draw: st.DrawFn,
    given: Given,
    sizes: Mapping[str, Sequence[int]],
    dtypes: Sequence[Any],
    scales: Sequence[float] = (1.0,),
    bound: float = 0,
) -> Case:
    """Return inputs with these sizes, and 1 to 3 for any other axis; they do not shrink.

    Numbers are normal, multiplied by one of `scales`.  bound: draw numbers up to it instead,
    each as likely.  The largest axes are halved until a case has at most MOST numbers.
    """
    chosen: dict[str, int] = {}
    for axis in given.names:
        among = sizes.get(axis, (1, 2, 3))
        chosen[axis] = draw(st.sampled_from(among))

    @functools.cache
    def size(axis: str) -> int:
        return max(chosen[axis], given.least(axis, size))

    while given.numbers(size) > MOST and max(chosen.values()) > 1:
        widest = max(chosen, key=chosen.__getitem__)
        chosen[widest] //= 2
        size.cache_clear()
    dtype = draw(st.sampled_from(dtypes))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    elements = []
    if given.elements is not None:
        elements = [draw(given.elements) for _ in range(SOME)]

    def numbers(shape: tuple[int, ...], below: int | None) -> Any:
        scale = draw(st.sampled_from(scales))
        if below is not None:
            return rng.integers(0, below, shape)
        if elements:
            return rng.choice(elements, shape)
        if bound:
            return rng.uniform(-bound, bound, shape)
        # No -0: few inputs have any.
        return rng.standard_normal(shape) * scale + 0.0

    return given.case(draw, size, numbers, dtype)


def given_of(strategy: object) -> Given | None:
    """Return what `tensors` was asked for, if it made this strategy."""
    return getattr(strategy, "given", None)
