"""nbgrader's own Autograde and GenerateFeedback, for single submissions that already have a report.

Knows nothing of how the report was made, or what happens to it later.
"""

import errno
from pathlib import Path

from nbconvert.writers import FilesWriter
from nbgrader.apps import NbGrader
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import OperationalError
from traitlets import Any

from autograder.languages import N_, tr
from autograder.nbgrader_bridge import guest
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

    def converted(self, step: str, assignment: str, student: str) -> str:
        """Convert a student's notebooks, from this step's folder.  Returns why nbgrader could not, or "".

        Raises OSError for a full disk and OperationalError for a locked gradebook.
        """
        folder = Path(self.coursedir.format_path(step, student, assignment))
        self.notebooks = sorted(map(str, folder.glob("*.ipynb")))
        if not self.notebooks:  # nbgrader passes over it too
            return tr(NO_NOTEBOOK, folder=folder.name)
        try:
            self._convert(assignment, student)
        except BaseException as error:
            self.init_destination(assignment, student)  # removes what there is of it
            is_full = isinstance(error, OSError) and error.errno in FULL
            if is_full or isinstance(error, OperationalError) or not isinstance(error, Exception):
                raise
            return str(error).strip().partition("\n")[0] or type(error).__name__
        return ""

    def _convert(self, assignment, student):
        """What nbgrader's own loop over students does, without its log of errors."""
        if self.init_destination(assignment, student):
            self.run_pre_convert_hook()
            self.init_assignment(assignment, student)
            for path in self.notebooks:
                self.convert_single_notebook(path)
            self.set_permissions(assignment, student)
            self.run_post_convert_hook()


class Converter(_OneByOne, Autograde):
    """Our preprocessors take the report from here, and put here which cells they restored, in sentences."""

    report, notes = Any(None), Any(())

    def convert(self, report: Report) -> str:
        """Write a submission that needs no review.  Returns as `converted`."""
        self.report, self.notes = report, ()
        return self.converted(self.coursedir.submitted_directory, report.assignment, report.id)


class FeedbackConverter(_OneByOne, GenerateFeedback):
    """edit: changes each notebook before it becomes a page."""

    edit = Any(None)
