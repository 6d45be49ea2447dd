"""Operators: changes of one place in a function, which make a mutant of a right one, or undo a slip."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from autograder.reading.source import COMPOUND, Change, Operator, Place, Source, is_read, says_nothing

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
}
# The fields of a node, one of which may be enough.
PARTS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.BinOp: ("left", "right"),
    ast.UnaryOp: ("operand",),
    ast.IfExp: ("body", "orelse"),
    ast.Subscript: ("value",),
    ast.Attribute: ("value",),
}


def one_part(place: Place) -> Iterator[Change]:
    """Yield one part of an expression without the others; of a condition, only without a `- 1`."""
    node, parent = place.node, place.parent
    is_called = isinstance(parent, ast.Call) and parent.func is node
    if isinstance(node, ast.Attribute) and isinstance(parent, ast.Subscript):
        return  # `x[0]` for `x.shape[0]`
    if is_read(node) and not is_called and not place.is_module(getattr(node, "value", None)):
        for field in PARTS[type(node)]:
            sort = "sign" if isinstance(node, ast.UnaryOp) else "part"
            match node:
                case ast.BinOp(_, ast.Add() | ast.Sub(), ast.Constant(1)) if field == "left":
                    sort = "off by one"
            if sort != "part" or not place.in_test:
                yield place.only(getattr(node, field), sort)


def other_operator(place: Place) -> Iterator[Change]:
    """Yield another operator or comparison between the same operands, or another of `+=` and `-=`."""
    node = place.node
    more, sort = "", "operator"
    match node:
        case ast.BinOp(before, op, after):
            pass
        case ast.AugAssign(before, op, after):
            more = "="
        case ast.Compare(before, [op], [after]):
            sort = "comparison"
        case _:
            return
    symbol, others = OPERATORS.get(type(op), ("", ""))
    for other in others.split():
        yield from place.source.between(before, after, symbol + more, other + more, sort)


def swap_operands(place: Place) -> Iterator[Change]:
    """Yield the operands in the other order, where it matters."""
    node, source = place.node, place.source
    if not isinstance(node.op, ast.Add | ast.Mult):
        first, second = source.operand(node.right), source.operand(node.left)
        yield place.all(f"{first} {_symbol(node.op)} {second}", "order")


def regroup(place: Place) -> Iterator[Change]:
    """Yield the operands grouped in the other way: `a - b ** 2` as `(a - b) ** 2`, and back."""
    node, text = place.node, place.source.operand
    match node:
        case ast.BinOp(a, first, ast.BinOp(b, second, c)):
            grouped = f"({text(a)} {_symbol(first)} {text(b)}) {_symbol(second)} {text(c)}"
        case ast.BinOp(ast.BinOp(a, first, b), second, c):
            grouped = f"{text(a)} {_symbol(first)} ({text(b)} {_symbol(second)} {text(c)})"
        case _:
            return
    yield place.all(grouped, "brackets")


def _symbol(op: ast.operator) -> str:
    return OPERATORS.get(type(op), ("|", ""))[0]


def one_of_several(place: Place) -> Iterator[Change]:
    """Yield one of the values that `and` or `or` joins; a tuple or list without one of its elements.

    Of a pair that a loop goes through, one alone would be gone through itself.
    """
    node, text = place.node, place.source.text_of
    if isinstance(node, ast.BoolOp):
        yield from (place.only(value, "part") for value in node.values)
    elif is_read(node) and len(node.elts) > 1 + isinstance(place.parent, ast.For | ast.comprehension):
        for one in node.elts:
            rest = ", ".join(text(each) for each in node.elts if each is not one)
            yield place.all(f"[{rest}]" if isinstance(node, ast.List) else rest, "part")


def other_number(place: Place) -> Iterator[Change]:
    """Yield a number off by one, with another sign, doubled, halved or inverted."""
    value = place.node.value
    if type(value) in (int, float):
        inverse = 1 / value if value else 0
        for new in dict.fromkeys((value + 1, value - 1, 0, 1, 2, -value, 2 * value, value / 2, inverse)):
            is_off = abs(new - value) == 1 and isinstance(value, int)
            is_bare = new >= 0 or not isinstance(place.parent, COMPOUND)
            if new != value:
                yield place.all(repr(new) if is_bare else f"({new!r})", "off by one" if is_off else "number")


def other_name(place: Place) -> Iterator[Change]:
    """Yield another local name."""
    if is_read(place.node) and place.node.id in place.names:
        yield from (place.all(name, "name") for name in place.names if name != place.node.id)


def other_method(place: Place) -> Iterator[Change]:
    """Yield another method that students mix up with this one."""
    for other in METHODS.get(place.node.attr, ()):
        yield place.all(f"{place.source.operand(place.node.value)}.{other}", "name")


def swap_neighbors(place: Place) -> Iterator[Change]:
    """Yield two arguments, elements or parameters that change places."""
    several = getattr(place.node, "args", None) or getattr(place.node, "elts", [])
    yield from (place.source.swapped(one, other) for one, other in pairwise(several))


def without_argument(place: Place) -> Iterator[Change]:
    """Yield a call without one of its arguments."""
    node, text = place.node, place.source.text_of
    some = [*node.args, *node.keywords]
    for one in some:
        rest = ", ".join(text(each) for each in some if each is not one)
        yield place.all(f"{text(node.func)}({rest})", "argument")


def without_call(place: Place) -> Iterator[Change]:
    """Yield what a method is called of, or a single argument, without the call."""
    node = place.node
    if isinstance(place.parent, ast.Expr) or place.in_test:
        return  # the line would do nothing, or always the same
    if isinstance(node.func, ast.Attribute) and not place.is_module(node.func.value):
        yield place.only(node.func.value, "call")
    if len(node.args) == 1 and not isinstance(node.args[0], ast.Starred | ast.GeneratorExp):
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
    """Return a block's statements with the first line and the one after the last; [] if two share a line."""
    source, block = place.source, place.node
    rows = [(node, *source.rows(node)) for node in block]
    starts = [source.lines[first - 1][: node.col_offset].strip() for node, first, _ in rows]
    shares = any(end > first for (_, _, end), (_, first, _) in pairwise(rows))
    return [] if any(starts) or shares else rows


def without_line(place: Place) -> Iterator[Change]:
    """Yield a block without one of its simple statements, or an `if`."""
    for node, first, end in rows_of(place):
        is_choice = isinstance(node, ast.If) and not node.orelse
        if (is_choice or not hasattr(node, "body")) and not says_nothing(node):
            sort = "only" if len(place.node) == 1 else "block" if is_choice else "line"
            yield place.source.block(first, end, [indent_of(place.source, node) + "pass"], sort)


def swap_lines(place: Place) -> Iterator[Change]:
    """Yield two statements that follow each other, in the other order."""
    lines = place.source.lines
    for (one, first, middle), (other, then, end) in pairwise(rows_of(place)):
        if not says_nothing(one) and not isinstance(other, JUMPS):  # what comes after a jump is never run
            parts = lines[then - 1 : end - 1], lines[middle - 1 : then - 1], lines[first - 1 : middle - 1]
            yield place.source.block(first, end, [line for part in parts for line in part], "lines")


def into_block(place: Place) -> Iterator[Change]:
    """Yield a statement that moves into the block before it, or as the first into the block after it."""
    source, lines = place.source, place.source.lines
    for (one, first, middle), (other, then, end) in pairwise(rows_of(place)):
        if isinstance(one, BLOCKS) and not getattr(one, "orelse", None):
            inner = moved(source, other, indent_of(source, one.body[-1]))
            yield source.block(first, end, [*lines[first - 1 : then - 1], *inner], "into")
        if isinstance(other, BLOCKS) and not hasattr(one, "body") and other.body[0].lineno > other.lineno:
            head = source.rows(other.body[0])[0]
            inner = moved(source, one, indent_of(source, other.body[0]))
            changed = [*lines[middle - 1 : head - 1], *inner, *lines[head - 1 : end - 1]]
            yield source.block(first, end, changed, "below")


def out_of_block(place: Place) -> Iterator[Change]:
    """Yield the last statement of a block that moves behind it, or the first that moves above it."""
    source, owner, rows = place.source, place.parent, rows_of(place)
    if isinstance(owner, BLOCKS) and not getattr(owner, "orelse", None) and len(rows) > 1:
        indent, head = indent_of(source, owner), source.rows(owner)[0]
        node, first, end = rows[-1]
        yield source.block(first, end, moved(source, node, indent), "out")
        node, first, end = rows[0]
        inner = [*moved(source, node, indent), *source.lines[head - 1 : first - 1]]
        yield source.block(head, end, inner, "above")


def without_block(place: Place) -> Iterator[Change]:
    """Yield the statements of a `with` or an `if` without it."""
    source, node = place.source, place.node
    has_lines = rows_of(Place(source, node.body, node)) and node.body[0].lineno > node.lineno
    if has_lines and not getattr(node, "orelse", None):
        inner = [line for each in node.body for line in moved(source, each, indent_of(source, node))]
        yield source.block(*source.rows(node), inner, "head")


def indent_of(source: Source, node: Any) -> str:
    return source.lines[node.lineno - 1][: node.col_offset]


def moved(source: Source, node: Any, indent: str) -> list[str]:
    """Return the lines of a statement at another depth."""
    (first, end), depth = source.rows(node), node.col_offset
    lines = source.lines[first - 1 : end - 1]
    return [line if line[:depth].strip() else indent + line[depth:] for line in lines]


EVERYWHERE: dict[type, tuple[Operator, ...]] = {
    ast.BinOp: (other_operator, one_part, swap_operands, regroup),
    ast.UnaryOp: (one_part,),
    ast.IfExp: (one_part,),
    ast.BoolOp: (one_of_several,),
    ast.Compare: (other_operator,),
    ast.Constant: (other_number,),
    ast.Name: (other_name,),
    ast.Attribute: (other_method, one_part),
    ast.Subscript: (one_part,),
    ast.Call: (swap_neighbors, without_argument, without_call),
    ast.Tuple: (swap_neighbors, one_of_several),
    ast.List: (swap_neighbors, one_of_several),
    ast.AugAssign: (other_operator,),
    ast.Expr: (return_or_yield,),
    ast.Return: (return_or_yield,),
    ast.With: (without_block,),
    ast.If: (without_block,),
    list: (without_line, swap_lines, into_block, out_of_block),
}
