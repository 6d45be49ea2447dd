"""Decides which notebooks of a course belong to the kit.

Looks at an instructor's files, never at what a student submitted.
"""

import functools
from pathlib import Path

from nbgrader.converters.base import BaseConverter

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
    """Whether a notebook is the kit's: by the two names, unless its source has only other tests.

    Without a source that can be read, it is: a notebook of the kit must never be run in a kernel.
    """
    course, name = converter.coursedir, Path(path).stem
    if name not in assignments_of(course):
        return False
    if converter.init_single_notebook_resources(path)["nbgrader"]["assignment"] != name:
        return False
    tests = autograded_cells(Path(course.format_path(course.source_directory, ".", name), f"{name}.ipynb"))
    return not tests or not test_cells(name).isdisjoint(tests)


def autograded_cells(path: Path) -> list[str]:
    """The names of the autograded cells in a notebook; none if it cannot be read."""
    try:
        cells = cells_of(text_of(path))
    except (Unreadable, NotANotebook, OSError):
        return []
    marks = [cell.get("metadata", {}).get("nbgrader", {}) for cell in cells]
    return [mark["grade_id"] for mark in marks if mark.get("grade") and not mark.get("solution")]
