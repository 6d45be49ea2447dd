"""A report as Gradescope's results.json.

https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format: a `score`, or one for each of
`tests`, is required.  Where a person must look there is neither, so that Gradescope takes the run as failed
and tells the instructor: a sum of what could be judged would be a silent zero for the rest.
"""

from __future__ import annotations

import enum
import math

from autograder.reporting import words
from autograder.reporting.seen import visible
from autograder.reporting.text import parts
from autograder.results import Outcome, Report, Result

EARNING = (Outcome.PASSED, Outcome.FOLLOWED)


class Visibility(enum.StrEnum):
    """When students see the results, in Gradescope's words."""

    VISIBLE = "visible"
    HIDDEN = "hidden"
    AFTER_DUE_DATE = "after_due_date"
    AFTER_PUBLISHED = "after_published"


def results(report: Report, visibility: Visibility = Visibility.VISIBLE) -> dict:
    """The submission's results.json as JSON's own types."""
    if report.needs_a_person:
        return without_a_score(report.reason, visibility)
    tree = {
        "score": report.score,
        **_head("\n".join((*report.notes, *report.flags)), visibility),
        "tests": [_test(result, visibility) for result in report.results],
    }
    if math.isfinite(report.seconds):
        tree["execution_time"] = round(report.seconds)
    return tree


def without_a_score(reason: str, visibility: Visibility = Visibility.VISIBLE) -> dict:
    """What stands there where a person must look."""
    sentence = (visible(reason).strip() or str(words.COULD_NOT)).rstrip(".")
    return {**_head(words.WAITS.format(reason=sentence), visibility), "tests": []}


def _head(output, visibility):
    return {
        "output": visible(output),
        "output_format": "text",  # a student's own words are in it: never HTML or Markdown
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": str(visibility),
        "stdout_visibility": "hidden",  # ours, for the instructor
    }


def _test(result: Result, visibility):
    return {
        "name": words.TEST.format(exercise=result.exercise, title=result.title),
        "score": result.earned,
        "max_score": result.points,
        "status": "passed" if result.outcome in EARNING else "failed",
        "output": visible("\n".join(part.line for part in parts(result))),
        "output_format": "text",
        "visibility": str(visibility),
    }
