"""The zygote from which those of judges are forked: what all of them import is imported once, and early.

It runs no student's code, and forks no worker.  A judge that gets none, or whose own has died, starts one
for itself.  Imports nothing that takes long, since it is to import while others do.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.sandbox.launch import end, has_ended, started
from autograder.sandbox.walls import bwrap_works

WALLS = {"landlock": True, "seccomp": True, "limits": True}


class _Stem:
    """The one of this process."""

    def __init__(self):
        self.process = self.control = None
        self.outside = self.lent = False

    def ready(self, preload):
        """Start it where it does not run."""
        if self.process is not None and self.process.poll() is None:
            return
        self.close()
        self.outside = bwrap_works()
        self.process, self.control = started(WALLS, preload, self.outside, subprocess.DEVNULL)
        atexit.register(self.close)

    def close(self):
        if self.process is None:
            return
        self.control.close()
        if self.lent:  # else it may be importing still, and ends by itself once it has
            end(self.process, 5)
        self.process = self.control = None
        self.lent = False
        atexit.unregister(self.close)


_STEM = _Stem()


def start(preload: Sequence[str]) -> None:
    """Let it begin to import, where it does not run.  Raises OSError, and what `launch.started` raises."""
    _STEM.ready(preload)


def close() -> None:
    """End it, where it runs; all that were lent end with it."""
    _STEM.close()


class Lender:
    """Zygotes for so many judges, which each take one by what they are given.

    preload: modules that all workers find imported.
    """

    def __init__(self, count: int, preload: Sequence[str]):
        self._given, self.taken_by_judges = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with contextlib.suppress(OSError):  # those who get none start their own
            _STEM.ready(preload)
            for _ in range(count):
                _STEM.lent = True
                ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                with ours, theirs:
                    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)  # see `Process.behind`
                    socket.send_fds(_STEM.control, [b'{"twin": true}'], [theirs.fileno()])
                    word = json.dumps({"bwrap": _STEM.outside}).encode()
                    socket.send_fds(self._given, [word], [ours.fileno()])

    def close(self) -> None:
        """Those that nobody took end."""
        self._given.close()
        self.taken_by_judges.close()


@dataclass(frozen=True)
class Lent:
    """Our end of a zygote's control socket, and whether bubblewrap stands around it."""

    control: socket.socket
    bwrap: bool


def take(lender: socket.socket | None) -> Lent | None:
    """One that was lent, in a judge's process; None where there is none left."""
    if lender is None:
        return None
    lender.setblocking(False)  # recv_fds takes flags, and does nothing with them
    try:
        word, (control,), _, _ = socket.recv_fds(lender, 100, 1)
    except (OSError, ValueError):
        return None
    return Lent(socket.socket(fileno=control), json.loads(word)["bwrap"])


def spare() -> Lent | None:
    """One where the stem runs already in this process; None where it does not, for who needs but one."""
    if _STEM.process is None or _STEM.process.poll() is not None:
        return None
    with contextlib.closing(Lender(1, ())) as lender:
        return take(lender.taken_by_judges)


def _hung_up(control):
    """Whether nobody holds the other end any more, as a moment before its process has ended."""
    poll = select.poll()
    poll.register(control, 0)
    return bool(poll.poll(0))


class Process:
    """The process at the other end of a control socket, which is no child of ours; as `subprocess.Popen`."""

    def __init__(self, pid: int):
        self.pid, self.returncode, self._handle = pid, None, None
        self._handle = os.pidfd_open(pid)

    @classmethod
    def behind(cls, control: socket.socket, seconds: float) -> tuple[Process | None, bytes]:
        """Who sends the first message, and the message; (None, b"") where none comes.

        The kernel says who, as it was asked to before the message was sent.
        """
        control.settimeout(seconds)
        try:
            message, extra, _, _ = control.recvmsg(1 << 18, socket.CMSG_SPACE(12))
            told = [data for _, kind, data in extra if kind == socket.SCM_CREDENTIALS]
            control.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
            process = cls(struct.unpack("iII", told[0])[0]) if told else None
        except OSError:
            return None, b""
        return (None, b"") if process is None or _hung_up(control) else (process, message)

    def poll(self) -> int | None:
        if self.returncode is None and has_ended(self._handle, 0):
            self.returncode = -1  # the kernel tells it to its parent alone
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None and not has_ended(self._handle, timeout):
            raise subprocess.TimeoutExpired("zygote", timeout)
        return self.poll()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def __del__(self):
        if self._handle is not None:  # it had ended before it could be held
            os.close(self._handle)
