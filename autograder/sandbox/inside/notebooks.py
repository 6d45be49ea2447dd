"""The one reader of notebooks: from their JSON to their cells, of version 3 too.  Knows no cell's meaning."""

from __future__ import annotations

import json

from autograder.errors import N_, NotANotebook

NOT_A_NOTEBOOK = N_("The file is not a notebook. Save it again in Jupyter.")
TOO_LARGE = N_("The file has too many cells or too much code. Delete what is not needed.")
PROBLEMS = NOT_A_NOTEBOOK, TOO_LARGE  # what a worker may say of a file that it cannot read

MAX_CELLS = 5000  # a student's chapter has 100
MAX_DEPTH = 100  # of lists and objects in each other; a notebook with drawings as data has 20


def cells_of(text: str) -> list[dict]:
    """The cells of a notebook, as they stand in its JSON.  Raises NotANotebook."""
    try:
        tree = json.loads(text, parse_int=_whole)
    except (ValueError, RecursionError):
        raise NotANotebook(NOT_A_NOTEBOOK) from None
    if _is_deeper(tree, MAX_DEPTH):  # how deep json itself reads differs with who calls it
        raise NotANotebook(NOT_A_NOTEBOOK)
    cells = tree.get("cells") if isinstance(tree, dict) else None
    if cells is None and isinstance(tree, dict) and isinstance(tree.get("worksheets"), list):
        sheets = [sheet for sheet in tree["worksheets"] if isinstance(sheet, dict)]  # version 3
        cells = [c for s in sheets for c in (s["cells"] if isinstance(s.get("cells"), list) else [])]
    if not isinstance(cells, list):
        raise NotANotebook(NOT_A_NOTEBOOK)
    if len(cells) > MAX_CELLS:
        raise NotANotebook(TOO_LARGE)
    return [cell if isinstance(cell, dict) else {} for cell in cells]  # each counts, for its number


def _is_deeper(tree, depth):
    """Whether lists and objects lie in each other in more than so many levels."""
    level = [[tree]]
    for _ in range(depth + 1):
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [value for values in inner for value in values if isinstance(value, dict | list)]
        if not level:
            return False
    return True


def _whole(digits):
    """An int, as metadata need it; Python refuses to read one of 5000 digits."""
    return int(digits) if len(digits) < 20 else float(digits)


def text_in(cell: dict) -> str:
    """A cell's text; version 3 called it input."""
    source = cell.get("source", cell.get("input", ""))
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))
