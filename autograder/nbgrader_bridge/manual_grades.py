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

from autograder.intake.places import Kind, kind
from autograder.intake.released import TEST_CELL
from autograder.languages import N_, tr
from autograder.nbgrader_bridge.cells import is_test
from autograder.nbgrader_bridge.course_files import CourseError, autograded_folder
from autograder.reading.notebooks import mark_of
from autograder.reporting import review
from autograder.reporting.cards import points
from autograder.results import Decision, Outcome, Report, Result

GRADEBOOK = N_(
    "The gradebook cannot be used ({why}). "
    "Wait until nothing else uses it, or restore a backup if it is damaged."
)
DATABASE = N_(
    "The gradebook's database cannot be used ({why}). Start it, or correct c.CourseDirectory.db_url in "
    "nbgrader_config.py."
)
NOT_THERE = N_("The gradebook has no `{exercise}` of {id}. Grade this submission again.")
NO_COMMENT = N_("nbgrader keeps no comment about `{exercise}`. The points were saved.")
# In an autograded notebook's metadata: cell -> points; in that of a sentence about them: the cell.
SET_ASIDE = "autograder_set_aside"
PLACEHOLDER = "needs_review"  # in its first cell's metadata, if nobody could grade it
FOR_STUDENTS = N_(
    "From your earlier submission: {points} of {worth} points. Your instructor will look at this one."
)
FOR_INSTRUCTORS = N_("{cell} had {points} points for an earlier submission")


class ManualGrades:
    """The manual grades and comments of an assignment, as decisions.  Raises SQLAlchemyError."""

    problems: Mapping[int, str] = {}  # every decision in a gradebook counts
    where = N_("They go into the gradebook. You can use formgrader in turn; reload this page afterwards.")

    def __init__(self, course: CourseDirectory, assignment: str):
        self._course, self._assignment = course, assignment
        self._read()

    def _read(self) -> None:
        decisions: dict[tuple[str, str], Decision] = {}  # by student and exercise
        self._of_each: dict[str, list[Decision]] = {}
        with Gradebook(self._course.db_url, self._course.course_id) as gradebook:
            columns = Grade.score, Grade.manual_score, Grade.extra_credit, Grade.auto_score
            grades = graded_cells(gradebook, self._assignment, Grade, *columns, Grade.needs_manual_grade)
            for student, cell, score, manual, extra, judged, waits in grades:
                exercise = cell.removeprefix(TEST_CELL)
                if manual is not None or extra:
                    decisions[student, exercise] = Decision(exercise, "", score)
                if waits and manual is None and judged is not None:
                    self._of_each.setdefault(student, []).append(Decision(exercise, is_open=True))
            comments = graded_cells(gradebook, self._assignment, Comment, Comment.manual_comment)
            for student, exercise, comment in comments:
                if comment:  # formgrader writes "" where one is deleted
                    decision = decisions.get((student, exercise), Decision(exercise))
                    decisions[student, exercise] = replace(decision, comment=comment)
        for (student, _), decision in decisions.items():
            self._of_each.setdefault(student, []).append(decision)

    def bind(self, ids: Iterable[str]) -> None:
        """Read them again, because a person may decide in formgrader at any time.  Raises CourseError."""
        with explained_errors(self._course):
            self._read()

    def decisions_on(self, report: Report) -> list[Decision]:
        """Return the decisions on a submission, also the open ones."""
        return self._of_each.get(report.id, [])

    def open_on(self, report: Report) -> list[str]:
        """Return the exercises that wait for points, apart from answers in words."""
        return [name for name, why in report.waits.items() if why is not Outcome.NOT_READ]

    def fill(self, reports: Sequence[Report], exercise: str, values: Mapping[str, str]) -> None:
        """Save points or a comment of each student, as `Review.fill`.  Raises ReviewError and CourseError."""
        row = {"exercise": exercise, "what": "", "points": "", "comment": "", **values}
        decisions = {report.id: review.decision(row, report) for report in reports}
        course, name = self._course, self._assignment
        without_place = False  # for a comment
        with explained_errors(course), Gradebook(course.db_url, course.course_id) as gradebook:
            for id, decision in decisions.items():
                try:
                    book = gradebook.find_submission_notebook(name, name, id)
                    grade = {each.name.removeprefix(TEST_CELL): each for each in book.grades}[exercise]
                except (MissingEntry, KeyError):
                    raise review.ReviewError(NOT_THERE, exercise=exercise, id=id) from None
                if decision.points is not None:
                    grade.manual_score, grade.needs_manual_grade = decision.points, False
                if decision.comment:
                    comments = {each.name: each for each in book.comments}
                    if exercise in comments:
                        comments[exercise].manual_comment = decision.comment
                    else:
                        without_place = True
            gradebook.db.commit()
        if without_place:
            raise review.ReviewError(NO_COMMENT, exercise=exercise)


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
        outcome = Outcome.GRADER_ERROR if grade.name.startswith(TEST_CELL) else Outcome.NOT_READ
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
