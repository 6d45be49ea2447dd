"""A .zip is unpacked so that nothing in it does harm, and so that its damage costs one student
alone.
"""

import stat
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from platforms import LOGIN, NAME, packed, tree, written

from autograder import languages
from autograder.intake import archives, collector
from autograder.intake.places import WrongPath
from autograder.intake.search import Search
from autograder.intake.submission import SubmittedFile

GOOD = {f"ana/{NAME}.ipynb": written()}


def found(path: Path) -> dict[str, SubmittedFile]:
    """Whose submission is what."""
    unpacked = archives.unpack_all([path], path.parent / "into")
    collection = collector.collect(Search(NAME, unpacked))
    return {one.id: one for one in collection.files}


def asked(path: Path) -> dict[str, str]:
    """Why a person must look, of those of whom they must; ana is graded whatever the others did."""
    them = found(path)
    assert "" == str(them.pop("ana").open().problem)
    assert all(one.needs_review for one in them.values())
    return {id: languages.tr(one.problem) for id, one in them.items()}


def member(name: str, mode: int) -> zipfile.ZipInfo:
    """A member with a mode of Unix."""
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


def test_a_link_in_a_zip_is_not_made(tmp_path):
    """Nor a device; each of these students is asked."""
    path = packed(tmp_path / "c.zip", GOOD)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(
            member(f"bo/{NAME}.ipynb", stat.S_IFLNK | 0o777), f"../ana/{NAME}.ipynb"
        )
        archive.writestr(member("cy", stat.S_IFLNK | 0o777), "ana")
        archive.writestr(member(f"dee/{NAME}.py", stat.S_IFIFO | 0o666), "")
    words = "is a link, a folder or a device. Submit the file itself."
    assert {
        "bo": f"{NAME}.ipynb {words}",
        "cy": f"cy {words}",
        "dee": f"{NAME}.py {words}",
    } == asked(path)
    assert [] == [p for p in tmp_path.rglob("*") if p.is_symlink() or p.is_fifo()]


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.py",
        "/tmp/evil.py",
        "ana/../../../evil.py",
        "..\\..\\evil.py",
        "C:\\evil.py",
    ],
)
def test_no_path_leads_out_of_a_zip(tmp_path, name):
    """Such a file is told, and lies nowhere."""
    path = packed(tmp_path / "c.zip", GOOD | {name: "x = 1"})
    shown, words = (
        name.replace("\\", "/"),
        "Its path leads outside the zip, or is too long.",
    )
    for language in ("en", "zh", "en"):
        with languages.in_language(language):
            unpacked = archives.unpack_all([path], tmp_path / "into")
            assert {shown: languages.tr(words)} == {
                name: languages.tr(why) for name, why in unpacked.left_out.items()
            }
    assert [] == list(tmp_path.rglob("evil.py"))
    assert {} == asked(path)


@pytest.mark.slow
def test_a_bomb_is_not_unpacked(tmp_path):
    """Sizes are looked at before; what is no program is never unpacked, whatever it holds."""
    zeros = b"0" * (300 << 20)
    path = packed(
        tmp_path / "c.zip", GOOD | {f"bo/{NAME}.ipynb": zeros, f"ana/{NAME}.dat": zeros}
    )
    words = "The file has 300 MB, and the limit is 20 MB. Clear its outputs first."
    assert {"bo": words} == asked(path)
    assert 1 << 20 > sum(
        p.stat().st_size for p in (tmp_path / "into").rglob("*") if p.is_file()
    )


@pytest.mark.parametrize(
    ("bound", "words"),
    [
        ("MAX_MEMBERS", "files and 0 MB. The limit is"),
        ("MAX_TOTAL", "MB. The limit is"),
    ],
)
def test_too_much_is_refused_before_it_is_unpacked(tmp_path, monkeypatch, bound, words):
    """In one sentence."""
    monkeypatch.setattr(archives, bound, 1)
    path = packed(tmp_path / "c.zip", GOOD | {f"bo/{NAME}.ipynb": written()})
    with pytest.raises(WrongPath, match=words):
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
            mark, 0, data.find(name) if mark == b"PK\x03\x04" else data.rfind(name)
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
        (
            encrypted,
            "is damaged or encrypted in the zip. Submit it again, without a password.",
        ),
        (
            damaged,
            "is damaged or encrypted in the zip. Submit it again, without a password.",
        ),
        (
            lying,
            "is damaged or encrypted in the zip. Submit it again, without a password.",
        ),
    ],
)
def test_a_file_that_is_not_whole_needs_review_each_time(tmp_path, change, words):
    """A later run finds the same, although it unpacks nothing, and says so in its own language."""
    path = packed(tmp_path / "c.zip", GOOD | {f"bo/{NAME}.ipynb": written()})
    path.write_bytes(change(path, bytearray(path.read_bytes())))
    for language in ("zh", "en"):
        with languages.in_language(language):
            said = languages.tr("{name} " + words, name=f"{NAME}.ipynb")
            assert {"bo": said} == asked(path)


def test_no_more_is_unpacked_than_a_zip_says(tmp_path):
    """Of 60 MB that say they are 100 bytes, none is in memory at any time."""
    path = packed(tmp_path / "c.zip", {f"bo/{NAME}.ipynb": "x" * (60 << 20)})
    path.write_bytes(lying(path, bytearray(path.read_bytes())))
    tracemalloc.start()
    try:
        archives.unpack_all([path], tmp_path / "into")
        assert tracemalloc.get_traced_memory()[1] < 10 << 20
    finally:
        tracemalloc.stop()


def test_what_is_unpacked_appears_whole_and_is_used_again(tmp_path, monkeypatch):
    """The same .zip lies in the same place; what a stopped run left is unpacked again."""
    path = packed(tmp_path / "c.zip", GOOD)

    def killed(archive, info):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(zipfile.ZipFile, "open", killed)
        with pytest.raises(KeyboardInterrupt):
            archives.unpack_all([path], tmp_path / "into")
    assert [""] == [path.read_text() for path in tmp_path.rglob("*.ipynb")]
    first, second = (
        archives.unpack_all([path], tmp_path / "into").paths for _ in range(2)
    )
    assert first == second
    assert [*GOOD.values()] == [path.read_text() for path in first[0].rglob("*.*")]
    path.unlink()
    packed(path, GOOD | {"bo.py": "x = 1\n"})
    assert first != archives.unpack_all([path], tmp_path / "into").paths


@pytest.mark.parametrize("as_zip", [False, True], ids=["in a folder", "in a zip"])
def test_what_a_student_packed_is_unpacked(tmp_path, as_zip):
    """By the same rules: what is broken, or too much, costs that student alone; nothing is
    unpacked twice.
    """
    work = packed(
        tmp_path / "work.zip", {f"hw/{NAME}.ipynb": written(), "hw/notes.txt": "x"}
    ).read_bytes()
    twice = packed(tmp_path / "twice.zip", {"work.zip": work}).read_bytes()
    many = packed(
        tmp_path / "many.zip", {f"{n}.txt": "" for n in range(2001)}
    ).read_bytes()
    files = {
        "bo/work.zip": work,
        "cy/work.zip": work[:50],
        "dee/all.zip": twice,
        "eve.zip": work,
    }
    far = "/".join("abcdefgh")
    lost = {
        "away": f"/{NAME}.ipynb",
        "deep": f"{far}/{NAME}.ipynb",
        "odd": f"__MACOSX/{NAME}.ipynb",
    }
    lost = {
        id: packed(tmp_path / "lost.zip", {name: written()}).read_bytes()
        for id, name in lost.items()
    }
    lost["empty"] = packed(tmp_path / "empty.zip", {}).read_bytes()
    huge = bytearray(work)  # it says that it holds all that may be unpacked
    struct.pack_into("<I", huge, huge.find(b"PK\x01\x02") + 24, 0xFFFFFFFE)
    files |= {"abe/huge.zip": bytes(huge), "fay/many.zip": many, **GOOD}
    files |= {f"{id}/lost.zip": data for id, data in lost.items()}
    path = packed(tmp_path / "c.zip", files) if as_zip else tree(tmp_path / "c", files)

    them = found(path)
    assert dict.fromkeys(("ana", "bo", "eve"), "") == {
        id: str(one.open().problem) for id, one in them.items() if not one.needs_review
    }
    assert {written()} == {them[id].open().text for id in ("ana", "bo", "eve")}
    assert "work.zip is not a complete zip file. Download it again." == str(
        them["cy"].problem
    )
    assert "got work.zip." in str(them["dee"].problem)
    assert all("got lost.zip." in str(them[id].problem) for id in lost)
    assert "The file has 4095 MB" in str(them["abe"].problem)
    assert (
        "many.zip has 2,001 files and 0 MB. The limit is 2,000 and 200 MB. Split it."
        == str(them["fay"].problem)
    )


def test_bombs_take_no_room_from_the_others(tmp_path, monkeypatch):
    """What all students packed is bounded in sum, and the small ones come first."""
    monkeypatch.setattr(archives, "MAX_TOTAL", 3 << 20)
    files = {
        f"{id}/work.zip": packed(
            tmp_path / "w.zip", {f"{NAME}.ipynb": written()}
        ).read_bytes()
        for id in "xyz"
    }
    bomb = packed(
        tmp_path / "b.zip", {f"{n}.py": b" " * (1 << 20) for n in range(2)}
    ).read_bytes()
    path = tree(tmp_path / "c", files | {f"mal{n}/work.zip": bomb for n in range(3)})
    found(path)
    size = sum(
        file.stat().st_size for file in (tmp_path / "into").rglob("*") if file.is_file()
    )
    assert size < 3 << 20
    assert {"x", "y", "z"} <= {
        id for id, one in found(path).items() if not str(one.problem)
    }


def test_what_was_unpacked_goes_with_its_submission(tmp_path):
    """Once a .zip is another, or gone."""
    work = packed(tmp_path / "w.zip", {f"{NAME}.ipynb": written()}).read_bytes()
    folder = tree(tmp_path / "c", {"ana/a.zip": work, "bo/b.zip": work})
    archives.unpack_all([folder], tmp_path / "into")
    (folder / "bo" / "b.zip").unlink()
    unpacked = archives.unpack_all([folder], tmp_path / "into")
    archives.remove_others(tmp_path / "into", unpacked)
    assert [into.parent for into in unpacked.inside.values()] == [
        *(tmp_path / "into").iterdir()
    ]


def test_advice_about_a_zip_names_the_zip(tmp_path):
    """Nobody knows the folder where it was unpacked."""
    path = packed(
        tmp_path / "c.zip",
        {f"s1/ana/{NAME}.ipynb": written(), f"s2/bo/{NAME}.ipynb": written()},
    )
    with pytest.raises(WrongPath, match=f"No folder in {tmp_path}/c.zip holds a file"):
        found(path)
