"""A class as its page needs it: a light row for each student, and what was lost by what.

One pass over the reports, of which none is kept.  Knows nothing of how the numbers are shown.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograder.reporting import measures, words
from autograder.reporting.causes import Tally, is_blank, losses, tallies, was_not_run
from autograder.results import Outcome, Report

STOPPED = (Outcome.TIMEOUT, Outcome.CRASHED)  # the deadline or a wall ended it
SLOWEST = 5  # students


@dataclass(frozen=True)
class Row:
    """One student.  score: None where a person must look; exercises: name -> (earned, points)."""

    id: str
    name: str
    score: float | None
    max_score: float
    exercises: dict[str, tuple[float, float]]
    passed: dict[tuple[str, str], bool]  # (exercise, check) -> whether its points were earned
    flags: tuple[str, ...]
    late: str
    is_written: bool
    seconds: float
    stopped: tuple[str, ...]  # in which exercises code was stopped, and how


@dataclass(frozen=True)
class CheckFigures:
    """One check over those who wrote something.  tells: its discrimination, or None where it has none."""

    exercise: str
    title: str
    points: float
    share: float  # of these students who have its points
    tells: float | None


@dataclass(frozen=True)
class Survey:
    """What became of a class."""

    rows: tuple[Row, ...]
    exercises: dict[str, float]  # name -> what it is worth
    tallies: tuple[Tally, ...]
    checks: tuple[CheckFigures, ...]

    @property
    def scores(self) -> list[float]:
        """Of all who have a grade."""
        return [row.score for row in self.rows if row.score is not None]

    @property
    def worth(self) -> float:
        """What can be earned."""
        return sum(self.exercises.values())

    @property
    def median(self) -> float | None:
        """Of the grades; None where there are none."""
        return statistics.median(self.scores) if self.scores else None

    @property
    def slowest(self) -> list[Row]:
        """Whose code and judge took the most CPU time; the most first."""
        timed = [row for row in self.rows if math.isfinite(row.seconds) and row.seconds > 0]
        return sorted(timed, key=lambda row: -row.seconds)[:SLOWEST]


def survey(reports: Iterable[Report]) -> Survey:
    """The class of these reports, in their order; they are read once, and may be a generator."""
    rows: list[Row] = []
    lost = []
    worth: dict[str, float] = {}
    checks: dict[tuple[str, str], tuple[str, float]] = {}
    keys: dict[tuple[str, str], tuple[str, str]] = {}  # one of each: reports from a file share no strings
    for report in reports:
        row = _row(report, keys)
        for result in report.results:
            checks.setdefault(keys[result.exercise, result.check], (result.title, result.points))
        for name, (_, points) in row.exercises.items():
            worth.setdefault(name, points)
        lost.append((len(rows), losses(report)))
        rows.append(row)
    judged = [row for row in rows if row.score is not None and row.is_written]
    figures = tuple(_figures(judged, key, *said) for key, said in checks.items())
    return Survey(tuple(rows), worth, tuple(tallies(lost)), figures)


def _row(report: Report, keys: dict) -> Row:
    exercises: dict[str, tuple[float, float]] = {}
    for result in report.results:
        earned, points = exercises.get(result.exercise, (0, 0))
        exercises[result.exercise] = earned + result.earned, points + result.points
    stopped: dict[str, str] = {}
    for result in report.results:
        if result.outcome in STOPPED and not was_not_run(result):
            stopped.setdefault(result.exercise, result.message)
    return Row(
        id=report.id,
        name=report.name,
        score=None if report.needs_a_person else report.score,
        max_score=report.max_score,
        exercises=exercises,
        passed={
            keys.setdefault((r.exercise, r.check), (r.exercise, r.check)): r.earned >= r.points
            for r in report.results
        },
        flags=report.flags,
        late=words.late(report.flags),
        is_written=not is_blank(report),
        seconds=report.seconds,
        stopped=tuple(words.STOPPED.format(exercise=name, how=how) for name, how in stopped.items()),
    )


def _figures(judged: Sequence[Row], key, title, points) -> CheckFigures:
    asked = [row for row in judged if key in row.passed]  # an earlier kit may have had other checks
    earned = [row.passed[key] for row in asked]
    share = sum(earned) / len(earned) if earned else 0.0
    tells = measures.discrimination(earned, [row.score for row in asked], points)
    return CheckFigures(key[0], title, points, share, tells)
