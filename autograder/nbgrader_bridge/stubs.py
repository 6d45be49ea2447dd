"""Writes into each stub of a release the line that raises until the student's own code is there."""

import re

from nbformat import NotebookNode

from autograder.reading.notebooks import nbgrader_metadata

# as the kit's notebooks mark the end of a solution
END = "END SOLUTION"
DEFINITION = re.compile(r"(?:async )?(?:def|class) (\w+)")


def raise_in_stubs(
    notebook: NotebookNode, resources: dict
) -> tuple[NotebookNode, dict]:
    """Add a `raise` below each solution, which nbgrader then removes; it names the function or
    class.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code" and nbgrader_metadata(cell).get("solution"):
            cell.source = _with_raise(cell.source)
    return notebook, resources


def _with_raise(source: str) -> str:
    lines: list[str] = []
    name = ""
    for line in source.split("\n"):
        lines.append(line)
        if definition := DEFINITION.match(line):
            name = definition[1]
        if END in line and name:
            indent = line[: len(line) - len(line.lstrip())]
            lines.append(f'{indent}raise NotImplementedError("{name}")')
    return "\n".join(lines)
