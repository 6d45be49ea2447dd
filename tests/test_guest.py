"""The kit in somebody's nbgrader course: two lines, and every other assignment is graded as
before.
"""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import nbgrader as installed
import pytest
from cli_helpers import FULL, NAME, run
from course_helpers import (
    ROOT,
    answered,
    cell_of,
    environment,
    gradebook,
    hand_in,
    nbgrader,
    new_course,
    page_of,
    scores,
    solution_cells,
)  # fmt: skip
from file_helpers import read_json
from process_helpers import ran

from autograder.errors import KitError
from autograder.judging import gate
from autograder.nbgrader_bridge import release

THEIRS = """
c.CourseDirectory.course_id = "theirs"
c.CourseDirectory.source_directory = "originals"
c.CourseDirectory.release_directory = "handouts"
c.ClearSolutions.code_stub = {"python": "...", "R": "fail()"}
c.ClearSolutions.begin_solution_delimeter = "SECRET"
c.ClearSolutions.end_solution_delimeter = "END OF IT"
c.Execute.timeout = 77
c.Autograde.exclude_overwriting = {"ps1": ["own.py"]}
"""
# Written into the settings: leaves in each run which of these were imported.
LOADED = """
import atexit, pathlib, sys
_file = pathlib.Path(__file__).with_name("loaded.txt")
_loaded = lambda: [name for name in ("torch", "hypothesis") if name in sys.modules]
atexit.register(lambda: _file.parent.is_dir() and _file.write_text(repr(_loaded())))
"""


def write_config(course, *parts):
    """An nbgrader_config.py of these parts."""
    (course / "nbgrader_config.py").write_text(
        "\n".join(["c = get_config()", *parts, ""])
    )


LINES = release.LINES.rstrip()
# What formgrader's server does, in one process.
BUTTONS = f"""
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import PyFileConfigLoader

config = PyFileConfigLoader("nbgrader_config.py", path=".").load_config()
api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
print([api.autograde(name, "bitdiddle")["success"] for name in ("{NAME}", "ps1", "{NAME}")])
"""
SQUARES = """
import os
def squares(n):
    if n < 1:
        raise ValueError
    return [i**2 for i in range(1, n + 1)]
print("ran in", os.path.basename(os.getcwd()))
"""


@pytest.mark.exhaustive
def test_each_assignment_goes_its_own_way(tmp_path):
    """In nbgrader's quickstart course: released, submitted, autograded, fed back, exported."""
    nbgrader(tmp_path, "quickstart", "theirs")
    course = tmp_path / "theirs"
    (course / "source").rename(course / "originals")
    for path in course.glob("originals/ps1/*.ipynb"):
        text = path.read_text().replace("BEGIN SOLUTION", "SECRET")
        path.write_text(text.replace("END SOLUTION", "END OF IT"))
    write_config(course, THEIRS)
    assert run("add", NAME, cwd=course).returncode == 0
    with open(course / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write(LOADED)
    submitted = course / "submitted/bitdiddle"
    folder = course / "autograded/bitdiddle"
    for assignment in ("ps1", NAME):
        nbgrader(course, "generate_assignment", assignment)
        shutil.copytree(
            course / "handouts" / assignment, submitted / assignment
        )
    (submitted / NAME / f"{NAME}.ipynb").write_text(gate.reference(NAME).text)
    theirs = submitted / "ps1/problem1.ipynb"
    notebook = read_json(theirs)
    assert "..." in "".join(solution_cells(notebook)[0]["source"])
    solution_cells(notebook)[0]["source"] = SQUARES
    theirs.write_text(json.dumps(notebook))
    theirs.with_name("data.csv").symlink_to("../../../nbgrader_config.py")
    for command in ("autograde", "generate_feedback"):
        for assignment in ("ps1", NAME):
            nbgrader(course, command, assignment)
            assert (
                assignment != "ps1"
                or (course / "loaded.txt").read_text() == "[]"
            )
    assert "ran in ps1" in (folder / "ps1/problem1.ipynb").read_text()
    assert "get_config" in (folder / "ps1/data.csv").read_text()
    assert "HIDDEN" not in page_of(course, "bitdiddle", NAME)
    nbgrader(course, "export")
    rows = [
        line.split(",")
        for line in (course / "grades.csv").read_text().splitlines()
    ]
    points = {row[0]: row[-2:] for row in rows if "bitdiddle" in row}
    assert points == {NAME: ["5.0", "5.0"], "ps1": ["2.0", "13.0"]}
    done = ran(sys.executable, "-c", BUTTONS, cwd=course, env=environment())
    assert done.stdout.strip() == "[True, True, True]", done.stderr[-3000:]


@pytest.mark.exhaustive
def test_an_instructors_own_cells(tmp_path):
    """An autograded one is refused; a written question waits for a person."""
    course = new_course(tmp_path / "course", (NAME,))
    path = course / "solutions" / NAME / f"{NAME}.ipynb"
    before = read_json(path)
    common = {"schema_version": 3, "task": False, "points": 1, "grade": True}
    bonus = {"grade_id": "bonus", "solution": False, "locked": True, **common}
    why = {"grade_id": "why", "solution": True, "locked": False, **common}
    code = {
        "cell_type": "code",
        "outputs": [],
        "execution_count": None,
        "id": "bonus",
    }
    text = {"cell_type": "markdown", "id": "why"}
    refusal = "this kit has no exercise for its autograded cell bonus"
    for cell, mark, status in ((code, bonus, 1), (text, why, 0)):
        own = cell | {"source": "?", "metadata": {"nbgrader": mark}}
        path.write_text(
            json.dumps({**before, "cells": [*before["cells"], own]})
        )
        command = "generate_assignment", NAME, "--force"
        done = nbgrader(course, *command, status=status)
        assert (refusal in done.stderr) == (status == 1)
    notebook = answered(course, NAME)
    hand_in(course, "bob", NAME, notebook)
    cell_of(notebook, "why")["source"] = "Because <i>I</i> say so."
    hand_in(course, "ana", NAME, notebook)
    nbgrader(course, "autograde", NAME)
    points = scores(course, NAME)
    assert points["ana"] == {**FULL, "why": None}
    assert points["bob"] == {**FULL, "why": 0}
    graded = course / "autograded/ana" / NAME / f"{NAME}.ipynb"
    assert "Because &#60;i&#62;I" in graded.read_text()
    with gradebook(course) as book:
        grade = book.find_grade("why", NAME, NAME, "ana")
        grade.manual_score = 0.5
        grade.needs_manual_grade = False
        book.find_comment(
            "why", NAME, NAME, "ana"
        ).manual_comment = "Who are you?"
        book.db.commit()
    nbgrader(course, "generate_feedback", NAME)
    page = page_of(course, "ana", NAME)
    assert "why: 0.5 points. Who are you?" in page


def added(course):
    """What lies in the course beside its settings and what nbgrader keeps."""
    files = (
        path.relative_to(course).as_posix()
        for path in course.rglob("*")
        if path.is_file()
    )
    return sorted(name for name in files if name != "nbgrader_config.py")


@pytest.fixture
def inside(tmp_path, monkeypatch):
    """An empty course with folders of its own names, as the current folder."""
    write_config(tmp_path, THEIRS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_assignment_is_added_to_the_courses_own_folder(inside):
    """Its source and self-check; the two lines are added, once."""
    config = inside / "nbgrader_config.py"
    config.write_text(
        config.read_text().rstrip("\n")
    )  # its last line has no end
    before = config.read_text()
    folder = Path("originals", NAME)
    files = sorted((f"{NAME}.ipynb", "selfcheck.py", f"test_{NAME}.py"))
    assert release.add(inside, NAME, "en") == [
        folder,
        Path("nbgrader_config.py"),
    ]
    assert added(inside) == [str(folder / name) for name in files]
    assert config.read_text() == f"{before}\n\n{LINES}\n"
    shutil.rmtree(inside / "originals" / NAME)
    assert release.add(inside, NAME, "en") == [folder]
    assert config.read_text() == f"{before}\n\n{LINES}\n"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("a file", "Not a directory"),
        ("a folder", f"^originals/{NAME} already exists. Nothing was written."),
        ("no course", "it has no nbgrader_config.py"),
    ],
)
def test_nothing_is_overwritten_and_no_half_is_left(inside, place, words):
    """Not even an empty folder; there must be a course."""
    config = inside / "nbgrader_config.py"
    if place == "a file":
        (inside / "originals").touch()
    elif place == "a folder":
        (inside / "originals" / NAME).mkdir(parents=True)
    else:
        config.unlink()
    before = added(inside)
    with pytest.raises((KitError, OSError), match=words):
        release.add(inside, NAME, "en")
    assert added(inside) == before


TESTS = Path(installed.__file__).parent / "tests"
OWN = [
    "apps/test_nbgrader_autograde.py",
    "apps/test_nbgrader_generate_feedback.py",
    "apps/test_nbgrader_generate_assignment.py",
    "apps/test_api.py",
    "preprocessors",
]


@pytest.mark.exhaustive
@pytest.mark.parametrize("path", OWN)
def test_nbgraders_own_tests_pass_with_the_two_lines(tmp_path, path):
    """As many as without them: none is left out."""
    words = "-P -m pytest -q -p no:xdist -p no:cacheprovider -p guest_plugin --rootdir"
    # some of them read files as from the root of nbgrader's repository
    (tmp_path / "nbgrader").mkdir()
    (tmp_path / "nbgrader/docs").symlink_to(TESTS.parent / "docs")
    env = environment() | {"PYTHONPATH": f"{ROOT / 'tests'}{os.pathsep}{ROOT}"}
    command = [sys.executable, *words.split(), tmp_path, TESTS / path]
    done = ran(*command, cwd=tmp_path, env=env, timeout=3600)
    assert re.search(r"\d+ passed", done.stdout), done.stdout[-3000:]
    assert done.returncode == 0, done.stdout[-5000:]
