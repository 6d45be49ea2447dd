"""The line that a release writes into each stub."""

import pytest
from file_helpers import table
from nbformat.v4 import new_code_cell, new_notebook

from autograder.nbgrader_bridge.stubs import raise_in_stubs

SOURCES = r"""
def f(x):\n    ### BEGIN SOLUTION\n    print(x)\n    ### END SOLUTION ->     raise NotImplementedError("f")
import torch\n\nclass Net:\n    def __init__(self):\n        ### BEGIN SOLUTION\n        ### END SOLUTION\n ->         raise NotImplementedError("Net")
def other():\n    pass\n\n\ndef f(x):\n    ### BEGIN SOLUTION\n    print(x)\n    ### END SOLUTION\n ->     raise NotImplementedError("f")
"""


@pytest.mark.parametrize(("source", "line"), table(SOURCES))
def test_a_stub_raises_its_own_name_below_the_solution(source, line):
    """Whatever its function returns, prints or yields; a class has the line in each method."""
    cell = new_code_cell(source, metadata={"nbgrader": {"solution": True}})
    notebook, _ = raise_in_stubs(new_notebook(cells=[cell]), {})
    lines = notebook.cells[0].source.split("\n")
    end = next(
        number for number, text in enumerate(lines) if "END SOLUTION" in text
    )
    assert lines[end + 1] == line
    assert notebook.cells[0].source.count("raise") == 1
