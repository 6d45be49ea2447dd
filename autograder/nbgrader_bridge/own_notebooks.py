"""Which notebooks and test cells of a course belong to the kit, and what of these students may see.

Looks at an instructor's files, never at what a student submitted.
"""

import contextlib
from pathlib import Path

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearHiddenTests

from autograder import courses
from autograder.errors import NotANotebook
from autograder.intake.submission import Unreadable, text_of
from autograder.nbgrader_bridge.submissions import assignments_of
from autograder.reading.notebooks import cells_of

PREFIX = "test_"  # the test cell of exercise `f` has the grade_id `test_f`
LEAD = "autograder_lead"  # in a graded notebook's metadata: what to fix first, for its page
CLEAR = ClearHiddenTests(enforce_metadata=False)  # with the delimiters of the kit's notebooks


def is_own(course: CourseDirectory, assignment: str) -> bool:
    """Whether the kit grades an assignment: by its name, unless its source has only other tests.

    Without a source that can be read, it does: a notebook of the kit must never be run in a kernel.
    """
    if assignment not in assignments_of(course):
        return False
    source = Path(course.format_path(course.source_directory, ".", assignment), f"{assignment}.ipynb")
    tests = autograded_cells(source)
    return not tests or not test_cells(assignment).isdisjoint(tests)


def test_cells(assignment: str) -> set[str]:
    """The possible names of an assignment's test cells, from its exercises' files and its release."""
    files = courses.folder(courses.EXERCISES, assignment).glob("[!_]*.py")
    released = courses.folder(courses.ASSIGNMENTS, assignment) / f"{assignment}.ipynb"
    return {*(PREFIX + path.stem for path in files), *autograded_cells(released)}


def autograded_cells(path: Path) -> list[str]:
    """The names of the autograded cells in a notebook; none if it cannot be read."""
    try:
        cells = cells_of(text_of(path))
    except (Unreadable, NotANotebook):
        return []
    marks = [cell.get("metadata", {}).get("nbgrader", {}) for cell in cells]
    return [mark["grade_id"] for mark in marks if mark.get("grade") and not mark.get("solution")]


def is_test(cell: NotebookNode) -> bool:
    """Whether a cell's points come from our judges."""
    return utils.is_grade(cell) and not utils.is_solution(cell)


def hide(nb: NotebookNode) -> None:
    """Remove from each locked test cell the region that nbgrader hides, so that no page shows it."""
    for cell in nb.cells:
        if is_test(cell):
            cell.source = without_hidden(cell.source)


def without_hidden(source: str) -> str:
    """The text as it is released, without space around it; a region without an end is left as it is."""
    if CLEAR.begin_test_delimeter in source:
        cell = NotebookNode(cell_type="code", metadata=NotebookNode(), source=source)
        with contextlib.suppress(RuntimeError):  # nested, or without an end: no region of ours
            source = CLEAR.preprocess_cell(cell, {}, 0)[0].source
    return source.strip()
