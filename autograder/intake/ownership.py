"""Decides whether an assignment of a course is ours: by its notebook, not its name.  Imports no exercise."""

import os
from pathlib import Path

from autograder import courses
from autograder.errors import N_, NotANotebook
from autograder.intake.submission import Unreadable, text_of
from autograder.reading.notebooks import cells_of

FOREIGN = N_(
    "{assignment} in this course is left to nbgrader, because its notebook has no test cell of this kit's "
    "exercises."
)
PREFIX = "test_"  # the test cell of exercise `f` has the grade_id `test_f`


def is_ours(assignment: str, *folders: Path) -> bool:
    """Return whether an assignment that a course has under this name is ours, by its notebook.

    Ours has a test cell of one of our exercises.  folders: of its release and its source, in this order; the
    first with a notebook that can be read decides.  Without any, the name decides: nothing of ours may run in
    a kernel.
    """
    if assignment not in courses.names():
        return False
    for folder in folders:
        notebook = folder / f"{assignment}.ipynb"
        cells = autograded_cells(notebook)
        if cells is None and not os.path.lexists(notebook) and any(folder.glob("*.ipynb")):
            return False
        if cells is not None:
            return not test_cells(assignment).isdisjoint(cells)
    return True


def test_cells(assignment: str) -> set[str]:
    """Return the possible names of an assignment's test cells, from its exercises' files and its release."""
    files = courses.folder(courses.EXERCISES, assignment).glob("[!_]*.py")
    released = courses.folder(courses.ASSIGNMENTS, assignment) / f"{assignment}.ipynb"
    return {*(PREFIX + path.stem for path in files), *(autograded_cells(released) or ())}


def autograded_cells(notebook: Path) -> list[str] | None:
    """Return the names of a notebook's autograded cells, in its order; None if it cannot be read."""
    try:
        cells = cells_of(text_of(notebook))
    except (Unreadable, NotANotebook):
        return None
    marks = [cell.get("metadata", {}).get("nbgrader", {}) for cell in cells]
    return [mark["grade_id"] for mark in marks if mark.get("grade") and not mark.get("solution")]
