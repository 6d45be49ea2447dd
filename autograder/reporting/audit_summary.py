"""What an audit found, counted: who was accepted and rejected, and what each check catches.

Knows nothing of how it is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autograder.evidence import MISS, at_most, cases_for, miss
from autograder.judging.verdicts import MISTAKE, Verdict

KINDS = ("right accepted", "right rejected", "wrong accepted", "wrong rejected")


@dataclass(frozen=True)
class CheckFigures:
    """A check over all wrong programs of its exercise.

    catches, alone: how many it catches, and how many no other check does.  share: the smallest share of
    its drawn cases that shows a mutant which no other check sees more often.  needed: cases that it takes
    (see `evidence`), 0 where shares were not counted.  drawn: cases that it has.
    """

    name: str
    catches: int
    alone: int
    share: float = 1.0
    needed: int = 0
    drawn: int = 0

    @property
    def is_thin(self) -> bool:
        """Whether it has too few cases, also if its share was seen a little too small by chance."""
        return bool(self.drawn and self.needed) and miss(at_most(self.share, self.drawn), self.drawn) > MISS


@dataclass(frozen=True)
class ExerciseFigures:
    """counts: of KINDS.  named: of the wrong ones that are rejected.  misnamed: known mistakes by the name of
    another.  red: accepted, and rejected by the visible self-check.  differing: accepted by one seed and
    rejected by another.  kept: points that the wrong ones keep, of 1.
    """

    name: str
    counts: dict[str, int]
    mutants: int
    named: int
    misnamed: int
    cascades: int
    red: int
    differing: int
    kept: float
    checks: list[CheckFigures] = field(default_factory=list)


@dataclass(frozen=True)
class AuditSummary:
    """All of it; survivors: wrong ones accepted.  refused: right ones rejected.  doubted: said to be right
    or wrong by who wrote them, and not by the oracle.  red, differing: as in ExerciseFigures.  undrawn: by
    exercise, the kinds of inputs that its oracle draws and no check does.
    """

    exercises: list[ExerciseFigures]
    survivors: list[Verdict]
    refused: list[Verdict]
    doubted: list[Verdict]
    cascades: list[Verdict]
    red: list[Verdict]
    differing: list[Verdict]
    undrawn: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def thin(self) -> list[tuple[str, CheckFigures]]:
        """(exercise, check) that have too few cases for what was seen."""
        return [(e.name, c) for e in self.exercises for c in e.checks if c.is_thin]

    @property
    def totals(self) -> dict[str, int]:
        """Of KINDS, over all exercises."""
        counts: Counter[str] = Counter()
        for exercise in self.exercises:
            counts.update(exercise.counts)
        return {kind: counts[kind] for kind in KINDS}


def summary(
    looked: Sequence[Verdict],
    checks: Mapping[str, Mapping[str, int]],
    with_shares: bool = False,
    undrawn: Mapping[str, Sequence[str]] | None = None,
) -> AuditSummary:
    """Count.  checks: the names of each exercise's checks, in its order, and how many cases each draws."""
    doubted = [one for one in looked if one.program.sort != "mutant" and one.is_wrong != bool(one.witness)]
    return AuditSummary(
        [
            _of(name, [one for one in looked if one.program.exercise == name], checks[name], with_shares)
            for name in checks
        ],
        [one for one in looked if one.kind == "wrong accepted"],
        [one for one in looked if one.kind == "right rejected"],
        doubted,
        [one for one in looked if one.others and _is_alone(one)],
        [one for one in looked if one.red],
        [one for one in looked if one.seeds],
        {name: kinds for name, kinds in (undrawn or {}).items() if name in checks and kinds},
    )


def _is_alone(one):
    """Whether nothing but its own function is wrong in it."""
    return one.is_wrong and one.program.origin != "the stub"


def _of(name, looked, checks, with_shares):
    wrong = [one for one in looked if one.kind == "wrong rejected"]
    whole = [one for one in wrong if one.earned is not None and one.points]
    return ExerciseFigures(
        name,
        {kind: sum(one.kind == kind for one in looked) for kind in KINDS},
        mutants=sum(one.program.sort == "mutant" for one in looked),
        named=sum(bool(one.named) for one in wrong),
        misnamed=sum(_is_misnamed(one) for one in wrong),
        cascades=sum(bool(one.others) and _is_alone(one) for one in looked),
        red=sum(bool(one.red) for one in looked),
        differing=sum(bool(one.seeds) for one in looked),
        kept=sum(one.earned / one.points for one in whole) / len(whole) if whole else 0.0,
        checks=[_check(check, drawn, wrong, with_shares) for check, drawn in checks.items()],
    )


def _is_misnamed(one):
    return one.program.origin.startswith(MISTAKE) and one.named not in (
        "",
        one.program.origin[len(MISTAKE) :],
    )


def _check(name, drawn, wrong, with_shares):
    caught = [one for one in wrong if name in one.lost]
    alone = [one for one in caught if len(one.lost) == 1]
    if not with_shares:
        return CheckFigures(name, len(caught), len(alone))
    # A mutant is the affair of the check that sees it most often.  0 has what cases beyond show, and these
    # show it always.
    own = [
        one.lost[name]
        for one in caught
        if one.program.sort == "mutant"
        and one.lost[name] == max(one.lost.values())
        and all(one.lost.values())
    ]
    smallest = min(own, default=1.0)
    return CheckFigures(name, len(caught), len(alone), smallest, cases_for(smallest), drawn)
