"""nbgrader's manual grades and comments: the decisions of a course, in place of review.csv.

nbgrader keeps a manual score over every later submission.  Here it holds while its cell is unchanged; else it
is set aside: shown as from the earlier submission, not counted, and for a person to decide again.
"""

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader import utils
from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError

from autograder.assessment import Decision
from autograder.intake.places import Kind, kind
from autograder.intake.released import TEST_CELL
from autograder.languages import N_, tr
from autograder.nbgrader_bridge.cells import is_test
from autograder.nbgrader_bridge.course_files import CourseError, autograded_folder
from autograder.reading.notebooks import mark_of
from autograder.reporting.cards import points
from autograder.results import Outcome, Report, Result

GRADEBOOK = N_(
    "The gradebook cannot be used ({why}). "
    "Wait until nothing else uses it, or restore a backup if it is damaged."
)
DATABASE = N_(
    "The gradebook's database cannot be used ({why}). Start it, or correct c.CourseDirectory.db_url in "
    "nbgrader_config.py."
)
# In an autograded notebook's metadata: cell -> points; in that of a sentence about them: the cell.
SET_ASIDE = "autograder_set_aside"
PLACEHOLDER = "needs_review"  # in its first cell's metadata, if nobody could grade it
FOR_STUDENTS = N_(
    "From your earlier submission: {points} of {worth} points. Your instructor will look at this one."
)
FOR_INSTRUCTORS = N_("{cell} had {points} points for an earlier submission")


class ManualGrades:
    """The manual grades and comments of an assignment, as decisions.  Raises SQLAlchemyError."""

    def __init__(self, course: CourseDirectory, assignment: str):
        self._course, self._assignment = course, assignment
        self._read()

    def _read(self) -> None:
        decisions: dict[tuple[str, str], Decision] = {}  # by student and exercise
        self._of_each: dict[str, list[Decision]] = {}
        with Gradebook(self._course.db_url, self._course.course_id) as gradebook:
            columns = Grade.score, Grade.manual_score, Grade.extra_credit
            for student, cell, score, manual, extra in graded_cells(
                gradebook, self._assignment, Grade, *columns
            ):
                exercise = cell.removeprefix(TEST_CELL)
                if manual is not None or extra:
                    decisions[student, exercise] = Decision(exercise, "", score)
            comments = graded_cells(gradebook, self._assignment, Comment, Comment.manual_comment)
            for student, exercise, comment in comments:
                if comment:  # formgrader writes "" where one is deleted
                    decision = decisions.get((student, exercise), Decision(exercise))
                    decisions[student, exercise] = replace(decision, comment=comment)
        for (student, _), decision in decisions.items():
            self._of_each.setdefault(student, []).append(decision)

    def decisions_on(self, report: Report) -> list[Decision]:
        """Return the decisions on a submission."""
        return self._of_each.get(report.id, [])


@contextlib.contextmanager
def explained_errors(course: CourseDirectory) -> Iterator[None]:
    """Explain why a course's gradebook cannot be used.  Raises CourseError."""
    try:
        yield
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        is_file = course.db_url.startswith("sqlite")
        raise CourseError(GRADEBOOK if is_file else DATABASE, why=why) from None


def graded_cells(gradebook: Gradebook, assignment: str, table: Any, *columns: Any) -> Iterable[Any]:
    """Return student, name of the cell and these columns of each Grade or Comment, in one fast query."""
    return (
        gradebook.db.query(SubmittedAssignment.student_id, BaseCell.name, *columns)
        .select_from(table)
        .join(BaseCell, BaseCell.id == table.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == table.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == assignment)
    )


# --- the points of an earlier submission -------------------------------------------------------------


def result_of(grade: Grade) -> Result:
    """Return a cell's points as a result, by which a Report knows what waits."""
    outcome = Outcome.PASSED if grade.manual_score is None else Outcome.DECIDED
    if grade.needs_manual_grade and grade.auto_score is None and grade.manual_score is None:
        outcome = Outcome.GRADER_ERROR
    return Result(grade.name, "", "", grade.max_score, grade.score, outcome)


@dataclass(frozen=True)
class Earlier:
    """What is there of a student.  texts: cell -> what its points were for.  stamp: of the submission."""

    texts: Mapping[str, Any]
    set_aside: Mapping[str, float]
    is_placeholder: bool
    stamp: datetime | None


def earlier_submission(course: CourseDirectory, assignment: str, student: str) -> Earlier:
    """Return what the gradebook and the autograded notebook hold of a student."""
    path = autograded_folder(course, assignment, student) / f"{assignment}.ipynb"
    stamp, decided = None, set()
    with Gradebook(course.db_url, course.course_id) as gradebook, contextlib.suppress(MissingEntry):
        stamp = gradebook.find_submission(assignment, student).timestamp
        grades = gradebook.find_submission_notebook(assignment, assignment, student).grades
        decided = {grade.name for grade in grades if not grade.needs_manual_grade}
    try:
        tree = json.loads(path.read_text("utf-8")) if kind(path) is Kind.FILE else {}
    except ValueError:  # cut off, when a disk was full
        tree = {}
    aside = tree.get("metadata", {}).get(SET_ASIDE, {})
    aside = {name: value for name, value in aside.items() if name not in decided}
    cells = nbformat.from_dict(tree.get("cells", []))
    return Earlier(_texts(cells), aside, _is_placeholder(cells), stamp)


def settle_manual_points(
    course: CourseDirectory, assignment: str, student: str, before: Earlier, notebook: NotebookNode
) -> list[str]:
    """Keep each manual point or set it aside, in the notebook too.  Returns a sentence for each set aside."""
    texts, is_placeholder, notes = _texts(notebook.cells), _is_placeholder(notebook.cells), {}
    with Gradebook(course.db_url, course.course_id) as gradebook:
        stamp = gradebook.find_submission(assignment, student).timestamp
        for grade in gradebook.find_submission_notebook(assignment, assignment, student).grades:
            name, was = grade.name, grade.manual_score
            if not before.texts:  # the notebook is gone
                is_unchanged = before.stamp == stamp
            elif before.is_placeholder:  # it may never have been read
                is_unchanged = before.stamp == stamp and (is_placeholder or stamp is not None)
            else:
                is_unchanged = before.texts.get(name) == texts.get(name)
            if was is not None and is_unchanged:
                grade.needs_manual_grade = False
                continue
            if was is None:
                was = before.set_aside.get(name)
            if was is not None:
                grade.manual_score, grade.needs_manual_grade = None, True
                notes[name] = was
        gradebook.db.commit()
    cells: list[NotebookNode] = []
    for cell in notebook.cells:
        mark = mark_of(cell)
        if (name := mark.get("grade_id")) in notes:
            text = tr(FOR_STUDENTS, points=points(notes[name]), worth=points(mark.get("points", 0)))
            cells.append(new_markdown_cell(f"*{text}*", id=f"earlier-{len(cells)}"))
            cells[-1].metadata[SET_ASIDE] = name
        cells.append(cell)
    notebook.cells = cells
    if notes:
        notebook.metadata[SET_ASIDE] = notes
    return [tr(FOR_INSTRUCTORS, cell=name, points=points(was)) for name, was in notes.items()]


def _texts(cells: Sequence[NotebookNode]) -> dict[str, Any]:
    """Return cell -> what its points are given for: its own text, and all code for a function."""
    code = ["".join(cell.source) for cell in cells if cell.cell_type == "code" and not is_test(cell)]
    graded = [cell for cell in cells if utils.is_grade(cell) or utils.is_task(cell)]
    names = [cell.metadata.nbgrader.grade_id for cell in graded]
    return {name: code if is_test(cell) else "".join(cell.source) for name, cell in zip(names, graded)}


def _is_placeholder(cells: Sequence[NotebookNode]) -> bool:
    return bool(cells) and PLACEHOLDER in cells[0].metadata
