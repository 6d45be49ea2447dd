"""The trusted side: starts the zygote, gets workers from it, and asks them, each question with a deadline.

Knows nothing of what the questions mean.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence

from autograder import wire
from autograder.sandbox.deadline import Deadline, cpu_seconds
from autograder.sandbox.ended import Ended, SandboxError
from autograder.sandbox.walls import (
    HIDDEN,
    REFUSED,
    Walls,
    bwrap_command,
    bwrap_works,
    environment,
    lies_in,
    readable,
)

START = 60.0  # wall seconds for a zygote to import torch on a busy machine
FORK = 30.0  # wall seconds for a worker to say that it is locked


class Sandbox:
    """A warm zygote from which workers are forked.

    preload: modules to import before the first fork.  frames: questions to decode before it, which
    then cost a worker next to nothing, once in its life.  probes: sources of what else a worker can
    do with a function, by their keys.  memory: bytes of each worker.  cpu: seconds
    after which the kernel ends a worker whatever the judge does.  bwrap: whether bubblewrap stands
    around all, or None for where it works; landlock, seccomp, limits: walls to leave out, for
    tests.  unsafe: go on where the walls are not enough.  Raises SandboxError where they are not.
    """

    def __init__(
        self,
        preload: tuple[str, ...] = (),
        memory: int = 1 << 30,
        cpu: int = 60,
        *,
        frames: Sequence[bytes] = (),
        probes: Mapping[str, str] | None = None,
        bwrap: bool | None = None,
        landlock: bool = True,
        seccomp: bool = True,
        limits: bool = True,
        unsafe: bool = False,
    ):
        if sys.platform != "linux":
            raise SandboxError("workers need Linux: grade in a Linux machine or container")
        self.memory, self.cpu, self.zygote_cpu = memory, cpu, 0.0
        self._ids, self._ended, self._compiler = itertools.count(), {}, False
        outside = bwrap_works() if bwrap is None else bwrap
        self._folder = tempfile.TemporaryDirectory(prefix="autograder-")  # matplotlib's, and no one else's
        self._stderr = open(os.path.join(self._folder.name, "stderr"), "w+b")  # noqa: SIM115 - the zygote's
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        asked = {"landlock": landlock, "seccomp": seccomp, "limits": limits}
        command = [os.path.abspath(sys.executable), "-m", "autograder.sandbox.inside.zygote"]
        self.numbers = {frame: number for number, frame in enumerate(frames)}
        proc = os.open("/proc", os.O_PATH)  # bwrap shows none, and the zygote must see its own memory
        file = _in_memory(b"".join([wire.pack(dict(probes or {})), *self.numbers]))
        inherited = [theirs.fileno(), proc, file]
        command += [*map(str, inherited), json.dumps(asked), *preload]
        self.process = subprocess.Popen(
            [*(bwrap_command() if outside else []), *command],
            pass_fds=inherited,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stderr=self._stderr,
            start_new_session=True,  # Ctrl-C is for the batch, which then ends its sandboxes
            env=environment(outside, self._folder.name),
        )
        theirs.close()
        os.close(proc)
        os.close(file)
        hello = self._message(START)
        if "ready" not in hello:
            why = self._last_words()
            self.close()
            raise SandboxError(f"the sandbox did not start{why}")
        self.walls = Walls(bwrap=outside, **hello["ready"])
        self.readable = readable(self.walls, hello["readable"])
        if not (self.walls.enough or unsafe):
            self.close()
            raise SandboxError(REFUSED.format(walls=self.walls))

    def exposes(self, path: str) -> str | None:
        """The folder through which a worker could read this path; None where a wall keeps it away."""
        path = os.path.realpath(path)
        masked = self.walls.bwrap and not self.walls.landlock
        if masked and any(lies_in(path, hidden) for hidden in HIDDEN):
            return None
        found = (folder for folder in self.readable if lies_in(path, os.path.realpath(folder)))
        return next(found, None)

    def _message(self, timeout):
        """The next message of the zygote; {} when it has none in time or is gone."""
        self.control.settimeout(timeout)
        try:
            return json.loads(self.control.recv(1 << 18) or b"{}")
        except (TimeoutError, OSError):
            return {}

    def _last_words(self):
        self._stderr.seek(0)
        lines = self._stderr.read().decode("utf-8", "replace").strip().splitlines()
        return f": {lines[-1]}" if lines else ""

    def send(self, message: dict, ends: list[int] | None = None) -> None:
        try:
            socket.send_fds(self.control, [json.dumps(message).encode()], ends or [])
        except OSError as error:
            raise SandboxError(f"the zygote is gone: {error}") from None

    def worker(self) -> Worker:
        return Worker(self)

    def warm_up_compiler(self) -> None:
        """Import torch's compiler for later workers; else each one's first optimiser does, for a second."""
        if not self._compiler:
            self.send({"warm": "compiler"})
            self._compiler = True

    def next_id(self) -> int:
        return next(self._ids)

    def wait(self, worker: int) -> dict:
        """How a worker ended: {"id", "status", "cpu", "zygote"} from the zygote."""
        while worker not in self._ended:
            end = self._message(START)
            if "id" not in end:
                raise SandboxError("the zygote is gone")
            self._ended[end["id"]], self.zygote_cpu = end, end["zygote"]
        return self._ended.pop(worker)

    def close(self) -> None:
        self.control.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._stderr.close()
        self._folder.cleanup()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_) -> None:
        self.close()


class Reply:
    """A worker's answer as bytes, decoded only where it must be: equal keys mean equal answers."""

    def __init__(self, worker: Worker, tree: bytearray, data: bytearray):
        self._worker, self._tree, self._data = worker, tree, data
        digest = hashlib.blake2b(tree, digest_size=16)
        digest.update(data)
        self.key = digest.digest()

    def values(self, count: int) -> list:
        """As many values as there were questions.  Raises Ended for anything else."""
        try:
            values = wire.unpack(self._tree, self._data)
        except wire.WireError as error:
            raise self._worker.broken("frame", why=str(error)) from None
        if type(values) is not list or len(values) != count:
            raise self._worker.broken("count")
        return values


class Worker:
    """One submission in one locked process.  After `Ended` it is dead: ask the sandbox for another."""

    def __init__(self, sandbox: Sandbox):
        self.sandbox, self.id, self.end, self.pid = sandbox, sandbox.next_id(), None, None
        self.replies: dict[bytes, Reply] = {}  # kept by whoever asks the same frame twice
        self._known = dict(sandbox.numbers)  # frames that need not be sent, until they were asked
        self.socket, theirs = socket.socketpair()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.setblocking(False)
        self._poll = select.poll()
        self._poll.register(self.socket)
        try:
            ask = {"id": self.id, "memory": sandbox.memory, "cpu": sandbox.cpu}
            sandbox.send(ask, [theirs.fileno()])
        finally:
            theirs.close()

    def load(self, statements: list, functions: list[str], parts: dict, seconds: float) -> object:
        """Run the submission's statements; what they did, as the worker tells it."""
        frame = wire.pack(("load", [statements, functions, parts]))
        return self.exchange(frame, seconds).values(1)[0]

    def apply(self, module: str, function: str, *args, seconds: float) -> object:
        """Call a function of a preloaded module of ours."""
        frame = wire.pack(("apply", [module, function, list(args)]))
        return self.exchange(frame, seconds).values(1)[0]

    def ask(self, name: str, questions: list, seconds: float) -> list:
        """The answers to questions about the submission's function of this name.

        Each is a probe's key and its arguments, and if need be who plays which part, and what replays give.
        """
        return self.exchange(questions_frame(name, questions), seconds).values(len(questions))

    def cpu(self) -> float:
        """CPU seconds that the process has used so far, by the kernel's word."""
        return cpu_seconds(self.pid) if self.pid else 0.0

    def exchange(self, frame: bytes, seconds: float) -> Reply:
        """Send a frame and receive the answer within so many CPU seconds of the worker."""
        if self.end:
            raise Ended("gone")
        if frame in self._known:
            frame = wire.pack(("known", self._known.pop(frame)))
        clock = None
        try:
            if self.pid is None:
                self._hello()
            clock = Deadline(self.pid, seconds)
            self._move(self.socket.send, select.POLLOUT, frame, clock)
            size, rest = wire.HEAD.unpack(self._receive(wire.HEAD.size, clock))
            if size > wire.MAX_TREE or rest > wire.MAX_DATA:
                raise self.broken("large")
            return Reply(self, self._receive(size, clock), self._receive(rest, clock))
        except Ended:
            self.close()
            raise
        except (EOFError, OSError):
            raise self._crashed() from None

    def _hello(self):
        """The worker's first byte, sent before any student code; its credentials tell the process id."""
        if not self._poll_for(select.POLLIN, FORK):
            raise SandboxError("the zygote gave no worker")
        message, extra, _, _ = self.socket.recvmsg(1, socket.CMSG_SPACE(12))
        if message != b"!":
            self.close()
            raise SandboxError("the zygote gave no worker")
        for _, kind, data in extra:
            if kind == socket.SCM_CREDENTIALS:
                self.pid = struct.unpack("iII", data)[0]
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        if self.sandbox.walls.limits:
            _bound_mappings(self.pid, self.sandbox.memory)

    def _poll_for(self, event, seconds):
        self._poll.modify(self.socket, event)
        return self._poll.poll(seconds * 1000)

    def _receive(self, n, clock):
        buffer = bytearray(n)
        self._move(self.socket.recv_into, select.POLLIN, buffer, clock)
        return buffer

    def _move(self, step, event, data, clock):
        """Send or receive all of data.  However slowly the peer dribbles, this ends at the deadline."""
        view = memoryview(data)
        while view:
            try:
                n = step(view)
            except BlockingIOError:
                self._poll_for(event, clock.patience())
                clock.check()
                continue
            if n == 0:
                raise EOFError
            view = view[n:]

    def _crashed(self):
        status = self.close()["status"]
        if status == -24:  # SIGXCPU: the kernel's own limit
            return Ended("limit")
        if status < 0:
            return Ended("signal", signal=_signal_name(-status))
        return Ended("status", status=status)

    def broken(self, what: str, **values: object) -> Ended:
        """The worker sent what no right answer sends: end it."""
        self.close()
        return Ended(what, **values)

    def close(self) -> dict:
        """End the process; how it ended."""
        if self.end is None:
            self.end = {"status": 0, "cpu": 0.0}
            self.socket.close()
            self.sandbox.send({"kill": self.id})
            self.end = self.sandbox.wait(self.id)
        return self.end

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_) -> None:
        self.close()


def _in_memory(data):
    """A file of this content that lies nowhere, to be read by a process that inherits it."""
    file = os.memfd_create("frames")
    with open(file, "wb", closefd=False) as writer:
        writer.write(data)
    os.lseek(file, 0, os.SEEK_SET)
    return file


def _bound_mappings(pid, memory):
    """RLIMIT_DATA leaves out some mappings: bound the whole address space at what it has now and memory."""
    try:
        with open(f"/proc/{pid}/statm") as file:
            most = int(file.read().split()[0]) * resource.getpagesize() + memory
        resource.prlimit(pid, resource.RLIMIT_AS, (most, most))
    except ProcessLookupError:
        pass  # it has ended, and the socket will say so
    except (OSError, ValueError) as error:
        raise SandboxError(f"cannot bound the worker's memory: {error}") from None


def _signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def questions_frame(name: str, questions: list) -> bytes:
    """The frame of `Worker.ask`, to be packed once and sent to many."""
    filled = [[probe, list(args), *(rest or ({}, {}))] for probe, args, *rest in questions]
    return wire.pack(("ask", [name, filled]))
