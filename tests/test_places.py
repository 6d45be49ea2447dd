"""Where courses run: each place is made here, by bubblewrap, limits or signals, and graded in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_helpers import COMMAND, RIGHT, submissions_of

from autograder.sandbox.walls import bwrap_works

SLOW = RIGHT.replace("    return", "    __import__('time').sleep(0.002)\n    return")
needs_bwrap = pytest.mark.skipif(not bwrap_works(), reason="the place is made by bubblewrap")


def a_class(folder: Path, count: int = 1, text: str = RIGHT) -> Path:
    """A folder of so many submissions that differ."""
    folder.mkdir()
    for i in range(count):
        (folder / f"s{i}.py").write_text(f"{text}# {i}\n", encoding="utf-8")
    return folder


@needs_bwrap
@pytest.mark.parametrize(
    "dev",
    [["--dev", "/dev", "--remount-ro", "/dev"], ["--tmpfs", "/dev"]],
    ids=["a read-only /dev/shm", "no /dev/shm"],
)
def test_a_read_only_disk_with_a_tmp_is_enough(tmp_path, dev):
    """Judges share nothing that lies in /dev/shm, and keep nothing but in /tmp."""
    folder, out = a_class(tmp_path / "class", 2), tmp_path / "out"
    out.mkdir()
    place = ["bwrap", "--ro-bind", "/", "/", *dev, "--proc", "/proc"]
    for name in ("null", "zero", "urandom") if "--tmpfs" in dev else ():
        place += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    place += ["--tmpfs", "/tmp", "--ro-bind", folder, folder, "--bind", out, out, "--chdir", "/"]
    for path in {*sys.path, sys.prefix, os.getcwd()}:
        if path.startswith("/tmp/") and os.path.exists(
            path
        ):  # a checkout, or an environment, that lies there
            place += ["--ro-bind", path, path]
    words = ["grade", folder, "--assignment", "vectorization", "--out", out, "--jobs", "2"]
    environment = {**os.environ, "TMPDIR": "/tmp"}
    done = subprocess.run(
        [*map(str, place), "--", *COMMAND, *map(str, words)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (0, "") == (done.returncode, done.stderr)
    assert {"s0": 5, "s1": 5} == {id: one["score"] for id, one in submissions_of(out).items()}


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A run as the first process of a container, which hears SIGTERM only if it wants to, told to end."""
    if subprocess.run(["unshare", "--map-root-user", "--pid", "--fork", "true"], check=False).returncode:
        pytest.skip("namespaces may not be made here")
    place = tmp_path_factory.mktemp("stopped")
    folder, out = a_class(place / "class", 30, SLOW), place / "out"
    words = ["grade", folder, "--assignment", "vectorization", "--out", out, "--jobs", "1"]
    process = subprocess.Popen(
        ["unshare", "--map-root-user", "--pid", "--fork", "--mount-proc", *COMMAND, *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    journal, end = out / "reports.jsonl", time.monotonic() + 120
    while time.monotonic() < end and not (journal.exists() and journal.read_bytes().count(b"\n") >= 2):
        time.sleep(0.05)
    (first,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    told = time.monotonic()
    os.kill(int(first), signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors, time.monotonic() - told, out


def test_a_container_that_is_stopped_writes_what_it_has(stopped):
    """With the exit code that tells a signal, in one line, before the ten seconds that Docker gives."""
    code, errors, seconds, out = stopped
    assert (
        143,
        "autograder: stopped; what was graded is kept, and the same command goes on from there\n",
    ) == (
        code,
        errors,
    )
    assert seconds < 10
    assert 2 <= len(submissions_of(out)) < 30
