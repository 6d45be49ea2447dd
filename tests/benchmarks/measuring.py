"""Measures commands: wall and CPU seconds and peak memory of all their processes, and the machine.

Knows nothing of what the commands do.
"""

import ctypes
import datetime
import os
import platform
import resource
import subprocess
import threading
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = 0.5  # seconds between two looks at the memory
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Cost:
    """wall and cpu: seconds; memory: MiB, the largest sum of PSS seen; load: average before."""

    wall: float
    cpu: float
    memory: float
    load: float


def adopt_orphans() -> None:
    """Become the parent of all orphans of a command (prctl(2)).

    CPU time is passed on from a process to its parent only when the parent waits for it,
    and bubblewrap's outer process, for example, does not wait for its inner one.
    """
    if ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(
            "cannot become the reaper of orphans: CPU times would be too small"
        )


def cost_of(command: list, log: Path, **options) -> Cost:
    """Run a command.  options: those of subprocess.Popen.

    Raises RuntimeError with the end of the log if it fails.
    """
    load, before, memory, ended = (
        os.getloadavg()[0],
        _children(),
        [0],
        threading.Event(),
    )
    watch = threading.Thread(target=_watch, args=(memory, ended), daemon=True)
    with open(log, "wb") as output:
        start = time.perf_counter()
        words = list(map(str, command))
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            **options,
        )
        watch.start()
        status = process.wait()
        wall = time.perf_counter() - start
    ended.set()
    watch.join()
    bury()
    if status:
        raise RuntimeError(
            f"{words} ended with {status}:\n{log.read_text(errors='replace')[-2000:]}"
        )
    return Cost(wall, _children() - before, max(memory) / 2**20, load)


def _watch(memory, ended):
    """The sum of the memory of all processes below this one, again and again."""
    while not ended.wait(SAMPLE):
        memory.append(
            sum(_memory_of(one) for one in psutil.Process().children(recursive=True))
        )


def _memory_of(process):
    """Its bytes, with shared memory divided among the processes that share it (PSS); 0 if it
    has ended.
    """
    try:
        return process.memory_full_info().pss
    except psutil.Error:
        return 0


def _children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def bury(seconds: float = 15):
    """Wait for all orphans, so that their time is counted."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.02)
        except ChildProcessError:
            return
    raise RuntimeError("a command left a process behind that does not end")


def written(name: str, text: str) -> str:
    """The text, also written to build/figures/, which git ignores."""
    path = ROOT / "build" / "figures" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return f"{text}\nalso in {path}"


def machine() -> dict:
    """Where and when, and with what."""
    names = "torch", "hypothesis", "nbgrader"
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [
        line.split(":")[1].strip() for line in lines if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": datetime.date.today().isoformat(),
        "processor": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory, 1),
        "python": platform.python_version(),
        **{name: version(name) for name in names},
        "commit": _commit(),
        "load": os.getloadavg(),
    }


def _commit():
    """The commit that was measured, and whether files differ from it."""
    git = ["git", "-C", str(ROOT)]
    done = subprocess.run(
        [*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True
    )
    changed = subprocess.run(
        [*git, "status", "--porcelain", "autograder"], capture_output=True, text=True
    ).stdout
    return done.stdout.strip() + (" with changes" if changed else "")
