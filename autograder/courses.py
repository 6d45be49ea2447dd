"""Where assignments are: in the package, and in the course in whose root a command runs.

A course's own exercises run in trusted processes, so only a folder of the instructor is ever used as a
course.  This module imports none of them, and does not know what is in them.
"""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).parent
FILE = "autograder.toml"  # marks the root of a course
VARIABLE = "AUTOGRADER_COURSE"  # the course of this process, and of all that it starts
EXERCISES, SOLUTIONS, ASSIGNMENTS = "exercises", "solutions", "assignments"
ANSWERS = "right_answers", "wrong_answers"


def use(folder: Path | None) -> None:
    """From here on, and in every process started here, also use the assignments of the course in this folder.

    A folder without an autograder.toml is not a course; it has the effect of None.
    """
    os.environ.pop(VARIABLE, None)
    if folder is not None and (folder / FILE).is_file():
        os.environ[VARIABLE] = str(folder.resolve())


def root() -> Path | None:
    """The root of the course, where there is one."""
    return Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None


def names() -> list[str]:
    """The assignments of the course and of the package, by their folders."""
    places = [place / EXERCISES for place in (root(), PACKAGE) if place]
    return sorted({path.parent.name for place in places for path in place.glob("*/__init__.py")})


def is_own(assignment: str) -> bool:
    """Whether it is the course's own, which replaces one of the same name in the package."""
    course = root()
    return course is not None and (course / EXERCISES / assignment / "__init__.py").is_file()


def folder(kind: str, assignment: str = "") -> Path:
    """Where the exercises, solutions or assignments of an assignment are; without one, the package's."""
    course = root()
    if course is not None and assignment and is_own(assignment):
        return course / kind / assignment
    packed = PACKAGE / "course"  # in a wheel; in the repository they are beside the package
    above = PACKAGE if kind == EXERCISES else packed if packed.is_dir() else PACKAGE.parent
    return above / kind / assignment


def catalogues(language: str) -> list[Path]:
    """The catalogues of the exercises, for each assignment that has one."""
    paths = (folder(EXERCISES, name) / f"{language}.po" for name in names())
    return [path for path in paths if path.is_file()]


def hidden() -> list[Path]:
    """What no student may read: the package's exercises and solutions, and the course as a whole."""
    course = root()
    return [folder(EXERCISES), folder(SOLUTIONS), *([course] if course else [])]


def sources() -> list[Path]:
    """The files of the course's own exercises, and all that lies beside them; no catalogue."""
    course = root()
    found = (course / EXERCISES).rglob("[!.]*") if course else []
    return sorted(path for path in found if path.is_file() and path.suffix not in (".po", ".pyc"))
