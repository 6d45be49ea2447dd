"""Submissions: whose file is whose, what is refused, and that nobody is left out in silence."""

import codecs
import io
import json
import os
import subprocess
import tempfile
import textwrap
import zipfile
from pathlib import Path

import pytest
from cli_helpers import EXERCISE, LARGE, NAME, RIGHT, WRONG, grade, submissions_of
from platforms import LOGIN, notebook, untouched
from process_helpers import AS_USER, dig

from autograder.intake.archives import Unpacked
from autograder.intake.collector import collect
from autograder.intake.places import WrongPath
from autograder.intake.search import Search
from autograder.intake.submission import (
    MAX_FILE,
    SubmittedFile,
    Unreadable,
    text_of,
)

DENIED = "(Permission denied). Make it readable, or submit it again."


def write(path: Path, text: str = RIGHT) -> Path:
    """A file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def found(folder: Path) -> dict[str, SubmittedFile]:
    """Whose submission is where."""
    return {one.id: one for one in collect(Search(NAME, Unpacked((folder,)))).files}


def texts(folder: Path) -> dict[str, str]:
    """Whose text is graded as what, or why none is."""
    opened = {id: one.open() for id, one in found(folder).items()}
    return {
        id: str(submission.problem) or submission.text
        for id, submission in opened.items()
    }


def test_a_link_on_the_way_to_a_file_is_refused_but_for_the_instructors_own(tmp_path):
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
    assert {"ana": RIGHT, "bo": f"{EXERCISE.function} = 1\n", "mal": refused} == texts(
        tmp_path / "class"
    )


def test_what_is_passed_over_is_told(tmp_path):
    """Names that are nobody's submission as a rule may be somebody's all the same."""
    names = ["test_ana.py", "conftest_bo.ipynb", "__cy.py", ".dee.py"]
    for name in [
        *names,
        "selfcheck.py",
        ".eve/x.py",
        "fay.py",
        ".git/x",
        "__pycache__/x.pyc",
        ".DS_Store",
        "notes.txt",
    ]:
        write(tmp_path / name)

    told = collect(Search(NAME, Unpacked((tmp_path,)))).skipped
    assert {*names, "selfcheck.py", ".eve/"} == {*told}


def test_a_named_file_counts_and_two_folders_make_two_students(tmp_path):
    """Of a notebook and a program of the same name in different folders, neither counts in
    silence.
    """
    odd = [write(tmp_path / name) for name in ("test_ana.py", "conftest.py", ".bo.py")]
    files = collect(Search(NAME, Unpacked((*odd,)))).files
    assert {"test_ana", "conftest", ".bo"} == {one.id for one in files}

    pair = (
        write(tmp_path / "mon" / "ana.py"),
        write(tmp_path / "tue" / "ana.ipynb", "{}"),
    )
    (ana,) = collect(Search(NAME, Unpacked(pair))).files
    assert "ana.py and ana.ipynb both belong to ana." == str(ana.problem)

    folders = (
        write(tmp_path / "eve" / f"{NAME}.py").parent,
        write(tmp_path / "fay" / f"{NAME}.py").parent,
    )
    with pytest.raises(WrongPath, match=r"cem\.docx is not a notebook"):
        collect(Search(NAME, Unpacked((*folders, write(tmp_path / "cem.docx")))))


def test_two_files_of_a_student_are_told_apart_by_the_fewest_folders(tmp_path):
    """A choice in review.csv stays where the instructor's folders, or a .zip's digest, become
    others.
    """
    mon = write(tmp_path / "course" / "mon" / "ana" / f"{NAME}.py")
    tue = write(tmp_path / "unpacked" / "1a2b" / "tue" / "ana" / f"{NAME}.py")
    (ana,) = collect(Search(NAME, Unpacked((mon.parents[1], tue.parents[1])))).files
    names = [f"mon/ana/{NAME}.py", f"tue/ana/{NAME}.py"]
    assert names == sorted(ana.rivals)
    assert " and ".join(names) + " both belong to ana." == str(ana.problem)


def a_zip(*names: str) -> bytes:
    """A zip of these files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(name, RIGHT)
    return data.getvalue()


IN_MAIN = "def main():\n" + textwrap.indent(RIGHT, "    ")
SELF_CHECK = "import pytest\nprint('all green')\n"
ODD = {  # 35 paths of a class: the points, or what is said of it
    "ana.py": (RIGHT, 5),
    "bo.ipynb.txt": (notebook(RIGHT), 5),
    "cy.zip": (a_zip(f"{NAME}.py"), 5),
    f"dee/{NAME}.py": (RIGHT, 5),
    "dee/answers.txt": ("see page 2", f"dee/{NAME}.py counts"),
    "dee/report.pdf": ("%PDF", f"dee/{NAME}.py counts"),
    "dee/page.html": ("<p>", f"dee/{NAME}.py counts"),
    f"dee/{NAME}.ipynb.bak": (notebook(RIGHT), f"dee/{NAME}.py counts"),
    f"dee/draft/{NAME} (old).py": (WRONG, f"dee/{NAME}.py counts"),
    "eve.ipynb": (untouched(NAME), 0),
    "fay.py": ("", 0),
    "gus.txt": (RIGHT, "Expected "),
    "hal.html": ("<p>", "Expected "),
    "ida.pdf": ("%PDF", "Expected "),
    "jo.docx": ("PK", "Expected "),
    "kim.ipynb.bak": (notebook(RIGHT), "Expected "),
    "leo.rar": ("Rar!", "Expected "),
    "mia.zip": (b"PK\x03\x04", "mia.zip is not a complete zip file."),
    "ned.py": (IN_MAIN, "ned.py does not define "),
    "ola.ipynb": (untouched(LARGE), "ola.ipynb does not define "),
    "pam/selfcheck.py": (SELF_CHECK, "No cell or function of "),
    "quin/report.pdf": ("%PDF", "Expected "),
    "ray.ipynb": (LOGIN, "The file is a web page"),
    "sam.ipynb": (notebook(RIGHT)[:-20], "The file is not a notebook."),
    "tom.py": (WRONG, "tom.ipynb and tom.py both have answers."),
    "tom.ipynb": (notebook(RIGHT), "tom.ipynb and tom.py both have answers."),
    "tom.txt": ("see the other", "neither a notebook"),
    "ana.pdf": ("%PDF", "ana.py counts"),
    "ana (1).txt": ("x", "ana.py counts"),
    f"uma/{LARGE}.ipynb": (untouched(LARGE), "Only files of another assignment"),
    "selfcheck.py": (SELF_CHECK, "its name is that of a test"),
    "test_vic.py": (RIGHT, "its name is that of a test"),
    ".wes.py": (RIGHT, "its name is that of a test"),
    "autograder.toml": ("", "its name is that of a test"),
    "xia.png": (b"\x89PNG", "Expected "),
}
# What a line names, where that is not the path itself; one says of two files that both have
# answers.
LINES = {"cy.zip": f"cy/{NAME}.py", "tom.py": "tom.ipynb", f"uma/{LARGE}.ipynb": "uma/"}


def test_each_path_of_a_class_ends_in_one_line(tmp_path):
    """Graded, in review, or skipped, with the reason: in the results, on the page, and in the
    terminal.
    """
    folder, out = tmp_path / "class", tmp_path / "out"
    for name, (content, _) in ODD.items():
        write(folder / name).write_bytes(
            content if isinstance(content, bytes) else content.encode()
        )
    done = grade(folder, out)
    results = json.loads((out / "results.json").read_text("utf-8"))
    lines = {**results["skipped"]}
    for one in results["submissions"]:
        needs_review = "grader_error" in {check["outcome"] for check in one["checks"]}
        lines[one["file"]] = (
            one["checks"][0]["message"] if needs_review else one["score"]
        )
    named = {path: LINES.get(path, path) for path in ODD}
    assert {*named.values()} == {*lines}
    for path, (_, expected) in ODD.items():
        line = lines[named[path]]
        assert line == expected or (
            isinstance(expected, str) and str(line).startswith(expected)
        ), path
    page = (out / "index.html").read_text("utf-8")
    for path, why in results["skipped"].items():
        assert f"Skipped {path}: {why}" in done.stdout
        assert path in page


LINKED = {  # student -> where the link lies, and what it leads to
    "itself": ("itself/{file}", "{file}"),
    "another": ("another/{file}", "../ana/{file}"),
    "folder": ("folder", "ana"),
    "inner": ("inner/{name}", "../ana"),
    "library": ("library/{file}", "/usr/lib/python3/dist-packages/six.py"),
    "device": ("device/{file}", "/dev/zero"),
    "gone": ("gone/{file}", "nowhere"),
}
LONG = "李" * 84  # 252 bytes; the file's name has 255, as many as a name can have
RIGHTS = {
    "ana",
    "zoe",
    "submitted",
    NAME,
    "a\x01b",
    "a\x02b",
    "a_b",
    "gus",
    "Gus",
    LONG,
}
SHUT = {
    "shut": f"Cannot read shut/ {DENIED}",
    "listed": f"Cannot read listed/ {DENIED}",
    "closed": f"Cannot read {NAME}/ {DENIED}",
    "file": f"Cannot read {NAME}.py {DENIED}",
    "loose": f"Cannot read loose.py {DENIED}",
}
BAD = {*LINKED, "pipe", "mal"}


def bad_class(folder: Path) -> Path:
    """A class with all of these among them."""
    for id in RIGHTS:
        write(
            folder / id / f"{NAME}.py"
            if id in ("ana", "submitted")
            else folder / f"{id}.py"
        )
    for link, target in LINKED.values():
        words = {"file": f"{NAME}.py", "name": NAME}
        path = folder / link.format(**words)
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(target.format(**words))
    (folder / "pipe").mkdir()
    os.mkfifo(folder / "pipe" / f"{NAME}.py")
    write(folder / "mal" / "ana" / f"{NAME}.py", f"{EXERCISE.function} = 2\n")
    write(folder / "mal" / "absent" / f"{NAME}.py", RIGHT)
    write(
        folder / "mal" / "submitted" / "bo" / NAME / f"{NAME}.py",
        RIGHT.replace("+", "-"),
    )
    write(folder / "mal" / "autograder.toml", "seed = 1\n")
    (folder / "tree").mkdir()
    dig(folder / "tree")
    return folder


@pytest.fixture(scope="module")
def graded():
    """That class, with what nobody else may read, graded; and what was said."""
    root = Path(tempfile.mkdtemp(prefix="submissions-"))
    students, out = root / "class", root / "out"
    try:
        bad_class(students)
        write(students / "shut" / f"{NAME}.py").parent.chmod(0)
        write(students / "listed" / f"{NAME}.py").parent.chmod(0o444)
        write(students / "closed" / NAME / f"{NAME}.py").parent.chmod(0)
        write(students / "file" / f"{NAME}.py").chmod(0)
        write(students / "loose.py").chmod(0)
        write(students / "test_kim.py")
        root.chmod(0o777)
        home = {"HOME": str(root), "XDG_CACHE_HOME": str(root / "cache")}
        yield out, grade(students, out, before=AS_USER, **home)
    finally:
        for path in (
            students / "shut",
            students / "listed",
            students / "closed" / NAME,
        ):
            path.chmod(0o755)
        subprocess.run(
            ["rm", "-rf", str(root)], check=True
        )  # deeper than Python can remove


@pytest.mark.slow
def test_no_submission_stops_the_class_or_touches_anothers_grade(graded):
    """Right ones have full marks, the bad ones need a person, and who submitted nothing has
    nothing.
    """
    out, done = graded
    assert 1 == done.returncode, done.stderr
    got = submissions_of(out)
    assert {*RIGHTS, *SHUT, *BAD, "tree"} == set(got)
    assert dict.fromkeys(RIGHTS, 5) == {id: got[id]["score"] for id in RIGHTS}
    assert {(id, "grader_error") for id in (*SHUT, *BAD)} == {
        (id, check["outcome"]) for id in (*SHUT, *BAD) for check in got[id]["checks"]
    }
    assert 0 == got["tree"]["score"]
    assert len(BAD) + len(SHUT) == done.stderr.count(" needs review. ")
    assert {f"{id} needs review. {why}" for id, why in SHUT.items()} < set(
        done.stderr.splitlines()
    )
    assert 1 == done.stdout.count("Skipped test_kim.py: ")
    for ending in (".txt", ".html"):
        pages = [path for path in (out / "feedback").iterdir() if path.suffix == ending]
        assert len(got) == len(pages)
        assert max(len(os.fsencode(path.name)) for path in pages) <= 255


def written(tmp_path, data: bytes, name="f.py"):
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
    "latin, by its cookie": (
        b"# coding: latin-1\nf = '\xc4\xa3'\n",
        "# coding: latin-1\nf = 'Ä£'\n",
    ),
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
    link = "is a link, a folder or a device. Submit the file itself."
    long = "x" * 300 + ".py"
    for name, words in {
        "folder.py": "folder.py is a link, a folder or a device. Submit the file itself.",
        "link.py": f"link.py {link}",
        "pipe.py": f"pipe.py {link}",
        "none.py": "No file none.py.",
        "real.py/in.py": "Cannot read in.py (Not a directory). Make it readable, or submit "
        "it again.",
        long: f"Cannot read {long} (File name too long). Make it readable, or submit it again.",
        "large.py": "The file has 50 MB, and the limit is 20 MB. Clear its outputs first.",
    }.items():
        assert words == unreadable(tmp_path / name)
    os.truncate(large, MAX_FILE)
    no_text = "The file is not text. Submit a notebook (.ipynb) or a Python file (.py)."
    assert no_text == unreadable(large)
    assert no_text == unreadable(
        written(tmp_path, b"\x89PNG\r\n\x00\x01", "picture.py")
    )
    assert "The file is empty." == unreadable(written(tmp_path, b" \n\t\n", "blank.py"))
