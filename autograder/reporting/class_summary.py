"""A class in numbers: who lost points in what, and what was lost by how many.

One pass over the reports, of which none is kept, so that a class of 10,000 costs no more than one of 60.
Knows nothing of how the numbers are shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from autograder.reporting import words
from autograder.reporting.causes import is_blank, named
from autograder.results import Outcome, Report

ROWS = 60  # students that are listed one by one
WORTH_A_LOOK = 20  # of a larger class: who needs a person, and then the fewest points
NO_REASON = "", ""


@dataclass(frozen=True)
class Student:
    """One student's row.  score: None where there is no grade."""

    id: str
    score: float | None
    max_score: float | None
    remark: str  # where points were lost and why, or what else is worth knowing
    name: str = ""


@dataclass(frozen=True)
class ExerciseTotals:
    """One exercise over the class.  earned, points: means of a student."""

    exercise: str
    earned: float
    points: float
    losers: int  # students who lost any of its points
    reason: str = ""  # why most often: a mistake in its words, or an outcome; "" where no loss has either
    times: int = 0  # how often that was


@dataclass(frozen=True)
class ClassSummary:
    """What became of a class.  students: of a large one, those worth a look."""

    count: int
    students: tuple[Student, ...]
    exercises: tuple[ExerciseTotals, ...] = ()
    headings: tuple[str, str, str] = (words.STUDENT, words.POINTS, words.LOST_IN)


class Graded(Protocol):
    """A student as a gradebook has them; `problem` says why there is no score."""

    student: str
    score: float | None
    max_score: float | None
    problem: str
    notes: tuple[str, ...]


def summarize(reports: Iterable[Report]) -> ClassSummary:
    """The class of these reports, in their order; they are read once, and may be a generator."""
    totals: dict[str, _Totals] = {}
    students: list[Student] = []
    count = graded = 0
    for report in reports:
        count += 1
        if all(result.outcome is Outcome.GRADER_ERROR for result in report.results):
            remark = report.reason  # what has no grade at all is no loss
        else:
            graded += 1
            remark = _remark(report, _add(report, totals))
        score = None if report.needs_a_person else report.score
        students.append(Student(report.id, score, report.max_score, remark, report.name))
        if len(students) > 2 * ROWS:
            students = _worth_a_look(students)
    listed = tuple(students if count <= ROWS else _worth_a_look(students))
    return ClassSummary(count, listed, tuple(t.over(name, graded) for name, t in totals.items()))


def _worth_a_look(students):
    """Some of them: nobody who is left out needs a person while one with a grade is there."""
    return sorted(students, key=lambda one: (one.score is not None, one.score or 0))[:WORTH_A_LOOK]


def of_course(graded: Iterable[Graded]) -> ClassSummary:
    """The class as it stands in a gradebook: all students, whose scores may hold points given by hand.

    All are listed, since nothing else tells what is worth knowing of them.
    """
    students = tuple(
        Student(one.student, one.score, one.max_score, one.problem or "; ".join(one.notes)) for one in graded
    )
    headings = (words.STUDENT, words.SCORE, words.WORTH_KNOWING)
    return ClassSummary(len(students), students, headings=headings)


@dataclass
class _Totals:
    """The counters of one exercise, while the reports go by."""

    earned: float = 0.0
    points: float = 0.0
    losers: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def over(self, name, count):
        often = self.reasons.most_common(1)  # of several, the one that came first
        reason, times = often[0] if often else ("", 0)
        return ExerciseTotals(name, self.earned / count, self.points / count, self.losers, reason, times)


def _add(report, totals):
    """Count a report in; where it lost points, and why: in a word or two, and in a sentence."""
    lost: dict[str, tuple[str, str]] = {}
    for result in report.results:
        exercise = totals.setdefault(result.exercise, _Totals())
        exercise.earned += result.earned
        exercise.points += result.points
        if result.earned < result.points and not lost.get(result.exercise, NO_REASON)[0]:
            lost[result.exercise] = _why(result, result.exercise in report.follows)
    for name, (_, sentence) in lost.items():
        totals[name].losers += 1
        if sentence:
            totals[name].reasons[sentence] += 1
    return {name: short for name, (short, _) in lost.items()}


def _why(result, follows):
    """A mistake by its name and in its words, or else the outcome, unless that says no more than "lost".

    follows: whether parts of the student's own explain it.
    """
    if result.cause in ("not_written", "still_raises"):
        return words.NOT_WRITTEN, words.NOT_WRITTEN
    if result.outcome is Outcome.GRADER_ERROR:
        return words.NOT_KNOWN, words.NOT_KNOWN
    if result.mistake:
        return named(result.mistake), result.says or named(result.mistake)
    if follows:
        return words.FOLLOWING, words.FOLLOWING
    if result.outcome is Outcome.FAILED:
        return NO_REASON
    return (words.KINDS.get(result.outcome, ""),) * 2


def _remark(report, lost):
    if report.notes and report.score == 0 and len({r.message for r in report.results}) == 1:
        return report.results[0].message  # the file as a whole could not be judged
    if is_blank(report):
        return words.NOTHING_WRITTEN
    return ", ".join(
        words.REASON.format(exercise=name, reason=why) if why else name for name, why in lost.items()
    )
