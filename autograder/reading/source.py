"""A function's text with the places of its parts, and changes of one place in it, whatever they mean."""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autograder.wire import fits

COMPOUND = ast.BinOp | ast.UnaryOp | ast.BoolOp | ast.Compare | ast.IfExp | ast.Lambda | ast.NamedExpr
BINDS_TIGHTER = COMPOUND | ast.Attribute | ast.Subscript | ast.Starred
NOT_READ = {"annotation", "returns", "decorator_list", "ctx", "op", "type_comment"}


@dataclass(frozen=True)
class Change:
    """One span of a text, and what takes its place."""

    start: int
    end: int
    text: str
    sort: str  # of the slip that it undoes

    def applied_to(self, text: str) -> str:
        """Return the changed text."""
        return text[: self.start] + self.text + text[self.end :]


def changes_from_wire(made: Any, length: int) -> list[Change]:
    """Return the changes of a text of this length that a worker made; none if its answer has another form."""
    is_list = fits([{"start": int, "end": int, "text": str, "sort": str}], made)
    changes = [Change(**one) for one in made] if is_list else []
    return changes if all(0 <= change.start <= change.end <= length for change in changes) else []


class Source:
    """A statement's text with its tree, and the places of its parts in characters.

    Raises SyntaxError or another of the parser's errors for anything else than Python.
    """

    def __init__(self, text: str):
        self.text, self.lines = text, text.split("\n")
        self.tree = ast.parse(text)
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def at(self, line: int, column: int) -> int:
        """Return the place of a line and a column, which the parser counts in bytes."""
        before = self.lines[line - 1].encode()[:column]
        return self._starts[line - 1] + len(before.decode(errors="ignore"))

    def span(self, node: Any) -> tuple[int, int]:
        """Return where a node starts and ends."""
        return self.at(node.lineno, node.col_offset), self.at(node.end_lineno, node.end_col_offset)

    def text_of(self, node: Any) -> str:
        """Return a node's text, without parentheses around it."""
        start, end = self.span(node)
        return self.text[start:end]

    def operand(self, node: Any) -> str:
        """Return a node's text, in parentheses where an operator beside it needs them."""
        return f"({self.text_of(node)})" if isinstance(node, COMPOUND) else self.text_of(node)

    def between(self, before: Any, after: Any, old: str, new: str, sort: str) -> Iterator[Change]:
        """Return the change of a symbol between two nodes."""
        at = self.text.find(old, self.span(before)[1], self.span(after)[0])
        if at >= 0:
            yield Change(at, at + len(old), new, sort)

    def swapped(self, one: Any, other: Any) -> Change:
        """Return the change that lets two neighbors change places."""
        (start, middle), (then, end) = self.span(one), self.span(other)
        return Change(start, end, self.text_of(other) + self.text[middle:then] + self.text_of(one), "order")

    def rows(self, node: Any) -> tuple[int, int]:
        """Return the lines of a statement, as numbers: the first, and one after the last."""
        return min(each.lineno for each in (node, *getattr(node, "decorator_list", []))), node.end_lineno + 1

    def block(self, start: int, end: int, lines: list[str], sort: str) -> Change:
        """Return the change of whole lines."""
        return Change(self._starts[start - 1], self._starts[end - 1] - 1, "\n".join(lines), sort)


@dataclass(frozen=True)
class Place:
    """A node of a function, what it stands in, the names that are local, and whether it is in a condition."""

    source: Source
    node: Any
    parent: Any
    names: tuple[str, ...] = ()
    in_test: bool = False

    def all(self, text: str, sort: str) -> Change:
        """Return the change of the whole node; a name or a number keeps no parentheses around it."""
        whole, (start, end) = self.source.text, self.source.span(self.node)
        is_alone = whole[start - 1 : start] + whole[end : end + 1] == "()" and text.isidentifier()
        is_grouped = is_alone and whole[: start - 1].rstrip(" ")[-1:] in tuple("=+-*/%@(,[:")
        return Change(start - is_grouped, end + is_grouped, text, sort)

    def only(self, part: Any, sort: str) -> Change:
        """Return the change that leaves only a part of the node, in its own parentheses if it has any."""
        whole, (start, end) = self.source.text, self.source.span(self.node)
        is_grouped = whole[start - 1 : start] + whole[end : end + 1] == "()"
        is_beside = isinstance(self.parent, BINDS_TIGHTER) and not is_grouped
        return self.all(self.source.operand(part) if is_beside else self.source.text_of(part), sort)

    def is_module(self, node: Any) -> bool:
        """Return whether a node is a name that is not local, such as a module's."""
        return isinstance(node, ast.Name) and node.id not in self.names


Operator = Callable[[Place], Iterator[Change]]
Operators = Mapping[type, tuple[Operator, ...]]  # by the type of node that they change; list is a block


def changes(source: Source, function: Any, operators: Operators) -> Iterator[Change]:
    """Yield all changes of a statement by operators, listed by the type of node that they change."""
    names = local_names(function)
    tests = (node.test for node in ast.walk(function) if isinstance(node, ast.If | ast.While | ast.IfExp))
    tested = {id(part) for test in tests for part in ast.walk(test)}
    for node, parent in walk(function, function):
        for operator in operators.get(type(node), ()):
            yield from operator(Place(source, node, parent, names, id(node) in tested))


def local_names(function: Any) -> tuple[str, ...]:
    """Return its parameters, and then the names that it binds."""
    nodes = [*ast.walk(function)]
    given = [node.arg for node in nodes if isinstance(node, ast.arg)]
    bound = [node.id for node in nodes if isinstance(node, ast.Name) and not is_read(node)]
    return tuple(dict.fromkeys([*given, *bound]))


def walk(node: Any, parent: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each node or block that counts and what it stands in, a node's own blocks right after it."""
    yield node, parent
    blocks = getattr(node, "body", None), getattr(node, "orelse", None)
    yield from ((block, node) for block in blocks if block and isinstance(block, list))
    for field, value in ast.iter_fields(node):
        if field not in NOT_READ:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not says_nothing(child):
                    yield from walk(child, node)


def says_nothing(node: Any) -> bool:
    """Return whether a node cannot change an answer, or has no place, as the parts of an f-string."""
    match node:
        case ast.JoinedStr() | ast.Constant(str()) | ast.Expr(ast.Constant() | ast.Call(ast.Name("print"))):
            return True
    return False


def is_read(node: Any) -> bool:
    """Return whether an expression is read, and not bound or deleted."""
    return not isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)
