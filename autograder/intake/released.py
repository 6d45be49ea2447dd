"""An assignment as it was released: the cells that students write in, and what in a file is their own.

Imports no exercise, and so no torch.  Does not know whose a file is.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from autograder import courses
from autograder.intake.submission import text_of
from autograder.languages import N_, tr
from autograder.sandbox.inside.notebooks import cells_of, text_in

NO_CELL = N_("The cell of this question is missing. If it was answered, the answer is in another cell.")
MOST_CODE = 20_000  # characters that a page shows of a function
DEFINES = r"(?m)^[ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+{name}\b|^{name}[ \t]*(?::[^=\n]+)?=(?!=)"


@dataclass(frozen=True)
class Released:
    """A released notebook.

    cells: grade_id -> text of each code cell for students' code.  texts: of all code cells.
    functions: defined in `cells`.  questions: grade_id -> the text to replace, and the points, for each cell
    that is answered in words and graded by a person.
    """

    assignment: str
    cells: Mapping[str, str] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()
    functions: tuple[str, ...] = ()
    questions: Mapping[str, tuple[str, float]] = field(default_factory=dict)

    def marks(self, text: str, suffix: str) -> int:
        """How many of its cells or of its functions a file has, the larger number.  Raises NotANotebook."""
        if suffix != ".ipynb":
            return len(self._defined(text))
        cells = cells_of(text)
        ids = {_grade_id(cell) or _id(cell) for cell in cells}
        code = "\n".join(text_in(cell) for cell in cells if cell.get("cell_type") == "code")
        own = {name for name in self.cells if name in ids}
        return max(len(own), len(self._defined(code)))

    def written(self, text: str, suffix: str) -> frozenset[str]:
        """The pieces of a file that the student wrote; none if it is blank, or as it was released.

        A changed solution cell counts, and so does any code that defines one of the functions.
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

    def defined_instead(self, text: str, suffix: str) -> frozenset[str] | None:
        """The functions that a file has instead; None if it defines an expected one, or nothing was written.

        Raises NotANotebook.
        """
        if suffix == ".ipynb":
            code = [_plain(text_in(cell)) for cell in cells_of(text) if cell.get("cell_type") == "code"]
        else:
            code = [line.strip() for line in text.splitlines() if not line.lstrip().startswith("#")]
        own = [piece for piece in code if piece and piece not in self.texts]
        if not own or not self.functions or self._defined(text if suffix != ".ipynb" else "\n".join(code)):
            return None
        return frozenset(re.findall(r"(?m)^[ \t]*def[ \t]+(\w+)", "\n".join(own)))

    def answers(self, text: str, suffix: str) -> dict[str, str]:
        """Question -> its answer, or "".  Raises NotANotebook."""
        cells = cells_of(text) if suffix == ".ipynb" and self.questions else []
        found = dict.fromkeys(self.questions, "")
        for name, (asked, _) in self.questions.items() if cells else ():
            mine = [cell for cell in cells if _grade_id(cell) == name]
            mine = mine or [cell for cell in cells if _id(cell) == name and _grade_id(cell) is None]
            texts = dict.fromkeys(_plain(text_in(cell)) for cell in mine)
            said = "\n\n".join(text for text in texts if text not in ("", asked))
            found[name] = said if mine else tr(NO_CELL)
        return found

    def code_of(self, functions: Iterable[str], text: str, suffix: str) -> dict[str, str]:
        """Function -> the last piece that defines it, or "".  Raises NotANotebook."""
        pieces = [text]
        if suffix == ".ipynb":
            pieces = [text_in(cell) for cell in cells_of(text) if cell.get("cell_type") == "code"]
        return {name: _definition(name, pieces, suffix) for name in functions}

    def _defined(self, code):
        return {f for f in self.functions if re.search(DEFINES.format(name=re.escape(f)), code)}


def _definition(function, pieces, suffix):
    defines = DEFINES.format(name=re.escape(function))
    piece = next((piece for piece in reversed(pieces) if re.search(defines, piece)), "")
    if suffix == ".ipynb":
        return piece[:MOST_CODE]
    lines = piece.splitlines()
    first = next((n for n, line in enumerate(lines) if re.search(defines, line)), len(lines))
    last = (n for n, line in enumerate(lines) if n > first and re.match(r"[^\s)\]}#]", line))
    return "\n".join(lines[first : next(last, len(lines))]).rstrip()[:MOST_CODE]


def of(assignment: str) -> Released:
    """An assignment's release; without cells if its notebook is missing or cannot be read."""
    return _read(assignment, courses.folder("assignments", assignment) / f"{assignment}.ipynb")


@functools.cache
def _read(assignment, path):
    try:
        return _released(assignment, cells_of(text_of(path)))
    except Exception:  # the gate reports what is wrong with it, before anybody is graded
        return Released(assignment)


def _released(assignment, cells):
    marks = [(cell, cell.get("metadata", {}).get("nbgrader", {})) for cell in cells]
    asked = {
        mark["grade_id"]: (_plain(text_in(cell)), float(mark["points"]))
        for cell, mark in marks
        if mark.get("grade") and mark.get("solution")
    }
    marks = [(cell, mark) for cell, mark in marks if cell.get("cell_type") == "code"]
    own = {mark["grade_id"]: _plain(text_in(cell)) for cell, mark in marks if mark.get("solution")}
    functions = [f for text in own.values() for f in re.findall(r"(?m)^def (\w+)", text)]
    texts = frozenset(filter(None, (_bare(text_in(cell)) for cell, _ in marks)))
    return Released(assignment, own, texts, tuple(dict.fromkeys(functions)), asked)


def _id(cell):
    return cell["id"] if isinstance(cell.get("id"), str) else None


def _grade_id(cell):
    metadata = cell.get("metadata")
    mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = mark.get("grade_id") if isinstance(mark, dict) else None
    return name if isinstance(name, str) else None


def _bare(text):
    """A plain text without its triple-quoted strings."""
    return _plain("".join(text.split('"""')[::2]))


def _plain(text):
    """A text without trailing blanks and line breaks, which editors add."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
