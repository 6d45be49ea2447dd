"""The template processes of a run: they import torch once, and all else of it is forked from them.

What they fork is a judge, or a template process of a sandbox's own, from which its workers come.  Where
bubblewrap works, sandboxes have one inside it, which nothing that is forked there leaves, and judges have
another; elsewhere one serves both.  Imports nothing that takes long, since it is to import while others do.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import json
import os
import resource
import select
import socket
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import IO

from autograder.errors import N_, SandboxError
from autograder.sandbox.walls import bwrap_command, bwrap_works, environment

CLOSED = N_("This user cannot run {path}. Install the kit with a Python that every user can read.")
FEW_FILES = N_("Only {most} files can be open at a time. Raise the limit, for example with `ulimit -n 1024`.")
GONE = N_(
    "The template process has ended, probably because memory or processes ran out. Lower "
    "--jobs, or give the machine more."
)
START = 60.0  # wall seconds for a template process to import torch on a busy machine
# What workers find imported: students' code and our reader of it need it.
READER = "autograder.sandbox.inside.reader"
PRELOAD = (
    READER,
    "IPython.core.inputtransformer2",  # read by the reader
    "IPython.display",  # imported by many students' notebooks
    "numpy",
    "torch.utils.data",
    "torch.nn.functional",
)
LAYERS = {"landlock": True, "seccomp": True, "limits": True}
FILES = 1024  # that may be open at a time; a worker moves its own aside to numbers above 200
LEAST = 256


class Lent:
    """A template process of a sandbox's own, by our end of its control socket; bwrap: whether around it."""

    def __init__(self, control: socket.socket, bwrap: bool):
        self.control, self.bwrap = control, bwrap
        self._ended: dict[int, dict] = {}

    @property
    def is_alive(self) -> bool:
        """Whether anybody holds the other end."""
        poll = select.poll()
        poll.register(self.control, 0)
        return not poll.poll(0)

    def message(self) -> dict:
        """The next one; {} when there is none in time, or it is gone."""
        self.control.settimeout(START)
        try:
            return json.loads(self.control.recv(1 << 18) or b"{}")
        except (TimeoutError, OSError):
            return {}

    def send(self, message: dict, ends: Sequence[int] = ()) -> None:
        """Raises SandboxError where it is gone."""
        try:
            socket.send_fds(self.control, [json.dumps(message).encode()], list(ends))
        except OSError:
            raise SandboxError(GONE) from None

    def wait(self, worker: int) -> dict:
        """How a worker ended: {"id", "status", "cpu"}."""
        while worker not in self._ended:
            end = self.message()
            if "id" not in end:
                raise SandboxError(GONE)
            self._ended[end["id"]] = end
        return self._ended.pop(worker)


class Template:
    """A process that forks what it is asked for, once it has imported.

    bwrap: whether bubblewrap stands around it.  layers: those of a worker's sandbox to put up.  Raises
    SandboxError where too few files may be open, or this Python may not be run.
    """

    def __init__(
        self,
        preload: Sequence[str],
        bwrap: bool,
        layers: dict[str, bool] = LAYERS,
        stderr: IO | int = subprocess.DEVNULL,
    ):
        _allow_files()
        self.bwrap, self._ids, self._is_used = bwrap, itertools.count(), False
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        proc = os.open("/proc", os.O_PATH)  # bwrap shows none, and it must see its own memory
        inherited = [theirs.fileno(), proc]
        command = [os.path.abspath(sys.executable), "-m", "autograder.sandbox.inside.template"]
        command += [*map(str, inherited), json.dumps(layers), *preload]
        try:
            self.process = subprocess.Popen(
                [*(bwrap_command() if bwrap else []), *command],
                pass_fds=inherited,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # which somebody may read to its end
                stderr=stderr,
                start_new_session=True,  # Ctrl-C is for the process that writes, which then ends the others
                env=environment(bwrap),
            )
        except PermissionError as error:  # as of an ordinary user whose Python lies in somebody's closed home
            self._control.close()
            raise SandboxError(CLOSED, path=error.filename) from None
        finally:
            theirs.close()
            os.close(proc)

    def _ask(self, message, *ends):
        self._is_used = True
        with contextlib.suppress(OSError):  # where it has ended, an end of a socket tells it
            socket.send_fds(self._control, [json.dumps(message).encode()], ends)

    def lend(self) -> Lent:
        """A template process for a sandbox."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._ask({"template": True}, theirs.fileno())
        return Lent(ours, self.bwrap)

    def run(self, module: str, function: str, ends: Sequence[int]) -> tuple[int, Connection]:
        """A process that calls a function with a connection and these descriptors; its number, and our end.

        It has our environment, folder and path, without the current folder: a student's file there may be
        called torch.py.
        """
        id, (ours, theirs) = next(self._ids), socket.socketpair()
        with theirs:
            self._ask({"run": [module, function], "id": id}, theirs.fileno(), *ends)
        connection = Connection(ours.detach())
        path = sys.path[1:] if sys.path[:1] == [os.getcwd()] else sys.path  # as `python -m` puts it first
        given = {
            "environment": dict(os.environ),
            "path": [place for place in path if place],
            "folder": os.getcwd(),
            "writes_no_bytecode": sys.dont_write_bytecode,
        }
        with contextlib.suppress(OSError):
            connection.send(given)
        return id, connection

    def end(self, id: int) -> None:
        """Have one that `run` started end now."""
        self._ask({"end": id})

    def close(self) -> None:
        """End it, and with it all that it forked."""
        self._control.close()
        if not self._is_used:  # it may be importing still, and ends by itself once it has
            return
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


_OWN: dict[str, Template] = {}  # of this process: who forks "sandboxes", and "judges"


def start(preload: Sequence[str] = PRELOAD, judges: bool = True) -> None:
    """Let them begin to import, where they do not run.  Raises OSError, SandboxError.

    preload: modules that all workers find imported.  judges: whether judges are to be forked, too.
    """
    if sys.platform != "linux":
        raise SandboxError("Grading needs Linux. Grade on a Linux machine or in a container.")
    if not _OWN:
        atexit.register(close)
    if judges and bwrap_works() and not _runs("judges"):
        _OWN["judges"] = Template((), False)
    if not _runs("sandboxes"):
        _OWN["sandboxes"] = Template(preload, bwrap_works())
    if judges and not bwrap_works():
        _OWN["judges"] = _OWN["sandboxes"]


def _runs(name):
    if name in _OWN and _OWN[name].process.poll() is not None:
        _OWN.pop(name).close()
    return name in _OWN


def close() -> None:
    """End them, where they run, and with them all that they forked."""
    while _OWN:
        _OWN.popitem()[1].close()


def judges() -> Template:
    """Who forks judges; it runs since `start`."""
    return _OWN["judges"]


def lend() -> Lent | None:
    """A template process for a sandbox; None where none runs that could fork it: then it starts one."""
    return _OWN["sandboxes"].lend() if _runs("sandboxes") else None


def _allow_files():
    """Raise this process's limit of open files as far as it may, since what it starts has the same."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
    if most < LEAST:
        raise SandboxError(FEW_FILES, most=most)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
