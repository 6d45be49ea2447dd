"""Decides which notebooks of a course belong to the kit.

Looks at what was released, never at what a student submitted.
"""

import contextlib
import functools
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter
from sqlalchemy.exc import SQLAlchemyError

from autograder import courses
from autograder.errors import NotANotebook
from autograder.intake.submission import Unreadable, text_of
from autograder.nbgrader_bridge.hidden import PREFIX
from autograder.nbgrader_bridge.submissions import assignments_of
from autograder.sandbox.inside.notebooks import cells_of


def test_cells(assignment: str) -> frozenset[str]:
    """The possible names of an assignment's test cells, from its exercises' files and its release."""
    released = courses.folder(courses.ASSIGNMENTS, assignment) / f"{assignment}.ipynb"
    return _test_cells(courses.folder(courses.EXERCISES, assignment), released)


@functools.cache
def _test_cells(exercises, released):
    files = exercises.glob("[!_]*.py")
    return frozenset([*(PREFIX + path.stem for path in files), *autograded_cells(released)])


def is_own(converter: BaseConverter, path: str) -> bool:
    """Whether a notebook is the kit's, by its assignment's name, its own, and a test cell of the kit."""
    name = Path(path).stem
    if name not in assignments_of(converter.coursedir):
        return False
    if converter.init_single_notebook_resources(path)["nbgrader"]["assignment"] != name:
        return False
    has = _as_generated(converter, name) if isinstance(converter, Autograde) else autograded_cells(Path(path))
    return not test_cells(name).isdisjoint(has)


def _as_generated(converter, name):
    """The autograded cells of a notebook in the gradebook, which are the same for a whole class."""
    known = converter.kit_cells = getattr(converter, "kit_cells", {})
    if name not in known:
        course = converter.coursedir
        known[name] = test_cells(name)  # nbgrader itself reports a missing or broken one
        with (
            contextlib.suppress(MissingEntry, SQLAlchemyError),
            Gradebook(course.db_url, course.course_id) as gradebook,
        ):
            known[name] = [cell.name for cell in gradebook.find_notebook(name, name).grade_cells]
    return known[name]


def autograded_cells(path: Path) -> list[str]:
    """The names of the autograded cells in a notebook; none if it cannot be read."""
    try:
        cells = cells_of(text_of(path))
    except (Unreadable, NotANotebook, OSError):
        return []
    marks = [cell.get("metadata", {}).get("nbgrader", {}) for cell in cells]
    return [mark["grade_id"] for mark in marks if mark.get("grade") and not mark.get("solution")]
