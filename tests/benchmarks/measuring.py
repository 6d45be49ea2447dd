"""What commands cost: wall and CPU seconds and peak memory of all their processes, and on what machine.

Knows nothing of what the commands do.
"""

from __future__ import annotations

import contextlib
import ctypes
import datetime
import os
import platform
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
from process_helpers import processes

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
    """Become the parent of whatever a command leaves behind (prctl(2)).

    CPU time reaches us only from parent to parent as each is waited for, and bubblewrap's outer
    process, for one, does not wait for its inner one.
    """
    if ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError("cannot become the reaper of orphans: CPU times would be too small")


def cost_of(
    commands: Sequence[list], log: Path, at_once: int = 1, fine: Sequence[int] = (0,), **options
) -> Cost:
    """Run commands, so many at a time.  fine: how they may exit.  options: those of subprocess.Popen.

    Raises RuntimeError with the end of the log where one exits otherwise.
    """
    load, before = os.getloadavg()[0], _children()
    waiting, running, peak = list(commands), {}, _Peak()
    with open(log, "wb") as output, peak.watched():
        start = time.perf_counter()
        while waiting or running:
            while waiting and len(running) < at_once:
                words = list(map(str, waiting.pop(0)))
                process = subprocess.Popen(
                    words, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **options
                )
                running[process.pid] = process
            pid = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT).si_pid
            process = running.pop(pid, None)
            if process is None:
                os.waitpid(pid, 0)  # an orphan
            elif process.wait() not in fine:
                for other in running.values():
                    other.kill()
                _bury()
                end = log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{process.args} ended with {process.returncode}:\n{end}")
        wall = time.perf_counter() - start
        _bury()
    return Cost(wall, _children() - before, peak.most / 2**20, load)


def _children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _bury(seconds: float = 15):
    """Wait for all orphans, so that their time is counted."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.02)
        except ChildProcessError:
            return
    raise RuntimeError("a command left a process behind that does not end")


class _Peak:
    """The largest sum of memory seen, over all processes below this one."""

    def __init__(self):
        self.most, self._end = 0, threading.Event()

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join()

    def _watch(self):
        while not self._end.wait(SAMPLE):
            self.most = max(self.most, sum(map(pss, family(os.getpid())[1:])))


def family(root: int) -> list[int]:
    """A process and all below it."""
    now, found = processes(), [root]
    for pid in found:
        found += [child for child, (parent, _) in now.items() if parent == pid]
    return found


def pss(pid: int) -> int:
    """Bytes of a process, what it shares divided by those who share it; 0 where it has ended (proc(5))."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup") as file:
        for line in file:
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0


def rss(pid: int) -> int:
    """Bytes of a process that are in memory, whoever shares them; 0 where it has ended."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
    return 0


def written(name: str, text: str) -> str:
    """The text, which stays in build/figures/ too; git ignores that folder."""
    path = ROOT / "build" / "figures" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return f"{text}\nalso in {path}"


def machine() -> dict:
    """Where and when, and with what."""
    names = "torch", "hypothesis", "numpy", "nbgrader", "pytest", "ipykernel"
    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": datetime.date.today().isoformat(),
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: version(name) for name in names},
        "commit": _commit(),
        "load": os.getloadavg(),
        "command": " ".join(sys.argv),
    }


def _lines(path):
    with open(path) as file:
        return file.readlines()


def _commit():
    """The commit that was measured, and whether files differ from it."""
    git = ["git", "-C", str(ROOT)]
    done = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    changed = subprocess.run(
        [*git, "status", "--porcelain", "autograder"], capture_output=True, text=True
    ).stdout
    return done.stdout.strip() + (" with changes" if changed else "")
