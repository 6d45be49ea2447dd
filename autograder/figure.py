"""Figures of what a function did, as frozen data: lines of points with their labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from autograder.errors import as_data

# A text, or a message as `as_data` returns it.
Text = Any
# Of a picture that can be read.
MAX_LINES, MAX_POINTS, MAX_NUMBER = 4, 200, 1e15


@dataclass(frozen=True)
class Line:
    """One series of points in a figure.  marks: joined, dots, or crosses."""

    name: Text
    points: tuple[tuple[float, float], ...]
    marks: str = "joined"

    @classmethod
    def shown(
        cls,
        name: str,
        points: Iterable[tuple[float, float]],
        marks: str = "joined",
    ) -> Line:
        """Return a line of the first points that fit a picture, without infinite ones.

        >>> Line.shown("loss", [(1, 0.5), (2, float("inf"))]).points
        ((1.0, 0.5),)
        """
        shown = (
            (_rounded(x), _rounded(y))
            for x, y in points
            if _can_be_shown(x) and _can_be_shown(y)
        )
        return cls(as_data(name), tuple(islice(shown, MAX_POINTS)), marks)


@dataclass(frozen=True)
class Figure:
    """Measurements of a function that lost points, to be drawn; they grade nobody.

    Raises ValueError for what no picture can show: a worker can send any number.
    """

    title: Text
    says: Text  # the same in words, for people who cannot see it
    x: Text  # the label of the axis
    y: Text
    lines: tuple[Line, ...]
    log: str = ""  # the logarithmic axes, "", "y" or "xy"
    cuts: tuple[float, ...] = ()  # the places of vertical lines
    exercise: str = ""  # of the result that it belongs to
    check: str = ""

    def __post_init__(self) -> None:
        for name in ("title", "says", "x", "y"):
            object.__setattr__(self, name, as_data(getattr(self, name)))
        numbers = [*self.cuts]
        for line in self.lines:
            numbers += chain.from_iterable(line.points)
        is_small = len(self.lines) <= MAX_LINES
        is_small &= len(numbers) <= 2 * MAX_LINES * MAX_POINTS
        if not is_small or not all(map(_can_be_shown, numbers)):
            raise ValueError("no figure")


def _can_be_shown(number: float) -> bool:
    # false for NaN, too
    return type(number) in (int, float) and abs(number) <= MAX_NUMBER


def _rounded(number: float) -> float:
    return float(f"{number:.5g}")
