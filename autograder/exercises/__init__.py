"""The hidden part: a folder for each assignment, and in it a file for each exercise.

Workers must never be able to read it.  New folders and files are found automatically; there
is no list.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from autograder import courses
from autograder.errors import DeclarationError
from autograder.intake import released
from autograder.intake.released import TEST_CELL, autograded_cells

if TYPE_CHECKING:
    from autograder.authoring import Exercise


def load(assignment: str) -> list[Exercise]:
    """Return the exercises of an assignment, in its order.

    Raises KitError, or DeclarationError for the first error in its files, which do not
    affect other assignments.
    """
    released.require(assignment)
    if course := courses.root():
        folder = str(course / courses.EXERCISES)
        if folder in __path__:
            __path__.remove(folder)
        # A course's own come first.
        __path__.insert(0, folder)
    package = _package(assignment)
    exercises: dict[str, Exercise] = {}
    try:
        for module in pkgutil.iter_modules(package.__path__):
            for exercise in _declared_in(f"{package.__name__}.{module.name}"):
                if exercises.setdefault(exercise.name, exercise) is not exercise:
                    raise DeclarationError(
                        "`{exercise}` of {assignment} is declared twice. Rename one "
                        "of the exercises.",
                        exercise=exercise.name,
                        assignment=assignment,
                    )
                exercise.assignment = assignment
    except DeclarationError:
        # So that the next import declares everything once
        for name in [*sys.modules]:
            if name.startswith(f"{package.__name__}."):
                del sys.modules[name]
        raise
    if not exercises:
        raise DeclarationError(
            "No file in exercises/{name}/ declares an exercise. Add one.",
            name=assignment,
        )
    solution = courses.folder(courses.SOLUTIONS, assignment) / f"{assignment}.ipynb"
    # The gate reports what is wrong with one that cannot be read
    places = {name: at for at, name in enumerate(autograded_cells(solution) or ())}
    last = len(places)
    return sorted(
        exercises.values(), key=lambda e: (places.get(TEST_CELL + e.name, last), e.name)
    )


def _package(assignment: str) -> ModuleType:
    """Return the package of an assignment's files, whose folder needs no `__init__.py`."""
    name = f"{__name__}.{assignment}"
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(courses.folder(courses.EXERCISES, assignment))]
        sys.modules[name] = package
    return sys.modules[name]


def _declared_in(name: str) -> list[Exercise]:
    """Return the exercises that a module declares itself, without imported ones."""
    try:
        module = importlib.import_module(name)
    except Exception as error:
        # An author's file may raise anything.
        file, line = _place_of(error, f"{name.rpartition('.')[2]}.py")
        reason: object = error
        if not isinstance(error, DeclarationError):
            reason = f"{type(error).__name__}: {error}"
        raise DeclarationError(
            "{file}, line {line}: {error}", file=file, line=line, error=reason
        ) from error
    # Slow, but the module has already imported it.
    from autograder.authoring import Exercise

    exercises = [
        value for value in vars(module).values() if isinstance(value, Exercise)
    ]
    for exercise in exercises:
        if not exercise.checks:
            raise DeclarationError(
                "`{exercise}` has no check. Declare one below it.",
                exercise=exercise.name,
            )
    return [
        exercise for exercise in exercises if exercise.checks[0].body.__module__ == name
    ]


def _place_of(error: Exception, file: str) -> tuple[str, int | None]:
    """Return the exercise's file and line where an error arose, not those of a file that
    imports it.
    """
    if isinstance(error, SyntaxError):
        return Path(error.filename or file).name, error.lineno
    steps = traceback.extract_tb(error.__traceback__)
    inner = [
        step for step in steps if str(Path(step.filename).parent.parent) in __path__
    ]
    # The last step in an author's file, not where a library raised.
    if inner:
        return Path(inner[-1].filename).name, inner[-1].lineno
    return file, 1
