"""Writes nbgrader's feedback: the page that every other way writes, with what graders entered
in formgrader.

Before the due date it may show less, by the course's own rule.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbgrader.converters import GenerateFeedback

from autograder import settings
from autograder.errors import KitError
from autograder.intake.owners import RESULTS
from autograder.nbgrader_bridge.gradebook import (
    decisions,
    due_dates,
    open_gradebook,
)
from autograder.patches import temporarily_set
from autograder.reporting import disclosure, pages
from autograder.reporting.results_folder import ResultsFolder


def generate(original: Callable, converter: GenerateFeedback) -> None:
    """Let nbgrader's own loop write its converter's pages.

    Raises what `ResultsFolder` raises, and KitError.
    """
    course, assignment = converter.coursedir, converter.coursedir.assignment_id
    with open_gradebook(course) as gradebook:
        graders = decisions(gradebook, assignment)
        due = due_dates(gradebook, assignment)
    rules = settings.watching(Path(course.root)) or settings.Watching()
    with ResultsFolder(
        Path(course.root, RESULTS, assignment), assignment, graders
    ) as results:

        def page(student: str) -> str:
            try:
                assessment = results.assessment(student)
            except KeyError:
                raise KitError(
                    "No report of {student}. Run `nbgrader autograde {assignment}` first.",
                    student=student,
                    assignment=assignment,
                ) from None
            detail, notice = disclosure.shown_now(rules, due(student))
            return pages.page(assessment, detail, notice)

        with temporarily_set(converter, "exporter", PageExporter(page)):
            original(converter)


class PageExporter(HTMLExporter):
    """An exporter for nbgrader's loop.  page: returns a student's page."""

    def __init__(self, page: Callable[[str], str]):
        super().__init__()
        self._page = page

    def from_filename(
        self,
        filename: str,
        resources: dict[str, Any] | None = None,
        **options: Any,
    ) -> tuple[Any, dict[str, Any]]:
        """Return the page of the student whose notebook this is."""
        resources = self._init_resources(resources)
        return self._page(resources["nbgrader"]["student"]), resources
