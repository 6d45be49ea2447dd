"""Limits how much of a report its student sees before the due date: points, hints, or all."""

import builtins
from collections.abc import Sequence
from dataclasses import replace

from autograder import sentences
from autograder.languages import tr
from autograder.reporting import pages
from autograder.reporting.view import REVIEW_WAITS
from autograder.results import Fault, Outcome, Report, Result

ALL, HINTS, POINTS = "all", "hints", "points"


def page(report: Report, detail: str, notice: Sequence[str]) -> str:
    """Return a student's page.

    detail: as of `limited`; "" if it needs review, which is one sentence without what was judged.  notice:
    sentences above the report.
    """
    if detail:
        return pages.page(limited(report, detail), notice)
    lost = next((result for result in report.results if result.outcome is Outcome.GRADER_ERROR), None)
    report = (
        report.withheld("", "ours") if lost is None else report.withheld(sentences.message(lost), lost.cause)
    )
    return pages.page(report, [tr(REVIEW_WAITS), *notice])


def limited(report: Report, detail: str) -> Report:
    """Return the report for a student.

    detail: "points" keeps one result without a title for each exercise, with its points.  "hints" keeps each
    check with its hint, and the line of a slip, but no values, inputs, known mistakes, corrected lines or
    exception texts.
    """
    if detail == ALL:
        return report
    if detail == HINTS:
        return replace(report, results=tuple(map(_hint, report.results)), figures=())
    return replace(report, results=tuple(map(_sum, report.exercises.values())), figures=(), knock_on_of={})


def _hint(result: Result) -> Result:
    slip = result.slip and replace(result.slip, fixed="")
    return replace(result, fault=_limited(result), code="", mistake="", says="", slip=slip)


def _limited(result: Result) -> Fault | None:
    """Return the fault without values, and without an exception's text, where code could put its inputs."""
    fault = result.fault
    if fault is None or result.mistake or result.outcome is Outcome.CARRIED_FORWARD:
        return None
    values = dict(fault.values)
    if fault.kind == "raised":
        is_known = isinstance(getattr(builtins, values["error"], None), type)  # a student can name any other
        return Fault("raised_known" if is_known else "raised_unknown", values)
    if fault.kind == "called_otherwise":
        values.pop("raised", None)
        return Fault(fault.kind, values)
    if result.outcome is Outcome.FAILED:
        return Fault(
            "differs", {"message": "", "sort": values.get("sort", ""), "hint": values.get("hint", "")}
        )
    return fault


def _sum(results: list[Result]) -> Result:
    earned, points = sum(result.earned for result in results), sum(result.points for result in results)
    outcome = Outcome.PASSED if earned == points else Outcome.FAILED
    return Result(results[0].exercise, "", "", points, earned, outcome)
