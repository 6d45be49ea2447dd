"""The one reader of notebooks: from their JSON to their cells, of version 3 too.  Knows no cell's meaning."""

from __future__ import annotations

import json

MAX_CELLS = 5000  # a student's chapter has 100


class NotANotebook(ValueError):
    """A text that holds no notebook: a sentence that says why."""


def cells_of(text: str) -> list[dict]:
    """The cells of a notebook, as they stand in its JSON.  Raises NotANotebook."""
    try:
        tree = json.loads(text, parse_int=_whole)
    except ValueError as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise NotANotebook(f"the file is no notebook: it is not JSON{where}") from None
    except RecursionError:
        raise NotANotebook("the file cannot be read as a notebook: its parts nest too deep") from None
    cells = tree.get("cells") if isinstance(tree, dict) else None
    if cells is None and isinstance(tree, dict) and isinstance(tree.get("worksheets"), list):
        sheets = [sheet for sheet in tree["worksheets"] if isinstance(sheet, dict)]  # version 3
        cells = [c for s in sheets for c in (s["cells"] if isinstance(s.get("cells"), list) else [])]
    if not isinstance(cells, list):
        raise NotANotebook("the file is no notebook: it has no cells")
    if len(cells) > MAX_CELLS:
        raise NotANotebook(f"the file holds more than {MAX_CELLS:,} cells")
    return [cell if isinstance(cell, dict) else {} for cell in cells]  # each counts, for its number


def _whole(digits):
    """An int, as metadata need it; Python refuses to read one of 5000 digits."""
    return int(digits) if len(digits) < 20 else float(digits)


def text_in(cell: dict) -> str:
    """A cell's text; version 3 called it input."""
    source = cell.get("source", cell.get("input", ""))
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))
