"""Links, pipes and devices in an nbgrader course: refused or left out, whoever grades; the
others go on.
"""

import os
import subprocess

import pytest
from cli_helpers import FULL, NAME
from course_helpers import (
    BIN,
    answered,
    environment,
    hand_in,
    new_course,
    scores,
)
from nbgrader.apps import NbGraderAPI
from nbgrader.converters.base import BaseConverter
from process_helpers import AS_USER, dig, ran
from traitlets.config import Config

from autograder.errors import KitError
from autograder.intake.places import SECRET, STAMP
from autograder.nbgrader_bridge import guest

FILE = f"{NAME}.ipynb"
LINK = f"{FILE} is a link, a folder or a device. Submit the file itself."
DATE = "has no date"
REVIEW = {  # student -> why a person must look
    "student": "student is a link. Submit the file itself.",
    "assignment": f"assignment/{NAME} is a link. Submit the file itself.",
    "file": LINK,
    "loop": "loop is a link. Submit the file itself.",
    "device": LINK,
    "fifo": LINK,
    "stamp_zero": DATE,
    "stamp_pipe": DATE,
    "nines": "has no date",
    "bytes": "has no date",
    "assignment_shut": f"Cannot read {NAME}/ (Permission denied)",
    "student_shut": "Cannot read student_shut/ (Permission denied)",
    "a\nb": "",  # nbgrader's own pattern of a path does not fit it
}
# Students with something odd beside the notebook.
BESIDE = "zero", "pipe", "folder", "tree", "escape"
STEERING = "\x1b[2J\x1b]0;owned\x07\nINFO | all is well"  # a file's name
NO_DATES = {"nines": "9" * 23, "bytes": "\udcff"}  # what their timestamps hold
LINKS = {  # below submitted/ -> where it leads
    "student": "bea",
    "loop": "loop",
    f"assignment/{NAME}": f"../bea/{NAME}",
    f"file/{NAME}/{FILE}": f"../../bea/{NAME}/{FILE}",
    f"device/{NAME}/{FILE}": "/dev/zero",
    f"zero/{NAME}/data.csv": "/dev/zero",
    f"escape/{NAME}/{STEERING}": "/dev/zero",
    f"folder/{NAME}/others": "../..",
    f"stamp_zero/{NAME}/{STAMP}": "/dev/zero",
}
PIPES = (
    f"fifo/{NAME}/{FILE}",
    f"pipe/{NAME}/data.csv",
    f"stamp_pipe/{NAME}/{STAMP}",
)
SHUT = f"assignment_shut/{NAME}", "student_shut"


def make_course(folder):
    """A course in which everybody but one tries to lead nbgrader elsewhere."""
    course = new_course(folder, (NAME,))
    right = answered(course, NAME)
    submitted = course / "submitted"
    for student in {"bea", *REVIEW, *BESIDE} - {
        "student",
        "assignment",
        "loop",
    }:
        hand_in(course, student, NAME, right)
    (submitted / "bea" / NAME / STAMP).write_text("2026-01-01 00:00:00 UTC\n")
    for name in (*LINKS, *PIPES):
        path = submitted / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(LINKS[name]) if name in LINKS else os.mkfifo(path)
    dig(submitted / "tree" / NAME)
    for student, stamp in NO_DATES.items():
        path = submitted / student / NAME / STAMP
        path.write_text(stamp, "utf-8", "surrogateescape")
    for shut in SHUT:
        (submitted / shut).chmod(0)
    return course


def bounded(course, *command):
    """Run a command in the course, with 8 GB of memory, and 50 MB for a file."""
    words = [
        *AS_USER,
        "prlimit",
        f"--fsize={50 << 20}",
        f"--as={8 << 30}",
        *command,
    ]
    return ran(*words, cwd=course, env=environment())


COMMANDS = {
    "nbgrader": [BIN / "nbgrader", "autograde", NAME],
    "us": [BIN / "autograder", "grade", "--course", ".", "--jobs", "1"],
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "by", [pytest.param("nbgrader", marks=pytest.mark.exhaustive), "us"]
)
def test_each_is_graded_or_needs_review_and_no_link_is_followed(
    tmp_path, request, by
):
    """The reason is given; an honest student is graded, whoever is beside."""
    remove = ["rm", "-rf", str(tmp_path / "course")]  # deeper than Python can
    request.addfinalizer(lambda: subprocess.run(remove, check=True))
    course = make_course(tmp_path / "course")
    done = bounded(course, *COMMANDS[by])
    for shut in SHUT:
        (course / "submitted" / shut).chmod(0o755)
    assert done.returncode == 1, done.stderr[-3000:]
    found = scores(course, NAME)
    lines = done.stderr.splitlines()
    assert [found[student] for student in ("bea", *BESIDE)] == [FULL] * 6
    for student, why in REVIEW.items():
        assert {*found.get(student, {"": None}).values()} == {None}
        name = student.partition("\n")[0]
        assert [line for line in lines if name in line and why in line], student

    copies = [
        path for path in (course / "autograded").rglob("*") if not path.is_dir()
    ]
    assert [path for path in copies if path.is_symlink()] == []
    assert {path.name for path in copies} == {FILE, STAMP, SECRET}
    said = done.stdout + done.stderr
    for steers in ("\x1b]", "\x1b[2J", "\x07", "\nINFO | all"):
        assert steers not in said
    guest.install()
    config = Config(CourseDirectory=Config(root=str(course)))
    api = NbGraderAPI(config=config)  # of formgrader's list
    for student in ("stamp_zero", "stamp_pipe", *NO_DATES):
        assert api.get_submitted_timestamp(NAME, student) is None


def test_nothing_is_graded_where_nbgrader_is_another(monkeypatch):
    """Where links would be followed all the same, it is said before anything is replaced."""
    convert = BaseConverter.convert_notebooks
    monkeypatch.delattr("nbgrader.apps.api.NbGraderAPI.get_submitted_timestamp")
    with pytest.raises(
        KitError, match="nbgrader would follow a student's link"
    ):
        guest.install.__wrapped__()
    assert BaseConverter.convert_notebooks is convert
