"""What becomes of each report of a course: nbgrader writes it into its gradebook, and our results keep it.

The one writer of the database.  Knows nothing of how reports come about.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from nbconvert.writers import FilesWriter
from nbgrader.api import Gradebook
from nbgrader.apps import NbGrader
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets import Any

from autograder.intake.places import link_below, walk
from autograder.intake.submission import SubmittedFile
from autograder.languages import N_, tr
from autograder.nbgrader_bridge import guest, timestamps
from autograder.nbgrader_bridge.repair import expected_cells
from autograder.nbgrader_bridge.submissions import NeedsReview
from autograder.reporting.results_folder import ResultsFolder
from autograder.reporting.words import UNREAD
from autograder.results import Outcome, Report

NO_NOTEBOOK = N_("nbgrader finds no notebook in {folder}/")
LATE_BY = "late by {time}, by nbgrader's due date"  # {time}: such as 2 days, 3:05:00


@dataclass(frozen=True)
class GradedNotebook:
    """What became of one notebook.

    score: with what was given by hand, before any penalty; None where there is none.  problem: why
    it was not graded and a person must look, or "".  notes: what a person may want to know of a
    graded one, such as which cells were put back.  before: it was graded by an earlier run, and
    nothing has changed since.  waiting: answers that a person has yet to read.
    """

    student: str
    score: float | None = None
    max_score: float | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()
    before: bool = False
    waiting: int = 0


class CourseLedger:
    """The Ledger of a course; a context manager.

    Raises MissingEntry where the assignment is not in the gradebook.

    results: the course's own results; each student's page lies there too.
    """

    def __init__(self, course: CourseDirectory, assignment: str, results: ResultsFolder, app: NbGrader):
        self.course, self.assignment, self._results = course, assignment, results
        self.done: dict[str, GradedNotebook] = {}  # by student, as yet without scores
        self._converter = Converter(course, app)
        with Gradebook(course.db_url, course.course_id) as gradebook:
            expected = expected_cells(gradebook, assignment, assignment)
            due = gradebook.find_assignment(assignment).duedate
            tests = {cell.name for cell in expected if cell.is_test}
            self._due, self._graded, self._extensions = due, set(), {}
            for one in gradebook.assignment_submissions(assignment):
                self._extensions[one.student_id] = one.extension
                graded = {g.name for nb in one.notebooks for g in nb.grades if g.auto_score is not None}
                if graded >= tests:
                    self._graded.add(one.student_id)
        config = Path(course.root, "nbgrader_config.py").read_bytes()
        # What a grade depends on beside the submission, the settings and the kit: the cells that were
        # released, and by which rules nbgrader counts.
        self.words: tuple[str, ...] = (_digest(*expected), str(due), _digest(config))

    def open(self, facts: dict) -> None:
        """Begin a run; facts: what all its reports have in common."""
        self._results.run = facts

    def has(self, id: str, key: str) -> bool:
        """Whether this very content was graded before, and nbgrader still has all of it."""
        there = id in self._graded and self._path(self.course.autograded_directory, id).is_file()
        if not there or not self._results.has(id, self._key(id, key)):
            return False
        notes = tuple(self._results.entry(id)["report"]["flags"])
        self.done[id] = GradedNotebook(id, notes=notes, before=True)
        return True

    def add(self, report: Report, key: str, file: SubmittedFile) -> None:
        """Let nbgrader write a report; it is kept only after that.

        Where a person must look nbgrader is not asked: it would remove what it made before.
        """
        problem = report.reason
        report = self._with_lateness(report, file.path.parent)
        if not problem:
            problem, notes = self._converter.convert(file.path.parent, report)
            report = _not_held(report, problem) if problem else replace(report, flags=(*report.flags, *notes))
        elif report.id not in self._graded and all(result.cause == UNREAD for result in report.results):
            self._converter.convert(file.path.parent, None)  # it shows that something was submitted
        self._results.add(report, self._key(report.id, key), file.path, file.root)
        self.done[report.id] = GradedNotebook(report.id, problem=problem, notes=report.flags)

    def end(self, gate: str) -> None:
        """Say in the results how the gate was opened."""
        self._results.gate = gate

    def add_missing(self, file: SubmittedFile) -> None:
        """Let nbgrader write down that there is a submission without a grade, where there was none before."""
        is_linked = file.root is not None and link_below(file.root, file.path.parent)
        if file.id not in self._graded and not is_linked:  # nbgrader would follow it
            self._converter.convert(file.path.parent, None)
        self.done[file.id] = GradedNotebook(file.id, problem=file.problem)

    def _with_lateness(self, report, folder):
        """The report with how late it was, as nbgrader counts; None where it cannot be known."""
        stamp = None
        with contextlib.suppress(timestamps.NoDate):  # nbgrader says so
            stamp = timestamps.submitted_at(folder)
        if stamp is None or self._due is None:
            return report
        late = max(stamp - self._due - (self._extensions.get(report.id) or timedelta(0)), timedelta(0))
        flags = (*report.flags, LATE_BY.format(time=timedelta(seconds=round(late.total_seconds()))))
        days = round(late / timedelta(days=1), 3)
        return replace(report, late_days=days, flags=flags if late else report.flags)

    def _path(self, step, student):
        return Path(self.course.format_path(step, student, self.assignment), f"{self.assignment}.ipynb")

    def _key(self, id, key):
        """With what only nbgrader looks at: an extension, when it was submitted, and what else was.

        Files by name, size and time: what lies beside the notebook may be large.
        """
        path = self._path(self.course.submitted_directory, id)
        beside = []
        for folder, _, names in walk(path.parent):
            for other in (folder / name for name in names):
                if other != path:
                    with contextlib.suppress(OSError):
                        status = other.lstat()
                        beside.append(
                            (str(other.relative_to(path.parent)), status.st_size, status.st_mtime_ns)
                        )
        return f"{key}-{_digest(self._extensions.get(id), *sorted(beside))}"

    def __enter__(self) -> CourseLedger:
        return self

    def __exit__(self, *_) -> None:
        if self._results.run:  # else it never began
            self._results.write()


def _digest(*words):
    return hashlib.blake2b(
        "\0".join(map(repr, words)).encode("utf-8", "backslashreplace"), digest_size=6
    ).hexdigest()


def _not_held(report, why):
    """The report of a submission that nbgrader could not write: no score, and why a person must look."""
    results = tuple(
        replace(result, earned=0.0, outcome=Outcome.GRADER_ERROR, message=why) for result in report.results
    )
    return replace(report, results=results)


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
