"""How many cores and how much memory this process may use, by cgroups(7); imports nothing slow."""

import functools
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

from autograder.errors import SandboxError
from autograder.languages import N_, tr

ROOT, OWN = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
WRITER = 350 << 20  # bytes of the process that starts all others and writes the results
JUDGE = 650 << 20  # bytes of a judge with its sandbox and a typical worker
LEAST = (
    720 << 20
)  # bytes for a run with one judge: in 640 MiB, 2 of the demo's 36 were not graded
FOR_GPUS = (
    560 << 20
)  # bytes more with a GPU build of torch: 1 GiB failed for 10 of 18, 1280 MiB for none
FEW = N_("{most} MiB of memory are not enough. One judge needs at least {least} MiB.")


def judges(jobs: int = 0) -> int:
    """Return as many judges as are asked for; by default one per core, if memory allows."""
    fit = (memory() - WRITER - gpu_libraries()) // JUDGE
    return jobs or max(1, min(cores(), fit))


def require_memory() -> None:
    """Raise SandboxError if there is too little for one judge: it would be killed again and
    again.
    """
    if why := shortage():
        raise SandboxError(why)


def shortage() -> str:
    """Return why there is too little memory for one judge; "" if it is enough, or not limited."""
    most, least = min(memory_limits(), default=1 << 40), LEAST + gpu_libraries()
    return "" if most >= least else tr(FEW, most=most >> 20, least=least >> 20)


@functools.cache
def gpu_libraries() -> int:
    """Return the bytes of torch's GPU libraries, which it loads even without a GPU; 0 for a
    CPU build.
    """
    found = importlib.util.find_spec("torch")
    folder = (
        Path(found.origin).parent / "lib"
        if found is not None and found.origin
        else Path("nowhere")
    )
    return (
        FOR_GPUS
        if any((folder / f"libtorch_{kind}.so").exists() for kind in ("cuda", "hip"))
        else 0
    )


def cores() -> int:
    """Return how many cores this process may use, by its CPU affinity and its CPU quota."""
    may = (
        len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 1
    )
    return max(1, min([may, *map(round, _shares())]))


def memory() -> int:
    """Return the bytes that this process and those that it starts may use together."""
    lines = map(str.split, _lines(Path("/proc/meminfo")))
    free = [int(line[1]) << 10 for line in lines if line[:1] == ["MemAvailable:"]]
    return min([*memory_limits(), *free], default=1 << 40)


def _shares() -> Iterator[float]:
    """Yield the CPU quota of each control group above this process, in cores."""
    for folder in _folders("cpu"):
        both = _lines(folder / "cpu.cfs_quota_us") + _lines(
            folder / "cpu.cfs_period_us"
        )
        for words in (both, *map(str.split, _lines(folder / "cpu.max"))):
            if len(words) == 2 and all(
                map(str.isdigit, words)
            ):  # else there is no limit
                yield int(words[0]) / int(words[1])


def memory_limits() -> Iterator[int]:
    """Yield the memory limit of each control group above this process, in bytes."""
    for folder in _folders("memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            yield from (int(line) for line in _lines(folder / name) if line.isdigit())


def _folders(controller: str) -> Iterator[Path]:
    """Yield this process's groups and those above; the root if /proc names a path outside of a
    container.
    """
    for line in _lines(OWN):
        _, names, path = line.split(":", 2)
        if names and controller not in names.split(","):
            continue
        root = ROOT / controller if names else ROOT
        inside = root / path.lstrip("/")
        yield from (
            folder
            for folder in (inside, *inside.parents)
            if folder.is_relative_to(root)
        )


def _lines(path: Path) -> list[str]:
    """Return the lines of a file of the kernel's; none where it is not there."""
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
