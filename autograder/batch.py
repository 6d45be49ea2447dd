"""Many submissions on an Executor: a judge with its sandbox per process, results as they come.

Knows nothing of what becomes of the reports.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, ProcessPoolExecutor, wait
from multiprocessing import parent_process, util
from pathlib import Path

from autograder import forks, gate, kept
from autograder.collect import Entry
from autograder.judge import Exam, Judge
from autograder.results import Report
from autograder.sandbox import SandboxError
from autograder.submission import Unreadable, open_source, text_of

NO_JUDGES = "the judges' processes end as they start: is there memory for them?"


class _Own:
    """The judge of this process: the one owner of a warm zygote."""

    judge: Judge | None = None


def _open(folder: str, assignment: str, seed: int, options: dict) -> None:
    tempfile.tempdir = folder
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that writes
    _Own.judge = gate.open_judge(gate.exam_of(assignment, seed), **options)
    util.Finalize(None, _Own.judge.close, exitpriority=1)  # such a process never comes to atexit
    threading.Thread(target=_end_with_parent, args=[folder], daemon=True).start()


def _end_with_parent(folder):
    """For one that was killed: a judge waits on a pipe that its siblings hold open too, and so for ever."""
    parent_process().join()
    try:
        _Own.judge.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)


def _ready() -> int:
    return _Own.judge.sandbox.process.pid


def _open_gate() -> None:
    gate.check(_Own.judge)


def _walls(hidden: Sequence[Path]) -> str:
    """Which walls stand, in words."""
    gate.check_walls(_Own.judge, hidden)
    return str(_Own.judge.sandbox.walls)


def _grade(entry: Entry) -> Report:
    source = open_source(entry.path, entry.id, entry.flags, entry.file)
    if entry.problem:
        source = type(source)(entry.id, entry.file, problem=entry.problem, flags=entry.flags)
    return _Own.judge.judge(source)


class Batch:
    """A pool of judges for one assignment.

    jobs: how many processes.  hidden: what no student code may read.  options: those of
    `sandbox.Sandbox`.  Raises SandboxError where the walls do not stand.
    """

    def __init__(self, exam: Exam, jobs: int, hidden: Sequence[Path] = (), **options):
        self.exam, self.jobs, self.options = exam, jobs, options
        self._pool = self._gate = None
        # Of all judges: one that is ended in the middle of its work leaves what it had here.
        self._folder = tempfile.TemporaryDirectory(prefix="autograder-", ignore_cleanup_errors=True)
        self._start()
        try:
            self.walls = self._pool.submit(_walls, hidden).result()
        except BrokenExecutor:
            raise SandboxError(NO_JUDGES) from None
        except BaseException:
            self.kill()
            raise

    def _start(self):
        # What they are given is small: a process that ends as it starts reads none of it, and its parent
        # would write for ever what fills a pipe.
        given = self._folder.name, self.exam.assignment, self.exam.seed, self.options
        self._pool = ProcessPoolExecutor(self.jobs, forks.start(), _open, given)
        try:
            with forks.without_interrupts():
                for _ in range(self.jobs):
                    self._pool.submit(_ready)
            if self._gate is None or not _is_open(self._gate):
                self._gate = self._pool.submit(_open_gate)
        except (OSError, EOFError, BrokenExecutor):
            raise SandboxError(NO_JUDGES) from None

    def reports(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Report]]:
        """(entry, report) pairs as they are done: every entry has one, whatever happens to a judge.

        The other judges begin while one opens the gate.  Raises gate.BrokenExam where it stays shut, and
        gives no report then.
        """
        left, running, ready = deque(entries), {self._gate: None}, []
        while left or running:
            with contextlib.suppress(BrokenExecutor):
                while left and len(running) < 3 * self.jobs:
                    running[self._pool.submit(_grade, left[0])] = left[0]
                    left.popleft()
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            lost = []
            for future in done:
                entry = running.pop(future)
                if isinstance(future.exception(), BrokenExecutor):
                    lost.append(entry)
                elif entry is None:
                    future.result()
                else:
                    ready.append((entry, future.result()))
            if lost or not (done or running):
                # A judge died and took the pool with it: what was in hand is tried one by one.
                lost += running.values()
                running = {}
                self._restart()
                self._wait_for_gate()
                yield from map(self._alone, filter(None, lost))
            if _is_open(self._gate):
                yield from ready
                ready = []

    def _wait_for_gate(self):
        try:
            self._gate.result()
        except BrokenExecutor:
            raise SandboxError(NO_JUDGES) from None

    def _alone(self, entry):
        """Grade an entry that was in hand when a judge died; only the one that kills it is given up."""
        for _ in range(2):
            try:
                return entry, self._pool.submit(_grade, entry).result()
            except BrokenExecutor:
                self._restart()
        return entry, failed(self.exam, entry, "its judge died twice")

    def _restart(self):
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._start()

    def close(self) -> None:
        """End the judges and their sandboxes."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._folder.cleanup()

    def kill(self) -> None:
        """End them now, in the middle of their work; their workers end with them."""
        processes = list((self._pool._processes or {}).values())
        for process in processes:
            process.terminate()
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.join()
        self._folder.cleanup()

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, kind, *_) -> None:
        self.close() if kind is None else self.kill()


def _is_open(future):
    return future.done() and not future.cancelled() and future.exception() is None


def failed(exam: Exam, entry: Entry, why: str) -> Report:
    """A report that says that the grader failed: a person must look."""
    return gate.open_judge(exam).failure(open_source(entry.path, entry.id, entry.flags, entry.file), why)


def run_facts(exam: Exam, walls: str) -> dict:
    """What all reports of a run have in common, and what is needed to grade again alike."""
    exercises = [path for path in kept.sources() if path.parent.name == "exercises"]
    rest = [path for path in kept.sources() if path not in exercises]
    return {
        "seed": exam.seed,
        "exam": exam.hash,  # the cases drawn
        "checks": kept.digest(exercises),
        "kit": f"{kept.version('linreg-autograder')}+{kept.digest(rest)}",
        **kept.versions(),
        "walls": walls,
    }


def content_key(entry: Entry, run: dict) -> str:
    """Changes with the submission's content, the checks, the kit and the versions beneath it."""
    digest = hashlib.blake2b(digest_size=12)
    try:
        digest.update(text_of(entry.path).encode("utf-8", "surrogatepass"))
    except Unreadable as error:
        digest.update(str(error).encode())
    for part in (entry.path.suffix, entry.problem, *entry.flags, *map(str, run.values())):
        digest.update(b"\0" + part.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
