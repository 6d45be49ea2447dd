"""Puts a notebook into autograded/ for a submission that needs review, so that formgrader can open it.

Without one, formgrader says "needs autograding", and has no page on which to enter points.  Imports what
judges and pages need only for one.
"""

import html
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook, new_output
from nbgrader.api import Grade, Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory

from autograder.intake.ownership import PREFIX
from autograder.intake.places import Kind, kind
from autograder.languages import N_, tr
from autograder.nbgrader_bridge import manual_points
from autograder.nbgrader_bridge.manual_points import PLACEHOLDER
from autograder.nbgrader_bridge.own_notebooks import hide, is_test
from autograder.nbgrader_bridge.plain_files import complete
from autograder.nbgrader_bridge.repair import expected_cells, make_ids_unique, readable, repair
from autograder.nbgrader_bridge.submissions import STAMP, folder_of, submission_of, submitted_at
from autograder.results import Outcome, Report
from autograder.untrusted_text import escape_control_characters

ENTER_POINTS = N_("Enter the missing points below, or ask the student for another file and grade it.")


def write(
    converter: Autograde, assignment: str, student: str, why: str, report: Report | None = None
) -> bool:
    """Write the placeholder of a submission, unless a grade of the same submission is there.

    report: if it was opened, with what was judged.  Returns whether it was written.
    """
    course = converter.coursedir
    folder = autograded_folder(course, assignment, student)
    path, stamp = folder / f"{assignment}.ipynb", submitted_at(course, student, assignment)
    with Gradebook(course.db_url, course.course_id) as gradebook:
        try:
            expected = expected_cells(gradebook, assignment, assignment)
        except MissingEntry:  # not generated, as nbgrader says
            return False
        if converter.create_student:
            gradebook.update_or_create_student(student)
        submission = gradebook.update_or_create_submission(assignment, student)
        grades = gradebook.find_submission_notebook(assignment, assignment, student).grades
        is_graded = path.exists() and all(grade.auto_score is not None for grade in _of_tests(grades))
        if is_graded and submission.timestamp == stamp and not _is_placeholder(path):
            return False
        submission.timestamp = stamp  # which formgrader compares
        _let_wait(grades, report)
        gradebook.db.commit()
    from autograder.nbgrader_bridge.sanitize import SanitizeSubmission

    file, notebook, problem = submission_of(course, student, assignment), new_notebook(), why
    if report is not None:
        notebook, problem = readable(file.open())
    repair(notebook, expected, problem)
    hide(notebook)
    notebook, _ = SanitizeSubmission().preprocess(notebook, {})
    notebook.cells.insert(0, new_markdown_cell(_sentence(why), id=PLACEHOLDER, metadata={PLACEHOLDER: True}))
    if report is not None:
        _show_results(notebook, report)
    make_ids_unique(notebook)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    nbformat.write(notebook, path)
    if stamp is None:
        (folder / STAMP).touch()
    source, is_closed = folder_of(course, student, assignment)
    complete(None if is_closed else source, folder)
    converter.set_permissions(assignment, student)
    return True


def remove_undecided(course: CourseDirectory, assignment: str, student: str) -> None:
    """Remove a student's placeholder, so that nbgrader tries again, unless a person gave all its points."""
    folder = autograded_folder(course, assignment, student)
    if _is_placeholder(folder / f"{assignment}.ipynb") and needs_review(course, assignment, student):
        shutil.rmtree(folder)


def needs_review(course: CourseDirectory, assignment: str, student: str) -> bool:
    """Return whether an exercise of a student has no points until a person gives them."""
    with Gradebook(course.db_url, course.course_id) as gradebook:
        try:
            grades = gradebook.find_submission_notebook(assignment, assignment, student).grades
        except MissingEntry:
            return True
        return any(map(manual_points.waits, _of_tests(grades)))


def _show_results(notebook: NotebookNode, report: Report) -> None:
    """Put what was judged below each test cell, without a number, which is a score."""
    from autograder.reporting import pages

    for cell in filter(is_test, notebook.cells):
        name = cell.metadata.nbgrader.grade_id.removeprefix(PREFIX)
        cell.outputs = [new_output("display_data", {"text/html": pages.exercise(report, name)})]


def _of_tests(grades: Iterable[Grade]) -> list[Grade]:
    return [grade for grade in grades if grade.name.startswith(PREFIX)]


def _let_wait(grades: Iterable[Grade], report: Report | None) -> None:
    """Give the points of exercises that were judged; all others wait."""
    waits = (Outcome.GRADER_ERROR, Outcome.NOT_READ)
    for grade in grades:
        name = grade.name.removeprefix(PREFIX)
        found = [result for result in report.results if result.exercise == name] if report else []
        is_judged = bool(found) and all(result.outcome not in waits for result in found)
        grade.auto_score = sum(result.earned for result in found) if is_judged else None
        grade.needs_manual_grade = not is_judged and grade.manual_score is None


def _sentence(why: str) -> str:
    """Return a reason as HTML in one block, in which Markdown and MathJax do nothing.

    It can have a student's text.
    """
    plain = (" ".join(escape_control_characters(line).split()) for line in (why, tr(ENTER_POINTS)))
    classes = "alert alert-warning tex2jax_ignore mathjax_ignore"
    return f'<p class="{classes}">{"<br>".join(map(html.escape, plain))}</p>'


def autograded_folder(course: CourseDirectory, assignment: str, student: str) -> Path:
    """Return where formgrader looks for what was graded of a student."""
    return Path(course.format_path(course.autograded_directory, student, assignment))


def _is_placeholder(path: Path) -> bool:
    text = path.read_text("utf-8") if kind(path) is Kind.FILE else ""
    if f'"{PLACEHOLDER}"' not in text:
        return False
    try:
        return PLACEHOLDER in json.loads(text)["cells"][0]["metadata"]
    except ValueError:  # cut off, when a disk was full
        return True
