"""What an audit found, counted, and left in a folder: audit.json with every program, and audit.html."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.auditing.programs import MISTAKE, Verdict
from autograder.authoring.checks import MISS, cases_for
from autograder.reporting.atomic import write
from autograder.reporting.rendering import page

KINDS = ("right accepted", "right rejected", "wrong accepted", "wrong rejected")
SCHEMA = 2


@dataclass(frozen=True)
class CheckFigures:
    """A check over all wrong programs of its exercise.

    catches, alone: how many it catches, and how many no other check does.  share: the smallest share of
    its drawn cases that shows a mutant which no other check sees more often.  needed: cases that it takes
    (see `cases_for`), 0 where shares were not counted.  drawn: cases that it has.
    """

    name: str
    catches: int
    alone: int
    share: float = 1.0
    needed: int = 0
    drawn: int = 0

    @property
    def is_thin(self) -> bool:
        """Whether it has too few cases, also if its share was seen too small by two deviations."""
        if not (self.drawn and self.needed):
            return False
        seen = self.share * self.drawn
        share = min(1.0, (seen + 2 * math.sqrt(seen) + 2) / self.drawn)
        return (1 - share) ** self.drawn > MISS


@dataclass(frozen=True)
class ExerciseFigures:
    """counts: of KINDS.  named: of the wrong ones that are rejected.  misnamed: known mistakes by the name of
    another.  cascades: those that cost points of other exercises.  red: accepted, and rejected by the visible
    self-check.  differing: accepted by one seed and rejected by another.
    """

    name: str
    counts: dict[str, int]
    named: int
    misnamed: int
    cascades: int
    red: int
    differing: int
    checks: list[CheckFigures]


@dataclass(frozen=True)
class AuditSummary:
    """What was found of all verdicts.

    undrawn: by exercise, the kinds of inputs that its oracle draws and no check does.
    """

    looked: Sequence[Verdict]
    exercises: list[ExerciseFigures]
    undrawn: Mapping[str, Sequence[str]]

    @property
    def survivors(self) -> list[Verdict]:
        """Wrong ones that were accepted."""
        return [one for one in self.looked if one.kind == "wrong accepted"]

    @property
    def refused(self) -> list[Verdict]:
        """Right ones that were rejected."""
        return [one for one in self.looked if one.kind == "right rejected"]

    @property
    def doubted(self) -> list[Verdict]:
        """Said to be right or wrong by who wrote them, and not by the oracle."""
        return [
            one for one in self.looked if one.program.sort != "mutant" and one.is_wrong != bool(one.witness)
        ]

    @property
    def cascades(self) -> list[Verdict]:
        """One function is wrong, and points of others are lost."""
        return [one for one in self.looked if _is_cascade(one)]

    @property
    def red(self) -> list[Verdict]:
        """Accepted, and rejected by the visible self-check."""
        return [one for one in self.looked if one.red]

    @property
    def differing(self) -> list[Verdict]:
        """Accepted by one seed, and rejected by another."""
        return [one for one in self.looked if one.seeds]

    @property
    def thin(self) -> list[tuple[str, CheckFigures]]:
        """(exercise, check) that have too few cases for what was seen."""
        return [(e.name, c) for e in self.exercises for c in e.checks if c.is_thin]

    @property
    def totals(self) -> dict[str, int]:
        """Of KINDS, over all exercises."""
        return _counts(self.looked)

    @property
    def is_fine(self) -> bool:
        """Whether all is as it should be."""
        return not (self.survivors or self.refused or self.thin or self.red or self.differing)


def summary(
    looked: Sequence[Verdict],
    checks: Mapping[str, Mapping[str, int]],
    with_shares: bool = False,
    undrawn: Mapping[str, Sequence[str]] | None = None,
) -> AuditSummary:
    """Count.  checks: the names of each exercise's checks, in its order, and how many cases each draws."""
    figures = [
        _of(name, [one for one in looked if one.program.exercise == name], checks[name], with_shares)
        for name in checks
    ]
    return AuditSummary(looked, figures, {name: kinds for name, kinds in (undrawn or {}).items() if kinds})


def _counts(looked):
    return {kind: sum(one.kind == kind for one in looked) for kind in KINDS}


def _is_cascade(one):
    """The stub has nothing right in it."""
    return bool(one.others) and one.is_wrong and one.program.origin != "the stub"


def _of(name, looked, checks, with_shares):
    wrong = [one for one in looked if one.kind == "wrong rejected"]
    mistakes = [one for one in wrong if one.program.origin.startswith(MISTAKE)]
    return ExerciseFigures(
        name,
        _counts(looked),
        named=sum(bool(one.named) for one in wrong),
        misnamed=sum(one.named not in ("", one.program.origin[len(MISTAKE) :]) for one in mistakes),
        cascades=sum(map(_is_cascade, looked)),
        red=sum(bool(one.red) for one in looked),
        differing=sum(bool(one.seeds) for one in looked),
        checks=[_check(check, drawn, wrong, with_shares) for check, drawn in checks.items()],
    )


def _check(name, drawn, wrong, with_shares):
    caught = [one for one in wrong if name in one.lost]
    alone = sum(len(one.lost) == 1 for one in caught)
    if not with_shares:
        return CheckFigures(name, len(caught), alone)
    # Of each mutant the check counts that sees it most often.  What extra cases show has a share of 0: they
    # show it in each run.
    mutants = [one for one in caught if one.program.sort == "mutant" and all(one.lost.values())]
    own = [one.lost[name] for one in mutants if one.lost[name] == max(one.lost.values())]
    smallest = min(own, default=1.0)
    return CheckFigures(name, len(caught), alone, smallest, cases_for(smallest), drawn)


def write_results(out: Path, assignment: str, facts: Mapping[str, object], found: AuditSummary) -> list[Path]:
    """Both files of an assignment, into OUT/<assignment>/; their paths.  Raises OSError."""
    folder = out / assignment
    folder.mkdir(parents=True, exist_ok=True)
    tree = {
        "schema": SCHEMA,
        "assignment": assignment,
        "run": dict(facts),
        "totals": found.totals,
        "exercises": [dataclasses.asdict(one) for one in found.exercises],
        "undrawn": dict(found.undrawn),
        "programs": [_row(one) for one in found.looked],
    }
    write(folder / "audit.json", json.dumps(tree, ensure_ascii=False, indent=1))
    html = page(
        "audit.html",
        styles=("base.css", "audit.css"),
        assignment=assignment,
        facts=facts,
        found=found,
        with_shares=any(check.needed for one in found.exercises for check in one.checks),
    )
    write(folder / "audit.html", html)
    return [folder / "audit.json", folder / "audit.html"]


def _row(verdict: Verdict) -> dict:
    """A program and what was said of it, side by side, without its text."""
    row = dataclasses.asdict(verdict)
    program = row.pop("program")
    for long in ("text", "suffix", "before"):
        del program[long]
    return {"id": verdict.program.id, **program, "diff": verdict.program.diff, "kind": verdict.kind, **row}
