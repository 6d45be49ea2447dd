"""The template processes of a run: they import torch once, and all other processes are forked
from them.

They fork judges, and for each sandbox its own template process, which forks workers.  If
bubblewrap works, sandboxes come from a template process inside it, which their forks cannot
leave, and judges from another; otherwise one serves both.  Imports nothing that takes long,
because torch is imported at the same time.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from multiprocessing.connection import Connection
from typing import Any

from autograder.errors import N_, SandboxError
from autograder.sandbox.layers import bwrap_command, bwrap_works, environment

CLOSED = N_(
    "This user cannot run {path}. Install the kit with a Python that every user can read."
)
GONE = N_(
    "The template process has ended, probably because memory or processes ran out. Lower "
    "--jobs, or give the machine more."
)
# wall seconds until one that answers nothing has stopped; one that ended is noticed at once
START = 600.0
# Imported for workers, because our reader and many students' notebooks need it.
PRELOAD = ("IPython.core.inputtransformer2", "IPython.display")
LAYERS = ("landlock", "seccomp", "limits")


class Template:
    """A template process, by our end of its control socket.

    bwrap: whether bubblewrap surrounds it.  parent: the one that it was forked from, if
    that is ours.
    """

    def __init__(
        self, control: socket.socket, bwrap: bool, parent: Template | None = None
    ):
        self.control, self.bwrap, self._parent = control, bwrap, parent
        self._ids, self._is_used = itertools.count(), False
        self._ended: dict[int, dict] = {}
        self._process: subprocess.Popen | None = None  # if we started it
        self._stderr: Any = None  # its file

    @classmethod
    def started(cls, preload: Sequence[str], bwrap: bool) -> Template:
        """Start one, which still has to import.  Raises SandboxError if this user cannot run this
        Python.
        """
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        made = cls(control, bwrap)
        made._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - the process's
        command = [
            os.path.abspath(sys.executable),
            "-m",
            "autograder.sandbox.inside.template",
        ]
        with theirs:
            try:
                made._process = subprocess.Popen(
                    [
                        *(bwrap_command() if bwrap else []),
                        *command,
                        str(theirs.fileno()),
                        *preload,
                    ],
                    pass_fds=[theirs.fileno()],
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,  # a reader of our stdout would wait for it to close
                    stderr=made._stderr,
                    # only the writing process handles Ctrl-C, and ends the others
                    start_new_session=True,
                    env=environment(bwrap),
                )
            except (
                PermissionError
            ) as error:  # such as a Python in a home folder that this user cannot read
                control.close()
                raise SandboxError(CLOSED, path=error.filename) from None
        return made

    @property
    def is_alive(self) -> bool:
        """Whether the process still holds the other end."""
        poll = select.poll()
        poll.register(self.control, 0)
        return not poll.poll(0)

    @property
    def has_started(self) -> bool:
        """Whether it has reported the end of its imports."""
        try:
            return bool(self.control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except OSError:
            return False

    def message(self) -> dict:
        """Return the next message; {} if none comes in time, or the process is gone."""
        self.control.settimeout(START)
        try:
            return json.loads(self.control.recv(1 << 18) or b"{}")
        except (TimeoutError, OSError):
            return {}

    def send(self, message: dict, *descriptors: int) -> None:
        """Send a message.  Raises SandboxError if the process is gone."""
        self._is_used = True
        try:
            socket.send_fds(self.control, [json.dumps(message).encode()], descriptors)
        except OSError:
            raise SandboxError(GONE) from None

    def wait(self, worker: int) -> dict:
        """Return how a worker ended: {"id", "status", "cpu"}."""
        while worker not in self._ended:
            end = self.message()
            if "id" not in end:
                raise SandboxError(GONE)
            self._ended[end["id"]] = end
        return self._ended.pop(worker)

    def fork_template(self, layers: Iterable[str] = LAYERS) -> Template:
        """Return a template process for a sandbox.  layers: for its workers; fewer in tests."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, contextlib.suppress(SandboxError):  # it is not alive, then
            self.send({"template": [*layers]}, theirs.fileno())
        return Template(ours, self.bwrap, self)

    def fork_judge(
        self, module: str, function: str, *descriptors: int
    ) -> tuple[int, Connection]:
        """Let a process call a function with a connection and these descriptors.  Returns its id
        and our end.

        It has our environment, folder and path, except the current folder, where a
        student's file may be called torch.py.
        """
        id, (ours, theirs) = next(self._ids), socket.socketpair()
        connection = Connection(ours.detach())
        path = (
            sys.path[1:] if sys.path[:1] == [os.getcwd()] else sys.path
        )  # `python -m` puts it first
        given = {
            "environment": dict(os.environ),
            "path": [place for place in path if place],
            "folder": os.getcwd(),
            "writes_no_bytecode": sys.dont_write_bytecode,
        }
        with (
            theirs,
            contextlib.suppress(SandboxError, OSError),
        ):  # the closed connection will show it
            self.send(
                {"judge": [module, function], "id": id}, theirs.fileno(), *descriptors
            )
            connection.send(given)
        return id, connection

    def end_judge(self, id: int) -> None:
        """End a process that `fork_judge` started."""
        with contextlib.suppress(SandboxError):
            self.send({"end": id, "signal": signal.SIGTERM})

    def why(self) -> str:
        """Return why it has ended, after a space, or ""."""
        own = self._parent or self
        if own._process is None:
            return ""
        with contextlib.suppress(subprocess.TimeoutExpired):
            own._process.wait(5)
        own._stderr.seek(0)
        lines = own._stderr.read().decode("utf-8", "replace").strip().splitlines()
        return f" {lines[-1]}" if lines else ""

    def close(self) -> None:
        """End it, and with it all its forks."""
        self.control.close()
        if (
            self._process is None or not self._is_used
        ):  # it may still be importing, and ends by itself later
            return
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


running: dict[
    str, Template
] = {}  # this process's template processes, for "sandboxes" and "judges"


def start(judges: bool = True) -> None:
    """Start them and their imports.  judges: whether judges are needed too.  Raises OSError,
    SandboxError.
    """
    if sys.platform != "linux":
        raise SandboxError(
            "Grading needs Linux. Grade on a Linux machine or in a container."
        )
    if not running:
        atexit.register(close)
    if judges and bwrap_works():
        _ensure_running("judges", (), False)
    # torch may need what bubblewrap does not show
    works = bwrap_works() and (
        "sandboxes" not in running or running["sandboxes"].has_started
    )
    _ensure_running("sandboxes", PRELOAD, works)
    if judges and not bwrap_works():
        running["judges"] = running["sandboxes"]


def _ensure_running(name: str, preload: Sequence[str], bwrap: bool) -> None:
    if name in running and not running[name].is_alive:
        running.pop(name).close()
    if name not in running:
        running[name] = Template.started(preload, bwrap)


def close() -> None:
    """End them and all their forks, if they run."""
    while running:
        running.popitem()[1].close()


def fork_template() -> Template:
    """Return a template process for a sandbox.  Raises what `start` does."""
    if "sandboxes" not in running or not running["sandboxes"].is_alive:
        start(judges=False)
    return running["sandboxes"].fork_template()


def attach(control: int, bwrap: bool) -> None:
    """Use the template process that was lent to this judge's process."""
    running["sandboxes"] = Template(socket.socket(fileno=control), bwrap)
