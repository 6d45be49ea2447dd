"""The wheel that one command builds, installed without the clone: its commands, public names,
and types.
"""

import site
import sys

import pytest
from course_helpers import ROOT
from file_helpers import read_json
from process_helpers import ran

pytestmark = pytest.mark.slow
NAME = "linear_regression"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The programs of a new environment that has the wheel, and sees what that requires in the
    tests' own.
    """
    place = tmp_path_factory.mktemp("wheel")
    for words in (
        ("pip", "wheel", "-q", "--no-deps", "--wheel-dir", place, ROOT),
        ("venv", "--without-pip", place / "venv"),
    ):
        done = ran(sys.executable, "-m", *words)
        assert done.returncode == 0, done.stderr
    (wheel,) = place.glob("*.whl")
    python = place / "venv/bin/python"
    done = ran(
        sys.executable,
        "-m",
        "pip",
        "-q",
        "--python",
        python,
        "install",
        "--no-deps",
        wheel,
    )
    assert done.returncode == 0, done.stderr
    (own,) = (place / "venv/lib").glob("python*/site-packages")
    # a path in a .pth, of whose own .pth files Python reads none: no editable kit is seen
    (own / "requirements.pth").write_text("\n".join(site.getsitepackages()))
    return python.parent


def test_every_public_name_is_the_wheels(installed, tmp_path):
    """Neither the clone nor an editable install is seen."""
    program = (
        "import autograder\nfrom autograder import *\nprint(autograder.__file__, "
        "Exercise.__module__)"
    )
    done = ran(installed / "python", "-c", program, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith(f"{installed.parent}/lib/")
    assert done.stdout.endswith(
        "/autograder/__init__.py autograder.authoring.exercise\n"
    )


def look_at_the_demo(folder, told):
    """One command wrote a sample class, graded it, and said where to look."""
    results = folder / "demo" / "results" / NAME
    tree = read_json(results / "results.json")
    scores = {one["id"]: one["score"] for one in tree["submissions"]}
    assert len(scores) >= 16
    known = {"amal": 30, "bertha": 30, "chen": 30, "quinn": 0, "rosa": 0}
    assert {student: scores[student] for student in known} == known
    assert f"Open demo/results/{NAME}/index.html first." in told
    text = (results / "feedback" / "dana.txt").read_text()
    assert "Likely cause: The difference of a column and a flat" in text


def test_the_wheel_grades_the_sample_class_and_one_file(installed, tmp_path):
    """It brings its solutions, its stubs, and the pages' templates."""
    done = ran(installed / "autograder", "demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    look_at_the_demo(tmp_path, done.stdout)
    (tmp_path / "ann.py").write_text(
        "def vector_add(a, b):\n    return a + b\n"
    )
    done = ran(
        installed / "autograder",
        "grade",
        "ann.py",
        "--assignment",
        "vectorization",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "ann, vectorization: 5 of 5 points" in done.stdout
