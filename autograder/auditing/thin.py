"""Checks that draw too few cases for the mutants that were seen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.auditing.programs import Verdict
from autograder.authoring.checks import MISS, cases_for


@dataclass(frozen=True)
class ThinCheck:
    """A check with too few cases.

    share: the smallest share of its drawn cases that shows a mutant which no other check sees more often.
    drawn: cases that it has.
    """

    exercise: str
    name: str
    share: float
    drawn: int

    @property
    def needed(self) -> int:
        """Cases that it takes."""
        return cases_for(self.share)


def thin_checks(looked: Sequence[Verdict], drawn: Mapping[str, Mapping[str, int]]) -> list[ThinCheck]:
    """Those of verdicts with shares.  drawn: for each exercise and check, how many cases it draws."""
    found = []
    for exercise, checks in drawn.items():
        mutants = [one for one in looked if one.program.exercise == exercise and one.program.sort == "mutant"]
        # What extra cases show has a share of 0: they show it in each run.
        lost = [one.lost for one in mutants if one.is_wrong and all(one.lost.values())]
        for name, count in checks.items():
            share = min(
                (some[name] for some in lost if some.get(name) == max(some.values(), default=0)), default=1.0
            )
            if count and _is_thin(share, count):
                found.append(ThinCheck(exercise, name, share, count))
    return found


def _is_thin(share: float, drawn: int) -> bool:
    """Also if the share was seen a little too small by chance."""
    seen = share * drawn
    likely = min(1.0, (seen + 2 * math.sqrt(seen) + 2) / drawn)
    return (1 - likely) ** drawn > MISS
