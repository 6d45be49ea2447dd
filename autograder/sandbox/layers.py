"""The layers around a worker's process, and what they show it; bubblewrap is the outer one.

`inside.lockdown` applies the inner ones, which need no privileges.
"""

import importlib.util
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import N_, Message, SandboxError
from autograder.temporary import Closing

KIT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(KIT)
_TORCH = importlib.util.find_spec("torch")
SITE = str(Path((_TORCH and _TORCH.origin) or "").absolute().parent.parent)
ENVIRONMENT = {
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",  # the order of a student's set is the same in every run
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",
    "MPLBACKEND": "agg",
    "HOME": "/nonexistent",
    "TMPDIR": "/tmp",
    "LANG": "C.UTF-8",
    "PATH": os.defpath,  # workers start no program, and must not see an instructor's folders
    "PYTHONPATH": f"{ROOT}:{SITE}",
    # This Python may need it to find its own library.
    "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", ""),
}
LEFT_OUT = N_("{layer} is turned off.")
INCOMPLETE = N_(
    "The sandbox around student code is incomplete (found: {layers}). {missing} Or grade with "
    "--unsafe, which marks every result."
)


@dataclass(frozen=True)
class Layers:
    """The active layers around each worker."""

    bwrap: bool
    landlock: bool
    seccomp: bool
    limits: bool

    @property
    def enough(self) -> bool:
        """Whether system calls are filtered, and at least one layer protects files."""
        return self.limits and self.seccomp and (self.landlock or self.bwrap)

    def __str__(self) -> str:
        names = [name for name, is_active in vars(self).items() if is_active]
        return " + ".join(names) or "none"


LIBRARIES = ("/usr", sys.base_prefix, sys.prefix, SITE)
HIDDEN = (KIT, f"{ROOT}/solutions", f"{ROOT}/zh")
FILES = (
    *LIBRARIES,
    "/proc/cpuinfo",
    "/sys/devices/system/cpu",
    "/etc/ld.so.cache",
)


def bwrap_command() -> list[str]:
    """Return the outer layer: libraries, read-only; no network, home, /proc or disk (bwrap(1))."""
    args = [shutil.which("bwrap") or "bwrap", "--unshare-all", "--new-session"]
    # First, because a library may be below it.
    args += ["--size", "1000000", "--tmpfs", "/tmp"]
    for path in ("/dev/null", "/dev/urandom"):
        args += ["--dev-bind", path, path]
    for path in FILES:
        args += ["--ro-bind-try", path, path]
    for path in ("/lib", "/lib64", "/bin"):
        if os.path.islink(path):
            args += ["--symlink", os.readlink(path), path]
        else:
            args += ["--ro-bind-try", path, path]
    for hidden in HIDDEN:
        # An installed kit is among the libraries.
        is_shown = any(Path(hidden).is_relative_to(path) for path in LIBRARIES)
        if is_shown and os.path.isdir(hidden):
            args += ["--tmpfs", hidden]
    return [*args, "--remount-ro", "/", "--chdir", "/", "--"]


class Namespaces(Closing):
    """The namespaces of a bubblewrap process, which end when this is closed.

    handle: of a process in them, to join them; None if bubblewrap cannot make them here, and
    why.
    """

    def __init__(self) -> None:
        self.handle: int | None = None
        self.why: Message | None = None
        self._process: subprocess.Popen | None = None
        # If we are killed, it closes, and the process in them ends.
        self._socket, theirs = socket.socketpair()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.settimeout(20)
        with theirs:
            if not shutil.which("bwrap"):
                self.why = Message(
                    "bubblewrap is not installed. Run `apt install bubblewrap`."
                )
                return
            try:
                self._process = subprocess.Popen(
                    [*bwrap_command(), "sh", "-c", "printf ! && read line"],
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=theirs.fileno(),
                    cwd="/",
                    start_new_session=True,
                    env=ENVIRONMENT,
                )
                theirs.close()
                message, pid = first_byte(self._socket)
                if message == b"!":
                    self.handle = os.pidfd_open(pid)
                    return
                with self._socket.makefile("rb") as rest:
                    message += rest.read()
                text = message.decode("utf-8", "replace").strip()
                reason = text.rpartition("\n")[2]
            except OSError as error:
                reason = f"{type(error).__name__}: {error}"
        self.why = Message(
            "bubblewrap cannot create its namespaces here ({why}).",
            {"why": reason[:120]},
        )

    @property
    def have_ended(self) -> bool:
        """Whether they existed, and are gone."""
        if self.handle is None:
            return False
        # It can be read once its process has ended.
        poll = select.poll()
        poll.register(self.handle, select.POLLIN)
        return bool(poll.poll(0))

    def close(self) -> None:
        """End all processes in them."""
        self._socket.close()
        if self._process is not None:
            self._process.wait()
        if self.handle is not None:
            os.close(self.handle)


def first_byte(connection: socket.socket) -> tuple[bytes, int]:
    """Return the next byte, b"" if the other end is closed, and the id of the sending process."""
    message, extra, _, _ = connection.recvmsg(1, socket.CMSG_SPACE(12))
    if not message:
        return b"", 0
    ((_, _, credentials),) = extra
    pid, _, _ = struct.unpack("iII", credentials)
    return message, pid


def refusal(layers: Layers, missing: dict[str, list]) -> SandboxError:
    """Return why grading does not start: the first layer that is missing, and what to do.

    missing: layer -> why it does not work: a sentence and its values.
    """
    inner = ("limits", "seccomp", "landlock")
    first = next(name for name in inner if not getattr(layers, name))
    reason = Message(*missing.get(first, (LEFT_OUT, {"layer": first})))
    if first == "landlock":
        bwrap = Message(*missing.get("bwrap", (LEFT_OUT, {"layer": "bwrap"})))
        reason = Message("{one} Or: {other}", {"one": reason, "other": bwrap})
    return SandboxError(INCOMPLETE, layers=layers, missing=reason)
