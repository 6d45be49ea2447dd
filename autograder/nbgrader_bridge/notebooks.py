"""Makes a graded notebook from the release, with a student's texts and the report in its cells.

Nothing but text of a submission gets into it, and prose as characters without any meaning.
So formgrader, which shows it, runs nothing of a student's, whatever the submitted notebook
looks like.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils

from autograder.assessment import Assessment
from autograder.intake import released
from autograder.intake.released import TEST_CELL, Piece
from autograder.judging.cases import not_judged
from autograder.languages import N_, tr
from autograder.reporting import pages
from autograder.untrusted_text import escape_control_characters

OTHERS = N_("Other cells of this submission")
ENTER_POINTS = N_(
    "Enter the missing points below, or ask the student for another file and grade it."
)
# in a graded notebook's metadata: a digest of what the points are about
CONTENT = "autograder_content"
# The classes of what MathJax leaves as it is.
NO_MARKUP = "tex2jax_ignore mathjax_ignore"
# characters of code with colors: some 3 s at worst; a student's chapter has 10,000
MAX_COLORED = 100_000


def name_of(cell: NotebookNode) -> str:
    """Return the name by which nbgrader knows a cell."""
    return cell.metadata.nbgrader.grade_id


def points_of_checks(assignment: str) -> dict[str, float]:
    """Return the points of each test cell, which are those of its exercise's checks."""
    points: dict[str, float] = {}
    for check in not_judged(assignment, "", ""):
        cell = TEST_CELL + check.exercise
        points[cell] = points.get(cell, 0) + check.points
    return points


def is_test(cell: NotebookNode) -> bool:
    """Return whether a cell's points come from our judges."""
    return utils.is_grade(cell) and not utils.is_solution(cell)


def is_untouched(cell: NotebookNode) -> bool:
    """Return whether a cell for an answer is as it was released, by nbgrader's own rule."""
    if not utils.is_solution(cell):
        return False
    return cell.metadata.nbgrader.checksum == utils.compute_checksum(cell)


@dataclass(frozen=True)
class CourseNotebook:
    """A course's released notebook.  text: of its file.  Raises ValueError if it is no notebook."""

    text: str

    @cached_property
    def notebook(self) -> NotebookNode:
        return nbformat.reads(self.text, 4)

    @cached_property
    def pieces(self) -> list[Piece]:
        """Its cells, compared with those of submissions."""
        return released.pieces(self.text, ".ipynb")

    @property
    def points(self) -> dict[str, float]:
        """The points of each cell that nbgrader grades."""
        points = {}
        for cell in self.notebook.cells:
            if utils.is_grade(cell):
                points[name_of(cell)] = float(cell.metadata.nbgrader.points)
        return points

    @property
    def tests(self) -> list[str]:
        """The names of the test cells."""
        return [name_of(cell) for cell in self.notebook.cells if is_test(cell)]


def graded_notebook(
    release: CourseNotebook,
    pieces: Sequence[Piece],
    assessment: Assessment,
    content: str,
) -> NotebookNode:
    """Return the notebook that formgrader shows.

    pieces: of the submission; none if it cannot be read.  content: of the submission, as CONTENT.
    """
    notebook = copy.deepcopy(release.notebook)
    unplaced = _fill_in(notebook.cells, release.pieces, pieces)
    _add_report(notebook.cells, assessment)
    if unplaced:
        notebook.cells.append(
            _cell("markdown", f"## {tr(OTHERS)}", "submitted")
        )
    for number, piece in enumerate(unplaced, start=1):
        kind = "markdown"
        if piece.is_code:
            kind = "code"
        cell = _cell(kind, _shown(piece.text, kind), f"submitted-{number}")
        notebook.cells.append(cell)
    if reason := assessment.waits_for:
        text = as_text(f"{reason}\n{tr(ENTER_POINTS)}", "alert alert-warning")
        notebook.cells.insert(0, _cell("markdown", text, "needs_review"))
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    notebook.metadata.language_info = {"name": "python"}
    # formgrader would color it for minutes
    if sum(len(cell.source) for cell in code) > MAX_COLORED:
        notebook.metadata.language_info = {"name": "text"}
    notebook.metadata[CONTENT] = content
    return notebook


def marked_notebook(path: Path, assessment: Assessment) -> NotebookNode:
    """Return a graded notebook that was written before, with other points of the same report."""
    notebook = nbformat.read(path, 4)
    _add_report(notebook.cells, assessment)
    return notebook


def _fill_in(
    cells: Sequence[NotebookNode],
    original: Sequence[Piece],
    pieces: Sequence[Piece],
) -> list[Piece]:
    """Put a student's texts into the cells for answers.  Returns the pieces that belong in none."""
    if not pieces:
        return []
    answers: dict[str, dict[str, None]] = {}
    for cell in filter(utils.is_solution, cells):
        answers[name_of(cell)] = {}
    released_texts = {piece.text for piece in original}
    unplaced = []
    for piece in pieces:
        if piece.name in answers:
            # A dict, since a cell that was copied counts once.
            answers[piece.name][piece.text] = None
        elif piece.text and piece.text not in released_texts:
            unplaced.append(piece)
    for cell, before in zip(cells, original):
        if before.name not in answers:
            continue
        text = "\n\n".join(answers[before.name])
        # Else the cell stays, by whose checksum nbgrader knows it.
        if text != before.text:
            cell.source = _shown(text, cell.cell_type)
    return unplaced


def _add_report(cells: Sequence[NotebookNode], assessment: Assessment) -> None:
    """Show the results below each test, without a number: nbgrader takes one for a score."""
    for cell in filter(is_test, cells):
        exercise = name_of(cell).removeprefix(TEST_CELL)
        page = pages.exercise(assessment, exercise)
        cell.outputs = [new_output("display_data", {"text/html": page})]


def _cell(kind: str, source: str, id: str) -> NotebookNode:
    # nbformat's own functions validate each cell, which takes long for a large notebook.
    cell = NotebookNode(
        cell_type=kind, id=id, metadata=NotebookNode(), source=source
    )
    if kind == "code":
        cell.update(outputs=[], execution_count=None)
    return cell


def _shown(text: str, kind: str) -> str:
    if kind == "code":
        return escape_control_characters(text)
    return as_text(text)


def as_text(text: str, classes: str = "") -> str:
    """Return a paragraph of HTML that shows a text; Markdown and MathJax find nothing in it."""
    characters = []
    for character in escape_control_characters(text):
        if not character.isalnum() and character != " ":
            character = f"&#{ord(character)};"
        characters.append(character)
    shown = "".join(characters).replace("&#10;", "<br>")
    return f'<p class="{NO_MARKUP} {classes}">{shown}</p>'


def content_of(notebook: Path) -> str | None:
    """Return what a graded notebook is about; None without one, or if a full disk cut it off."""
    try:
        return nbformat.read(notebook, 4).metadata.get(CONTENT)
    except (OSError, ValueError):
        return None
