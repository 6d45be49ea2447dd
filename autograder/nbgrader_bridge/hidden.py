"""Removes the region of a test cell that nbgrader hides from students, with its own ClearHiddenTests.

Knows nothing of what is in the region.
"""

import contextlib

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import ClearHiddenTests
from traitlets.config import Configurable

PREFIX = "test_"  # the test cell of exercise `f` has the grade_id `test_f`


def hide(nb: NotebookNode, parent: Configurable | None) -> None:
    """Remove the region from each locked test cell, so that no page shows our part of it."""
    clear = clearer(parent)
    for cell in nb.cells:
        if is_test(cell):
            cell.source = without_hidden(cell.source, clear)


def is_test(cell: NotebookNode) -> bool:
    """Whether a cell's points come from our judges."""
    return utils.is_grade(cell) and not utils.is_solution(cell)


def clearer(parent: Configurable | None = None) -> ClearHiddenTests:
    """nbgrader's preprocessor, with the delimiters of the course if parent has its settings."""
    return ClearHiddenTests(parent=parent, enforce_metadata=False)


def without_hidden(source: str, clear: ClearHiddenTests) -> str:
    """The text as it is released, without space around it; a region without an end is left as it is."""
    if clear.begin_test_delimeter in source:
        cell = NotebookNode(cell_type="code", metadata=NotebookNode(), source=source)
        with contextlib.suppress(RuntimeError):  # nested, or without an end: no region of ours
            source = clear.preprocess_cell(cell, {}, 0)[0].source
    return source.strip()
