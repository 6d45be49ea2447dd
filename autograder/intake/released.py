"""An assignment as it was released: what in a file is a student's own, and whether a course's
is ours.

Its notebook says so, and not its name.  Imports no exercise, and so no torch.
"""

import functools
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from autograder import courses
from autograder.errors import NotANotebook, UnknownAssignment
from autograder.intake.submission import Unreadable, text_of
from autograder.languages import N_, listed
from autograder.reading.notebooks import cells_of, mark_of, text_in

UNKNOWN = N_("No assignment {name!r}. Choose one of {known}.")
FOREIGN = N_(
    "{assignment} in this course is left to nbgrader, because its notebook has no "
    "test cell of this kit's "
    "exercises."
)
TEST_CELL = "test_"  # the test cell of exercise `f` has the grade_id `test_f`
Cell = dict[str, Any]  # of a notebook; a student may write any JSON
MAX_CODE = 20_000  # characters that a page shows of a function
DEFINITION = re.compile(
    r"(?m)^(?:(?:async +)?def|class) +(\w+)|^(\w+) *(?::[^=\n]+)?=(?!=)"
)
NO_CODE = re.compile(r"""(?s)\"{3}.*?\"{3}|'{3}.*?'{3}|"[^"\n]*"|'[^'\n]*'|#[^\n]*""")


class Piece(NamedTuple):
    """A cell of a notebook, or a whole program.  name: of a cell, its grade_id, else its id, else
    "".
    """

    name: str | None
    is_code: bool
    text: str


def pieces(text: str, suffix: str) -> list[Piece]:
    """Return the pieces of a file, each without trailing blanks and line breaks.  Raises
    NotANotebook.
    """
    return (
        [*map(_piece, cells_of(text))]
        if suffix == ".ipynb"
        else [Piece(None, True, _plain(text))]
    )


def _piece(cell: Cell) -> Piece:
    names = mark_of(cell).get("grade_id"), cell.get("id")
    name = next((name for name in names if isinstance(name, str)), "")
    return Piece(name, cell.get("cell_type") == "code", _plain(text_in(cell)))


@dataclass(frozen=True)
class Released:
    """A released notebook."""

    cells: frozenset[str] = (
        frozenset()
    )  # grade_ids of the code cells for students' code
    texts: frozenset[str] = frozenset()  # of all code cells, as `_bare`
    functions: tuple[str, ...] = ()  # defined in `cells`

    def marks(self, pieces: Sequence[Piece]) -> int:
        """Return how many of its cells or of its functions a file has, the larger number."""
        functions = set[str]()
        for piece in pieces:
            functions |= self._functions_in(piece)
        return max(len(self.cells & {piece.name for piece in pieces}), len(functions))

    def written(self, pieces: Iterable[Piece]) -> frozenset[str]:
        """Return the code that a student wrote: in cells for it, or where a function is defined."""
        own = (
            piece
            for piece in pieces
            if piece.name in self.cells or self._functions_in(piece)
        )
        return frozenset(piece.text for piece in own if self.is_own(piece))

    def is_own(self, piece: Piece) -> bool:
        """Return whether there is more code than was released, as in the notebook's script."""
        rest = _bare(piece.text) if piece.is_code else ""
        for released in sorted(self.texts, key=len, reverse=True):
            rest = rest.replace(released, "")
        return bool(rest.strip())

    def _functions_in(self, piece: Piece) -> set[str]:
        """Return the functions that a piece seems to define; what it does define, the parser
        knows.
        """
        names = (
            {a or b for a, b in DEFINITION.findall(piece.text)}
            if piece.is_code
            else set()
        )
        return names & {*self.functions}

    def code_of(
        self, functions: Iterable[str], pieces: Sequence[Piece]
    ) -> dict[str, str]:
        """Return function -> the last cell that defines it, or its lines in a program, or ""."""
        shown = dict.fromkeys(functions, "")
        for piece in pieces:
            for definition in DEFINITION.finditer(piece.text) if piece.is_code else ():
                name = definition[1] or definition[2]
                if name in shown:
                    shown[name] = _lines(piece, definition.start())[:MAX_CODE]
        return shown


def _lines(piece: Piece, start: int) -> str:
    """Return the lines of a program from this position to the next definition; of a notebook,
    the cell.
    """
    if piece.name is not None:
        return piece.text
    lines = piece.text[start:].splitlines()
    for number, line in enumerate(lines[1:], 1):
        if re.match(r"[^\s)\]}#]", line):
            return "\n".join(lines[:number]).rstrip()
    return "\n".join(lines)


def release_of(assignment: str) -> Released:
    """Return an assignment's release; without cells if its notebook is missing or cannot be
    read.
    """
    return _read(courses.folder("assignments", assignment) / f"{assignment}.ipynb")


@functools.cache
def _read(path: Path) -> Released:
    texts, functions, solutions = set(), dict[str, None](), set()
    try:
        for cell in cells_of(text_of(path)):
            mark, piece = mark_of(cell), _piece(cell)
            if piece.is_code and mark.get("solution"):
                solutions.add(mark["grade_id"])
                functions |= dict.fromkeys(re.findall(r"(?m)^def (\w+)", piece.text))
            if piece.is_code:
                texts.add(_bare(piece.text))
    except (
        Exception
    ):  # the gate reports what is wrong with it, before anybody is graded
        return Released()
    return Released(frozenset(solutions), frozenset(texts - {""}), tuple(functions))


def _bare(text: str) -> str:
    """Return code without comments and strings, which differ between the languages of a release."""
    return _plain(NO_CODE.sub("", text))


def _plain(text: str) -> str:
    """Return a text without trailing blanks and line breaks, which editors add."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def require(*assignments: str) -> None:
    """Raise UnknownAssignment unless all these assignments exist."""
    known = courses.names()
    for name in assignments:
        if name not in known:
            raise UnknownAssignment(UNKNOWN, name=name, known=listed(known))


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
        if (
            cells is None
            and not os.path.lexists(notebook)
            and any(folder.glob("*.ipynb"))
        ):
            return False
        if cells is not None:
            return not test_cells(assignment).isdisjoint(cells)
    return True


def test_cells(assignment: str) -> set[str]:
    """Return the possible names of an assignment's test cells, from its exercises' files and
    its release.
    """
    files = courses.folder(courses.EXERCISES, assignment).glob("[!_]*.py")
    released = courses.folder(courses.ASSIGNMENTS, assignment) / f"{assignment}.ipynb"
    return {
        *(TEST_CELL + path.stem for path in files),
        *(autograded_cells(released) or ()),
    }


def autograded_cells(notebook: Path) -> list[str] | None:
    """Return the names of a notebook's autograded cells, in its order; None if it cannot be
    read.
    """
    try:
        return [*points_of_cells(text_of(notebook))]
    except (Unreadable, NotANotebook):
        return None


def points_of_cells(text: str) -> dict[str, Any]:
    """Return the points of a notebook's autograded cells that have names, by these, in its order.

    Raises NotANotebook.
    """
    marks = [
        mark
        for mark in map(mark_of, cells_of(text))
        if isinstance(mark.get("grade_id"), str)
    ]
    tests = [mark for mark in marks if mark.get("grade") and not mark.get("solution")]
    return {mark["grade_id"]: mark.get("points") for mark in tests}
