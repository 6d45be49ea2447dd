"""Who judges: a judge in this process, or one in each of several.  A task carries text, and no path.

Before a judge gets work it shows that it would grade alike: digests of its cases, checks, kit and settings.
What takes long to import is imported where a judge is made, which is not where a class is graded from.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import parent_process, util
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from autograder import patches
from autograder.errors import N_, SandboxError
from autograder.grading import fork_server, provenance
from autograder.intake.submission import Submission
from autograder.judging.cases import Cases, cases_of
from autograder.languages import speak, tr
from autograder.results import Report
from autograder.sandbox import stem
from autograder.sandbox.launch import CLOSED
from autograder.sandbox.preload import PRELOAD
from autograder.sandbox.scratch import Scratch
from autograder.settings import Settings

if TYPE_CHECKING:
    from autograder.judging.judge import Judge

NO_JUDGES = N_(
    "the judges' processes end as they start: is there memory for them (1 GB for one), and may they "
    "start processes (pids-limit)?"
)
OTHERWISE = N_("a judge would grade otherwise, since its {names} differ: install the same kit everywhere")
DIED_TWICE = N_("its judge died twice")
TASKS = 32  # processes and threads of a judge with its sandbox, and some more


def _look_for_room() -> None:
    """Raise RuntimeError where no further threads may be started: a pool that lacks one waits for ever."""
    done, started = threading.Event(), []
    try:
        for _ in range(TASKS):
            thread = threading.Thread(target=done.wait, daemon=True)
            thread.start()
            started.append(thread)
    finally:
        done.set()
        for thread in started:
            thread.join()


def _no_judges() -> SandboxError:
    """Why no judge starts, as far as it can be seen from here."""
    if not os.access(sys.executable, os.X_OK):
        return SandboxError(CLOSED, path=sys.executable)
    return SandboxError(tr(NO_JUDGES))


class Executor(Protocol):
    """What a session needs of those who judge; opened with a context, and closed by it."""

    walls: str

    @property
    def remembered(self) -> bool:
        """Whether the reference was judged in an earlier run, and nothing has changed since."""

    def reports(self, submissions: Iterable[Submission]) -> Iterator[tuple[Submission, Report]]: ...

    def close(self) -> None: ...


class InThisProcess:
    """One judge here; as the reference is judged first, it is ready when it is made.

    hidden: what no student code may read.  with_gate: whether the reference is judged first.  Raises
    SandboxError where the walls do not stand, and BrokenGate.
    """

    def __init__(self, cases: Cases, settings: Settings, hidden: Sequence[Path] = (), with_gate: bool = True):
        from autograder.judging import gate

        patches.check()
        self.judge = gate.open_judge(cases, settings, stem.spare)
        try:
            gate.check_walls(self.judge, hidden)
            self.walls = str(self.judge.sandbox.walls)
            self.remembered = gate.check_once(self.judge) if with_gate else False
        except BaseException:
            self.judge.close()
            raise

    def reports(self, submissions: Iterable[Submission]) -> Iterator[tuple[Submission, Report]]:
        """One after another."""
        for submission in submissions:
            yield submission, self.judge.judge(submission)

    def close(self) -> None:
        """End its sandbox."""
        self.judge.close()


@dataclass(frozen=True)
class Task:
    """A submission to be judged, and what a judge must prove first."""

    submission: Submission
    proof: dict[str, str]


class _Own:
    """The judge of this process: the one owner of a warm zygote."""

    judge: Judge | None = None
    proof: dict[str, str]


def _open(folder: str, assignment: str, settings: Settings, lender: socket.socket) -> None:
    tempfile.tempdir = folder
    speak(settings.language)  # its refusals too, outside of any report
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that writes
    signal.signal(signal.SIGTERM, _end_now)
    from autograder.judging import gate

    cases = cases_of(assignment, settings.seed)
    _Own.judge = gate.open_judge(cases, settings, functools.partial(stem.take, lender))
    _Own.proof = provenance.proof(cases, settings)
    util.Finalize(None, _Own.judge.close, exitpriority=1)  # such a process never comes to atexit
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("300")  # where memory runs out, the process that writes is the last to go
    threading.Thread(target=_end_with_parent, args=[folder], daemon=True).start()


def _end_now(number, frame):
    """Leave nobody behind who could still write: a zygote hears of our end only when torch is imported."""
    if _Own.judge is not None:
        _Own.judge.kill()
    os._exit(128 + number)


def _end_with_parent(folder):
    """For one that was killed: a judge waits on a pipe that its siblings hold open too, and so for ever."""
    parent_process().join()
    try:
        _Own.judge.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)


def _ready() -> int:
    from autograder.judging import gate

    gate.recall(_Own.judge)
    return _Own.judge.sandbox.process.pid


def _open_gate() -> bool:
    from autograder.judging import gate

    return gate.check_once(_Own.judge)


def _walls(hidden: Sequence[Path]) -> str:
    """Which walls stand, in words."""
    from autograder.judging import gate

    patches.check()
    gate.check_walls(_Own.judge, hidden)
    return str(_Own.judge.sandbox.walls)


def _judge(task: Task) -> Report:
    """Raises SandboxError where this judge would grade otherwise than the run that asks."""
    names = sorted(name for name, digest in task.proof.items() if _Own.proof.get(name) != digest)
    if names:
        raise SandboxError(tr(OTHERWISE, names=", ".join(names)))
    return _Own.judge.judge(task.submission)


class LocalProcesses:
    """A pool of judges for one assignment, each a process with a sandbox of its own.

    jobs: how many processes.  hidden: what no student code may read.  Raises SandboxError where the
    walls do not stand.
    """

    def __init__(self, cases: Cases, settings: Settings, jobs: int, hidden: Sequence[Path] = ()):
        self.cases, self.settings, self.jobs = cases, settings, jobs
        self._proof = provenance.proof(cases, settings)
        self._pool = self._gate = self._lender = None
        # Of all judges: one that is ended in the middle of its work leaves what it had here.
        self._folder = Scratch()
        _look_for_room()
        self._start()
        try:
            self.walls = self._pool.submit(_walls, hidden).result()
        except BrokenExecutor:
            raise _no_judges() from None
        except BaseException:
            self.kill()
            raise

    def _start(self):
        # What they are given is small: a process that ends as it starts reads none of it, and its parent
        # would write for ever what fills a pipe.
        if self._lender is not None:
            self._lender.close()
        self._lender = stem.Lender(self.jobs, PRELOAD)
        given = self._folder.path, self.cases.assignment, self.settings, self._lender.taken_by_judges
        before = set(multiprocessing.active_children())
        self._pool = ProcessPoolExecutor(self.jobs, fork_server.start(), _open, given)
        try:
            with fork_server.without_interrupts():
                for _ in range(self.jobs):
                    self._pool.submit(_ready)
            self.processes = [p for p in multiprocessing.active_children() if p not in before]
            if self._gate is None or not _is_open(self._gate):
                self._gate = self._pool.submit(_open_gate)
        except (OSError, EOFError, BrokenExecutor):
            raise _no_judges() from None

    @property
    def remembered(self) -> bool:
        """Once there are reports: whether the reference was judged in an earlier run."""
        return _is_open(self._gate) and self._gate.result()

    def reports(self, submissions: Iterable[Submission]) -> Iterator[tuple[Submission, Report]]:
        """As they are done: every submission has one, whatever happens to a judge.

        Submissions are taken as there is room for them.  The other judges begin while one opens the
        gate.  Raises gate.BrokenGate where it stays shut, and gives no report then.
        """
        left, running, ready = iter(submissions), {self._gate: None}, []
        while True:
            taken = None
            with contextlib.suppress(BrokenExecutor):
                while len(running) < 3 * self.jobs and (taken := next(left, None)) is not None:
                    running[self._submit(taken)] = taken
                    taken = None
            if not running and taken is None:
                break
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            lost = [taken] if taken is not None else []
            for future in done:
                submission = running.pop(future)
                if isinstance(future.exception(), BrokenExecutor):
                    lost.append(submission)
                elif submission is None:
                    future.result()
                else:
                    ready.append((submission, future.result()))
            if lost:
                # A judge died and took the pool with it: what was in hand is tried one by one.
                lost += running.values()
                running = {}
                self._restart()
                self._wait_for_gate()
                yield from map(self._alone, filter(None, lost))
            if _is_open(self._gate):
                yield from ready
                ready = []

    def _submit(self, submission):
        return self._pool.submit(_judge, Task(submission, self._proof))

    def _wait_for_gate(self):
        try:
            self._gate.result()
        except BrokenExecutor:
            raise _no_judges() from None

    def _alone(self, submission):
        """Judge one that was in hand when a judge died; only the one that kills it is given up."""
        for _ in range(2):
            try:
                return submission, self._submit(submission).result()
            except BrokenExecutor:
                self._restart()
        return submission, given_up(self.cases, self.settings, submission, tr(DIED_TWICE))

    def _restart(self):
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._start()

    def close(self) -> None:
        """End the judges and their sandboxes."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._lender.close()
        self._folder.close()

    def kill(self) -> None:
        """End them now, in the middle of their work; their workers end with them."""
        for process in self.processes:
            process.terminate()
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in self.processes:
            process.join()
        self._lender.close()
        self._folder.close()


def given_up(cases: Cases, settings: Settings, submission: Submission, why: str) -> Report:
    """The report of one that judges die of, which needs a person."""
    from autograder.judging import gate

    return gate.open_judge(cases, settings).failure(submission, why, "")


def _is_open(future):
    return future.done() and not future.cancelled() and future.exception() is None
