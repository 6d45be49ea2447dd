"""The only writer of a course's database: nbgrader's part of each report, and our results folder."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from nbgrader.api import Grade, Gradebook
from nbgrader.coursedir import CourseDirectory
from traitlets.config import LoggingConfigurable

from autograder import cache
from autograder.intake.released import TEST_CELL
from autograder.intake.submission import SubmittedFile
from autograder.nbgrader_bridge.course_files import autograded_folder, submitted_at
from autograder.nbgrader_bridge.manual_grades import ManualGrades, earlier, graded_cells
from autograder.nbgrader_bridge.writer import Writer
from autograder.reporting.results_folder import ResultsFolder
from autograder.reporting.view import View
from autograder.results import Report


class Due:
    """When an assignment is due, in UTC.  extensions: student -> how much longer they have."""

    def __init__(self, gradebook: Gradebook, assignment: str):
        found = gradebook.find_assignment(assignment)
        self.of_all: datetime | None = found.duedate
        self.extensions = {each.student_id: each.extension for each in found.submissions if each.extension}

    def for_student(self, student: str) -> datetime | None:
        return self.of_all and self.of_all + self.extensions.get(student, timedelta(0))


class CourseLedger:
    """The Ledger of a course.  Raises what a Writer raises.

    results: the course's results folder, which gets its decisions from the gradebook at the end.  parent: as
    of nbgrader's converters.  is_forced: grade also what has not changed.
    """

    def __init__(
        self,
        course: CourseDirectory,
        assignment: str,
        results: ResultsFolder,
        parent: LoggingConfigurable,
        is_forced: bool = False,
    ):
        self.course, self.assignment, self.results = course, assignment, results
        self.open = results.open
        self.problems: dict[str, str] = {}  # why students of this run need review
        self._is_forced = is_forced
        self._writer = Writer(course, assignment, parent)
        expected = self._writer.expected
        with Gradebook(course.db_url, course.course_id) as gradebook:
            self.due = Due(gradebook, assignment)
            rows = [*graded_cells(gradebook, assignment, Grade, Grade.auto_score)]
        lacking = {student for student, cell, score in rows if cell.startswith(TEST_CELL) and score is None}
        self._graded = {student for student, *_ in rows} - lacking
        config = Path(course.root, "nbgrader_config.py").read_bytes()
        # A grade also depends on the released cells, and on the rules by which nbgrader counts.
        self.key_parts: tuple[str, ...] = (_digest(*expected), str(self.due.of_all), _digest(config))

    def is_up_to_date(self, id: str, key: str) -> bool:
        """Return whether the same content was graded before, and nbgrader still has the result."""
        folder = autograded_folder(self.course, self.assignment, id)
        is_there = id in self._graded and (folder / f"{self.assignment}.ipynb").is_file()
        return is_there and not self._is_forced and self.results.is_up_to_date(id, self._key(id, key))

    def keep(self, id: str) -> None:
        self.results.keep(id)

    def add(self, report: Report, key: str, file: SubmittedFile) -> None:
        """Let nbgrader write a report, and then keep it.

        For a report that needs review, nbgrader's earlier results of the same submission stay.  Without a
        date, it is the same if its text is, or if it has no file.
        """
        why, flags, id = View(report).review, list[str](), report.id
        before = earlier(self.course, self.assignment, id)
        stamp, due = submitted_at(self.course, id, self.assignment), self.due.for_student(id)
        if stamp and due:
            report = replace(report, late_days=max((stamp - due) / timedelta(days=1), 0.0))
        is_same = before.stamp == stamp if stamp else report.content in ("", self.results.content(id))
        is_kept = is_same and before.texts and not before.is_placeholder and id in self._graded
        is_replaced = bool(why) and not is_kept
        if not why and (why := self._writer.write(report, before, flags)):
            is_replaced, report = True, report.withheld(why)
        if why:
            self.problems[id] = report.reason
        elif report.late_days:  # by the course's own rule, which no score of ours includes
            with Gradebook(self.course.db_url, self.course.course_id) as gradebook:
                book = gradebook.find_submission_notebook(self.assignment, self.assignment, id)
                report = replace(report, late_penalty=book.late_submission_penalty or 0.0)
        if is_replaced:
            judged = None if file.needs_review else report
            flags += self._writer.write_reason(id, why, judged, before)
        report = replace(report, flags=(*report.flags, *flags))
        self.results.add(report, self._key(id, key) if key else "", is_replaced=is_replaced)

    def _key(self, id: str, key: str) -> str:
        return f"{key}-{_digest(self.due.extensions.get(id), submitted_at(self.course, id, self.assignment))}"

    def write(self) -> None:
        """Write the results folder, with the gradebook's decisions."""
        self.results.decisions = ManualGrades(self.course, self.assignment).decisions_on
        self.results.write()


def _digest(*key_parts: object) -> str:
    return cache.digest([], *map(repr, key_parts))
