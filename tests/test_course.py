"""A whole class by grade_course: the same points, files and rows as by nbgrader autograde, in parallel."""

from __future__ import annotations

import contextlib
import csv
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from course_helpers import (
    ROOT,
    answered,
    cell_of,
    gradebook,
    hand_in,
    nbgrader,
    new_course,
    released,
    scores,
    with_code,
)
from nbgrader import api
from nbgrader.nbgraderformat import MetadataValidator, common

from autograder import course as room
from autograder import gate
from autograder.course import CourseError, grade_course
from autograder.results import Outcome
from autograder.submission import open_source, text_of

NAME = "linear_regression"
LATE = 'c.LateSubmissionPlugin.penalty_method = "zero"\n'


def submissions() -> list[Path]:
    """Right answers in many styles, and some wrong ones of each exercise (they take longer)."""
    right = sorted((ROOT / "tests/right_answers" / NAME).iterdir())
    wrong = sorted((ROOT / "tests/wrong_answers" / NAME).glob("*.py"))[::17]
    return [path for path in right + wrong if "never_ends" not in path.stem]


def judged(folder: Path) -> dict[str, dict[str, float]]:
    """student -> cell -> points, by a judge of our own."""
    found = {}
    with gate.open_judge(gate.exam_of(NAME)) as judge:
        for path in sorted((folder / "submitted").glob(f"*/{NAME}/{NAME}.ipynb")):
            cells = found.setdefault(path.parts[-3], {})
            for result in judge.judge(open_source(path, path.parts[-3])).results:
                name = f"test_{result.exercise}"
                cells[name] = cells.get(name, 0) + result.earned
    return found


@pytest.fixture(scope="module")
def courses(tmp_path_factory) -> tuple[Path, Path, dict]:
    """The same class twice, the first graded by nbgrader; and what a judge of our own gives."""
    folder = tmp_path_factory.mktemp("course")
    one = new_course(folder / "one", (NAME,))
    with open(one / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write(LATE)
    empty = released(one, NAME)
    for path in submissions():
        data = path.read_bytes() if path.suffix == ".ipynb" else with_code(empty, text_of(path))
        hand_in(one, path.stem, NAME, data)
    right = answered(one, NAME)
    hand_in(one, "zz_broken", NAME, b"{")
    hand_in(one, "zz_stub", NAME, empty)
    hand_in(one, "zz_hostile", NAME, with_code(right, "import os\nos._exit(0)\ndef sgd(p, l, b): os.abort()"))
    cell_of(right, "q_learning_rate")["source"] = "It diverges."
    late = hand_in(one, "zz_late", NAME, right)
    late.with_name("timestamp.txt").write_text("2030-01-01 00:00:00 UTC\n")
    with gradebook(one) as book:
        book.update_or_create_assignment(NAME, duedate="2029-01-01 00:00:00 UTC")
    (one / "submitted/zz_other" / NAME).mkdir(parents=True)
    (one / "submitted/zz_other" / NAME / "my copy.ipynb").write_text("{}")
    two = Path(shutil.copytree(one, folder / "two"))
    with ThreadPoolExecutor(1) as beside:  # two cores: nbgrader on one, our judge on the other
        running = beside.submit(nbgrader, one, "autograde", NAME)
        points = judged(two)
        done = running.result()
    # it says that no notebook was found for zz_other, and goes on
    assert done.returncode in (0, 1), done.stderr[-3000:]
    return one, two, points


@pytest.fixture(scope="module")
def graded(courses) -> dict[str, room.Graded]:
    """What grade_course said of each student."""
    return {one.student: one for one in grade_course(courses[1], NAME, 2)}


def test_the_points_are_those_of_nbgrader(courses, graded):
    """Cell by cell, for at least 60 submissions: right, wrong, broken and hostile."""
    one, two = (scores(folder, NAME) for folder in courses[:2])
    assert one == two
    assert 60 <= len(two)


def test_the_points_are_those_of_a_plain_judge(courses, graded):
    """The same file gets the same points through every door."""
    found = scores(courses[1], NAME)
    assert set(found.pop("zz_other").values()) == {None}  # it handed in no notebook of this name
    tests = {s: {k: v for k, v in cells.items() if k.startswith("test_")} for s, cells in found.items()}
    assert courses[2] == tests


def test_the_files_are_those_of_nbgrader(courses, graded):
    """Byte by byte, and read-only."""
    one, two, _ = courses
    names = sorted(path.relative_to(one) for path in (one / "autograded").rglob("*") if path.is_file())
    assert names == sorted(
        path.relative_to(two) for path in (two / "autograded").rglob("*") if path.is_file()
    )
    for name in names:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
        assert (two / name).stat().st_mode & 0o777 == 0o444


def test_the_export_is_that_of_nbgrader(courses, graded):
    """With late penalties."""
    rows = []
    for folder in courses[:2]:
        done = nbgrader(folder, "export")
        assert done.returncode == 0, done.stderr
        with open(folder / "grades.csv", encoding="utf-8") as file:
            rows.append(sorted(map(str, csv.DictReader(file))))
    assert rows[0] == rows[1]
    with gradebook(courses[1]) as book:
        assert book.find_submission(NAME, "zz_late").late_submission_penalty == 30


def test_what_is_told_is_what_stands_in_the_gradebook(courses, graded):
    """Score and maximum of each notebook; a reason where there is none."""
    with gradebook(courses[1]) as book:
        for student, one in graded.items():
            if student != "zz_other":
                assert one.score == book.find_submission_notebook(NAME, NAME, student).score
                assert one.max_score == 32
                assert one.problem == ""
    other = graded["zz_other"]
    assert (other.score, other.max_score) == (None, None)
    assert other.problem == f"no {NAME}.ipynb was handed in: only my copy.ipynb"
    assert graded["zz_broken"].score == 0
    assert "not JSON" in graded["zz_broken"].notes[0]


def test_what_was_given_by_hand_survives(courses, graded):
    """Manual scores and comments stay when the class is graded again, and the automatic ones come back."""
    folder = courses[1]
    student = "zz_late"
    with gradebook(folder) as book:
        grade = book.find_grade("q_learning_rate", NAME, NAME, student)
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        extra = book.find_grade("test_sgd", NAME, NAME, student)
        extra.manual_score = 2
        book.find_comment("q_learning_rate", NAME, NAME, student).manual_comment = "Say why."
        book.db.commit()
    (again,) = grade_course(folder, NAME, 1, students=student)
    assert again.score == 30 - 6 + 2 + 1.5
    with gradebook(folder) as book:
        assert book.find_grade("q_learning_rate", NAME, NAME, student).manual_score == 1.5
        assert book.find_grade("test_sgd", NAME, NAME, student).auto_score == 6
        assert book.find_comment("q_learning_rate", NAME, NAME, student).manual_comment == "Say why."


class Broken:
    """A pool whose judges fail."""

    def __init__(self, exam, *_, **__):
        self.exam = exam

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def reports(self, entries):
        judge = gate.open_judge(self.exam)
        for entry in entries:
            yield entry, judge.failure(open_source(entry.path, entry.id), "the disk is full")


def test_a_grader_error_touches_nothing(courses, graded, monkeypatch):
    """The earlier grade and the earlier notebook stay, and the submission is listed for a person."""
    folder = courses[1]
    before = scores(folder, NAME)
    monkeypatch.setattr(room, "Batch", Broken)
    (one,) = grade_course(folder, NAME, 1, students="zz_late")
    assert (one.score, one.problem) == (None, "the disk is full")
    assert before == scores(folder, NAME)
    nbformat.read(folder / "autograded/zz_late" / NAME / f"{NAME}.ipynb", 4)


class Crooked(Broken):
    """A pool whose first report cannot be held by nbgrader."""

    def reports(self, entries):
        judge = gate.open_judge(self.exam)
        for number, entry in enumerate(entries):
            report = judge.failure(open_source(entry.path, entry.id), "")
            results = [replace(r, outcome=Outcome.FAILED) for r in report.results]
            yield entry, replace(report, results=tuple(results if number else results[1:]))


def test_one_bad_report_stops_no_class(courses, graded, monkeypatch):
    """The others are graded, and the bad one is told with its reason."""
    monkeypatch.setattr(room, "Batch", Crooked)
    one, two = grade_course(courses[1], NAME, 1, students="zz_[bh]*")
    assert (one.student, one.score) == ("zz_broken", None)
    assert "has 6 points, its checks" in one.problem
    assert (two.student, two.problem) == ("zz_hostile", "")


def test_a_folder_that_is_no_course_is_told(tmp_path):
    """In one line that says what is missing."""
    with pytest.raises(CourseError, match=r"it has no nbgrader_config\.py"):
        grade_course(tmp_path, NAME)


def test_an_assignment_that_was_not_generated_is_told(tmp_path):
    """With the command that makes it."""
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    with pytest.raises(CourseError, match="run `nbgrader generate_assignment linear_regression` first"):
        grade_course(tmp_path, NAME)


def test_an_empty_course_is_told(courses, graded):
    """Where the submissions are expected."""
    with pytest.raises(CourseError, match="collect the submissions first"):
        grade_course(courses[1], NAME, students="nobody")


def test_metadata_are_checked_as_by_nbgrader():
    """By the same rules, in the same words; and afterwards nothing of nbgrader's is changed."""
    before = api.create_engine, api.Base.metadata.create_all, common.jsonschema
    cell = nbformat.v4.new_code_cell(metadata={"nbgrader": {"schema_version": 3, "grade_id": 7}})
    words = []
    for once in (contextlib.nullcontext(), room._once()):
        with once, pytest.raises(common.ValidationError) as caught:
            MetadataValidator().validate_nb(nbformat.v4.new_notebook(cells=[cell]))
        words.append(str(caught.value))
    assert words[0] == words[1]
    assert before == (api.create_engine, api.Base.metadata.create_all, common.jsonschema)


LOOK = """
import atexit, sys
from autograder import cli
atexit.register(lambda: print("nbgrader" in sys.modules, "lark" in sys.modules))
sys.argv[1:] = ["grade", "--course", "nowhere"]
cli.main()
"""


def test_the_command_needs_no_grammar_of_iris():
    """jsonschema's, which takes a second to compile."""
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, timeout=120)
    assert (2, "True False\n") == (done.returncode, done.stdout), done.stderr
