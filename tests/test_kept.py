"""What is kept between runs: never needed, never stale, never half of a file."""

from __future__ import annotations

import os

import pytest

from autograder import gate, kept
from autograder.judge import draw_exam

MADE = {"a.b": b"\x00\xff" * 1000, "c": b""}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A cache folder of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "linreg-autograder"


def never():
    raise AssertionError("it was made again")


def test_it_is_made_once(home):
    """Byte for byte what was made."""
    assert MADE == kept.kept("x", lambda: MADE)
    assert MADE == kept.kept("x", never)
    (file,) = home.iterdir()
    assert 0 == file.stat().st_mode & 0o077  # nobody else's to read


def test_an_exam_from_the_cache_is_the_one_that_was_drawn():
    """The same hash, which every report holds."""
    drawn, again = gate.exam_of("vectorization"), gate.exam_of("vectorization")
    fresh = draw_exam("vectorization", gate.exercises.of("vectorization"), gate.SEED)
    assert drawn.frames == again.frames == fresh.frames
    assert gate.exam_of("vectorization", 7).hash != drawn.hash


@pytest.mark.parametrize("change", ["versions", "sources"])
def test_another_kit_draws_anew(change, tmp_path, monkeypatch):
    """Another torch, or a changed line of ours."""
    other = tmp_path / "other.py"
    other.write_text("changed = True")
    new = {"torch": "9"} if change == "versions" else [*kept.sources(), other]
    before = kept._kit()
    monkeypatch.setattr(kept, change, lambda: new)
    assert before != kept._kit()
    kept.kept("x", lambda: MADE)
    monkeypatch.setattr(kept, "KIT", kept._kit())
    assert {"a": b"1"} == kept.kept("x", lambda: {"a": b"1"})


@pytest.mark.parametrize("damage", [b"", b"no zip", None])
def test_a_damaged_file_is_made_anew(home, damage):
    """Cut off, overwritten, or with one byte changed."""
    kept.kept("x", lambda: MADE)
    (file,) = home.iterdir()
    data = bytearray(file.read_bytes())
    data[100] ^= 1
    file.write_bytes(bytes(data) if damage is None else damage)
    assert MADE == kept.kept("x", lambda: MADE)
    assert MADE == kept.kept("x", never)


def test_a_folder_that_cannot_be_written_costs_nothing(tmp_path, monkeypatch):
    """Here a file stands where the folder would."""
    (tmp_path / "linreg-autograder").write_text("")
    assert MADE == kept.kept("x", lambda: MADE)
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(kept, "folder", lambda: None)
    assert MADE == kept.kept("x", lambda: MADE)


def test_a_full_disk_leaves_no_half_of_a_file(home, monkeypatch):
    """It is made again next time."""

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert MADE == kept.kept("x", lambda: MADE)
    assert [] == list(home.iterdir())


def test_old_files_go(home, monkeypatch):
    """The oldest first."""
    monkeypatch.setattr(kept, "FILES", 20)
    for number in range(kept.FILES + 3):
        kept.kept(f"x{number:02}", lambda: MADE)
        (file,) = home.glob(f"x{number:02}-*")
        os.utime(file, (number, number))
    kept.kept("last", lambda: MADE)
    names = sorted(file.name.partition("-")[0] for file in home.iterdir())
    assert ["last", *(f"x{number:02}" for number in range(4, kept.FILES + 3))] == names
