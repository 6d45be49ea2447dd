"""Groups lost points by cause: each cause appears once, in the exercise where it arose.

Points lost in an exercise that runs the student's own parts belong to the causes in those parts.
Knows nothing of how this is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.errors import N_
from autograder.languages import tr
from autograder.results import Outcome, Report, Result

NOT_LOST = (Outcome.GRADER_ERROR, Outcome.NOT_READ, Outcome.DECIDED)  # ours, or a person's
UNWRITTEN = ("not_written", "part_not_written", "unreadable")  # causes if nothing was written
# What happened, if no known mistake explains it.
KINDS = {
    Outcome.FAILED: N_("wrong answer"),
    Outcome.ERROR: N_("error"),
    Outcome.TIMEOUT: N_("time limit"),
    Outcome.CRASHED: N_("crash"),
    Outcome.MISSING: N_("not defined"),
}


@dataclass(frozen=True)
class Cause:
    """Why points of an exercise were lost.  exercise: "" if nothing was written at all.

    mistake: a known mistake's name, or "".  short: the cause in a word or two; sentence: in a sentence.
    has_message: whether a check's message adds to it.
    """

    exercise: str
    mistake: str
    short: str
    sentence: str
    has_message: bool = True


@dataclass(frozen=True)
class Loss:
    """What one cause cost one student.  results: at least one.  follows: exercises with a knock-on."""

    cause: Cause
    results: tuple[Result, ...]
    follows: tuple[str, ...]


def losses(report: Report) -> list[Loss]:
    """A student's lost points by cause, in order, without grader errors and without decisions."""
    if is_blank(report):
        return [Loss(_plain("", tr("nothing attempted")), _judged(report), ())]
    found: dict[tuple, list[Result]] = {}
    for number, result in enumerate(lost_checks(report)):
        # where one check runs out of time, others are not run
        is_slow = result.outcome is Outcome.TIMEOUT and not result.mistake
        why = Outcome.TIMEOUT if is_slow else result.cause or result.mistake or number
        found.setdefault((result.exercise, why), []).append(result)
    lost = []
    for (exercise, _), results in found.items():
        parts = report.follows.get(exercise, ())
        if not {name for name, _ in found}.isdisjoint(parts):
            continue
        # an instructor may have given the parts' points, but the parts behave as before
        knock_on = tr("knock-on of {parts}", parts=names_of(parts))
        cause = _plain(exercise, knock_on) if parts else _cause_of(results[0])
        rest = tuple(whole for whole, parts in report.follows.items() if exercise in parts)
        lost.append(Loss(cause, tuple(results), rest))
    return lost


def lost_checks(report: Report) -> list[Result]:
    """The checks that lost points, without grader errors and without points that an instructor gave."""
    lost = [each for each in report.exercises.values() if sum(r.points - r.earned for r in each) > 0]
    return [r for each in lost for r in each if r.earned < r.points and r.outcome not in NOT_LOST]


def names_of(exercises: Iterable[str]) -> str:
    """Their names, as code."""
    return ", ".join(f"`{name}`" for name in exercises)


def is_blank(report: Report) -> bool:
    """Whether nothing at all was written, no answer in words either."""
    judged = _judged(report)
    return bool(judged) and all(map(is_unwritten, judged)) and not any(report.answers.values())


def _judged(report):
    return tuple(result for result in report.results if result.outcome is not Outcome.DECIDED)


def _cause_of(result: Result) -> Cause:
    """The cause of a lost check: a known mistake, or what happened in the first such check."""
    if result.mistake:
        name = result.mistake.replace("_", " ")
        return Cause(result.exercise, result.mistake, name, result.says or name)
    if is_unwritten(result):
        return _plain(result.exercise, tr("not attempted"))
    kind = tr(KINDS.get(result.outcome, KINDS[Outcome.FAILED]))
    if result.outcome is Outcome.MISSING:
        return _plain(result.exercise, kind)
    unnamed = tr('fails "{title}" ({kind}); cause unknown', kind=kind, title=result.title)
    return Cause(result.exercise, "", kind, unnamed)


def _plain(exercise, what):
    return Cause(exercise, "", what, what, has_message=False)


def is_unwritten(result: Result) -> bool:
    """Whether the function was not attempted, or the file is empty."""
    return result.cause.split(":", 1)[0] in UNWRITTEN
