"""nbgrader's gradebook: due dates, and manual grades and comments as a course's decisions."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError

from autograder.assessment import Decision
from autograder.errors import KitError
from autograder.intake.released import TEST_CELL
from autograder.languages import tr
from autograder.reporting.phrases import points
from autograder.results import Report


def due_dates(
    gradebook: Gradebook, assignment: str
) -> Callable[[str], datetime | None]:
    """Return a function from a student to when they must have submitted, in UTC."""
    row = gradebook.find_assignment(assignment)
    due = row.duedate
    extended = {}
    for submission in row.submissions:
        if due and submission.extension:
            extended[submission.student_id] = due + submission.extension
    return lambda student: extended.get(student, due)


@contextlib.contextmanager
def open_gradebook(course: CourseDirectory) -> Iterator[Gradebook]:
    """Open a course's gradebook within the block.  Raises KitError if that is not possible."""
    try:
        with Gradebook(course.db_url, course.course_id) as gradebook:
            yield gradebook
    # a database needs a driver
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        reason = str(getattr(error, "orig", None) or error).strip()
        # SQLAlchemy adds the statement and a link below.
        reason = reason.partition("\n")[0]
        raise KitError(
            "The gradebook cannot be used ({why}). Wait until nothing else uses it, check "
            "c.CourseDirectory.db_url, or restore a backup if it is damaged.",
            why=reason,
        ) from None


def rows(
    gradebook: Gradebook, assignment: str, table: Any, *columns: Any
) -> Iterable[Any]:
    """Return student, cell's name and these columns of each Grade or Comment, in one query."""
    return (
        gradebook.db.query(
            SubmittedAssignment.student_id, BaseCell.name, *columns
        )
        .select_from(table)
        .join(BaseCell)
        .join(SubmittedNotebook)
        .join(SubmittedAssignment)
        .join(Assignment)
        .filter(Assignment.name == assignment)
    )


def decisions(
    gradebook: Gradebook, assignment: str
) -> Callable[[Report], list[Decision]]:
    """Return a function from a report to what graders entered in formgrader about it.

    An exercise has a cell for its function, with a comment, and one for its test, with
    points.  What was entered about any other cell is the instructor's own: a sentence about
    the whole submission.
    """
    # Student -> cell -> points and comment.
    entered: dict[str, dict[str, Decision]] = {}
    columns = (
        Grade.score,
        Grade.manual_score,
        Grade.extra_credit,
        Grade.needs_manual_grade,
    )
    for student, cell, score, manual, extra, waits in rows(
        gradebook, assignment, Grade, *columns
    ):
        if manual is not None or extra:
            exercise = cell.removeprefix(TEST_CELL)
            entered.setdefault(student, {})[exercise] = Decision(
                exercise, points=score, is_outdated=waits
            )
    comments = rows(gradebook, assignment, Comment, Comment.manual_comment)
    for student, cell, comment in comments:
        # formgrader writes "" where one is deleted
        if comment:
            cells = entered.setdefault(student, {})
            cells[cell] = replace(
                cells.get(cell, Decision(cell)), comment=comment
            )

    def decisions_on(report: Report) -> list[Decision]:
        result = []
        for cell, decision in entered.get(report.id, {}).items():
            if cell not in report.exercises:
                given = ""
                if decision.points is not None:
                    given = tr(
                        "{points} points.", points=points(decision.points)
                    )
                comment = f"{cell}: {given} {decision.comment}".strip()
                decision = Decision(comment=comment)
            result.append(decision)
        return result

    return decisions_on
