"""The judge's side of the sandbox: its template process forks workers, and frames go to and
from each.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import resource
import select
import signal
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder import wire
from autograder.errors import N_, Ended, Message, SandboxError
from autograder.sandbox import template
from autograder.sandbox.deadline import Budget, Deadline, cpu_seconds, status_of
from autograder.sandbox.layers import HIDDEN, LIBRARIES, Layers, refusal
from autograder.sandbox.template import START, Template
from autograder.temporary import Closing

SILENT = N_(" Check that there is memory, and that processes may start (pids-limit).")
# an old template process may have died, and a new one may fail to start inside bubblewrap
TRIES = 3
NO_WORKER = N_(
    "Cannot start another worker. Raise the limit of processes (pids-limit) or "
    "memory, or lower --jobs."
)
KILLED = N_(
    "A worker was killed, probably because memory ran out. Lower --jobs, or give the "
    "machine more memory."
)
LOW_LIMIT = N_(
    "A limit of this machine leaves a submission less than its {memory} MiB of "
    "memory. Run `ulimit -{option} "
    "{least}` or more, or lower `memory` in autograder.toml."
)
MEMORY_LIMITS = (
    ("v", resource.RLIMIT_AS, 0),
    ("d", resource.RLIMIT_DATA, 5),
)  # as of `ulimit` and statm
MAX_PARSED = 12 << 20  # bytes of the parser's answer: a million characters, encoded
EXITING = 0x4  # a process flag in /proc: the kernel is ending it


class Sandbox(Closing):
    """Forks workers from a template process, which has imported what they need.

    fork_template: returns a template process.  memory: bytes for each worker.  cpu: seconds
    after which the
    kernel ends a worker in any case.  unsafe: continue with too few layers.  Raises
    SandboxError if the
    layers are not enough, or no template process starts.
    """

    def __init__(
        self,
        fork_template: Callable[[], Template] = template.fork_template,
        memory: int = 1 << 30,
        cpu: int = 60,
        unsafe: bool = False,
    ):
        self.memory = memory
        self.cpu = cpu
        self.ids = itertools.count()  # of its workers
        for _ in range(TRIES):
            self.template = fork_template()
            hello = self.template.message()  # once it has finished its imports
            if "ready" in hello and self.template.is_alive:
                break
            self.template.close()
        else:
            raise SandboxError(
                "The sandbox did not start.{why}",
                why=self.template.why() or Message(SILENT),
            )
        self.layers = Layers(bwrap=self.template.bwrap, **hello["ready"])
        without_landlock = LIBRARIES if self.layers.bwrap else ("/",)
        self.readable = hello["readable"] if self.layers.landlock else without_landlock
        if not (self.layers.enough or unsafe):
            self.close()
            raise refusal(self.layers, hello["missing"])

    def exposes(self, path: str) -> str | None:
        """Return the folder through which a worker could read this path; None if a layer
        prevents it.
        """
        real = Path(os.path.realpath(path))
        if self.layers.bwrap and not self.layers.landlock:
            for hidden in HIDDEN:
                if real.is_relative_to(hidden):
                    return None
        for folder in self.readable:
            if real.is_relative_to(os.path.realpath(folder)):
                return str(folder)
        return None

    def worker(self, budget: Budget | None = None) -> Worker:
        """Return a new worker, which uses a submission's budget."""
        return Worker(self, budget or Budget())

    def warm_up_for_few(self) -> None:
        """Import what few need, once for all later workers: matplotlib writes files, which
        workers cannot.
        """
        self.template.send({"warm up": True})

    def close(self) -> None:
        """End its processes."""
        self.template.close()


class Reply:
    """A worker's answer as bytes, decoded only when needed; equal keys mean equal answers."""

    def __init__(self, worker: Worker, tree: bytearray, data: bytearray):
        self._worker, self._tree, self._data = worker, tree, data
        digest = hashlib.blake2b(tree, digest_size=16)
        digest.update(data)
        self.key = digest.digest()

    def values(self, count: int) -> list:
        """Return the values, one for each question.  Raises Ended for anything else."""
        rows = (
            wire.MAX_ROWS if count > 1 else 8 * wire.MAX_ROWS
        )  # a single answer may have a million numbers
        try:
            values = wire.unpack(self._tree, self._data, rows)
        except wire.WireError as error:
            raise self._worker.protocol_error(
                "frame", why=Message(str(error))
            ) from None
        if type(values) is not list or len(values) != count:
            raise self._worker.protocol_error("count")
        return values


class Worker(Closing):
    """One submission in one locked process.  After `Ended` it is dead: ask the sandbox for another.

    budget: its answers use it up; it can be replaced for a while.
    """

    def __init__(self, sandbox: Sandbox, budget: Budget):
        self.id = next(sandbox.ids)
        self.budget = budget
        self._sandbox = sandbox
        self.end: dict | None = None  # how it ended
        self.pid: int | None = None
        self.replies: dict[
            bytes, Reply
        ] = {}  # the caller keeps those that it may ask again
        self.socket, theirs = socket.socketpair()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.setblocking(False)
        self._poll = select.poll()
        self._poll.register(self.socket)
        with theirs:
            sandbox.template.send({"id": self.id, "cpu": sandbox.cpu}, theirs.fileno())

    def load(
        self,
        statements: list,
        functions: list[str],
        parts: dict,
        seconds: float,
        probes: dict | None = None,
    ) -> Any:
        """Run statements.  Returns the worker's report.  parts, probes: from `loading.compiled`."""
        frame = wire.pack(("load", [statements, functions, parts, probes or {}]))
        return self.exchange(frame, seconds).values(1)[0]

    def read(self, how: str, args: list, seconds: float) -> object:
        """Let the worker read a text, and run nothing: "parse" it, or find "slips" in it."""
        return self.exchange(wire.pack((how, args)), seconds, most=MAX_PARSED).values(
            1
        )[0]

    def ask(self, name: str, questions: list, seconds: float) -> list:
        """Return answers to questions: a probe's key and arguments, and parts' roles and
        recordings.
        """
        return self.exchange(questions_frame(name, questions), seconds).values(
            len(questions)
        )

    def cpu(self) -> float:
        """Return the CPU seconds that the process has used so far, as the kernel reports."""
        return cpu_seconds(self.pid) if self.pid else 0.0

    def exchange(
        self, frame: bytes, seconds: float, most: int = wire.MAX_TREE
    ) -> Reply:
        """Send a frame and receive the answer within these CPU seconds of the worker, or what
        is left.

        most: bytes of the answer's tree.
        """
        if self.end:
            raise Ended("gone")
        clock = None
        try:
            allowed = self.budget.bounded(seconds)
            clock = Deadline(self.pid or self._hello(), allowed)
            self._move(self.socket.send, select.POLLOUT, frame, clock)
            size, rest = wire.HEAD.unpack(self._receive(wire.HEAD.size, clock))
            if size > most or rest > wire.MAX_DATA:
                raise self.protocol_error("large")
            self.budget.take_reply(size + rest)
            reply = Reply(self, self._receive(size, clock), self._receive(rest, clock))
        except Ended as error:
            self._take_last(clock)
            if error.kind == "timeout":
                self.budget.bounded(
                    seconds
                )  # raises if nothing is left, which explains more
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

    def _hello(self) -> int:
        """Return the process id, from the credentials of its first byte, sent before any
        student code.
        """
        if not self._poll_for(
            select.POLLIN, START
        ):  # its parent may still be importing
            raise SandboxError(NO_WORKER)
        message, extra, _, _ = self.socket.recvmsg(1, socket.CMSG_SPACE(12))
        if message != b"!":
            self.close()
            raise SandboxError(NO_WORKER)
        credentials = next(
            data for _, kind, data in extra if kind == socket.SCM_CREDENTIALS
        )
        self.pid = pid = struct.unpack("iII", credentials)[0]
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        if self._sandbox.layers.limits:
            _bound_memory(pid, self._sandbox.memory)
        return pid

    def _poll_for(self, event: int, seconds: float) -> list[tuple[int, int]]:
        self._poll.modify(self.socket, event)
        return self._poll.poll(seconds * 1000)

    def _receive(self, n: int, clock: Deadline) -> bytearray:
        buffer = bytearray(n)
        self._move(self.socket.recv_into, select.POLLIN, buffer, clock)
        return buffer

    def _move(
        self,
        step: Callable[[memoryview], int],
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
                self._poll_for(event, asked)
                clock.check(asked)
                continue
            if n == 0:
                raise EOFError
            view = view[n:]

    def _crashed(self) -> Ended:
        fields = ["X"] if self.pid is None else status_of(self.pid)
        # If it has not ended by itself, it closed the socket, and we end it.
        is_ending = fields[0] in "ZX" or bool(int(fields[6]) & EXITING)
        end = self.close()
        status = end["status"]
        if status == -signal.SIGXCPU:  # the kernel's own limit
            return Ended("limit")
        if status == -signal.SIGKILL and is_ending and end["cpu"] < self._sandbox.cpu:
            raise SandboxError(
                KILLED
            )  # neither the worker nor this process sent that signal
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
            self._sandbox.template.send({"end": self.id, "signal": signal.SIGKILL})
            self.end = self._sandbox.template.wait(self.id)
        return self.end


def _bound_memory(pid: int, memory: int) -> None:
    """Limit how much more memory it can take: private data, which excludes some mappings, and
    all memory.
    """
    try:
        with open(f"/proc/{pid}/statm") as file:
            pages = [int(count) for count in file.read().split()]
        for option, limit, column in MEMORY_LIMITS:
            most = pages[column] * resource.getpagesize() + memory
            try:
                resource.prlimit(pid, limit, (most, most))
            except (
                PermissionError
            ):  # our own limit is lower; else it would look like a crash of the worker
                what = {"memory": memory >> 20, "option": option, "least": most >> 10}
                raise SandboxError(LOW_LIMIT, **what) from None
    except ProcessLookupError:
        pass  # it has ended, and the socket will say so


def questions_frame(name: str, questions: list) -> bytes:
    """Return the frame of `Worker.ask`, packed once for many workers."""
    filled = []
    for probe, args, *parts in questions:
        roles, recordings = parts or ({}, {})
        filled.append([probe, list(args), roles, recordings])
    return wire.pack(("ask", [name, filled]))
