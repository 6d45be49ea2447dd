"""The one reader of notebooks: from their JSON to their cells, of version 3 too.  Knows no cell's meaning."""

from __future__ import annotations

import json

from autograder.sandbox.inside import words

MAX_CELLS = 5000  # a student's chapter has 100
MAX_DEPTH = 100  # of lists and objects in each other; a notebook with drawings as data has 20


class NotANotebook(ValueError):
    """A text that holds no notebook: a sentence that says why."""


def cells_of(text: str) -> list[dict]:
    """The cells of a notebook, as they stand in its JSON.  Raises NotANotebook."""
    try:
        tree = json.loads(text, parse_int=_whole)
    except ValueError as error:
        line = getattr(error, "lineno", None)
        raise NotANotebook(words.NOT_JSON_AT.format(line=line) if line else words.NOT_JSON) from None
    except RecursionError:
        raise NotANotebook(words.NESTED) from None
    if _is_deeper(tree, MAX_DEPTH):  # how deep json itself reads differs with who calls it
        raise NotANotebook(words.NESTED)
    cells = tree.get("cells") if isinstance(tree, dict) else None
    if cells is None and isinstance(tree, dict) and isinstance(tree.get("worksheets"), list):
        sheets = [sheet for sheet in tree["worksheets"] if isinstance(sheet, dict)]  # version 3
        cells = [c for s in sheets for c in (s["cells"] if isinstance(s.get("cells"), list) else [])]
    if not isinstance(cells, list):
        raise NotANotebook(words.NO_CELLS)
    if len(cells) > MAX_CELLS:
        raise NotANotebook(words.MANY_CELLS.format(most=f"{MAX_CELLS:,}"))
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
