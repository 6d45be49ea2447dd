"""The results of one assignment: a file for each student, and all that is written from these.

`results.json`, the tables, the class report and the pages are written from them, and never
read back.
"""

import contextlib
import json
import os
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from autograder import atomic
from autograder.assessment import Assessment, Decision, Lateness
from autograder.data import BROKEN, bytes_of, from_json
from autograder.errors import KitError
from autograder.intake.submission import SubmittedFile
from autograder.languages import N_, language, listed
from autograder.reporting import grades_csv, pages, review
from autograder.reporting.class_statistics import (
    ClassStatistics,
    Head,
)
from autograder.reporting.pages import FEEDBACK
from autograder.reporting.student_files import Record, StudentFiles
from autograder.reporting.text import text
from autograder.results import Report, first_grader_fault
from autograder.temporary import Closing
from autograder.untrusted_text import escape_control_characters, safe_name

SCHEMA = 1
RESULTS, ERRORS, FORMGRADER = "results.json", "errors.log", "formgrader"
# the files of students, and what is known of the class
REPORTS, RUN = "reports", "run.json"
FOREIGN = N_(
    "{file} was not written by this kit. Move it away, or choose another folder."
)
CLOSED = N_(
    "Cannot write to {folder} ({why}). Make it writable, or choose another folder."
)
FULL = N_(
    "Cannot write to {folder} ({why}). What was graded is saved; free some space, then run "
    "the same command again."
)

# the instructor's, on a report
Decisions = Callable[[Report], Iterable[Decision]]


class ResultsFolder(Closing):
    """The results of one assignment in a folder, which one process writes; a Ledger for
    `grading.session`.

    folder: created if necessary.  decisions: on a report, from formgrader; else those in
    review.csv, or those that the course's last run found.  partial_credit: the rule by which
    points are given; by default, that of the last run.  Raises KitError.
    """

    # a report depends only on what its key contains
    key_parts: tuple[str, ...] = ()
    statistics: ClassStatistics  # as `write` found them

    def __init__(
        self,
        folder: Path,
        assignment: str,
        decisions: Decisions | None = None,
        partial_credit: str = "",
    ):
        self.folder = folder
        self.decisions = decisions
        self.review: review.Review | None = None
        with contextlib.ExitStack() as stack, self._writing(CLOSED):
            # First, because it raises before other results are changed.
            self.head = _head_of(folder, assignment)
            if decisions is None and self.head.decided_in != FORMGRADER:
                self.review = review.Review(folder)
                self.decisions = self.review.decisions_on
            else:
                self.head.decided_in = FORMGRADER
            (folder / FEEDBACK).mkdir(parents=True, exist_ok=True)
            self._files = StudentFiles(folder / REPORTS)
            stack.callback(self.close)
            for place in (folder, folder / FEEDBACK):
                atomic.remove_unfinished(place)
            self._write_head()
            self._find_students()
            # It is written once all results are.
            if partial_credit:
                self.head.partial_credit = partial_credit
            stack.pop_all()

    def _write_head(self) -> None:
        text = json.dumps(asdict(self.head), ensure_ascii=False)
        atomic.write(self.folder / RUN, text + "\n")

    @contextlib.contextmanager
    def _writing(self, sentence: str = FULL) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise KitError(sentence, folder=self.folder, why=reason) from None

    def _find_students(self) -> None:
        # People may edit it at any time.
        if self.review is not None:
            self.review.match({*self._files.ids(), *self.head.pending})

    def announce(
        self, files: Sequence[SubmittedFile], is_class: bool
    ) -> list[SubmittedFile]:
        """Announce a run's submissions, and return them as review.csv decides.

        is_class: they are all.
        """
        students = {file.id: file.name for file in files}
        head = self.head
        gone = head.gone
        if is_class:
            gone = self._files.ids()
            head.submitted = len(students)
            head.pending = students
        else:
            head.submitted = len({*self._files.ids(), *students})
            head.pending |= students
        head.gone = [id for id in gone if id not in students]
        self._find_students()
        if self.review is None:
            return [*files]
        return [file.decided(self.review.choose) for file in files]

    def begin(self, facts: dict) -> None:
        """Begin a run.  facts: common to all its reports (seed, versions)."""
        self.head.run = facts

    def is_up_to_date(self, id: str, key: str) -> bool:
        """Return whether the same content was graded before, by the same checks and versions."""
        record = self._files.read(id)
        if record is None or record.assessment.later_failure:
            return False
        # What cannot be read is the same when it is graded again; a limit may be gone by now.
        fault = first_grader_fault(record.report.results)
        is_unread = fault is not None and fault.kind == "unread"
        if record.failure and not is_unread:
            return False
        return record.key == key

    def reuse(self, id: str) -> None:
        """Let the earlier report of a submission be the one of this run, too."""
        self.head.pending.pop(id, None)

    def add(
        self,
        report: Report,
        key: str,
        file: SubmittedFile | None = None,
        *,
        late: Lateness | None = None,
        problem: str = "",
        is_replaced: bool = False,
    ) -> None:
        """Keep a report, and write the student's text and page.  Our errors go into errors.log.

        late: as the course knows it, else as the file's name says.  problem: why nothing of it
        may count.  is_replaced: whether an earlier grade was given up for this report, even if it
        needs review.  Raises KitError if the disk is full; what was kept before stays.
        """
        if late is None and file is not None and file.is_late:
            late = Lateness()
        assessment = Assessment(report, late=late, problem=problem)
        record = Record(assessment, key, self.head.run)
        if not is_replaced:
            record = _record_after(self._files.read(report.id), record)
        with self._writing():
            if report.log:
                self._log(report)
            self._show(self._current(record))
        self.head.pending.pop(report.id, None)

    def _current(self, record: Record) -> Record:
        """Return a record as it counts now."""
        current = replace(
            record.assessment, partial_credit=self.head.partial_credit
        )
        if self.decisions is not None:
            entered = tuple(self.decisions(record.report))
            current = replace(current, entered=entered)
        return replace(record, assessment=current, language=language())

    def _show(self, record: Record) -> None:
        """Write a student's page and text, and keep the record that they show."""
        assessment = record.assessment
        name = safe_name(record.report.id)
        folder = self.folder / FEEDBACK
        atomic.write(folder / f"{name}.html", pages.page(assessment))
        atomic.write(folder / f"{name}.txt", text(assessment))
        # last: a student with a file is not graded again
        self._files.write(record)

    def _log(self, report: Report) -> None:
        # One line for a student, then indented text, so that a traceback cannot look like
        # another entry.
        when = datetime.now(UTC).isoformat(timespec="seconds")
        id = escape_control_characters(report.id, "")
        lines = textwrap.indent(escape_control_characters(report.log), "    ")
        with open(self.folder / ERRORS, "a", encoding="utf-8") as file:
            file.write(f"{when} {id}\n{lines}\n")

    def assessment(self, id: str) -> Assessment:
        """Return a student's submission, as it counts now.  Raises KeyError."""
        record = self._files.read(id)
        if record is None:
            raise KeyError(id)
        return self._current(record).assessment

    def marked_otherwise(self) -> Iterator[Record]:
        """Yield what is kept about each student whose points were given by another rule."""
        for record in self._files:
            if record.assessment.partial_credit != self.head.partial_credit:
                yield record

    def mark(self, record: Record, late: Lateness | None, problem: str) -> None:
        """Keep a record with its points by the current rule.  late, problem: as of `add`."""
        assessment = replace(record.assessment, late=late, problem=problem)
        with self._writing():
            self._show(self._current(replace(record, assessment=assessment)))

    @property
    def without_report(self) -> dict[str, str]:
        """Id -> name of students without a report; of a damaged file, its name."""
        missing = dict.fromkeys(self._files.damaged, "") | self.head.pending
        for id in self._files.ids():
            missing.pop(id, None)
        return missing

    def assessments(self) -> Iterator[Assessment]:
        """Yield the submission of each student, by id, as it counts now."""
        for record in self._files:
            yield self._current(record).assessment

    def write(self) -> None:
        """Write each file completely or not at all, and set `statistics`.

        Raises KitError.
        """
        with self._writing():
            # a run that is stopped may have been between a file and its own memory
            self._files.find()
            self._find_students()
            with atomic.replacing(self.folder / RESULTS) as file:
                self.statistics = ClassStatistics(self._written(file))
            table = grades_csv.table(self.statistics, self.without_report)
            atomic.write(self.folder / "grades.csv", table)
            decide_in = ""
            if self.review is not None:
                self.review.write()
                decide_in = review.FILE
            head = replace(self.head, pending=self.without_report)
            now = datetime.now().astimezone()
            page = pages.class_page(self.statistics, head, now, decide_in)
            atomic.write(self.folder / "index.html", page)
            self._write_head()

    def _written(self, file: TextIO) -> Iterator[Assessment]:
        """Write results.json, and the page of each student whose decisions changed."""
        tree = {"schema": SCHEMA} | asdict(
            replace(self.head, pending=self.without_report)
        )
        # one student at a time, because a class may not fit into memory
        head = json.dumps(tree, ensure_ascii=False)
        file.write(head.removesuffix("}") + ', "submissions": [')
        separator = "\n"
        for record in self._files:
            current = self._current(record)
            if current != record:
                self._show(current)
            assessment = current.assessment
            if self.review is not None:
                self.review.add(assessment)
            tree = assessment.to_json()
            if record.run != self.head.run:
                tree["run"] = record.run
            file.write(separator + json.dumps(tree, ensure_ascii=False))
            separator = ",\n"
            yield assessment
        file.write("\n]}\n")

    def close(self) -> None:
        self._files.close()


def _head_of(folder: Path, assignment: str) -> Head:
    """Return what is known of the class in a folder.  Raises KitError if it is not its folder.

    assignment: "" for any that was graded into it.
    """
    path = folder / RUN
    if not os.path.lexists(path):
        if (folder / RESULTS).exists():
            raise KitError(FOREIGN, file=folder / RESULTS)
        return Head(assignment)
    try:
        head: Head = from_json(Head, json.loads(bytes_of(path)))
    except BROKEN:
        raise KitError(FOREIGN, file=path) from None
    if assignment not in ("", head.assignment):
        raise KitError(
            "{folder} has the results of {assignment}. Choose another folder with --out.",
            folder=folder,
            assignment=head.assignment,
        )
    return head


def _record_after(earlier: Record | None, record: Record) -> Record:
    """Return what to keep of a student who was graded again: the latest that has a grade.

    A failure costs no grade: if the new report needs review and the earlier one does not, the
    earlier one stays, and waits for the reason of the new one.  If neither has a grade, the new
    one counts.
    """
    if earlier is None or earlier.failure or not record.failure:
        return record
    assessment = replace(earlier.assessment, later_failure=record.failure)
    return replace(earlier, assessment=assessment)


def earlier_results(path: Path) -> ResultsFolder:
    """Return the results of an earlier run, by their folder or results.json.  Raises KitError."""
    folder = path.parent if path.name == RESULTS else path
    if not (folder / RUN).is_file():
        below = (str(run.parent) for run in sorted(folder.glob(f"*/{RUN}")))
        raise KitError(
            "{path} has no results of one assignment. Name their folder: {names}.",
            path=path,
            names=listed(below) or "-",
        )
    return ResultsFolder(folder, "")
