"""The wheel that one command builds, installed without the clone: its commands, public names, and types."""

import re
import shutil
import site
import sys
from pathlib import Path

import pytest
from course_helpers import ROOT
from process_helpers import ran

pytestmark = pytest.mark.slow
(HIDDEN,) = re.findall(
    r"```python\n(# exercises/statistics/mean_loss\.py\n.*?)```",
    (ROOT / "docs/authoring.md").read_text("utf-8"),
    re.S,
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The programs of a new environment that has the wheel, and sees what that requires in the tests' own."""
    place = tmp_path_factory.mktemp("wheel")
    for words in (
        ("pip", "wheel", "-q", "--no-deps", "--wheel-dir", place, ROOT),
        ("venv", "--without-pip", place / "venv"),
    ):
        done = ran(sys.executable, "-m", *words)
        assert 0 == done.returncode, done.stderr
    (wheel,) = place.glob("*.whl")
    python = place / "venv/bin/python"
    done = ran(sys.executable, "-m", "pip", "-q", "--python", python, "install", "--no-deps", wheel)
    assert 0 == done.returncode, done.stderr
    (own,) = (place / "venv/lib").glob("python*/site-packages")
    # a path in a .pth, of whose own .pth files Python reads none: no editable kit is seen
    (own / "requirements.pth").write_text("\n".join(site.getsitepackages()))
    return python.parent


def test_every_public_name_is_the_wheels(installed, tmp_path):
    """Neither the clone nor an editable install is seen."""
    program = "import autograder\nfrom autograder import *\nprint(autograder.__file__, Exercise.__module__)"
    done = ran(installed / "python", "-c", program, cwd=tmp_path)
    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.startswith(f"{installed.parent}/lib/")
    assert done.stdout.endswith("/autograder/__init__.py autograder.authoring.exercise\n")


def test_the_wheel_grades_the_sample_class_and_one_file(installed, tmp_path):
    """It brings its solutions, its stubs, and the pages' templates."""
    done = ran(installed / "autograder", "demo", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert (tmp_path / "demo/results/linear_regression/index.html").is_file()
    (tmp_path / "ann.py").write_text("def vector_add(a, b):\n    return a + b\n")
    done = ran(installed / "autograder", "grade", "ann.py", "--assignment", "vectorization", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert "ann, vectorization: 5 of 5 points" in done.stdout


def test_mypy_reads_a_courses_exercise_against_the_wheel(installed, tmp_path):
    """That of docs/authoring.md is right; a misspelt option and a shape that is none are told."""
    (tmp_path / "right.py").write_text(HIDDEN)
    slips = HIDDEN.replace('losses="n 1"', "losses=1").replace("up_to=", "upto=")
    (tmp_path / "wrong.py").write_text(slips)
    words = (
        "--python-executable",
        installed / "python",
        "--cache-dir",
        tmp_path / "cache",
        "--check-untyped-defs",
    )
    done = ran(shutil.which("mypy") or "mypy", *words, "right.py", "wrong.py", cwd=tmp_path)
    assert 1 == done.returncode, done.stdout + done.stderr
    assert 'error: Unexpected keyword argument "upto" for "contract" of "Exercise"' in done.stdout
    assert 'error: Argument "losses" to "tensors" has incompatible type "int"' in done.stdout
    assert "Found 2 errors in 1 file (checked 2 source files)" in done.stdout
