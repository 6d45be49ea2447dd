"""Makes a notebook that nbgrader can handle of any submitted file, and fills it with its report.

A mangled file stops no class.  A grade never fails open: without a report, a notebook has no number.
"""

import contextlib
import re
from collections import defaultdict
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests

from autograder.assessment import Assessment
from autograder.errors import NotANotebook
from autograder.intake.released import TEST_CELL
from autograder.intake.submission import Submission
from autograder.languages import N_, tr
from autograder.nbgrader_bridge.course_files import NeedsReview
from autograder.reading.notebooks import cells_of, mark_of, text_in
from autograder.reporting import pages
from autograder.reporting.detail import ALL
from autograder.reporting.view import View

LOST = N_("*This cell was missing from the submission. If there is an answer, it is in another cell.*")
CLEAR = ClearHiddenTests(enforce_metadata=False)  # with the delimiters of the kit's notebooks
OUT_OF_STEP = N_("Cell {cell} has {points:g} points, but its checks have {worth:g}. Make them equal.")
LEAD = "autograder_lead"  # in a graded notebook's metadata: what to fix first, for its page
REPORT = "autograder_report"  # in a notebook's resources
UNREADABLE = N_("**This submission could not be read. The cells below are the original ones.** Reason: ")


def readable(submission: Submission) -> tuple[NotebookNode, str]:
    """Return the types, texts, marks and pictures of all readable cells, and why there are none, or ""."""
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


def _readable_cell(cell: dict, number: int) -> NotebookNode:
    """Return one cell, without nbformat's functions: each validates, which took longer than the rest."""
    kind = cell["cell_type"] if cell.get("cell_type") in ("code", "raw") else "markdown"
    text = text_in(cell).encode("utf-8", "replace").decode()  # half a surrogate cannot be written
    node = NotebookNode(cell_type=kind, metadata=NotebookNode(), source=text)
    if kind == "code":
        node.update(outputs=[], execution_count=None)
    if kind == "markdown" and isinstance(cell.get("attachments"), dict):
        node.attachments = _pictures(cell["attachments"])
    known_id = cell.get("id")  # `restore_cells` makes ids unique
    is_valid = isinstance(known_id, str) and re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", known_id)
    node.id = known_id if is_valid else f"cell-{number}"
    if mark := mark_of(cell):
        node.metadata.nbgrader = NotebookNode(mark)  # which `restore_cells` replaces
    return node


def _pictures(attachments: dict) -> NotebookNode:
    """Return only the pictures: a page puts type and data into an address, unescaped."""
    pictures: dict[str, dict] = {}
    for name, kinds in attachments.items():
        for kind, data in kinds.items() if isinstance(kinds, dict) else ():
            data = "".join(data) if isinstance(data, list) else data
            plain = isinstance(data, str) and re.fullmatch(r"[A-Za-z0-9+/=\s]*", data)
            if kind in ("image/png", "image/jpeg", "image/gif") and plain:
                pictures[str(name)] = {kind: data}
    return nbformat.from_dict(pictures)


# --- its cells, as they were released


def is_test(cell: NotebookNode) -> bool:
    """Return whether a cell's points come from our judges."""
    return utils.is_grade(cell) and not utils.is_solution(cell)


def hide(nb: NotebookNode) -> None:
    """Remove from each locked test cell the region that nbgrader hides, so that no page shows it."""
    for cell in nb.cells:
        if is_test(cell):
            cell.source = without_hidden(cell.source)


def without_hidden(source: str) -> str:
    """Return the text as it is released, stripped; a region without an end is left as it is."""
    if CLEAR.begin_test_delimeter in source:
        cell = NotebookNode(cell_type="code", metadata=NotebookNode(), source=source)
        with contextlib.suppress(RuntimeError):  # nested, or without an end: no region of ours
            source = CLEAR.preprocess_cell(cell, {}, 0)[0].source
    return source.strip()


def expected_cells(gradebook: Gradebook, notebook: str, assignment: str) -> list[NotebookNode]:
    """Return a released notebook's cells, with the metadata that nbgrader must find.  Raises MissingEntry."""
    known = gradebook.find_notebook(notebook, assignment)
    points = {cell.name: float(cell.max_score) for cell in [*known.grade_cells, *known.task_cells]}
    solutions, tasks = ({cell.name for cell in cells} for cells in (known.solution_cells, known.task_cells))
    expected = []
    for cell in known.source_cells:
        name, kind = cell.name, cell.cell_type
        marks = {"schema_version": 3, "grade_id": name, "cell_type": kind, "checksum": cell.checksum}
        marks |= {"locked": cell.locked, "solution": name in solutions, "task": name in tasks}
        marks |= {"grade": name in points and name not in tasks}
        marks |= {"points": points[name]} if name in points else {}
        expected.append({"cell_type": kind, "source": cell.source, "metadata": {"nbgrader": marks}})
    return nbformat.from_dict(expected)


def restore_cells(nb: NotebookNode, expected: list[NotebookNode], problem: str = "") -> list[str]:
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
        name, claiming = marks.grade_id, claims.get(marks.grade_id, [])
        if len(claiming) > 1:
            problems.append(tr("cell {want} appears {count} times", want=name, count=len(claiming)))
        if not claiming and not marks.locked and "points" not in marks:
            continue  # a deleted solution cell: its function may be in any cell
        if not claiming and not problem:
            problems.append(tr("cell {want} was missing", want=name))
        cell, plain = _restored(want, claiming, bool(problem))
        gone = {id(each) for each in claiming} - {id(each) for each in plain}
        place = _index(nb, claiming[-1]) + 1 if claiming else place
        nb.cells.insert(place, cell)
        nb.cells = [each for each in nb.cells if id(each) not in gone]
        place = _index(nb, cell) + 1
    if problem:
        nb.cells.insert(0, new_markdown_cell(tr(UNREADABLE) + problem, id="unreadable"))
    make_ids_unique(nb)
    return problems


def _claims(nb: NotebookNode, expected: list[NotebookNode]) -> dict[str, list]:
    """Return the cells that claim to be each expected cell, by their id if their metadata was removed."""
    names = {want.metadata.nbgrader.grade_id for want in expected}
    claims: dict[str, list] = {}
    for cell in nb.cells:
        name = mark_of(cell).get("grade_id")
        if isinstance(name, str) and name in names:
            claims.setdefault(name, []).append(cell)
    for cell in nb.cells:
        if cell.get("id") in names and cell.id not in claims and "nbgrader" not in cell.metadata:
            claims[cell.id] = [cell]
    return claims


def _index(nb: NotebookNode, cell: NotebookNode) -> int:
    return next(i for i, other in enumerate(nb.cells) if other is cell)


def _restored(
    want: NotebookNode, claiming: list[NotebookNode], is_unreadable: bool
) -> tuple[NotebookNode, list[NotebookNode]]:
    """Return a cell as it must be, and which of those that claim to be it stay as plain cells."""
    as_released = ("", without_hidden(want.source))
    untouched = [cell for cell in claiming if without_hidden(cell.source) in as_released]
    written = [cell for cell in claiming if cell not in untouched]
    marks = want.metadata.nbgrader
    is_by_hand = "points" in marks and marks.solution
    if marks.locked:
        chosen, plain = untouched[-1:], written
    elif is_by_hand:  # split or copied: the reader needs all of it in one cell
        chosen, plain = written or untouched[-1:], []
    else:
        chosen, plain = (written or claiming)[-1:], written[:-1]
    text, pictures = _joined(chosen)
    if marks.locked or (is_by_hand and not written):  # else nbgrader would want an empty answer graded
        text = tr(LOST) if is_by_hand and not claiming and not is_unreadable else want.source
    make = new_code_cell if want.cell_type == "code" else new_markdown_cell
    cell = make(text, id=marks.grade_id, metadata=nbformat.from_dict(want.metadata))
    if pictures and want.cell_type == "markdown":
        cell.attachments = nbformat.from_dict(pictures)
    return cell, plain


def _joined(cells: list[NotebookNode]) -> tuple[str, dict]:
    """Return all texts and pictures of some cells.  Pictures with the same name are renamed."""
    texts: dict[str, None] = {}
    pictures: dict[str, Any] = {}
    for number, cell in enumerate(cells, start=1):
        source, attached = cell.source, cell.get("attachments", {})
        if any(pictures.get(name, data) != data for name, data in attached.items()):
            source = source.replace("attachment:", f"attachment:{number}-")
            attached = {f"{number}-{name}": data for name, data in attached.items()}
        texts[source] = None
        pictures.update(attached)
    return "\n\n".join(texts), pictures


def make_ids_unique(nb: NotebookNode) -> None:
    """Rename each cell's id that an earlier cell has, in place."""
    seen: set[str] = set()
    for number, cell in enumerate(nb.cells, start=1):
        cell.id = cell.id if cell.id not in seen else f"cell-{number}"
        while cell.id in seen:
            cell.id += "-"
        seen.add(cell.id)


# --- its test cells, with a report


def fill_in(nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
    """Do what stands in place of Execute, as a preprocessor.  Raises NeedsReview."""
    fill(nb, resources[REPORT])
    hide(nb)  # formgrader shows this notebook
    return nb, resources


def fill(nb: NotebookNode, report: Assessment, detail: str = ALL) -> None:
    """Give each test cell one execute_result: a plain number, and our words as HTML.

    nbgrader scores by the first output that it knows: an error or any stderr is 0, a plain number is the
    score, and anything else is full marks.  Raises NeedsReview before nbgrader can see a score.
    """
    if report.needs_review:
        raise NeedsReview(View(report).review)
    worth: defaultdict[str, float] = defaultdict(float)
    for result in report.results:
        worth[result.exercise] += result.points
    named = [(cell.metadata.nbgrader.grade_id, cell) for cell in filter(is_test, nb.cells)]
    tests = {name.removeprefix(TEST_CELL): cell for name, cell in named}
    for name in sorted({*worth, *tests}):
        points = float(tests[name].metadata.nbgrader.points) if name in tests else 0.0
        if points != worth[name] or not 0 <= (report.points_of(name) or 0) <= points:
            raise NeedsReview(tr(OUT_OF_STEP, cell=TEST_CELL + name, points=points, worth=worth[name]))
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nb.metadata[LEAD] = View(report).lead
    above = pages.notes(report)
    for name, cell in tests.items():
        number = repr(report.points_of(name))
        text = {"text/plain": number, "text/html": above + pages.exercise(report, name, detail=detail)}
        cell.outputs = [new_output("execute_result", text, execution_count=None)]
        above = ""
