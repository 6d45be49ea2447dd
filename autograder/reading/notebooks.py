"""Reads notebooks into cells."""

import ast
import json
from collections.abc import Mapping
from typing import Any

from autograder.errors import N_, Unread

NOT_A_NOTEBOOK = N_("The file is not a notebook. Save it again in Jupyter.")
TOO_LARGE = N_(
    "The file has too many cells or too much code. Delete what is not needed."
)
# The only sentences that a worker may send about an unreadable file.
PROBLEMS = (NOT_A_NOTEBOOK, TOO_LARGE)

MAX_CELLS = 5000  # a student's chapter has 100
MAX_CODE = 1 << 20  # characters; a student's chapter has 10,000
# What a parser raises.
BROKEN = (SyntaxError, ValueError, MemoryError, RecursionError)


def cells_of(text: str) -> list[dict]:
    """Return the cells of a notebook, as they stand in its JSON.  Raises Unread."""
    try:
        tree = json.loads(text, parse_int=_whole)
    except (ValueError, RecursionError):
        raise Unread(NOT_A_NOTEBOOK) from None
    match tree:
        case {"cells": [*cells]}:
            pass
        case _:
            raise Unread(NOT_A_NOTEBOOK)
    if len(cells) > MAX_CELLS:
        raise Unread(TOO_LARGE)
    # Each counts, for its number.
    return [cell if isinstance(cell, dict) else {} for cell in cells]


def _whole(digits: str) -> int | float:
    """Return an int, for metadata; Python refuses one of 5000 digits."""
    if len(digits) < 20:
        return int(digits)
    return float(digits)


def text_in(cell: dict) -> str:
    """Return a cell's text."""
    source = cell.get("source", "")
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))


def nbgrader_metadata(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return what nbgrader notes in a cell's metadata; {} without that."""
    match cell:
        case {"metadata": {"nbgrader": dict(metadata)}}:
            return metadata
    return {}


def tree_of(source: str) -> ast.Module | Exception:
    """Return a module's tree, or why Python cannot run it."""
    try:
        tree = ast.parse(source)
    except BROKEN as error:
        return error
    for node in tree.body:
        # The parser takes these, and the compiler does not.
        match node:
            case ast.Return() | ast.Expr(ast.Yield()):
                place = ("", node.lineno, node.col_offset + 1, "")
                return SyntaxError(
                    "'return' or 'yield' outside function", place
                )
    return tree


def code_cells(text: str, suffix: str) -> list[tuple[str, str]]:
    """Return the place ("cell 3" or "file") and text of each code cell.  Raises Unread."""
    cells = [("file", text)]
    if suffix == ".ipynb":
        cells = []
        for number, cell in enumerate(cells_of(text), start=1):
            if cell.get("cell_type") == "code":
                cells.append((f"cell {number}", text_in(cell)))
    if sum(len(code) for _, code in cells) > MAX_CODE:
        raise Unread(TOO_LARGE)
    return cells
