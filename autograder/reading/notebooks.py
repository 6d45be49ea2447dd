"""Reads notebooks into cells, also of version 3, and those of marimo, which are programs."""

import ast
import json
import re
from collections.abc import Mapping
from typing import Any

from autograder.errors import N_, NotANotebook

NOT_A_NOTEBOOK = N_("The file is not a notebook. Save it again in Jupyter.")
TOO_LARGE = N_("The file has too many cells or too much code. Delete what is not needed.")
PROBLEMS = NOT_A_NOTEBOOK, TOO_LARGE  # the only sentences that a worker may send about an unreadable file

MAX_CELLS = 5000  # a student's chapter has 100
MAX_CODE = 1 << 20  # characters; a student's chapter has 10,000
BROKEN = SyntaxError, ValueError, MemoryError, RecursionError  # what a parser raises
_MARIMO = re.compile(r"(?m)^app = marimo\.App\(")
MAX_DEPTH = 100  # of nested lists and objects; a notebook with drawings as data has 20


def cells_of(text: str) -> list[dict]:
    """Return the cells of a notebook, as they stand in its JSON.  Raises NotANotebook."""
    try:
        tree = json.loads(text, parse_int=_whole)
    except (ValueError, RecursionError):
        raise NotANotebook(NOT_A_NOTEBOOK) from None
    if _is_deeper(tree, MAX_DEPTH):  # json's own limit depends on its caller's stack
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


def _is_deeper(tree: object, depth: int) -> bool:
    level: list[list | dict] = [[tree]]
    for _ in range(depth + 1):
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [value for values in inner for value in values if isinstance(value, dict | list)]
        if not level:
            return False
    return True


def _whole(digits: str) -> int | float:
    """Return an int, for metadata; Python refuses one of 5000 digits."""
    return int(digits) if len(digits) < 20 else float(digits)


def text_in(cell: dict) -> str:
    """Return a cell's text; version 3 called it input."""
    source = cell.get("source", cell.get("input", ""))
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))


def mark_of(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return what nbgrader notes in a cell's metadata; {} without that."""
    metadata = cell.get("metadata")
    mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return mark if isinstance(mark, dict) else {}


def tree_of(source: str) -> ast.Module | Exception:
    try:
        return ast.parse(source)
    except BROKEN as error:
        return error


def code_cells(text: str, suffix: str) -> list[tuple[str, str]]:
    """Return the place ("cell 3" or "file") and text of each code cell.  Raises NotANotebook."""
    if suffix == ".ipynb":
        cells = enumerate(cells_of(text), start=1)
        found = [(f"cell {n}", text_in(cell)) for n, cell in cells if cell.get("cell_type") == "code"]
    else:
        found = _marimo_cells(text) if _MARIMO.search(text) else [("file", text)]
    if sum(len(code) for _, code in found) > MAX_CODE:
        raise NotANotebook(TOO_LARGE)
    return found


def _marimo_cells(text: str) -> list[tuple[str, str]]:
    """Return the cells of a marimo notebook, a program (https://docs.marimo.io/guides/apps/)."""
    lines = re.split(r"\r\n|[\r\n]", text)  # as Python counts them
    tree = tree_of(text)
    if not isinstance(tree, ast.Module):
        return [("file", text)]
    cells = [cell for cell in (_marimo_cell(node, lines) for node in tree.body) if cell is not None]
    return [(f"cell {number}", cell) for number, cell in enumerate(cells, start=1)]


def _marimo_cell(node: Any, lines: list[str]) -> str | None:
    """Return the code of one cell; None for any other statement."""
    match node:
        case ast.Expr(ast.Call(func, [ast.Constant(str(code)), *_])) if (
            _app_attribute(func) == "_unparsable_cell"
        ):
            return re.sub(r"(?m)^ {0,4}", "", code.removeprefix("\n").replace('\\"', '"'))
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            kinds = {_app_attribute(mark) for mark in node.decorator_list}
        case ast.With():
            kinds = {_app_attribute(item.context_expr) for item in node.items}
        case _:
            kinds = {""}
    if kinds <= {""}:
        return None
    is_wrapped = bool(kinds & {"cell", "setup"})
    body = [part for part in node.body if not isinstance(part, ast.Return)] if is_wrapped else [node]
    if not body:
        return ""
    marks = [mark for mark in getattr(body[0], "decorator_list", []) if not _app_attribute(mark)]
    first, indent = min(each.lineno for each in (body[0], *marks)), body[0].col_offset
    inside: set[int] = set()  # lines that start inside a string, and keep their indent
    for part in ast.walk(node):
        if isinstance(part, ast.Constant | ast.JoinedStr):
            inside.update(range(part.lineno + 1, (part.end_lineno or 0) + 1))
    numbered = [(number, lines[number - 1]) for number in range(first, body[-1].end_lineno + 1)]
    cut = (line if number in inside else line[:indent].lstrip() + line[indent:] for number, line in numbered)
    return "\n".join(cut)


def _app_attribute(node: ast.AST) -> str:
    """Return the name in `app.name` and `app.name(...)`; "" for anything else."""
    match node.func if isinstance(node, ast.Call) else node:
        case ast.Attribute(ast.Name("app"), name):
            return name
    return ""
