"""The layers around a worker's process, and what they show it; bubblewrap is the outer one.

`inside.lockdown` applies the inner ones, which need no privileges.
"""

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import N_, Message, SandboxError

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
    "LANG": "C.UTF-8",
    "PATH": os.defpath,  # workers start no program, and must not see an instructor's folders
}
LEFT_OUT = N_("{layer} is turned off.")
BWRAP_FORBIDDEN = N_("bubblewrap cannot create its namespaces here ({why}).")
EITHER = N_("{one} Or: {other}")
INCOMPLETE = N_(
    "The sandbox around student code is incomplete (found: {layers}). {missing} Or grade with "
    "--unsafe, which marks every result."
)
# If memory runs out, the kernel ends workers before a judge or the writing process.
KILLED_FIRST = "echo 900 2>/dev/null >/proc/self/oom_score_adj"


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
# The parts of the kit that a template process imports; bwrap shows no others.
SHOWN = """
    __init__.py errors.py wire.py reading sandbox/__init__.py sandbox/inside
"""
FILES = (
    *LIBRARIES,
    "/proc/cpuinfo",
    "/sys/devices/system/cpu",
    "/etc/ld.so.cache",
)


def bwrap_command() -> list[str]:
    """Return the outer layer: libraries, read-only; no network, home, /proc or disk (bwrap(1))."""
    args = ["sh", "-c", f'{KILLED_FIRST}; exec "$@"', "sh"]  # it hides /proc
    args += [shutil.which("bwrap") or "bwrap", "--unshare-all", "--new-session"]
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
    for name in SHOWN.split():
        args += ["--ro-bind", f"{KIT}/{name}", f"/kit/autograder/{name}"]
    args += ["--dir", "/tmp", "--size", "1000000", "--tmpfs", "/tmp/scratch"]
    return [*args, "--remount-ro", "/", "--chdir", "/", "--"]


def bwrap_works() -> bool:
    """Return whether bubblewrap can make its namespaces here, and this Python starts inside."""
    return not why_no_bwrap()


@functools.cache
def why_no_bwrap() -> Message | None:
    """Return why bubblewrap does not work here; None if it does."""
    if not shutil.which("bwrap"):
        return Message(
            N_("bubblewrap is not installed. Run `apt install bubblewrap`.")
        )
    # A moved Python, or one that finds its libraries by the environment, does not start inside.
    python = [os.path.abspath(sys.executable), "-c", "import ctypes, socket"]
    try:
        done = subprocess.run(
            bwrap_command() + python,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=20,
            env=environment(True),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        why = f"{type(error).__name__}: {error}"
    else:
        if done.returncode == 0:
            return None
        why = done.stderr.strip() or f"status {done.returncode}"
        why = why.splitlines()[-1]
    return Message(BWRAP_FORBIDDEN, {"why": why[:120]})


def refusal(layers: Layers, missing: dict[str, list]) -> SandboxError:
    """Return why grading does not start: the first layer that is missing, and what to do.

    missing: layer -> why it does not work: a sentence and its values.
    """
    inner = ("limits", "seccomp", "landlock")
    first = next(name for name in inner if not getattr(layers, name))
    why = Message(*missing.get(first, (LEFT_OUT, {"layer": first})))
    if first == "landlock":
        other = why_no_bwrap() or Message(N_("Turn on bubblewrap."))
        why = Message(EITHER, {"one": why, "other": other})
    return SandboxError(INCOMPLETE, layers=layers, missing=why)


def environment(bwrap: bool) -> dict[str, str]:
    """Return the environment of a template process, inside bubblewrap or outside."""
    variables = dict(ENVIRONMENT, TMPDIR="/tmp", PYTHONPATH=f"{ROOT}:{SITE}")
    if bwrap:
        variables["TMPDIR"] = variables["MPLCONFIGDIR"] = "/tmp/scratch"
        variables["PYTHONPATH"] = f"/kit:{SITE}"
    # This Python may need it to find its own library.
    if libraries := os.environ.get("LD_LIBRARY_PATH"):
        variables["LD_LIBRARY_PATH"] = libraries
    return variables
