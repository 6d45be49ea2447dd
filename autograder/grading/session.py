"""The session through which every command grades: submissions in, reports out, which a ledger
keeps.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from autograder.grading import machine, pool, provenance
from autograder.grading.executors import LocalProcesses
from autograder.intake.submission import Submission, SubmittedFile
from autograder.judging.cases import cases_of, not_judged
from autograder.judging.reports import report_of
from autograder.results import Report, said
from autograder.settings import Settings
from autograder.settings import load as load_settings
from autograder.temporary import Closing

if TYPE_CHECKING:
    from autograder.grading.cluster import Cluster

# of a student's id, and the report, or None if nothing changed
Done = Callable[[str, Report | None], None]


class Session(Closing):
    """Judges of one assignment; a context manager.

    jobs: how many judges, each in a process of its own, 0 for as many as cores and memory allow.
    submissions: how many there are, if known; no more judges start.  cluster: opens a Cluster
    of judges instead.  hidden: what no student code may read.  Raises DeclarationError,
    SandboxError or another KitError, with one sentence.
    """

    def __init__(
        self,
        assignment: str,
        settings: Settings,
        jobs: int = 1,
        submissions: int | None = None,
        *,
        cluster: Callable[..., Cluster] | None = None,
        hidden: Sequence[Path] = (),
    ):
        self.assignment = assignment
        self.settings = settings
        if cluster is None:
            machine.require_memory()
        self.cases = cases_of(assignment, settings.seed)
        self.executor: LocalProcesses | Cluster
        if cluster is None:
            judges = machine.judges(jobs)
            judges = min(judges, submissions or judges)
            self.executor = LocalProcesses(self.cases, settings, judges, hidden)
        else:
            self.executor = cluster(self.cases, settings, hidden)
        self.facts = provenance.facts(self.cases, settings)
        self.facts["layers"] = self.executor.layers
        self.facts["speedups"] = self.executor.speedups

    def reports(
        self, submissions: Iterable[Submission]
    ) -> Iterator[tuple[Submission, Report]]:
        """Yield each submission with its report, as they are done.

        Takes a submission when a judge is free.
        """
        yield from self.executor.reports(submissions)

    def report(self, submission: Submission) -> Report:
        ((_, report),) = self.reports([submission])
        return report

    def close(self) -> None:
        """End the judges now, also in the middle of their work."""
        self.executor.close()


class WarmSessions:
    """Sessions that stay open between submissions, for weeks perhaps.

    There is one for each assignment and course.  jobs: of each, as for Session.  unsafe: as
    in Settings; all other settings are the course's.
    """

    def __init__(self, jobs: int = 1, unsafe: bool = False):
        self._jobs = jobs
        self._unsafe = unsafe
        self._open: dict[tuple[str, Path], Session] = {}

    def settings(self, root: Path) -> Settings:
        """Return the current settings in a course's root.  Raises KitError."""
        return load_settings(root).with_options(unsafe=self._unsafe or None)

    @contextlib.contextmanager
    def session(
        self, assignment: str, settings: Settings, root: Path
    ) -> Iterator[Session]:
        """Return the session of a course within the block; another one for other settings.

        root: the course's, which no student code may read.  Raises as Session.  After an error,
        all sessions start again.
        """
        with contextlib.ExitStack() as on_error:
            on_error.callback(self.close)
            session = self._open.get((assignment, root))
            if session is None or session.settings != settings:
                if session is not None:
                    session.close()
                pool.start()  # while torch is imported here
                session = Session(
                    assignment, settings, self._jobs, hidden=[root]
                )
                self._open[assignment, root] = session
            yield session
            on_error.pop_all()

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()


def not_graded(file: SubmittedFile, assignment: str) -> Report:
    """Return the report of a submission that needs review before it can be graded."""
    results = not_judged(assignment, file.problem, "unread")
    files = tuple(file.choices.values()) if len(file.choices) > 1 else ()
    notes = tuple(filter(None, [said(file.problem)]))
    return report_of(file.open(), assignment, results, notes=notes, files=files)


class Ledger(Protocol):
    """Keeps the reports of a class.

    key_parts: what a report depends on besides the submission and the run.
    """

    key_parts: tuple[str, ...]

    def begin(self, facts: dict[str, Any]) -> None: ...

    def is_up_to_date(self, id: str, key: str) -> bool: ...

    def reuse(self, id: str) -> None: ...

    def add(self, report: Report, key: str, file: SubmittedFile) -> None: ...

    def write(self) -> None: ...


def grade_class(
    files: Sequence[SubmittedFile],
    ledger: Ledger,
    assignment: str,
    settings: Settings,
    open_session: Callable[[int], AbstractContextManager[Session]],
    done: Done,
) -> None:
    """Grade what is new or changed for a ledger, and let it write what it then has.

    open_session: opens a session with these settings for a number of submissions; it is called
    if any of them is new or changed.  done: is called after each submission.  Raises what
    `open_session` raises; then the ledger is as it was.
    """
    facts = provenance.facts(cases_of(assignment, settings.seed), settings)

    def key_of(submission: Submission) -> str:
        return provenance.content_key(submission, facts, *ledger.key_parts)

    changed = []
    for file in files:
        if file.needs_review:
            continue
        if ledger.is_up_to_date(file.id, key_of(file.open())):
            ledger.reuse(file.id)
            done(file.id, None)
        else:
            changed.append(file)
    files_by_id = {file.id: file for file in changed}
    # Only those that judges have in hand are in memory.
    submissions = (file.open() for file in changed)
    with contextlib.ExitStack() as stack:
        reports: Iterable[tuple[Submission, Report]] = ()
        if changed:
            session = stack.enter_context(open_session(len(changed)))
            ledger.begin(session.facts)
            reports = session.reports(submissions)
        try:
            for submission, report in reports:
                file = files_by_id[submission.id]
                ledger.add(report, key_of(submission), file)
                done(file.id, report)
            for file in files:
                if file.needs_review:
                    report = not_graded(file, assignment)
                    ledger.add(report, "", file)
                    done(file.id, report)
        finally:
            ledger.write()
