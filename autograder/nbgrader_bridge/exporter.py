"""Makes a notebook that nbgrader can handle from any submitted file.

Knows nothing of grades, or of which cells were released.
"""

import re
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from autograder.errors import NotANotebook
from autograder.intake.submission import Submission, open_submission
from autograder.languages import tr
from autograder.sandbox.inside.notebooks import cells_of, text_in


class TolerantExporter(NotebookExporter):
    """Reads what students submit: any encoding, any version, broken or not a notebook at all."""

    def from_file(self, file_stream, resources=None, **kw):
        """As nbconvert's, without an error because of the file's contents.  file_stream: an open file."""
        resources = {} if resources is None else resources
        nb, resources["autograder_problem"] = readable(open_submission(Path(file_stream.name), ""))
        return self.from_notebook_node(nb, resources, **kw)


def readable(submission: Submission) -> tuple[NotebookNode, str]:
    """A valid notebook of version 4 with all readable cells, and why none could be read, or "".

    Keeps only types, texts, nbgrader's metadata, and pictures pasted into texts.
    """
    cells, problem = [], submission.problem
    if not problem:
        try:
            cells = cells_of(submission.text)
        except NotANotebook as error:
            problem = tr(error)
    nb = new_notebook()  # without cells, because it would validate them and replace ids that occur twice
    nb.cells = [_readable_cell(cell, number) for number, cell in enumerate(cells, start=1)]
    nb.nbformat_minor = 5
    nb.metadata = nbformat.from_dict({"language_info": {"name": "python"}})
    return nb, problem


def _readable_cell(cell, number):
    """One cell.  nbformat's functions are not used: each validates, which took longer than all the rest."""
    kind = cell.get("cell_type")
    kind = kind if kind in ("code", "raw") else "markdown"
    text = text_in(cell).encode("utf-8", "replace").decode()  # half a surrogate cannot be written
    node = NotebookNode(cell_type=kind, metadata=NotebookNode(), source=text)
    if kind == "code":
        node.update(outputs=[], execution_count=None)
    if kind == "markdown" and isinstance(cell.get("attachments"), dict):
        node.attachments = _pictures(cell["attachments"])
    node.id = _id(cell.get("id"), number)
    metadata = cell.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get("nbgrader"), dict):
        node.metadata.nbgrader = NotebookNode(
            {key: value for key, value in metadata["nbgrader"].items() if not isinstance(value, dict | list)}
        )  # nbgrader's own are plain values
    return node


def _id(own, number):
    """The cell's own id if it is valid, else a number; `repair` makes ids unique."""
    return own if isinstance(own, str) and re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", own) else f"cell-{number}"


def _pictures(attachments):
    """Only the pictures: a page puts type and data into an address, unescaped."""
    pictures = {}
    for name, kinds in attachments.items():
        for kind, data in kinds.items() if isinstance(kinds, dict) else ():
            data = "".join(data) if isinstance(data, list) else data
            plain = isinstance(data, str) and re.fullmatch(r"[A-Za-z0-9+/=\s]*", data)
            if kind in ("image/png", "image/jpeg", "image/gif") and plain:
                pictures[str(name)] = {kind: data}
    return nbformat.from_dict(pictures)
