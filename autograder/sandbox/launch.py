"""How a zygote starts and ends.  Imports nothing that takes long, since it is to import while others do."""

from __future__ import annotations

import json
import os
import resource
import select
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import IO

from autograder.errors import N_, SandboxError
from autograder.sandbox.walls import bwrap_command, environment

CLOSED = N_("this user may not run {path}: install the kit where its Python can be read")
FEW_FILES = N_("only {most} files may be open at a time: raise the limit, as by `ulimit -n 1024`")
FILES = 1024  # that may be open at a time; a worker moves its own aside to numbers above 200
LEAST = 256


class Started(subprocess.Popen):
    """A process whose end is waited for; Popen itself looks for it again and again, if there is a timeout."""

    def wait(self, timeout: float | None = None) -> int:
        if timeout is None or self.returncode is not None:
            return super().wait()
        try:
            handle = os.pidfd_open(self.pid)
        except OSError:  # as where no further file may be open
            return super().wait(timeout)
        try:
            if not has_ended(handle, timeout):
                raise subprocess.TimeoutExpired(self.args, timeout)
        finally:
            os.close(handle)
        return super().wait()


def has_ended(handle: int, seconds: float | None) -> bool:
    """Whether a process has, by a descriptor of it, after so many seconds at most; None for ever."""
    poll = select.poll()  # select(2) knows no descriptor above 1023, and a server has many
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(None if seconds is None else 1000 * seconds))


def end(process: subprocess.Popen, seconds: float) -> None:
    """Wait for the end of one that was told to, and then end it."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def started(
    asked: dict, preload: Sequence[str], outside: bool, stderr: IO | int
) -> tuple[Started, socket.socket]:
    """A zygote's process, and our end of its control socket.

    asked: the inner walls.  outside: whether bubblewrap stands around it.  Raises SandboxError where too few
    files may be open, or this Python may not be run.
    """
    _allow_files()
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    proc = os.open("/proc", os.O_PATH)  # bwrap shows none, and the zygote must see its own memory
    inherited = [theirs.fileno(), proc]
    command = [os.path.abspath(sys.executable), "-m", "autograder.sandbox.inside.zygote"]
    command += [*map(str, inherited), json.dumps(asked), *preload]
    try:
        process = Started(
            [*(bwrap_command() if outside else []), *command],
            pass_fds=inherited,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # which somebody may read to its end
            stderr=stderr,
            start_new_session=True,  # Ctrl-C is for the batch, which then ends its sandboxes
            env=environment(outside),
        )
    except PermissionError as error:  # as of an ordinary user whose Python lies in somebody's closed home
        control.close()
        raise SandboxError(CLOSED, path=error.filename) from None
    finally:
        theirs.close()
        os.close(proc)
    return process, control


def _allow_files():
    """Raise this process's limit of open files as far as it may, since the zygote has the same."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
    if most < LEAST:
        raise SandboxError(FEW_FILES, most=most)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
