"""Submissions: whose file is whose, what is refused, and that nobody is left out in silence."""

import codecs
import io
import os
import textwrap
import zipfile
from pathlib import Path

import cli_helpers
import platforms
import pytest
from cli_helpers import EXERCISE, LARGE, NAME, RIGHT, grade, results_of
from file_helpers import read_csv, table, write_files

from autograder.errors import KitError, Unread
from autograder.intake.archives import Unpacked
from autograder.intake.collector import Submissions
from autograder.intake.search import Search
from autograder.intake.submission import MAX_FILE, open_submission, text_of


def write(path, text=RIGHT):
    """A file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def found(folder):
    """Whose submission is where."""
    return {
        one.id: one
        for one in Submissions(Search(NAME, Unpacked((folder,)))).files
    }


def texts(folder):
    """Whose text is graded as what, or why none is."""
    opened = {id: one.open() for id, one in found(folder).items()}
    return {
        id: str(submission.problem) or submission.text
        for id, submission in opened.items()
    }


def test_a_link_on_the_way_to_a_file_is_refused_but_for_the_instructors_own(
    tmp_path,
):
    """Where the class lies is the instructor's affair; what is a file counts, whatever lies
    beside it.
    """
    students = tmp_path / "disk" / "submitted"
    write(students / "ana" / NAME / f"{NAME}.py")
    write(students / "bo" / f"{NAME}.py", f"{EXERCISE.function} = 1\n")
    (students / "bo" / NAME).symlink_to(f"../ana/{NAME}")
    (students / "mal").symlink_to("ana")
    (tmp_path / "class").symlink_to("disk")
    refused = "mal is a link. Submit the file itself."
    assert texts(tmp_path / "class") == {
        "ana": RIGHT,
        "bo": f"{EXERCISE.function} = 1\n",
        "mal": refused,
    }


def test_what_is_passed_over_is_told(tmp_path):
    """Names that are nobody's submission as a rule may be somebody's all the same."""
    named = (
        "test_ana.py",
        "conftest_bo.ipynb",
        "__cy.py",
        ".dee.py",
        "selfcheck.py",
    )
    silent = "fay.py", ".git/x", "__pycache__/x.pyc", ".DS_Store", "notes.txt"
    for name in (*named, ".eve/x.py", *silent):
        write(tmp_path / name)
    skipped = Submissions(Search(NAME, Unpacked((tmp_path,)))).skipped
    assert {*skipped} == {*named, ".eve/"}


def test_a_named_file_counts(tmp_path):
    """Whatever its name; of two of one name in different folders, none in silence."""
    odd = [
        write(tmp_path / name)
        for name in ("test_ana.py", "conftest.py", ".bo.py")
    ]
    files = Submissions(Search(NAME, Unpacked((*odd,)))).files
    assert {one.id for one in files} == {"test_ana", "conftest", ".bo"}
    pair = (
        write(tmp_path / "mon/ana.py"),
        write(tmp_path / "tue/ana.ipynb", "{}"),
    )
    (ana,) = Submissions(Search(NAME, Unpacked(pair))).files
    assert str(ana.problem) == "ana.py and ana.ipynb both belong to ana."
    with pytest.raises(KitError, match=r"cem\.docx is not a notebook"):
        Submissions(Search(NAME, Unpacked((write(tmp_path / "cem.docx"),))))


def a_zip(name):
    """A zip of a right answer."""
    with zipfile.ZipFile(data := io.BytesIO(), "w") as archive:
        archive.writestr(name, RIGHT)
    return data.getvalue()


IN_MAIN = "def main():\n" + textwrap.indent(RIGHT, "    ")
SELF_CHECK = "import pytest\nprint('all green')\n"
LINK = "is a link, a folder or a device. Submit the file itself."
NAMES = vars(platforms) | vars(cli_helpers) | globals()
# A path of a class, its content, or what it leads to; the points, or what is said.
ODD = table(rf"""
ana.py                    -> RIGHT                 -> 5
bo.ipynb.txt              -> notebook(RIGHT)       -> 5
cy.zip                    -> a_zip("{NAME}.py")    -> 5
dee/{NAME}.py             -> RIGHT                 -> 5
ana.py.bak                -> WRONG                 -> ana.py counts
ana.py~                   -> WRONG                 -> ana.py counts
dee/answers.txt           -> 'see page 2'          -> dee/{NAME}.py counts
dee/{NAME}.ipynb.bak      -> notebook(RIGHT)       -> dee/{NAME}.py counts
dee/draft/{NAME} (old).py -> WRONG                 -> dee/{NAME}.py counts
eve.ipynb                 -> untouched(NAME)       -> 0
fay.py                    -> ''                    -> 0
gus.txt                   -> RIGHT                 -> Expected
ida.pdf                   -> '%PDF'                -> Expected
mia.zip                   -> b'PK\x03\x04'         -> mia.zip is not a complete zip file.
ned.py                    -> IN_MAIN               -> ned.py does not define
ola.ipynb                 -> untouched(LARGE)      -> ola.ipynb does not define
pam/selfcheck.py          -> SELF_CHECK            -> No cell or function of
ray.ipynb                 -> LOGIN                 -> The file is a web page
sam.ipynb                 -> notebook(RIGHT)[:-20] -> The file is not a notebook.
tom.py                    -> WRONG                 -> tom.ipynb and tom.py both have answers.
tom.ipynb                 -> notebook(RIGHT)       -> tom.ipynb and tom.py both have answers.
ana.pdf                   -> '%PDF'                -> ana.py counts
uma/{LARGE}.ipynb         -> untouched(LARGE)      -> Only files of another assignment
selfcheck.py              -> SELF_CHECK            -> its name is that of a test
test_vic.py               -> RIGHT                 -> its name is that of a test
.wes.py                   -> RIGHT                 -> its name is that of a test
xia/{NAME}.py             -> Path('../ana.py')     -> {NAME}.py {LINK}
yan/{NAME}.py             -> Path('/dev/zero')     -> {NAME}.py {LINK}
zoe                       -> Path('dee')           -> zoe is a link. Submit the file itself.
binary.py                 -> bytes(range(256))     -> The file is not text.
""")
# What a line names, where that is not the path itself; one says of two files that both have
# answers.
LINES = {
    "cy.zip": f"cy/{NAME}.py",
    "tom.py": "tom.ipynb",
    f"uma/{LARGE}.ipynb": "uma/",
}


def test_each_path_of_a_class_ends_in_one_line(tmp_path):
    """Graded, in review, or skipped, with the reason: in all files, and in the terminal."""
    folder = tmp_path / "class"
    out = tmp_path / "out"
    for name, source, _ in ODD:
        content = eval(source, NAMES)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            (folder / name).symlink_to(content)
        else:
            write_files(folder, {name: content})
    done = grade(folder, out)
    results = results_of(out)
    page = (out / "index.html").read_text()
    lines = results["skipped"].copy()
    for path, why in results["skipped"].items():
        assert f"Skipped {path}: {why}" in done.stdout
        assert path in page
    rows = {row["id"]: row for row in read_csv(out / "grades.csv")}
    for one in results["submissions"]:
        lines[one["file"]] = line = one["needs_review"] or one["score"]
        row = rows[one["id"]]
        asked = "" if one["score"] is None else f"{one['score']:g}"
        assert (asked == "") == bool(one["needs_review"])
        assert {check["earned"] is None for check in one["checks"]} == {
            asked == ""
        }
        assert asked == row["score"] == row[EXERCISE.name]
        for ending in ("txt", "html"):
            text = (out / f"feedback/{one['id']}.{ending}").read_text()
            assert ("not graded yet" in text) == (asked == "")
        assert (f"{one['id']} needs review. {line}" in done.stderr) == (
            asked == ""
        )
    named = {path: LINES.get(path, path) for path, *_ in ODD}
    assert {*lines} == {*named.values()}
    for path, _, expected in ODD:
        assert str(lines[named[path]]).startswith(expected), path


def written(tmp_path, data, name="f.py"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


PROGRAM = "# 学习 λ\r\nf = 'é'\n"


ENCODED = {
    "utf-8 with a mark, and a cookie that lies": (
        codecs.BOM_UTF8 + "# coding: gbk\nf = '学'\n".encode(),
        "# coding: gbk\nf = '学'\n",
    ),
    "utf-8 with a mark, and a stray byte": (
        codecs.BOM_UTF8 + b"f = 1  # \xff\n",
        "f = 1  # \ufffd\n",
    ),
    "utf-16 be": (codecs.BOM_UTF16_BE + PROGRAM.encode("utf-16-be"), PROGRAM),
    "utf-16, cut off in a letter": (
        codecs.BOM_UTF16_LE + "f".encode("utf-16-le") + b"\x01",
        "f\ufffd",
    ),
    "none": (b"f = 1  # \xff\x80\xff\n", "f = 1  # \xff\x80\xff\n"),
    "a cookie that lies": (
        "# coding: ascii\nf = '学'\n".encode(),
        "# coding: ascii\nf = '学'\n",
    ),
    "a cookie that takes its time": (
        b"# coding: punycode\nf = 1\n",
        "# coding: punycode\nf = 1\n",
    ),
}


@pytest.mark.parametrize("name", ENCODED)
def test_text_is_read_in_the_encodings_that_students_use(tmp_path, name):
    """Marks are no part of the text; a stray byte costs a letter of a comment at most."""
    data, expected = ENCODED[name]
    assert text_of(written(tmp_path, data)) == expected


def unreadable(path):
    with pytest.raises(Unread) as caught:
        text_of(path)
    return str(caught.value)


def test_what_is_no_text_is_told_apart(tmp_path):
    """One sentence for each, which says what to do."""
    (tmp_path / "folder.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    written(tmp_path, b"f = 1", "real.py")
    large = written(tmp_path, b"", "large.py")
    long = "x" * 300 + ".py"
    os.truncate(large, 50 << 20)
    again = "Make it readable, or submit it again."
    for name, words in {
        "folder.py": f"folder.py {LINK}",
        "pipe.py": f"pipe.py {LINK}",
        "none.py": f"Cannot read none.py (No such file or directory). {again}",
        "real.py/in.py": f"Cannot read in.py (Not a directory). {again}",
        long: f"Cannot read {long} (File name too long). {again}",
        "large.py": "The file has 50 MB, and the limit is 20 MB. Clear its outputs first.",
    }.items():
        assert unreadable(tmp_path / name) == words
    os.truncate(large, MAX_FILE)
    no_text = "The file is not text. Submit a notebook (.ipynb) or a Python file (.py)."
    assert unreadable(large) == no_text
    blank = open_submission(written(tmp_path, b" \n\t\n", "blank.py"), "ana")
    assert str(blank.problem) == "The file is empty."
    assert not blank.needs_review
