"""Tolerances that are too wide: a check that allows as much as the smallest fault that it must show.

Knows nothing of programs: it looks at drawn cases, of many seeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograder.authoring.checks import Check
from autograder.authoring.exercise import Exercise
from autograder.judging.cases import Cases

NARROW = 0.1  # of the smallest fault: the largest error that a check may allow


class Tolerance(NamedTuple):
    """The widest one of a check's edge case, over all seeds, or of the drawn case that shows most.

    share: of the smallest fault that it must show.
    """

    check: str
    case: str
    share: float
    seed: int


def widest(exercises: Sequence[Exercise], drawn: Sequence[Cases]) -> Iterator[Tolerance]:
    """The widest tolerance of each edge case, and of the drawn cases, of the checks that state a margin."""
    for check in (check for exercise in exercises for check in exercise.checks if check.margin):
        found = [one for cases in drawn for one in _shares(check, cases)]
        for name in dict.fromkeys(one.case for one in found):
            yield max((one for one in found if one.case == name), key=lambda one: one.share)


def _shares(check: Check, cases: Cases) -> Iterator[Tolerance]:
    assert check.margin is not None
    (group,) = cases.groups(check)
    name, many = f"{check.exercise}.{check.name}", len(check.edge_cases)
    shares = [allowed / fault if fault else 1.0 for allowed, fault in map(check.margin, group)]
    for at, share in enumerate(shares[:many], 1):
        yield Tolerance(name, f"edge case {at}", share, cases.seed)
    if shares[many:]:
        yield Tolerance(name, "the drawn ones", min(shares[many:]), cases.seed)
