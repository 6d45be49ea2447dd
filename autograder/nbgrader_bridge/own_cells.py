"""Which notebooks of a course, and which of their cells, belong to the kit.

Asks what was released, never what a student submitted.
"""

from __future__ import annotations

import contextlib
import functools
from pathlib import Path

from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy.exc import SQLAlchemyError
from traitlets import Bool

from autograder.errors import NotANotebook
from autograder.intake import released
from autograder.intake.submission import Unreadable, text_of
from autograder.languages import N_, tr
from autograder.nbgrader_bridge.hidden import PREFIX
from autograder.sandbox.inside.notebooks import cells_of

NOT_OURS = N_(
    "{assignment} was not released, because no exercise of this kit belongs to its autograded cell {cell}. "
    "Move that cell to a notebook of your own, or let a person grade it."
)


@functools.cache
def cells_with_tests(assignment: str) -> frozenset[str]:
    """The names that an assignment's test cells may have: those of its exercises' files, and as released.

    An exercise that is new was never released; no exercise is imported, since that takes long.
    """
    files = (released.PACKAGE / "exercises" / assignment).glob("[!_]*.py")
    last = released.folder("assignments") / assignment / f"{assignment}.ipynb"
    return frozenset([*(PREFIX + path.stem for path in files), *_autograded(last)])


def is_own(converter: BaseConverter, path: str) -> bool:
    """Whether a notebook is the kit's: by its assignment's name and its own, and by a test cell of the kit.

    So a course's own assignment of the same name stays the course's.
    """
    name = Path(path).stem
    if name not in released.names():
        return False
    if converter.init_single_notebook_resources(path)["nbgrader"]["assignment"] != name:
        return False
    return not cells_with_tests(name).isdisjoint(_cells_of(converter, name, path))


def _cells_of(converter, name, path):
    """The autograded cells of a notebook: of a submitted one, by the gradebook's word."""
    if not isinstance(converter, Autograde):
        return _autograded(Path(path))
    known = converter.kit_cells = getattr(converter, "kit_cells", {})  # the same for a whole class
    if name not in known:
        course = converter.coursedir
        known[name] = cells_with_tests(name)  # of what is not there, or is broken, nbgrader says so itself
        with (
            contextlib.suppress(MissingEntry, SQLAlchemyError),
            Gradebook(course.db_url, course.course_id) as gradebook,
        ):
            known[name] = [cell.name for cell in gradebook.find_notebook(name, name).grade_cells]
    return known[name]


def _autograded(path):
    """The names of the autograded cells in a notebook; none where it cannot be read."""
    try:
        cells = cells_of(text_of(path))
    except (Unreadable, NotANotebook, OSError):
        return []
    marks = [cell.get("metadata", {}).get("nbgrader", {}) for cell in cells]
    return [mark["grade_id"] for mark in marks if mark.get("grade") and not mark.get("solution")]


class CheckOwnCells(NbGraderPreprocessor):
    """For generate_assignment: refuses an autograded cell that only a kernel could grade."""

    enabled = Bool(True)  # whatever a course sets

    def preprocess(self, nb, resources):
        """Raises NbGraderException for an autograded cell that no exercise belongs to."""
        name = resources["nbgrader"]["assignment"]
        for cell in nb.cells:
            if utils.is_grade(cell) and not utils.is_solution(cell):
                own = cell.metadata.nbgrader.grade_id
                if own not in cells_with_tests(name):
                    raise NbGraderException(tr(NOT_OURS, assignment=name, cell=own))
        return nb, resources
