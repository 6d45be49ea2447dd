"""An assignment as it was released: what is a student's own, and whether a course's is ours.

Its notebook says so, and not its name.  Imports no exercise, and so no torch.
"""

import ast
import functools
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from autograder import courses
from autograder.errors import KitError, Unread
from autograder.intake.submission import Submission, text_of
from autograder.languages import N_, listed
from autograder.reading.notebooks import (
    cells_of,
    nbgrader_metadata,
    text_in,
    tree_of,
)

LEFT_TO_NBGRADER = N_(
    "{assignment} in this course is left to nbgrader, because its notebook has no test cell of "
    "this kit's exercises."
)
# The test cell of exercise `f` has the grade_id `test_f`.
TEST_CELL = "test_"
# A notebook's cell, in which a student may write any JSON.
Cell = dict[str, Any]
MAX_SHOWN = 20_000  # characters that a page shows of a function
DEFINITION = re.compile(
    r"(?m)^(?:(?:(?:async +)?def|class) +(\w+)|(\w+) *(?::[^=\n]+)?=(?!=))"
)
# Matches a line of a docstring's example.
EXAMPLE = re.compile(r"(?m)^ *(?:>>>|\.\.\.) ?(.*)$")
NO_CODE = re.compile(
    r"""(?s)\"{3}.*?\"{3}|'{3}.*?'{3}|"[^"\n]*"|'[^'\n]*'|#[^\n]*"""
)


class Piece(NamedTuple):
    """A cell of a notebook, or a whole program."""

    # a cell's grade_id, else its id, else ""; None for a program
    name: str | None
    is_code: bool
    text: str


def pieces(text: str, suffix: str) -> list[Piece]:
    """Return the pieces of a file, each without trailing blanks and line breaks.  Raises
    Unread.
    """
    if suffix == ".ipynb":
        return [*map(_piece, cells_of(text))]
    return [Piece(None, True, _plain(text))]


def pieces_of(submission: Submission) -> list[Piece]:
    """Return the pieces of a submission; none if it cannot be read."""
    if submission.problem:
        return []
    try:
        return pieces(submission.text, submission.suffix)
    except Unread:
        return []


def _piece(cell: Cell) -> Piece:
    name = nbgrader_metadata(cell).get("grade_id")
    if not isinstance(name, str):
        name = cell.get("id")
    if not isinstance(name, str):
        name = ""
    return Piece(name, cell.get("cell_type") == "code", _plain(text_in(cell)))


@dataclass(frozen=True)
class Released:
    """A released notebook."""

    # grade_ids of the code cells for students' code
    cells: frozenset[str] = frozenset()
    # of all code cells, as `_bare`, longest first
    texts: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()  # defined in `cells`
    # function -> the names of arguments in its calls, in code and in docstrings' examples
    keywords: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def has_any(self, pieces: Iterable[Piece]) -> bool:
        """Return whether a file has one of its cells or of its functions."""
        return any(map(self._is_for_code, pieces))

    def own_code(self, pieces: Iterable[Piece]) -> frozenset[str]:
        """Return the code that a student wrote: in cells for it, or where a function is defined."""
        texts = set()
        for piece in pieces:
            if self._is_for_code(piece) and self.has_own_code(piece):
                texts.add(piece.text)
        return frozenset(texts)

    def has_own_code(self, piece: Piece) -> bool:
        """Return whether there is more code than was released, as in the notebook's script."""
        rest = _bare(piece.text) if piece.is_code else ""
        for released in self.texts:
            rest = rest.replace(released, "")
        return bool(rest.strip())

    def _is_for_code(self, piece: Piece) -> bool:
        """Return whether it is a cell for students' code, or seems to define a function."""
        if piece.name in self.cells:
            return True
        return any(name in self.functions for name, _ in _definitions(piece))

    def code_of(
        self, functions: Iterable[str], pieces: Sequence[Piece]
    ) -> dict[str, str]:
        """Return function -> the last cell that defines it, or its lines in a program, or ""."""
        shown = dict.fromkeys(functions, "")
        for piece in pieces:
            for name, start in _definitions(piece):
                if name in shown:
                    shown[name] = _lines(piece, start)[:MAX_SHOWN]
        return shown


def _definitions(piece: Piece) -> list[tuple[str, int]]:
    """Return the names that a piece seems to define, each with its position."""
    definitions = []
    if piece.is_code:
        for match in DEFINITION.finditer(piece.text):
            definitions.append((match[1] or match[2], match.start()))
    return definitions


def _lines(piece: Piece, start: int) -> str:
    """Return the lines of a program from a position to the next definition; else the cell."""
    if piece.name is not None:
        return piece.text
    lines = piece.text[start:].splitlines()
    for number, line in enumerate(lines[1:], 1):
        if re.match(r"[^\s)\]}#]", line):
            return "\n".join(lines[:number]).rstrip()
    return "\n".join(lines)


def release_of(assignment: str) -> Released:
    """Return an assignment's release; without cells if its notebook cannot be read."""
    return _read(_notebook(assignment))


def _notebook(assignment: str) -> Path:
    return (
        courses.folder(courses.ASSIGNMENTS, assignment) / f"{assignment}.ipynb"
    )


@functools.cache
def _read(path: Path) -> Released:
    texts = set()
    functions: list[str] = []
    solutions = set()
    calls: list[ast.Call] = []
    try:
        for cell in cells_of(text_of(path)):
            piece = _piece(cell)
            if not piece.is_code:
                continue
            texts.add(_bare(piece.text))
            calls += _calls(piece.text)
            metadata = nbgrader_metadata(cell)
            if metadata.get("solution"):
                solutions.add(metadata["grade_id"])
                functions += re.findall(r"(?m)^def (\w+)", piece.text)
    except Exception:
        # The gate reports what is wrong, before anybody is graded.
        return Released()
    names = tuple(dict.fromkeys(functions))
    longest = sorted(texts - {""}, key=len, reverse=True)
    keywords = {name: _keywords(name, calls) for name in names}
    return Released(frozenset(solutions), tuple(longest), names, keywords)


def _calls(program: str) -> Iterator[ast.Call]:
    """Yield the calls in a program, and those in the examples of its docstrings."""
    tree = tree_of(program)
    # It has a magic.
    if isinstance(tree, Exception):
        return
    for node in ast.walk(tree):
        match node:
            case ast.Call():
                yield node
            case ast.FunctionDef() | ast.ClassDef():
                docstring = ast.get_docstring(node) or ""
                yield from _calls("\n".join(EXAMPLE.findall(docstring)))


def _keywords(function: str, calls: Iterable[ast.Call]) -> frozenset[str]:
    """Return the names of arguments in the calls of a function."""
    keywords: set[str | None] = set()
    for call in calls:
        match call.func:
            case ast.Name(name) if name == function:
                keywords.update(keyword.arg for keyword in call.keywords)
    # Without that of `**settings`
    return frozenset(filter(None, keywords))


def _bare(text: str) -> str:
    """Return code without comments and strings, which differ between the languages of a release."""
    return _plain(NO_CODE.sub("", text))


def _plain(text: str) -> str:
    """Return a text without trailing blanks and line breaks, which editors add."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def require(*assignments: str) -> None:
    """Raise KitError unless all these assignments exist."""
    existing = courses.names()
    for name in assignments:
        if name not in existing:
            raise KitError(
                "No assignment {name!r}. Choose one of {known}.",
                name=name,
                known=listed(existing),
            )


def is_ours(assignment: str, *folders: Path) -> bool:
    """Return whether an assignment that a course has under this name is ours, by its notebook.

    Ours has a test cell of one of our exercises.  folders: of its release and its source,
    in this order; the first with a notebook that can be read decides.  Without any, the
    name decides: nothing of ours may run in a kernel.
    """
    if assignment not in courses.names():
        return False
    for folder in folders:
        notebook = folder / f"{assignment}.ipynb"
        cells = autograded_cells(notebook)
        if cells is not None:
            return not test_cells(assignment).isdisjoint(cells)
        if not os.path.lexists(notebook) and any(folder.glob("*.ipynb")):
            return False
    return True


def test_cells(assignment: str) -> set[str]:
    """Return the possible names of an assignment's test cells, by its exercises and release."""
    names = {*(autograded_cells(_notebook(assignment)) or ())}
    for path in courses.folder(courses.EXERCISES, assignment).glob("[!_]*.py"):
        names.add(TEST_CELL + path.stem)
    return names


def autograded_cells(notebook: Path) -> list[str] | None:
    """Return the names of a notebook's autograded cells; None if it cannot be read."""
    try:
        return [*points_of_cells(text_of(notebook))]
    except Unread:
        return None


def points_of_cells(text: str) -> dict[str, Any]:
    """Return name -> points of a notebook's autograded cells, in its order.

    Raises Unread.
    """
    points = {}
    for metadata in map(nbgrader_metadata, cells_of(text)):
        name = metadata.get("grade_id")
        if (
            isinstance(name, str)
            and metadata.get("grade")
            and not metadata.get("solution")
        ):
            points[name] = metadata.get("points")
    return points
