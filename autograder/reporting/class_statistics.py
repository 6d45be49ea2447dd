"""A class in numbers: a row for each student, lost points by cause, and how often each check passes."""

import math
import statistics
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from autograder.languages import tr
from autograder.reporting.cards import points
from autograder.reporting.view import Cause, View
from autograder.results import BY_HAND, Outcome, Report, Result
from autograder.sentences import LONGEST

BARS = 10  # of a histogram, where there are more points than bars


@dataclass
class Head:
    """A class as a whole, as results.json begins."""

    assignment: str
    run: dict[str, Any] = field(default_factory=dict)  # common to the reports of the last run
    submitted: int = 0  # how many were submitted to it; 0 if unknown
    pending: dict[str, str] = field(default_factory=dict)  # id -> name of those that it did not reach
    gone: list[str] = field(default_factory=list)  # ids that were not submitted to it
    absent: list[str] = field(default_factory=list)  # who submitted nothing, of the roster
    decided_in: str = ""  # where an instructor decides, if not in review.csv


@dataclass(frozen=True)
class Student:
    """One student; the texts are as in a View."""

    number: int  # the place in the class
    report: Report  # without what a class does not need
    is_written: bool
    remark: str
    review: str
    late: str
    decisions: str
    before: float | None  # the grade after the last run, if there was one

    def points(self, exercise: str) -> float | None:
        """Return the points of an exercise; None if they, or others, are not known."""
        return None if self.report.grade is None else self.report.points_of(exercise)


@dataclass
class Tally:
    """One cause in a class."""

    cause: Cause
    example: Result  # of the first check that shows its input, or else of the first
    students: list[Student] = field(default_factory=list)
    knock_ons: Counter[str] = field(default_factory=Counter)  # students by knock-on exercise
    lines: Counter[str] = field(default_factory=Counter)  # students by the line with the slip


@dataclass(frozen=True)
class ExerciseStatistics:
    """One exercise, for students with known points."""

    name: str
    points: float
    mean: float | None
    lost_points_count: int  # how many students lost any of them
    most_frequent: tuple[Cause, int] | None  # a cause, with the number of students


@dataclass(frozen=True)
class CheckStatistics:
    """One check, for students who attempted something.  rate: the share with its points."""

    exercise: str
    title: str
    points: float
    rate: float


@dataclass(frozen=True)
class Bar:
    """A range of scores, from low to high inclusive, and how many are in it."""

    low: float
    high: float
    count: int

    @property
    def label(self) -> str:
        low, high = points(self.low), points(self.high)
        return low if low == high else f"{low}–{high}"


@dataclass(frozen=True)
class ClassStatistics:
    """The numbers of a class."""

    students: tuple[Student, ...]
    tallies: tuple[Tally, ...]  # the most frequent first

    @cached_property
    def exercises(self) -> list[ExerciseStatistics]:
        worth: dict[str, float] = {}
        for one in self.students:
            for name, results in one.report.exercises.items():
                worth.setdefault(name, sum(result.points for result in results))
        return [self._exercise(name, each) for name, each in worth.items()]

    def _exercise(self, name: str, worth: float) -> ExerciseStatistics:
        scores = [score for one in self.students if (score := one.points(name)) is not None]
        most_frequent: tuple[Cause, int] | None = None
        for tally in self.tallies:
            count = sum(one.report.grade is not None for one in tally.students)
            if tally.cause.exercise == name and count > (most_frequent[1] if most_frequent else 0):
                most_frequent = tally.cause, count
        mean = statistics.fmean(scores) if scores else None
        lost_points_count = sum(score < worth for score in scores)
        return ExerciseStatistics(name, worth, mean, lost_points_count, most_frequent)

    @cached_property
    def checks(self) -> list[CheckStatistics]:
        answers: dict[tuple[str, str], tuple[Result, list[bool]]] = {}  # to each check
        for one in self.students:
            grade = one.report.grade if one.is_written else None
            for result in one.report.results:
                if result.check != BY_HAND:
                    key = result.exercise, result.check
                    _, earned = answers.setdefault(key, (result, []))
                    if grade is not None and result.outcome is not Outcome.GRADER_ERROR:
                        earned.append(result.earned >= result.points)
        checks = []
        for claim, earned in answers.values():
            rate = statistics.fmean(earned) if earned else 0.0
            checks.append(CheckStatistics(claim.exercise, claim.title, claim.points, rate))
        return checks

    @property
    def scores(self) -> list[float]:
        """The scores of all students with a grade."""
        return [grade for one in self.students if (grade := one.report.grade) is not None]

    @property
    def worth(self) -> float:
        """The points of the assignment."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def median(self) -> float | None:
        return statistics.median(self.scores) if self.scores else None

    @property
    def changed(self) -> list[Student]:
        """The students whose score changed since the last run."""
        graded = [student for student in self.students if student.report.grade is not None]
        return [student for student in graded if student.before not in (None, student.report.grade)]

    @property
    def identical(self) -> list[list[Student]]:
        """Groups of students with identical files that are not the released ones."""
        written = [one for one in self.students if one.report.content and one.is_written and not one.review]
        equal = _grouped((one.report.content, one) for one in written)
        return [group for _, group in equal if len(group) > 1]

    @property
    def needs_review(self) -> list[tuple[str, str]]:
        """(id, why) of the submissions that need review."""
        return [(one.report.id, one.review) for one in self.students if one.review]

    @property
    def flags(self) -> list[tuple[str, list[Student]]]:
        """Other notes, each with its students; the most frequent first."""
        pairs = []
        for one in self.students:
            late = View(one.report).submitted_late if one.report.late_days else ()  # else a flag says it
            pairs += [(note, one) for note in (*late, *map(tr, one.report.flags))]
        return _grouped(pairs)


def _grouped(pairs: Iterable[tuple[str, Student]]) -> list[tuple[str, list[Student]]]:
    """Return the students for each text, the largest group first."""
    groups: dict[str, list[Student]] = {}
    for word, student in pairs:
        groups.setdefault(word, []).append(student)
    return sorted(groups.items(), key=lambda item: -len(item[1]))


def class_statistics(reports: Iterable[Report], before: Mapping[str, float] | None = None) -> ClassStatistics:
    """Return the class of these reports, in their order.  before: id -> grade after the last run."""
    students: list[Student] = []
    tallies: dict[object, Tally] = {}
    known: dict[Result, Result] = {}  # shared between students
    for report in reports:
        view, earlier = View(report), (before or {}).get(report.id)
        bare = [Result(r.exercise, r.check, r.title, r.points, r.earned, r.outcome) for r in report.results]
        results = tuple(known.setdefault(result, result) for result in bare)
        kept = replace(report, results=results, figures=(), code={}, knock_on_of={}, timings={})
        is_written = not view.is_blank or report.is_excused
        student = Student(
            number=len(students),
            report=kept,
            is_written=is_written,
            remark=view.remark,
            review=view.review,
            late=view.late,
            decisions=view.decisions,
            before=earlier,
        )
        students.append(student)
        for loss in () if report.is_excused else view.losses:
            tally = tallies.setdefault(loss.kind, Tally(loss.cause, loss.results[0]))
            if not tally.example.code:
                tally.example = max(loss.results, key=lambda result: bool(result.code))
            if student not in tally.students[-1:]:
                tally.students.append(student)
                tally.knock_ons.update(loss.knock_ons)
                tally.lines.update(one.slip.source[:LONGEST] for one in loss.results if one.slip)
    causes = sorted(tallies.values(), key=lambda tally: -len(tally.students))
    return ClassStatistics(tuple(students), tuple(causes))


def histogram(scores: Sequence[float], worth: float) -> list[Bar]:
    """Return about BARS bars of whole points from 0 to worth; full points have their own."""
    if worth <= 0:
        return []
    width = -(-int(worth) // BARS) or 1
    step = next((step for step in (1, 0.5) if all(score % step == 0 for score in scores)), 0.01)
    lows = [*range(0, math.ceil(worth), width), worth]
    ends = [*(min(low + width, worth) - step for low in lows[:-1]), max([worth, *scores])]
    counts = Counter(bisect(lows, score) - 1 for score in scores)
    return [Bar(low, max(low, end), counts[n]) for n, (low, end) in enumerate(zip(lows, ends))]
