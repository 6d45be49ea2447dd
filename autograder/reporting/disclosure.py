"""How much of a report its student sees before the due date: points, hints, or all."""

import builtins
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from autograder.languages import N_, tr
from autograder.results import Outcome, Result, by_exercise
from autograder.settings import Watching

ALL, HINTS, POINTS = "all", "hints", "points"
MORE_LATER = N_("This page shows more after the due date, {at} UTC.")


def shown_now(rules: Watching, due: datetime | None) -> tuple[str, list[str]]:
    """Return how much of a report its student may see now, and sentences about it.

    due: in UTC, without a zone.
    """
    detail = rules.detail_at(time.time(), due)
    if detail != ALL and due is not None and rules.after_due == ALL:
        return detail, [tr(MORE_LATER, at=due.isoformat(" ", "minutes"))]
    return detail, []


def limited(results: Sequence[Result], detail: str) -> tuple[Result, ...]:
    """Return results as a student may see them.

    detail: "points" keeps one result without a title for each exercise, with its points.  "hints" keeps each
    check with its hint, and the line of a slip, but no values, inputs, known mistakes, corrected lines or
    exception texts.
    """
    if detail == POINTS:
        return tuple(_sum(of_exercise) for of_exercise in by_exercise(results).values())
    if detail == HINTS:
        return tuple(_hint(result) for result in results)
    return tuple(results)


def _hint(result: Result) -> Result:
    message = result.message
    if result.outcome is Outcome.FAILED:
        message = ""
    if result.outcome is Outcome.ERROR:
        message = _without_exception(result)
    slip = result.slip and replace(result.slip, fixed="")
    return replace(result, message=message, example="", code="", mistake="", says="", slip=slip)


def _without_exception(result: Result) -> str:
    """Return its message without an exception's text, where a student's code could put its inputs."""
    kind, error, *_ = [*result.cause.split(":"), ""]
    if kind == "raised":
        is_known = isinstance(getattr(builtins, error, None), type)  # a student can name any other
        unknown = tr("your code raised an exception")
        return tr("your code raised {error}", error=error) if is_known else unknown
    if kind == "called_otherwise":
        return re.split("[;\uff1b]", result.message)[0]
    return "" if kind == "mistake" else result.message


def _sum(results: Sequence[Result]) -> Result:
    earned = sum(result.earned for result in results)
    worth = sum(result.points for result in results)
    outcome = Outcome.PASSED if earned == worth else Outcome.FAILED
    if any(result.outcome is Outcome.GRADER_ERROR for result in results):
        outcome = Outcome.GRADER_ERROR
    return Result(results[0].exercise, "", "", worth, earned, outcome)
