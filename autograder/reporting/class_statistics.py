"""A class in numbers: a row for each student, lost points by cause, and how often each check
passes.
"""

import math
import statistics
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.assessment import BY_HAND, Assessment
from autograder.reporting.cards import points
from autograder.reporting.view import Cause, View
from autograder.results import Outcome, Result

BARS = 10  # of a histogram, where there are more points than bars
# Of a check with another outcome, nobody knows whether it passes.
DECIDES = (
    Outcome.PASSED,
    Outcome.FAILED,
    Outcome.ERROR,
    Outcome.TIMEOUT,
    Outcome.CRASHED,
    Outcome.MISSING,
)


@dataclass
class Head:
    """A class as a whole, as results.json begins."""

    assignment: str
    run: dict[str, Any] = field(
        default_factory=dict
    )  # common to the reports of the last run
    submitted: int = 0  # how many were submitted to it; 0 if unknown
    pending: dict[str, str] = field(
        default_factory=dict
    )  # id -> name of those that it did not reach
    gone: list[str] = field(default_factory=list)  # ids that were not submitted to it
    absent: list[str] = field(
        default_factory=list
    )  # who submitted nothing, of the roster
    skipped: dict[str, str] = field(
        default_factory=dict
    )  # path among the submissions -> why
    decided_in: str = ""  # where an instructor decides, if not in review.csv


@dataclass(frozen=True)
class ClassRow:
    """One student in a class; the texts are as in a View."""

    number: int  # the place in the class
    id: str
    name: str
    file: str
    content: str
    grade: float | None
    max_score: float
    points: Mapping[
        str, float | None
    ]  # by exercise; None if they, or the grade, are not known
    is_excused: bool
    is_written: bool
    remark: str
    review: str
    late: str
    late_days: float | None
    late_penalty: float
    flags: tuple[str, ...]
    notes: tuple[str, ...]  # how late it was, in sentences
    decisions: str
    before: float | None  # the grade after the last run, if there was one

    @property
    def is_changed(self) -> bool:
        """Whether the grade changed since the last run."""
        return self.grade is not None and self.before not in (None, self.grade)


@dataclass
class Tally:
    """One cause in a class."""

    cause: Cause
    example: Result  # of the first check that shows its input, or else of the first
    students: list[ClassRow] = field(default_factory=list)
    knock_ons: Counter[str] = field(
        default_factory=Counter
    )  # students by knock-on exercise


@dataclass(frozen=True)
class ExerciseStatistics:
    """One exercise, for students with known points."""

    name: str
    points: float
    mean: float | None
    lost_points_count: int  # how many students lost any of them
    most_frequent: tuple[Cause, int] | None  # a cause, with the number of students


@dataclass
class CheckStatistics:
    """One check, for students who attempted something and where it was decided."""

    exercise: str
    title: str
    points: float
    passed: int = 0
    decided: int = 0

    @property
    def rate(self) -> float | None:
        """The share of students who pass it; None if it was decided for nobody."""
        return self.passed / self.decided if self.decided else None


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

    students: tuple[ClassRow, ...]
    tallies: tuple[Tally, ...]  # the most frequent first
    worths: Mapping[str, float]  # points by exercise
    checks: tuple[CheckStatistics, ...]

    @property
    def exercises(self) -> list[ExerciseStatistics]:
        return [self._exercise(name, worth) for name, worth in self.worths.items()]

    def _exercise(self, name: str, worth: float) -> ExerciseStatistics:
        known = [student.points.get(name) for student in self.students]
        scores = [score for score in known if score is not None]
        most_frequent: tuple[Cause, int] | None = None
        for tally in self.tallies:
            count = sum(student.grade is not None for student in tally.students)
            if tally.cause.exercise == name and count > (
                most_frequent[1] if most_frequent else 0
            ):
                most_frequent = tally.cause, count
        mean = statistics.fmean(scores) if scores else None
        lost_points_count = sum(score < worth for score in scores)
        return ExerciseStatistics(name, worth, mean, lost_points_count, most_frequent)

    @property
    def scores(self) -> list[float]:
        """The scores of all students with a grade."""
        return [student.grade for student in self.students if student.grade is not None]

    @property
    def worth(self) -> float:
        """The points of the assignment."""
        return sum(self.worths.values())

    @property
    def median(self) -> float | None:
        return statistics.median(self.scores) if self.scores else None

    @property
    def changed(self) -> list[ClassRow]:
        """The students whose score changed since the last run."""
        return [student for student in self.students if student.is_changed]

    @property
    def identical(self) -> list[list[ClassRow]]:
        """Groups of students with identical files that are not the released ones."""
        pairs = []
        for student in self.students:
            if student.content and student.is_written and not student.review:
                pairs.append((student.content, student))
        return [group for _, group in _grouped(pairs) if len(group) > 1]

    @property
    def needs_review(self) -> list[ClassRow]:
        """The students whose submissions need review."""
        return [student for student in self.students if student.review]

    @property
    def flags(self) -> list[tuple[str, list[ClassRow]]]:
        """Other notes, each with its students; the most frequent first."""
        pairs = []
        for student in self.students:
            pairs += [(note, student) for note in (*student.notes, *student.flags)]
        return _grouped(pairs)


def _grouped(pairs: Iterable[tuple[str, ClassRow]]) -> list[tuple[str, list[ClassRow]]]:
    """Return the students for each text, the largest group first."""
    groups: dict[str, list[ClassRow]] = {}
    for word, student in pairs:
        groups.setdefault(word, []).append(student)
    return sorted(groups.items(), key=lambda item: -len(item[1]))


def class_statistics(
    assessments: Iterable[Assessment], before: Mapping[str, float | None] | None = None
) -> ClassStatistics:
    """Return the class of these submissions, in their order; reads each once, and keeps none.

    before: id -> grade after the last run.
    """
    students: list[ClassRow] = []
    tallies: dict[object, Tally] = {}
    worths: dict[str, float] = {}
    checks: dict[tuple[str, str], CheckStatistics] = {}
    for assessment in assessments:
        view = View(assessment)
        student = _row(view, len(students), (before or {}).get(assessment.report.id))
        students.append(student)
        for name, results in assessment.exercises.items():
            worths.setdefault(name, sum(result.points for result in results))
        _count_checks(student, assessment.results, checks)
        if not assessment.is_excused:
            _count_losses(student, view, tallies)
    causes = sorted(tallies.values(), key=lambda tally: -len(tally.students))
    return ClassStatistics(
        tuple(students), tuple(causes), worths, tuple(checks.values())
    )


def _row(view: View, number: int, before: float | None) -> ClassRow:
    assessment, report, late = view.assessment, view.report, view.assessment.late
    points_of = {name: assessment.points_of(name) for name in assessment.exercises}
    if assessment.grade is None:
        points_of = dict.fromkeys(points_of)
    return ClassRow(
        number=number,
        id=report.id,
        name=report.name,
        file=report.file,
        content=report.content,
        grade=assessment.grade,
        max_score=assessment.max_score,
        points=points_of,
        is_excused=assessment.is_excused,
        is_written=not view.is_blank or assessment.is_excused,
        remark=view.remark,
        review=view.review,
        late=view.late,
        late_days=None if late is None else late.days,
        late_penalty=0.0 if late is None else late.penalty,
        flags=assessment.flags,
        notes=tuple(view.submitted_late),
        decisions=view.decisions,
        before=before,
    )


def _count_checks(
    student: ClassRow,
    results: Sequence[Result],
    checks: dict[tuple[str, str], CheckStatistics],
) -> None:
    for result in results:
        if result.check == BY_HAND:
            continue
        key = result.exercise, result.check
        check = checks.setdefault(
            key, CheckStatistics(result.exercise, result.title, result.points)
        )
        if (
            student.grade is not None
            and student.is_written
            and result.outcome in DECIDES
        ):
            check.decided += 1
            check.passed += result.outcome is Outcome.PASSED


def _count_losses(student: ClassRow, view: View, tallies: dict[object, Tally]) -> None:
    for loss in view.losses:
        tally = tallies.setdefault(loss.kind, Tally(loss.cause, loss.results[0]))
        for result in loss.results:
            if result.code and not tally.example.code:
                tally.example = result
        if student not in tally.students[-1:]:
            tally.students.append(student)
            tally.knock_ons.update(loss.knock_ons)


def histogram(scores: Sequence[float], worth: float) -> list[Bar]:
    """Return about BARS bars of whole points from 0 to worth; full points have their own."""
    if worth <= 0:
        return []
    width = -(-int(worth) // BARS) or 1
    step = next(
        (step for step in (1, 0.5) if all(score % step == 0 for score in scores)), 0.01
    )
    lows = [*range(0, math.ceil(worth), width), worth]
    ends = [
        *(min(low + width, worth) - step for low in lows[:-1]),
        max([worth, *scores]),
    ]
    counts = Counter(bisect(lows, score) - 1 for score in scores)
    return [
        Bar(low, max(low, end), counts[n])
        for n, (low, end) in enumerate(zip(lows, ends))
    ]
