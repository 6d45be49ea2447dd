"""A pool of processes, each of which opens a tool once, then handles calls; imports nothing
slow.
"""

import contextlib
import functools
import os
import shutil
import signal
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import connection
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
    """Let the template process start its imports.  An error is raised later, when the process is
    needed.
    """
    if not machine.shortage():
        with contextlib.suppress(OSError, SandboxError):
            template.start()


OPENED = "opened its tool"  # in place of a first answer


class Died:
    """In place of an answer: the process has ended."""


class _Member:
    """One process, which opens its tool, and the call that it has in hand, if any."""

    def __init__(self, make: Callable, folder: str):
        template.start()
        self._owner = template.running["judges"]
        self.is_open = False
        self.job: Any = None
        with contextlib.closing(template.fork_template()) as sandboxes:
            control = sandboxes.control.fileno()
            self._id, self.connection = self._owner.fork_judge(_serve, control)
        self._send((make, sandboxes.bwrap, folder))

    def _send(self, message: object) -> None:
        with contextlib.suppress(OSError):  # it has ended, as will be seen
            self.connection.send(message)

    def give(self, job: tuple[Any, Callable, int]) -> None:
        self.job = job
        self._send(job[1])

    def take(self) -> Any:
        """Return its answer, Died, or OPENED.  Raises what the tool raised."""
        try:
            is_raised, answer = self.connection.recv()
        except (EOFError, OSError):
            return Died()
        if is_raised:
            raise answer
        self.is_open = True
        return answer

    def end(self) -> None:
        self._owner.end_judge(self._id)

    def wait(self) -> None:
        with contextlib.suppress(EOFError, OSError), self.connection:
            while True:
                self.connection.recv_bytes()


class Pool:
    """`jobs` processes, each with a tool; a process that ends after it has opened that is replaced.

    make: opens a tool.  make and each call must be functions of a module, or partials of these.
    """

    def __init__(self, make: Callable, jobs: int):
        # Their temporary folder: a process that is ended leaves its files here.
        self._stack = contextlib.ExitStack()
        folder = self._stack.enter_context(temporary_folder())
        self._new = functools.partial(_Member, make, str(folder))
        self._members = [self._new() for _ in range(jobs)]

    def run(
        self, calls: Iterable[tuple[Any, Callable[[Any], Any]]], tries: int = 1
    ) -> Iterator[tuple[Any, Any]]:
        """Yield (what, answer) of all (what, call), as they are done.

        The answer is call(tool), or Died if `tries` processes ended during the call.  Takes
        a call when a process is free.  Raises what a tool raised, and SandboxError if no
        process is left.
        """
        waiting = ((what, call, tries - 1) for what, call in calls)
        again: list[tuple[Any, Callable, int]] = []
        ready: list[tuple[Any, Any]] = []
        while True:
            for member in self._members:
                if member.job is None:
                    job = again.pop() if again else next(waiting, None)
                    if job:
                        member.give(job)
            yield from ready  # meanwhile all of them work
            busy: dict[Any, _Member] = {}
            for member in self._members:
                if member.job:
                    busy[member.connection] = member
            if not busy:
                return
            ready = []
            for connected in connection.wait(busy):
                member = busy[connected]
                answer = member.take()
                if answer == OPENED:
                    continue
                what, call, tries_left = member.job
                member.job = None
                if isinstance(answer, Died):
                    tries_left += self._replace(member)
                    if tries_left:
                        again.append((what, call, tries_left - 1))
                        continue
                ready.append((what, answer))

    def _replace(self, member: _Member) -> bool:
        """Replace a process that has ended, if it once was open.

        Returns whether it was not: then its call did not end it.  Raises SandboxError.
        """
        member.connection.close()
        self._members.remove(member)
        if member.is_open:
            self._members.append(self._new())
        elif not self._members:
            raise SandboxError(NO_JUDGES)
        return not member.is_open

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
        for number, answer in self.run(calls, tries=2):
            if isinstance(answer, Died):
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


def _serve(own: connection.Connection, sandboxes: int) -> None:
    with (
        contextlib.suppress(OSError),
        open("/proc/self/oom_score_adj", "w") as file,
    ):
        file.write(
            "300"
        )  # if memory runs out, the process that writes is killed last
    try:
        make, bwrap, tempfile.tempdir = own.recv()
        signal.signal(signal.SIGTERM, _end_now)
        template.attach(sandboxes, bwrap)
        tool = make()
        own.send((False, OPENED))
        while True:
            own.send((False, own.recv()(tool)))
    except EOFError:  # who asks is gone
        _end_now()
    except BaseException as error:
        error.add_note("".join(traceback.format_exception(error)))
        own.send((True, error))
