"""The engine names no exercise; what may import what stands in pyproject.toml, for `lint-imports`."""

import re
from pathlib import Path

from autograder import courses, exercises

KIT = Path(__file__).resolve().parent.parent / "autograder"
ASSIGNMENTS = exercises.assignments()
NAMES = sorted({e.name for name in ASSIGNMENTS for e in exercises.of(name)} | set(ASSIGNMENTS))


def test_the_engine_names_no_exercise():
    """What belongs to an exercise stands in its own file: a second one of its name changes no other line."""
    engine = [path for path in KIT.rglob("*.py") if courses.folder("exercises") not in path.parents[1:]]
    found = re.compile(rf"\b(?:{'|'.join(NAMES)})\b")

    assert {} == {path: names for path in engine if (names := found.findall(path.read_text("utf-8")))}
