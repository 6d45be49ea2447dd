"""The engine names no exercise, the package its public names; `lint-imports` reads what may
import what.
"""

import re
import sys
from pathlib import Path

from process_helpers import ran

import autograder
from autograder import authoring, courses, exercises

KIT = Path(__file__).resolve().parent.parent / "autograder"
ASSIGNMENTS = courses.names()
NAMES = sorted(
    {e.name for name in ASSIGNMENTS for e in exercises.load(name)}
    | set(ASSIGNMENTS)
)


def test_the_engine_names_no_exercise():
    """What belongs to an exercise stands in its own file: a second one of its name changes no
    other line.
    """
    engine = [
        path
        for path in KIT.rglob("*.py")
        if courses.folder("exercises") not in path.parents[1:]
    ]
    found = re.compile(rf"\b(?:{'|'.join(NAMES)})\b")

    assert {
        path: names
        for path in engine
        if (names := found.findall(path.read_text()))
    } == {}


def test_the_public_names_are_those_of_authors_and_of_scripts():
    """They are written down once more, because importing authoring takes torch."""
    assert {*autograder.__all__} == {
        *authoring.__all__,
        "Report",
        "Settings",
        "grade",
    }
    assert {
        name for name in autograder.__all__ if not hasattr(autograder, name)
    } == set()


LOOKED = """
import sys
import autograder
print(sorted({*autograder.__all__} ^ {name for name in dir(autograder) if not name.startswith("__")}))
print(hasattr(autograder, "Exercice"), "torch" in sys.modules)
"""


def test_looking_at_the_package_imports_no_torch():
    """Neither `dir`, which lists the public names, nor a name that is misspelt."""
    assert ran(sys.executable, "-c", LOOKED).stdout == "[]\nFalse False\n"
