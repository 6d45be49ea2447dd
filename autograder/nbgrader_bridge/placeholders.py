"""Puts a notebook into autograded/ for a submission that needs review, so that formgrader can open it.

nbgrader removes what there is of a submission that it could not grade.  Formgrader then says "needs
autograding", and has no page on which to enter points.  Imports what judges and pages need only for one.
"""

import contextlib
import html
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook, MissingEntry, SubmittedNotebook
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory

from autograder.intake.places import Kind, kind
from autograder.languages import N_, tr
from autograder.nbgrader_bridge.hidden import PREFIX, clearer, hide, is_test
from autograder.nbgrader_bridge.repair import expected_cells, make_ids_unique, repair
from autograder.nbgrader_bridge.submissions import (
    STAMP,
    NeedsReview,
    NoDate,
    folder_of,
    link_to,
    submitted_at,
)
from autograder.results import Outcome, Report

MARK = "needs_review"  # the id of the first cell, and its key in the notebook's metadata
ENTER_POINTS = N_("Enter the missing points below, or ask the student for another file and grade it.")


@dataclass(frozen=True)
class Waiting:
    """A submission that needs review.  notebook: what could be read of it.  report: if some was judged."""

    assignment: str
    student: str
    why: str
    notebook: NotebookNode | None = None
    report: Report | None = None


def add(converter: Autograde, waiting: Waiting) -> None:
    """Note that a submission needs review; `write_all` writes its placeholder."""
    _waiting(converter).append(waiting)


@contextlib.contextmanager
def collect(converter: Autograde, path: Path) -> Iterator[None]:
    """Around the conversion of a notebook that may need review: nbgrader then removes what there is of it."""
    try:
        yield
    except NeedsReview as error:
        info = converter.init_single_notebook_resources(str(path))["nbgrader"]
        copy = _folder(converter.coursedir, info["assignment"], info["student"]) / path.name
        notebook = None
        if kind(copy) is Kind.FILE:  # nbgrader's "sanitizing" does not look at HTML
            from autograder.nbgrader_bridge.sanitize import SanitizeSubmission

            notebook, _ = SanitizeSubmission(parent=converter).preprocess(nbformat.read(copy, 4), {})
        why = str(error).removeprefix(f"{info['student']}: ")
        add(converter, Waiting(info["assignment"], info["student"], why, notebook, error.report))
        raise


@contextlib.contextmanager
def write_all(converter: Autograde) -> Iterator[None]:
    """Around the grading of a class: write the placeholder of each submission that needs review."""
    try:
        yield
    finally:
        for each in _waiting(converter):
            with contextlib.suppress(MissingEntry):  # not generated, as nbgrader says
                _write(converter, each)
        _waiting(converter).clear()


def remove(converter: Autograde, assignment: str, student: str) -> None:
    """Remove an earlier placeholder, so that nbgrader tries again, unless a person has decided."""
    folder = _folder(converter.coursedir, assignment, student)
    if not _is_placeholder(folder / f"{assignment}.ipynb"):
        return
    with _gradebook(converter) as gradebook, contextlib.suppress(MissingEntry):  # of another gradebook
        submission = gradebook.find_submission_notebook(assignment, assignment, student)
        if is_decided(converter.coursedir, submission):
            return
    shutil.rmtree(folder)


def is_decided(course: CourseDirectory, submission: SubmittedNotebook) -> bool:
    """Whether it has a placeholder, and a person has given all points that the grader could not give."""
    tests = (grade for grade in submission.grades if grade.name.startswith(PREFIX))
    waits = any(grade.needs_manual_grade for grade in tests)
    return not waits and _is_placeholder(
        _folder(course, submission.name, submission.student.id) / f"{submission.name}.ipynb"
    )


def for_students(nb: NotebookNode, waits: str) -> None:
    """Replace the sentence for instructors by one for students, or remove it if waits is ""."""
    if MARK not in nb.metadata:
        return
    head = nb.cells.pop(0)
    if waits:
        nb.cells.insert(0, new_markdown_cell(waits, id=head.id))


def _write(converter, waiting):
    """Write the placeholder, unless a notebook with a grade of the same submission is there."""
    assignment, student = waiting.assignment, waiting.student
    folder = _folder(converter.coursedir, assignment, student)
    path = folder / f"{assignment}.ipynb"
    source, stamp = folder_of(converter.coursedir, student, assignment), None
    if not link_to(converter.coursedir, student, assignment):
        with contextlib.suppress(NoDate):
            stamp = submitted_at(source)
    with _gradebook(converter) as gradebook:
        expected = expected_cells(gradebook, assignment, assignment)
        if converter.create_student:
            gradebook.update_or_create_student(student)
        submission = gradebook.update_or_create_submission(assignment, student)
        if folder.exists() and submission.timestamp == stamp and not _is_placeholder(path):
            return
        submission.timestamp = stamp  # which formgrader compares
        _let_wait(gradebook.find_submission_notebook(assignment, assignment, student), waiting.report)
        gradebook.db.commit()
    notebook = waiting.notebook
    if notebook is None:
        notebook = new_notebook()
        repair(notebook, expected, waiting.why, clearer(converter))
    hide(notebook, converter)
    if waiting.report is not None:
        _show(notebook, waiting.report)
    notebook.cells.insert(0, new_markdown_cell(_sentence(waiting.why), id=MARK))
    make_ids_unique(notebook)
    notebook.metadata[MARK] = True
    folder.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # an earlier one is read-only
    nbformat.write(notebook, path)
    if stamp is not None:
        shutil.copyfile(source / STAMP, folder / STAMP)
    converter.set_permissions(assignment, student)


def _show(notebook, report):
    """Show what was judged below each test cell; without a number, which is a score."""
    from autograder.reporting import pages

    for cell in filter(is_test, notebook.cells):
        name = cell.metadata.nbgrader.grade_id.removeprefix(PREFIX)
        cell.outputs = [new_output("display_data", {"text/html": pages.exercise(report, name)})]


def _let_wait(submission, report):
    """Give the points of exercises that were judged; all others wait, also those of an earlier submission."""
    judged: dict[str, float | None] = {}
    for result in report.results if report else ():
        waits = result.outcome in (Outcome.GRADER_ERROR, Outcome.NOT_READ)
        before = judged.setdefault(result.exercise, 0.0)
        judged[result.exercise] = None if waits or before is None else before + result.earned
    for grade in submission.grades:
        points = judged.get(grade.name.removeprefix(PREFIX))
        if points is not None:
            grade.auto_score = points
        grade.needs_manual_grade = points is None and grade.manual_score is None


def _sentence(why):
    """As HTML in one block, in which Markdown means nothing: a reason can have a student's own text."""
    lines = (html.escape(" ".join(line.split())) for line in (why, tr(ENTER_POINTS)))
    return f'<p class="alert alert-warning">{"<br>".join(lines)}</p>'


def _waiting(converter):
    """The submissions of this run that need review."""
    found = getattr(converter, "kit_waiting", None)
    if found is None:
        found = converter.kit_waiting = []
    return found


def _folder(course, assignment, student):
    return Path(course.format_path(course.autograded_directory, student, assignment))


def _gradebook(converter):
    return Gradebook(converter.coursedir.db_url, converter.coursedir.course_id)


def _is_placeholder(path):
    text = path.read_text("utf-8") if kind(path) is Kind.FILE else ""
    if f'"{MARK}"' not in text:
        return False
    try:
        return MARK in json.loads(text)["metadata"]
    except ValueError:  # cut off, when a disk was full
        return True
