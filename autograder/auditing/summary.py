"""What was found of many programs, counted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.auditing.programs import MISTAKE, STUB, Verdict
from autograder.authoring.checks import MISS, cases_for

KINDS = ("right accepted", "right rejected", "wrong accepted", "wrong rejected")


def _is_misnamed(one):
    is_known = one.program.origin.startswith(MISTAKE)
    return is_known and one.named not in ("", one.program.origin.removeprefix(MISTAKE))


# What is looked for among the verdicts, by name.
SORTS = {
    **{kind: lambda one, kind=kind: one.kind == kind for kind in KINDS},
    "named": lambda one: one.is_wrong and bool(one.named),
    "misnamed": _is_misnamed,
    # The stub has nothing right in it.
    "costs others": lambda one: bool(one.others) and one.is_wrong and one.program.origin != STUB,
    "self-check red": lambda one: bool(one.red),
    "seeds differ": lambda one: bool(one.seeds),
    "doubted": lambda one: one.program.sort != "mutant" and one.is_wrong != bool(one.witness),
}
BAD = "wrong accepted", "right rejected", "self-check red", "seeds differ"  # an audit with one is not fine


@dataclass(frozen=True)
class CheckFigures:
    """A check over all wrong programs of its exercise.

    catches, alone: how many it catches, and how many no other check does.  share: the smallest share of
    its drawn cases that shows a mutant which no other check sees more often.  needed: cases that it takes
    (see `cases_for`), 0 where shares were not counted.  drawn: cases that it has.
    """

    exercise: str
    name: str
    catches: int
    alone: int
    share: float = 1.0
    needed: int = 0
    drawn: int = 0

    @property
    def is_thin(self) -> bool:
        """Whether it has too few cases, also if its share was seen a little too small by chance."""
        if not (self.drawn and self.needed):
            return False
        seen = self.share * self.drawn
        share = min(1.0, (seen + 2 * math.sqrt(seen) + 2) / self.drawn)
        return (1 - share) ** self.drawn > MISS


@dataclass(frozen=True)
class AuditSummary:
    """What was found.

    counts: by exercise, how many verdicts are of each of SORTS.  undrawn: by exercise, the kinds of inputs
    that its oracle draws and no check does.
    """

    looked: Sequence[Verdict]
    counts: Mapping[str, Mapping[str, int]]
    checks: Sequence[CheckFigures]
    undrawn: Mapping[str, Sequence[str]]

    def of(self, sort: str) -> list[Verdict]:
        """The verdicts of one of SORTS."""
        return [*filter(SORTS[sort], self.looked)]

    @property
    def totals(self) -> dict[str, int]:
        """How many verdicts are of each of SORTS."""
        return {sort: len(self.of(sort)) for sort in SORTS}

    @property
    def thin(self) -> list[CheckFigures]:
        """The checks that have too few cases for what was seen."""
        return [check for check in self.checks if check.is_thin]

    @property
    def is_fine(self) -> bool:
        """Whether all is as it should be."""
        return not (self.thin or any(map(self.of, BAD)))


def summary(
    looked: Sequence[Verdict],
    checks: Mapping[str, Mapping[str, int]],
    with_shares: bool = False,
    undrawn: Mapping[str, Sequence[str]] | None = None,
) -> AuditSummary:
    """Count.  checks: the names of each exercise's checks, in its order, and how many cases each draws."""
    own = {name: [one for one in looked if one.program.exercise == name] for name in checks}
    return AuditSummary(
        looked,
        {name: {sort: sum(map(SORTS[sort], own[name])) for sort in SORTS} for name in checks},
        [
            _check(name, check, n, own[name], with_shares)
            for name in checks
            for check, n in checks[name].items()
        ],
        {name: kinds for name, kinds in (undrawn or {}).items() if kinds},
    )


def _check(exercise, name, drawn, looked, with_shares):
    caught = [one for one in looked if one.is_wrong and name in one.lost]
    alone = sum(len(one.lost) == 1 for one in caught)
    if not with_shares:
        return CheckFigures(exercise, name, len(caught), alone)
    # Of each mutant the check counts that sees it most often.  What extra cases show has a share of 0: they
    # show it in each run.
    mutants = [one for one in caught if one.program.sort == "mutant" and all(one.lost.values())]
    own = [one.lost[name] for one in mutants if one.lost[name] == max(one.lost.values())]
    smallest = min(own, default=1.0)
    return CheckFigures(exercise, name, len(caught), alone, smallest, cases_for(smallest), drawn)
