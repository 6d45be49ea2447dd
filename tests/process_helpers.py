"""Who runs below a process: what a run started, and what it leaves.  Knows nothing of what they do."""

from __future__ import annotations

import time
from pathlib import Path


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


def still_there(members, seconds=10):
    """Who of a family still runs after so many seconds at most."""
    end = time.monotonic() + seconds
    while (members := family(members, processes())) and time.monotonic() < end:
        time.sleep(0.05)
    return members
