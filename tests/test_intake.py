"""Intake: the text of any file that students hand in, or a sentence that says why there is none."""

from __future__ import annotations

import codecs
import os

import pytest

from autograder.intake.submission import (
    MAX_FILE,
    Submission,
    SubmittedFile,
    Unreadable,
    open_submission,
    text_of,
)


def written(tmp_path, data: bytes, name="f.py"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


PROGRAM = "# 学习 λ\r\nf = 'é'\n"


ENCODED = {
    "utf-8 with a mark": (codecs.BOM_UTF8 + PROGRAM.encode(), PROGRAM),
    "utf-16 be": (codecs.BOM_UTF16_BE + PROGRAM.encode("utf-16-be"), PROGRAM),
    "utf-16, cut off in a letter": (codecs.BOM_UTF16_LE + "f".encode("utf-16-le") + b"\x01", "f\ufffd"),
    "gb18030": (PROGRAM.encode("gb18030"), PROGRAM),
    "none": (b"f = 1  # \xff\x80\xff\n", "f = 1  # \xff\x80\xff\n"),
    "gbk, by its cookie": ("# coding: gbk\nf = '学习率'\n".encode("gbk"), "# coding: gbk\nf = '学习率'\n"),
    "latin, by its cookie": (b"# coding: latin-1\nf = '\xc4\xa3'\n", "# coding: latin-1\nf = 'Ä£'\n"),
    "a cookie that lies": ("# coding: ascii\nf = '学'\n".encode(), "# coding: ascii\nf = '学'\n"),
    "a cookie that takes its time": (b"# coding: punycode\nf = 1\n", "# coding: punycode\nf = 1\n"),
}


@pytest.mark.parametrize("name", ENCODED)
def test_text_is_read_in_the_encodings_that_students_use(tmp_path, name):
    """Marks are no part of the text; a stray byte costs a letter of a comment at most."""
    data, expected = ENCODED[name]
    assert expected == text_of(written(tmp_path, data))


def unreadable(path) -> str:
    with pytest.raises(Unreadable) as caught:
        text_of(path)
    return str(caught.value)


def test_what_is_no_text_is_told_apart(tmp_path):
    """One sentence for each, which says what to do."""
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "link.py").symlink_to(written(tmp_path, b"f = 1", "real.py"))
    os.mkfifo(tmp_path / "pipe.py")
    large = written(tmp_path, b"", "large.py")
    os.truncate(large, 50 << 20)
    link = "is a link or a device. Submit the file itself."
    long = "x" * 300 + ".py"
    for name, words in {
        "folder.py": "folder.py is a folder. Submit the file itself.",
        "link.py": f"link.py {link}",
        "pipe.py": f"pipe.py {link}",
        "none.py": "No file none.py.",
        "real.py/in.py": "Cannot read in.py (Not a directory). Make it readable, or correct it.",
        long: f"Cannot read {long} (File name too long). Make it readable, or correct it.",
        "large.py": "The file has 50 MB, and the limit is 20 MB. Clear its outputs first.",
    }.items():
        assert words == unreadable(tmp_path / name)
    os.truncate(large, MAX_FILE)
    no_text = "The file is not text. Submit a notebook (.ipynb) or a Python file (.py)."
    assert no_text == unreadable(large)
    assert no_text == unreadable(written(tmp_path, b"\x89PNG\r\n\x00\x01", "picture.py"))
    assert "The file is empty." == unreadable(written(tmp_path, b" \n\t\n", "blank.py"))


def test_a_file_is_opened_to_a_submission(tmp_path):
    """Its text or its problem, never an exception; with the name by which it is told."""
    path, gone = written(tmp_path, b"f = 1\n", "A.PY"), tmp_path / "gone.ipynb"
    assert Submission("ada", "A.PY", "f = 1\n", ".py") == open_submission(path, "ada")
    want = Submission("ada", "gone.ipynb", "", ".ipynb", "No file gone.ipynb.", needs_a_person=True)
    assert want == open_submission(gone, "ada")
    one = SubmittedFile("ada", path, "ada/f.py", flags=("late",))
    assert Submission("ada", "ada/f.py", "f = 1\n", ".py", flags=("late",)) == one.open()
    lost = SubmittedFile("ada", tmp_path / "gone.py", "ada/", flags=("late",), problem="No file")
    assert Submission("ada", "ada/", problem="No file", flags=("late",)) == lost.open()
