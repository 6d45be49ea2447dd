"""Operators for blocks, whose statements have lines of their own: a line is left out or moved.

None chooses: no branch, and not what stands below a `return`.
"""

import ast
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from autograder.reading.source import Change, Site, Source, says_nothing

OFFERS = ast.Yield | ast.YieldFrom | ast.Assign | ast.NamedExpr
Row = tuple[Any, int, int]


def rows_of(source: Source, block: list[Any]) -> list[Row]:
    """Return a block's statements with the first line and the one after the last; [] if two
    share a line.
    """
    rows: list[Row] = []
    last = 0
    for node in block:
        first, end = _lines_of(node)
        if first < last or _indent_of(source, node).strip():
            return []
        rows.append((node, first, end))
        last = end
    return rows


def _lines_of(node: Any) -> tuple[int, int]:
    """Return the lines of a statement, as numbers: the first, and one after the last."""
    first = node.lineno
    for decorator in getattr(node, "decorator_list", ()):
        first = min(first, decorator.lineno)
    return first, node.end_lineno + 1


def without_line(site: Site) -> Iterator[Change]:
    """Yield a block without a simple statement, or an `if` that only guards a jump or a call."""
    before = None
    for node, first, end in rows_of(site.source, site.node):
        is_guard = isinstance(node, ast.If) and not _chooses(node)
        is_whole = is_guard or not hasattr(node, "body")
        # What a statement hides would be chosen without it.
        hides = _returns_value(node) or _overwrites(node, before)
        before = node
        if hides or not is_whole or says_nothing(node):
            continue
        sort = "line"
        if is_guard:
            sort = "block"
        if len(site.node) == 1:
            sort = "only"
        text = _indent_of(site.source, node) + "pass"
        yield site.source.block(first, end, [text], sort)


def _chooses(node: ast.If) -> bool:
    """Return whether there is another branch, or another place may offer the same value."""
    return bool(node.orelse) or _offers_value(node)


def _offers_value(node: Any) -> bool:
    """Return whether a statement returns or binds a value, which others may do as well."""
    return any(
        isinstance(part, OFFERS) or _returns_value(part)
        for part in ast.walk(node)
    )


def _returns_value(node: Any) -> bool:
    return isinstance(node, ast.Return) and node.value is not None


def _overwrites(node: Any, before: Any) -> bool:
    """Return whether a statement binds what the one before it binds, without reading that."""
    if not isinstance(node, ast.Assign) or not isinstance(before, ast.Assign):
        return False
    targets = {ast.unparse(target) for target in node.targets}
    targets_before = {ast.unparse(target) for target in before.targets}
    if targets != targets_before:
        return False
    return not any(
        isinstance(part, ast.Name) and part.id in targets
        for part in ast.walk(node.value)
    )


def into_block(site: Site) -> Iterator[Change]:
    """Yield a statement that moves to the top of the block after it."""
    source = site.source
    lines = source.lines
    for row, following in pairwise(rows_of(source, site.node)):
        node, first, middle = row
        after, _, end = following
        is_open = isinstance(after, ast.For | ast.While | ast.With)
        if hasattr(node, "body") or not is_open:
            continue
        head, _ = _lines_of(after.body[0])
        if head > after.lineno:
            changed = lines[middle - 1 : head - 1]
            changed += _moved(source, node, after.body[0])
            changed += lines[head - 1 : end - 1]
            yield source.block(first, end, changed, "below")


def out_of_block(site: Site) -> Iterator[Change]:
    """Yield the last statement of a loop or a `with`, moved behind it."""
    source = site.source
    node = site.node
    rows = rows_of(source, node.body)
    if len(rows) < 2 or getattr(node, "orelse", []):
        return
    last, first, end = rows[-1]
    moved = _moved(source, last, node)
    yield source.block(first, end, moved, "behind")


def without_block(site: Site) -> Iterator[Change]:
    """Yield the statements of a `with`, or of an `if` that offers no value, without it."""
    source = site.source
    node = site.node
    is_choice = isinstance(node, ast.If) and _chooses(node)
    on_one_line = node.body[0].lineno == node.lineno
    if is_choice or on_one_line or not rows_of(source, node.body):
        return
    inner: list[str] = []
    for statement in node.body:
        inner += _moved(source, statement, node)
    yield source.block(*_lines_of(node), inner, "head")


def _indent_of(source: Source, node: Any) -> str:
    """Return the blanks before a statement."""
    return source.lines[node.lineno - 1][: node.col_offset]


def _moved(
    source: Source,
    node: Any,
    beside: Any,
) -> list[str]:
    """Return the lines of a statement at the depth of another one."""
    first, end = _lines_of(node)
    depth = node.col_offset
    indent = _indent_of(source, beside)
    moved = []
    for line in source.lines[first - 1 : end - 1]:
        # A line of a string may begin further left, and is kept.
        if not line[:depth].strip():
            line = indent + line[depth:]
        moved.append(line)
    return moved
