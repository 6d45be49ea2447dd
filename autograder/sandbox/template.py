"""The template process of a run: it imports torch once, and all others are forked from it.

It forks judges, and for each sandbox its own template process, which forks workers.  If
bubblewrap works, a sandbox's joins its namespaces before it forks any.  Imports nothing that
takes long, because torch is imported at the same time.
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
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from typing import Any

from autograder.errors import N_, SandboxError
from autograder.sandbox.layers import ENVIRONMENT, Namespaces

GONE = N_(
    "The template process has ended, probably because memory or processes ran out. Lower "
    "--jobs, or give the machine more."
)
# Wall seconds until one that answers nothing has stopped; one that ended is noticed at once.
START = 600.0
# Collecting garbage while torch is imported takes a tenth of that, and finds none.
PROGRAM = """
import gc, sys
gc.disable()
from autograder.sandbox.inside import template
template.main(int(sys.argv[1]))
"""
LAYERS = ("bwrap", "landlock", "seccomp", "limits")


class Template:
    """A template process, by our end of its control socket.

    parent: the one that it was forked from, if that is ours.
    """

    def __init__(self, control: socket.socket, parent: Template | None = None):
        self.control = control
        self._parent = parent
        self._judge_ids = itertools.count()
        self._is_used = False
        self._ended: dict[int, dict] = {}
        # If we started it: the process, the file of its stderr, and what its forks can join.
        self._process: subprocess.Popen | None = None
        self._stderr: Any = None
        self._namespaces: Namespaces | None = None

    @classmethod
    def started(cls) -> Template:
        """Start one, which still has to import.  Raises SandboxError if this user cannot."""
        control, theirs = socket.socketpair(
            socket.AF_UNIX, socket.SOCK_SEQPACKET
        )
        template = cls(control)
        template._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - the process's
        python = [
            os.path.abspath(sys.executable),
            "-c",
            PROGRAM,
            str(theirs.fileno()),
        ]
        with theirs:
            try:
                template._process = subprocess.Popen(
                    python,
                    pass_fds=[theirs.fileno()],
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,  # a reader of our stdout would wait for it to close
                    stderr=template._stderr,
                    # only the writing process handles Ctrl-C, and ends the others
                    start_new_session=True,
                    env=ENVIRONMENT,
                )
            except PermissionError as error:
                # Such as a Python in a home folder that this user cannot read.
                control.close()
                raise SandboxError(
                    "This user cannot run {path}. Install the kit with a Python that every user "
                    "can read.",
                    path=error.filename,
                ) from None
        template._namespaces = Namespaces()
        return template

    @property
    def is_alive(self) -> bool:
        """Whether the process still holds the other end, and its namespaces exist."""
        if self._namespaces is not None and self._namespaces.have_ended:
            return False
        poll = select.poll()
        poll.register(self.control, 0)
        return not poll.poll(0)

    def message(self) -> dict:
        """Return the next message; {} if none comes in time, or the process is gone."""
        self.control.settimeout(START)
        try:
            return json.loads(self.control.recv(1 << 18) or b"{}")
        except OSError:
            return {}

    def send(self, message: dict, *descriptors: int) -> None:
        """Send a message.  Raises SandboxError if the process is gone."""
        self._is_used = True
        try:
            socket.send_fds(
                self.control, [json.dumps(message).encode()], descriptors
            )
        except OSError:
            raise SandboxError(GONE) from None

    def wait(self, worker: int) -> dict:
        """Return how a worker ended: {"id", "status", "cpu"}."""
        while worker not in self._ended:
            end = self.message()
            if not end:
                raise SandboxError(GONE)
            self._ended[end["id"]] = end
        return self._ended.pop(worker)

    def fork_sandbox(self, layers: Iterable[str] = LAYERS) -> Template:
        """Return a template process for a sandbox.  layers: for its workers; fewer in tests."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._fork_sandbox(theirs, layers)
        return Template(ours, self)

    def _fork_sandbox(
        self, control: socket.socket, layers: Iterable[str]
    ) -> None:
        """Let a process fork workers for whoever has the other end of its control socket."""
        request: dict[str, Any] = {"template": [*layers]}
        handles = []
        if self._namespaces is not None and "bwrap" in layers:
            request["why"] = self._namespaces.why
            if self._namespaces.handle is not None:
                handles.append(self._namespaces.handle)
        # If that fails, it is not alive.
        with control, contextlib.suppress(SandboxError):
            self.send(request, control.fileno(), *handles)

    def fork_judge(self, function: Callable) -> tuple[int, Connection]:
        """Let a process call a module's function with a connection, and with the control socket
        of a template process.

        Returns its id and our end.  It has our environment, folder and path, except the
        current folder, where a student's file may be called torch.py.
        """
        id = next(self._judge_ids)
        ours, theirs = socket.socketpair()
        control, its_end = socket.socketpair(
            socket.AF_UNIX, socket.SOCK_SEQPACKET
        )
        connection = Connection(ours.detach())
        folder = os.getcwd()
        path = [place for place in sys.path if place]
        if path[:1] == [folder]:  # `python -m` puts it first
            del path[0]
        # If the process is gone, the closed connection will show it.
        with theirs, control, contextlib.suppress(SandboxError, OSError):
            self.send(
                {"judge": True, "id": id}, theirs.fileno(), control.fileno()
            )
            environment = dict(os.environ)
            connection.send(
                (folder, environment, path, sys.dont_write_bytecode)
            )
            connection.send(function)
        # Afterwards, so that both import what they need at the same time.
        self._fork_sandbox(its_end, LAYERS)
        return id, connection

    def end_judge(self, id: int) -> None:
        """End a process that `fork_judge` started."""
        with contextlib.suppress(SandboxError):
            self.send({"end": id, "signal": signal.SIGTERM})

    def why(self) -> str:
        """Return why it has ended, after a space, or ""."""
        started = self._parent or self
        if started._process is None:
            return ""
        with contextlib.suppress(subprocess.TimeoutExpired):
            started._process.wait(5)
        started._stderr.seek(0)
        lines = (
            started._stderr.read()
            .decode("utf-8", "replace")
            .strip()
            .splitlines()
        )
        return f" {lines[-1]}" if lines else ""

    def close(self) -> None:
        """End it, and with it all its forks."""
        self.control.close()
        if self._namespaces is not None:
            self._namespaces.close()
        # One that is not used may still be importing, and ends by itself later.
        if self._process is None or not self._is_used:
            return
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


# This process's template process, if it has one.
running: list[Template] = []


def start() -> Template:
    """Return it; unless it runs, it starts its imports.  Raises OSError and SandboxError."""
    if sys.platform != "linux":
        raise SandboxError(
            "Grading needs Linux. Grade on a Linux machine or in a container."
        )
    if running and not running[0].is_alive:
        close()
    if not running:
        atexit.register(close)
        running.append(Template.started())
    return running[0]


def close() -> None:
    """End it and all its forks, if it runs."""
    while running:
        running.pop().close()


def attach(control: int) -> None:
    """Use the template process that was lent to this judge's process."""
    running.append(Template(socket.socket(fileno=control)))
