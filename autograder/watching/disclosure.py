"""What a student may see of a submission, as a page: all of it, a part, or that it waits."""

from collections.abc import Sequence
from dataclasses import replace

from autograder.assessment import Assessment
from autograder.languages import tr
from autograder.reporting import pages
from autograder.reporting.view import REVIEW_WAITS


def page(assessment: Assessment, detail: str, notice: Sequence[str]) -> str:
    """Return a student's page.

    detail: as of `reporting.detail.limited`; "" if it needs review, which is one sentence without what was
    judged.  notice: sentences above the report.
    """
    if detail:
        return pages.page(assessment, detail, notice)
    withheld = replace(assessment, problem=assessment.reason or tr(REVIEW_WAITS))
    return pages.page(withheld, notice=[tr(REVIEW_WAITS), *notice])
