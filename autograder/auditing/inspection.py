"""Finds errors in an assignment's files that a release would hand out: markers, names, blanks."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder import courses
from autograder.authoring.exercise import Exercise
from autograder.intake.submission import text_of
from autograder.judging import gate
from autograder.reading.notebooks import cells_of, nbgrader_metadata, text_in

FILL = "FILL IN"  # marks each line that `autograder new` leaves to the author
MARKERS = "### BEGIN SOLUTION", "### END SOLUTION"  # nbgrader's


def of_notebook(exercises: Sequence[Exercise]) -> Iterator[str]:
    """Yield what is wrong with the markers and parameters in the solution notebook.

    Raises Unread.
    """
    path = gate.notebook("solutions", exercises[0].assignment)
    for cell in cells_of(text_of(path)):
        metadata, text = nbgrader_metadata(cell), text_in(cell)
        if not metadata.get("solution") or cell.get("cell_type") != "code":
            continue
        for marker in MARKERS:
            if marker not in text:
                yield (
                    f"Cell `{metadata.get('grade_id')}` of {path.name} lacks the line `{marker}`, "
                    "so the release would have no stub. Add it."
                )
        for exercise in exercises:
            names = _parameters(text, exercise.function)
            if names and exercise.right and names != exercise.parameters:
                yield (
                    f"`{exercise.function}` takes ({', '.join(names)}) in {path.name}, but "
                    f"({', '.join(exercise.parameters)}) in the answer."
                )


def _parameters(text: str, function: str) -> tuple[str, ...]:
    """Return the parameters of a function, () if the cell does not define it."""
    try:
        statements = ast.parse(text).body
    except SyntaxError:
        return ()  # the reference, which is tried next, fails by it
    for node in statements:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            nodes = ast.walk(node.args)
            return tuple(arg.arg for arg in nodes if isinstance(arg, ast.arg))
    return ()


def unfilled(assignment: str) -> Iterator[str]:
    """Yield the places that an assignment's author has still to fill in."""
    for kind in (courses.EXERCISES, courses.SOLUTIONS):
        for path in sorted(courses.folder(kind, assignment).glob("*.*")):
            for place, text in _places(path):
                if FILL in text:
                    yield f"{kind}/{assignment}/{path.name}, {place}: still to fill in"


def _places(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each cell, or else each line, and its text."""
    text = path.read_text("utf-8", "replace")
    if path.suffix == ".ipynb":
        for cell in cells_of(text):
            yield f"cell {cell.get('id')}", text_in(cell)
        return
    for number, line in enumerate(text.splitlines(), start=1):
        yield f"line {number}", line
