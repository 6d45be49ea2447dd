"""How many cores and how much memory this process may use, by cgroups(7); imports nothing slow."""

import functools
import os
from collections.abc import Iterator
from pathlib import Path

from autograder.errors import SandboxError
from autograder.languages import tr
from autograder.sandbox.layers import SITE

ROOT = Path("/sys/fs/cgroup")
CGROUP = Path("/proc/self/cgroup")
UNLIMITED = 1 << 40
# Bytes of the process that starts all others and writes the results.
WRITER = 350 << 20
# bytes of a judge with its sandbox and a typical worker
JUDGE = 650 << 20
# Bytes for a run with one judge: in 640 MiB, 2 of the demo's 36 were not graded.
LEAST = 720 << 20
# Bytes more with a GPU build of torch: 1 GiB failed for 10 of 18, 1280 MiB for none.
FOR_GPUS = 560 << 20


def judges(jobs: int = 0) -> int:
    """Return as many judges as are asked for; by default one per core, if memory allows."""
    fit = (memory() - WRITER - gpu_libraries()) // JUDGE
    return jobs or max(1, min(cores(), fit))


def require_memory() -> None:
    """Raise SandboxError if there is too little for one judge, which would always be killed."""
    if reason := shortage():
        raise SandboxError(reason)


def shortage() -> str:
    """Return why there is too little memory for one judge; "" if it is enough, or not limited."""
    most = memory_limit()
    least = LEAST + gpu_libraries()
    if most >= least:
        return ""
    return tr(
        "{most} MiB of memory are not enough. One judge needs at least {least} MiB.",
        most=most >> 20,
        least=least >> 20,
    )


@functools.cache
def gpu_libraries() -> int:
    """Return the bytes of torch's GPU libraries, which it loads even without a GPU, if any."""
    for kind in ("cuda", "hip"):
        if Path(SITE, f"torch/lib/libtorch_{kind}.so").exists():
            return FOR_GPUS
    return 0


def cores() -> int:
    """Return how many cores this process may use, by its CPU affinity and its CPU quota."""
    available: float = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        available = len(os.sched_getaffinity(0))
    for quota, period in _limits("cpu.max"):
        if quota != "max":
            available = min(available, int(quota) / int(period))
    return max(1, round(available))


def memory() -> int:
    """Return the bytes that this process and those that it starts may use together."""
    available = memory_limit()
    for line in _lines(Path("/proc/meminfo")):
        if line.startswith("MemAvailable:"):
            available = min(available, int(line.split()[1]) << 10)
    return available


def memory_limit() -> int:
    """Return the bytes that the control groups of this process may use, UNLIMITED by default."""
    most = UNLIMITED
    for (limit,) in _limits("memory.max"):
        if limit != "max":
            most = min(most, int(limit))
    return most


def _limits(file: str) -> Iterator[list[str]]:
    """Yield the words of a file of each control group around this process (version 2).

    In a container, /proc may name a path outside of it; then it is the root.
    """
    for line in _lines(CGROUP):
        group = ROOT / line.removeprefix("0::/")
        for folder in (group, *group.parents):
            yield from map(str.split, _lines(folder / file))


def _lines(path: Path) -> list[str]:
    """Return the lines of a file of the kernel's; none if there is no such file."""
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
