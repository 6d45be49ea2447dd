"""An assignment as it was released: in which cells students write, and what of a file is theirs.

Imports no exercise, and so no torch.  Knows nothing of whose a file is.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograder.intake.submission import text_of
from autograder.sandbox.inside.notebooks import cells_of, text_in

PACKAGE = Path(__file__).parents[1]
DEFINES = r"(?m)^[ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+{name}\b|^{name}[ \t]*(?::[^=\n]+)?=(?!=)"


@dataclass(frozen=True)
class Released:
    """What students were given.

    cells: grade_id -> text of each code cell that they write in.  texts: of all code cells, without their
    docstrings, which an edition in another language has its own of.
    functions: what they define.
    """

    assignment: str
    cells: Mapping[str, str] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()
    functions: tuple[str, ...] = ()

    def marks(self, text: str, suffix: str) -> int:
        """How much of this assignment a file has: its cells by their ids, or its functions, which are more.

        Raises NotANotebook.
        """
        if suffix != ".ipynb":
            return len(self._defined(text))
        cells = cells_of(text)
        ids = {_grade_id(cell) or _id(cell) for cell in cells}
        code = "\n".join(text_in(cell) for cell in cells if cell.get("cell_type") == "code")
        own = {name for name in self.cells if name in ids}
        return max(len(own), len(self._defined(code)))

    def written(self, text: str, suffix: str) -> frozenset[str]:
        """The pieces of a file that are the student's; none where it is as it was released, or blank.

        A solution cell that differs counts, and so does any code that defines one of the functions.
        Raises NotANotebook.
        """
        if suffix != ".ipynb":
            own = _bare(text)
            for stub in sorted(self.texts, key=len, reverse=True):  # a script made of the notebook
                own = own.replace(stub, "")
            return frozenset([own]) if self._defined(own) else frozenset()
        found = set()
        for cell in cells_of(text):
            own = _plain(text_in(cell))
            if cell.get("cell_type") != "code" or not own or _bare(own) in self.texts:
                continue
            if _grade_id(cell) in self.cells or _id(cell) in self.cells or self._defined(own):
                found.add(own)
        return frozenset(found)

    def _defined(self, code):
        return {f for f in self.functions if re.search(DEFINES.format(name=re.escape(f)), code)}


def names() -> list[str]:
    """The assignments that this kit grades, by their folders."""
    found = (path.parent.name for path in (PACKAGE / "exercises").glob("*/__init__.py"))
    return sorted(found)


def folder(kind: str) -> Path:
    """Where `solutions` or `assignments` lie: beside the package in the repository, in it in a wheel."""
    packed = PACKAGE / "course" / kind
    return packed if packed.is_dir() else PACKAGE.parent / kind


@functools.cache
def of(assignment: str) -> Released:
    """An assignment's release; one without cells where there is no notebook, or none that can be read."""
    path = folder("assignments") / assignment / f"{assignment}.ipynb"
    try:
        cells = [cell for cell in cells_of(text_of(path)) if cell.get("cell_type") == "code"]
    except Exception:  # the gate says in words what is wrong with it, before anybody is graded
        return Released(assignment)
    marks = [(cell, cell.get("metadata", {}).get("nbgrader", {})) for cell in cells]
    own = {mark["grade_id"]: _plain(text_in(cell)) for cell, mark in marks if mark.get("solution")}
    functions = [f for text in own.values() for f in re.findall(r"(?m)^def (\w+)", text)]
    texts = frozenset(filter(None, (_bare(text_in(cell)) for cell in cells)))
    return Released(assignment, own, texts, tuple(dict.fromkeys(functions)))


def _id(cell):
    return cell["id"] if isinstance(cell.get("id"), str) else None


def _grade_id(cell):
    metadata = cell.get("metadata")
    mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = mark.get("grade_id") if isinstance(mark, dict) else None
    return name if isinstance(name, str) else None


def _bare(text):
    """Plain, and without what stands between three quotation marks."""
    return _plain("".join(text.split('"""')[::2]))


def _plain(text):
    """A text without what an editor adds: ends of lines, and blanks before them."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
