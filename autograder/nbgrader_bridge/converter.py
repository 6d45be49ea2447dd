"""nbgrader's own Autograde, for one submission at a time whose report is there already.

Knows nothing of how the report came about, or of what becomes of it later.
"""

from __future__ import annotations

import contextlib
import glob
from pathlib import Path

from nbconvert.writers import FilesWriter
from nbgrader.apps import NbGrader
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets import Any

from autograder.languages import N_, tr
from autograder.nbgrader_bridge import guest
from autograder.nbgrader_bridge.submissions import NeedsReview
from autograder.results import Report

NO_NOTEBOOK = N_("nbgrader finds no notebook in {folder}/")


class Converter(Autograde):
    """Our preprocessors ask it for the report, by `report_of`, and report what they put back, by `note`."""

    report_of = Any(None)
    note = Any(None)
    problem = Any("")

    def __init__(self, course: CourseDirectory, app: NbGrader):
        super().__init__(coursedir=course, parent=app)
        guest.install()  # also in a course whose settings do not
        self.force = True
        self.writer = FilesWriter(parent=self, config=self.config)
        self.exporter = self.exporter_class(parent=self, config=self.config)

    def convert(self, folder: Path, report: Report | None) -> tuple[str, tuple[str, ...]]:
        """Write the submission in this folder, with a grade where there is a report.

        Returns why nbgrader could not, or "", and what was noted.
        """
        notes: list[str] = []

        def report_of(student):
            if report is None:
                raise NeedsReview(tr("{student}: there is no report", student=student))
            return report

        self.report_of, self.note, self.problem = report_of, notes.append, ""
        self.assignments = {str(folder): glob.glob(f"{glob.escape(str(folder))}/*.ipynb")}
        if not self.assignments[str(folder)]:  # nbgrader passes over it too
            self.problem = tr(NO_NOTEBOOK, folder=folder.name)
        else:
            try:
                self.convert_notebooks()
            except NbGraderException as error:
                self.problem = self.problem or str(error)
        return self.problem, tuple(notes)

    def init_assignment(self, assignment_id, student_id):
        """As nbgrader's, and keeps the reason where it fails."""
        with self._reason():
            super().init_assignment(assignment_id, student_id)

    def convert_single_notebook(self, notebook_filename):
        """As nbgrader's, and keeps the reason where it fails."""
        with self._reason():
            super().convert_single_notebook(notebook_filename)

    @contextlib.contextmanager
    def _reason(self):
        try:
            yield
        except Exception as error:  # nbgrader logs it, and goes on with the next submission
            self.problem = str(error).strip().partition("\n")[0] or type(error).__name__
            raise
