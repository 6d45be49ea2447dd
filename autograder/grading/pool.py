"""A pool of the kit's own processes: each opens a tool once, then handles one call after another.

They are forked from the template process.  Knows nothing of what they do.  Imports nothing that takes long.
"""

import contextlib
import functools
import os
import socket
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import connection
from typing import Any, TypeVar

from autograder.errors import N_, SandboxError
from autograder.grading import machine
from autograder.sandbox import template
from autograder.sandbox.template import CLOSED, Lent

NO_JUDGES = N_(
    "The judges' processes end as soon as they start. Check that each has 1 GB of memory, and "
    "that processes may start (pids-limit)."
)


def start() -> None:
    """Let the template process start its imports.  An error is raised later, when the process is needed."""
    if not machine.shortage():
        with contextlib.suppress(OSError, SandboxError):
            template.start()


What = TypeVar("What")
Answer = TypeVar("Answer")


class Died:
    """In place of an answer: the process has ended."""


class _Member:
    """One process and its current call; the first call opens its tool."""

    def __init__(self, make: Callable, sandboxes: int):
        lent = [template.lend() for _ in range(sandboxes)]
        self._owner = template.judges()
        ends = [one.control.fileno() for one in lent]
        self._id, self.connection = self._owner.run(__name__, "_serve", ends)
        for one in lent:
            one.control.close()
        self.is_open = False
        self.give(None, (make, [one.bwrap for one in lent]))

    def give(self, what, call):
        self.what, self.is_busy = what, True
        with contextlib.suppress(OSError):  # it has ended, as will be seen
            self.connection.send(call)

    def take(self):
        """Its answer.  Raises EOFError if the process has ended, or what its tool raised."""
        try:
            is_raised, value = self.connection.recv()
        except OSError:
            raise EOFError from None
        self.is_busy = False
        if is_raised:
            raise value
        return value

    def end(self):
        self._owner.end(self._id)

    def wait(self):
        with contextlib.suppress(EOFError, OSError), self.connection:
            while True:
                self.connection.recv_bytes()


class Pool:
    """`jobs` processes, each with a tool; a process that ends is replaced.

    make: opens a tool, which has a `close`; its argument lends `sandboxes` template processes.  make and
    each call must be functions of a module, or partials of these.
    """

    def __init__(self, make: Callable, jobs: int, sandboxes: int = 1):
        template.start()
        self._new = functools.partial(_Member, make, sandboxes)
        self._members = [self._new() for _ in range(jobs)]

    def run(
        self, next_call: Callable[[], tuple[What, Callable[[Any], Answer]] | None]
    ) -> Iterator[tuple[What, Answer | Died]]:
        """(what, answer) of all calls, as they are done; Died in place of an answer.

        next_call: returns the next (what, call), whose answer is call(tool); or None, which ends the run once
        no process is busy.  Raises what a tool raised, and SandboxError if no process is left.
        """
        ready: list[tuple[What, Answer | Died]] = []
        call = next_call()
        while True:
            for member in self._idle():
                if call is None:
                    break
                member.give(*call)
                call = next_call()
            yield from ready  # meanwhile all of them work
            call = call or next_call()  # after a death, the caller may repeat the call
            if call is None and not any(member.is_open and member.is_busy for member in self._members):
                return
            ready = self._answers()

    def _idle(self):
        """The processes without a current call."""
        for member in [one for one in self._members if not one.is_busy and one.connection.poll()]:
            self._replace(member)
        return [member for member in self._members if not member.is_busy]

    def _answers(self):
        """Wait for the next answers, or for a process that has opened its tool."""
        by_connection = {member.connection: member for member in self._members}
        found = []
        for ready in connection.wait(by_connection):
            member = by_connection[ready]
            try:
                answer = member.take()
                if member.is_open:
                    found.append((member.what, answer))
                member.is_open = True
            except EOFError:
                if member.is_open and member.is_busy:
                    found.append((member.what, Died()))
                self._replace(member)
        return found

    def _replace(self, member):
        member.connection.close()
        self._members.remove(member)
        if member.is_open:
            template.start()
            self._members.append(self._new())
        if not self._members:
            raise no_processes()

    def close(self) -> None:
        """Have them close their tools, and wait for their end."""
        for member in self._members:
            if member.is_open:
                member.give(None, None)
            else:
                member.end()
        self._wait()

    def kill(self) -> None:
        """End them now, in the middle of their work; their workers end with them."""
        for member in self._members:
            member.end()
        self._wait()

    def _wait(self):
        while self._members:
            self._members.pop().wait()


def no_processes() -> SandboxError:
    """Why no process starts, as far as it can be seen from here."""
    if not os.access(sys.executable, os.X_OK):
        return SandboxError(CLOSED, path=sys.executable)
    return SandboxError(NO_JUDGES)


def parallel_map(make: Callable, ask: Callable, items: Iterable, jobs: int) -> Iterator:
    """ask(item, tool) for all items, in their order.  If the caller stops early, running calls are dropped.

    Raises what a tool raises, and SandboxError if a process ended.
    """
    pool = Pool(make, jobs, sandboxes=2)  # an auditor has two judges
    calls = ((number, functools.partial(ask, item)) for number, item in enumerate(items))
    done: dict[int, Any] = {}
    wanted = 0
    try:
        for number, answer in pool.run(lambda: next(calls, None)):
            if isinstance(answer, Died):
                raise no_processes()
            done[number] = answer
            while wanted in done:
                yield done.pop(wanted)
                wanted += 1
    except BaseException:
        pool.kill()
        raise
    pool.close()


def _serve(own: connection.Connection, sandboxes: list[int]) -> None:
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("300")  # if memory runs out, the process that writes is killed last
    try:
        make, bwrap = own.recv()
        lent = [Lent(socket.socket(fileno=fd), outside) for fd, outside in zip(sandboxes, bwrap)]
        with contextlib.closing(make(lambda: lent.pop() if lent else template.lend())) as tool:
            own.send((False, None))
            while (call := own.recv()) is not None:
                own.send((False, call(tool)))
    except EOFError:  # who asks is gone
        return
    except BaseException as error:
        error.add_note("".join(traceback.format_exception(error)))
        own.send((True, error))
