"""Which walls stand around a worker's process, and what they show it: the outer one is bubblewrap's.

The inner ones, which need no privilege, are put up in `inside.lockdown`.  Knows nothing of what runs.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

from autograder.languages import tr
from autograder.sandbox import ended
from autograder.sandbox.retold import retold

KIT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SITE = os.path.dirname(os.path.dirname(os.path.abspath(importlib.util.find_spec("torch").origin)))
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
    "PATH": os.defpath,  # no program is started, and an instructor's folders are nobody's business
}
KEPT = ("LD_LIBRARY_PATH",)  # where this Python may find its own library


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


# The parts of the kit that a template process imports; nothing else of it is shown inside bwrap.
LIBRARIES = ("/usr", sys.base_prefix, sys.prefix, SITE)
HIDDEN = (KIT, os.path.join(os.path.dirname(KIT), "solutions"))
SHOWN = ("__init__.py", "wire.py", "sandbox/__init__.py", "sandbox/inside")


def bwrap_command() -> list[str]:
    """The outer wall: libraries, read-only; no network, home, /proc or disk (bwrap(1))."""
    args = [shutil.which("bwrap") or "bwrap", "--unshare-all", "--new-session"]
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
        if any(lies_in(hidden, path) for path in LIBRARIES) and os.path.isdir(hidden):
            args += ["--tmpfs", hidden]  # an installed kit lies among the libraries
    for name in SHOWN:
        args += ["--ro-bind", os.path.join(KIT, name), f"/kit/autograder/{name}"]
    args += ["--dir", "/tmp", "--size", "1000000", "--tmpfs", "/tmp/scratch"]
    return [*args, "--remount-ro", "/", "--chdir", "/", "--"]


def readable(walls: Walls, by_landlock: list[str]) -> tuple[str, ...]:
    """The files and folders that a worker can read."""
    if walls.landlock:
        return tuple(by_landlock)
    return LIBRARIES if walls.bwrap else ("/",)


def lies_in(path, folder):
    return path == folder or path.startswith(os.path.join(folder, ""))


def bwrap_works() -> bool:
    """Whether bubblewrap is installed, may make its namespaces here, and this Python starts inside."""
    return not why_no_bwrap()


def why_no_bwrap() -> str:
    """Why there is no bubblewrap here, in words; "" where there is."""
    sentence, why = _tried_bwrap()
    return tr(sentence, why=tr(why)) if sentence else ""


@functools.cache
def _tried_bwrap():
    """A sentence that says why there is no bubblewrap, and what fills it; "" where there is."""
    if not shutil.which("bwrap"):
        return ended.NO_BWRAP, ""
    # What a Python that was moved, or finds its libraries by the environment, lacks inside.
    command = [*bwrap_command(), os.path.abspath(sys.executable), "-c", "import ctypes, socket"]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=20,
            env=environment(True),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return ended.BWRAP_FORBIDDEN, getattr(error, "strerror", None) or ended.BWRAP_HANGS
    if done.returncode == 0:
        return "", ""
    said = done.stderr.strip().splitlines() or [ended.BWRAP_IS_SILENT]
    return ended.BWRAP_FORBIDDEN, said[-1][:120]


def refusal(walls: Walls, missing: dict[str, str]) -> str:
    """Why grading does not start behind these walls, and what to do.

    missing: why walls of these names do not stand, as the template process says it.
    """
    needed = [name for name in ("limits", "seccomp") if not getattr(walls, name)]
    why = [retold(missing[name]) for name in needed]
    if not (walls.landlock or walls.bwrap):
        other = why_no_bwrap() or tr(ended.USE_BWRAP)
        why.append(tr(ended.EITHER, one=retold(missing["landlock"]), other=other))
    return tr(ended.NO_WALLS, walls=walls, missing="; ".join(why))


def environment(outside: bool) -> dict[str, str]:
    """The variables of a template process, inside bubblewrap or not."""
    kit = "/kit" if outside else os.path.dirname(KIT)
    return {
        **ENVIRONMENT,
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "PYTHONPATH": os.pathsep.join((kit, SITE)),
        **({"MPLCONFIGDIR": "/tmp/scratch"} if outside else {}),
        "TMPDIR": "/tmp/scratch" if outside else "/tmp",
    }
