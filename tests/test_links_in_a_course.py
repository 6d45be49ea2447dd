"""Links, pipes and devices in an nbgrader course: refused or left out, whoever grades; the
others go on.
"""

import os
import subprocess
from pathlib import Path

import pytest
from cli_helpers import FULL, NAME
from course_helpers import BIN, answered, environment, hand_in, new_course, scores
from nbgrader.apps import NbGraderAPI
from process_helpers import AS_USER, dig, ran
from traitlets.config import Config

from autograder import patches
from autograder.nbgrader_bridge import guest
from autograder.patches import PatchError

LINK = f"{NAME}.ipynb is a link, a folder or a device. Submit the file itself."
DATE = "timestamp.txt is a link, a folder or a device, not a file"
REVIEW = {  # student -> why a person must look
    "student": "student is a link. Submit the file itself.",
    "assignment": f"assignment/{NAME} is a link. Submit the file itself.",
    "file": LINK,
    "loop": "loop is a link. Submit the file itself.",
    "device": LINK,
    "fifo": LINK,
    "stamp_zero": DATE,
    "stamp_pipe": DATE,
    "month": "has no date",
    "nines": "has no date",
    "bytes": "has no date",
    "assignment_shut": f"Cannot read {NAME}/ (Permission denied)",
    "student_shut": "Cannot read student_shut/ (Permission denied)",
    "a\nb": "",  # nbgrader's own pattern of a path does not fit it
}
BESIDE = (
    "zero",
    "pipe",
    "folder",
    "tree",
    "escape",
)  # students with something odd beside the notebook
STEERING = "\x1b[2J\x1b]0;owned\x07\nINFO | all is well"  # a file's name
NO_DATES = {
    "month": "99999-99-99",
    "nines": "9" * 23,
    "bytes": "\udcff",
}  # what their timestamps hold


def make_course(folder: Path, request: pytest.FixtureRequest) -> Path:
    """A course in which everybody but one tries to lead nbgrader elsewhere; it is removed
    afterwards.
    """
    request.addfinalizer(lambda: subprocess.run(["rm", "-rf", str(folder)], check=True))
    course = new_course(folder, (NAME,))
    right, submitted = answered(course, NAME), course / "submitted"
    files = [
        name
        for name in REVIEW
        if name not in ("student", "assignment", "loop", "device", "fifo")
    ]
    for student in ("bea", *files, *BESIDE):
        hand_in(course, student, NAME, right)
    (submitted / "bea" / NAME / "timestamp.txt").write_text("2026-01-01 00:00:00 UTC\n")
    (submitted / "student").symlink_to("bea")
    (submitted / "loop").symlink_to("loop")
    (submitted / "device" / NAME).mkdir(parents=True)
    (submitted / "device" / NAME / f"{NAME}.ipynb").symlink_to("/dev/zero")
    (submitted / "fifo" / NAME).mkdir(parents=True)
    os.mkfifo(submitted / "fifo" / NAME / f"{NAME}.ipynb")
    dig(submitted / "tree" / NAME)
    (submitted / "escape" / NAME / STEERING).symlink_to("/dev/zero")
    (submitted / "assignment").mkdir()
    (submitted / "assignment" / NAME).symlink_to(f"../bea/{NAME}")
    notebook = submitted / "file" / NAME / f"{NAME}.ipynb"
    notebook.unlink()
    notebook.symlink_to(f"../../bea/{NAME}/{NAME}.ipynb")
    (submitted / "zero" / NAME / "data.csv").symlink_to("/dev/zero")
    os.mkfifo(submitted / "pipe" / NAME / "data.csv")
    (submitted / "folder" / NAME / "others").symlink_to("../..")
    (submitted / "stamp_zero" / NAME / "timestamp.txt").symlink_to("/dev/zero")
    os.mkfifo(submitted / "stamp_pipe" / NAME / "timestamp.txt")
    for student, stamp in NO_DATES.items():
        (submitted / student / NAME / "timestamp.txt").write_text(
            stamp, "utf-8", "surrogateescape"
        )
    (submitted / "assignment_shut" / NAME).chmod(0)
    (submitted / "student_shut").chmod(0)
    return course


def bounded(course: Path, *command: str) -> subprocess.CompletedProcess:
    """Run a command in the course, with 8 GB of memory, and 50 MB for a file."""
    words = [*AS_USER, "prlimit", f"--fsize={50 << 20}", f"--as={8 << 30}", *command]
    return ran(*words, cwd=course, env=environment())


@pytest.mark.slow
@pytest.mark.parametrize(
    "by", [pytest.param("nbgrader", marks=pytest.mark.exhaustive), "us"]
)
def test_each_is_graded_or_needs_review_and_no_link_is_followed(tmp_path, request, by):
    """No grade is guessed and the reason is given; an honest student is graded, whoever stands
    beside.
    """
    course = make_course(tmp_path / "course", request)
    ours = [
        BIN / "python",
        "-c",
        "from autograder.cli import main; main()",
        "grade",
        "--course",
        ".",
    ]
    command = (
        [BIN / "nbgrader", "autograde", NAME]
        if by == "nbgrader"
        else [*ours, "--jobs", "1"]
    )
    done = [bounded(course, *command) for _ in range(2 if by == "nbgrader" else 1)]
    for folder in ("student_shut", f"assignment_shut/{NAME}"):
        (course / "submitted" / folder).chmod(0o755)

    assert [1] * len(done) == [each.returncode for each in done], done[0].stderr[-3000:]
    found, lines = scores(course, NAME), done[0].stderr.splitlines()
    assert dict.fromkeys(("bea", *BESIDE), FULL) == {
        s: found[s] for s in ("bea", *BESIDE)
    }
    assert {None} == {
        score for student in REVIEW for score in found.get(student, {"": None}).values()
    }
    silent = [
        student
        for student, why in REVIEW.items()
        if not [
            line for line in lines if student.partition("\n")[0] in line and why in line
        ]
    ]
    assert [] == silent, done[0].stderr

    copies = [path for path in (course / "autograded").rglob("*") if not path.is_dir()]
    assert [] == [path for path in copies if path.is_symlink()]
    written = {f"{NAME}.ipynb", "timestamp.txt", "submission_secret.txt"}
    assert written == {path.name for path in copies}
    others = [path for path in copies if path.relative_to(course).parts[1] in REVIEW]
    assert [] == [path for path in others if "return a + b" in path.read_text("utf-8")]
    said = "".join(each.stdout + each.stderr for each in done)
    assert [] == [letter for letter in ("\x1b]", "\x1b[2J", "\x07") if letter in said]
    assert [] == [line for line in said.splitlines() if line.startswith("INFO | all")]
    if by == "nbgrader":
        list_the_class(course)


def list_the_class(course: Path) -> None:
    """Formgrader's list of who handed in reads no device, and one student's odd timestamp does
    not end it.
    """
    stamp = course / "submitted" / "bea" / NAME / "timestamp.txt"
    guest.install()
    config = Config()
    config.CourseDirectory.root = str(course)
    api = NbGraderAPI(config=config)
    assert 2026 == api.get_submitted_timestamp(NAME, "bea").year
    stamp.write_text("some time")
    odd = ("bea", "stamp_zero", "stamp_pipe", *NO_DATES)
    assert [None] * len(odd) == [
        api.get_submitted_timestamp(NAME, student) for student in odd
    ]


def test_nothing_is_graded_where_nbgrader_is_another(monkeypatch):
    """Where links would be followed all the same, it is said before anything is replaced."""
    monkeypatch.setattr(patches, "MADE_FOR_GOOD", set())
    monkeypatch.delattr("nbgrader.apps.api.NbGraderAPI.get_submitted_timestamp")
    with pytest.raises(PatchError, match="nbgrader would follow a student's link"):
        guest.install()
    assert set() == patches.MADE_FOR_GOOD
