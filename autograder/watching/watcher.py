"""The loop of `watch`: looks for submissions, has them answered, and reports each, until a signal ends it."""

import contextlib
import json
import logging
import os
import platform
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Protocol

from autograder.errors import LACKS, N_, Interrupted, KitError
from autograder.languages import tr
from autograder.reporting import atomic
from autograder.reporting.detail import ALL
from autograder.settings import Watching
from autograder.untrusted_text import escape_control_characters
from autograder.watching.attempts import Attempt, Attempts, Submitted, now

STATE, LOG = "watch.json", "watch.log"
LOG_BYTES, LOGS = 1 << 20, 5
TRANSIENT_ERRORS = (OSError, KitError)  # may be gone at a later look
ALARM = 300.0  # seconds without a sign of life after the interval: an answer takes a minute at most
STARTED = N_("Watching {what} every {interval:g} s. Students see: {detail}. Press Ctrl-C to stop.")
ANSWERED = N_("{student}, {assignment}: feedback on attempt {number} after {seconds:.0f} s.")
NEEDS_REVIEW = N_("{student}, {assignment} needs review. {why}")
WAITING = N_("Waiting: {why}")
GOES_ON = N_("It can be used again.")
ENDED = N_("Ended: {why}")
IN_USE = N_("Process {pid} on {host} has been watching this since {started} UTC. Stop it first.")
NO_WATCHER = N_("No watcher has run in {folder}.")
SILENT = N_("The last sign of life was {age:.0f} s ago. Look at {log}, and start the watcher again.")
ALIVE = N_("Watching. The last sign of life was {age:.0f} s ago, and {queue} submissions wait.")

# Releases the feedback of an attempt with these sentences; returns why it needs review after all, or "".
Release = Callable[[Attempt, Sequence[str]], str]
Give = Callable[[Submitted, str, Release], None]  # the text: why it needs review, or ""


@dataclass(frozen=True)
class Refused:
    """A submission that is not graded."""

    student: str  # or a path, where the student is not known
    assignment: str
    why: str


class Source(Protocol):
    """Where submissions come from, and feedback goes to."""

    name: str
    refused: Mapping[str, Refused]  # what needs review and is not graded at all, by a name that it keeps

    def look(self) -> Sequence[Submitted]:
        """Return all submissions.  Raises one of the errors that may be gone at a later look."""

    def answer(self, assignment: str, those: Sequence[Submitted], give: Give, is_graded: bool) -> None:
        """Grade these, unless they are, and give feedback on each.  Raises like `look`."""

    def due(self, submitted: Submitted) -> datetime | None:
        """Return when its student must have submitted, in UTC, if that is known."""


class InUse(KitError):
    """Another watcher has the folder; the message says which."""


class Ending:
    """SIGTERM, SIGHUP and Ctrl-C end the command after the current submission; a second signal at once."""

    def __init__(self) -> None:
        self._signal, self._is_idle = 0, False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._end)

    def _end(self, number: int, frame: object) -> None:
        if self._signal or self._is_idle:
            raise Interrupted(number)
        self._signal = number

    def check(self) -> None:
        """Raise Interrupted if a signal came.  Call it between submissions."""
        if self._signal:
            raise Interrupted(self._signal)

    def sleep(self, seconds: float) -> None:
        """Sleep.  Raises Interrupted as soon as a signal comes."""
        self._is_idle = True
        self.check()
        time.sleep(seconds)
        self._is_idle = False


def open_attempts(folder: Path, rules: Watching) -> Attempts:
    """Return the journal of a watcher.  Raises InUse if another watcher has it, and OSError."""
    try:
        return Attempts(folder, rules.cooldown)
    except atomic.InUse:
        raise InUse(IN_USE, **(dict.fromkeys(("pid", "host", "started"), "?") | _state(folder))) from None


def _state(folder: Path) -> dict[str, object]:
    """Return what a watcher last wrote about itself; {} without that."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        return dict(json.loads((folder / STATE).read_text("utf-8")))
    return {}


def status(folder: Path) -> tuple[str, bool]:
    """Return a sentence about the watcher of a folder, and whether it is well."""
    state = _state(folder)
    if not state:
        return tr(NO_WATCHER, folder=folder), False
    age = time.time() - (folder / STATE).stat().st_mtime
    interval = state.get("interval")
    if age > ALARM + (interval if isinstance(interval, int | float) else 0):
        return tr(SILENT, age=age, log=folder / LOG), False
    if isinstance(problems := state.get("waiting_for"), dict) and problems:
        return tr(WAITING, why=" ".join(map(str, problems.values()))), False
    return tr(ALIVE, age=age, queue=state.get("queue", 0)), True


class Watcher:
    """One watch.  folder: for its log and state.  transient: errors of the source that may be gone later."""

    def __init__(
        self,
        folder: Path,
        attempts: Attempts,
        rules: Watching,
        say: Callable[..., None],
        transient: tuple[type[Exception], ...] = (),
    ):
        self._folder, self._attempts, self._rules, self._print = folder, attempts, rules, say
        self._transient: tuple[type[Exception], ...] = (*TRANSIENT_ERRORS, *transient)
        self._ending = Ending()
        self._started, self._slowest, self._step = str(now()), 0.0, ""
        self._ready: set[Submitted] = set()
        self._problems: dict[str, str] = {}
        self._refused: dict[str, Refused] = {}
        logging.raiseExceptions = False  # a full disk costs lines of the log alone
        self._log = RotatingFileHandler(folder / LOG, "a", LOG_BYTES, LOGS, encoding="utf-8")
        self._log.setFormatter(logging.Formatter("%(asctime)s %(message)s"))

    def run(self, source: Source) -> None:
        """Look and answer until a signal comes.  Raises Interrupted."""
        self._say(STARTED, what=source.name, interval=self._rules.interval, detail=self._rules.detail)
        try:
            while True:
                self.look(source)
                self._ending.sleep(self._rules.interval)
        except BaseException as error:
            self._record(tr(ENDED, why=_reason(error)))
            raise

    def look(self, source: Source) -> None:
        """Answer what is new, and what may show more now.  Raises Interrupted."""
        ready: list[Submitted] = []
        overdue: list[Submitted] = []
        with self._waits_for("look"):
            ready = self._attempts.next(source.look(), now())
            for attempt in self._attempts.last.values():
                if attempt.is_limited and self._level(source.due(attempt.submitted)) == ALL:
                    overdue.append(attempt.submitted)
        self._ready = {*ready}
        self._write_state()
        for those, is_graded in ((ready, False), (overdue, True)):
            for name in sorted({submitted.assignment for submitted in those}):
                with self._waits_for(name):
                    alike = [submitted for submitted in those if submitted.assignment == name]
                    source.answer(name, alike, partial(self._give, source), is_graded)
        for key, refused in source.refused.items():
            if self._refused.get(key) != refused:
                self._say(NEEDS_REVIEW, **vars(refused))
        self._refused = dict(source.refused)
        self._write_state()

    def _level(self, due: datetime | None) -> str:
        """Return how much feedback shows now."""
        is_over = due is not None and now() >= due
        return ALL if is_over and self._rules.after_due == ALL else self._rules.detail

    def _give(self, source: Source, submitted: Submitted, problem: str, release: Release) -> None:
        """Give feedback on one submission, and record it.  Raises Interrupted if a signal came meanwhile."""
        due = source.due(submitted)
        attempt = self._attempts.attempt(submitted, "" if problem else self._level(due))
        shown = due if self._rules.after_due == ALL else None
        reason = release(attempt, attempt.notice(self._attempts.cooldown, shown))
        if reason and not problem:
            problem, attempt = reason, replace(attempt, detail="")
        self._attempts.add(attempt)
        if self._problems.pop(self._step, None):
            self._say(GOES_ON)
        seconds = (now() - submitted.at).total_seconds()
        who = {"student": submitted.student, "assignment": submitted.assignment}
        self._say(ANSWERED, **who, number=attempt.number, seconds=seconds)
        if problem:
            self._say(NEEDS_REVIEW, **who, why=problem)
        if submitted in self._ready:  # else it was answered before the due date, and is again
            self._slowest = max(self._slowest, seconds)
        self._ready.discard(submitted)
        self._write_state()
        self._ending.check()

    @contextlib.contextmanager
    def _waits_for(self, step: str) -> Iterator[None]:
        """Report once what a step waits for, and once when it works again."""
        self._step = step
        try:
            yield
        except self._transient as error:
            why = _reason(error)
            if self._problems.get(step) != why:
                self._say(WAITING, why=why)
            self._problems[step] = why
        else:
            if self._problems.pop(step, None):
                self._say(GOES_ON)

    def _say(self, text: str, **values: object) -> None:
        with contextlib.suppress(OSError):  # its disk is full, or nobody reads
            self._print(text, **values)
        self._record(tr(text, **values))

    def _record(self, line: str) -> None:
        self._log.handle(logging.makeLogRecord({"msg": escape_control_characters(line, "")}))

    def _write_state(self) -> None:
        """Write `watch.json` for the instructor; an error of the disk is ignored."""
        waiting = [attempt.submitted for attempt in self._attempts.last.values() if not attempt.detail]
        state = {
            "schema": 1,
            "pid": os.getpid(),
            "host": platform.node(),
            "started": self._started,
            "last_look": str(now()),
            "interval": self._rules.interval,
            "queue": len(self._ready),
            "slowest": self._slowest,
            "needs_review": [{"student": each.student, "assignment": each.assignment} for each in waiting]
            + [{**vars(refused), "name": name} for name, refused in self._refused.items()],
            "waiting_for": self._problems,
        }
        with contextlib.suppress(OSError):
            atomic.write(self._folder / STATE, json.dumps(state, indent=1, ensure_ascii=False) + "\n")


def _reason(error: BaseException) -> str:
    """Return why something failed, in a line without a file's name that is another each time."""
    if isinstance(error, OSError) and error.strerror:
        return tr(LACKS.get(error.errno or 0, error.strerror))
    cause = getattr(error, "orig", None) or error  # the database's own error, without SQLAlchemy's link
    return (tr(cause).strip() or type(error).__name__).partition("\n")[0].strip()
