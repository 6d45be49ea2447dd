"""Removes the region of a test cell that nbgrader hides from students, with its own ClearHiddenTests.

Knows nothing of what is in the region.
"""

import contextlib

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import ClearHiddenTests

PREFIX = "test_"  # the test cell of exercise `f` has the grade_id `test_f`
CLEAR = ClearHiddenTests(enforce_metadata=False)  # with the delimiters of the kit's notebooks


def hide(nb: NotebookNode) -> None:
    """Remove the region from each locked test cell, so that no page shows our part of it."""
    for cell in nb.cells:
        if is_test(cell):
            cell.source = without_hidden(cell.source)


def is_test(cell: NotebookNode) -> bool:
    """Whether a cell's points come from our judges."""
    return utils.is_grade(cell) and not utils.is_solution(cell)


def without_hidden(source: str) -> str:
    """The text as it is released, without space around it; a region without an end is left as it is."""
    if CLEAR.begin_test_delimeter in source:
        cell = NotebookNode(cell_type="code", metadata=NotebookNode(), source=source)
        with contextlib.suppress(RuntimeError):  # nested, or without an end: no region of ours
            source = CLEAR.preprocess_cell(cell, {}, 0)[0].source
    return source.strip()
