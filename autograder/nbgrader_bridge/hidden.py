"""A cell's text without the region that nbgrader hides from students, found by its own ClearHiddenTests.

Knows nothing of what is in the region.
"""

from __future__ import annotations

import contextlib

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests
from traitlets.config import Configurable


def clearer(parent: Configurable | None = None) -> ClearHiddenTests:
    """nbgrader's preprocessor, with the delimiters of the course where parent knows its settings."""
    return ClearHiddenTests(parent=parent, enforce_metadata=False)


def without_hidden(source: str, clear: ClearHiddenTests) -> str:
    """The text as it is released, without space around it; a region without an end is left as it is."""
    if clear.begin_test_delimeter in source:
        cell = NotebookNode(cell_type="code", metadata=NotebookNode(), source=source)
        with contextlib.suppress(RuntimeError):  # nested, or without an end: no region of ours
            source = clear.preprocess_cell(cell, {}, 0)[0].source
    return source.strip()
