"""Changes of one place that may undo a slip in a student's function, the most plausible first.

None adds what an exercise is about: no loop, no product of matrices, no call with
arguments.  Parses a student's text, so it runs in a worker; runs no code.
"""

import ast
import builtins
import difflib
import itertools
import random
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from autograder.reading.changes import EVERYWHERE, swap_neighbors
from autograder.reading.near_names import means, stands_for
from autograder.reading.notebooks import BROKEN
from autograder.reading.repair import repairs
from autograder.reading.source import (
    Change,
    Operator,
    Place,
    Source,
    at_all_equal_places,
    changes,
    is_read,
    local_names,
)

# The sorts of slips, from the most plausible on.
RANKS = (
    ("spelling", "uncalled"),
    ("kept", "recording", "in place"),
    ("part", "call", "more"),
    ("line", "only", "head", "block"),
    ("into", "below", "out", "above"),
    (
        "off by one",
        "operator",
        "order",
        "yield",
        "comparison",
        "bound",
        "index",
        "slice",
    ),
    ("brackets", "lines", "sign", "number"),
    ("factor", "argument"),
    ("name",),
)
RANK = {sort: rank for rank, sorts in enumerate(RANKS) for sort in sorts}
FIRST = -1  # a rank, also where another line raised
NEUTRAL = {ast.Add: 0, ast.Sub: 0, ast.Mult: 1, ast.Div: 1, ast.Pow: 1}
HAS_NAME = re.compile(r"[^\W\d]")
# Calls that return nothing, or what they changed.
RETURN_NOTHING = {
    "append",
    "backward",
    "extend",
    "insert",
    "reverse",
    "shuffle",
    "sort",
    "step",
    "update",
}
OWNERS = (torch.Tensor, torch, list, dict, random, np)
ATTRIBUTES = sorted({name for owner in OWNERS for name in dir(owner)})
NEAR, ALIKE = (
    3,
    0.6,
)  # names that a misspelled one is taken for, and difflib's ratio of both
LONGEST_NAME, LONGEST_TEXT = (
    60,
    20_000,
)  # characters of a misspelled name, and of a function
MAX_CHANGES = 4_000  # that are made; a student's function has some 300


def slips(
    text: str,
    function: str,
    asked: Sequence[str],
    known: Sequence[str],
    line: int,
    most: int,
) -> list[dict[str, Any]]:
    """Return changes of a function's statement that may undo a slip, each as the fields of a
    Change.

    asked: the parameters that the function should have.  known: names that other statements
    bind.  line: of
    the function, where it raised, or 0: changes there come first.  most: how many.
    """
    if len(text) > LONGEST_TEXT:
        return []
    try:
        source = Source(text)
    except BROKEN:
        return [
            _fields(change, change.sort)
            for change in itertools.islice(repairs(text), most)
        ]
    node: Any = source.tree.body[0]
    scope = _Scope(source, node, asked, {function, *known})
    candidates = [
        *itertools.islice(changes(source, node, scope.operators()), MAX_CHANGES)
    ]
    candidates += at_all_equal_places(candidates, text)
    candidates.sort(
        key=_Order(source, scope, node.lineno + line - 1 if line > 0 else 0).key
    )
    idle = _idle(source.tree)
    tried = {text}
    plausible: list[dict[str, Any]] = []
    for change in candidates:
        if len(plausible) == most:
            break
        changed = change.applied_to(text)
        if changed not in tried and _is_plausible(change, changed, idle):
            plausible.append(_fields(change, scope.sort_of(change)))
        tried.add(changed)
    return plausible


def _fields(change: Change, sort: str) -> dict[str, Any]:
    return vars(change) | {"sort": sort, "again": [[*span] for span in change.again]}


class _Order:
    """The order in which changes are tried: those of the line that raised first, then by rank."""

    def __init__(self, source: Source, scope: "_Scope", raised: int):
        self.scope = scope
        self.raised = range(0)
        if 0 < raised <= len(source.lines):
            self.raised = range(source.at(raised, 0), source.at(raised, LONGEST_TEXT))

    def key(self, change: Change) -> tuple[bool, int, bool]:
        rank = self.scope.rank(change)
        is_elsewhere = rank != FIRST and change.start not in self.raised
        return is_elsewhere, rank, bool(change.again)


def _is_plausible(change: Change, changed: str, idle: int) -> bool:
    """Return whether it may be meant: it compiles, and no more parts than `idle` compute for
    nothing.
    """
    is_part = change.sort in ("part", "bound") and not change.again
    if is_part and not HAS_NAME.search(change.text):
        return False  # a number alone, of a whole computation
    try:
        tree = ast.parse(changed)
        compile(tree, "slip", "exec", dont_inherit=True)
    except BROKEN:
        return False
    return _idle(tree) <= idle


def _idle(tree: ast.AST) -> int:
    """Count what changes nothing: `x = x`, `x += 0`, `x * 1`, `-0`, `x.nonzero()`."""
    count = 0
    for node in ast.walk(tree):
        match node:
            case ast.Assign([target], value):
                count += ast.unparse(target) == ast.unparse(value)
            case ast.AugAssign(_, op, ast.Constant(number)) | ast.BinOp(
                _, op, ast.Constant(number)
            ):
                count += number == NEUTRAL.get(type(op))
            case ast.UnaryOp(ast.USub(), ast.Constant(number)):
                count += number == 0
            case ast.Expr(ast.Call(ast.Attribute(_, name))):
                is_method = callable(getattr(torch.Tensor, name, None))
                count += is_method and not _changes_its_object(name)
    return count


class _Scope:
    """The names that a function can read, and those of its parameters that it never reads."""

    def __init__(
        self, source: Source, node: Any, asked: Sequence[str], others: set[str]
    ):
        nodes = [*ast.walk(node)]
        is_function = isinstance(node, ast.FunctionDef)
        self.asked = asked
        self.body = source.span(node.body[0])[0] if is_function else 0
        self.parameters = (
            [parameter.arg for parameter in node.args.args] if is_function else []
        )
        self.in_order = ""  # the parameters, if they are asked in another order
        self.names = local_names(node)
        self.known = sorted({*self.names, *others, *dir(builtins)})
        self.read: set[str] = set()
        self.own_attributes: set[str] = set()
        self.targets: set[int] = set()  # where tuples begin that are bound
        self.tests: list[
            range
        ] = []  # inputs show on which side of these they are, and no more
        for part in nodes:
            match part:
                case ast.Name() if is_read(part):
                    self.read.add(part.id)
                case ast.Attribute() if not is_read(part):
                    self.own_attributes.add(part.attr)
                case ast.Tuple([first, *_]) if not is_read(part):
                    self.targets.add(source.span(first)[0])
                case ast.If() | ast.IfExp():
                    self.tests.append(range(*source.span(part.test)))
        self.unread = [name for name in self.names if name not in self.read]
        self.unused = [name for name in self.parameters if name not in self.read]

    def rank(self, change: Change) -> int:
        """Return how late it is tried; what brings in a parameter that is never read is likely.

        A `- 1` too many is a part.  What is bound in another order comes after what is
        computed; but first of all, before the line that raised, come parameters in the
        order that is asked.
        """
        if change.sort == "off by one" and (
            change.again or HAS_NAME.search(change.text)
        ):
            return RANK["part"]
        if change.sort == "order" and (
            change.start < self.body or change.start in self.targets
        ):
            return FIRST if change.text == self.in_order else RANK["argument"]
        names = re.findall(r"\w+", change.text)
        if change.sort == "recording" and "no_grad" in names:
            return FIRST  # the line that raises stands below it
        if change.sort == "index" and {*names} & {*self.unread}:
            return RANK["kept"]
        if change.sort in ("name", "index", "number", "factor") and {*names} & {
            *self.unused
        }:
            return RANK["kept"]
        return RANK[change.sort]

    def sort_of(self, change: Change) -> str:
        """Return the sort that the student reads; that of a condition says no more."""
        in_test = any(change.start in test for test in self.tests)
        return (
            "condition" if in_test and RANK[change.sort] > RANK["kept"] else change.sort
        )

    def operators(self) -> dict[type, tuple[Operator, ...]]:
        """Return the table of operators, with those for slips alone."""
        table: dict[type, tuple[Operator, ...]] = {
            ast.Name: (self.near_name,),
            ast.Constant: (self.parameter_for_number,),
            ast.Attribute: (self.near_attribute, called),
            ast.arguments: (self.near_parameter, self.parameters_in_order),
            ast.Return: (self.factors,),
            ast.Assign: (
                self.factors,
                transposed_assignment,
                without_target,
                changed_in_place,
            ),
            ast.AugAssign: (self.factors, without_recording),
            ast.Expr: (underscored, kept_result),
            ast.Call: (other_call, list_for_arguments),
            ast.BinOp: (negated,),
        }
        for kind, operators in EVERYWHERE.items():
            table[kind] = (*operators, *table.get(kind, ()))
        return table

    def near_name(self, place: Place) -> Iterator[Change]:
        """Yield a name that is defined, for one that is not.

        Where the body has the name that was asked for, the parameter is misspelled, and not
        the body.
        """
        name = place.node.id
        if name not in self.known and name not in self.asked:
            for near in _near(name, [*self.names, *self.known]):
                yield place.all(near, "spelling")
            for other in self.unread:
                yield place.all(other, "index" if place.in_index else "name")

    def near_attribute(self, place: Place) -> Iterator[Change]:
        """Yield a method that tensors, lists or modules have, for one that none of them has."""
        node = place.node
        if node.attr in ATTRIBUTES or node.attr in self.own_attributes:
            return
        for name in _near(node.attr, ATTRIBUTES):
            yield place.all(f"{place.source.operand(node.value)}.{name}", "spelling")

    def near_parameter(self, place: Place) -> Iterator[Change]:
        """Yield a parameter under the name that the body reads from outside."""
        outside = sorted(self.read - {*self.names})
        missing = [
            name
            for name in self.asked
            if name in outside and name not in self.parameters
        ]
        for parameter in place.node.args:
            if parameter.arg not in self.unused:
                continue
            start, _ = place.source.span(parameter)
            for name in dict.fromkeys([*missing, *_near(parameter.arg, outside)]):
                yield Change(start, start + len(parameter.arg), name, "spelling")

    def parameters_in_order(self, place: Place) -> Iterator[Change]:
        """Yield all parameters in the order that is asked, or else two that change places.

        A list that already has the asked order is left alone.
        """
        order = self._asked_order(place.node.args)
        if order is None:
            yield from swap_neighbors(place)
        elif order != [*range(len(order))]:
            change = place.source.reordered(place.node.args, order)
            self.in_order = change.text
            yield change

    def _asked_order(self, parameters: Sequence[Any]) -> list[int] | None:
        """Return the number of the parameter that stands for each asked name; None if that is
        not clear.
        """
        if not 1 < len(parameters) == len(self.asked):
            return None
        names = [parameter.arg for parameter in parameters]
        for is_meant in (stands_for, means):
            order = []
            for asked in self.asked:
                meant = [
                    number for number, name in enumerate(names) if is_meant(name, asked)
                ]
                exact = [number for number in meant if names[number] == asked]
                order += exact or meant
            if sorted(order) == [*range(len(names))]:
                return order
        return None

    def parameter_for_number(self, place: Place) -> Iterator[Change]:
        """Yield a parameter that is never read, for a number."""
        if type(place.node.value) in (int, float):
            for name in self.unused:
                yield place.all(name, "number")

    def factors(self, place: Place) -> Iterator[Change]:
        """Yield a factor that is missing in what is computed: a parameter that is never read,
        or 2.
        """
        value = place.node.value
        if not isinstance(value, ast.BinOp | ast.Call):
            return
        text = place.source.text_of(value)
        if isinstance(value, ast.BinOp) and not isinstance(
            value.op, ast.Mult | ast.Div | ast.Pow
        ):
            text = f"({text})"
        for factor in [*self.unused, "2"]:
            for symbol in "*/":
                yield Change(
                    *place.source.span(value), f"{text} {symbol} {factor}", "factor"
                )


def _near(name: str, others: Sequence[str]) -> list[str]:
    """Return names that look like this one; first those that differ by an underscore or in
    capitals.
    """
    bare = name.strip("_").lower()
    same = [other for other in others if other.strip("_").lower() == bare]
    alike = difflib.get_close_matches(name[:LONGEST_NAME], others, NEAR, ALIKE)
    return [*dict.fromkeys([*same, *alike])]


def called(place: Place) -> Iterator[Change]:
    """Yield a call of a method that is only named: `with torch.no_grad:`, `w.grad.zero_`."""
    node = place.node
    parent = place.parent
    is_called = isinstance(parent, ast.Call) and parent.func is node
    if is_read(node) and not is_called and callable(_method(node.attr)):
        yield place.all(f"{place.source.text_of(node)}()", "uncalled")


def other_call(place: Place) -> Iterator[Change]:
    """Yield a sum for `backward()`, an attribute without `()`, or one of two without `min` or
    `max`.
    """
    match place.node:
        case ast.Call(ast.Attribute(value, "backward")):  # it starts from one number
            _, end = place.source.span(value)
            yield Change(end, end, ".sum()", "more")
        case ast.Call(ast.Attribute(_, name) as attribute, arguments) if not callable(
            _method(name)
        ):
            if not arguments:  # as in `y.shape()`
                yield place.only(attribute, "call")
            elif hasattr(torch.Tensor, name):  # as in `y.shape(0)`
                index = ", ".join(
                    place.source.text_of(argument) for argument in arguments
                )
                yield place.all(
                    f"{place.source.text_of(attribute)}[{index}]", "brackets"
                )
        case ast.Call(ast.Name("min" | "max"), [first, second], []):
            yield place.only(first, "bound")
            yield place.only(second, "bound")


def list_for_arguments(place: Place) -> Iterator[Change]:
    """Yield a list of the first arguments for these one by one: `f([w, b], lr)` for `f(w, b,
    lr)`.
    """
    arguments = place.node.args
    if len(arguments) < 2 or not all(
        isinstance(part, ast.Name) for part in arguments[:2]
    ):
        return
    start, _ = place.source.span(arguments[0])
    _, end = place.source.span(arguments[1])
    yield Change(start, end, f"[{place.source.text[start:end]}]", "brackets")


def _method(name: str) -> Any:
    return getattr(torch.Tensor, name, None) or getattr(torch, name, None)


def _changes_its_object(name: str) -> bool:
    """Return whether a call of a method is worth writing although nothing keeps its value."""
    return name.endswith("_") or name in RETURN_NOTHING


def transposed_assignment(place: Place) -> Iterator[Change]:
    """Yield `x -= 1` for `x =- 1`."""
    value = place.node.value
    span = place.source.span
    first = value
    while isinstance(first, ast.BinOp):
        first = first.left
    match place.node.targets, first:
        case [target], ast.UnaryOp(ast.USub()) if span(first)[0] == span(value)[0]:
            yield Change(span(target)[1], span(value)[0] + 1, " -=", "operator")


def changed_in_place(place: Place) -> Iterator[Change]:
    """Yield `x -= 1` for `x = x - 1`, also as `x.data -= 1`, which autograd does not record."""
    match place.node:
        case ast.Assign(
            [ast.Name() | ast.Subscript() as target],
            ast.BinOp(first, ast.Add() | ast.Sub() as op),
        ) if ast.unparse(first) == ast.unparse(target):
            symbol = "+" if isinstance(op, ast.Add) else "-"
            _, start = place.source.span(target)
            _, behind = place.source.span(first)
            end = place.source.text.index(symbol, behind) + 1
            for text in (f" {symbol}=", f".data {symbol}="):
                yield Change(start, end, text, "in place")


def without_target(place: Place) -> Iterator[Change]:
    """Yield a call whose value is not kept: `random.shuffle(x)` for `x = random.shuffle(x)`."""
    function = getattr(place.node.value, "func", None)
    if _changes_its_object(getattr(function, "attr", "")):
        start, _ = place.source.span(place.node)
        end, _ = place.source.span(place.node.value)
        yield Change(start, end, "", "kept")


def without_recording(place: Place) -> Iterator[Change]:
    """Yield `w.data -= step` for `w -= step`, which raises where autograd records."""
    match place.node.target:
        case ast.Name() as target:
            _, end = place.source.span(target)
            yield Change(end, end, ".data", "recording")


def kept_result(place: Place) -> Iterator[Change]:
    """Yield a new value that is kept: `y = y.reshape(n)` for `y.reshape(n)`."""
    match place.node.value:
        case ast.Call(ast.Attribute(ast.Name(name))) if name in place.names:
            start, _ = place.source.span(place.node)
            yield Change(start, start, f"{name} = ", "kept")


def underscored(place: Place) -> Iterator[Change]:
    """Yield a method that works in place, where the value of one that does not is thrown away."""
    match place.node.value:
        case ast.Call(ast.Attribute(_, name) as method) if _method(f"{name}_"):
            _, end = place.source.span(method)
            yield Change(end, end, "_", "spelling")


def negated(place: Place) -> Iterator[Change]:
    """Yield the other sign of what is computed and passed on; where a minus is in front, it
    goes instead.
    """
    text = place.source.text_of(place.node)
    if isinstance(
        place.parent, ast.Call | ast.Return | ast.Assign
    ) and not text.startswith("-"):
        yield place.all(f"-({text})", "sign")
