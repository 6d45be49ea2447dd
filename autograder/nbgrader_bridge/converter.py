"""nbgrader's own Autograde and GenerateFeedback, for single submissions that already have a report.

Knows nothing of how the report was made, or what happens to it later.
"""

import contextlib
import errno
import glob
from pathlib import Path

from nbconvert.writers import FilesWriter
from nbgrader.apps import NbGrader
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import OperationalError
from traitlets import Any

from autograder.languages import N_, tr
from autograder.nbgrader_bridge import guest, placeholders
from autograder.nbgrader_bridge.placeholders import Waiting
from autograder.results import Report

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
NO_NOTEBOOK = N_("No notebook in {folder}/. Submit one.")


class _OneByOne(BaseConverter):
    """Common to both converters: each is made once, and converts one submission at a time."""

    def __init__(self, course: CourseDirectory, app: NbGrader):
        super().__init__(coursedir=course, parent=app)
        guest.install()  # also in a course whose settings do not
        self.force = True
        self.writer = FilesWriter(parent=self, config=self.config)
        self.exporter = self.exporter_class(parent=self, config=self.config)

    def converted(self, folder: Path) -> str:
        """Convert a folder's notebooks.  Returns why nbgrader could not, or "".

        Raises OSError for a full disk and OperationalError for a locked gradebook.
        """
        self.fault: Exception | None = None
        self.assignments = {str(folder): glob.glob(f"{glob.escape(str(folder))}/*.ipynb")}
        if not self.assignments[str(folder)]:  # nbgrader passes over it too
            return tr(NO_NOTEBOOK, folder=folder.name)
        try:
            self.convert_notebooks()
        except NbGraderException as error:
            fault = self.fault or error
            is_full = isinstance(fault, OSError) and fault.errno in FULL
            if is_full or isinstance(fault, OperationalError):
                raise fault from None
            return _first_line(fault)
        return ""

    def init_assignment(self, assignment_id, student_id):
        with self._reason():
            super().init_assignment(assignment_id, student_id)

    def convert_single_notebook(self, notebook_filename):
        with self._reason():
            super().convert_single_notebook(notebook_filename)

    @contextlib.contextmanager
    def _reason(self):
        """Keep the exception of nbgrader's own method."""
        try:
            yield
        except Exception as error:  # nbgrader logs it, and goes on with the next submission
            self.fault = error
            raise


class Converter(_OneByOne, Autograde):
    """Our preprocessors get the report from its `report_of`, and call `note` for what they repaired."""

    report_of = Any(None)
    note = Any(None)

    def convert(self, folder: Path, report: Report) -> tuple[str, tuple[str, ...]]:
        """Write a submission, without a grade if its report needs review.

        Returns as `converted`, and the notes.
        """
        notes: list[str] = []
        self.report_of, self.note = lambda student: report, notes.append
        problem = self.converted(folder)
        if not self.assignments[str(folder)]:
            with placeholders.write_all(self):
                placeholders.add(self, Waiting(report.assignment, report.id, report.reason))
        return problem, tuple(notes)


class FeedbackConverter(_OneByOne, GenerateFeedback):
    """edit: changes each notebook before it becomes a page."""

    edit = Any(None)


def _first_line(error):
    return str(error).strip().partition("\n")[0] or type(error).__name__
