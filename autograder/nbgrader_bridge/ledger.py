"""Writes each report of a course: nbgrader puts it into its gradebook, and our results folder keeps it.

The only writer of the database.  Knows nothing of how reports are made.
"""

from __future__ import annotations

import contextlib
from collections import Counter
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
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory

from autograder import cache
from autograder.grading.session import not_graded
from autograder.intake.places import link_below
from autograder.intake.submission import SubmittedFile
from autograder.nbgrader_bridge.converter import Converter
from autograder.nbgrader_bridge.hidden import PREFIX, is_test
from autograder.nbgrader_bridge.repair import expected_cells
from autograder.nbgrader_bridge.submissions import NoDate, submitted_at
from autograder.reporting.results_folder import ResultsFolder
from autograder.results import Decision, Outcome, Report

LATE_BY = "late by {time} (nbgrader's due date)"  # {time}: such as 2 days, 3:05:00


@dataclass(frozen=True)
class GradedNotebook:
    """The result for one notebook.

    score: with manual scores, before any penalty.  problem: why it was not graded, or "".  notes: such as
    which cells were restored.  before: an earlier run graded it, and nothing has changed since.  waiting: how
    many answers nobody has read yet.
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
        return self.of_all and self.of_all + self.extensions.get(student, timedelta(0))


class CourseLedger:
    """The Ledger of a course; a context manager.  Raises MissingEntry if the gradebook lacks the assignment.

    results: the course's results folder.  by_hand: its decisions, taken from the gradebook at the end.
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
        self.done: dict[str, GradedNotebook] = {}  # by student, still without scores
        self._has_begun = False
        self._converter = Converter(course, app)
        with Gradebook(course.db_url, course.course_id) as gradebook:
            expected = expected_cells(gradebook, assignment, assignment)
            tests = [cell.metadata.nbgrader.grade_id for cell in expected if is_test(cell)]
            self._graded = _graded(gradebook, assignment, tests)
            self.due = Due(gradebook, assignment)
        config = Path(course.root, "nbgrader_config.py").read_bytes()
        # A grade also depends on the released cells, and on the rules by which nbgrader counts.
        self.words: tuple[str, ...] = (_digest(*expected), str(self.due.of_all), _digest(config))

    def open(self, facts: dict) -> None:
        """Begin a run.  facts: common to all its reports."""
        self._results.run, self._has_begun = facts, True

    def has(self, id: str, key: str) -> bool:
        """Whether the same content was graded before, and nbgrader still has the result."""
        there = id in self._graded and self._path(self.course.autograded_directory, id).is_file()
        if not there or not self._results.has(id, self._key(id, key)):
            return False
        notes = tuple(self._results.entry(id)["report"]["flags"])
        self.done[id] = GradedNotebook(id, notes=notes, before=True)
        return True

    def add(self, report: Report, key: str, file: SubmittedFile) -> None:
        """Let nbgrader write a report, and then keep it.

        For a report that needs review, nbgrader's earlier results of the same submission stay.
        """
        problem = report.reason
        report = self._with_lateness(report, file.path.parent)
        if not problem:
            problem, notes = self._converter.convert(file.path.parent, report)
            report = _not_held(report, problem) if problem else replace(report, flags=(*report.flags, *notes))
        elif self._is_new(file):
            self._converter.convert(file.path.parent, report)  # so formgrader can open it
        self._results.add(report, self._key(report.id, key))
        self.done[report.id] = GradedNotebook(report.id, problem=problem, notes=report.flags)

    def report(self, id: str) -> Report:
        return Report.from_json(self._results.entry(id)["report"], self.assignment)

    def expect(self, files: Sequence[SubmittedFile], is_class: bool) -> None:
        """Announce the run's submissions.  is_class: whether they are the whole class."""
        self._results.expect({file.id: file.name for file in files}, is_class)

    def add_missing(self, file: SubmittedFile) -> None:
        """Let nbgrader record a submission without a grade, if it has none of it yet."""
        is_linked = file.root is not None and link_below(file.root, file.path.parent)
        report = not_graded(file, self.assignment)
        if self._is_new(file) and not is_linked:  # nbgrader would follow it
            self._converter.convert(file.path.parent, report)
        self._results.add(report, "")
        self.done[file.id] = GradedNotebook(file.id, problem=file.problem)

    def _is_new(self, file):
        """Whether nbgrader has no grade of this submission.  An earlier one stays after an error of ours."""
        return file.id not in self._graded or self._graded[file.id] != _stamp(file.path.parent)

    def _with_lateness(self, report, folder):
        """The report with its lateness by nbgrader's rules; None if the time is unknown."""
        stamp, due = _stamp(folder), self.due.of(report.id)
        if stamp is None or due is None:
            return report
        late = max(stamp - due, timedelta(0))
        flags = (*report.flags, LATE_BY.format(time=timedelta(seconds=round(late.total_seconds()))))
        days = round(late / timedelta(days=1), 3)
        return replace(report, late_days=days, flags=flags if late else report.flags)

    def _path(self, step, student):
        return Path(self.course.format_path(step, student, self.assignment), f"{self.assignment}.ipynb")

    def _key(self, id, key):
        """The key with what only nbgrader uses: an extension, and the time of submission."""
        folder = self._path(self.course.submitted_directory, id).parent
        return f"{key}-{_digest(self.due.extensions.get(id), _stamp(folder))}"

    def __enter__(self) -> CourseLedger:
        return self

    def __exit__(self, *_) -> None:
        if self._has_begun or self.done:
            with Gradebook(self.course.db_url, self.course.course_id) as gradebook:
                self.by_hand.update(by_hand(gradebook, self.assignment))
            self._results.write()


class ByHand(dict[str, list[Decision]]):
    """Student -> decisions made in formgrader; the Decisions of a results folder."""

    def of(self, report: Report) -> list[Decision]:
        """The decisions on a submission."""
        return self.get(report.id, [])


def by_hand(gradebook: Gradebook, assignment: str) -> ByHand:
    """The manual grades, with extra credit, and the manual comments."""
    of_cells: dict[tuple[str, str], tuple[float | None, str]] = {}
    grades = _rows(gradebook, assignment, Grade, Grade.score, Grade.manual_score, Grade.extra_credit)
    for student, cell, score, manual, extra in grades:
        if manual is not None or extra:
            of_cells[student, cell.removeprefix(PREFIX)] = score, ""
    for student, cell, comment in _rows(gradebook, assignment, Comment, Comment.manual_comment):
        if comment is not None:
            score, _ = of_cells.get((student, cell), (None, ""))
            of_cells[student, cell] = score, comment
    decided = ByHand()
    for (student, exercise), (score, comment) in of_cells.items():
        decided.setdefault(student, []).append(Decision(exercise, "", score, comment))
    return decided


def _rows(gradebook, assignment, kind, *columns):
    """For each Grade or Comment: the student, the cell's name, and these columns; in one fast query."""
    return (
        gradebook.db.query(SubmittedAssignment.student_id, BaseCell.name, *columns)
        .select_from(kind)
        .join(BaseCell, BaseCell.id == kind.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == kind.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == assignment)
    )


def _stamp(folder):
    """The time of a submission, if it is known."""
    with contextlib.suppress(NoDate):  # nbgrader says so
        return submitted_at(folder)
    return None


def _digest(*words):
    return cache.digest([], *map(repr, words))


def _graded(gradebook, assignment, tests):
    """The students whose test cells all have a score, and when they submitted what has it."""
    columns = Grade, Grade.auto_score, SubmittedAssignment.timestamp
    grades = list(_rows(gradebook, assignment, *columns))
    done = Counter(student for student, cell, score, _ in grades if cell in tests and score is not None)
    return {student: time for student, _, _, time in grades if done[student] == len(tests)}


def _extensions(gradebook, assignment):
    columns = SubmittedAssignment.student_id, SubmittedAssignment.extension
    found = gradebook.db.query(*columns).join(Assignment).filter(Assignment.name == assignment)
    return {student: extension for student, extension in found if extension is not None}


def _not_held(report, why):
    """The report of a submission that nbgrader could not write: no score, and why it needs review."""
    results = tuple(
        replace(result, earned=0.0, outcome=Outcome.GRADER_ERROR, message=why) for result in report.results
    )
    return replace(report, results=results)
