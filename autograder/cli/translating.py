"""`autograder translate`: keeps the catalogues in step with the sentences, and says which wait for words.

The kit's own sentences are what is marked in its code, and what exercises declare; a course's are
those of its notebooks and self-checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from autograder import courses, exercises, languages
from autograder.languages import catalogues
from autograder.nbgrader_bridge import edition

PACKAGE = Path(__file__).parents[1]
# What is given sentences, and as which of its arguments.
KEYWORDS = {
    "tr": None,
    "N_": None,
    "Stop": None,
    "say": None,
    "lazy": None,
    "plural": (1, 2),
    "that": (2,),
    "close": (3,),
    "within": (4,),
    "Patch": (6,),
    **dict.fromkeys(
        ("BrokenGate", "DeclarationError", "NotANotebook", "SandboxError", "UnknownAssignment", "WireError")
    ),
}


def sentences() -> catalogues.Found:
    """Each English sentence of the kit, and the files where it is said."""
    return catalogues.found((text, "", where) for text, where in (*_marked(), *_declared()))


def _marked() -> Iterator[tuple[catalogues.Text, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if not path.stem.endswith("_oracle"):  # what only an audit says
            where = path.relative_to(PACKAGE.parent).as_posix()
            yield from ((text, where) for text in catalogues.extracted(path, KEYWORDS))


def _declared() -> Iterator[tuple[str, str]]:
    """Titles, hints and words of mistakes, exercise by exercise."""
    for assignment in exercises.assignments():
        for exercise in exercises.of(assignment):
            where = f"autograder/exercises/{assignment}/{exercise.name}.py"
            for check in exercise.checks:
                yield check.title, where
                yield check.hint, where
            for mistake in exercise.mistakes:
                yield mistake.says, where


def all_catalogues(root: Path) -> dict[Path, catalogues.Found]:
    """Each catalogue of the course in root, and the sentences that belong in it.

    Also the kit's, but not in a course with assignments of its own: the kit's are for all courses.
    """
    others = [name for name in languages.LANGUAGES if name != languages.ENGLISH]
    found: dict[Path, catalogues.Found] = {}
    if not any(map(courses.is_own, courses.names())):
        found = dict.fromkeys((languages.FOLDER / f"{name}.po" for name in others), sentences())
    for name in others:
        found |= edition.sentences(root, name)
    return found


def waiting(root: Path) -> list[str]:
    """A line for each sentence that waits for words."""
    return [line for path, found in all_catalogues(root).items() for line in catalogues.waiting(path, found)]


def bring_up(root: Path) -> list[Path]:
    """Write each catalogue anew; those that changed."""
    return [path for path, found in all_catalogues(root).items() if catalogues.bring_up(path, found)]
