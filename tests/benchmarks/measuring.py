"""Measures commands: seconds, and the peak memory of all their processes, and the machine."""

import ctypes
import datetime
import os
import platform
import resource
import subprocess
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
    """wall and cpu: seconds; memory: MiB, the largest sum of PSS seen."""

    wall: float
    cpu: float
    memory: float


def adopt_orphans():
    """Become the parent of all orphans of a command (prctl(2)).

    CPU time is passed on from a process to its parent only when the parent waits for it,
    and bubblewrap's outer process, for example, does not wait for its inner one.
    """
    if ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError("cannot become the reaper of orphans")


def spent():
    """Return the CPU seconds of all processes below this one that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cost_of(command, log, **options):
    """Run a command.  options: those of subprocess.Popen.

    Raises RuntimeError with the end of the log if it fails.
    """
    before = spent()
    start = time.perf_counter()
    memory = 0
    with open(log, "wb") as output:
        options |= {"stdout": output, "stderr": subprocess.STDOUT}
        process = subprocess.Popen([*map(str, command)], **options)
    while True:
        try:
            process.wait(SAMPLE)
            break
        except subprocess.TimeoutExpired:
            below = psutil.Process().children(recursive=True)
            memory = max(memory, sum(map(_pss, below)))
    wall = time.perf_counter() - start
    bury()
    if process.returncode:
        raise RuntimeError(
            f"{command} failed:\n{log.read_text('utf-8', 'replace')[-2000:]}"
        )
    return Cost(wall, spent() - before, memory / 2**20)


def _pss(process):
    """Its bytes, with shared memory divided among those that share it; 0 if it has ended."""
    try:
        return process.memory_full_info().pss
    except psutil.Error:
        return 0


def bury(seconds=15):
    """Wait for all orphans, so that their time is counted."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.02)
        except ChildProcessError:
            return
    raise RuntimeError("a command left a process behind that does not end")


def show(name, text):
    """Print the text and the machine; write both to build/figures/, which git ignores."""
    path = ROOT / "build" / "figures" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n\n{machine()}\n")
    print(path.read_text(), "also in", path)


def machine():
    """Where and when, and with what."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [
        line.partition(": ")[2]
        for line in lines
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = [
        f"{name} {version(name)}"
        for name in ("torch", "hypothesis", "nbgrader")
    ]
    git = ["git", "-C", ROOT, "describe", "--always", "--dirty"]
    commit = subprocess.run(git, capture_output=True, text=True).stdout.strip()
    return (
        f"{(names or [platform.machine()])[0]}, {len(os.sched_getaffinity(0))} cores, "
        f"{memory:.0f} GiB; {datetime.date.today()}; Python {platform.python_version()}, "
        f"{', '.join(packages)}; commit {commit}; load {os.getloadavg()[0]:.1f}."
    )
