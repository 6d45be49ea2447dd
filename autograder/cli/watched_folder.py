"""Watches a folder, and gives feedback as files arrive: a shared drive, or a synced download of an LMS."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from autograder import courses
from autograder.cli.grading import UNPACKED, grade_files
from autograder.grading.session import grade_class
from autograder.grading.warm import WarmSessions
from autograder.intake import archives, submissions
from autograder.intake.choice import label
from autograder.intake.places import NothingFound, WrongPath, walk
from autograder.intake.submission import SubmittedFile
from autograder.languages import tr
from autograder.reporting import atomic, disclosure, pages
from autograder.reporting.attempts import Attempt, Attempts, Submitted
from autograder.reporting.results_folder import ResultsFolder
from autograder.reporting.view import REVIEW_WAITS
from autograder.results import Report
from autograder.settings import Watching
from autograder.untrusted_text import safe_name

PAGES = "pages"  # below OUT: a folder for each student


class WatchedFolder:
    """folder: receives files.  out: for results and pages.  root: has the settings.

    names: of the assignments; by default all that are found.  answered: as for WatchedCourse.
    """

    def __init__(
        self,
        folder: Path,
        out: Path,
        root: Path,
        names: Sequence[str],
        sessions: WarmSessions,
        attempts: Attempts,
        rules: Watching,
        answered: Callable[[Attempt, str], None],
    ):
        self._folder, self._out, self._root, self._names = folder, out, root, names
        self._sessions, self._attempts, self._rules, self._answered = sessions, attempts, rules, answered
        self._seen: dict[Path, tuple[int, int]] = {}
        self._files: dict[tuple[str, str], SubmittedFile] = {}  # by assignment and student
        self._inside: Mapping[Path, Path] = {}  # where each .zip was unpacked
        self.refused: dict[str, str] = {}

    def look(self) -> list[Submitted]:
        """All files that have not changed since the last look.  Raises OSError."""
        before, self._seen = self._seen, dict(self._now())
        if before != self._seen:
            self._files = dict(self._collected())
        found = [(self._came_as(file), name, id) for (name, id), file in self._files.items()]
        return [self._submitted(*one) for one in found if before.get(one[0]) == self._seen.get(one[0], 0)]

    def _now(self) -> Iterator[tuple[Path, tuple[int, int]]]:
        next(self._folder.iterdir(), None)  # raises where the folder is lost
        for place, folders, names in walk(self._folder):
            folders[:] = [name for name in folders if (place / name).resolve() != self._out.resolve()]
            for path in (place / name for name in names):
                with contextlib.suppress(OSError):
                    status = path.lstat()
                    yield path, (status.st_ctime_ns, status.st_size)

    def _collected(self) -> Iterator[tuple[tuple[str, str], SubmittedFile]]:
        unpacked = archives.opened([self._folder], self._out / UNPACKED)
        self.refused, self._inside = {}, unpacked.inside
        for name in self._names or submissions.assignments_below(unpacked.paths, courses.names()):
            try:
                found = submissions.collect(unpacked, name, self._out)
            except NothingFound:
                continue
            except WrongPath as error:
                self.refused[name] = tr(error)
                continue
            for file in found.files:
                yield (name, file.id), file
                if file.needs_a_person and self._came_as(file) not in self._seen:  # a folder has no page
                    self.refused[label(file.path, self._folder)] = file.problem

    def _came_as(self, file: SubmittedFile) -> Path:
        """The path that arrived: for a file in a .zip, the .zip's."""
        zips = (path for path, into in self._inside.items() if file.path.is_relative_to(into))
        return next(zips, file.path)

    def _submitted(self, path: Path, name: str, id: str) -> Submitted:
        changed, size = self._seen[path]
        at = datetime.fromtimestamp(changed / 1e9, UTC).replace(tzinfo=None)
        return Submitted(at, changed, f"{label(path, self._folder)}+{changed}+{size}", id, name)

    def answer(self, assignment: str, those: Sequence[Submitted]) -> None:
        """Grade and answer these.  Raises what a session and ResultsFolder raise, and OSError."""
        by_student = {one.student: one for one in those}
        with ResultsFolder(self._out / assignment, assignment) as book:

            def done(id: str, report: Report | None) -> None:
                report = report.decided(book.decisions(report)) if report else book.report(id)
                self._return(by_student[id], report)

            def judge(there: list[SubmittedFile]) -> None:
                hidden = [self._folder.resolve(), self._out.resolve()]
                with self._sessions.session(assignment, self._root, hidden) as session:
                    grade_class(there, assignment, session.settings, book, done=done, session=session)

            files = [self._files[assignment, id] for id in by_student]
            grade_files(files, book, False, judge, done)

    def tell_all(self) -> None:
        """Nothing to do: a folder has no due dates."""

    def _return(self, one: Submitted, report: Report) -> None:
        problem = report.reason
        attempt = self._attempts.attempt(one, "" if problem else self._rules.words)
        notice = attempt.notice(self._attempts.again)
        if problem:
            page = pages.page(report, [tr(REVIEW_WAITS), *notice])
        else:
            page = pages.page(disclosure.limited(report, self._rules.words), notice)
        path = self._out / PAGES / safe_name(one.student) / f"{one.assignment}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, page)
        self._attempts.add(attempt)
        self._answered(attempt, problem)
