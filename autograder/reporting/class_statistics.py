"""A class in numbers: a small row for each student, lost points by cause, and how well each check measures.

Reads the reports once and keeps none.  The terminal's tables and the class report show these numbers.
"""

from __future__ import annotations

import math
import statistics
import sys
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from autograder.reporting import words
from autograder.reporting.causes import Cause, Loss, is_blank, losses
from autograder.results import BY_HAND, UNKNOWN, WRITTEN, Report, Result

BARS = 10  # of a histogram, where there are more points than bars


@dataclass(frozen=True)
class Student:
    """One student.  score: None if the submission needs review (review says why) or is excused.

    number: the place in the class.  exercises: name -> (earned, points), or None if the points are unknown,
    because an answer is not read yet or could not be judged.  unread: the questions that wait.  decisions: in
    words.  passed: (exercise, check) -> whether its points were earned.  remark: where points were lost and
    why.  content: equal for equal files.  before: the score after the last run, if there was one.
    """

    number: int
    id: str
    name: str
    score: float | None
    max_score: float
    exercises: dict[str, tuple[float | None, float]]
    unread: tuple[str, ...]
    decisions: tuple[str, ...]
    is_excused: bool
    passed: dict[tuple[str, str], bool]
    flags: tuple[str, ...]
    late: str
    is_written: bool
    remark: str
    review: str
    content: str
    before: float | None


@dataclass
class Tally:
    """One cause in a class.  example: the first check that shows its input, or else the first.

    follows: knock-on exercise -> number of students.
    """

    cause: Cause
    example: Result
    students: list[Student] = field(default_factory=list)
    follows: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Exercise:
    """One exercise, for students with known points.  mean: of these, or None.  losers: who lost any.

    often: the most frequent cause in it, with the number of students, or None.
    """

    name: str
    points: float
    mean: float | None
    losers: int
    often: tuple[Cause, int] | None


@dataclass(frozen=True)
class Check:
    """One check, for students who attempted something.  rate: the share with its points.

    discrimination: -1 to 1, or None if it is undefined.
    """

    exercise: str
    title: str
    points: float
    rate: float
    discrimination: float | None


@dataclass(frozen=True)
class Bar:
    """A range of scores, from low to high inclusive, and how many are in it."""

    low: float
    high: float
    count: int

    @property
    def label(self) -> str:
        low, high = words.points(self.low), words.points(self.high)
        return low if low == high else f"{low}–{high}"


@dataclass(frozen=True)
class ClassStatistics:
    """The numbers of a class.  tallies: the most frequent first.

    pending: id -> name of students not graded, because the run was stopped.  submitted: how many are in the
    class, or 0 if unknown.
    """

    students: tuple[Student, ...]
    tallies: tuple[Tally, ...]
    exercises: tuple[Exercise, ...]
    checks: tuple[Check, ...]
    pending: Mapping[str, str] = field(default_factory=dict)
    submitted: int = 0

    @property
    def unread(self) -> int:
        """How many answers nobody has read yet."""
        return sum(len(one.unread) for one in self.students)

    @property
    def scores(self) -> list[float]:
        """The scores of all students with a grade."""
        return [one.score for one in self.students if one.score is not None]

    @property
    def worth(self) -> float:
        """The points of the assignment."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def median(self) -> float | None:
        """The median of the scores; None without any."""
        return statistics.median(self.scores) if self.scores else None

    @property
    def quartiles(self) -> tuple[float, float] | None:
        """The first and the third, of at least four grades."""
        if len(self.scores) < 4:
            return None
        first, _, third = statistics.quantiles(self.scores, method="inclusive")
        return first, third

    @property
    def changed(self) -> list[Student]:
        """The students whose score changed since the last run."""
        known = [one for one in self.students if one.before is not None and one.score is not None]
        return [one for one in known if one.before != one.score]

    @property
    def identical(self) -> list[list[Student]]:
        """Groups of students with identical files that are not the released ones."""
        equal = _grouped((s.content, s) for s in self.students if s.content and s.is_written and not s.review)
        return [group for _, group in equal if len(group) > 1]

    @property
    def needs_review(self) -> list[tuple[str, str]]:
        """(id, why) of the submissions that need review."""
        return [(one.id, one.review) for one in self.students if one.review]

    @property
    def flags(self) -> list[tuple[str, list[Student]]]:
        """Other notes, each with its students; the most frequent first."""
        return _grouped((flag, one) for one in self.students for flag in one.flags)


def _grouped(pairs: Iterable[tuple[str, Student]]) -> list[tuple[str, list[Student]]]:
    """The students for each text, the largest group first."""
    groups: dict[str, list[Student]] = {}
    for word, student in pairs:
        groups.setdefault(word, []).append(student)
    return sorted(groups.items(), key=lambda item: -len(item[1]))


def class_statistics(
    reports: Iterable[Report],
    pending: Mapping[str, str] | None = None,
    submitted: int = 0,
    before: Mapping[str, float] | None = None,
) -> ClassStatistics:
    """The class of these reports, in their order; they are read once, and may be a generator.

    before: id -> grade after the last run.  pending, submitted: as of ClassStatistics.
    """
    students: list[Student] = []
    tallies: dict[Cause, Tally] = {}
    worth: dict[str, float] = {}
    claims: dict[tuple[str, str], Result] = {}  # one of each check
    for report in reports:
        for result in report.results:
            if result.check not in (WRITTEN, BY_HAND):
                claims.setdefault((result.exercise, result.check), result)
        lost = losses(report)
        student = _student(len(students), report, lost, (before or {}).get(report.id))
        students.append(student)
        _count(student, lost, tallies)
        for name, (_, points) in student.exercises.items():
            worth.setdefault(name, points)
    causes = tuple(sorted(tallies.values(), key=lambda tally: -len(tally.students)))
    graded = [one for one in students if one.score is not None]
    judged = [one for one in graded if one.is_written]
    return ClassStatistics(
        tuple(students),
        causes,
        tuple(_exercise(name, points, graded, causes) for name, points in worth.items()),
        tuple(_check(judged, claim) for claim in claims.values()),
        pending or {},
        submitted,
    )


def _student(number: int, report: Report, lost: list[Loss], before: float | None) -> Student:
    exercises: dict[str, tuple[float | None, float]] = {}
    for name, results in report.exercises.items():
        is_unknown = any(result.outcome in UNKNOWN for result in results)
        earned = None if is_unknown else sum(result.earned for result in results)
        exercises[name] = earned, sum(result.points for result in results)
    return Student(
        number=number,
        id=report.id,
        name=report.name,
        score=report.grade,
        max_score=report.max_score,
        exercises=exercises,
        unread=report.unread,
        decisions=tuple(words.decision(report, one) for one in report.decisions),
        is_excused=report.is_excused,
        passed={
            (sys.intern(r.exercise), sys.intern(r.check)): r.earned >= r.points
            for r in report.results
            if r.outcome not in UNKNOWN
        },
        flags=report.flags,
        late=words.late(report.flags),
        is_written=not is_blank(report),
        remark=_remark(report, lost),
        review=words.review(report),
        content=report.content,
        before=before,
    )


def _remark(report: Report, lost: list[Loss]) -> str:
    if report.needs_a_person or report.is_excused:
        return words.review(report) or words.of_all(report)
    if is_blank(report):
        return next(iter(report.notes), lost[0].cause.sentence)
    causes: dict[str, dict[str, None]] = {}
    for loss in lost:
        causes.setdefault(loss.cause.exercise, {})[loss.cause.short] = None
    said = [f"{name} ({'; '.join(shorts)})" for name, shorts in causes.items()]
    return ", ".join([*said, *map(words.not_read, report.unread)])


def _count(student: Student, lost: list[Loss], tallies: dict[Cause, Tally]) -> None:
    for loss in lost:
        tally = tallies.setdefault(loss.cause, Tally(loss.cause, loss.results[0]))
        if not tally.example.example:
            tally.example = max(loss.results, key=lambda result: bool(result.example))
        if student not in tally.students[-1:]:
            tally.students.append(student)
            tally.follows.update(loss.follows)


def _exercise(name: str, points: float, graded: list[Student], tallies: Sequence[Tally]) -> Exercise:
    cells = [one.exercises[name][0] for one in graded if name in one.exercises]
    earned = [cell for cell in cells if cell is not None]
    of_it = [tally for tally in tallies if tally.cause.exercise == name]
    counts = [(sum(one.score is not None for one in tally.students), tally.cause) for tally in of_it]
    most, cause = max(counts, key=lambda count: count[0], default=(0, None))
    losers = sum(score < points for score in earned)
    mean = statistics.fmean(earned) if earned else None
    return Exercise(name, points, mean, losers, (cause, most) if cause and most else None)


def _check(judged: Sequence[Student], claim: Result) -> Check:
    key = claim.exercise, claim.check
    asked = [one for one in judged if key in one.passed]  # an earlier kit may have had other checks
    earned = [one.passed[key] for one in asked]
    tells = discrimination(earned, [one.score or 0 for one in asked], claim.points)
    rate = sum(earned) / len(earned) if earned else 0.0
    return Check(claim.exercise, claim.title, claim.points, rate, tells)


def discrimination(earned: Sequence[bool], scores: Sequence[float], points: float) -> float | None:
    """How well a check separates strong from weak students: the corrected point-biserial correlation.

    earned: who has its points.  scores: of the same students.  It correlates these points with the score in
    all *other* checks, because a check agrees with itself; from -1 to 1.  None if it is undefined: all
    students have its points, or none does, or all have the same score in the other checks.
    (S. Henrysson, Correction of item-total correlations in item analysis, Psychometrika 28, 1963.)
    """
    rest = [score - points * has for has, score in zip(earned, scores)]
    try:
        return statistics.correlation([float(has) for has in earned], rest)
    except statistics.StatisticsError:  # fewer than two, or no spread
        return None


def histogram(scores: Sequence[float], worth: float) -> list[Bar]:
    """The distribution of scores from 0 to worth, in bars of whole points; full points have their own bar.

    There are about BARS bars.  A bar ends at the last possible score before the next, half points included.
    """
    if worth <= 0:
        return []
    width = -(-int(worth) // BARS) or 1
    step = next((step for step in (1, 0.5) if all(score % step == 0 for score in scores)), 0.01)
    lows = [*range(0, math.ceil(worth), width), worth]
    ends = [*(min(low + width, worth) - step for low in lows[:-1]), max([worth, *scores])]
    counts = Counter(bisect(lows, score) - 1 for score in scores)
    return [Bar(low, max(low, end), counts[n]) for n, (low, end) in enumerate(zip(lows, ends))]
