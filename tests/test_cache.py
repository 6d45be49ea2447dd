"""What is kept between runs: never needed, never stale, never half of a file."""

from __future__ import annotations

import os

import pytest

from autograder import cache, exercises
from autograder.judging import cases, gate
from autograder.settings import PUBLIC_SEED

MADE = {"a.b": b"\x00\xff" * 1000, "c": b""}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A cache folder of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert tmp_path in cache.folder().parents
    return cache.folder()


def never():
    raise AssertionError("it was made again")


def test_it_is_made_once(home):
    """Byte for byte what was made."""
    assert MADE == cache.made_once("x", lambda: MADE)
    assert MADE == cache.made_once("x", never)
    for path in (home, *home.iterdir()):
        assert 0 == path.stat().st_mode & 0o077  # nobody else's to read


def test_cases_from_the_cache_are_those_that_were_drawn():
    """The same hash, which every report holds."""
    drawn, again = (gate.cases_of("vectorization", PUBLIC_SEED) for _ in range(2))
    fresh = cases.draw("vectorization", exercises.of("vectorization"), PUBLIC_SEED)
    assert drawn.frames == again.frames == fresh.frames
    assert drawn.hash == again.hash == fresh.hash
    assert gate.cases_of("vectorization", 7).hash != drawn.hash


@pytest.mark.parametrize("change", ["versions", "sources"])
def test_another_kit_draws_anew(change, tmp_path, monkeypatch):
    """Another torch, or a changed line of ours."""
    other = tmp_path / "other.py"
    other.write_text("changed = True")
    new = {"torch": "9"} if change == "versions" else [*cache.sources(), other]
    before = cache._kit()
    monkeypatch.setattr(cache, change, lambda: new)
    assert before != cache._kit()
    cache.made_once("x", lambda: MADE)
    monkeypatch.setattr(cache, "KIT", cache._kit())
    assert {"a": b"1"} == cache.made_once("x", lambda: {"a": b"1"})


@pytest.mark.parametrize("damage", [b"", b"no zip", None])
def test_a_damaged_file_is_made_anew(home, damage):
    """Cut off, overwritten, or with one byte changed."""
    cache.made_once("x", lambda: MADE)
    (file,) = home.glob("x-*")
    data = bytearray(file.read_bytes())
    data[100] ^= 1
    file.write_bytes(bytes(data) if damage is None else damage)
    assert MADE == cache.made_once("x", lambda: MADE)
    assert MADE == cache.made_once("x", never)


PLANTED = {"a.b": b"zeros for all"}


@pytest.mark.parametrize("what", ["content", "key", "name", "link", "open file", "open folder"])
def test_what_another_may_have_planted_is_made_anew(home, what, tmp_path, monkeypatch):
    """No signature but one by this user's key counts, under the name that it was made for."""
    cache.made_once("x", lambda: MADE)
    (file,) = home.glob("x-*")
    elsewhere = tmp_path / "elsewhere"
    with monkeypatch.context() as patch:
        patch.setattr(cache, "folder", lambda: elsewhere)
        cache.made_once("y" if what == "name" else "x", lambda: PLANTED)
    (planted,) = elsewhere.glob("*.frames")
    if what == "name":
        (home / planted.name).write_bytes(file.read_bytes())
        assert PLANTED == cache.made_once("y", lambda: PLANTED)
        return
    if what == "link":
        file.unlink()
        file.symlink_to(planted)
        (home / cache.KEY).unlink()
        (home / cache.KEY).symlink_to(elsewhere / cache.KEY)
    else:
        file.write_bytes(planted.read_bytes())
    if what in ("key", "open file", "open folder"):
        (home / cache.KEY).write_bytes((elsewhere / cache.KEY).read_bytes())
        assert PLANTED == cache.made_once("x", never), "who has the key is the user"
    if what == "key":
        _give_away(home / cache.KEY, monkeypatch)
    elif what == "open file":
        file.chmod(0o666)
    elif what == "open folder":
        home.chmod(0o777)
    assert MADE == cache.made_once("x", lambda: MADE)


def _give_away(path, monkeypatch):
    """Another user's file, also where the tests may not make one."""
    fstat = os.fstat
    inode = path.stat().st_ino

    def other(fd):
        status = fstat(fd)
        found = list(status)
        found[4] += 1 if status.st_ino == inode else 0
        return os.stat_result(found)

    monkeypatch.setattr(os, "fstat", other)


def test_a_folder_that_cannot_be_written_costs_nothing(home, monkeypatch):
    """Here a file stands where the folder would; and there may be no folder at all."""
    home.write_text("")
    assert MADE == cache.made_once("x", lambda: MADE)
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(cache, "folder", lambda: None)
    assert MADE == cache.made_once("x", lambda: MADE)


def test_a_full_disk_leaves_no_half_of_a_file(home, monkeypatch):
    """It is made again next time."""

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert MADE == cache.made_once("x", lambda: MADE)
    assert [] == list(home.iterdir())  # nor a key


def test_old_files_go(home, monkeypatch):
    """The oldest first."""
    monkeypatch.setattr(cache, "FILES", 20)
    for number in range(cache.FILES + 3):
        cache.made_once(f"x{number:02}", lambda: MADE)
        (file,) = home.glob(f"x{number:02}-*")
        os.utime(file, (number, number))
    cache.made_once("last", lambda: MADE)
    names = sorted(file.name.partition("-")[0] for file in home.glob("*.frames"))
    assert ["last", *(f"x{number:02}" for number in range(4, cache.FILES + 3))] == names


def test_a_cache_in_a_closed_home_has_nothing(home, monkeypatch):
    """As where HOME still names another user's: it is passed over, and not raised."""

    def closed(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "stat", closed)
    assert not cache.has("x")
