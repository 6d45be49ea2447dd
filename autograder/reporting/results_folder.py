"""Writes reports as results.json, tables, a class report, and a text and a page for each student.

Every report goes at once into a journal, `reports.jsonl`, so a run that was stopped can continue.
"""

import contextlib
import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from autograder import sentences
from autograder.errors import KitError
from autograder.intake.submission import SubmittedFile
from autograder.languages import N_, listed, tr
from autograder.reporting import atomic, grades_csv, pages, review
from autograder.reporting.class_statistics import ClassStatistics, Head, class_statistics
from autograder.reporting.pages import FEEDBACK
from autograder.reporting.text import text
from autograder.reporting.view import REGRADING_FAILED
from autograder.results import Decision, Report
from autograder.temporary import Closing
from autograder.untrusted_text import escape_control_characters, safe_name

SCHEMA = 1
RESULTS, ERRORS, FORMGRADER = "results.json", "errors.log", "formgrader"
OPTIONAL = "absent", "decided_in"  # of results.json
FOREIGN = N_("{file} was not written by this kit. Move it away, or choose another folder.")
OTHER = N_("{folder} has the results of {assignment}. Choose another folder with --out.")
NO_JOURNAL = N_("{folder} has a results.json, but no reports.jsonl. Put it back, or choose another folder.")
IN_USE = N_("Another run is writing to {folder}. Wait until it ends.")
CLOSED = N_("Cannot write to {folder} ({why}). Make it writable, or choose another folder.")
EARLIER = N_("not reached by the last run before it was stopped; this is the earlier result")
GONE = N_("not among the submissions of the last run; this is the earlier result")
FULL = N_(
    "Cannot write to {folder} ({why}). What was graded is saved; free some space, then run "
    "the same command again."
)

Decisions = Callable[[Report], Iterable[Decision]]  # the instructor's, on a report


class ResultsFolderError(KitError):
    """The folder cannot be used; the message says what to do."""


class ResultsFolder(Closing):
    """The results of one assignment in a folder, which one process writes; a Ledger for `grading.session`.

    folder: created if necessary.  decisions: on a report, from formgrader; else those in review.csv, or those
    that the course's last run found.  Raises ResultsFolderError and ReviewError.
    """

    key_parts: tuple[str, ...] = ()  # a report depends only on what its key contains
    statistics: ClassStatistics  # as `write` found them

    def __init__(self, folder: Path, assignment: str, decisions: Decisions | None = None):
        self.folder, self.head = folder, Head(assignment)
        self._latest: dict[str, tuple[int, str, bool]] = {}  # id -> offset, key, needs review
        self._failed: dict[str, str] = {}  # ids whose later grading failed, and why
        self.review: review.Review | None = None
        with contextlib.ExitStack() as stack, self._writing(CLOSED):
            reports = self._earlier()  # raises before anything of other results is changed
            self._before = {one.id: one.grade for one in reports if one.grade is not None}
            earlier_decisions = {one.id: one.decisions for one in reports if one.decisions}
            self._by_hand = {*earlier_decisions}
            if decisions is None and self.head.decided_in != FORMGRADER:
                self.review = review.Review(folder)
                decisions = self.review.decisions_on
            self.head.decided_in = "" if self.review else FORMGRADER
            self.decisions = decisions or (lambda report: earlier_decisions.get(report.id, ()))
            (folder / FEEDBACK).mkdir(parents=True, exist_ok=True)
            try:
                self._journal = atomic.Journal(folder / "reports.jsonl")  # locks the folder, too
            except atomic.InUse:
                raise ResultsFolderError(IN_USE, folder=folder) from None
            stack.callback(self.close)
            for path in (*folder.glob(atomic.UNFINISHED), *folder.glob(f"{FEEDBACK}/{atomic.UNFINISHED}")):
                path.unlink(missing_ok=True)  # of a run that was killed
            self._read_on()
            if reports and not self._journal.end:
                raise ResultsFolderError(NO_JOURNAL, folder=folder)
            self._find_students()
            stack.pop_all()

    def _earlier(self) -> list[Report]:
        """Return the reports in an earlier run's results.json, if any, and read its head."""
        results = self.folder / RESULTS
        if not results.exists():
            return []
        with contextlib.suppress(ValueError, KeyError, TypeError):
            tree = atomic.parsed(results.read_bytes())
            if tree["schema"] == SCHEMA and isinstance(tree["submissions"], list):
                self.head.assignment = self.head.assignment or tree["assignment"]
                self._require_assignment(tree["assignment"])
                known = {each.name: tree[each.name] for each in fields(Head) if each.name in tree}
                self.head = Head(**known | {"run": tree.get("run", {})})
                return [Report.from_json(one, self.head.assignment) for one in tree["submissions"]]
        raise ResultsFolderError(FOREIGN, file=results)

    def _require_assignment(self, assignment: object) -> None:
        if assignment != self.head.assignment:
            raise ResultsFolderError(OTHER, folder=self.folder, assignment=assignment)

    @contextlib.contextmanager
    def _writing(self, sentence: str = FULL) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = error.strerror or str(error)
            raise ResultsFolderError(sentence, folder=self.folder, why=why) from None

    def _read_on(self) -> None:
        for start, entry in self._journal.new_entries():
            with contextlib.suppress(ValueError, KeyError, TypeError):  # a damaged line is one report's
                self._require_assignment(entry.get("assignment", self.head.assignment))
                report = entry["report"]
                if self._is_failed_regrading(report) and not entry.get("replaced"):
                    self._failed[report["id"]] = sentences.reason(
                        Report.from_json(report, self.head.assignment)
                    )
                else:
                    self._failed.pop(report["id"], None)
                    self._latest[report["id"]] = start, entry["key"], _failed(report)

    def _find_students(self) -> None:
        if self.review is not None:  # people may edit it at any time
            self.review.bind(self._latest.keys() | self.head.pending.keys())

    def _is_failed_regrading(self, report: dict[str, Any]) -> bool:
        # of a student who has a grade, which must stay
        return _failed(report) and report["id"] in self._latest and not self._latest[report["id"]][2]

    def expect(self, files: Sequence[SubmittedFile], is_class: bool) -> list[SubmittedFile]:
        """Announce a run's submissions, and return them as review.csv decides.  is_class: they are all."""
        students, head = {file.id: file.name for file in files}, self.head
        head.gone = sorted((self.ids() if is_class else {*head.gone}) - students.keys())
        head.submitted = len(students) if is_class else len(self.ids() | students.keys())
        head.pending = students if is_class else head.pending | students
        self._find_students()
        return [file.decided(self.review.file_of) if self.review else file for file in files]

    def open(self, facts: dict) -> None:
        """Begin a run.  facts: common to all its reports (seed, versions)."""
        self.head.run = facts

    def is_up_to_date(self, id: str, key: str) -> bool:
        """Return whether the same content was graded before, by the same checks and versions."""
        return self._latest.get(id, ())[1:] == (key, False) and id not in self._failed

    def keep(self, id: str) -> None:
        """Let the earlier report of a submission be the one of this run."""
        self.head.pending.pop(id, None)

    def add(self, report: Report, key: str, file: object = None, *, is_replaced: bool = False) -> None:
        """Write a report into the journal, its text into feedback/, and errors of the kit into errors.log.

        file: for a Ledger; not used.  is_replaced: whether an earlier grade was given up for this report,
        even if it needs review.  Raises ResultsFolderError if the disk is full; earlier results stay.
        """
        tree = report.to_json()
        with self._writing():
            # Feedback first: a report in the journal counts as done, and is not written again.
            if is_replaced or not self._is_failed_regrading(tree):
                self._write_feedback(report, is_new=True)
            if report.log:
                self._log(report)
            entry = {"assignment": self.head.assignment, "key": key, "run": self.head.run, "report": tree}
            self._journal.append(entry | ({"replaced": True} if is_replaced else {}))
            self._read_on()
        self.head.pending.pop(report.id, None)

    def _write_feedback(self, report: Report, is_new: bool = False) -> None:
        """Write a student's text and page, unless they exist; is_new: write them in any case."""
        place, content = self.folder / FEEDBACK / safe_name(report.id), text(report)
        path = place.with_name(place.name + ".txt")
        if is_new or not path.is_file() or path.read_text("utf-8") != content:
            atomic.write(place.with_name(place.name + ".html"), pages.page(report))
            atomic.write(path, content)  # last: it shows that both exist

    def _log(self, report: Report) -> None:
        # One line for a student, then indented text, so that a traceback cannot look like another entry.
        when, id = datetime.now(UTC).isoformat(timespec="seconds"), escape_control_characters(report.id, "")
        lines = textwrap.indent(escape_control_characters(report.log), "    ")
        with atomic.open_to_append(self.folder / ERRORS) as file:
            file.write(f"{when} {id}\n{lines}\n".encode("utf-8", "backslashreplace"))

    def entry(self, id: str) -> dict:
        """Return a student's latest entry in the journal: key, run, report.  Raises KeyError."""
        return self._journal.entry(self._latest[id][0])

    def report(self, id: str) -> Report:
        """Return a student's latest report, with the instructor's decisions.  Raises KeyError."""
        report = Report.from_json(self.entry(id)["report"], self.head.assignment)
        return report.decided(self.decisions(report))

    def content(self, id: str) -> str:
        """Return the digest of a student's text as it was graded; "" without a report."""
        return self.entry(id)["report"].get("content", "") if id in self._latest else ""

    def ids(self) -> frozenset[str]:
        """Return all students with a report, of this run or an earlier one."""
        return frozenset(self._latest)

    @property
    def new(self) -> dict[str, str]:
        """Id -> name of students without a report, of this run or an earlier one."""
        return {id: name for id, name in self.head.pending.items() if id not in self._latest}

    def reports(self) -> Iterator[Report]:
        """Yield the latest report of each student, by id, with flags about this run."""
        stale = {GONE: {*self.head.gone}, EARLIER: self.head.pending}
        for id in sorted(self._latest):
            report = self.report(id)
            flags = [tr(REGRADING_FAILED, why=self._failed[id])] if id in self._failed else []
            flags += [tr(flag) for flag, ids in stale.items() if id in ids]
            yield replace(report, flags=(*report.flags, *flags))

    def write(self) -> None:
        """Write each file completely or not at all, and set `statistics`.  Raises ResultsFolderError."""
        with self._writing():
            self._read_on()  # a run that is stopped may have been between the journal and its own memory
            self._find_students()
            with atomic.replacing(self.folder / RESULTS) as file:
                self._write_results(file)
            self.statistics = class_statistics(self.reports(), self._before)
            atomic.write(self.folder / "grades.csv", grades_csv.table(self.statistics.students, self.new))
            if self.review is not None:
                self.review.write(self.reports())
            head, table = replace(self.head, pending=self.new), review.FILE if self.review else ""
            page = pages.class_page(self.statistics, head, datetime.now().astimezone(), table)
            atomic.write(self.folder / "index.html", page)

    def _write_results(self, file: TextIO) -> None:
        """Write results.json, one report at a time, and the feedback that a decision changed."""
        head = {name: value for name, value in asdict(self.head).items() if value or name not in OPTIONAL}
        file.write(json.dumps({"schema": SCHEMA} | head, ensure_ascii=False)[:-1] + ', "submissions": [')
        for number, report in enumerate(self.reports()):
            if report.decisions:
                self._by_hand.add(report.id)
            if report.id in self._by_hand:
                self._write_feedback(self.report(report.id))
            run = self.entry(report.id)["run"]
            tree = report.to_json() | ({"run": run} if run != self.head.run else {})
            file.write(("," if number else "") + "\n" + json.dumps(tree, ensure_ascii=False))
        file.write("\n]}\n")

    def close(self) -> None:
        self._journal.close()


def earlier_results(path: Path) -> ResultsFolder:
    """Return the results of an earlier run, by their folder or results.json.  Raises ResultsFolderError."""
    folder = path.parent if path.name == RESULTS else path
    if not (folder / RESULTS).is_file():
        below = listed(sorted(str(each.parent) for each in folder.glob(f"*/{RESULTS}")))
        several = N_("{path} has several results. Name one of {names}.")
        none = N_("{path} is not a results.json of this kit. Name one, or its folder.")
        raise ResultsFolderError(several if below else none, path=path, names=below)
    return ResultsFolder(folder, "")


def _failed(report: dict[str, Any]) -> bool:
    return any(check["outcome"] == "grader_error" for check in report["checks"])
