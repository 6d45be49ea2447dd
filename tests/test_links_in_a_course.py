"""Links, pipes and devices in an nbgrader course: refused or left out, whoever grades; the others go on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from course_helpers import BIN, answered, environment, gradebook, hand_in, new_course, scores
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from process_helpers import PATIENCE
from traitlets.config import Config

from autograder import patches, settings
from autograder.nbgrader_bridge import plain_files
from autograder.nbgrader_bridge.course import grade_course
from autograder.nbgrader_bridge.exporter import TolerantExporter
from autograder.patches import PatchError

NAME = "vectorization"
FULL, NOTHING = {"test_vector_add": 5}, {"test_vector_add": 0}
LINKS = {  # student -> what of their hand-in is a link, and what is said of it
    "student": "student is a link: submit the file",
    "assignment": f"assignment/{NAME} is a link: submit the file",
    "file": f"{NAME}.ipynb is a link or a device, not a file: submit the file",
    "dangling": f"dangling/{NAME} is a link: submit the file",
    "loop": "loop is a link: submit the file",
    "itself": f"{NAME}.ipynb is a link or a device, not a file: submit the file",
    "device": f"{NAME}.ipynb is a link or a device, not a file: submit the file",
    "fifo": f"{NAME}.ipynb is a link or a device, not a file: submit the file",
    "library": f"{NAME}.ipynb is a link or a device, not a file: submit the file",
}
ALIKE = ("Ana", "ana")  # whose ids are taken for each other by some systems
LEFT_OUT = ("zero", "pipe", "config", "deep", "folder", "tree", "escape")  # what lies beside is not copied
STEERING = "\x1b[2J\x1b]0;owned\x07\nINFO | all is well"  # a file's name
STAMPED = ("stamp_zero", "stamp_pipe", "stamp_link")  # their timestamps are none
NO_DATES = {  # what their timestamps hold
    "month": "99999-99-99",
    "nines": "9" * 23,
    "half": "2026-01-01 00:00:00 99999999999999",
    "bytes": "\udcff",
}
ASK = ("assignment_shut", "student_shut")


def make_course(folder: Path, request: pytest.FixtureRequest) -> Path:
    """A course in which everybody but one tries to lead nbgrader elsewhere; it is removed afterwards."""
    request.addfinalizer(lambda: subprocess.run(["rm", "-rf", str(folder)], check=True))
    course = new_course(folder, (NAME,))
    right, submitted = answered(course, NAME), course / "submitted"
    for student in ("bea", "file", *ALIKE, *LEFT_OUT, *STAMPED, *NO_DATES, *ASK):
        hand_in(course, student, NAME, right)
    (submitted / "bea" / NAME / "notes.txt").write_text("mine")
    (submitted / "bea" / NAME / "timestamp.txt").write_text("2026-01-01 00:00:00 UTC\n")
    (submitted / "student").symlink_to("bea")
    (submitted / "loop").symlink_to("loop")
    for student, target in (
        ("itself", f"{NAME}.ipynb"), ("device", "/dev/zero"), ("library", "/usr/lib/python3/x.py")
    ):  # fmt: skip
        (submitted / student / NAME).mkdir(parents=True)
        (submitted / student / NAME / f"{NAME}.ipynb").symlink_to(target)
    (submitted / "fifo" / NAME).mkdir(parents=True)
    os.mkfifo(submitted / "fifo" / NAME / f"{NAME}.ipynb")
    subprocess.run(  # deeper than Python calls itself
        ["python3", "-c", "import os\nfor _ in range(1500): os.mkdir('d'); os.chdir('d')"],
        cwd=submitted / "tree" / NAME, check=True,
    )  # fmt: skip
    (submitted / "escape" / NAME / STEERING).symlink_to("/dev/zero")
    for student, target in (("assignment", f"../bea/{NAME}"), ("dangling", f"../nobody/{NAME}")):
        (submitted / student).mkdir()
        (submitted / student / NAME).symlink_to(target)
    notebook = submitted / "file" / NAME / f"{NAME}.ipynb"
    notebook.unlink()
    notebook.symlink_to(f"../../bea/{NAME}/{NAME}.ipynb")
    (submitted / "zero" / NAME / "data.csv").symlink_to("/dev/zero")
    os.mkfifo(submitted / "pipe" / NAME / "data.csv")
    (submitted / "config" / NAME / "notes.txt").symlink_to(course / "nbgrader_config.py")
    (submitted / "deep" / NAME / "a").mkdir()
    (submitted / "deep" / NAME / "a" / "data.csv").symlink_to("/dev/zero")
    (submitted / "folder" / NAME / "others").symlink_to("../..")
    (submitted / "stamp_zero" / NAME / "timestamp.txt").symlink_to("/dev/zero")
    os.mkfifo(submitted / "stamp_pipe" / NAME / "timestamp.txt")
    (submitted / "stamp_link" / NAME / "timestamp.txt").symlink_to(f"../../bea/{NAME}/timestamp.txt")
    for student, stamp in NO_DATES.items():
        (submitted / student / NAME / "timestamp.txt").write_text(stamp, "utf-8", "surrogateescape")
    (submitted / "assignment_shut" / NAME).chmod(0)
    (submitted / "student_shut").chmod(0)
    return course


def bounded(course: Path, *command: str, seconds: float = PATIENCE) -> subprocess.CompletedProcess:
    """Run a command in the course: it may take so long, 8 GB of memory, and 50 MB for a file."""
    user = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []
    process = subprocess.Popen(
        [*user, "prlimit", f"--fsize={50 << 20}", f"--as={8 << 30}", *command],
        cwd=course, env=environment(), text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def opened(course: Path) -> Path:
    """The course, with nothing shut, so that it can be removed."""
    for folder in ("student_shut", f"assignment_shut/{NAME}"):
        (course / "submitted" / folder).chmod(0o755)
    return course


@pytest.fixture(scope="module")
def by_nbgrader(tmp_path_factory, request):
    """The course graded by nbgrader's own command, twice: the second time it reads what it made before."""
    course = make_course(tmp_path_factory.mktemp("links") / "one", request)
    done = [bounded(course, str(BIN / "nbgrader"), "autograde", NAME) for _ in range(2)]
    return opened(course), done


@pytest.fixture(scope="module")
def by_ours(tmp_path_factory, request):
    """The course graded by `autograder grade --course`."""
    course = make_course(tmp_path_factory.mktemp("links") / "two", request)
    code = "from autograder.cli import main; main()"
    done = bounded(course, str(BIN / "python"), "-c", code, "grade", "--course", ".", "--jobs", "1")
    return opened(course), [done]


DOORS = [pytest.param(door, marks=pytest.mark.slow) for door in ("by_nbgrader", "by_ours")]


def cells_of(course: Path) -> dict[str, dict]:
    """student -> the scores of the test cells."""
    found = scores(course, NAME)
    return {s: {k: v for k, v in cells.items() if k.startswith("test_")} for s, cells in found.items()}


@pytest.mark.parametrize("door", DOORS)
def test_an_honest_student_is_graded(door, request):
    """With what lies beside the notebook."""
    course, done = request.getfixturevalue(door)
    assert [1] * len(done) == [each.returncode for each in done], done[0].stderr[-3000:]
    assert FULL == cells_of(course)["bea"]
    assert "mine" == (course / "autograded" / "bea" / NAME / "notes.txt").read_text()


@pytest.mark.parametrize("student", LINKS)
@pytest.mark.parametrize("door", DOORS)
def test_a_link_to_anothers_work_earns_nothing(door, student, request):
    """Not by the folder, not by the assignment's, not by the file."""
    course, _ = request.getfixturevalue(door)
    assert cells_of(course).get(student, {"test_vector_add": None}) == {"test_vector_add": None}
    copies = [p for p in (course / "autograded" / student).rglob("*") if p.is_file()]
    assert not [p for p in copies if "mine" in p.read_text("utf-8") or "return a + b" in p.read_text("utf-8")]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("student", LINKS)
def test_a_link_needs_a_person(door, student, request):
    """No grade is guessed, and the reason is told."""
    _, done = request.getfixturevalue(door)
    lines = [line for line in done[0].stderr.splitlines() if student in line]
    assert [line for line in lines if LINKS[student] in line], done[0].stderr


@pytest.mark.parametrize("student", ALIKE)
@pytest.mark.parametrize("door", DOORS)
def test_ids_that_are_taken_for_each_other_need_a_person(door, student, request):
    """Each of both, since nobody knows who is who."""
    course, done = request.getfixturevalue(door)
    assert cells_of(course).get(student, {"test_vector_add": None}) == {"test_vector_add": None}
    assert f"The id {student} is the same as {'Ana' if student == 'ana' else 'ana'} but for" in done[0].stderr


@pytest.mark.parametrize("door", DOORS)
def test_no_name_steers_the_terminal(door, request):
    """It is shown as its code, in a line of its own."""
    _, done = request.getfixturevalue(door)
    for each in done:
        told = each.stdout + each.stderr
        assert [] == [letter for letter in ("\x1b]", "\x1b[2J", "\x07") if letter in told]
        assert [] == [line for line in told.splitlines() if line.startswith("INFO | all")]


@pytest.mark.parametrize("student", LEFT_OUT)
@pytest.mark.parametrize("door", DOORS)
def test_what_is_no_file_is_left_where_it_is(door, student, request):
    """The notebook is graded, and what lies beside it is not copied."""
    course, _ = request.getfixturevalue(door)
    assert FULL == cells_of(course)[student]
    copies = {p.name for p in (course / "autograded" / student / NAME).rglob("*") if not p.is_dir()}
    assert not copies & {"data.csv", "notes.txt"}
    assert not [path for path in (course / "autograded" / student).rglob("*") if path.is_symlink()]


@pytest.mark.parametrize("student", STAMPED)
@pytest.mark.parametrize("door", DOORS)
def test_a_timestamp_that_is_no_file_needs_a_person(door, student, request):
    """Nobody knows when it was handed in; no grade is guessed, and no device is read."""
    course, done = request.getfixturevalue(door)
    assert {"test_vector_add": None} == cells_of(course)[student]
    words = f"{student}: timestamp.txt is a link, a folder or a device, not a file"
    assert words in done[0].stderr


@pytest.mark.parametrize("student", NO_DATES)
@pytest.mark.parametrize("door", DOORS)
def test_a_timestamp_without_a_date_needs_review(door, student, request):
    """That student alone: nbgrader by itself ends the run for everybody."""
    course, done = request.getfixturevalue(door)
    assert {"test_vector_add": None} == cells_of(course).get(student, {"test_vector_add": None})
    assert [line for line in done[0].stderr.splitlines() if student in line and "holds no date" in line]


@pytest.mark.parametrize("student", ASK)
@pytest.mark.parametrize("door", DOORS)
def test_a_folder_that_is_shut_needs_a_person(door, student, request):
    """It is told, and not passed over in silence."""
    _, done = request.getfixturevalue(door)
    place = NAME if student == "assignment_shut" else student
    lines = [line for line in done[0].stderr.splitlines() if student in line]
    assert [line for line in lines if f"{place}/ cannot be read: Permission denied" in line]


@pytest.mark.slow
def test_formgrader_lists_the_class(by_nbgrader):
    """Its list of who handed in reads no device, and one student's odd timestamp does not end it."""
    course, _ = by_nbgrader
    stamp = course / "submitted" / "bea" / NAME / "timestamp.txt"
    plain_files.require()
    config = Config()
    config.CourseDirectory.root = str(course)
    api = NbGraderAPI(config=config)
    assert 2026 == api.get_submitted_timestamp(NAME, "bea").year
    stamp.write_text("some time")
    odd = ("bea", *STAMPED, *NO_DATES)
    assert [None] * len(odd) == [api.get_submitted_timestamp(NAME, student) for student in odd]
    course_folder = CourseDirectory(config=config)
    for student in STAMPED:
        assert course_folder.get_existing_timestamp(str(course / "submitted" / student / NAME)) is None


def test_files_beside_a_notebook_are_bounded(tmp_path):
    """In number, and in bytes: a file with a hole in it has as many as it claims."""
    (tmp_path / "sub").mkdir()
    for number in range(3):
        (tmp_path / "sub" / f"{number}.txt").write_text("x")
    with open(tmp_path / "sub" / "hole.bin", "wb") as file:
        file.truncate(1 << 40)
    (tmp_path / "skip.pyc").write_text("")
    found = {path.name: why for path, why in plain_files.beside(tmp_path, ["*.pyc"], 1000)}
    assert {"0.txt": "", "1.txt": "", "2.txt": ""} == {name: why for name, why in found.items() if not why}
    assert "hole.bin" in found
    assert "skip.pyc" not in found


def test_many_files_beside_a_notebook_are_listed_in_linear_time(tmp_path):
    """Not all are copied, and none of the rest is looked at."""
    for number in range(plain_files.MOST + 500):
        (tmp_path / f"{number}.txt").write_text("")
    assert plain_files.MOST + 1 == len(list(plain_files.beside(tmp_path, ["*.pyc", "*.ipynb"], 1000)))


def test_nothing_is_graded_where_nbgrader_is_another(monkeypatch):
    """Where links would be followed all the same, it is said before anything is copied."""
    monkeypatch.setattr(patches, "_FOR_GOOD", set())
    monkeypatch.delattr("nbgrader.coursedir.CourseDirectory.get_existing_timestamp")
    with pytest.raises(PatchError, match="a student's link would be followed"):
        TolerantExporter(parent=Autograde())


@pytest.mark.slow
def test_a_name_with_a_line_in_it_stops_nobody(tmp_path_factory):
    """nbgrader's own pattern of a path does not fit it, which would end the class."""
    course = new_course(tmp_path_factory.mktemp("line") / "course", (NAME,))
    right = answered(course, NAME)
    for student in ("ana", "a\nb"):
        hand_in(course, student, NAME, right)
    again = Path(shutil.copytree(course, course.parent / "again"))
    bounded(course, str(BIN / "nbgrader"), "autograde", NAME)
    assert FULL == cells_of(course)["ana"]
    told = {one.student: one for one in grade_course(again, NAME, settings.Settings(), 1)}
    assert (5, "") == (told["ana"].score, told["ana"].problem)
    assert told["a\nb"].problem
    with gradebook(again) as book:
        assert "ana" in [student.id for student in book.students]
