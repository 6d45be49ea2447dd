"""A course's own Python runs only where the user stands or points, never where a submission
lies.
"""

import os

import pytest
from cli_helpers import run

from autograder import courses

PLANTED = "from pathlib import Path\nPath({ran!r}).write_text('ran')\nraise ValueError('it ran')\n"


@pytest.fixture
def clone(tmp_path):
    """A student's folder with a submission, and exercises of that name that leave a file where
    they run.
    """
    root = tmp_path / "clone"
    (root / "exercises" / "evil").mkdir(parents=True)
    (root / "autograder.toml").write_text("seed = 1\n")
    (root / "exercises" / "evil" / "f.py").write_text(
        PLANTED.format(ran=str(tmp_path / "ran"))
    )
    (root / "hw").mkdir()
    for folder in (root, root / "hw"):
        (folder / "evil.py").write_text("x = 1\n")
    return root


COMMANDS = """grade evil.py
grade hw/evil.py
grade hw --out ../out
grade . --out ../out
grade . --list
grade hw/evil.py --list
check evil
gradescope-zip evil --out ../out.zip"""


@pytest.mark.parametrize("words", COMMANDS.split("\n"))
def test_exercises_beside_a_submission_never_run(clone, words):
    """One sentence says so, wherever below the folder the submission is."""
    done = run(*words.split(), cwd=clone)
    assert done.returncode == 2, done.stderr
    assert not (clone.parent / "ran").exists()
    if words.startswith("grade "):
        assert done.stderr.count(f"The exercises in {clone} were not used") == 1


def test_a_course_that_the_user_names_runs_its_exercises(clone):
    """That is the way to say yes."""
    done = run("grade", "evil.py", "--course", ".", cwd=clone)
    assert done.returncode == 1, done.stderr
    assert "it ran" in done.stderr
    assert (clone.parent / "ran").exists()


def without_submissions(root):
    """The folder without its files of that name."""
    for path in root.rglob("evil.py"):
        path.unlink()
    return root


def test_a_folder_of_ones_own_without_submissions_is_a_course(clone):
    """Where somebody stands in it, and grades what lies elsewhere."""
    assert not courses.may_be_a_students(
        without_submissions(clone), [clone.parent / "elsewhere"]
    )


def test_another_user_s_folder_is_no_course(clone, monkeypatch):
    """Such as one in a shared folder."""
    monkeypatch.setattr(os, "geteuid", lambda: clone.stat().st_uid + 1)
    assert courses.may_be_a_students(without_submissions(clone))
