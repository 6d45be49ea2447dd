"""nbgrader's manual grades and comments, read and written as formgrader does: the decisions of a course.

The review page has them in place of review.csv.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

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

from autograder.intake.ownership import PREFIX
from autograder.languages import N_
from autograder.nbgrader_bridge.submissions import CourseError
from autograder.reporting import review
from autograder.results import Decision, Outcome, Report

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


class ManualGrades:
    """The manual grades and comments of an assignment, as decisions.  Raises SQLAlchemyError."""

    problems: Mapping[int, str] = {}  # every decision in a gradebook counts
    where = N_("They go into the gradebook. You can use formgrader in turn; reload this page afterwards.")

    def __init__(self, course: CourseDirectory, assignment: str):
        self._course, self._assignment = course, assignment
        self._read()

    def _read(self) -> None:
        made: dict[tuple[str, str], Decision] = {}  # by student and exercise
        self._of_each: dict[str, list[Decision]] = {}
        with self.gradebook() as gradebook:
            columns = Grade.score, Grade.manual_score, Grade.extra_credit, Grade.auto_score
            grades = graded_cells(gradebook, self._assignment, Grade, *columns, Grade.needs_manual_grade)
            for student, cell, score, manual, extra, judged, waits in grades:
                exercise = cell.removeprefix(PREFIX)
                if manual is not None or extra:
                    made[student, exercise] = Decision(exercise, "", score)
                if waits and manual is None and judged is not None:
                    self._of_each.setdefault(student, []).append(Decision(exercise, is_open=True))
            comments = graded_cells(gradebook, self._assignment, Comment, Comment.manual_comment)
            for student, exercise, comment in comments:
                if comment:  # formgrader writes "" where one is deleted
                    decision = made.get((student, exercise), Decision(exercise))
                    made[student, exercise] = replace(decision, comment=comment)
        for (student, _), decision in made.items():
            self._of_each.setdefault(student, []).append(decision)

    def gradebook(self) -> Gradebook:
        """Open nbgrader's gradebook."""
        return Gradebook(self._course.db_url, self._course.course_id)

    def bind(self, ids: Iterable[str]) -> None:
        """Read them again, because a person may decide in formgrader at any time.  Raises CourseError."""
        with explained_errors(self._course):
            self._read()

    def of(self, report: Report) -> list[Decision]:
        """Return the decisions on a submission, also the open ones."""
        return self._of_each.get(report.id, [])

    def open_on(self, report: Report) -> list[str]:
        """Return the exercises that wait for points, apart from answers in words."""
        return [name for name, why in report.waits.items() if why is not Outcome.NOT_READ]

    def fill(self, reports: Sequence[Report], exercise: str, values: Mapping[str, str]) -> None:
        """Save a person's points or comment on an exercise of each student.

        values: as of `Review.fill`.  Raises ReviewError and CourseError.
        """
        row = {"exercise": exercise, "what": "", "points": "", "comment": "", **values}
        made = [review.decision(row, report) for report in reports]
        has_place = True  # for a comment
        with explained_errors(self._course), self.gradebook() as gradebook:
            for report, one in zip(reports, made):
                where = self._assignment, self._assignment, report.id
                try:
                    book = gradebook.find_submission_notebook(*where)
                    grade = {each.name.removeprefix(PREFIX): each for each in book.grades}[exercise]
                except (MissingEntry, KeyError):
                    raise review.ReviewError(NOT_THERE, exercise=exercise, id=report.id) from None
                if one.points is not None:
                    grade.manual_score, grade.needs_manual_grade = one.points, False
                if one.comment:
                    comments = {each.name: each for each in book.comments}
                    if has_place := exercise in comments:
                        comments[exercise].manual_comment = one.comment
            gradebook.db.commit()
        if not has_place:
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


def graded_cells(gradebook: Gradebook, assignment: str, kind: Any, *columns: Any) -> Iterable[Any]:
    """Return student, name of the cell and these columns of each Grade or Comment, in one fast query."""
    return (
        gradebook.db.query(SubmittedAssignment.student_id, BaseCell.name, *columns)
        .select_from(kind)
        .join(BaseCell, BaseCell.id == kind.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == kind.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == assignment)
    )
