"""Lost points under their causes: each cause stands once, in the exercise where it arose.

What was lost in an exercise that runs the student's own parts stands under the causes in those parts.
Knows nothing of how it is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from autograder.reporting import words
from autograder.results import Outcome, Report, Result

NOT_RUN = ("too_slow_before", "part_too_slow")  # causes that are another's: these checks were never tried
UNWRITTEN = ("not_written", "part_not_written", "unreadable")  # causes of who wrote nothing


@dataclass(frozen=True)
class Cause:
    """Why points of an exercise were lost.  exercise: "" where nothing was written in any.

    mistake, says: a known mistake, by name and in words.  Where it has none, kind says what happened,
    and check and title in which check first; these are empty where it is the whole function.
    """

    exercise: str
    mistake: str = ""
    says: str = ""
    kind: str = ""
    check: str = ""
    title: str = ""

    @property
    def sentence(self) -> str:
        """It, as a person says it."""
        if self.mistake:
            return self.says or named(self.mistake)
        return words.UNNAMED.format(kind=self.kind, title=self.title) if self.title else self.kind


@dataclass(frozen=True)
class Loss:
    """What one cause cost one student.  results: at least one; follows: exercises lost for its sake."""

    cause: Cause
    results: tuple[Result, ...]
    follows: tuple[str, ...]

    @property
    def points(self) -> float:
        return sum(result.points - result.earned for result in self.results)


@dataclass
class Tally:
    """One cause over a class.  who: the students' places; example: the first that shows its input,
    or else the first."""

    cause: Cause
    example: Result
    who: list[int] = field(default_factory=list)
    points: float = 0.0
    follows: Counter[str] = field(default_factory=Counter)


def losses(report: Report) -> list[Loss]:
    """A student's lost points by cause, as they come; what we failed in is no loss."""
    if is_blank(report):
        return [Loss(Cause("", kind=words.NOTHING_WRITTEN), report.results, ())]
    found: dict[tuple, list[Result]] = {}
    slow: dict[str, tuple] = {}
    for number, result in enumerate(report.results):
        if result.earned < result.points and result.outcome is not Outcome.GRADER_ERROR:
            key = result.exercise, result.cause or result.mistake or number
            if was_not_run(result):
                key = slow.get(result.exercise, key)
            elif result.outcome is Outcome.TIMEOUT:
                slow.setdefault(result.exercise, key)
            found.setdefault(key, []).append(result)
    arose = {exercise for exercise, _ in found} - report.follows.keys()
    lost = []
    for (exercise, _), results in found.items():
        if exercise in report.follows and arose.intersection(report.follows[exercise]):
            continue
        rest = tuple(whole for whole, parts in report.follows.items() if exercise in parts)
        lost.append(Loss(cause_of(results[0]), tuple(results), rest))
    return lost


def cause_of(result: Result) -> Cause:
    """The cause of a lost check."""
    exercise = result.exercise
    if result.mistake:
        return Cause(exercise, result.mistake, result.says)
    if is_unwritten(result):
        return Cause(exercise, kind=words.NOT_WRITTEN)
    kind = words.KINDS.get(result.outcome, words.KINDS[Outcome.FAILED])
    if result.outcome is Outcome.MISSING:
        return Cause(exercise, kind=kind)
    return Cause(exercise, kind=kind, check=result.check, title=result.title)


def is_blank(report: Report) -> bool:
    """Whether nothing at all was written."""
    return bool(report.results) and all(map(is_unwritten, report.results))


def was_not_run(result: Result) -> bool:
    """Whether it was left out, since others had run out of time."""
    return result.cause in NOT_RUN


def is_unwritten(result: Result) -> bool:
    """Whether the function was never begun, or the file holds nothing."""
    return result.cause.split(":", 1)[0] in UNWRITTEN


def tallies(lost: Iterable[tuple[int, list[Loss]]]) -> list[Tally]:
    """The causes of a class, the most frequent first; lost: each student's place and losses."""
    found: dict[Cause, Tally] = {}
    for place, own in lost:
        for loss in own:
            tally = found.setdefault(loss.cause, Tally(loss.cause, loss.results[0]))
            if not tally.example.example:
                tally.example = max(loss.results, key=lambda result: bool(result.example))
            if place not in tally.who[-1:]:
                tally.who.append(place)
                tally.follows.update(loss.follows)
            tally.points += loss.points
    return sorted(found.values(), key=lambda tally: -len(tally.who))


def named(mistake: str) -> str:
    """A mistake's name as words: forgets_the_half -> forgets the half."""
    return mistake.replace("_", " ")
