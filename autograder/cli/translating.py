"""`autograder translate`: keeps the catalogues in step with the sentences, and says which wait for words.

The kit's own sentences are what is said through `tr`, what stands in the rooms' modules of words, and what
exercises declare; a course's are those of its notebooks and self-checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from autograder import exercises, languages
from autograder.languages import catalogues, literals
from autograder.nbgrader_bridge import edition

PACKAGE = Path(__file__).parents[1]
# The places of arguments that are sentences, or parts of one.
SPOKEN = {"tr": 0, "slip": 0, "that": 1, "close": 2, "within": 3, "WireError": 0, "Patch": 5}
# Modules whose constants are sentences; and names there that are not.
WORDS = (
    "reporting.words",
    "judging.wording",
    "authoring.expect",
    "sandbox.ended",
    "sandbox.inside.words",
    "intake.layouts",
    "cli.doctor",
    "cli.stop",
    "cli.grading",
)
NO_WORDS = {"EXPLAINED", "UNREAD", "DATE", "METADATA", "SUFFIXES", "PAGE"}
NO_WORDS |= {"HIDDEN_FILE", "READS", "PROBES", "PROBE", "KIT", "LIBRARIES"}  # programs and folders


def sentences() -> catalogues.Found:
    """Each English sentence of the kit, and the files where it is said."""
    return catalogues.found((text, "", where) for text, where in (*_spoken(), *_constant(), *_declared()))


def _spoken() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.stem.endswith("_oracle"):
            continue  # what only an audit says
        for text in literals.sentences(path.read_text("utf-8"), SPOKEN):
            yield text, path.relative_to(PACKAGE.parent).as_posix()


def _constant() -> Iterator[tuple[str, str]]:
    for name in WORDS:
        module = import_module(f"autograder.{name}")
        where = f"autograder/{name.replace('.', '/')}.py"
        constants = [value for key, value in vars(module).items() if key.isupper() and key not in NO_WORDS]
        explained = tuple(words for *_, words in getattr(module, "EXPLAINED", ()))
        for text in _strings((*constants, explained)):
            said = literals.bare(text)
            is_short = name == "reporting.words" and (any(map(str.isalpha, said)) or ": " in said)
            if is_short or literals.is_sentence(text):
                yield text, where


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, dict):
        yield from _strings(tuple(value.values()))


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
                if mistake.hint:
                    yield mistake.hint, where


def all_catalogues(root: Path) -> dict[Path, catalogues.Found]:
    """Each catalogue, and the sentences that belong in it: the kit's, and those of the course in root."""
    others = [name for name in languages.LANGUAGES if name != languages.ENGLISH]
    kit = sentences()
    found = {languages.FOLDER / f"{name}.po": kit for name in others}
    for name in others:
        found |= edition.sentences(root, name)
    return found


def waiting(root: Path) -> list[str]:
    """A line for each sentence that waits for words."""
    return [line for path, found in all_catalogues(root).items() for line in catalogues.waiting(path, found)]


def bring_up(root: Path) -> list[Path]:
    """Write each catalogue anew; those that changed."""
    return [path for path, found in all_catalogues(root).items() if catalogues.bring_up(path, found)]
