"""Makes reports: the results of a submission, with what people read beside them."""

from collections.abc import Sequence
from typing import Any

from autograder import cache
from autograder.intake import released
from autograder.intake.submission import Submission
from autograder.results import Report, Result


def report_of(
    submission: Submission,
    assignment: str,
    results: Sequence[Result],
    **fields: Any,
) -> Report:
    """Return the report of a submission.  fields: others of the report."""
    lost = {result.exercise for result in results if result.lost > 0}
    flags = fields.pop("flags", ())
    content = submission.content
    if submission.text and not content:
        content = cache.digest([], submission.text)
    return Report(
        id=submission.id,
        file=submission.file,
        assignment=assignment,
        results=tuple(results),
        flags=(*submission.flags, *flags),
        name=submission.name,
        code=_code_of(submission, assignment, lost),
        content=content,
        **fields,
    )


def _code_of(
    submission: Submission, assignment: str, lost: set[str]
) -> dict[str, str]:
    """Return the student's code of each function that lost points."""
    pieces = released.pieces_of(submission)
    if not pieces:
        return {}
    release = released.release_of(assignment)
    functions = [name for name in release.functions if name in lost]
    return release.code_of(functions, pieces)
