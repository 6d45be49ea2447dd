"""A function's text with the places of its parts, and changes in it, whatever they mean."""

import ast
import builtins
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from os.path import commonprefix
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
NOT_READ = {
    "annotation",
    "returns",
    "decorator_list",
    "ctx",
    "op",
    "type_comment",
}
# What may stand before parentheses that only group.
BEFORE_GROUP = tuple("=+-*/%@(,[:")
# A tensor's methods whose result is no tensor: without them, another kind of thing is computed.
LEAVES_TENSORS = {"item", "numpy", "tolist"}


Span = tuple[int, int]


@dataclass(frozen=True)
class Change:
    """A span of a text, and what takes its place; also at the equal spans in `also`, in order.

    conditions: the spans of those for which alone the changed text is there.
    """

    start: int
    end: int
    text: str
    sort: str  # of the slip that it undoes
    also: tuple[Span, ...] = ()
    conditions: tuple[Span, ...] = ()

    @property
    def spans(self) -> list[Span]:
        return [(self.start, self.end), *self.also]

    def applied_to(self, text: str) -> str:
        """Return the changed text.

        >>> Change(0, 1, "y", "name", also=((4, 5),)).applied_to("x + x")
        'y + y'
        """
        # From the last place on, so that the earlier ones stay where they are.
        for start, end in reversed(self.spans):
            text = text[:start] + self.text + text[end:]
        return text


_FORM = {
    "start": int,
    "end": int,
    "text": str,
    "sort": str,
    "also": [[int]],
    "conditions": [[int]],
}


def changes_from_wire(answer: Any, length: int) -> list[Change]:
    """Return the changes of a text of this length that a worker made.

    The worker has parsed a student's text, so an answer of any other form counts as no changes.
    """
    if not fits([_FORM], answer):
        return []
    changes = []
    for fields in answer:
        spans = {
            name: tuple(map(tuple, fields[name]))
            for name in ("also", "conditions")
        }
        change = Change(**fields | spans)
        if not _are_inside(change.spans, length):
            return []
        if not _are_inside(change.conditions, length):
            return []
        changes.append(change)
    return changes


def _are_inside(spans: Iterable[Span], length: int) -> bool:
    """Return whether all spans are in a text of this length, in order and apart."""
    last = 0
    for span in spans:
        if len(span) != 2 or not last <= span[0] <= span[1] <= length:
            return False
        last = span[1]
    return True


def difference(
    old: str,
    new: str,
    sort: str,
    at: int = 0,
) -> Change:
    """Return the shortest change that makes one text of another, which starts at `at`.

    Names are kept whole.

    >>> difference("indices - 1", "indices", "part")
    Change(start=7, end=11, text='', sort='part', also=())
    """

    start = _shared(old, new)
    while start and (_splits_name(old, start) or _splits_name(new, start)):
        start -= 1
    tail = _shared(old[start:][::-1], new[start:][::-1])
    while tail and (_splits_name(old, -tail) or _splits_name(new, -tail)):
        tail -= 1
    return Change(
        at + start,
        at + len(old) - tail,
        new[start : len(new) - tail],
        sort,
    )


def _shared(first: str, second: str) -> int:
    """Return how many characters both texts begin with."""
    return len(commonprefix([first, second]))  # noqa: RUF071 - of characters


def _splits_name(text: str, at: int) -> bool:
    """Return whether there is a name on both sides of a place."""
    around = text[:at][-1:] + text[at:][:1]
    return len(around) == 2 and f"_{around}".isidentifier()


def at_all_equal_places(
    changes: Iterable[Change], text: str
) -> Iterator[Change]:
    """Yield a change of all equal places, for each that several places allow.

    Changes are equal if they take away the same characters and put in the same.
    """
    groups: dict[tuple[str, ...], list[Change]] = defaultdict(list)
    for change in changes:
        old = text[change.start : change.end]
        # Whole lines and orders are no equal ones; a name may be changed at all places already.
        if change.also or "order" in change.sort or "\n" in old + change.text:
            continue
        change = difference(
            old,
            change.text,
            change.sort,
            change.start,
        )
        removed = text[change.start : change.end].replace(" ", "")
        # Another kind of thing is computed then: `a + b` joins lists and adds tensors.
        if removed.strip(".()") in LEAVES_TENSORS:
            continue
        # `w = w - 1` and `b = b - 1` become equal ones.
        if change.sort == "in place":
            removed = ""
        groups[change.sort, removed, change.text].append(change)
    for group in groups.values():
        if joined := _joined(group):
            yield joined


def _joined(group: Sequence[Change]) -> Change | None:
    """Return equal changes as one, unless there is only one or two overlap."""
    spans = sorted({(change.start, change.end) for change in group})
    if len(spans) < 2:
        return None
    last = -1
    for start, end in spans:
        # Several insertions, such as a factor, would compute something else and not the same
        # more often.
        if start == end or start < last:
            return None
        last = end
    return Change(
        *spans[0],
        group[0].text,
        group[0].sort,
        tuple(spans[1:]),
    )


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
        for node in ast.walk(tree):
            if hasattr(node, "lineno"):
                self._mark(node)

    def _mark(self, node: Any) -> None:
        """Note at a node where it starts and ends, and its text without parentheses around it."""
        node.start = self.at(node.lineno, node.col_offset)
        node.end = self.at(node.end_lineno, node.end_col_offset)
        node.text = self.text[node.start : node.end]

    def at(self, line: int, column: int) -> int:
        """Return the place of a line and a column, which the parser counts in bytes."""
        before = self.lines[line - 1].encode()[:column]
        return self._starts[line - 1] + len(before.decode(errors="ignore"))

    def block(
        self, start: int, end: int, lines: list[str], sort: str
    ) -> Change:
        """Return the change of whole lines."""
        first = self._starts[start - 1]
        last = self._starts[end - 1] - 1
        return Change(first, last, "\n".join(lines), sort)


def start_of(node: Any) -> Any:
    """Return where a node of a Source starts in its text."""
    return node.start


def end_of(node: Any) -> Any:
    """Return where a node of a Source ends in its text."""
    return node.end


def text_of(node: Any) -> Any:
    """Return the text of a node of a Source, without parentheses around it."""
    return node.text


def operand(node: Any) -> str:
    """Return a node's text, in parentheses where an operator beside it needs them."""
    text = text_of(node)
    if isinstance(node, COMPOUND):
        return f"({text})"
    return text


class Scope:
    """The names that a function reads and binds, and those that it should have.

    wanted: the parameters that it should have.  elsewhere: names that other statements bind.
    """

    def __init__(
        self,
        function: Any,
        wanted: Sequence[str],
        elsewhere: set[str],
    ):
        self.wanted = wanted
        self.elsewhere = elsewhere
        self.read: set[str] = set()
        # Inputs show on which side of these conditions they are, and no more.
        self.conditions: list[range] = []
        self.parameters: list[str] = []
        bound = []
        for node in ast.walk(function):
            match node:
                case ast.arg(name):
                    self.parameters.append(name)
                case ast.Name(name) if is_read(node):
                    self.read.add(name)
                case ast.Name(name):
                    bound.append(name)
                case ast.If(test) | ast.IfExp(test):
                    self.conditions.append(range(start_of(test), end_of(test)))
        self.times_bound = Counter([*self.parameters, *bound])
        self.names = [*self.times_bound]
        self.known = sorted({*self.names, *elsewhere, *dir(builtins)})
        self.never_read = [name for name in self.names if name not in self.read]
        self.unused = [
            name for name in self.parameters if name not in self.read
        ]


@dataclass(frozen=True)
class Site:
    """A node of a function or a block, as a list, and what it is part of.

    in_test: whether it is in a condition.  sort_of_name: of a change to another name, "index" in a
    subscript's brackets.
    """

    source: Source
    scope: Scope
    node: Any
    parent: Any
    in_test: bool = False
    sort_of_name: str = "name"

    def instead(self, text: str, sort: str) -> Change:
        """Return the change of the whole node; a name keeps no parentheses around it."""
        node = self.node
        if self._is_in_parentheses and text.isidentifier():
            before = self.source.text[: node.start - 1].rstrip(" ")
            if before.endswith(BEFORE_GROUP):
                return Change(
                    node.start - 1,
                    node.end + 1,
                    text,
                    sort,
                )
        return Change(node.start, node.end, text, sort)

    def only(self, part: Any, sort: str) -> Change:
        """Return the change that leaves only a part of the node, in parentheses if it needs
        any.
        """
        is_bare = not self._is_in_parentheses
        if is_bare and isinstance(self.parent, BINDS_TIGHTER):
            return self.instead(operand(part), sort)
        return self.instead(text_of(part), sort)

    @property
    def _is_in_parentheses(self) -> bool:
        text = self.source.text
        around = text[self.node.start - 1 : self.node.end + 1]
        return around == f"({text_of(self.node)})"

    def is_module(self, node: Any) -> bool:
        """Return whether a node is a name that is not local, such as a module's."""
        return isinstance(node, ast.Name) and node.id not in self.scope.names


def sites_in(site: Site) -> Iterator[Site]:
    """Yield each node or block that counts, a node's blocks right after it."""
    node = site.node
    yield site
    for name in ("body", "orelse"):
        block = getattr(node, name, None)
        # A lambda's or a conditional expression's is no list.
        if block and isinstance(block, list):
            yield replace(site, node=block, parent=node)
    is_choice = isinstance(node, ast.If | ast.While | ast.IfExp)
    for field, value in ast.iter_fields(node):
        if field in NOT_READ:
            continue
        in_test = site.in_test or (is_choice and field == "test")
        sort_of_name = site.sort_of_name
        if field == "slice":
            sort_of_name = "index"
        children = value
        if not isinstance(value, list):
            children = [value]
        for child in children:
            if isinstance(child, ast.AST) and not says_nothing(child):
                inner = replace(
                    site,
                    node=child,
                    parent=node,
                    in_test=in_test,
                    sort_of_name=sort_of_name,
                )
                yield from sites_in(inner)


def says_nothing(node: Any) -> bool:
    """Return whether a node cannot change an answer, or has no place, as parts of an f-string."""
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
