"""How many drawn cases a check needs, by the share of them that shows the wrong answer hardest to see."""

from __future__ import annotations

import math

MISS = 1e-6  # the chance that a wrong answer may have to slip through
FLOOR = 40  # cases for what nobody foresaw


def cases_for(share: float) -> int:
    """So many that what this share of cases shows is missed with a chance below MISS; at least FLOOR."""
    if share >= 1:
        return FLOOR
    return max(FLOOR, math.ceil(math.log(MISS) / math.log1p(-share)))


def miss(share: float, count: int) -> float:
    """The chance that none of `count` cases shows it."""
    return (1 - share) ** count


def at_most(share: float, count: int) -> float:
    """What the share may be in truth of which `count` cases gave this one; two deviations above it."""
    seen = share * count
    return min(1.0, (seen + 2 * math.sqrt(seen) + 2) / count)
