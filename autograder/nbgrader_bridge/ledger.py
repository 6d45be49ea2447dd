"""What becomes of each report of a course: nbgrader writes it into its gradebook, and our results keep it.

The one writer of the database.  Knows nothing of how reports come about.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import func, or_

from autograder.grading.session import not_graded
from autograder.intake.places import link_below, walk
from autograder.intake.submission import SubmittedFile
from autograder.nbgrader_bridge import timestamps
from autograder.nbgrader_bridge.converter import Converter
from autograder.nbgrader_bridge.hidden import PREFIX
from autograder.nbgrader_bridge.repair import expected_cells
from autograder.reporting.results_folder import ResultsFolder
from autograder.reporting.words import UNREAD
from autograder.results import Decision, Outcome, Report

LATE_BY = "late by {time} (nbgrader's due date)"  # {time}: such as 2 days, 3:05:00


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


class Due:
    """When an assignment is due, in UTC.  extensions: student -> how much longer they have."""

    def __init__(self, gradebook: Gradebook, assignment: str):
        self.of_all: datetime | None = gradebook.find_assignment(assignment).duedate
        self.extensions = _extensions(gradebook, assignment)

    def of(self, student: str) -> datetime | None:
        """For a student; None where no date is set."""
        return self.of_all and self.of_all + self.extensions.get(student, timedelta(0))


class CourseLedger:
    """The Ledger of a course; a context manager.

    Raises MissingEntry where the assignment is not in the gradebook.

    results: the course's own results; each student's page lies there too.  by_hand: their decisions, which
    are the gradebook's at the end of the run.
    """

    def __init__(
        self,
        course: CourseDirectory,
        assignment: str,
        results: ResultsFolder,
        app: NbGrader,
        by_hand: ByHand,
    ):
        self.course, self.assignment, self._results, self.by_hand = course, assignment, results, by_hand
        self.done: dict[str, GradedNotebook] = {}  # by student, as yet without scores
        self._has_begun = False
        self._converter = Converter(course, app)
        with Gradebook(course.db_url, course.course_id) as gradebook:
            expected = expected_cells(gradebook, assignment, assignment)
            tests = [cell.name for cell in expected if cell.is_test]
            self._graded = _graded(gradebook, assignment, tests)
            self.due = Due(gradebook, assignment)
        config = Path(course.root, "nbgrader_config.py").read_bytes()
        # What a grade depends on beside the submission, the settings and the kit: the cells that were
        # released, and by which rules nbgrader counts.
        self.words: tuple[str, ...] = (_digest(*expected), str(self.due.of_all), _digest(config))

    def open(self, facts: dict) -> None:
        """Begin a run; facts: what all its reports have in common."""
        self._results.run, self._has_begun = facts, True

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
        self._results.add(report, self._key(report.id, key))
        self.done[report.id] = GradedNotebook(report.id, problem=problem, notes=report.flags)

    def report(self, id: str) -> Report:
        """The latest report of a student.  Raises KeyError."""
        return Report.from_json(self._results.entry(id)["report"], self.assignment)

    def expect(self, files: Sequence[SubmittedFile], is_class: bool) -> None:
        """Whose submissions the run will see.  is_class: whether they are all."""
        self._results.expect({file.id: file.name for file in files}, is_class)

    def add_missing(self, file: SubmittedFile) -> None:
        """Let nbgrader write down that there is a submission without a grade, where there was none before."""
        is_linked = file.root is not None and link_below(file.root, file.path.parent)
        if file.id not in self._graded and not is_linked:  # nbgrader would follow it
            self._converter.convert(file.path.parent, None)
        self._results.add(not_graded(file, self.assignment), "")
        self.done[file.id] = GradedNotebook(file.id, problem=file.problem)

    def _with_lateness(self, report, folder):
        """The report with how late it was, as nbgrader counts; None where it cannot be known."""
        stamp = None
        with contextlib.suppress(timestamps.NoDate):  # nbgrader says so
            stamp = timestamps.submitted_at(folder)
        due = self.due.of(report.id)
        if stamp is None or due is None:
            return report
        late = max(stamp - due, timedelta(0))
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
        return f"{key}-{_digest(self.due.extensions.get(id), *sorted(beside))}"

    def __enter__(self) -> CourseLedger:
        return self

    def __exit__(self, *_) -> None:
        if self._has_begun or self.done:
            with Gradebook(self.course.db_url, self.course.course_id) as gradebook:
                self.by_hand.update(by_hand(gradebook, self.assignment))
            self._results.write()


class ByHand(dict[str, list[Decision]]):
    """Student -> what was decided in formgrader; the Decisions of a results folder."""

    def of(self, report: Report) -> list[Decision]:
        """What was decided of a submission."""
        return self.get(report.id, [])


def by_hand(gradebook: Gradebook, assignment: str) -> ByHand:
    """The manual grades, with extra credit, and the manual comments, by nbgrader's API."""
    of_cells: dict[tuple[str, str], tuple[float | None, str]] = {}
    found = gradebook.db.query(SubmittedAssignment.student_id, GradeCell.name, Grade.score).filter(
        or_(Grade.manual_score.isnot(None), Grade.extra_credit != 0),
        *(GradeCell.id == Grade.cell_id, SubmittedNotebook.id == Grade.notebook_id),
    )
    for student, cell, score in _of(found, assignment):
        of_cells[student, cell.removeprefix(PREFIX)] = score, ""
    found = gradebook.db.query(SubmittedAssignment.student_id, BaseCell.name, Comment.manual_comment).filter(
        Comment.manual_comment.isnot(None),
        *(BaseCell.id == Comment.cell_id, SubmittedNotebook.id == Comment.notebook_id),
    )
    for student, name, comment in _of(found, assignment):
        score, _ = of_cells.get((student, name), (None, ""))
        of_cells[student, name] = score, comment
    decided = ByHand()
    for (student, exercise), (score, comment) in of_cells.items():
        decided.setdefault(student, []).append(Decision(exercise, "", score, comment))
    return decided


def _of(query, assignment):
    """The rows of an assignment."""
    return query.filter(
        SubmittedAssignment.id == SubmittedNotebook.assignment_id,
        *(Assignment.id == SubmittedAssignment.assignment_id, Assignment.name == assignment),
    )


def _digest(*words):
    return hashlib.blake2b(
        "\0".join(map(repr, words)).encode("utf-8", "backslashreplace"), digest_size=6
    ).hexdigest()


def _graded(gradebook, assignment, tests):
    """The students whose test cells all have a score."""
    found = (
        gradebook.db.query(SubmittedAssignment.student_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(GradeCell, GradeCell.id == Grade.cell_id)
        .filter(Assignment.name == assignment, GradeCell.name.in_(tests), Grade.auto_score.isnot(None))
        .group_by(SubmittedAssignment.student_id)
        .having(func.count() == len(tests))
    )
    return {student for (student,) in found}


def _extensions(gradebook, assignment):
    """Student -> how much longer they had to submit."""
    found = (
        gradebook.db.query(SubmittedAssignment.student_id, SubmittedAssignment.extension)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == assignment, SubmittedAssignment.extension.isnot(None))
    )
    return dict(found.all())


def _not_held(report, why):
    """The report of a submission that nbgrader could not write: no score, and why a person must look."""
    results = tuple(
        replace(result, earned=0.0, outcome=Outcome.GRADER_ERROR, message=why) for result in report.results
    )
    return replace(report, results=results)
