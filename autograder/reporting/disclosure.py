"""How much of a report its student sees before the due date: points, hints, or all."""

import builtins
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from autograder.languages import tr
from autograder.results import (
    Fault,
    Outcome,
    Result,
    by_exercise,
    known_points,
)
from autograder.settings import Watching

ALL, HINTS, POINTS = "all", "hints", "points"


def shown_now(rules: Watching, due: datetime | None) -> tuple[str, list[str]]:
    """Return how much of a report its student may see now, and sentences about it.

    due: in UTC, without a zone.
    """
    detail = rules.detail_at(time.time(), due)
    if detail != ALL and due is not None and rules.after_due == ALL:
        return detail, [
            tr(
                "This page shows more after the due date, {at} UTC.",
                at=due.isoformat(" ", "minutes"),
            )
        ]
    return detail, []


def limited(results: Sequence[Result], detail: str) -> tuple[Result, ...]:
    """Return results as a student may see them.

    detail: "points" keeps one result without a title for each exercise, with its points.
    "hints" keeps each check with its hint, and the line of a slip, but no values, inputs, known
    mistakes, corrected lines or exception texts.
    """
    if detail == POINTS:
        return tuple(map(_sum, by_exercise(results).values()))
    if detail == HINTS:
        return tuple(map(_hint, results))
    return tuple(results)


def _hint(result: Result) -> Result:
    return replace(
        result,
        fault=_limited(result),
        code="",
        mistake="",
        says="",
        slip=result.slip and replace(result.slip, fixed=""),
    )


def _limited(result: Result) -> Fault | None:
    """Return the fault without values and exception texts, where code could put its inputs."""
    fault = result.fault
    if fault is None or result.outcome is Outcome.CARRIED_FORWARD:
        return fault
    if result.mistake:
        return None
    values = dict(fault.values)
    if fault.kind == "raised":
        # a student can give an exception of their own any name
        is_known = isinstance(getattr(builtins, values["error"], None), type)
        return Fault("raised_known" if is_known else "raised_unknown", values)
    if fault.kind == "called_otherwise":
        values.pop("raised", None)
        return Fault(fault.kind, values)
    if result.outcome is not Outcome.FAILED:
        return fault
    return Fault(
        "differs",
        {
            "message": "",
            "sort": values.get("sort", ""),
            "hint": values.get("hint", ""),
        },
    )


def _sum(results: Sequence[Result]) -> Result:
    earned = known_points(results)
    worth = sum(result.points for result in results)
    outcome = Outcome.PASSED if earned == worth else Outcome.FAILED
    if earned is None:
        outcome = Outcome.GRADER_ERROR
    # All follows from another function.
    elif earned < worth and all(result.is_earned for result in results):
        outcome = Outcome.CARRIED_FORWARD
    return Result(
        results[0].exercise,
        "",
        "",
        worth,
        earned,
        outcome,
    )
