"""Operators: changes of one place in a function, which make a mutant of a right one, or undo a
slip.

A change undoes and never chooses: none takes a part of `a or b`, a branch, or what stands
below a `return`.
"""

import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from autograder.reading.source import (
    COMPOUND,
    LEAVES_TENSORS,
    Change,
    Operator,
    Place,
    Source,
    is_read,
    says_nothing,
)

BLOCKS = ast.For | ast.While | ast.With | ast.If
JUMPS = ast.Return | ast.Raise | ast.Break | ast.Continue
# How an operator is written, and what may be written in its place.
OPERATORS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Add: ("+", "- *"),
    ast.Sub: ("-", "+ * /"),
    ast.Mult: ("*", "/ + ** //"),
    ast.Div: ("/", "* // -"),
    ast.FloorDiv: ("//", "/ * %"),
    ast.MatMult: ("@", "* +"),
    ast.Pow: ("**", "* +"),
    ast.Mod: ("%", "//"),
    ast.BitXor: ("^", "**"),
    ast.Lt: ("<", "<= >= >"),
    ast.LtE: ("<=", "< > >="),
    ast.Gt: (">", ">= <= <"),
    ast.GtE: (">=", "> < <="),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
}
METHODS = {
    "sum": ("mean", "max", "prod"),
    "mean": ("sum", "max", "median"),
    "mm": ("mul", "add"),
    "matmul": ("mul",),
    "append": ("extend",),
    "extend": ("append",),
    "enable_grad": ("no_grad",),
}
# The fields of a node, one of which may be enough.
PARTS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.BinOp: ("left", "right"),
    ast.UnaryOp: ("operand",),
    ast.Subscript: ("value",),
    ast.Attribute: ("value",),
}


def one_part(place: Place) -> Iterator[Change]:
    """Yield one part of an expression without the others; of a condition, only without a `- 1`."""
    node, parent = place.node, place.parent
    if isinstance(node, ast.Attribute) and isinstance(parent, ast.Subscript):
        return  # `x[0]` for `x.shape[0]`
    is_called = isinstance(parent, ast.Call) and parent.func is node
    if not is_read(node) or is_called or place.is_module(getattr(node, "value", None)):
        return
    for field in PARTS[type(node)]:
        sort = "sign" if isinstance(node, ast.UnaryOp) else "part"
        match node:
            case ast.BinOp(_, ast.Add() | ast.Sub(), ast.Constant(1)) if (
                field == "left"
            ):
                sort = "off by one"
        if sort != "part" or not place.in_test:
            yield place.only(getattr(node, field), sort)


def other_operator(place: Place) -> Iterator[Change]:
    """Yield another operator or comparison between the same operands, or another of `+=` and
    `-=`.
    """
    node = place.node
    assigned = ""
    sort = "operator"
    match node:
        case ast.BinOp(before, op, after):
            pass
        case ast.AugAssign(before, op, after):
            assigned = "="
        case ast.Compare(before, [op], [after]):
            sort = "comparison"
        case _:
            return
    symbol, others = OPERATORS.get(type(op), ("", ""))
    for other in others.split():
        yield from place.source.between(
            before, after, symbol + assigned, other + assigned, sort
        )


def swap_operands(place: Place) -> Iterator[Change]:
    """Yield the operands in the other order, where it matters."""
    node = place.node
    if not isinstance(node.op, ast.Add | ast.Mult):
        first = place.source.operand(node.right)
        second = place.source.operand(node.left)
        yield place.all(f"{first} {_symbol(node.op)} {second}", "order")


def regroup(place: Place) -> Iterator[Change]:
    """Yield the operands grouped in the other way: `a - b ** 2` as `(a - b) ** 2`, and back."""
    text = place.source.operand
    match place.node:
        case ast.BinOp(a, first, ast.BinOp(b, second, c)):
            grouped = (
                f"({text(a)} {_symbol(first)} {text(b)}) {_symbol(second)} {text(c)}"
            )
        case ast.BinOp(ast.BinOp(a, first, b), second, c):
            grouped = (
                f"{text(a)} {_symbol(first)} ({text(b)} {_symbol(second)} {text(c)})"
            )
        case _:
            return
    yield place.all(grouped, "brackets")


def _symbol(op: ast.operator) -> str:
    return OPERATORS.get(type(op), ("|", ""))[0]


def without_element(place: Place) -> Iterator[Change]:
    """Yield a tuple or list without one of its elements.

    Of a pair that a loop goes through, a single element would be gone through itself.
    """
    node = place.node
    is_gone_through = isinstance(place.parent, ast.For | ast.comprehension)
    if not is_read(node) or len(node.elts) < (3 if is_gone_through else 1):
        return
    if len(node.elts) == 1:
        if isinstance(node, ast.Tuple):  # as in `return x,`
            yield place.only(node.elts[0], "part")
        return
    for element in node.elts:
        rest = _joined(place, node.elts, element)
        yield place.all(f"[{rest}]" if isinstance(node, ast.List) else rest, "part")


def _joined(place: Place, nodes: Sequence[Any], left_out: Any) -> str:
    """Return the texts of nodes with commas between them, but for one of them."""
    return ", ".join(
        place.source.text_of(node) for node in nodes if node is not left_out
    )


def range_for_pair(place: Place) -> Iterator[Change]:
    """Yield `x[i:j]` for `x[i, j]`."""
    match place.node.slice:
        case ast.Tuple([first, last]) if not isinstance(first, ast.Slice):
            _, start = place.source.span(first)
            end, _ = place.source.span(last)
            yield Change(start, end, ":", "slice")


def other_number(place: Place) -> Iterator[Change]:
    """Yield a number off by one, with another sign, doubled, halved or inverted."""
    value = place.node.value
    if type(value) not in (int, float):
        return
    candidates = [value + 1, value - 1, 0, 1, 2, -value, 2 * value, value / 2]
    if value:
        candidates.append(1 / value)
    for number in dict.fromkeys(candidates):
        if number == value:
            continue
        is_off_by_one = abs(number - value) == 1 and isinstance(value, int)
        needs_parentheses = number < 0 and isinstance(place.parent, COMPOUND)
        text = f"({number!r})" if needs_parentheses else repr(number)
        yield place.all(text, "off by one" if is_off_by_one else "number")


def other_name(place: Place) -> Iterator[Change]:
    """Yield another local name."""
    if not is_read(place.node) or place.node.id not in place.names:
        return
    for name in place.names:
        if name != place.node.id:
            yield place.all(name, "index" if place.in_index else "name")


def other_method(place: Place) -> Iterator[Change]:
    """Yield another method that students mix up with this one."""
    sort = "recording" if place.node.attr == "enable_grad" else "name"
    for other in METHODS.get(place.node.attr, ()):
        yield place.all(f"{place.source.operand(place.node.value)}.{other}", sort)


def swap_neighbors(place: Place) -> Iterator[Change]:
    """Yield two arguments, elements or parameters that change places; three also in turn."""
    nodes = getattr(place.node, "args", None) or getattr(place.node, "elts", [])
    for pair in pairwise(nodes):
        yield place.source.reordered([*pair], (1, 0))
    if len(nodes) == 3:
        for order in ((1, 2, 0), (2, 0, 1)):
            yield place.source.reordered(nodes, order)


def without_argument(place: Place) -> Iterator[Change]:
    """Yield a call without one of its arguments."""
    node = place.node
    arguments = [*node.args, *node.keywords]
    for argument in arguments:
        rest = _joined(place, arguments, argument)
        yield place.all(f"{place.source.text_of(node.func)}({rest})", "argument")


def without_call(place: Place) -> Iterator[Change]:
    """Yield what a method is called of, or a single argument, without the call.

    Not where the line would do nothing or always the same, and not in a key: tensors are equal to
    themselves alone there, so that a check of values would be left out.
    """
    node = place.node
    if isinstance(place.parent, ast.Expr) or place.in_test or place.in_key:
        return
    match node.func:
        # In an index, a tensor of one number is that number, but a dict's other key.
        case ast.Attribute(_, name) if place.in_index and name in LEAVES_TENSORS:
            pass
        case ast.Attribute(value) if not place.is_module(value):
            yield place.only(value, "call")
    if len(node.args) == 1 and not isinstance(
        node.args[0], ast.Starred | ast.GeneratorExp
    ):
        yield place.only(node.args[0], "call")


def return_or_yield(place: Place) -> Iterator[Change]:
    """Yield `yield` for `return`, and back."""
    start, _ = place.source.span(place.node)
    match place.node:
        case ast.Return(ast.expr()):
            yield Change(start, start + len("return"), "yield", "yield")
        case ast.Expr(ast.Yield(ast.expr())):
            yield Change(start, start + len("yield"), "return", "yield")


# Operators for blocks, whose statements have lines of their own.


def rows_of(place: Place) -> list[tuple[Any, int, int]]:
    """Return a block's statements with the first line and the one after the last; [] if two
    share a line.
    """
    source = place.source
    rows = [(node, *source.rows(node)) for node in place.node]
    for node, first, _ in rows:
        if source.lines[first - 1][: node.col_offset].strip():
            return []
    for (_, _, end), (_, first, _) in pairwise(rows):
        if end > first:
            return []
    return rows


def without_line(place: Place) -> Iterator[Change]:
    """Yield a block without one of its simple statements, or an `if` that only guards a jump
    or a call.
    """
    rows = rows_of(place)
    for position, (node, first, end) in enumerate(rows):
        is_guard = (
            isinstance(node, ast.If) and not node.orelse and not _offers_value(node)
        )
        if says_nothing(node) or (hasattr(node, "body") and not is_guard):
            continue
        if _returns_value(node) or (
            position and _overwrites(node, rows[position - 1][0])
        ):
            continue  # what it hides would be chosen
        sort = "only" if len(place.node) == 1 else "block" if is_guard else "line"
        yield place.source.block(
            first, end, [indent_of(place.source, node) + "pass"], sort
        )


def _offers_value(node: Any) -> bool:
    """Return whether a statement returns or binds a value, which others may do as well."""
    kinds = ast.Yield | ast.YieldFrom | ast.Assign | ast.NamedExpr
    return any(
        isinstance(part, kinds) or _returns_value(part) for part in ast.walk(node)
    )


def _returns_value(node: Any) -> bool:
    return isinstance(node, ast.Return) and node.value is not None


def _overwrites(node: Any, before: Any) -> bool:
    """Return whether a statement binds what the one before it binds, without reading that."""
    if not isinstance(node, ast.Assign) or not isinstance(before, ast.Assign):
        return False
    reads = {part.id for part in ast.walk(node.value) if isinstance(part, ast.Name)}
    targets = {ast.unparse(target) for target in node.targets}
    return (
        targets == {ast.unparse(target) for target in before.targets}
        and not reads & targets
    )


def swap_lines(place: Place) -> Iterator[Change]:
    """Yield two statements that follow each other, in the other order."""
    lines = place.source.lines
    for (node, first, middle), (after, then, end) in pairwise(rows_of(place)):
        if says_nothing(node) or isinstance(after, JUMPS) or _overwrites(after, node):
            continue  # what comes after a jump is never run, and what is overwritten never read
        between = lines[middle - 1 : then - 1]
        swapped = [*lines[then - 1 : end - 1], *between, *lines[first - 1 : middle - 1]]
        yield place.source.block(first, end, swapped, "lines")


def into_block(place: Place) -> Iterator[Change]:
    """Yield a statement that moves into the block before it, or as the first into the block
    after it.
    """
    source = place.source
    lines = source.lines
    for (node, first, middle), (after, then, end) in pairwise(rows_of(place)):
        if _is_open_to(node, after):
            inner = moved(source, after, indent_of(source, node.body[-1]))
            yield source.block(
                first, end, [*lines[first - 1 : then - 1], *inner], "into"
            )
        has_lines = isinstance(after, BLOCKS) and after.body[0].lineno > after.lineno
        if has_lines and not hasattr(node, "body") and _is_open_to(after, node):
            head, _ = source.rows(after.body[0])
            inner = moved(source, node, indent_of(source, after.body[0]))
            changed = [
                *lines[middle - 1 : head - 1],
                *inner,
                *lines[head - 1 : end - 1],
            ]
            yield source.block(first, end, changed, "below")


def out_of_block(place: Place) -> Iterator[Change]:
    """Yield the last statement of a block that moves behind it, or the first that moves above
    it.
    """
    source = place.source
    owner = place.parent
    rows = rows_of(place)
    if len(rows) < 2:
        return
    node, first, end = rows[-1]
    if _is_open_to(owner, node):
        yield source.block(
            first, end, moved(source, node, indent_of(source, owner)), "out"
        )
    node, first, end = rows[0]
    if _is_open_to(owner, node):
        head, _ = source.rows(owner)
        above = moved(source, node, indent_of(source, owner))
        yield source.block(
            head, end, [*above, *source.lines[head - 1 : first - 1]], "above"
        )


def _is_open_to(owner: Any, node: Any) -> bool:
    """Return whether a statement may move into a block or out of it, and not between branches."""
    if not isinstance(owner, BLOCKS) or (hasattr(owner, "orelse") and owner.orelse):
        return False
    return not isinstance(owner, ast.If) or not _offers_value(node)


def without_block(place: Place) -> Iterator[Change]:
    """Yield the statements of a `with`, or of an `if` that offers no value, without it."""
    source = place.source
    node = place.node
    if isinstance(node, ast.If) and (node.orelse or _offers_value(node)):
        return
    if (
        not rows_of(Place(source, node.body, node))
        or node.body[0].lineno == node.lineno
    ):
        return
    inner: list[str] = []
    for statement in node.body:
        inner += moved(source, statement, indent_of(source, node))
    yield source.block(*source.rows(node), inner, "head")


def indent_of(source: Source, node: Any) -> str:
    """Return the blanks before a statement."""
    return source.lines[node.lineno - 1][: node.col_offset]


def moved(source: Source, node: Any, indent: str) -> list[str]:
    """Return the lines of a statement at another depth."""
    first, end = source.rows(node)
    depth = node.col_offset
    lines = source.lines[first - 1 : end - 1]
    return [line if line[:depth].strip() else indent + line[depth:] for line in lines]


EVERYWHERE: dict[type, tuple[Operator, ...]] = {
    ast.BinOp: (other_operator, one_part, swap_operands, regroup),
    ast.UnaryOp: (one_part,),
    ast.Compare: (other_operator,),
    ast.Constant: (other_number,),
    ast.Name: (other_name,),
    ast.Attribute: (other_method, one_part),
    ast.Subscript: (one_part, range_for_pair),
    ast.Call: (swap_neighbors, without_argument, without_call),
    ast.Tuple: (swap_neighbors, without_element),
    ast.List: (swap_neighbors, without_element),
    ast.AugAssign: (other_operator,),
    ast.Expr: (return_or_yield,),
    ast.Return: (return_or_yield,),
    ast.With: (without_block,),
    ast.If: (without_block,),
    list: (without_line, swap_lines, into_block, out_of_block),
}
