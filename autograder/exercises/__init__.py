"""The hidden part: a folder per assignment, and in it a file per exercise with all that is its own.

Must never lie where a worker can read.  A new folder or file is found by itself; there is no list to edit.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import DeclarationError, UnknownAssignment

if TYPE_CHECKING:
    from autograder.authoring import Exercise

FOLDER = Path(__file__).parent


def require(assignment: str) -> None:
    """Raises UnknownAssignment where there is no such one."""
    if assignment not in assignments():
        names = ", ".join(assignments())
        raise UnknownAssignment(
            "No assignment {name}. Choose one of {names}.", name=repr(assignment), names=names
        )


def assignments() -> list[str]:
    """The assignments that have a folder here; none of their files is imported."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)


def of(assignment: str) -> list[Exercise]:
    """The exercises of an assignment, in its order.

    Raises UnknownAssignment, and DeclarationError where one of its files does not hold: that
    disturbs no other assignment.
    """
    require(assignment)
    package = importlib.import_module(f"{__name__}.{assignment}")
    found: dict[str, Exercise] = {}
    for module in pkgutil.iter_modules(package.__path__):
        for exercise in _declared_in(f"{package.__name__}.{module.name}"):
            known = found.setdefault(exercise.name, exercise)
            if known is not exercise:
                raise DeclarationError(
                    "`{exercise}` of {assignment} is declared twice. Rename one of the exercises.",
                    exercise=exercise.name,
                    assignment=assignment,
                )
            exercise.assignment = assignment
    if not found:
        raise DeclarationError("No file in exercises/{name}/ declares an exercise. Add one.", name=assignment)
    return sorted(found.values(), key=lambda exercise: (exercise.order, exercise.name))


def _declared_in(name):
    """The exercises that a module makes itself, and imports from no other."""
    try:
        module = importlib.import_module(name)
    except DeclarationError as error:
        raise DeclarationError("{file}.py: {error}", file=name.rpartition(".")[2], error=error) from None
    from autograder.authoring import Exercise  # it is there by now, and takes long where it is not

    found = [value for value in vars(module).values() if isinstance(value, Exercise)]
    for exercise in found:
        if not exercise.checks:
            raise DeclarationError("`{exercise}` has no check. Declare one below it.", exercise=exercise.name)
    return [exercise for exercise in found if exercise.checks[0].body.__module__ == name]
