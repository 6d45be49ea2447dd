"""Restores the cells that nbgrader must find in a notebook, so that one mangled notebook stops no class.

Takes the released cells only from the gradebook; grades nothing.
"""

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from traitlets import Bool

from autograder.languages import N_, tr
from autograder.nbgrader_bridge.hidden import clearer, without_hidden

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


def _by_hand(want):
    """Whether this cell is graded manually."""
    marks = want.metadata.nbgrader
    return "points" in marks and marks.solution


class RepairCells(NbGraderPreprocessor):
    """The first step on a submitted notebook, before nbgrader's own steps read its metadata."""

    enabled = Bool(True)  # whatever a course sets

    def preprocess(self, nb, resources):
        info = resources["nbgrader"]
        with Gradebook(info["db_url"]) as gradebook:
            expected = expected_cells(gradebook, info["notebook"], info["assignment"])
        problems = repair(nb, expected, resources.get("autograder_problem", ""), clearer(self))
        note = getattr(getattr(self.parent, "parent", None), "note", None)  # `grade_course`'s converter
        for sentence in problems:
            self.log.warning("%s: %s", info["student"], sentence)
            if note is not None:
                note(sentence)
        return nb, resources


def repair(
    nb: NotebookNode,
    expected: list[NotebookNode],
    problem: str = "",
    clear: ClearHiddenTests | None = None,
) -> list[str]:
    """Give each expected cell its place and nbgrader's metadata.  Returns what was wrong, in sentences.

    Deleted cells come back, copies become plain cells, forged metadata is replaced.  No text of the student
    is lost: text from a locked cell moves to a cell beside it.  problem: why the file cannot be read.
    """
    clear = clear or clearer()
    claims = _claims(nb, expected)
    for cell in nb.cells:
        cell.metadata.pop("nbgrader", None)
    problems = [problem] if problem else []
    previous = None
    for want in expected:
        marks = want.metadata.nbgrader
        name, found = marks.grade_id, claims.get(marks.grade_id, [])
        if len(found) > 1:
            problems.append(tr("cell {want} appears {count} times", want=name, count=len(found)))
        if found:
            cell = _chosen(nb, want, found, clear)
        elif marks.locked or "points" in marks:
            if not problem:
                problems.append(tr("cell {want} was missing", want=name))
            cell = new_markdown_cell(LOST if _by_hand(want) and not problem else want.source, id=name)
            nb.cells.insert(0 if previous is None else _index(nb, previous) + 1, cell)
        else:
            continue  # a deleted solution cell: its function may be in any cell
        previous = _restored(nb, cell, want, clear)
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


def _chosen(nb, want, found, clear):
    """The cell that gets a place, of all that claim it."""
    as_released = ("", without_hidden(want.source, clear))
    written, untouched = [], []
    for cell in found:
        (untouched if without_hidden(cell.source, clear) in as_released else written).append(cell)
    if want.metadata.nbgrader.locked:
        return (untouched or found)[-1]
    if _by_hand(want) and len(written) > 1:  # split or copied: the reader needs all of it in one cell
        _join(written)
        gone = {id(cell) for cell in written[:-1]}
        nb.cells = [cell for cell in nb.cells if id(cell) not in gone]
    return (written or found)[-1]


def _join(written):
    """Put all texts and pictures into the last cell.  Pictures with the same name are renamed."""
    texts, pictures = {}, {}
    for number, cell in enumerate(written, start=1):
        source, own = cell.source, cell.get("attachments", {})
        if any(pictures.get(name, data) != data for name, data in own.items()):
            source = source.replace("attachment:", f"attachment:{number}-")
            own = {f"{number}-{name}": data for name, data in own.items()}
        texts[source] = None
        pictures.update(own)
    written[-1].source = "\n\n".join(texts)
    if pictures:
        written[-1].attachments = nbformat.from_dict(pictures)


def _restored(nb, cell, want, clear):
    """The cell with the type, the metadata and, where it is locked, the text that it must have."""
    at = _index(nb, cell)
    if want.metadata.nbgrader.locked:
        ours = ("", without_hidden(want.source, clear), LOST)
        if without_hidden(cell.source, clear) not in ours:
            moved = new_code_cell(cell.source) if cell.cell_type == "code" else new_markdown_cell(cell.source)
            _keep_pictures(cell, moved)
            nb.cells.insert(at, moved)  # what the student wrote into our cell stays in sight
            at += 1
        source = want.source
    else:
        is_blank = _by_hand(want) and without_hidden(cell.source, clear) in ("", want.source.strip())
        source = want.source if is_blank else cell.source  # else nbgrader would want an empty answer graded
    make = new_code_cell if want.cell_type == "code" else new_markdown_cell
    new = make(source, id=cell.id, metadata=nbformat.from_dict(want.metadata))
    _keep_pictures(cell, new)
    nb.cells[at] = new
    return new


def _keep_pictures(cell, new):
    if new.cell_type == "markdown" and "attachments" in cell:
        new.attachments = cell.attachments


def make_ids_unique(nb: NotebookNode) -> None:
    """Rename each cell's id that an earlier cell has, in place."""
    seen = set()
    for number, cell in enumerate(nb.cells, start=1):
        cell.id = cell.id if cell.id not in seen else f"cell-{number}"
        while cell.id in seen:
            cell.id += "-"
        seen.add(cell.id)
