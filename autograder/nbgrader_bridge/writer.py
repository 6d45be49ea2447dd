"""Writes every autograded notebook of the kit, with its report or with the reason why it needs review.

Without a notebook, formgrader says "needs autograding", and has no page on which to enter points.  A grade
never fails open: without a report, the notebook has no number, and nbgrader's steps, which save scores, do
not run.  Runs no cell, and knows nothing of checks.
"""

import errno
import html
import shutil
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbconvert.exporters import Exporter
from nbconvert.preprocessors import ExecutePreprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from sqlalchemy.exc import OperationalError
from traitlets.config import LoggingConfigurable

from autograder.intake.released import TEST_CELL, test_cells
from autograder.languages import N_, tr
from autograder.nbgrader_bridge.cells import (
    expected_cells,
    hide,
    is_test,
    make_ids_unique,
    readable,
    restore_cells,
)
from autograder.nbgrader_bridge.course_files import (
    SEVERAL,
    STAMP,
    CourseError,
    NeedsReview,
    autograded_folder,
    folder_of,
    submission_of,
    submitted_at,
)
from autograder.nbgrader_bridge.guest import class_of, install
from autograder.nbgrader_bridge.manual_grades import PLACEHOLDER, Earlier, settle
from autograder.nbgrader_bridge.plain_files import PlainAutograde, complete
from autograder.nbgrader_bridge.sanitize import SanitizeSubmission
from autograder.reporting import pages
from autograder.reporting.view import View
from autograder.results import WRITTEN, Report
from autograder.untrusted_text import escape_control_characters

ENTER_POINTS = N_("Enter the missing points below, or ask the student for another file and grade it.")
OUT_OF_STEP = N_("Cell {cell} has {points:g} points, but its checks have {worth:g}. Make them equal.")
NO_EXECUTE = N_(
    "{assignment} was not graded. List nbgrader's Execute once in Autograde.autograde_preprocessors, turned "
    "on (no --no-execute), and nothing else that runs a notebook; the kit replaces it."
)
MIXED = N_(
    "Nothing of {assignment} was graded, because the kit has no exercise for its autograded cell {cell}. "
    "Remove that cell, then generate the assignment again."
)
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
LEAD = "autograder_lead"  # in a graded notebook's metadata: what to fix first, for its page
REPORT = "autograder_report"  # in a notebook's resources


class Writer:
    """The writer of an assignment of ours.

    parent: as of nbgrader's converters.  Raises MissingEntry if the gradebook lacks the assignment, and
    CourseError if the kit cannot grade all of it, or the course's own steps leave no place for the judge.
    """

    def __init__(self, course: CourseDirectory, assignment: str, parent: LoggingConfigurable):
        install()  # also in a course that does not configure us
        self.course, self.assignment = course, assignment
        self._nbgrader = PlainAutograde(coursedir=course, parent=parent)
        self._exporter = Exporter(parent=self._nbgrader, config=self._nbgrader.config)
        for step in steps_of(self._nbgrader, assignment):
            self._exporter.register_preprocessor(step)
        with Gradebook(course.db_url, course.course_id) as gradebook:
            self.expected = expected_cells(gradebook, assignment, assignment)
            notebooks = {notebook.name for notebook in gradebook.find_assignment(assignment).notebooks}
        tests = {cell.metadata.nbgrader.grade_id for cell in filter(is_test, self.expected)}
        for cell in sorted(tests - test_cells(assignment)):
            raise CourseError(MIXED, assignment=assignment, cell=cell)
        for other in sorted(notebooks - {assignment}):
            raise CourseError(SEVERAL, assignment=assignment, notebook=other)

    def write(self, report: Report, before: Earlier, flags: list[str]) -> str:
        """Write a report's notebook and scores by the course's own steps.  Returns and raises as `attempt`.

        flags: gets a sentence for each cell that was restored, and each manual point that was set aside.
        """
        nbgrader, student = self._nbgrader, report.id
        folder = autograded_folder(self.course, self.assignment, student)
        source, problem = readable(submission_of(self.course, student, self.assignment).open())
        restored = restore_cells(source, self.expected, problem)
        for sentence in restored:
            nbgrader.log.warning("%s: %s", student, sentence)
        about = {"student": student, "assignment": self.assignment, "notebook": self.assignment}
        resources = {"nbgrader": {**about, "db_url": self.course.db_url}, REPORT: report}
        nbgrader.notebooks = [f"{self.assignment}.ipynb"]

        def make() -> None:
            shutil.rmtree(folder, ignore_errors=True)
            nbgrader.run_pre_convert_hook()
            nbgrader.init_assignment(self.assignment, student)
            notebook, _ = self._exporter.from_notebook_node(source, resources)
            flags.extend([*restored, *self._save(student, notebook, before)])
            nbgrader.run_post_convert_hook()

        return attempt(folder, make)

    def write_reason(self, student: str, why: str, report: Report | None, before: Earlier) -> list[str]:
        """Write why it needs review.  report: as judged, if at all.  Returns what it set aside, in words."""
        folder = autograded_folder(self.course, self.assignment, student)
        stamp = submitted_at(self.course, student, self.assignment)
        with Gradebook(self.course.db_url, self.course.course_id) as gradebook:
            if self._nbgrader.create_student:
                gradebook.update_or_create_student(student)
            submission = gradebook.update_or_create_submission(self.assignment, student)
            submission.timestamp = stamp  # which formgrader compares
            book = gradebook.find_submission_notebook(self.assignment, self.assignment, student)
            for grade in book.grades:  # the points of what was judged; all others wait
                grade.auto_score = report.points_of(grade.name.removeprefix(TEST_CELL)) if report else None
                grade.needs_manual_grade = grade.auto_score is None and grade.manual_score is None
            gradebook.db.commit()
        notebook, problem = new_notebook(), why
        if report is not None:
            notebook, problem = readable(submission_of(self.course, student, self.assignment).open())
        restore_cells(notebook, self.expected, problem)
        hide(notebook)
        notebook, _ = SanitizeSubmission().preprocess(notebook, {})
        sentence = new_markdown_cell(_sentence(why), id=PLACEHOLDER, metadata={PLACEHOLDER: True})
        notebook.cells.insert(0, sentence)
        if report is not None:
            for cell in filter(is_test, notebook.cells):
                page = pages.exercise(report, cell.metadata.nbgrader.grade_id.removeprefix(TEST_CELL))
                # without a number, which is a score
                cell.outputs = [new_output("display_data", {"text/html": page})]
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if stamp is None:
            (folder / STAMP).touch()
        source, is_closed = folder_of(self.course, student, self.assignment)
        complete(None if is_closed else source, folder)
        return self._save(student, notebook, before)

    def _save(self, student: str, notebook: NotebookNode, before: Earlier) -> list[str]:
        flags = settle(self.course, self.assignment, student, before, notebook)
        make_ids_unique(notebook)
        folder = autograded_folder(self.course, self.assignment, student)
        nbformat.write(notebook, folder / f"{self.assignment}.ipynb")
        self._nbgrader.set_permissions(self.assignment, student)
        return flags


def steps_of(converter: Autograde, assignment: str) -> list[object]:
    """Return a course's preprocessors with the kit's in place of Execute.  Raises CourseError without one."""
    before, after = converter.sanitize_preprocessors, converter.autograde_preprocessors
    kinds = [class_of(each) for each in after]
    running = [kind for kind in map(class_of, [*before, *after]) if issubclass(kind, ExecutePreprocessor)]
    is_one = len(running) == 1 and running[0] in kinds and issubclass(running[0], Execute)
    if not is_one or not running[0](parent=converter).enabled:
        raise CourseError(NO_EXECUTE, assignment=assignment)
    at = kinds.index(running[0])
    return [*before, *after[:at], SanitizeSubmission, fill_in, *after[at + 1 :]]


def fill_in(nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
    """Do what stands in place of Execute, as a preprocessor.  Raises NeedsReview."""
    fill(nb, resources[REPORT])
    hide(nb)  # formgrader shows this notebook
    return nb, resources


def fill(nb: NotebookNode, report: Report) -> None:
    """Give each test cell one execute_result: a plain number, and our words as HTML.

    nbgrader scores by the first output that it knows: an error or any stderr is 0, a plain number is the
    score, and anything else is full marks.  Raises NeedsReview before nbgrader can see a score.
    """
    if report.needs_review:
        raise NeedsReview(View(report).review)
    worth: defaultdict[str, float] = defaultdict(float)
    for result in report.results:
        if result.check != WRITTEN:  # a person reads these
            worth[result.exercise] += result.points
    named = [(cell.metadata.nbgrader.grade_id, cell) for cell in filter(is_test, nb.cells)]
    tests = {name.removeprefix(TEST_CELL): cell for name, cell in named}
    for name in sorted({*worth, *tests}):
        points = float(tests[name].metadata.nbgrader.points) if name in tests else 0.0
        if points != worth[name] or not 0 <= (report.points_of(name) or 0) <= points:
            raise NeedsReview(tr(OUT_OF_STEP, cell=TEST_CELL + name, points=points, worth=worth[name]))
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nb.metadata[LEAD] = View(report).lead
    above = pages.notes(report)
    for name, cell in tests.items():
        number = repr(report.points_of(name))
        text = {"text/plain": number, "text/html": above + pages.exercise(report, name)}
        cell.outputs = [new_output("execute_result", text, execution_count=None)]
        above = ""


def attempt(folder: Path, make: Callable[[], None]) -> str:
    """Make a student's folder.  Returns why it could not be made, or "".  Raises what stops a class."""
    try:
        make()
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        is_full = isinstance(error, OSError) and error.errno in FULL
        if is_full or isinstance(error, OperationalError) or not isinstance(error, Exception):
            raise
        return str(error).strip().partition("\n")[0] or type(error).__name__
    return ""


def _sentence(why: str) -> str:
    """Return a reason, which can have a student's text, as HTML in which Markdown and MathJax do nothing."""
    plain = (" ".join(escape_control_characters(line).split()) for line in (why, tr(ENTER_POINTS)))
    classes = "alert alert-warning tex2jax_ignore mathjax_ignore"
    return f'<p class="{classes}">{"<br>".join(map(html.escape, plain))}</p>'
