"""A class in numbers: a row for each student, lost points by cause, and pass rates of checks."""

import math
import statistics
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.assessment import BY_HAND, Assessment
from autograder.reporting.phrases import points
from autograder.reporting.rows import ClassRow, Loss, losses_of
from autograder.reporting.view import View
from autograder.results import CAUSE, Outcome, Result

BARS = 10  # of a histogram, where there are more points than bars
# Of a check with one of these, nobody knows whether it passes.
UNKNOWN = (Outcome.CARRIED_FORWARD, Outcome.GRADER_ERROR, Outcome.DECIDED)


@dataclass
class Head:
    """A class as a whole, as results.json begins."""

    assignment: str
    # common to the reports of the last run
    run: dict[str, Any] = field(default_factory=dict)
    # how many were submitted to it; 0 if unknown
    submitted: int = 0
    # id -> name of those that it did not reach
    pending: dict[str, str] = field(default_factory=dict)
    # ids that were not submitted to it
    gone: list[str] = field(default_factory=list)
    # who submitted nothing, of the roster
    absent: list[str] = field(default_factory=list)
    # path among the submissions -> why
    skipped: dict[str, str] = field(default_factory=dict)
    # where an instructor decides, if not in review.csv
    decided_in: str = ""
    partial_credit: str = CAUSE  # the rule by which the points were given


@dataclass
class Tally:
    """One cause in a class."""

    loss: Loss  # the first student's
    # of the first check that shows its input, or else of the first
    example: Result
    students: list[ClassRow] = field(default_factory=list)


@dataclass
class CheckStatistics:
    """One check, for students who attempted something and where it was judged."""

    exercise: str
    title: str
    points: float
    passed: int = 0
    judged: int = 0

    @property
    def rate(self) -> float | None:
        """The share of students who pass it; None if it was judged for nobody."""
        if self.judged:
            return self.passed / self.judged
        return None


@dataclass(frozen=True)
class Bar:
    """A range of scores, from low to high inclusive, and how many are in it."""

    low: float
    high: float
    count: int

    @property
    def label(self) -> str:
        low, high = points(self.low), points(self.high)
        if low == high:
            return low
        return f"{low}–{high}"


class ClassStatistics:
    """The numbers of the class of these submissions, in their order; reads each submission once.

    worths: points by exercise.  tallies: the most frequent cause first.
    """

    def __init__(self, assessments: Iterable[Assessment]) -> None:
        self.students: list[ClassRow] = []
        self.worths: dict[str, float] = {}
        self._tallies: dict[tuple[str, ...], Tally] = {}
        self._checks: dict[tuple[str, str], CheckStatistics] = {}
        for assessment in assessments:
            self._add(assessment)
        self.checks = [*self._checks.values()]
        self.tallies = sorted(
            self._tallies.values(), key=lambda tally: -len(tally.students)
        )

    def _add(self, assessment: Assessment) -> None:
        view = View(assessment)
        losses = losses_of(view)
        student = ClassRow(view, losses, len(self.students))
        self.students.append(student)
        for name, results in assessment.exercises.items():
            worth = sum(result.points for result in results)
            self.worths.setdefault(name, worth)
        self._count_checks(student, assessment.results)
        if not assessment.is_excused:
            self._count_losses(student, losses)

    def _count_checks(
        self, student: ClassRow, results: Sequence[Result]
    ) -> None:
        is_graded = student.grade is not None and not student.is_blank
        for result in results:
            if result.check == BY_HAND:
                continue
            new = CheckStatistics(result.exercise, result.title, result.points)
            key = result.exercise, result.check
            check = self._checks.setdefault(key, new)
            if is_graded and result.outcome not in UNKNOWN:
                check.judged += 1
                check.passed += result.outcome is Outcome.PASSED

    def _count_losses(self, student: ClassRow, losses: Sequence[Loss]) -> None:
        for loss in losses:
            new = Tally(loss, loss.results[0])
            tally = self._tallies.setdefault(loss.kind, new)
            for result in loss.results:
                if result.code and not tally.example.code:
                    tally.example = result
            if student not in tally.students[-1:]:
                tally.students.append(student)

    @property
    def means(self) -> dict[str, float | None]:
        """Exercise -> the mean of all known points; None if there are none."""
        means = {}
        for name in self.worths:
            scores = []
            for student in self.students:
                score = student.points.get(name)
                if score is not None:
                    scores.append(score)
            means[name] = statistics.fmean(scores) if scores else None
        return means

    @property
    def scores(self) -> list[float]:
        """The scores of all students with a grade."""
        return [
            student.grade
            for student in self.students
            if student.grade is not None
        ]

    @property
    def worth(self) -> float:
        """The points of the assignment."""
        return sum(self.worths.values())

    @property
    def median(self) -> float | None:
        if self.scores:
            return statistics.median(self.scores)
        return None

    @property
    def factors(self) -> dict[str, float]:
        """Exercise -> the class's median of how many times as fast as a loop functions are."""
        of_exercise: dict[str, list[float]] = {}
        for student in self.students:
            for name, factor in student.factors.items():
                of_exercise.setdefault(name, []).append(factor)
        return {
            name: statistics.median(all) for name, all in of_exercise.items()
        }

    @property
    def identical(self) -> list[list[ClassRow]]:
        """Groups of students with identical files that are not the released ones."""
        pairs = []
        for student in self.students:
            if (
                student.content
                and not student.is_blank
                and not student.waits_for
            ):
                pairs.append((student.content, student))
        return [group for _, group in _grouped(pairs) if len(group) > 1]

    @property
    def waiting(self) -> list[ClassRow]:
        """The students whose submissions need review."""
        return [student for student in self.students if student.waits_for]

    @property
    def flags(self) -> list[tuple[str, list[ClassRow]]]:
        """What an instructor should know, each with its students; the most frequent first."""
        pairs = []
        for student in self.students:
            for flag in student.flags:
                pairs.append((flag, student))
        return _grouped(pairs)


def _grouped(
    pairs: Iterable[tuple[str, ClassRow]],
) -> list[tuple[str, list[ClassRow]]]:
    """Return the students for each text, the largest group first."""
    groups: dict[str, list[ClassRow]] = {}
    for text, student in pairs:
        groups.setdefault(text, []).append(student)
    return sorted(groups.items(), key=lambda item: -len(item[1]))


def histogram(scores: Sequence[float], worth: float) -> list[Bar]:
    """Return about BARS bars of whole points from 0 to worth; full points have their own.

    >>> [(bar.label, bar.count) for bar in histogram([0, 1, 2, 2], 2)]
    [('0', 1), ('1', 1), ('2', 2)]
    """
    if worth <= 0:
        return []
    width = math.ceil(int(worth) / BARS) or 1
    lows = [*range(0, math.ceil(worth), width), worth]
    step = 0.01
    for possible in (0.5, 1):
        if all(score % possible == 0 for score in scores):
            step = possible
    counts = Counter(bisect(lows, score) - 1 for score in scores)
    bars = []
    for number, low in enumerate(lows[:-1]):
        high = min(low + width, worth) - step
        bars.append(Bar(low, max(low, high), counts[number]))
    full = Bar(worth, max([worth, *scores]), counts[len(lows) - 1])
    return [*bars, full]
