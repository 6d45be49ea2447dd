"""The judge's side of the sandbox: a template process forks workers, and each answers frames."""

from __future__ import annotations

import functools
import hashlib
import itertools
import os
import resource
import select
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder import wire
from autograder.errors import N_, Ended, Message, SandboxError
from autograder.sandbox import template
from autograder.sandbox.deadline import Budget, Deadline, Process
from autograder.sandbox.layers import (
    HIDDEN,
    LIBRARIES,
    Layers,
    first_byte,
    refusal,
)
from autograder.sandbox.template import START, Template
from autograder.temporary import Closing

# An old template process may have died, and a new one may fail to start inside bubblewrap.
TRIES = 3
NO_WORKER = N_(
    "Cannot start another worker. Raise the limit of processes (pids-limit) or "
    "memory, or lower --jobs."
)
# Limit, and column of /proc/PID/statm.
MEMORY_LIMITS = (resource.RLIMIT_AS, 0), (resource.RLIMIT_DATA, 5)
# Bytes of the parser's answer: a million characters, encoded.
MAX_PARSED = 12 << 20
CPU = 60  # seconds after which the kernel ends a worker in any case
EXITING = 0x4  # a process flag in /proc: the kernel is ending it


# Asked for the same folders again and again.
_real = functools.cache(os.path.realpath)


class Sandbox(Closing):
    """Forks workers from a template process, which has imported what they need.

    fork: returns a template process.  memory: bytes for each worker.
    unsafe: continue with too few layers.
    Raises SandboxError if the layers are not enough, or no template process starts.
    """

    def __init__(
        self,
        fork: Callable[[], Template] = lambda: template.start().fork_sandbox(),
        memory: int = 1 << 30,
        unsafe: bool = False,
    ):
        self.memory = memory
        self.worker_ids = itertools.count()
        for _ in range(TRIES):
            self.template = fork()
            hello = self.template.message()  # once it has finished its imports
            if "ready" in hello and self.template.is_alive:
                break
            self.template.close()
        else:
            reason = self.template.why() or Message(
                " Check that there is memory, and that processes may start (pids-limit)."
            )
            raise SandboxError("The sandbox did not start.{why}", why=reason)
        self.layers = Layers(**hello["ready"])
        self.missing = hello["missing"]
        self.readable = hello["readable"]
        if not self.layers.landlock:
            self.readable = LIBRARIES if self.layers.bwrap else ("/",)
        if not (self.layers.enough or unsafe):
            self.close()
            raise refusal(self.layers, self.missing)

    def exposes(self, path: str) -> str | None:
        """Return the folder through which a worker could read this path; None if none does."""
        real = Path(os.path.realpath(path))
        if self.layers.bwrap and any(map(real.is_relative_to, HIDDEN)):
            return None
        for folder in self.readable:
            if real.is_relative_to(_real(folder)):
                return folder
        return None

    def worker(self, budget: Budget | None = None) -> Worker:
        """Return a new worker, which uses a submission's budget."""
        return Worker(self, budget or Budget())

    def import_slow(self) -> None:
        """Import what few submissions need for all later workers, which could not write a cache."""
        self.template.send({"slow_imports": True})

    def close(self) -> None:
        """End its processes."""
        self.template.close()


class Reply:
    """A worker's answer as bytes, decoded only when needed; equal keys mean equal answers."""

    def __init__(self, worker: Worker, tree: bytearray, data: bytearray):
        self._worker = worker
        self._tree = tree
        self._data = data
        digest = hashlib.blake2b(tree, digest_size=16)
        digest.update(data)
        self.key = digest.digest()

    def values(self, count: int) -> list:
        """Return the values, one for each question.  Raises Ended for anything else."""
        # A single answer may have a million numbers.
        rows = wire.MAX_ROWS if count > 1 else 8 * wire.MAX_ROWS
        try:
            values = wire.unpack(self._tree, self._data, rows)
        except wire.WireError as error:
            reason = Message(str(error))
            raise self._worker.protocol_error("frame", why=reason) from None
        if type(values) is not list or len(values) != count:
            raise self._worker.protocol_error("count")
        return values


class Worker(Closing):
    """One submission in one locked process.  After `Ended` it is dead: ask the sandbox for another.

    budget: its answers use it up; it can be replaced for a while.
    replies: to frames that the caller may ask again.
    """

    def __init__(self, sandbox: Sandbox, budget: Budget):
        self.id = next(sandbox.worker_ids)
        self.budget = budget
        self.end: dict | None = None  # how it ended
        self.process: Process | None = None
        self.replies: dict[bytes, Reply] = {}
        self._sandbox = sandbox
        self.socket, theirs = socket.socketpair()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.setblocking(False)
        self._poll = select.poll()
        with theirs:
            sandbox.template.send({"id": self.id, "cpu": CPU}, theirs.fileno())

    def load(
        self,
        statements: list,
        functions: list[str],
        parts: dict,
        seconds: float,
        probes: dict | None = None,
    ) -> Any:
        """Run statements.  Returns the worker's report.  parts, probes: as `precompiled`."""
        frame = wire.pack(
            ("load", [statements, functions, parts, probes or {}])
        )
        return self.reply_to(frame, seconds).values(1)[0]

    def read(self, how: str, args: list, seconds: float) -> object:
        """Let the worker read a text, and run nothing: "parse" it, or find "slips" in it."""
        reply = self.reply_to(wire.pack((how, args)), seconds, most=MAX_PARSED)
        return reply.values(1)[0]

    def ask(self, name: str, questions: list, seconds: float) -> list:
        """Return answers to questions: each a `proxy.Question`."""
        reply = self.reply_to(questions_frame(name, questions), seconds)
        return reply.values(len(questions))

    def cpu(self) -> float:
        """Return the CPU seconds that the process has used so far, as the kernel reports."""
        return self.process.cpu() if self.process else 0.0

    def reply_to(
        self, frame: bytes, seconds: float, most: int = wire.MAX_TREE
    ) -> Reply:
        """Send a frame, and return the answer within these CPU seconds, or what is left.

        most: bytes of the answer's tree.
        """
        if self.end:
            raise Ended("gone")
        clock = None
        try:
            allowed = self.budget.allow(seconds)
            clock = Deadline(self.process or self._hello(), allowed)
            self._move(self.socket.send, select.POLLOUT, frame, clock)
            size, rest = wire.HEAD.unpack(self._receive(wire.HEAD.size, clock))
            if size > most or rest > wire.MAX_DATA:
                raise self.protocol_error("large")
            self.budget.take_reply(size + rest)
            reply = Reply(
                self, self._receive(size, clock), self._receive(rest, clock)
            )
        except Ended as error:
            self._take_last(clock)
            if error.outcome == "timeout":
                # This raises if nothing is left, which explains more.
                self.budget.allow(seconds)
            raise
        except (EOFError, OSError):
            crashed = self._crashed()
            self._take_last(clock)
            raise crashed from None
        self.budget.take(clock.taken())
        return reply

    def _take_last(self, clock: Deadline | None) -> None:
        """End the worker, and charge its last question to the budget."""
        cpu = self.close()["cpu"]
        if clock is not None:
            self.budget.take(clock.taken(cpu))

    def _hello(self) -> Process:
        """Return the process, from the credentials of its first byte.

        That is sent before any student code, and when its parent has finished its imports.
        """
        self._poll.register(self.socket, select.POLLIN)
        if not self._poll.poll(START * 1000):
            raise SandboxError(NO_WORKER)
        message, pid = first_byte(self.socket)
        if message != b"!":
            self.close()
            raise SandboxError(NO_WORKER)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        if self._sandbox.layers.limits:
            _bound_memory(pid, self._sandbox.memory)
        self.process = Process(pid)
        return self.process

    def _receive(self, n: int, clock: Deadline) -> bytearray:
        buffer = bytearray(n)
        self._move(self.socket.recv_into, select.POLLIN, buffer, clock)
        return buffer

    def _move(
        self,
        step: Callable,
        event: int,
        data: bytes | bytearray,
        clock: Deadline,
    ) -> None:
        """Send or receive all of data.  This ends at the deadline, however slow the peer is."""
        view = memoryview(data)
        while view:
            try:
                n = step(view)
            except BlockingIOError:
                asked = clock.patience()
                self._poll.register(self.socket, event)
                self._poll.poll(asked * 1000)
                clock.check(asked)
                continue
            if n == 0:
                raise EOFError
            view = view[n:]

    def _crashed(self) -> Ended:
        state, *fields = self.process.status() if self.process else ["X"]
        # If it has not ended by itself, it closed the socket, and we end it.
        is_ending = state in "ZX" or bool(int(fields[5]) & EXITING)
        end = self.close()
        status = end["status"]
        if status == -signal.SIGXCPU:  # the kernel's own limit
            return Ended("limit")
        if status == -signal.SIGKILL and is_ending and end["cpu"] < CPU:
            # Neither the worker nor this process sent that signal.
            raise SandboxError(
                "A worker was killed, probably because memory ran out. Lower --jobs, or give "
                "the machine more memory."
            )
        if status < 0:
            return Ended("signal", signal=signal.Signals(-status).name)
        return Ended("status", status=status)

    def protocol_error(self, what: str, **values: object) -> Ended:
        """End the worker, because it sent what no right answer sends."""
        self.close()
        return Ended(what, **values)

    def close(self) -> dict:
        """End the process.  Returns how it ended."""
        if self.end is None:
            self.end = {"status": 0, "cpu": 0.0}
            self.socket.close()
            if self.process:
                self.process.close()
            self._sandbox.template.send(
                {"end": self.id, "signal": signal.SIGKILL}
            )
            self.end = self._sandbox.template.wait(self.id)
        return self.end


def _bound_memory(pid: int, memory: int) -> None:
    """Limit how much more memory it can take: private data, and all address space."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()
        for limit, column in MEMORY_LIMITS:
            most = int(pages[column]) * resource.getpagesize() + memory
            resource.prlimit(pid, limit, (most, most))
    except ProcessLookupError:
        pass  # it has ended, and the socket will say so
    except PermissionError:
        # Our own limit is lower; later it would look like a crash of the worker.
        raise SandboxError(
            "A limit of this machine leaves a submission less than its memory. Raise `ulimit "
            "-v` and `ulimit -d`, or lower `memory` in autograder.toml."
        ) from None


def questions_frame(name: str, questions: list) -> bytes:
    """Return the frame of `Worker.ask`, packed once for many workers."""
    return wire.pack(("ask", [name, questions]))
