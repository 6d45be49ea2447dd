"""Watches a folder that receives files, such as a shared drive, and writes a page for each student."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from autograder import courses
from autograder.assessment import Assessment
from autograder.grading.session import WarmSessions, grade_class
from autograder.intake import archives, collector
from autograder.intake.choice import label
from autograder.intake.places import NothingFound, WrongPath, walk
from autograder.intake.search import Layout, Search
from autograder.intake.submission import SubmittedFile
from autograder.languages import tr
from autograder.reporting import atomic
from autograder.reporting.results_folder import ResultsFolder
from autograder.results import Report
from autograder.untrusted_text import safe_name
from autograder.watching import disclosure
from autograder.watching.attempts import Attempt, Submitted
from autograder.watching.watcher import Give, Refused

PAGES = "pages"  # below OUT: a folder for each student


@dataclass
class FolderSource:
    """A Source."""

    folder: Path  # receives files
    out: Path  # for results and pages
    root: Path  # has the settings
    names: Sequence[str]  # of the assignments; by default all that are found
    sessions: WarmSessions
    layout: Layout | None = None  # by default what the first look recognizes; later files have to fit it
    refused: Mapping[str, Refused] = field(default_factory=dict)
    _seen: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _files: dict[tuple[str, str], SubmittedFile] = field(default_factory=dict)  # by assignment and student
    _inside: Mapping[Path, Path] = field(default_factory=dict)  # where each .zip was unpacked

    def __post_init__(self) -> None:
        self.name = str(self.folder)

    def look(self) -> list[Submitted]:
        """Return all files that have not changed since the last look.  Raises OSError."""
        before, self._seen = self._seen, dict(self._now())
        if before != self._seen:
            self._files = dict(self._collected())
        arrived = [(self._came_as(file), name, id) for (name, id), file in self._files.items()]
        settled = {path for path, seen in self._seen.items() if before.get(path) == seen}
        return [self._submitted(path, name, id) for path, name, id in arrived if path in settled]

    def _now(self) -> Iterator[tuple[Path, tuple[int, int]]]:
        next(self.folder.iterdir(), None)  # raises where the folder is lost
        for place, folders, names in walk(self.folder):
            folders[:] = [name for name in folders if (place / name).resolve() != self.out.resolve()]
            for path in (place / name for name in names):
                with contextlib.suppress(OSError):
                    status = path.lstat()
                    yield path, (status.st_ctime_ns, status.st_size)

    def _collected(self) -> Iterator[tuple[tuple[str, str], SubmittedFile]]:
        refused: dict[str, Refused] = {}
        unpacked = archives.unpack_all([self.folder], self.out / archives.UNPACKED)
        self.refused, self._inside = refused, unpacked.inside
        for name in self.names or collector.assignments_below(unpacked.paths, courses.names()):
            try:
                search = Search(name, unpacked, self.out.resolve(), self.layout)
                collection = collector.collect(search)
            except NothingFound:
                continue
            except WrongPath as error:
                refused[name] = Refused(str(self.folder), name, tr(error))
                continue
            self.layout = self.layout or collection.layout
            for file in collection.files:
                yield (name, file.id), file
                if file.needs_review and self._came_as(file) not in self._seen:  # a folder has no page
                    refused[label(file.path, self.folder)] = Refused(file.id, name, file.problem)
        archives.remove_others(self.out / archives.UNPACKED, unpacked)

    def _came_as(self, file: SubmittedFile) -> Path:
        """Return the path that arrived: for a file in a .zip, the .zip's."""
        zips = (path for path, into in self._inside.items() if file.path.is_relative_to(into))
        return next(zips, file.path)

    def _submitted(self, path: Path, name: str, id: str) -> Submitted:
        changed, size = self._seen[path]
        at = datetime.fromtimestamp(changed / 1e9, UTC).replace(tzinfo=None)
        return Submitted(at, changed, f"{label(path, self.folder)}+{changed}+{size}", id, name)

    def due(self, submitted: Submitted) -> datetime | None:
        """Return None: a folder knows no due date."""
        return None

    def answer(self, assignment: str, those: Sequence[Submitted], give: Give, is_graded: bool) -> None:
        """Grade these, unless they are, and write their pages.

        Raises what a session and ResultsFolder raise, and OSError.
        """
        by_student = {submitted.student: submitted for submitted in those}
        with ResultsFolder(self.out / assignment, assignment) as book:

            def done(id: str, report: Report | None = None) -> None:
                assessment = book.report(id)
                give(by_student[id], assessment.reason, partial(self._write, assessment))

            if is_graded:
                for id in by_student:
                    done(id)
                return
            hidden = [self.folder.resolve(), self.out.resolve()]
            files = book.expect([self._files[assignment, id] for id in by_student], False)
            opening = partial(self.sessions.session, assignment, self.root, hidden)
            grade_class(files, book, assignment, lambda _: opening(), done)

    def _write(self, assessment: Assessment, attempt: Attempt, notice: Sequence[str]) -> str:
        path = (
            self.out / PAGES / safe_name(attempt.submitted.student) / f"{attempt.submitted.assignment}.html"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, disclosure.page(assessment, attempt.detail, notice))
        return ""
