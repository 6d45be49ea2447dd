"""Who runs below a process: what a run started, and what it leaves; and how tests wait for others.

A test waits until something holds, however long a busy machine takes.  Knows nothing of what they do.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 600  # seconds, after which a test gives up on another process: that is an error of the test's


def wait_until(holds: Callable[[], object], process: subprocess.Popen | None = None) -> None:
    """Until something holds.  Raises TimeoutError where it never does, or this process ends before."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end or (process is not None and process.poll() is not None and not holds()):
            raise TimeoutError("it was waited for, and never held")
        time.sleep(0.02)


def lines_of(path: Path) -> int:
    """How many whole lines a file has; 0 where there is none yet."""
    return path.read_bytes().count(b"\n") if path.exists() else 0


def processes():
    """Process -> parent and start time, of all that run: a process that only waits to be buried does not."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, *rest = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if state != "Z":
            found[int(path.parent.name)] = int(parent), rest[17]
    return found


def family(members, now):
    """Those of these processes, (id, start) each, that still run, and all below them."""
    ids = {pid for pid, begun in members if pid in now and now[pid][1] == begun}
    while more := {pid for pid, (parent, _) in now.items() if parent in ids} - ids:
        ids |= more
    return {(pid, now[pid][1]) for pid in ids}


def still_there(members):
    """Who of a family still runs, however long one waits."""
    end = time.monotonic() + PATIENCE
    while (members := family(members, processes())) and time.monotonic() < end:
        time.sleep(0.05)
    return members
