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
VARIABLE = "AUTOGRADER_COURSE"  # the course of this process, and of all that it starts
EXERCISES, SOLUTIONS, ASSIGNMENTS = "exercises", "solutions", "assignments"
ANSWERS = "right_answers", "wrong_answers"
EXERCISE_FILE = "[!_.]*.py"  # a folder with such a file is an assignment


def use(folder: Path | None) -> None:
    """Use also the assignments of the course in this folder, here and in every process started
    from here on.

    A folder without an autograder.toml is not a course; it has the effect of None.
    """
    os.environ.pop(VARIABLE, None)
    if folder is not None and (folder / FILE).is_file():
        os.environ[VARIABLE] = str(folder.resolve())


def may_be_a_students(folder: Path, graded: Iterable[Path] = ()) -> bool:
    """Return whether a student may have written the exercises in a folder that nobody named as
    a course.

    So it is if another user owns it, or a submission lies in it or beside its exercises, or
    it lies in a folder of submissions.  graded: the paths of submissions that the user
    named.
    """
    folder = folder.resolve()
    if not any(folder.glob(f"{EXERCISES}/*/*.py")):
        return False
    if any(
        place.stat().st_uid != os.geteuid() for place in (folder, folder / EXERCISES)
    ):
        return True
    named = {
        path.parent.name
        for place in (folder, PACKAGE)
        for path in place.glob(f"{EXERCISES}/*/*.py")
    }
    if any(
        path.stem in named and path.suffix in (".ipynb", ".py")
        for path in folder.iterdir()
    ):
        return True
    for path in (path.resolve() for path in graded):
        if path.is_relative_to(folder) or folder.is_relative_to(
            path.parent if path.is_file() else path
        ):
            return True
    return False


def root() -> Path | None:
    """Return the root of the course, where there is one."""
    return Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None


def names() -> list[str]:
    """Return the assignments of the course and of the package, by their folders."""
    places = [place / EXERCISES for place in (root(), PACKAGE) if place]
    return sorted(
        {
            path.parent.name
            for place in places
            for path in place.glob(f"*/{EXERCISE_FILE}")
        }
    )


def is_own(assignment: str) -> bool:
    """Return whether it is the course's own, which replaces one of the same name in the package."""
    course = root()
    return course is not None and any(
        (course / EXERCISES / assignment).glob(EXERCISE_FILE)
    )


def folder(kind: str, assignment: str = "") -> Path:
    """Return where the exercises, solutions or assignments of an assignment are.

    kind: EXERCISES, SOLUTIONS or ASSIGNMENTS.  assignment: "" for the package's folder of all.
    """
    if (course := root()) and assignment and is_own(assignment):
        return course / kind / assignment
    if kind == EXERCISES:
        return PACKAGE / kind / assignment
    packed = (
        PACKAGE / "course"
    )  # in a wheel; in the repository they are beside the package
    return (packed if packed.is_dir() else PACKAGE.parent) / kind / assignment


def edition(kind: str, assignment: str, language: str) -> Path:
    """Return where the solutions or assignments in a language are; the English ones if there
    are no others.

    kind: SOLUTIONS or ASSIGNMENTS.  language: such as "zh", whose folders are in a folder
    of this name.
    """
    english = folder(kind, assignment)
    other = english.parents[1] / language / kind / assignment
    return other if other.is_dir() else english


def catalogue(assignment: str, language: str) -> Path:
    """Return where the translations of an assignment's exercises are."""
    return folder(EXERCISES, assignment) / f"{language}.po"


def hidden() -> list[Path]:
    """Return what no student may read: the package's exercises and solutions, and the course
    as a whole.
    """
    chinese = folder(SOLUTIONS).parent / "zh"
    return [folder(EXERCISES), folder(SOLUTIONS), chinese, *filter(None, [root()])]


def sources() -> list[Path]:
    course = root()
    found = (course / EXERCISES).rglob("[!.]*") if course else []
    return sorted(
        path for path in found if path.is_file() and path.suffix not in (".po", ".pyc")
    )
