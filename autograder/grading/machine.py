"""How many cores and how much memory this process may use, by cgroups(7); imports nothing slow."""

import functools
import os
from collections.abc import Iterator
from pathlib import Path

from autograder.errors import N_, SandboxError
from autograder.languages import tr
from autograder.sandbox.layers import SITE

ROOT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
UNLIMITED = 1 << 40
# Bytes of the process that starts all others and writes the results.
WRITER = 350 << 20
JUDGE = 650 << 20  # bytes of a judge with its sandbox and a typical worker
# Bytes for a run with one judge: in 640 MiB, 2 of the demo's 36 were not graded.
LEAST = 720 << 20
# Bytes more with a GPU build of torch: 1 GiB failed for 10 of 18, 1280 MiB for none.
FOR_GPUS = 560 << 20
FEW = N_(
    "{most} MiB of memory are not enough. One judge needs at least {least} MiB."
)


def judges(jobs: int = 0) -> int:
    """Return as many judges as are asked for; by default one per core, if memory allows."""
    fit = (memory() - WRITER - gpu_libraries()) // JUDGE
    return jobs or max(1, min(cores(), fit))


def require_memory() -> None:
    """Raise SandboxError if there is too little for one judge, which would always be killed."""
    if why := shortage():
        raise SandboxError(why)


def shortage() -> str:
    """Return why there is too little memory for one judge; "" if it is enough, or not limited."""
    most = min(memory_limits(), default=UNLIMITED)
    least = LEAST + gpu_libraries()
    return "" if most >= least else tr(FEW, most=most >> 20, least=least >> 20)


@functools.cache
def gpu_libraries() -> int:
    """Return the bytes of torch's GPU libraries, which it loads even without a GPU, if any."""
    for kind in ("cuda", "hip"):
        if Path(SITE, f"torch/lib/libtorch_{kind}.so").exists():
            return FOR_GPUS
    return 0


def cores() -> int:
    """Return how many cores this process may use, by its CPU affinity and its CPU quota."""
    available = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        available = len(os.sched_getaffinity(0))
    return max(1, min([available, *map(round, _quotas())]))


def memory() -> int:
    """Return the bytes that this process and those that it starts may use together."""
    limits = [UNLIMITED, *memory_limits()]
    for line in _lines(Path("/proc/meminfo")):
        if line.startswith("MemAvailable:"):
            limits.append(int(line.split()[1]) << 10)
    return min(limits)


def _quotas() -> Iterator[float]:
    """Yield the CPU quota of each control group above this process, in cores."""
    for folder in _folders("cpu"):
        # In version 1, the two numbers are in two files.
        numbers = _lines(folder / "cpu.cfs_quota_us")
        numbers += _lines(folder / "cpu.cfs_period_us")
        for line in (" ".join(numbers), *_lines(folder / "cpu.max")):
            quota, _, period = line.partition(" ")
            if quota.isdigit() and period.isdigit():  # else there is no limit
                yield int(quota) / int(period)


def memory_limits() -> Iterator[int]:
    """Yield the memory limit of each control group above this process, in bytes."""
    for folder in _folders("memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            yield from (
                int(line) for line in _lines(folder / name) if line.isdigit()
            )


def _folders(controller: str) -> Iterator[Path]:
    """Yield this process's groups and those above.

    In a container, /proc may name a path outside of it; then it is the root.
    """
    for line in _lines(OWN):
        _, names, path = line.split(":", 2)
        if names and controller not in names.split(","):
            continue
        root = ROOT / controller if names else ROOT
        group = root / path.lstrip("/")
        for folder in (group, *group.parents):
            if folder.is_relative_to(root):
                yield folder


def _lines(path: Path) -> list[str]:
    """Return the lines of a file of the kernel's; none where it is not there."""
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
