"""Numbers of a class: how scores spread, and how well a check tells strong students from weak ones.

Knows nothing of reports.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

BARS = 10  # of a histogram, where there are more points than bars
SOME, WELL = 0.1, 0.3  # from here on a check tells something, and tells it well


@dataclass(frozen=True)
class Bar:
    """A range of scores, and how many there are.  is_last: with its upper end."""

    low: float
    high: float
    count: int
    is_last: bool = False


def histogram(scores: Sequence[float], worth: float) -> list[Bar]:
    """How many scores lie where, from 0 to worth: a bar a point for few points, else BARS of one width."""
    if worth <= 0:
        return []
    if worth <= BARS and worth == int(worth):
        bars = [(n, n + 1, sum(n <= s < n + 1 for s in scores)) for n in range(int(worth))]
        return [*(Bar(*bar) for bar in bars), Bar(worth, worth, sum(s >= worth for s in scores), True)]
    counts = [0] * BARS
    for score in scores:
        counts[min(BARS - 1, int(score / worth * BARS))] += 1
    edges = [worth * n / BARS for n in range(BARS + 1)]
    return [Bar(edges[n], edges[n + 1], counts[n], n == BARS - 1) for n in range(BARS)]


def discrimination(earned: Sequence[bool], scores: Sequence[float], points: float) -> float | None:
    """How well a check tells strong students from weak: the corrected point-biserial correlation.

    earned: who has its points; scores: of the same students.  It is the correlation of having them with
    the score in all *other* checks, since a check agrees with itself; from -1 to 1.  None where it tells
    nothing: all students have its points, or none, or the others all have one score.
    (S. Henrysson, Correction of item-total correlations in item analysis, Psychometrika 28, 1963.)
    """
    rest = [score - points * has for has, score in zip(earned, scores)]
    try:
        return statistics.correlation([float(has) for has in earned], rest)
    except statistics.StatisticsError:  # fewer than two, or no spread
        return None
