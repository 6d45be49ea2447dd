"""The cache between runs, never needed, never stale; and changes to other people's code."""

import os

import pytest

from autograder import cache, courses

NAME = courses.names()[-1]  # the smaller one
MADE = {"a.b": b"\x00\xff" * 1000, "c": b""}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A cache folder of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert tmp_path in cache.folder().parents
    return cache.folder()


def never():
    raise AssertionError("it was made again")


def test_it_is_made_once(home):
    """Byte for byte what was made, in a folder that nobody else can read."""
    assert cache.get_or_create("x", lambda: MADE) == MADE
    assert cache.get_or_create("x", never) == MADE
    assert home.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("change", ["versions", "a changed line"])
def test_another_kit_has_other_content(change, home, tmp_path, monkeypatch):
    """Another torch, or a changed line of ours, a hidden exercise's among them."""
    sources = cache.sources()
    before = cache._kit()
    hidden = courses.folder("exercises")
    assert any(path.is_relative_to(hidden) for path in sources)
    other = tmp_path / sources[-1].name
    other.write_bytes(sources[-1].read_bytes() + b"#")
    if change == "versions":
        monkeypatch.setattr(cache, "versions", lambda: {"torch": "9"})
    else:
        monkeypatch.setattr(cache, "sources", lambda: [*sources[:-1], other])
    assert before != cache._kit()


@pytest.mark.parametrize("damage", [b"", None])
def test_a_damaged_file_is_made_anew(home, damage):
    """Cut off, overwritten, or with one byte changed."""
    cache.get_or_create("x", lambda: MADE)
    (file,) = home.glob("x-*")
    data = bytearray(file.read_bytes())
    data[100] ^= 1
    file.write_bytes(bytes(data) if damage is None else damage)
    assert cache.get_or_create("x", lambda: MADE) == MADE
    assert cache.get_or_create("x", never) == MADE


@pytest.mark.parametrize("what", ["another's folder", "open folder"])
def test_what_another_user_may_have_written_is_made_anew(home, what):
    """Where the owner or the mode of the folder is another."""
    if what == "another's folder" and os.geteuid():
        pytest.skip("only root gives a folder away")
    cache.get_or_create("x", lambda: {"a.b": b"zeros for all"})
    if what == "open folder":
        home.chmod(0o777)
    else:
        os.chown(home, 65534, -1)

    assert cache.get_or_create("x", lambda: MADE) == MADE


def test_what_was_made_long_ago_goes(home):
    """Seeds and versions of the kit change, and each has its own files."""
    cache.get_or_create("x", lambda: MADE)
    (old,) = home.iterdir()
    os.utime(old, (0, 0))
    cache.get_or_create("y", lambda: MADE)
    (new,) = home.iterdir()
    assert new.name.startswith("y-")


def test_a_folder_that_cannot_be_written_costs_nothing(home, monkeypatch):
    """Here a file takes its place; and there may be no folder at all."""
    home.write_text("")
    assert cache.get_or_create("x", lambda: MADE) == MADE
    monkeypatch.setattr(cache, "folder", lambda: None)
    assert cache.get_or_create("x", lambda: MADE) == MADE


def test_a_full_disk_leaves_no_half_of_a_file(home, monkeypatch):
    """It is made again next time."""

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert cache.get_or_create("x", lambda: MADE) == MADE
    assert list(home.iterdir()) == []
