"""Folders for what nobody needs later: none is left, whoever dies, and none of a living process is taken."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from autograder.sandbox.scratch import Scratch

OWNER = (
    "from autograder.sandbox import scratch; one = scratch.Scratch(); print(one.path, flush=True); input()"
)


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """Where temporary files lie."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def owner(place):
    """Another process with such a folder; and the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(place)},
    )
    yield process, Path(process.stdout.readline().strip())
    process.kill()
    process.communicate()


def test_what_a_killed_process_left_the_next_one_sweeps(place, owner):
    """While it lives nobody does."""
    process, folder = owner
    (folder / "inner").mkdir()
    with Scratch():
        assert folder.is_dir()
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert folder.is_dir()
    with Scratch() as own:
        assert [os.path.basename(own.path)] == os.listdir(place)
    assert [] == os.listdir(place)


def test_a_process_that_ends_leaves_none(place, owner):
    """Though it closed nothing."""
    process, folder = owner
    process.communicate("\n")
    assert not folder.exists()


def test_what_others_put_there_stays(place):
    """Files, links, and folders, whatever their names: a person's results may lie there."""
    (place / "autograder-notes.txt").touch()
    (place / "autograder-homework").mkdir()
    (place / "other").mkdir()
    (place / "autograder-link").symlink_to(place / "other")
    Scratch().close()
    assert ["autograder-homework", "autograder-link", "autograder-notes.txt", "other"] == sorted(
        os.listdir(place)
    )
