"""Finds errors in an assignment's notebook that a release would hand out: markers, names,
blanks.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder import courses
from autograder.authoring.exercise import Exercise
from autograder.errors import NotANotebook
from autograder.intake.submission import Unreadable, text_of
from autograder.judging import gate
from autograder.reading.notebooks import cells_of, mark_of, text_in

FILL = "FILL IN"  # marks each line that `autograder new` leaves to the author
BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"  # as nbgrader looks for them
MAGIC = re.compile(r"(?m)^([ \t]*)[%!?].*$")


def of_notebook(exercises: Sequence[Exercise]) -> Iterator[str]:
    """Yield what is wrong with the markers in the solution notebook, and with the functions'
    names.
    """
    path = gate.notebook("solutions", exercises[0].assignment)
    try:
        cells = cells_of(text_of(path))
    except (Unreadable, NotANotebook) as error:
        yield f"{path.name} cannot be read. {error}"
        return
    parameters: dict[
        str, tuple[str, ...] | None
    ] = {}  # of each function; None of a class
    for cell in cells:
        mark = mark_of(cell)
        if not mark.get("solution") or cell.get("cell_type") != "code":
            continue
        text, name = text_in(cell), mark.get("grade_id", "")
        for marker in (BEGIN, END):
            if marker not in text:
                yield (
                    f"Cell `{name}` of {path.name} lacks the line `### {marker}`, so "
                    f"the release would have "
                    "no stub. Add it."
                )
        try:
            parameters |= _defined(text)
        except SyntaxError as error:
            yield (
                f"Cell `{name}` of {path.name}, line {error.lineno}: {error.msg}. "
                f"Correct the solution."
            )
            return
    for exercise in exercises:
        function = exercise.function
        if function not in parameters:
            yield (
                f"No solution cell of {path.name} defines `{function}`. Correct its "
                f"name, or mark its cell."
            )
            continue
        own = parameters[function]
        if own is not None and exercise.right and own != exercise.parameters:
            names, right = ", ".join(own), ", ".join(exercise.parameters)
            yield f"`{function}` takes ({names}) in {path.name}, but ({right}) in the answer."


def _defined(text: str) -> dict[str, tuple[str, ...] | None]:
    """Return the parameters of each function that a cell defines, and None of a class.

    Raises SyntaxError.
    """
    found: dict[str, tuple[str, ...] | None] = {}
    for node in ast.parse(MAGIC.sub(r"\1pass", text)).body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = None
        elif isinstance(node, ast.FunctionDef):
            found[node.name] = tuple(
                arg.arg
                for arg in ast.walk(node.args)
                if isinstance(arg, ast.arg)
            )
    return found


def blanks(assignment: str) -> Iterator[str]:
    """Yield the places that an assignment's author has still to fill in."""
    root = courses.folder(courses.SOLUTIONS, assignment).parent.parent
    for kind in (courses.EXERCISES, courses.SOLUTIONS):
        for path in sorted(courses.folder(kind, assignment).glob("*")):
            if path.is_file():
                yield from _blanks_of(
                    path,
                    path.relative_to(root)
                    if path.is_relative_to(root)
                    else path,
                )


def _blanks_of(path: Path, name: Path) -> Iterator[str]:
    text = path.read_text("utf-8", "replace")
    if path.suffix == ".ipynb":
        for cell in cells_of(text):
            if FILL in text_in(cell):
                yield f"{name}, cell {cell.get('id')}: still to fill in"
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if FILL in line:
            yield f"{name}, line {number}: still to fill in"
