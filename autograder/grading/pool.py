"""Processes that each open a tool once, then handle calls; imports nothing slow."""

import contextlib
import functools
import gc
import os
import shutil
import signal
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import connection
from pathlib import Path
from typing import Any

from autograder.errors import N_, SandboxError
from autograder.grading import machine
from autograder.sandbox import template
from autograder.temporary import temporary_folder

NO_JUDGES = N_(
    "The judges' processes end as soon as they start. Check that each has 1 GB of memory, and "
    "that processes may start (pids-limit)."
)
ENDED_TWICE = N_(
    "Two processes ended in the middle of the same work. Lower --jobs, or give the "
    "machine more memory."
)


def start() -> None:
    """Let the template process start its imports.  An error is raised when it is needed."""
    if not machine.shortage():
        with contextlib.suppress(OSError, SandboxError):
            template.start()


TRIES = 2  # processes that a call may end


DIED = object()  # in place of an answer: the process has ended


class _Member:
    """One process, which opens its tool, and the job that it has in hand, if any."""

    def __init__(self, make: Callable, folder: str):
        self._template = template.start()
        self.job: tuple[Any, Callable, int] | None = None
        self._id, self.connection = self._template.fork_judge(_serve)
        self.send((make, folder))

    def send(self, message: object) -> None:
        # If it has ended, the next receive shows it.
        with contextlib.suppress(OSError):
            self.connection.send(message)

    def take(self) -> Any:
        """Return its answer, or DIED.  Raises what the tool raised."""
        try:
            is_raised, answer = self.connection.recv()
        except (EOFError, OSError):
            return DIED
        if is_raised:
            raise answer
        return answer

    def end(self) -> None:
        self._template.end_judge(self._id)

    def wait(self) -> None:
        with contextlib.suppress(EOFError, OSError), self.connection:
            while True:
                self.connection.recv_bytes()


class Pool:
    """`jobs` processes, each with a tool; a process that ends is replaced.

    make: opens a tool.  make and each call must be functions of a module, or partials of these.
    Raises what `make` raises, and SandboxError if no process opens its tool.
    """

    def __init__(self, make: Callable, jobs: int):
        # Their temporary folder: a process that is ended leaves its files here.
        self._stack = contextlib.ExitStack()
        folder = self._stack.enter_context(temporary_folder())
        self._new = functools.partial(_Member, make, str(folder))
        self._members: list[_Member] = []
        try:
            self._open(jobs)
        except BaseException:
            self.close()
            raise

    def _open(self, count: int) -> None:
        """Start processes, and keep those that open their tools: memory may be short."""
        opening = [self._new() for _ in range(count)]
        self._members += opening
        for member in opening:
            if member.take() is DIED:
                self._members.remove(member)
        if not self._members:
            raise SandboxError(NO_JUDGES)

    def run(
        self, calls: Iterable[tuple[Any, Callable[[Any], Any]]]
    ) -> Iterator[tuple[Any, Any]]:
        """Yield (what, answer) of all (what, call), as they are done.

        The answer is call(tool), or DIED if TRIES processes ended during the call.  Takes a
        call when a process is free.  Raises what a tool raised, and SandboxError if no process
        is left.
        """
        waiting = ((what, call, TRIES) for what, call in calls)
        again: list[tuple[Any, Callable, int]] = []
        ready: list[tuple[Any, Any]] = []
        while True:
            for member in self._members:
                if member.job is None:
                    member.job = again.pop() if again else next(waiting, None)
                    if member.job:
                        member.send(member.job[1])
            # Meanwhile all of them work.
            yield from ready
            busy: dict[Any, tuple[_Member, tuple[Any, Callable, int]]] = {}
            for member in self._members:
                if member.job:
                    busy[member.connection] = member, member.job
            if not busy:
                return
            ready = []
            for connected in connection.wait(busy):
                member, (what, call, tries) = busy[connected]
                answer = member.take()
                member.job = None
                if answer is DIED:
                    member.connection.close()
                    self._members.remove(member)
                    self._open(1)
                    if tries > 1:
                        again.append((what, call, tries - 1))
                        continue
                ready.append((what, answer))

    def map(self, ask: Callable, items: Iterable) -> Iterator:
        """Yield ask(item, tool) for all items, in their order.

        Take all of them before another call.  Raises what a tool raises, and SandboxError if
        two processes end during one call.
        """
        calls = [
            (n, functools.partial(ask, item)) for n, item in enumerate(items)
        ]
        answers: dict[int, Any] = {}
        wanted = 0
        for number, answer in self.run(calls):
            if answer is DIED:
                raise SandboxError(ENDED_TWICE)
            answers[number] = answer
            while wanted in answers:
                yield answers.pop(wanted)
                wanted += 1

    def close(self) -> None:
        """End them now, also in the middle of their work; their workers end with them."""
        for member in self._members:
            member.end()
        while self._members:
            self._members.pop().wait()
        self._stack.close()


def _end_now(*_: object) -> None:
    """Leave nothing, also if the process that started this one was killed."""
    shutil.rmtree(str(tempfile.tempdir), ignore_errors=True)
    os._exit(128 + signal.SIGTERM)


def _serve(pipe: connection.Connection, sandboxes: int) -> None:
    # If memory runs out, the process that writes is killed last.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("300")
    try:
        make, tempfile.tempdir = pipe.recv()
        signal.signal(signal.SIGTERM, _end_now)
        template.attach(sandboxes)
        tool = make()
        # What it imported stays, so collecting need not look at it again.
        gc.freeze()
        gc.set_threshold(1000)
        pipe.send((False, None))
        while True:
            pipe.send((False, pipe.recv()(tool)))
    except EOFError:
        # Whoever asks is gone.
        _end_now()
    except BaseException as error:
        error.add_note("".join(traceback.format_exception(error)))
        pipe.send((True, error))
