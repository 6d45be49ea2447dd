"""How many judges a machine has room for: a container's share of time and memory count."""

from pathlib import Path

import pytest

from autograder.grading import machine

GIB = 1 << 30
# As the kernel shows the groups of a process, and their files: by version 1 and 2, and inside a container.
PLACES = {
    "version 1": (
        "5:memory:/a/b\n4:cpu,cpuacct:/a/b\n",
        {
            "cpu/a/cpu.cfs_quota_us": "150000",
            "cpu/a/cpu.cfs_period_us": "100000",
            "cpu/a/b/cpu.cfs_quota_us": "-1",
            "memory/a/b/memory.limit_in_bytes": str(GIB),
        },
    ),
    "version 2": (
        "0::/a/b\n",
        {"a/b/cpu.max": "150000 100000", "a/memory.max": str(GIB), "a/b/memory.max": "max"},
    ),
    "a container": ("0::/far/away\n", {"cpu.max": "150000 100000", "memory.max": str(GIB)}),
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Makes the files of control groups, on a machine of eight cores."""

    def make(groups: str, files: dict[str, str]):
        for name, text in files.items():
            (path := tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{text}\n")
        (tmp_path / "own").write_text(groups)
        monkeypatch.setattr(machine, "ROOT", tmp_path / "root")
        monkeypatch.setattr(machine, "OWN", Path(tmp_path / "own"))
        monkeypatch.setattr("os.sched_getaffinity", lambda pid: {*range(8)})

    return make


@pytest.mark.parametrize("name", PLACES)
def test_a_share_of_time_and_a_limit_of_memory_count(place, monkeypatch, name):
    """Of the own group and of all above it; 1.5 cores are two, and 1 GiB is one judge."""
    place(*PLACES[name])
    assert (2, GIB, 1) == (machine.cores(), machine.memory(), machine.judges())
    monkeypatch.setattr(machine, "memory", lambda: 64 * GIB)
    assert (2, 3) == (machine.judges(), machine.judges(3))  # whoever says how many has so many


@pytest.mark.parametrize(
    ("mib", "for_gpus", "words"),
    [
        ("max", True, ""),
        (720, False, ""),
        (719, False, "719 MiB of memory are not enough. One judge needs at least 720 MiB"),
        (1279, True, "One judge needs at least 1280 MiB with a GPU build of torch"),
    ],
)
def test_too_little_memory_is_told_before_anything_starts(place, monkeypatch, mib, for_gpus, words):
    """By doctor as by grading: judges would be killed again and again, and their students need a person."""
    place("0::/\n", {"memory.max": mib if mib == "max" else str(mib << 20)})
    monkeypatch.setattr(machine, "_libraries", lambda: machine.FOR_GPUS * for_gpus)
    assert words in machine.shortage()
    assert bool(words) == bool(machine.shortage())
