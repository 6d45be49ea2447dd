"""Where assignments are: in the package, and in the course in whose root a command runs.

A course's own exercises run in trusted processes, so only a folder that the user named as a
course, or stands in and owns, is ever used as one (`may_be_a_students`).  This module
imports none of them.
"""

import os
from collections.abc import Iterable
from pathlib import Path

PACKAGE = Path(__file__).parent
FILE = "autograder.toml"  # marks the root of a course
# Holds the course of this process, and of all that it starts.
VARIABLE = "AUTOGRADER_COURSE"
EXERCISES, SOLUTIONS, ASSIGNMENTS = "exercises", "solutions", "assignments"
ANSWERS = "right_answers", "wrong_answers"
NO_SOURCES = (".po", ".pyc")
# A folder with such a file is an assignment.
EXERCISE_FILE = "[!_.]*.py"


def use(folder: Path | None) -> None:
    """Use also the assignments of the course in this folder, in all that starts from here on.

    A folder without an autograder.toml is not a course; it has the effect of None.
    """
    os.environ.pop(VARIABLE, None)
    if folder is not None and (folder / FILE).is_file():
        os.environ[VARIABLE] = str(folder.resolve())


def may_be_a_students(folder: Path, graded: Iterable[Path] = ()) -> bool:
    """Return whether a student may have written the exercises in a folder that nobody named.

    So it is if another user owns it, or a submission lies in it or beside its exercises, or
    it lies in a folder of submissions.  graded: the paths of submissions that the user named.
    """
    folder = folder.resolve()
    exercises = f"{EXERCISES}/*/*.py"
    assignments = {path.parent.name for path in folder.glob(exercises)}
    if not assignments:
        return False
    for place in (folder, folder / EXERCISES):
        if place.stat().st_uid != os.geteuid():
            return True
    named = assignments | {path.parent.name for path in PACKAGE.glob(exercises)}
    for path in folder.iterdir():
        if path.stem in named and path.suffix in (".ipynb", ".py"):
            return True
    for path in graded:
        path = path.resolve()
        place = path.parent if path.is_file() else path
        if path.is_relative_to(folder) or folder.is_relative_to(place):
            return True
    return False


def root() -> Path | None:
    """Return the root of the course, where there is one."""
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    return None


def names() -> list[str]:
    """Return the assignments of the course and of the package, by their folders."""
    assignments: set[str] = set()
    for place in filter(None, (root(), PACKAGE)):
        for path in (place / EXERCISES).glob(f"*/{EXERCISE_FILE}"):
            assignments.add(path.parent.name)
    return sorted(assignments)


def is_of_course(assignment: str) -> bool:
    """Return whether it is the course's own, which replaces one of the same name in the package."""
    course = root()
    if course is None:
        return False
    return any((course / EXERCISES / assignment).glob(EXERCISE_FILE))


def own_names() -> list[str]:
    """Return the course's own assignments; the package's if it has none."""
    existing = names()
    return [*filter(is_of_course, existing)] or existing


def folder(kind: str, assignment: str = "") -> Path:
    """Return where the exercises, solutions, release or answers of an assignment are.

    kind: EXERCISES, SOLUTIONS, ASSIGNMENTS or one of ANSWERS.  assignment: "" for the package's
    folder of all.
    """
    if (course := root()) and assignment and is_of_course(assignment):
        return course / kind / assignment
    if kind == EXERCISES:
        return PACKAGE / kind / assignment
    if kind in ANSWERS:
        kind = f"tests/check/{kind}"
    return _beside_package(kind) / assignment


def _beside_package(name: str) -> Path:
    """Return where a folder of the repository is, which a wheel has in the package."""
    packed = PACKAGE / "course"
    return (packed if packed.is_dir() else PACKAGE.parent) / name


def sample_class() -> Path:
    """Return the folder of the students of the sample class."""
    return _beside_package("examples") / "class" / "submitted"


def translated_folder(kind: str, assignment: str, language: str) -> Path:
    """Return where the solutions or assignments in a language are, else the English ones.

    language: such as "zh", whose folders are in a folder of this name.
    """
    english = folder(kind, assignment)
    translated = english.parents[1] / language / kind / assignment
    if translated.is_dir():
        return translated
    return english


def catalogue(assignment: str, language: str) -> Path:
    """Return where the translations of an assignment's exercises are."""
    return folder(EXERCISES, assignment) / f"{language}.po"


def hidden() -> list[Path]:
    """Return what no student may read: the package's exercises and solutions, and the course
    as a whole.
    """
    chinese = folder(SOLUTIONS).parent / "zh"
    return [
        folder(EXERCISES),
        folder(SOLUTIONS),
        chinese,
        *filter(None, [root()]),
    ]


def sources() -> list[Path]:
    """Return all files of the course's own exercises, without translations."""
    course = root()
    if course is None:
        return []
    paths = sorted((course / EXERCISES).rglob("[!.]*"))
    return [
        path
        for path in paths
        if path.is_file() and path.suffix not in NO_SOURCES
    ]
