"""`watch`: looks for submissions, has them answered, and reports each, until a signal ends it.

If the disk is full, the gradebook locked or the exchange lost, it reports that once and waits.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import platform
import signal
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from logging.handlers import RotatingFileHandler
from pathlib import Path
from statistics import median
from typing import NoReturn, Protocol

from autograder import exercises, patches, settings
from autograder.cli.collecting import demand_known
from autograder.cli.grading import interruptible
from autograder.cli.stop import LACKS, Interrupted, Stop
from autograder.cli.terminal import say
from autograder.cli.watched_folder import WatchedFolder
from autograder.errors import N_, SandboxError
from autograder.grading.warm import WarmSessions
from autograder.languages import tr
from autograder.reporting import atomic
from autograder.reporting.attempts import Attempt, Attempts, Submitted, now
from autograder.reporting.results_folder import ResultsFolderError
from autograder.settings import SettingsError, Watching
from autograder.untrusted_text import escape_control_characters

STATE, LOG = "watch.json", "watch.log"
LOG_BYTES, LOGS = 1 << 20, 5
PASSING = (OSError, SandboxError, SettingsError, ResultsFolderError)  # may be gone at a later look
ENDED = N_("Stopped. All feedback so far was returned; run the same command again to continue.")
STARTED = N_("Watching {what} every {every:g} s. Students see: {words}. Press Ctrl-C to stop.")
ANSWERED = N_("{student}, {assignment}: feedback on attempt {number} after {seconds:.0f} s.")
ANSWERED_AGAIN = N_("{student}, {assignment}: feedback on attempt {number} again, after the due date.")
NEEDS_REVIEW = N_("{student} needs review. {why}")
WAITING = N_("Waiting: {why}")
GOES_ON = N_("It can be used again.")
IN_USE = N_("Process {pid} on {host} has been watching this since {started} UTC. Stop it first.")
NO_FOLDER = N_("Cannot write to {folder} ({why}). Make it writable, or choose another folder.")


class Source(Protocol):
    """Where submissions come from and feedback goes.  refused: why some need review at once, by name."""

    refused: dict[str, str]

    def look(self) -> list[Submitted]: ...

    def answer(self, assignment: str, those: Sequence[Submitted]) -> None: ...

    def tell_all(self) -> None: ...


class Ending:
    """SIGTERM, SIGHUP and Ctrl-C end the command after the current submission; a second signal at once."""

    def __init__(self):
        self._told, self._is_idle = 0, False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._end)

    def _end(self, number, frame):
        if self._told or self._is_idle:
            raise Interrupted(number)
        self._told = number

    def check(self) -> None:
        """Raises Interrupted if a signal came.  Call it between submissions."""
        if self._told:
            raise Interrupted(self._told)

    def sleep(self, seconds: float) -> None:
        """Sleep.  Raises Interrupted as soon as a signal comes."""
        self._is_idle = True
        self.check()
        time.sleep(seconds)
        self._is_idle = False


@contextlib.contextmanager
def opened_attempts(folder: Path, rules: Watching) -> Iterator[Attempts]:
    """The journal of a watcher.  Raises Stop if another watcher has it, or the folder is not writable."""
    try:
        journal = Attempts(folder, rules.between)
    except atomic.InUse:
        with contextlib.suppress(OSError, ValueError, KeyError):
            state = json.loads((folder / STATE).read_text("utf-8"))
            raise Stop(IN_USE, **{name: state[name] for name in ("pid", "host", "started")}) from None
        raise Stop(IN_USE, pid="?", host="?", started="?") from None
    except OSError as error:
        raise Stop(NO_FOLDER, folder=folder, why=error.strerror) from None
    with journal:
        yield journal


class Watcher:
    """One watch.  folder: for its log and state.  passing: errors of the source that may be gone later.

    A source calls its method `answered`.
    """

    def __init__(
        self, folder: Path, attempts: Attempts, rules: Watching, passing: tuple[type[Exception], ...]
    ):
        self._folder, self._attempts, self._rules = folder, attempts, rules
        self._passing = (*PASSING, *passing)
        self._ending = Ending()
        self._started, self._count = now(), 0
        self._seconds: deque[tuple[float, str]] = deque(maxlen=1000)
        self._ready: list[Submitted] = []
        self._later: list[tuple[Submitted, object]] = []
        self._problems: dict[str, str] = {}
        self._refused: dict[str, str] = {}
        self._log = logging.getLogger(f"{__name__}.{folder}")
        self._log.propagate = logging.raiseExceptions = False  # a full disk costs lines of the log alone
        self._log.setLevel(logging.INFO)
        handler = RotatingFileHandler(folder / LOG, maxBytes=LOG_BYTES, backupCount=LOGS, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        self._log.addHandler(handler)

    def run(self, source: Source, what: str) -> None:
        """Look and answer until a signal comes.  Raises Interrupted."""
        self._say(STARTED, what=what, every=self._rules.every, words=self._rules.words)
        while True:
            self.look(source)
            self._ending.sleep(self._rules.every)

    def look(self, source: Source) -> None:
        """Once: answer what is new.  Raises Interrupted."""
        self._ready, self._later = [], []
        with self._waits_for("look"):
            self._ready, self._later = self._attempts.next(source.look(), now())
        self._write_state()
        for name in sorted({one.assignment for one in self._ready}):
            with self._waits_for(name):
                source.answer(name, [one for one in self._ready if one.assignment == name])
        with self._waits_for("due"):
            source.tell_all()
        for name, why in source.refused.items():
            if self._refused.get(name) != why:
                self._say(NEEDS_REVIEW, student=name, why=why)
        self._refused = dict(source.refused)
        self._write_state()

    @contextlib.contextmanager
    def _waits_for(self, name):
        """Report once what a step waits for, and once when it works again."""
        try:
            yield
        except self._passing as error:
            why = _why(error) or type(error).__name__
            if self._problems.get(name) != why:
                self._say(WAITING, why=why)
            self._problems[name] = why
        else:
            if self._problems.pop(name, None):
                self._say(GOES_ON)

    def answered(self, attempt: Attempt, problem: str) -> None:
        """Record that one submission has its feedback.  Raises Interrupted if a signal came meanwhile."""
        of, said = attempt.of, ANSWERED_AGAIN
        seconds = (now() - of.at).total_seconds()
        if of in self._ready:
            said = ANSWERED
            self._seconds.append((seconds, of.student))
        self._say(said, student=of.student, assignment=of.assignment, number=attempt.number, seconds=seconds)
        if problem:
            self._say(NEEDS_REVIEW, student=of.student, why=problem)
        self._count += 1
        self._ready = [one for one in self._ready if one != of]
        self._write_state()
        self._ending.check()

    def _say(self, text, **values):
        with contextlib.suppress(OSError):  # its disk is full, or nobody reads
            say(text, **values)
        self._log.info("%s", escape_control_characters(tr(text, **values), ""))

    def _write_state(self):
        """Write `watch.json` for the instructor; an error of the disk is ignored."""
        seconds = [spent for spent, _ in self._seconds]
        waiting = [
            (one.of.student, one.of.assignment) for one in self._attempts.last.values() if not one.words
        ]
        state = {
            "schema": 1,
            "pid": os.getpid(),
            "host": platform.node(),
            "started": str(self._started),
            "last_look": str(now()),
            "queue": len(self._ready),
            "later": [
                {"student": one.student, "assignment": one.assignment, "at": str(at)}
                for one, at in self._later
            ],
            "answered": self._count,
            "seconds": {"median": median(seconds), "slowest": max(self._seconds)} if seconds else {},
            "needs_review": [{"student": student, "assignment": name} for student, name in waiting]
            + [{"name": name, "why": why} for name, why in self._refused.items()],
            "waiting_for": self._problems,
        }
        with contextlib.suppress(OSError):
            atomic.write(self._folder / STATE, json.dumps(state, indent=1, ensure_ascii=False) + "\n")


def _why(error: Exception) -> str:
    """Why a step waits, in the same words at each look, without the temporary file that an OSError names."""
    if isinstance(error, OSError) and error.strerror:
        return tr(LACKS.get(error.errno or 0, error.strerror))
    return tr(error)


def rules_of(root: Path, **options: object) -> Watching:
    """The settings in the course's file, overridden by options."""
    said = settings.watching(root) or Watching()
    return replace(said, **{name: value for name, value in options.items() if value is not None})


def watch_course(course: Path, names: Sequence[str], rules: Watching, jobs: int, unsafe: bool) -> NoReturn:
    """Watch a course's exchange.  Raises Stop and Interrupted."""
    for name in names:
        demand_known(name)
    with patches.without_iri_grammar():
        from autograder.nbgrader_bridge import course as bridge
        from autograder.nbgrader_bridge.inbox import Unavailable
        from autograder.nbgrader_bridge.watched_course import WatchedCourse
    from nbgrader.api import MissingEntry
    from sqlalchemy.exc import SQLAlchemyError

    folder = course.resolve() / bridge.RESULTS
    with (
        interruptible(ENDED),
        bridge.opened_course(course) as (app, opened),
        opened_attempts(folder, rules) as attempts,
        closing(WarmSessions(jobs, unsafe)) as sessions,
    ):
        watcher = Watcher(
            folder, attempts, rules, (bridge.CourseError, Unavailable, SQLAlchemyError, MissingEntry)
        )
        known = names or exercises.assignments()
        watcher.run(
            WatchedCourse(app, opened, known, sessions, attempts, rules, watcher.answered),
            opened.root,
        )


def watch_folder(
    folder: Path, out: Path, names: Sequence[str], rules: Watching, jobs: int, unsafe: bool
) -> NoReturn:
    """Watch a folder.  Raises Stop and Interrupted."""
    for name in names:
        demand_known(name)
    if not folder.is_dir():
        raise Stop("No file or folder {path}. Check the path.", path=folder)
    with (
        interruptible(ENDED),
        opened_attempts(out, rules) as attempts,
        closing(WarmSessions(jobs, unsafe)) as sessions,
    ):
        watcher = Watcher(out, attempts, rules, ())
        source = WatchedFolder(folder, out, Path.cwd(), names, sessions, attempts, rules, watcher.answered)
        watcher.run(source, f"{folder}")
