"""Restores the cells that nbgrader must find in a notebook, so that one mangled notebook stops no class.

Takes the released cells only from the gradebook; grades nothing.
"""

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool

from autograder.languages import N_, tr
from autograder.nbgrader_bridge.hidden import without_hidden

LOST = "*This cell was missing from the submission. If there is an answer, it is in another cell.*"
UNREADABLE = N_("**This submission could not be read. The cells below are the original ones.** Reason: ")


def expected_cells(gradebook: Gradebook, notebook: str, assignment: str) -> list[NotebookNode]:
    """The cells of a released notebook, with the metadata that nbgrader must find.  Raises MissingEntry."""
    known = gradebook.find_notebook(notebook, assignment)
    points = {cell.name: float(cell.max_score) for cell in [*known.grade_cells, *known.task_cells]}
    solutions, tasks = ({cell.name for cell in cells} for cells in (known.solution_cells, known.task_cells))
    found = []
    for cell in known.source_cells:
        name, kind = cell.name, cell.cell_type
        marks = {"schema_version": 3, "grade_id": name, "cell_type": kind, "checksum": cell.checksum}
        marks |= {"locked": cell.locked, "solution": name in solutions, "task": name in tasks}
        marks["grade"] = name in points and name not in tasks
        if name in points:
            marks["points"] = points[name]
        found.append({"cell_type": kind, "source": cell.source, "metadata": {"nbgrader": marks}})
    return nbformat.from_dict(found)


class RepairCells(NbGraderPreprocessor):
    """The first step on a submitted notebook, before nbgrader's own steps read its metadata."""

    enabled = Bool(True)  # whatever a course sets

    def preprocess(self, nb, resources):
        info = resources["nbgrader"]
        with Gradebook(info["db_url"]) as gradebook:
            expected = expected_cells(gradebook, info["notebook"], info["assignment"])
        problems = repair(nb, expected, resources["autograder_problem"])
        for sentence in problems:
            self.log.warning("%s: %s", info["student"], sentence)
        if hasattr(self.parent.parent, "notes"):  # `grade_course`'s converter
            self.parent.parent.notes = problems
        return nb, resources


def repair(nb: NotebookNode, expected: list[NotebookNode], problem: str = "") -> list[str]:
    """Give each expected cell its place and nbgrader's metadata.  Returns what was wrong, in sentences.

    Deleted cells come back, forged metadata is replaced.  No text of the student is lost: one in a locked
    cell, or in a copy, stays in a plain cell.  problem: why the file cannot be read.
    """
    claims = _claims(nb, expected)
    for cell in nb.cells:
        cell.metadata.pop("nbgrader", None)
    problems = [problem] if problem else []
    place = 0  # of a cell that is missing: below the one before it
    for want in expected:
        marks = want.metadata.nbgrader
        name, found = marks.grade_id, claims.get(marks.grade_id, [])
        if len(found) > 1:
            problems.append(tr("cell {want} appears {count} times", want=name, count=len(found)))
        if not found and not marks.locked and "points" not in marks:
            continue  # a deleted solution cell: its function may be in any cell
        if not found and not problem:
            problems.append(tr("cell {want} was missing", want=name))
        cell, plain = _restored(want, found, bool(problem))
        gone = {id(each) for each in found} - {id(each) for each in plain}
        place = _index(nb, found[-1]) + 1 if found else place
        nb.cells.insert(place, cell)
        nb.cells = [each for each in nb.cells if id(each) not in gone]
        place = _index(nb, cell) + 1
    if problem:
        nb.cells.insert(0, new_markdown_cell(tr(UNREADABLE) + problem, id="unreadable"))
    make_ids_unique(nb)
    return problems


def _claims(nb, expected):
    """The cells that claim to be each expected cell, by their id if their metadata was removed."""
    names = {want.metadata.nbgrader.grade_id for want in expected}
    claims: dict[str, list] = {}
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if isinstance(name, str) and name in names:
            claims.setdefault(name, []).append(cell)
    for cell in nb.cells:
        if cell.get("id") in names and cell.id not in claims and "nbgrader" not in cell.metadata:
            claims[cell.id] = [cell]
    return claims


def _index(nb, cell):
    return next(i for i, other in enumerate(nb.cells) if other is cell)


def _restored(want, found, is_unreadable):
    """The cell with the type and the metadata that it must have, and those that stay as plain cells.

    found: all that claim to be this cell.
    """
    as_released = ("", without_hidden(want.source))
    written, untouched = [], []
    for cell in found:
        (untouched if without_hidden(cell.source) in as_released else written).append(cell)
    marks = want.metadata.nbgrader
    is_by_hand = "points" in marks and marks.solution
    if marks.locked:
        chosen, plain = untouched[-1:], written
    elif is_by_hand:  # split or copied: the reader needs all of it in one cell
        chosen, plain = written or untouched[-1:], []
    else:
        chosen, plain = (written or found)[-1:], written[:-1]
    text, pictures = _joined(chosen)
    if marks.locked or (is_by_hand and not written):  # else nbgrader would want an empty answer graded
        text = LOST if is_by_hand and not found and not is_unreadable else want.source
    make = new_code_cell if want.cell_type == "code" else new_markdown_cell
    cell = make(text, id=marks.grade_id, metadata=nbformat.from_dict(want.metadata))
    if pictures and want.cell_type == "markdown":
        cell.attachments = nbformat.from_dict(pictures)
    return cell, plain


def _joined(cells):
    """All texts and pictures of some cells.  Pictures with the same name are renamed."""
    texts, pictures = {}, {}
    for number, cell in enumerate(cells, start=1):
        source, own = cell.source, cell.get("attachments", {})
        if any(pictures.get(name, data) != data for name, data in own.items()):
            source = source.replace("attachment:", f"attachment:{number}-")
            own = {f"{number}-{name}": data for name, data in own.items()}
        texts[source] = None
        pictures.update(own)
    return "\n\n".join(texts), pictures


def make_ids_unique(nb: NotebookNode) -> None:
    """Rename each cell's id that an earlier cell has, in place."""
    seen = set()
    for number, cell in enumerate(nb.cells, start=1):
        cell.id = cell.id if cell.id not in seen else f"cell-{number}"
        while cell.id in seen:
            cell.id += "-"
        seen.add(cell.id)
