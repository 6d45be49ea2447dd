"""A .zip is unpacked so that nothing in it does harm, and so that its damage costs one student
alone.
"""

import stat
import struct
import zipfile

import pytest
from file_helpers import packed, write_files
from platforms import LOGIN, NAME, written

from autograder.errors import KitError
from autograder.intake import archives, collector
from autograder.intake.search import Search

GOOD = {f"ana/{NAME}.ipynb": written()}


def found(path):
    """Whose submission is what."""
    unpacked = archives.unpack_all([path], path.parent / "into")
    collection = collector.Submissions(Search(NAME, unpacked))
    return {one.id: one for one in collection.files}


def asked(path):
    """Why a person must look, of those of whom they must; ana is graded whatever the others did."""
    them = found(path)
    assert str(them.pop("ana").open().problem) == ""
    assert all(one.needs_review for one in them.values())
    return {id: str(one.problem) for id, one in them.items()}


def member(name, mode):
    """A member with a mode of Unix."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def test_a_link_in_a_zip_is_not_made(tmp_path):
    """Nor a device; each of these students is asked."""
    path = packed(tmp_path / "c.zip", GOOD)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(
            member(f"bo/{NAME}.ipynb", stat.S_IFLNK | 0o777),
            f"../ana/{NAME}.ipynb",
        )
        archive.writestr(member("cy", stat.S_IFLNK | 0o777), "ana")
        archive.writestr(member(f"dee/{NAME}.py", stat.S_IFIFO | 0o666), "")
    words = "is a link, a folder or a device. Submit the file itself."
    assert asked(path) == {
        "bo": f"{NAME}.ipynb {words}",
        "cy": f"cy {words}",
        "dee": f"{NAME}.py {words}",
    }
    assert [
        p for p in tmp_path.rglob("*") if p.is_symlink() or p.is_fifo()
    ] == []


@pytest.mark.parametrize(
    "name", ["../../evil.py", "/tmp/evil.py", "..\\..\\evil.py", "C:\\evil.py"]
)
def test_no_path_leads_out_of_a_zip(tmp_path, name):
    """Such a file is named, and is nowhere."""
    path = packed(tmp_path / "c.zip", GOOD | {name: "x = 1"})
    unpacked = archives.unpack_all([path], tmp_path / "into")
    words = "Its path leads outside the zip, or is too long."
    left_out = {name: str(why) for name, why in unpacked.left_out.items()}
    assert left_out == {name.replace("\\", "/"): words}
    assert list(tmp_path.rglob("evil.py")) == []
    assert asked(path) == {}


@pytest.mark.parametrize(
    ("bound", "words"),
    [
        ("MAX_MEMBERS", "files and 0 MB. The limit is"),
        ("MAX_TOTAL", "MB. The limit is"),
    ],
)
def test_too_much_is_refused_before_it_is_unpacked(
    tmp_path, monkeypatch, bound, words
):
    """In one sentence."""
    monkeypatch.setattr(archives, bound, 1)
    path = packed(tmp_path / "c.zip", GOOD | {f"bo/{NAME}.ipynb": written()})
    with pytest.raises(KitError, match=words):
        archives.unpack_all([path], tmp_path / "into")
    assert not (tmp_path / "into").exists()


def twice(path, data):
    """Nobody knows which of them was meant."""
    with (
        zipfile.ZipFile(path, "a") as archive,
        pytest.warns(UserWarning, match="Duplicate"),
    ):
        archive.writestr(f"bo/{NAME}.ipynb", LOGIN)
    return path.read_bytes()


def encrypted(path, data):
    """There is no password to ask for."""
    name = f"bo/{NAME}.ipynb".encode()
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.rfind(
            mark,
            0,
            data.find(name) if mark == b"PK\x03\x04" else data.rfind(name),
        )
        data[at + offset] |= 1
    return data


def damaged(path, data):
    """As after a broken download."""
    data[data.find(f"bo/{NAME}.ipynb".encode()) + 200] ^= 0xFF
    return data


def lying(path, data):
    """The directory of a zip says what size it likes; no more than it says is read."""
    at = data.rfind(b"PK\x01\x02", 0, data.rfind(f"bo/{NAME}.ipynb".encode()))
    struct.pack_into("<I", data, at + 24, 100)
    return data


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (twice, "is in the zip more than once. Submit it once."),
        (encrypted, "is damaged or encrypted in the zip. Submit it again"),
        (damaged, "is damaged or encrypted in the zip. Submit it again"),
        (lying, "is damaged or encrypted in the zip. Submit it again"),
    ],
)
def test_a_file_that_is_not_whole_needs_review(tmp_path, change, words):
    """And the file alone."""
    path = packed(tmp_path / "c.zip", GOOD | {f"bo/{NAME}.ipynb": written()})
    path.write_bytes(change(path, bytearray(path.read_bytes())))
    assert asked(path)["bo"].startswith(f"{NAME}.ipynb {words}")


@pytest.mark.parametrize(
    "as_zip", [False, True], ids=["in a folder", "in a zip"]
)
def test_what_a_student_packed_is_unpacked(tmp_path, as_zip):
    """What is broken, or too much, costs that student alone; nothing is unpacked twice."""

    def zipped(files):
        return packed(tmp_path / "work.zip", files).read_bytes()

    name = f"{NAME}.ipynb"
    work = zipped({f"hw/{name}": written(), "hw/notes.txt": "x"})
    huge = bytearray(work)  # it says that it holds all that may be unpacked
    struct.pack_into("<I", huge, huge.find(b"PK\x01\x02") + 24, 0xFFFFFFFE)
    odd = {  # student -> a zip, and why it needs review
        "cy": (
            work[:50],
            "work.zip is not a complete zip file. Download it again.",
        ),
        "dee": (zipped({"work.zip": work}), "Expected "),
        "away": (zipped({f"/{name}": written()}), "Expected "),
        "deep": (zipped({f"a/b/c/d/e/f/g/h/{name}": written()}), "Expected "),
        "empty": (zipped({}), "Expected "),
        "abe": (bytes(huge), "The file has 4095 MB"),
        "fay": (
            zipped({f"{n}.txt": "" for n in range(2001)}),
            "work.zip has 2,001 files and 0 MB. The limit is 2,000 and 200 MB. Split it.",
        ),
    }
    files = {**GOOD, "bo/work.zip": work, "eve.zip": work}
    files |= {f"{id}/work.zip": data for id, (data, _) in odd.items()}
    path = (
        packed(tmp_path / "c.zip", files)
        if as_zip
        else write_files(tmp_path / "c", files)
    )
    them = found(path)
    assert {them[id].open().text for id in ("ana", "bo", "eve")} == {written()}
    for id, (_, words) in odd.items():
        assert str(them[id].problem).startswith(words), id


def test_bombs_take_no_room_from_the_others(tmp_path, monkeypatch):
    """What all students packed is bounded in sum, and the small ones come first."""
    monkeypatch.setattr(archives, "MAX_TOTAL", 3 << 20)
    work = packed(tmp_path / "w.zip", {f"{NAME}.ipynb": written()}).read_bytes()
    large = {f"{n}.py": b" " * (1 << 20) for n in range(2)}
    bomb = packed(tmp_path / "b.zip", large).read_bytes()
    files = {f"{id}/work.zip": work for id in "xyz"}
    files |= {f"mal{n}/work.zip": bomb for n in range(3)}
    them = found(write_files(tmp_path / "c", files))
    assert {"x", "y", "z"} <= {
        id for id, one in them.items() if not str(one.problem)
    }
    unpacked = [file.stat() for file in (tmp_path / "into").rglob("*.*")]
    assert sum(file.st_size for file in unpacked) < 3 << 20
