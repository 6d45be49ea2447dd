"""Submissions: whose file is whose, what is refused, and that nobody is left out in silence."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from autograder.intake.submission import SubmittedFile
from autograder.intake.submissions import collect

NAME = "vectorization"
RIGHT = "def vector_add(a, b):\n    return a + b\n"
ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-c", "from autograder.cli import main; main()"]
# For root nothing is shut, unless it gives up that right: then it is as for an ordinary user.
USER = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []
DENIED = "cannot be read: Permission denied"


def write(path: Path, text: str = RIGHT) -> Path:
    """A file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def found(folder: Path) -> dict[str, SubmittedFile]:
    """Whose submission is where."""
    return {one.id: one for one in collect([folder], NAME).files}


def texts(folder: Path) -> dict[str, str]:
    """Whose text is graded as what, or why none is."""
    opened = {id: one.open() for id, one in found(folder).items()}
    return {id: submission.problem or submission.text for id, submission in opened.items()}


# --- Links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["", "submitted"], ids=["a class", "nbgrader's"])
@pytest.mark.parametrize(
    ("link", "target", "words"),
    [
        ("mal", "ana", "mal is a link: submit the file"),
        (f"mal/{NAME}", f"../ana/{NAME}", f"mal/{NAME} is a link: submit the file"),
        (
            f"mal/{NAME}/{NAME}.py",
            f"../../ana/{NAME}/{NAME}.py",
            f"{NAME}.py is a link or a device, not a file: submit the file",
        ),
        ("mal", "gone", "mal is a link: submit the file"),
        ("mal", "mal", "mal is a link: submit the file"),
    ],
    ids=["the student", "the assignment", "the file", "to nothing", "to itself"],
)
def test_a_link_on_the_way_to_a_file_is_refused(tmp_path, layout, link, target, words):
    """Whoever hands in a link to another's work gets words, and not their points."""
    students = tmp_path / layout
    write(students / "ana" / NAME / f"{NAME}.py")
    (students / link).parent.mkdir(parents=True, exist_ok=True)
    (students / link).symlink_to(target)

    assert {"ana": RIGHT, "mal": words} == texts(tmp_path)


def test_a_link_that_the_instructor_names_is_followed(tmp_path):
    """Where the class lies is the instructor's affair."""
    write(tmp_path / "disk" / "ana" / f"{NAME}.py")
    (tmp_path / "class").symlink_to("disk")

    assert {"ana": RIGHT} == texts(tmp_path / "class")


def test_a_file_beside_a_linked_folder_counts(tmp_path):
    """What was handed in as a file is graded, whatever lies beside it."""
    write(tmp_path / "ana" / f"{NAME}.py")
    own = "def vector_add(a, b): return a\n"
    write(tmp_path / "mal" / f"{NAME}.py", own)
    (tmp_path / "mal" / NAME).symlink_to("../ana")

    assert {"ana": RIGHT, "mal": own} == texts(tmp_path)


# --- Names ----------------------------------------------------------------------------------------


def test_a_student_called_submitted_takes_nobodys_place(tmp_path):
    """Another's name in a folder called submitted is that student's own affair."""
    write(tmp_path / "ana" / f"{NAME}.py")
    write(tmp_path / "submitted" / "ana" / NAME / f"{NAME}.py", "vector_add = 1\n")

    assert {"ana": RIGHT, "submitted": "vector_add = 1\n"} == texts(tmp_path)


@pytest.mark.parametrize("beside", ["nbgrader_config.py", f"source/{NAME}/{NAME}.ipynb", "results/a.txt"])
def test_in_a_course_only_what_was_submitted_counts(tmp_path, beside):
    """nbgrader's other folders are no students."""
    write(tmp_path / beside, "")
    write(tmp_path / "submitted" / "ana" / NAME / f"{NAME}.ipynb", "{}")

    assert {"ana"} == set(found(tmp_path))


@pytest.mark.parametrize(
    "other", ["ana.py", "ana.ipynb", f"ana/{NAME}.py", f"ana/{NAME}/{NAME}.ipynb"], ids=lambda name: name
)
def test_a_student_called_as_the_assignment_drops_nobody(tmp_path, other):
    """A folder is one student's only where nothing else in it was handed in."""
    write(tmp_path / f"{NAME}.py")
    write(tmp_path / other)

    assert {"ana", NAME} == set(found(tmp_path))


@pytest.mark.parametrize(
    "beside", ["test_vectorization.py", "selfcheck.py", "linear_regression.ipynb", "a.csv"]
)
def test_a_folder_of_one_student_is_named_by_it(tmp_path, beside):
    """What else a student has there makes no class of it."""
    write(tmp_path / "ana" / f"{NAME}.ipynb")
    write(tmp_path / "ana" / beside)

    assert ["ana"] == list(found(tmp_path / "ana"))


def test_what_is_passed_over_is_told(tmp_path):
    """Names that are nobody's submission as a rule may be somebody's all the same."""
    names = ["test_ana.py", "conftest_bo.ipynb", "__cy.py", ".dee.py", ".eve/x.py", "test_folder/x.py"]
    for name in [*names, "selfcheck.py", "fay.py", ".git/x", "__pycache__/x.pyc", ".DS_Store", "notes.txt"]:
        write(tmp_path / name)

    told = collect([tmp_path], NAME).passed_over
    assert sorted([*names[:4], ".eve/", "test_folder/", "selfcheck.py"]) == sorted(told)


# --- Right students, and one of each of what would stop a class or touch another's grade, by an ordinary user

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
RIGHTS = {"ana", "zoe", "submitted", NAME, "a\x01b", "a\x02b", "a_b", LONG}
SHUT = {
    "shut": f"shut/ {DENIED}",
    "listed": f"listed/ {DENIED}",
    "closed": f"{NAME}/ {DENIED}",
    "file": f"{NAME}.py {DENIED}",
    "loose": f"loose.py {DENIED}",
}
BAD = {*LINKED, "pipe", "gus", "Gus", "mal"}


def bad_class(folder: Path) -> Path:
    """A class with all of these among them."""
    for id in RIGHTS:
        write(folder / id / f"{NAME}.py" if id in ("ana", "submitted") else folder / f"{id}.py")
    for student in ("gus", "Gus"):
        write(folder / student / f"{NAME}.py")
    for link, target in LINKED.values():
        words = {"file": f"{NAME}.py", "name": NAME}
        path = folder / link.format(**words)
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(target.format(**words))
    (folder / "pipe").mkdir()
    os.mkfifo(folder / "pipe" / f"{NAME}.py")
    write(folder / "mal" / "ana" / f"{NAME}.py", "wrong = 1\n")
    write(folder / "mal" / "absent" / f"{NAME}.py", RIGHT)
    write(folder / "mal" / "submitted" / "bo" / NAME / f"{NAME}.py", RIGHT.replace("+", "-"))
    write(folder / "mal" / "autograder.toml", "seed = 1\n")
    (folder / "tree").mkdir()
    deep = "import os\nfor _ in range(1500): os.mkdir('d'); os.chdir('d')"
    subprocess.run([sys.executable, "-c", deep], cwd=folder / "tree", check=True)
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
        done = run_as_user(root, "grade", students, "--assignment", NAME, "--out", out, "--jobs", "1")
        yield out, done
    finally:
        for path in (students / "shut", students / "listed", students / "closed" / NAME):
            path.chmod(0o755)
        subprocess.run(["rm", "-rf", str(root)], check=True)  # deeper than Python can remove


def run_as_user(root: Path, *words: object) -> subprocess.CompletedProcess:
    """`autograder` WORDS, for whom a folder can be shut."""
    environment = {**os.environ, "HOME": str(root), "XDG_CACHE_HOME": str(root / "cache")}
    return subprocess.run(
        [*map(str, [*USER, *COMMAND, *words])],
        env=environment, cwd="/", capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def results(out: Path) -> dict[str, dict]:
    """The results by id."""
    tree = json.loads((out / "results.json").read_text("utf-8"))
    return {one["id"]: one for one in tree["submissions"]}


def test_no_submission_stops_the_class_or_touches_anothers_grade(graded):
    """Right ones have full marks, the bad ones need a person, and who submitted nothing has nothing."""
    out, done = graded
    assert 1 == done.returncode, done.stderr
    got = results(out)
    assert {*RIGHTS, *SHUT, *BAD, "tree"} == set(got)
    assert dict.fromkeys(RIGHTS, 5) == {id: got[id]["score"] for id in RIGHTS}
    assert {(id, "grader_error") for id in (*SHUT, *BAD)} == {
        (id, check["outcome"]) for id in (*SHUT, *BAD) for check in got[id]["checks"]
    }
    assert 0 == got["tree"]["score"]
    assert len(BAD) + len(SHUT) == done.stderr.count("needs a person: ")
    assert 1 == done.stdout.count("passed over: test_kim.py\n")


def test_what_cannot_be_read_needs_a_person(graded):
    """It has no grade, and is listed with words: no student is to blame."""
    out, done = graded
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    for id, why in SHUT.items():
        assert f"needs a person: {id}: {why}" in done.stderr.splitlines()
        assert "" == rows[id]["score"] == rows[id]["vector_add"]


def test_each_student_has_a_page_of_their_own(graded):
    """Whatever the name is; a long one is shortened."""
    out, _ = graded
    for ending in (".txt", ".html"):
        pages = [path for path in (out / "feedback").iterdir() if path.suffix == ending]
        assert len(results(out)) == len(pages)
        assert max(len(os.fsencode(path.name)) for path in pages) <= 255


def test_a_folder_that_is_shut_hides_no_assignment(graded):
    """Where none is named, those of all whose folders can be read are found."""
    ward = graded[0].parent / "ward"
    write(ward / "a" / NAME / f"{NAME}.py").parent.parent.chmod(0)
    write(ward / "b" / NAME / f"{NAME}.py")
    code = "from autograder.intake import submissions as s; from pathlib import Path; "
    code += f"print(s.assignments_below([Path({str(ward)!r})], ['{NAME}']))"
    done = subprocess.run([*USER, sys.executable, "-c", code], cwd="/", capture_output=True, text=True)
    (ward / "a").chmod(0o755)
    assert (f"['{NAME}']\n", "") == (done.stdout, done.stderr)


@pytest.mark.parametrize("student", ["another", "folder"])
def test_replay_follows_no_link(graded, student):
    """The journal keeps the path as it was named, and grades nobody's file for another."""
    out, _ = graded
    lines = [json.loads(line) for line in (out / "reports.jsonl").read_text("utf-8").splitlines()]
    (path,) = [line["path"] for line in lines if line["report"]["id"] == student]
    assert path.startswith(str(out.parent / "class" / student))
    done = run_as_user(out.parent, "replay", out / "results.json", "--id", student)
    assert 1 == done.returncode
    assert f"{student} was not graded: " in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("link", ["submitted", f"submitted/{NAME}.py"])
def test_replay_follows_no_link_that_was_put_there_later(graded, link):
    """Of what was graded as a file."""
    out, _ = graded
    folder = out.parent / "class"
    (folder / link).rename(out.parent / "away")
    (folder / link).symlink_to(folder / ("ana" if link == "submitted" else f"ana/{NAME}.py"))
    try:
        done = run_as_user(out.parent, "replay", out / "results.json", "--id", "submitted", "--json")
    finally:
        (folder / link).unlink()
        (out.parent / "away").rename(folder / link)
    assert 1 == done.returncode
    assert {"grader_error"} == {check["outcome"] for check in json.loads(done.stdout)["checks"]}


def test_what_a_shell_names_is_a_class(tmp_path, request):
    """Where all of a folder is named, as by `*`: each is a student, and their links are not followed."""
    request.addfinalizer(lambda: subprocess.run(["rm", "-rf", str(tmp_path / "class")], check=True))
    folder = bad_class(tmp_path / "class")
    for paths in (sorted(folder.iterdir()), [folder]):
        opened = {file.id: file.open() for file in collect(paths, NAME).files}
        assert {*RIGHTS, *BAD, "tree"} == set(opened)
        assert BAD == {id for id, one in opened.items() if one.needs_a_person}
        assert {RIGHT} == {opened[id].text for id in RIGHTS}


def test_files_that_a_shell_names_are_read_as_those_of_a_class(tmp_path):
    """One that is called as by Canvas is nobody else's, where the others are not."""
    for name in ("ana.py", "x_999_1_vectorization.py"):
        write(tmp_path / name)
    (tmp_path / "mal.py").symlink_to("ana.py")
    got = {h.id: h.open() for h in collect(sorted(tmp_path.iterdir()), NAME).files}
    assert {"ana", "x_999_1_vectorization", "mal"} == set(got)
    assert [False, True] == [got[id].needs_a_person for id in ("ana", "mal")]
