"""The trusted side: starts the zygote, gets workers from it, and asks them, each question with a deadline.

Knows nothing of what the questions mean.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import os
import resource
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from autograder import wire

KIT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SITE = os.path.dirname(os.path.dirname(os.path.abspath(torch.__file__)))
ENVIRONMENT = {
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",  # the order of a student's set is the same in every run
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",
    "MPLBACKEND": "agg",
    "HOME": "/nonexistent",
    "LANG": "C.UTF-8",
}
START = 60.0  # wall seconds for a zygote to import torch on a busy machine
FORK = 30.0  # wall seconds for a worker to say that it is locked
STARVED = 60.0  # wall seconds beyond which a worker that gets no CPU is the machine's fault


class SandboxError(Exception):
    """The sandbox itself failed: never the student's fault."""


class Ended(Exception):
    """The worker is gone, by the student's doing.

    kind: `timeout`, `crashed`, or `protocol` where it sent what no right answer sends.
    """

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind, self.message = kind, message


@dataclass(frozen=True)
class Walls:
    """Which walls stand around each worker."""

    bwrap: bool
    landlock: bool
    seccomp: bool
    limits: bool

    @property
    def enough(self) -> bool:
        """The system calls are filtered, and files are kept away by one wall at least."""
        return self.limits and self.seccomp and (self.landlock or self.bwrap)

    def __str__(self) -> str:
        names = [name for name, stands in vars(self).items() if stands]
        return " + ".join(names) or "none"


REFUSED = (
    "the walls around student code do not stand here (found: {walls}): install bubblewrap and "
    "libseccomp on Linux, or grade with --unsafe, which marks every result"
)


class Sandbox:
    """A warm zygote from which workers are forked.

    preload: modules to import before the first fork.  frames: questions to decode before it, which
    then cost a worker next to nothing, once in its life.  memory: bytes of each worker.  cpu: seconds
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
        command = [os.path.abspath(sys.executable), "-m", "autograder.sandbox.zygote"]
        self.numbers = {frame: number for number, frame in enumerate(frames)}
        proc = os.open("/proc", os.O_PATH)  # bwrap shows none, and the zygote must see its own memory
        file = _in_memory(b"".join(self.numbers))
        inherited = [theirs.fileno(), proc, file]
        command += [*map(str, inherited), json.dumps(asked), *preload]
        self.process = subprocess.Popen(
            [*(bwrap_command() if outside else []), *command],
            pass_fds=inherited,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stderr=self._stderr,
            start_new_session=True,  # Ctrl-C is for the batch, which then ends its sandboxes
            env=_environment(outside, self._folder.name),
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
        self.readable = _readable(self.walls, hello["readable"])
        if not (self.walls.enough or unsafe):
            self.close()
            raise SandboxError(REFUSED.format(walls=self.walls))

    def exposes(self, path: str) -> str | None:
        """The folder through which a worker could read this path; None where a wall keeps it away."""
        path = os.path.realpath(path)
        masked = self.walls.bwrap and not self.walls.landlock
        if masked and any(_lies_in(path, hidden) for hidden in HIDDEN):
            return None
        found = (folder for folder in self.readable if _lies_in(path, os.path.realpath(folder)))
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
            raise self._worker.broken(str(error)) from None
        if type(values) is not list or len(values) != count:
            raise self._worker.broken("wrong number of answers")
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
        """The answers to (probe, arguments) pairs, about the submission's function of this name."""
        return self.exchange(questions_frame(name, questions), seconds).values(len(questions))

    def cpu(self) -> float:
        """CPU seconds that the process has used so far, by the kernel's word."""
        return _cpu_seconds(self.pid) if self.pid else 0.0

    def exchange(self, frame: bytes, seconds: float) -> Reply:
        """Send a frame and receive the answer within so many CPU seconds of the worker."""
        if self.end:
            raise Ended("crashed", "its process had ended before")
        if frame in self._known:
            frame = wire.pack(("known", self._known.pop(frame)))
        clock = None
        try:
            if self.pid is None:
                self._hello()
            clock = _Deadline(self.pid, seconds)
            self._move(self.socket.send, select.POLLOUT, frame, clock)
            size, rest = wire.HEAD.unpack(self._receive(wire.HEAD.size, clock))
            if size > wire.MAX_TREE or rest > wire.MAX_DATA:
                raise self.broken("its answer is too large")
            return Reply(self, self._receive(size, clock), self._receive(rest, clock))
        except TimeoutError as error:
            self.close()
            raise Ended("timeout", str(error)) from None
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
            return Ended("timeout", "it used more CPU time than a submission may")
        if status < 0:
            return Ended("crashed", f"its process was ended by {_signal_name(-status)}")
        return Ended("crashed", f"it ended its process with status {status}")

    def broken(self, why: str) -> Ended:
        """The worker sent what no right answer sends: end it."""
        self.close()
        return Ended("protocol", why)

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


class _Deadline:
    """Counts the CPU time of a worker, so that a busy machine costs no student anything.

    Time that it neither computes nor waits for a core, it sleeps: that counts as well.
    """

    def __init__(self, pid, seconds):
        self.pid, self.seconds, self.start = pid, seconds, time.monotonic()
        self.cpu, self.waited = _scheduled(pid)
        self.spent = 0.0

    def patience(self):
        """Wall seconds in which the deadline cannot pass."""
        passed = time.monotonic() - self.start
        return max(self.seconds - min(passed, self.spent or passed), 0.02)

    def check(self):
        """Raise TimeoutError where the time is up: computing, sleeping, or dribbling an answer."""
        passed = time.monotonic() - self.start
        if passed < self.seconds:
            return
        cpu, waited = _scheduled(self.pid)
        used, queued = cpu - self.cpu, waited - self.waited
        asleep = passed - used - queued
        self.spent = max(used, asleep)
        if used >= self.seconds:
            raise TimeoutError(f"it did not finish within {self.seconds:g} s")
        if asleep >= self.seconds:
            raise TimeoutError(f"it waited for {self.seconds:g} s without computing anything")
        if passed > STARVED + 20 * self.seconds:
            raise SandboxError("the machine gave the worker no time")


def _in_memory(data):
    """A file of this content that lies nowhere, to be read by a process that inherits it."""
    file = os.memfd_create("frames")
    with open(file, "wb", closefd=False) as writer:
        writer.write(data)
    os.lseek(file, 0, os.SEEK_SET)
    return file


def _cpu_seconds(pid):
    try:  # the clock of another process: clock_getcpuclockid(3) computes just this number
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0  # it has ended, and the socket will say so


def _scheduled(pid):
    """Seconds that a process has computed, and seconds that it waited for a core (proc(5))."""
    cpu = _cpu_seconds(pid)
    try:
        with open(f"/proc/{pid}/schedstat") as file:
            return cpu, int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return cpu, 0.0


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
    import signal

    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def questions_frame(name: str, questions: list) -> bytes:
    """The frame of `Worker.ask`, to be packed once and sent to many."""
    return wire.pack(("ask", [name, [[probe, list(args)] for probe, args in questions]]))


# The parts of the kit that a zygote imports; nothing else of it is shown inside bwrap.
LIBRARIES = ("/usr", sys.base_prefix, sys.prefix, SITE)
HIDDEN = (KIT, os.path.join(os.path.dirname(KIT), "solutions"))
SHOWN = ("__init__.py", "wire.py", "submission.py", "sandbox")


def bwrap_command() -> list[str]:
    """The outer wall: libraries, read-only; no network, home, /proc or disk (bwrap(1))."""
    args = ["bwrap", "--unshare-all", "--new-session"]
    for path in ("/dev/null", "/dev/urandom"):
        args += ["--dev-bind", path, path]
    for path in (*LIBRARIES, "/proc/cpuinfo", "/sys/devices/system/cpu", "/etc/ld.so.cache"):
        args += ["--ro-bind-try", path, path]
    for path in ("/lib", "/lib64", "/bin"):
        if os.path.islink(path):
            args += ["--symlink", os.readlink(path), path]
        else:
            args += ["--ro-bind-try", path, path]
    for hidden in HIDDEN:
        if any(_lies_in(hidden, path) for path in LIBRARIES) and os.path.isdir(hidden):
            args += ["--tmpfs", hidden]  # an installed kit lies among the libraries
    for name in SHOWN:
        args += ["--ro-bind", os.path.join(KIT, name), f"/kit/autograder/{name}"]
    args += ["--dir", "/tmp", "--size", "1000000", "--tmpfs", "/tmp/scratch"]
    return [*args, "--remount-ro", "/", "--chdir", "/", "--"]


def _readable(walls, by_landlock):
    """The files and folders that a worker can read."""
    if walls.landlock:
        return tuple(by_landlock)
    return LIBRARIES if walls.bwrap else ("/",)


def _lies_in(path, folder):
    return path == folder or path.startswith(os.path.join(folder, ""))


@functools.cache
def bwrap_works() -> bool:
    """Whether bubblewrap is installed and allowed to make its namespaces here."""
    if not shutil.which("bwrap"):
        return False
    command = [*bwrap_command(), "/usr/bin/true"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _environment(outside, folder):
    kit = "/kit" if outside else os.path.dirname(KIT)
    return {
        **ENVIRONMENT,
        "PYTHONPATH": os.pathsep.join((kit, SITE)),
        "PATH": os.environ.get("PATH", os.defpath),
        "MPLCONFIGDIR": "/tmp/scratch" if outside else folder,
        "TMPDIR": "/tmp/scratch" if outside else "/tmp",
    }
