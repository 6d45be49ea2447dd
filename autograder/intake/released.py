"""An assignment as it was released: the cells that students write in, and what in a file is their own.

Imports no exercise, and so no torch.  Does not know whose a file is.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from autograder import courses
from autograder.intake.submission import text_of
from autograder.languages import N_, tr
from autograder.reading.notebooks import cells_of, text_in

NO_CELL = N_("The cell of this question is missing. If it was answered, the answer is in another cell.")
Cell = dict[str, Any]  # of a notebook; a student may write any JSON
MAX_CODE = 20_000  # characters that a page shows of a function
DEFINES = r"(?m)^[ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+{name}\b|^{name}[ \t]*(?::[^=\n]+)?=(?!=)"


class Piece(NamedTuple):
    """A cell of a notebook, or a whole program.  name: of a cell, its grade_id, else its id, else ""."""

    name: str | None
    is_code: bool
    text: str


def pieces(text: str, suffix: str) -> list[Piece]:
    """Return the pieces of a file, each without trailing blanks and line breaks.  Raises NotANotebook."""
    if suffix != ".ipynb":
        return [Piece(None, True, _plain(text))]
    return _pieces(cells_of(text))


def _pieces(cells: Sequence[Cell]) -> list[Piece]:
    return [Piece(_name(cell), cell.get("cell_type") == "code", _plain(text_in(cell))) for cell in cells]


@dataclass(frozen=True)
class Released:
    """A released notebook.

    cells: grade_ids of the code cells for students' code.  texts: of all code cells.
    functions: defined in `cells`.  questions: grade_id -> the text to replace, and the points, for each cell
    that is answered in words and graded by a person.
    """

    cells: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    functions: tuple[str, ...] = ()
    questions: Mapping[str, tuple[str, float]] = field(default_factory=dict)

    def marks(self, pieces: Sequence[Piece]) -> int:
        """Return how many of its cells or of its functions a file has, the larger number."""
        return max(len(self.cells & {piece.name for piece in pieces}), len(self._defined(pieces)))

    def written(self, pieces: Sequence[Piece]) -> frozenset[str]:
        """Return the code in a file that the student wrote; none if it is blank, or as it was released.

        A changed solution cell counts, and so does any code that defines one of the functions.
        """
        own = [piece._replace(text=self._own(piece.text)) for piece in pieces if piece.is_code]
        return frozenset(p.text for p in own if p.text and (p.name in self.cells or self._defined([p])))

    def lacks_functions(self, pieces: Sequence[Piece]) -> bool:
        """Return whether code was written, but none of the functions is there."""
        lines = "\n".join(self._own(piece.text) for piece in pieces if piece.is_code).splitlines()
        is_code = any(line.strip() and not line.lstrip().startswith("#") for line in lines)
        return bool(self.functions and is_code and not self._defined(pieces))

    def answers(self, pieces: Sequence[Piece]) -> dict[str, str]:
        """Return question -> its answer, or ""."""
        found = dict.fromkeys(self.questions, "")
        is_notebook = any(piece.name is not None for piece in pieces)
        for name, (asked, _) in self.questions.items() if is_notebook else ():
            mine = dict.fromkeys(piece.text for piece in pieces if piece.name == name)
            said = "\n\n".join(text for text in mine if text not in ("", asked))
            found[name] = said if mine else tr(NO_CELL)
        return found

    def code_of(self, functions: Iterable[str], pieces: Sequence[Piece]) -> dict[str, str]:
        """Return function -> the last cell that defines it, or its lines in a program, or ""."""
        code = [piece for piece in reversed(pieces) if piece.is_code]
        found = {name: next(filter(_defines(name), code), None) for name in functions}
        return {name: _lines(name, piece)[:MAX_CODE] if piece else "" for name, piece in found.items()}

    def _own(self, text: str) -> str:
        """Return a text without triple-quoted strings and what was released, as in the notebook's script."""
        own = _bare(text)
        for released in sorted(self.texts, key=len, reverse=True):
            own = own.replace(released, "")
        return own.strip()

    def _defined(self, pieces: Iterable[Piece]) -> set[str]:
        return {name for name in self.functions if any(map(_defines(name), (p for p in pieces if p.is_code)))}


def _defines(function: str) -> Callable[[Piece], re.Match[str] | None]:
    pattern = re.compile(DEFINES.format(name=re.escape(function)))
    return lambda piece: pattern.search(piece.text)


def _lines(function: str, piece: Piece) -> str:
    """Return the lines of a program that define a function; of a notebook, the whole cell."""
    if piece.name is not None:
        return piece.text
    lines = piece.text.splitlines()
    found = _defines(function)(piece)
    first = piece.text.count("\n", 0, found.start() if found else 0)
    last = (n for n, line in enumerate(lines) if n > first and re.match(r"[^\s)\]}#]", line))
    return "\n".join(lines[first : next(last, len(lines))]).rstrip()


def of(assignment: str) -> Released:
    """Return an assignment's release; without cells if its notebook is missing or cannot be read."""
    return _read(courses.folder("assignments", assignment) / f"{assignment}.ipynb")


@functools.cache
def _read(path: Path) -> Released:
    try:
        return _released(cells_of(text_of(path)))
    except Exception:  # the gate reports what is wrong with it, before anybody is graded
        return Released()


def _released(cells: Sequence[Cell]) -> Released:
    marks = (cell.get("metadata", {}).get("nbgrader", {}) for cell in cells)
    marked = list(zip(_pieces(cells), marks))
    asked = {
        mark["grade_id"]: (piece.text, float(mark["points"]))
        for piece, mark in marked
        if mark.get("grade") and mark.get("solution")
    }
    own = {mark["grade_id"]: piece.text for piece, mark in marked if piece.is_code and mark.get("solution")}
    functions = [name for text in own.values() for name in re.findall(r"(?m)^def (\w+)", text)]
    texts = frozenset(filter(None, (_bare(piece.text) for piece, _ in marked if piece.is_code)))
    return Released(frozenset(own), texts, tuple(dict.fromkeys(functions)), asked)


def _name(cell: Cell) -> str:
    """Return a cell's grade_id, else its id, else ""; a student may write any JSON."""
    metadata = cell.get("metadata")
    mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    names = (mark.get("grade_id") if isinstance(mark, dict) else None, cell.get("id"))
    return next((name for name in names if isinstance(name, str)), "")


def _bare(text: str) -> str:
    """Return a plain text without its triple-quoted strings."""
    return _plain("".join(text.split('"""')[::2]))


def _plain(text: str) -> str:
    """Return a text without trailing blanks and line breaks, which editors add."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
