"""The kit's test cells: which they are, what they are worth, and what of them students may see.

Looks at an instructor's files, never at what a student submitted.
"""

import contextlib

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import ClearHiddenTests
from traitlets import import_item

LEAD = "autograder_lead"  # in a graded notebook's metadata: what to fix first, for its page
CLEAR = ClearHiddenTests(enforce_metadata=False)  # with the delimiters of the kit's notebooks


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


def class_of(preprocessor: object) -> type:
    """Return the class of a preprocessor, which a course can give as a path, a class or an instance."""
    found = import_item(preprocessor) if isinstance(preprocessor, str) else preprocessor
    return found if isinstance(found, type) else type(found)
