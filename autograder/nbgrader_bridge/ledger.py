"""The only writer of a course: graded notebooks, the points in the gradebook, and our results
folder.

Each submission gets a notebook, with its report or with the reason why it needs review.
Without a notebook, formgrader says "needs autograding", and has no page on which to enter
points.
"""

import secrets
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Grade, Gradebook, MissingEntry, SubmittedNotebook
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.exc import SQLAlchemyError

from autograder import cache
from autograder.assessment import Assessment, Lateness
from autograder.data import BROKEN
from autograder.errors import KitError
from autograder.intake import released
from autograder.intake.places import SECRET, STAMP
from autograder.intake.released import TEST_CELL
from autograder.intake.submission import SubmittedFile
from autograder.languages import N_
from autograder.nbgrader_bridge import course_files, notebooks
from autograder.nbgrader_bridge.course_files import SEVERAL
from autograder.nbgrader_bridge.gradebook import decisions, due_dates, rows
from autograder.nbgrader_bridge.notebooks import CourseNotebook
from autograder.reporting.results_folder import ResultsFolder
from autograder.results import Report

NOT_GENERATED = N_(
    "The gradebook does not have {assignment} as it was released. Run `nbgrader "
    "generate_assignment "
    "{assignment} --force` first."
)


class CourseLedger:
    """The Ledger of a course.

    converter: nbgrader's, with the course and its settings.  gradebook: open as long as the
    ledger is used.  results: the course's results folder, which gets its decisions from the
    gradebook.  Raises KitError if the kit cannot grade all of the assignment.
    """

    def __init__(
        self,
        converter: Autograde,
        assignment: str,
        gradebook: Gradebook,
        results: ResultsFolder,
    ):
        self.course = converter.coursedir
        self.assignment = assignment
        self.results = results
        self.begin = results.begin
        self.reuse = results.reuse
        self._converter = converter
        self._gradebook = gradebook
        self._release = self._released_notebook()
        self._due = due_dates(gradebook, assignment)
        students: set[str] = set()
        lacking: set[str] = set()
        grades = rows(gradebook, assignment, Grade, Grade.auto_score)
        for student, cell, score in grades:
            students.add(student)
            if score is None and cell in self._release.tests:
                lacking.add(student)
        self._graded = students - lacking
        config = Path(self.course.root, "nbgrader_config.py").read_bytes()
        # A grade also depends on the released cells, and on the rules by which nbgrader counts.
        self.key_parts: tuple[str, ...] = (_digest(self._release.text, config),)
        self._mark_again()

    def _released_notebook(self) -> CourseNotebook:
        """Return the release.  Raises KitError unless gradebook and checks agree with it."""
        name, course = self.assignment, self.course
        folder = Path(course.format_path(course.release_directory, ".", name))
        try:
            for notebook in self._gradebook.find_assignment(name).notebooks:
                if notebook.name != name:
                    raise KitError(
                        SEVERAL, assignment=name, notebook=notebook.name
                    )
            release = CourseNotebook(
                (folder / f"{name}.ipynb").read_text("utf-8")
            )
            cells = self._gradebook.find_notebook(name, name).grade_cells
            if release.points != {cell.name: cell.max_score for cell in cells}:
                raise KitError(NOT_GENERATED, assignment=name)
        except (MissingEntry, OSError, *BROKEN):
            raise KitError(NOT_GENERATED, assignment=name) from None
        worth = dict.fromkeys(release.tests, 0.0)
        worth |= notebooks.points_of_checks(name)
        for cell, total in worth.items():
            points = release.points.get(cell, 0.0)
            if points != total or not total:
                raise KitError(
                    "Nothing of {assignment} was graded, because its cell {cell} has {points:g} "
                    "points, and the kit's checks have {worth:g}. Make them equal, then "
                    "generate the assignment again.",
                    assignment=name,
                    cell=cell,
                    points=points,
                    worth=total,
                )
        return release

    def is_up_to_date(self, id: str, key: str) -> bool:
        """Return whether the same content was graded before, and nbgrader still has the result."""
        if self._converter.force or id not in self._graded:
            return False
        if not self._path(id).is_file():
            return False
        return self.results.is_up_to_date(id, self._key(id, key))

    def add(self, report: Report, key: str, file: SubmittedFile) -> None:
        """Write a report into the gradebook and its notebook, and then keep it.

        Where a report needs review, nbgrader's earlier results of the same content stay,
        and also if nobody could read what was submitted.  Raises OSError and
        SQLAlchemyError.
        """
        id = report.id
        submission = file.open()
        pieces = released.pieces_of(submission)
        content = _digest(*pieces) if pieces else report.content
        before = notebooks.content_of(self._path(id))
        is_same = content == before or not submission.text
        is_kept = (
            report.needs_review
            and is_same
            and before is not None
            and id in self._graded
        )
        late = self._lateness(id)
        problem = ""
        if not is_kept:
            assessment = self._assessment(report, late)
            late, problem = self._written(
                assessment,
                lambda: notebooks.graded_notebook(
                    self._release, pieces, assessment, content
                ),
                is_new=content != before,
            )
        self.results.add(
            report,
            self._key(id, key),
            file,
            late=late,
            problem=problem,
            is_replaced=not is_kept,
        )

    def _assessment(self, report: Report, late: Lateness | None) -> Assessment:
        """Return a report by the course's rule, without what graders entered."""
        rule = self.results.head.partial_credit
        return Assessment(report, late=late, partial_credit=rule)

    def _written(
        self,
        assessment: Assessment,
        notebook: Callable[[], NotebookNode],
        is_new: bool,
    ) -> tuple[Lateness | None, str]:
        """Write a graded notebook and its points.

        notebook: makes it.  is_new: as of `_write`.  Returns how late it was, with the course's
        own penalty, and why it could not be written, or "".  Raises OSError and SQLAlchemyError.
        """
        late = assessment.late
        try:
            penalty = self._write(assessment, notebook(), is_new)
        except (OSError, SQLAlchemyError):
            raise
        except Exception as error:
            # Such as one of a course's own rule for late submissions.
            self._gradebook.db.rollback()
            return late, f"{type(error).__name__}: {error}".partition("\n")[0]
        return late and replace(late, penalty=penalty), ""

    def _mark_again(self) -> None:
        """Write the points of all that were given by another rule, for the same reports."""
        for record in self.results.marked_otherwise():
            path = self._path(record.report.id)
            # Else it is graded again the next time.
            if not path.is_file() or record.assessment.problem:
                continue
            assessment = self._assessment(record.report, record.assessment.late)
            late, problem = self._written(
                assessment,
                partial(notebooks.marked_notebook, path, assessment),
                is_new=False,
            )
            self.results.mark(record, late, problem)

    def _lateness(self, student: str) -> Lateness | None:
        """Return how late a student submitted, before any penalty; None if nobody knows."""
        due = self._due(student)
        stamp = self._submitted_at(student)
        if due is None or stamp is None:
            return None
        return Lateness(max((stamp - due) / timedelta(days=1), 0.0))

    def _path(self, student: str) -> Path:
        """Return where formgrader looks for a student's graded notebook."""
        folder = self.course.format_path(
            self.course.autograded_directory, student, self.assignment
        )
        return Path(folder, f"{self.assignment}.ipynb")

    def _key(self, id: str, key: str) -> str:
        return f"{key}-{_digest(self._due(id), self._submitted_at(id))}"

    def _submitted_at(self, student: str) -> datetime | None:
        return course_files.submitted_at(self.course, student, self.assignment)

    def _write(
        self, assessment: Assessment, notebook: NotebookNode, is_new: bool
    ) -> float:
        """Write a graded notebook and its points.  Returns the course's own late penalty.

        is_new: whether a person's points were given for another content.
        """
        converter = self._converter
        student = assessment.report.id
        name = self.assignment
        converter.notebooks = [f"{name}.ipynb"]
        converter.run_pre_convert_hook()
        if converter.create_student:
            self._gradebook.update_or_create_student(student)
        submission = self._gradebook.update_or_create_submission(name, student)
        submission.timestamp = self._submitted_at(student)
        book = self._gradebook.find_submission_notebook(name, name, student)
        _write_points(book, notebook, assessment, is_new)
        self._write_files(student, notebook)
        book.late_submission_penalty = None
        self._gradebook.db.commit()
        if submission.total_seconds_late > 0:
            about = {"student": student, "assignment": name, "notebook": name}
            about["db_url"] = self.course.db_url
            rule = AssignLatePenalties(parent=converter)
            rule.preprocess(notebook, {"nbgrader": about})
            self._gradebook.db.expire_all()
        converter.run_post_convert_hook()
        return book.late_submission_penalty or 0.0

    def _write_files(self, student: str, notebook: NotebookNode) -> None:
        """Write a notebook, and the two files without which release_feedback ends for everybody."""
        folder = self._path(student).parent
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        nbformat.write(notebook, self._path(student))
        stamp = self._submitted_at(student)
        date = "" if stamp is None else f"{stamp} UTC"
        (folder / STAMP).write_text(date, "utf-8")
        secret = course_files.secret_of(self.course, student, self.assignment)
        secret = secret or secrets.token_hex(16)
        (folder / SECRET).write_text(secret, "utf-8")
        self._converter.set_permissions(self.assignment, student)

    def write(self) -> None:
        """Write the results folder, with the gradebook's decisions."""
        self.results.decisions = decisions(self._gradebook, self.assignment)
        self.results.write()


def _write_points(
    book: SubmittedNotebook,
    notebook: NotebookNode,
    assessment: Assessment,
    is_new: bool,
) -> None:
    """Set what nbgrader's own SaveAutoGrades would set; points of a person stay.

    Theirs wait for another look if they were given for another content, or if the kit has none.
    """
    untouched = set()
    for cell in notebook.cells:
        if notebooks.is_untouched(cell):
            untouched.add(notebooks.name_of(cell))
    for grade in book.grades:
        grade.auto_score = None
        if grade.name.startswith(TEST_CELL):
            grade.auto_score = assessment.points_of(
                grade.name.removeprefix(TEST_CELL)
            )
        elif grade.name in untouched and not assessment.needs_review:
            grade.auto_score = 0.0
        if grade.manual_score is None:
            grade.needs_manual_grade = grade.auto_score is None
        elif is_new:
            grade.needs_manual_grade = True


def _digest(*key_parts: object) -> str:
    return cache.digest([], *map(repr, key_parts))
