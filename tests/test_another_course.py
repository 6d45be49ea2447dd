"""A second course, put beside the kit's assignments: two folders, and no other line changes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from course_helpers import ROOT, nbgrader, scores

pytestmark = pytest.mark.slow

NAME = "calculus"
HERE = Path(__file__).parent / "another_course"
CODE = {
    "ana": {},
    "ben": {"slope": "def slope(f, x):\n    return f(x + 1e-3) - f(x - 1e-3)\n"},
    "cleo": {
        "train": "def train(x, lr, num_steps):\n    for _ in range(num_steps):\n"
        "        x = x + lr * slope(square, x)\n    return x\n"
    },
    # the parts' own names, in another order
    "dai": {
        "slope": "def slope(x, f):\n    return (f(x + 1e-3) - f(x - 1e-3)) / 2e-3\n",
        "train": "def train(x, lr, num_steps):\n    for _ in range(num_steps):\n"
        "        x = x - lr * slope(x, square)\n    return x\n",
    },
}
POINTS = {"ana": (3, 3), "ben": (0, 3), "cleo": (3, 0), "dai": (0, 3)}
CELLS = {student: {"test_slope": a, "test_train": b} for student, (a, b) in POINTS.items()}
NAMED = {"ana": "", "ben": "does_not_divide", "cleo": "goes_up", "dai": ""}


def autograder(course: Path, *words: str) -> subprocess.CompletedProcess:
    """Run the kit that lies in the course's own folder."""
    environment = {**os.environ, "PYTHONPATH": str(course), "XDG_CACHE_HOME": str(course / "cache")}
    command = [sys.executable, "-m", "autograder.cli", *words]
    return subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The kit with two folders more, its release made, and four students' notebooks in submitted/."""
    root = tmp_path_factory.mktemp("another") / "course"
    for folder in ("autograder", "solutions", "assignments"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy(ROOT / "nbgrader_config.py", root)
    shutil.copytree(HERE / "exercises" / NAME, root / "autograder" / "exercises" / NAME)
    shutil.copytree(HERE / "solutions" / NAME, root / "solutions" / NAME)
    done = autograder(root, "release", NAME)
    assert (0, "") == (done.returncode, done.stderr)
    reference = json.loads((root / "solutions" / NAME / f"{NAME}.ipynb").read_text("utf-8"))
    right = {cell["id"]: cell["source"] for cell in reference["cells"]}
    for student, own in CODE.items():
        notebook = json.loads((root / "assignments" / NAME / f"{NAME}.ipynb").read_text("utf-8"))
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("solution"):
                cell["source"] = own.get(cell["id"], right[cell["id"]])
        path = root / "submitted" / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def graded(course):
    """Student -> check -> its result, through `autograder grade`."""
    done = autograder(course, "grade", "submitted", "--assignment", NAME, "--out", "results-of-grade")
    assert (0, "") == (done.returncode, done.stderr)
    tree = json.loads((course / "results-of-grade" / "results.json").read_text("utf-8"))
    return {s["id"]: s["checks"] for s in tree["submissions"]}


def points_of(checks):
    return tuple(sum(c["earned"] for c in checks if c["exercise"] == name) for name in ("slope", "train"))


def test_each_function_has_its_own_points(graded):
    """A wrong part costs no other: a right one is lent for a plain call, too."""
    assert POINTS == {student: points_of(checks) for student, checks in graded.items()}


def test_mistakes_with_helpers_are_named(graded):
    """What an answer or a mistake uses of its module travels with it to the worker."""
    named = {s: next((c["mistake"] for c in checks if c["mistake"]), "") for s, checks in graded.items()}
    assert NAMED == named


def test_a_course_gets_the_same_points(course, graded):
    """Through `--course`."""
    done = nbgrader(course, "generate_assignment", NAME, "--force")
    assert 0 == done.returncode, done.stderr
    done = autograder(course, "grade", "--course", ".", "--assignment", NAME)
    assert (0, "") == (done.returncode, done.stderr)
    assert CELLS == scores(course, NAME)


def test_the_kit_s_own_assignments_are_as_before(course):
    """An exercise of the same name in another assignment replaces none."""
    code = (
        "from autograder import exercises\n"
        "for name in exercises.assignments():\n"
        "    print(name, *[e.name for e in exercises.of(name)])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(course)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd="/", env=environment, capture_output=True, text=True
    )
    assert [
        "calculus slope train",
        "linear_regression data_iter linreg squared_loss sgd train end_to_end",
        "vectorization vector_add",
    ] == done.stdout.splitlines()
