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
from collections.abc import Iterator, Sequence
from contextlib import closing
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import exercises, patches
from autograder.cli.collecting import ours
from autograder.cli.grading import interruptible
from autograder.cli.stop import LACKS, Interrupted, Stop
from autograder.cli.terminal import say
from autograder.cli.watched_folder import WatchedFolder
from autograder.errors import N_, KitError
from autograder.grading.warm import WarmSessions
from autograder.languages import tr
from autograder.reporting import atomic
from autograder.reporting.attempts import Attempt, Attempts, Submitted, now
from autograder.settings import Watching
from autograder.untrusted_text import escape_control_characters

if TYPE_CHECKING:
    from autograder.nbgrader_bridge.watched_course import WatchedCourse

STATE, LOG = "watch.json", "watch.log"
LOG_BYTES, LOGS = 1 << 20, 5
PASSING = (OSError, KitError)  # may be gone at a later look
ENDED = N_("Stopped. All feedback so far was returned; run the same command again to continue.")
STARTED = N_("Watching {what} every {every:g} s. Students see: {words}. Press Ctrl-C to stop.")
ANSWERED = N_("{student}, {assignment}: feedback on attempt {number} after {seconds:.0f} s.")
NEEDS_REVIEW = N_("{student} needs review. {why}")
WAITING = N_("Waiting: {why}")
GOES_ON = N_("It can be used again.")
IN_USE = N_("Process {pid} on {host} has been watching this since {started} UTC. Stop it first.")


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


def attempts_in(folder: Path, rules: Watching) -> Attempts:
    """The journal of a watcher.  Raises Stop if another watcher has it, and OSError."""
    try:
        return Attempts(folder, rules.between)
    except atomic.InUse:
        state = dict.fromkeys(("pid", "host", "started"), "?")
        with contextlib.suppress(OSError, ValueError):
            state |= json.loads((folder / STATE).read_text("utf-8"))
        raise Stop(IN_USE, **state) from None


class Watcher:
    """One watch.  folder: for its log and state.  passing: errors of the source that may be gone later.

    A source calls its method `answered`.
    """

    def __init__(
        self, folder: Path, attempts: Attempts, rules: Watching, passing: tuple[type[Exception], ...] = ()
    ):
        self._folder, self._attempts, self._rules = folder, attempts, rules
        self._passing: tuple[type[Exception], ...] = (*PASSING, *passing)
        self._ending = Ending()
        self._started, self._slowest = str(now()), 0.0
        self._ready: set[Submitted] = set()
        self._problems: dict[str, str] = {}
        self._refused: dict[str, str] = {}
        logging.raiseExceptions = False  # a full disk costs lines of the log alone
        self._log = RotatingFileHandler(folder / LOG, "a", LOG_BYTES, LOGS, encoding="utf-8")
        self._log.setFormatter(logging.Formatter("%(asctime)s %(message)s"))

    def run(self, source: WatchedFolder | WatchedCourse, what: str) -> None:
        """Look and answer until a signal comes.  Raises Interrupted."""
        self._say(STARTED, what=what, every=self._rules.every, words=self._rules.words)
        while True:
            self.look(source)
            self._ending.sleep(self._rules.every)

    def look(self, source: WatchedFolder | WatchedCourse) -> None:
        """Once: answer what is new.  Raises Interrupted."""
        ready: list[Submitted] = []
        with self._waits_for("look"):
            ready, _ = self._attempts.next(source.look(), now())
        self._ready = {*ready}
        self._write_state()
        for name in sorted({one.assignment for one in ready}):
            with self._waits_for(name):
                source.answer(name, [one for one in ready if one.assignment == name])
        with self._waits_for("due"):
            source.tell_all()
        for name, why in source.refused.items():
            if self._refused.get(name) != why:
                self._say(NEEDS_REVIEW, student=name, why=why)
        self._refused = dict(source.refused)
        self._write_state()

    @contextlib.contextmanager
    def _waits_for(self, name: str) -> Iterator[None]:
        """Report once what a step waits for, and once when it works again."""
        try:
            yield
        except self._passing as error:
            why = tr(error) or type(error).__name__
            if isinstance(error, OSError) and error.strerror:  # without a temporary file's name, ever another
                why = tr(LACKS.get(error.errno or 0, error.strerror))
            if self._problems.get(name) != why:
                self._say(WAITING, why=why)
            self._problems[name] = why
        else:
            if self._problems.pop(name, None):
                self._say(GOES_ON)

    def answered(self, attempt: Attempt, problem: str) -> None:
        """Record that one submission has its feedback.  Raises Interrupted if a signal came meanwhile."""
        of, seconds = attempt.of, (now() - attempt.of.at).total_seconds()
        self._say(
            ANSWERED, student=of.student, assignment=of.assignment, number=attempt.number, seconds=seconds
        )
        if problem:
            self._say(NEEDS_REVIEW, student=of.student, why=problem)
        if of in self._ready:  # else it was answered before the due date, and is again
            self._slowest = max(self._slowest, seconds)
        self._ready.discard(of)
        self._write_state()
        self._ending.check()

    def _say(self, text: str, **values: object) -> None:
        with contextlib.suppress(OSError):  # its disk is full, or nobody reads
            say(text, **values)
        said = escape_control_characters(tr(text, **values), "")
        self._log.handle(logging.makeLogRecord({"msg": said}))

    def _write_state(self) -> None:
        """Write `watch.json` for the instructor; an error of the disk is ignored."""
        waiting = [one.of for one in self._attempts.last.values() if not one.words]
        state = {
            "schema": 1,
            "pid": os.getpid(),
            "host": platform.node(),
            "started": self._started,
            "last_look": str(now()),
            "queue": len(self._ready),
            "slowest": self._slowest,
            "needs_review": [{"student": one.student, "assignment": one.assignment} for one in waiting]
            + [{"name": name, "why": why} for name, why in self._refused.items()],
            "waiting_for": self._problems,
        }
        with contextlib.suppress(OSError):
            atomic.write(self._folder / STATE, json.dumps(state, indent=1, ensure_ascii=False) + "\n")


def watch_course(course: Path, names: Sequence[str], rules: Watching, jobs: int, unsafe: bool) -> None:
    """Watch a course's exchange until a signal comes.  Raises Stop."""
    with patches.without_iri_grammar():
        from autograder.nbgrader_bridge import course as bridge
        from autograder.nbgrader_bridge.submissions import is_ours
        from autograder.nbgrader_bridge.watched_course import WatchedCourse
    from nbgrader.api import MissingEntry
    from sqlalchemy.exc import SQLAlchemyError

    folder = course.resolve() / bridge.RESULTS
    with (
        interruptible(ENDED),
        bridge.opened_course(course) as (app, opened),
        attempts_in(folder, rules) as attempts,
        closing(WarmSessions(jobs, unsafe)) as sessions,
    ):
        known = ours(names or exercises.assignments(), lambda name: is_ours(opened, name))
        watcher = Watcher(folder, attempts, rules, (SQLAlchemyError, MissingEntry))
        source = WatchedCourse(app, opened, known, sessions, attempts, rules, watcher.answered)
        watcher.run(source, opened.root)


def watch_folder(
    folder: Path, out: Path, root: Path, names: Sequence[str], rules: Watching, jobs: int, unsafe: bool
) -> None:
    """Watch a folder until a signal comes, with the settings in a course's root.  Raises Stop."""
    if not folder.is_dir():
        raise Stop("No file or folder {path}. Check the path.", path=folder)
    with (
        interruptible(ENDED),
        attempts_in(out, rules) as attempts,
        closing(WarmSessions(jobs, unsafe)) as sessions,
    ):
        watcher = Watcher(out, attempts, rules)
        source = WatchedFolder(folder, out, root, names, sessions, attempts, rules, watcher.answered)
        watcher.run(source, str(folder))
