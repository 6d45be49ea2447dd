"""A function's text with the places of its parts, and changes of one place in it, whatever
they mean.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from autograder.reading.notebooks import tree_of
from autograder.wire import fits

COMPOUND = (
    ast.BinOp
    | ast.UnaryOp
    | ast.BoolOp
    | ast.Compare
    | ast.IfExp
    | ast.Lambda
    | ast.NamedExpr
)
BINDS_TIGHTER = COMPOUND | ast.Attribute | ast.Subscript | ast.Starred
NOT_READ = {"annotation", "returns", "decorator_list", "ctx", "op", "type_comment"}
# What may stand before parentheses that only group.
BEFORE_GROUP = tuple("=+-*/%@(,[:")
# A tensor's methods whose result is no tensor: without them, another kind of thing is computed.
LEAVES_TENSORS = {"item", "numpy", "tolist"}
# Methods of dicts and sets whose first argument is a key, or several.
TAKES_KEY = {"add", "discard", "fromkeys", "get", "pop", "remove", "setdefault"}
Span = tuple[int, int]


@dataclass(frozen=True)
class Change:
    """A span of a text, and what takes its place; also at the spans in `again`, if there are
    any.
    """

    start: int
    end: int
    text: str
    sort: str  # of the slip that it undoes
    again: tuple[Span, ...] = ()  # equal places after the first, in order

    def applied_to(self, text: str) -> str:
        """Return the changed text.

        >>> Change(0, 1, "y", "name", again=((4, 5),)).applied_to("x + x")
        'y + y'
        """
        # From the last place on, so that the earlier ones stay where they are.
        for start, end in reversed([(self.start, self.end), *self.again]):
            text = text[:start] + self.text + text[end:]
        return text


def changes_from_wire(made: Any, length: int) -> list[Change]:
    """Return the changes of a text of this length that a worker made.

    The worker has parsed a student's text, so an answer of any other form counts as no changes.
    """
    form = {"start": int, "end": int, "text": str, "sort": str, "again": [[int]]}
    if not fits([form], made):
        return []
    changes = []
    for fields in made:
        if any(len(span) != 2 for span in fields["again"]):
            return []
        again = tuple((start, end) for start, end in fields["again"])
        changes.append(Change(**fields | {"again": again}))
    return changes if all(_is_inside(change, length) for change in changes) else []


def _is_inside(change: Change, length: int) -> bool:
    """Return whether all spans are in a text of this length, in order and apart."""
    last = 0
    for start, end in [(change.start, change.end), *change.again]:
        if not last <= start <= end <= length:
            return False
        last = end
    return True


def at_all_equal_places(changes: Iterable[Change], text: str) -> Iterator[Change]:
    """Yield a change of all equal places for each change that several places allow: of the
    function, and of one line.

    Changes are equal if they take away the same characters and put in the same.  Whole
    lines and orders are left alone, as are calls without which another kind of thing is
    computed: `a + b` joins lists and adds tensors.
    """
    groups: dict[tuple[object, ...], list[Change]] = defaultdict(list)
    for change in changes:
        old = text[change.start : change.end]
        if change.sort == "order" or "\n" in old or "\n" in change.text:
            continue
        start, end, new = _smallest_difference(old, change.text)
        if old[start:end].strip(".() ") in LEAVES_TENSORS:
            continue
        smallest = Change(change.start + start, change.start + end, new, change.sort)
        # `w = w - 1` and `b = b - 1` become equal ones.
        removed = "" if change.sort == "in place" else old[start:end].replace(" ", "")
        line = text.count("\n", 0, change.start)
        for where in ("whole", line):
            groups[change.sort, removed, new, where].append(smallest)
    for group in groups.values():
        places = sorted({(change.start, change.end) for change in group})
        first, *others = places
        are_apart = all(end <= start for (_, end), (start, _) in zip(places, others))
        # Several insertions, such as a factor, would compute something else and not the
        # same more often.
        if others and are_apart and all(start < end for start, end in places):
            yield Change(*first, group[0].text, group[0].sort, tuple(others))


def _smallest_difference(old: str, new: str) -> tuple[int, int, str]:
    """Return which part of a text differs from another, from start to end, and what the other
    has there.

    Names are kept whole.

    >>> _smallest_difference("indices - 1", "indices")
    (7, 11, '')
    """

    def splits_name(text: str, at: int) -> bool:
        around = text[at - 1 : at + 1]
        return len(around) == 2 and all(
            char.isalnum() or char == "_" for char in around
        )

    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    while start and (splits_name(old, start) or splits_name(new, start)):
        start -= 1
    tail = 0
    while tail < min(len(old), len(new)) - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    while tail and (
        splits_name(old, len(old) - tail) or splits_name(new, len(new) - tail)
    ):
        tail -= 1
    return start, len(old) - tail, new[start : len(new) - tail]


class Source:
    """A statement's text with its tree, and the places of its parts in characters.

    Raises SyntaxError or another of the parser's errors for anything else than Python.
    """

    def __init__(self, text: str):
        self.text = text
        self.lines = text.split("\n")
        tree = tree_of(text)
        if isinstance(tree, Exception):
            raise tree
        self.tree = tree
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def at(self, line: int, column: int) -> int:
        """Return the place of a line and a column, which the parser counts in bytes."""
        before = self.lines[line - 1].encode()[:column]
        return self._starts[line - 1] + len(before.decode(errors="ignore"))

    def span(self, node: Any) -> Span:
        """Return where a node starts and ends."""
        start = self.at(node.lineno, node.col_offset)
        return start, self.at(node.end_lineno, node.end_col_offset)

    def text_of(self, node: Any) -> str:
        """Return a node's text, without parentheses around it."""
        start, end = self.span(node)
        return self.text[start:end]

    def operand(self, node: Any) -> str:
        """Return a node's text, in parentheses where an operator beside it needs them."""
        text = self.text_of(node)
        return f"({text})" if isinstance(node, COMPOUND) else text

    def between(
        self, before: Any, after: Any, old: str, new: str, sort: str
    ) -> Iterator[Change]:
        """Yield the change of a symbol between two nodes."""
        at = self.text.find(old, self.span(before)[1], self.span(after)[0])
        if at >= 0:
            yield Change(at, at + len(old), new, sort)

    def reordered(self, nodes: list[Any], order: Iterable[int]) -> Change:
        """Return the change that puts neighbors into another order, with what separates them
        in its place.

        order: for each place, the number of the node that goes there.
        """
        spans = [self.span(node) for node in nodes]
        text = ""
        for place, number in enumerate(order):
            if place:
                text += self.text[spans[place - 1][1] : spans[place][0]]
            text += self.text_of(nodes[number])
        return Change(spans[0][0], spans[-1][1], text, "order")

    def rows(self, node: Any) -> tuple[int, int]:
        """Return the lines of a statement, as numbers: the first, and one after the last."""
        decorators = getattr(node, "decorator_list", [])
        return min(part.lineno for part in (node, *decorators)), node.end_lineno + 1

    def block(self, start: int, end: int, lines: list[str], sort: str) -> Change:
        """Return the change of whole lines."""
        return Change(
            self._starts[start - 1], self._starts[end - 1] - 1, "\n".join(lines), sort
        )


@dataclass(frozen=True)
class Place:
    """A node of a function, and what it is part of.

    names: that are local.  in_test: whether it is in a condition.  in_index: in a
    subscript's brackets.
    in_key: in what a dict or a set compares, where tensors are equal only to themselves.
    """

    source: Source
    node: Any
    parent: Any
    names: tuple[str, ...] = ()
    in_test: bool = False
    in_index: bool = False
    in_key: bool = False

    def all(self, text: str, sort: str) -> Change:
        """Return the change of the whole node; a name or a number keeps no parentheses around
        it.
        """
        whole = self.source.text
        start, end = self.source.span(self.node)
        if self._is_in_parentheses and text.isidentifier():
            before = whole[: start - 1].rstrip(" ")
            if before[-1:] in BEFORE_GROUP:
                return Change(start - 1, end + 1, text, sort)
        return Change(start, end, text, sort)

    def only(self, part: Any, sort: str) -> Change:
        """Return the change that leaves only a part of the node, in its own parentheses if it
        has any.
        """
        if isinstance(self.parent, BINDS_TIGHTER) and not self._is_in_parentheses:
            return self.all(self.source.operand(part), sort)
        return self.all(self.source.text_of(part), sort)

    @property
    def _is_in_parentheses(self) -> bool:
        start, end = self.source.span(self.node)
        return (
            self.source.text[start - 1 : start] + self.source.text[end : end + 1]
            == "()"
        )

    def is_module(self, node: Any) -> bool:
        """Return whether a node is a name that is not local, such as a module's."""
        return isinstance(node, ast.Name) and node.id not in self.names


Operator = Callable[[Place], Iterator[Change]]
# By the type of node that they change; list is a block.
Operators = Mapping[type, tuple[Operator, ...]]


def changes(source: Source, function: Any, operators: Operators) -> Iterator[Change]:
    """Yield all changes of a statement by operators, listed by the type of node that they
    change.
    """
    place = Place(source, function, function, local_names(function))
    tests = _parts_of(function, _tests_in)
    indices = _parts_of(function, _indices_in)
    keys = {id(part) for key in _keys_of(function) for part in ast.walk(key)}
    for node, parent in walk(function, function):
        for operator in operators.get(type(node), ()):
            yield from operator(
                replace(
                    place,
                    node=node,
                    parent=parent,
                    in_test=id(node) in tests,
                    in_index=id(node) in indices,
                    in_key=id(node) in keys,
                )
            )


def _parts_of(function: Any, chosen: Callable[[Any], list[Any]]) -> set[int]:
    """Return the identities of all nodes in what is chosen of each node of a function."""
    roots = [root for node in ast.walk(function) for root in chosen(node)]
    return {id(part) for root in roots for part in ast.walk(root)}


def _tests_in(node: Any) -> list[Any]:
    return [node.test] if isinstance(node, ast.If | ast.While | ast.IfExp) else []


def _indices_in(node: Any) -> list[Any]:
    return [node.slice] if isinstance(node, ast.Subscript) else []


def _keys_of(function: Any) -> list[Any]:
    """Return what a function uses as keys, and what it assigns to names that it uses as keys."""
    nodes = [*ast.walk(function)]
    keys = [key for node in nodes for key in _keys_in(node)]
    names = {key.id for key in keys if isinstance(key, ast.Name)}
    for node in nodes:
        match node:
            case ast.Assign([ast.Name(name)], value) if name in names:
                keys.append(value)
    return keys


def _keys_in(node: Any) -> list[Any]:
    match node:
        case ast.Dict(keys):
            return [key for key in keys if key is not None]
        case ast.Set(elements):
            return elements
        case ast.DictComp(key):
            return [key]
        case ast.SetComp(element):
            return [element]
        case ast.Call(ast.Attribute(_, name), [first, *_]) if name in TAKES_KEY:
            return [first]
        case ast.Call(ast.Name("set" | "frozenset" | "Counter"), elements):
            return elements
        case ast.Compare(element, [ast.In() | ast.NotIn()]):
            return [element]
    return []


def local_names(function: Any) -> tuple[str, ...]:
    """Return its parameters, and then the names that it binds."""
    parameters = []
    bound = []
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            parameters.append(node.arg)
        elif isinstance(node, ast.Name) and not is_read(node):
            bound.append(node.id)
    return tuple(dict.fromkeys([*parameters, *bound]))


def walk(node: Any, parent: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each node or block that counts and what it is part of, a node's blocks right after
    it.
    """
    yield node, parent
    for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
        if block and isinstance(block, list):
            yield block, node
    for field, value in ast.iter_fields(node):
        if field in NOT_READ:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not says_nothing(child):
                yield from walk(child, node)


def says_nothing(node: Any) -> bool:
    """Return whether a node cannot change an answer, or has no place, as the parts of an
    f-string.
    """
    match node:
        case (
            ast.JoinedStr()
            | ast.Constant(str())
            | ast.Expr(ast.Constant() | ast.Call(ast.Name("print")))
        ):
            return True
    return False


def is_read(node: Any) -> bool:
    """Return whether an expression is read, and not bound or deleted."""
    return not isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)
