"""The house: imports point down, modules stay short, and the engine names no exercise."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import exercises

ROOT = Path(__file__).resolve().parent.parent
KIT = ROOT / "autograder"
MODULES = sorted(path for path in KIT.rglob("*.py"))
ENGINE = [path for path in MODULES if exercises.FOLDER not in path.parents or path.parent == exercises.FOLDER]
ASSIGNMENTS = exercises.assignments()
NAMES = sorted({e.name for name in ASSIGNMENTS for e in exercises.of(name)} | set(ASSIGNMENTS))


def test_imports_point_down():
    """import-linter's contracts in pyproject.toml are the map; a new room must be given a floor."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)

    assert 0 == done.returncode, done.stdout


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: path.relative_to(KIT).as_posix())
def test_the_engine_names_no_exercise(path):
    """What belongs to an exercise stands in its own file: a second one of its name changes no other line."""
    found = re.findall(rf"\b(?:{'|'.join(NAMES)})\b", path.read_text("utf-8"))

    assert [] == found


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: path.relative_to(KIT).as_posix())
def test_a_module_says_its_idea_and_stays_short(path):
    """A docstring first, and no more than can be read at once."""
    text = path.read_text("utf-8")

    assert text.startswith('"""')
    assert len(text.splitlines()) <= 360


def test_an_exercise_imports_only_what_authors_have():
    """The one exception is the border's own seed, for probes."""
    allowed = ("autograder.authoring", "autograder.exercises", "autograder.sandbox.inside.probes")
    for path in exercises.FOLDER.glob("*/*.py"):
        names = re.findall(r"^\s*(?:from|import) (autograder[\w.]*)", path.read_text("utf-8"), re.MULTILINE)
        assert [] == [name for name in names if not name.startswith(allowed)], path
