"""What this process may use of the machine, cores and memory, as a container bounds them.

Reads control groups of both versions (cgroups(7)).  Imports nothing that takes long.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

ROOT, OWN = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
WRITER = 350 << 20  # bytes of the process that starts all and writes the results
JUDGE = 650 << 20  # bytes of a judge with its sandbox, and a worker that takes what most take


def judges(jobs: int = 0) -> int:
    """So many as are asked for; by default one per core, as far as there is memory for them."""
    fit = (memory() - WRITER) // JUDGE
    return jobs or max(1, min(cores(), fit))


def cores() -> int:
    """The cores that this process may use: those that it may run on, or what its share of time amounts to."""
    may = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([may, *(round(share) for share in _shares())]))


def memory() -> int:
    """Bytes that this process and those that it starts may use together."""
    bounds = [*_bounds()]
    with contextlib.suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/meminfo").read_text().splitlines()
        bounds += [int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")]
    return min(bounds, default=1 << 40)


def _shares() -> Iterator[float]:
    """How many cores' time each control group above this process may have."""
    for folder in _folders("cpu"):
        with contextlib.suppress(OSError, ValueError):
            quota, period = (folder / "cpu.max").read_text().split()
            yield int(quota) / int(period)
        with contextlib.suppress(OSError, ValueError):
            quota = int((folder / "cpu.cfs_quota_us").read_text())
            if quota > 0:
                yield quota / int((folder / "cpu.cfs_period_us").read_text())


def _bounds() -> Iterator[int]:
    """How much memory each control group above this process may have."""
    for folder in _folders("memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            with contextlib.suppress(OSError, ValueError):
                yield int((folder / name).read_text())


def _folders(controller: str) -> Iterator[Path]:
    """This process's control groups and all above them, as far as they are seen here.

    A container may see its own at the root, while /proc tells of a path outside.
    """
    with contextlib.suppress(OSError):
        for line in OWN.read_text().splitlines():
            _, names, path = line.split(":", 2)
            root = ROOT / controller if controller in names.split(",") else ROOT if not names else None
            if root is not None:
                inside = root / path.lstrip("/")
                yield from (folder for folder in (inside, *inside.parents) if folder.is_relative_to(root))
