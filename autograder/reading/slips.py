"""Changes of one place that may undo a slip in a student's function, the most plausible first.

None adds what an exercise is about: no loop, no product of matrices, no call with arguments.  Parses a
student's text, so it runs in a worker; runs no code.
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
from autograder.reading.near_names import stands_for
from autograder.reading.notebooks import BROKEN
from autograder.reading.punctuation import narrowed
from autograder.reading.source import Change, Operator, Place, Source, changes, is_read, local_names

# The sorts of slips, from the most plausible on.
RANKS = (
    ("spelling", "uncalled"),
    ("kept",),
    ("part", "call", "more"),
    ("line", "only", "head", "block"),
    ("into", "below", "out", "above"),
    ("off by one", "operator", "order", "yield", "comparison", "bound"),
    ("brackets", "lines", "sign", "number"),
    ("factor", "argument"),
    ("name",),
)
RANK = {sort: rank for rank, sorts in enumerate(RANKS) for sort in sorts}
FIRST = -1  # a rank, also where another line raised
NEUTRAL = {ast.Add: 0, ast.Sub: 0, ast.Mult: 1, ast.Div: 1, ast.Pow: 1}
HAS_NAME = re.compile(r"[^\W\d]")
# Calls that return nothing, or what they changed.
RETURN_NOTHING = {"append", "backward", "extend", "insert", "reverse", "shuffle", "sort", "step", "update"}
ATTRIBUTES = sorted({name for owner in (torch.Tensor, torch, list, dict, random, np) for name in dir(owner)})
NEAR, ALIKE = 3, 0.6  # names that a misspelled one is taken for, and difflib's ratio of both
LONGEST_NAME, LONGEST_TEXT = 60, 20_000  # characters of a misspelled name, and of a function
MAX_CHANGES = 4_000  # that are made; a student's function has some 300


def slips(text: str, function: str, asked: Sequence[str], known: Sequence[str], line: int, most: int) -> list:
    """Return changes of a function's statement that may undo a slip, each as the fields of a Change.

    asked: the parameters that the function should have.  known: names that other statements bind.  line: of
    the function, where it raised, or 0: changes there come first.  most: how many.
    """
    if len(text) > LONGEST_TEXT:
        return []
    try:
        source = Source(text)
    except BROKEN:
        narrow = narrowed(text)
        places = [at for at, (old, new) in enumerate(zip(text, narrow)) if old != new]
        start, end = (places[0], places[-1] + 1) if places else (0, 0)
        return [vars(Change(start, end, narrow[start:end], "wide"))] if places else []
    node: Any = source.tree.body[0]
    scope = _Scope(source, node, asked, {function, *known})
    number = node.lineno + line - 1
    is_there = 0 < line and number <= len(source.lines)
    here = range(source.at(number, 0), source.at(number, LONGEST_TEXT)) if is_there else range(0)
    made = [*itertools.islice(changes(source, node, scope.operators()), MAX_CHANGES)]
    tried, idle = {text}, _idle(source.tree)
    found: list[dict] = []

    def order(change: Change) -> tuple[bool, Any]:
        rank = scope.rank(change)
        return rank != FIRST and change.start not in here, rank

    for change in sorted(made, key=order):
        new = change.applied_to(text)
        if len(found) < most and new not in tried and _is_plausible(change, new, idle):
            is_of_choice = RANK[change.sort] > 1 and any(change.start in test for test in scope.tests)
            found.append(vars(change) | ({"sort": "condition"} if is_of_choice else {}))
        tried.add(new)
    return found


def _is_plausible(change: Change, new: str, idle: int) -> bool:
    """Return whether it may be meant: it compiles, and no more parts than `idle` compute for nothing."""
    if change.sort in ("part", "bound") and not HAS_NAME.search(change.text):
        return False  # a number alone, of a whole computation
    try:
        tree = ast.parse(new)
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
            case ast.AugAssign(_, op, ast.Constant(number)) | ast.BinOp(_, op, ast.Constant(number)):
                count += number == NEUTRAL.get(type(op))
            case ast.UnaryOp(ast.USub(), ast.Constant(number)):
                count += number == 0
            case ast.Expr(ast.Call(ast.Attribute(_, name))):
                count += callable(getattr(torch.Tensor, name, None)) and not _changes_its_object(name)
    return count


class _Scope:
    """The names that a function can read, and those of its parameters that it never reads."""

    def __init__(self, source: Source, node: Any, asked: Sequence[str], others: set[str]):
        nodes = [*ast.walk(node)]
        self.body = source.span(node.body[0])[0] if isinstance(node, ast.FunctionDef) else 0
        tuples = (n for n in nodes if isinstance(n, ast.Tuple) and not is_read(n))
        self.targets = {source.span(n.elts[0])[0] for n in tuples if n.elts}
        # Inputs show on which side of these they are, and not where they should be.
        self.tests = [range(*source.span(n.test)) for n in nodes if isinstance(n, ast.If | ast.IfExp)]
        self.names, self.asked = local_names(node), asked
        self.read = {n.id for n in nodes if isinstance(n, ast.Name) and is_read(n)}
        given = node.args.args if isinstance(node, ast.FunctionDef) else []
        self.given = [each.arg for each in given]
        self.in_order = ""  # the parameters, if they are asked in another order
        self.unused = [name for name in self.given if name not in self.read]
        self.known = sorted({*self.names, *others, *dir(builtins)})
        self.own = {n.attr for n in nodes if isinstance(n, ast.Attribute) and not is_read(n)}

    def rank(self, change: Change) -> int:
        """Return how late it is tried; what brings in a parameter that is never read is likely.

        A `- 1` too many is a part.  What is bound in another order comes after what is computed; but first of
        all, before the line that raised, come parameters in the order that is asked.
        """
        if change.sort == "off by one" and HAS_NAME.search(change.text):
            return RANK["part"]
        if change.sort == "order" and (change.start < self.body or change.start in self.targets):
            return FIRST if change.text == self.in_order else RANK["argument"]
        brings_in = {*self.unused}.intersection(re.findall(r"\w+", change.text))
        return 1 if change.sort in ("name", "number", "factor") and brings_in else RANK[change.sort]

    def operators(self) -> dict[type, tuple[Operator, ...]]:
        """Return the table of operators, with those for slips alone."""
        more: dict[type, tuple[Operator, ...]] = {
            ast.Name: (self.near_name,),
            ast.Constant: (self.parameter_for_number,),
            ast.Attribute: (self.near_attribute, called),
            ast.arguments: (self.near_parameter, self.parameters_in_order, swap_neighbors),
            ast.Return: (self.factors,),
            ast.Assign: (self.factors, transposed_assignment, without_target),
            ast.AugAssign: (self.factors,),
            ast.Expr: (underscored, kept_result),
            ast.Call: (other_call,),
            ast.BinOp: (negated,),
        }
        return EVERYWHERE | {kind: (*EVERYWHERE.get(kind, ()), *some) for kind, some in more.items()}

    def near_name(self, place: Place) -> Iterator[Change]:
        """Yield a name that is defined, for one that is not."""
        if place.node.id not in self.known:
            near = _near(place.node.id, [*self.names, *self.known])
            yield from (place.all(name, "spelling") for name in near)

    def near_attribute(self, place: Place) -> Iterator[Change]:
        """Yield a method that tensors, lists or modules have, for one that none of them has."""
        node = place.node
        if node.attr not in ATTRIBUTES and node.attr not in self.own:
            for name in _near(node.attr, ATTRIBUTES):
                yield place.all(f"{place.source.operand(node.value)}.{name}", "spelling")

    def near_parameter(self, place: Place) -> Iterator[Change]:
        """Yield a parameter under the name that the body reads from outside."""
        outside = sorted(self.read - {*self.names})
        missing = [name for name in self.asked if name in outside and name not in self.given]
        for each in place.node.args:
            if each.arg in self.unused:
                start, _ = place.source.span(each)
                for name in dict.fromkeys([*missing, *_near(each.arg, outside)]):
                    yield Change(start, start + len(each.arg), name, "spelling")

    def parameters_in_order(self, place: Place) -> Iterator[Change]:
        """Yield all parameters in the order that is asked, if they have those names."""
        there = [each for name in self.asked for each in place.node.args if stands_for(each.arg, name)]
        if len(there) == len(self.asked) == len({*there}) == len(place.node.args) > 1:
            self.in_order = ", ".join(map(place.source.text_of, there))
            (start, _), (_, end) = (place.source.span(place.node.args[i]) for i in (0, -1))
            yield Change(start, end, self.in_order, "order")

    def parameter_for_number(self, place: Place) -> Iterator[Change]:
        """Yield a parameter that is never read, for a number."""
        if type(place.node.value) in (int, float):
            yield from (place.all(name, "number") for name in self.unused)

    def factors(self, place: Place) -> Iterator[Change]:
        """Yield a factor that is missing in what is computed: a parameter that is never read, or 2."""
        value, source = place.node.value, place.source
        if isinstance(value, ast.BinOp | ast.Call):
            is_product = isinstance(value, ast.Call) or isinstance(value.op, ast.Mult | ast.Div | ast.Pow)
            text = source.text_of(value) if is_product else f"({source.text_of(value)})"
            for factor in [*self.unused, "2"]:
                yield from (Change(*source.span(value), f"{text} {by} {factor}", "factor") for by in "*/")


def _near(name: str, others: Sequence[str]) -> list[str]:
    """Return names that look like this one; first those that differ by an underscore or in capitals."""
    bare = name.strip("_").lower()
    same = [other for other in others if other.strip("_").lower() == bare]
    return [*dict.fromkeys([*same, *difflib.get_close_matches(name[:LONGEST_NAME], others, NEAR, ALIKE)])]


def called(place: Place) -> Iterator[Change]:
    """Yield a call of a method that is only named: `with torch.no_grad:`, `w.grad.zero_`."""
    node, parent = place.node, place.parent
    is_called = isinstance(parent, ast.Call) and parent.func is node
    if is_read(node) and not is_called and callable(_method(node.attr)):
        yield place.all(f"{place.source.text_of(node)}()", "uncalled")


def other_call(place: Place) -> Iterator[Change]:
    """Yield a sum for `backward()`, an attribute without `()`, or one of two without `min` or `max`."""
    match place.node:
        case ast.Call(ast.Attribute(value, "backward")):  # it starts from one number
            end = place.source.span(value)[1]
            yield Change(end, end, ".sum()", "more")
        case ast.Call(ast.Attribute(_, name) as attribute, args) if not callable(_method(name)):
            if not args:  # as in `y.shape()`
                yield place.only(attribute, "call")
            elif hasattr(torch.Tensor, name):  # as in `y.shape(0)`
                index = ", ".join(map(place.source.text_of, args))
                yield place.all(f"{place.source.text_of(attribute)}[{index}]", "brackets")
        case ast.Call(ast.Name("min" | "max"), [_, _] as both, []):
            yield from (place.only(one, "bound") for one in both)


def _method(name: str) -> Any:
    return getattr(torch.Tensor, name, None) or getattr(torch, name, None)


def _changes_its_object(name: str) -> bool:
    """Return whether a call of a method is worth writing although nothing keeps its value."""
    return name.endswith("_") or name in RETURN_NOTHING


def transposed_assignment(place: Place) -> Iterator[Change]:
    """Yield `x -= 1` for `x =- 1`."""
    value, span = place.node.value, place.source.span
    first = value
    while isinstance(first, ast.BinOp):
        first = first.left
    match place.node.targets, first:
        case [target], ast.UnaryOp(ast.USub()) if span(first)[0] == span(value)[0]:
            yield Change(span(target)[1], span(value)[0] + 1, " -=", "operator")


def without_target(place: Place) -> Iterator[Change]:
    """Yield a call whose value is not kept: `random.shuffle(x)` for `x = random.shuffle(x)`."""
    if _changes_its_object(getattr(getattr(place.node.value, "func", None), "attr", "")):
        yield Change(place.source.span(place.node)[0], place.source.span(place.node.value)[0], "", "kept")


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
            end = place.source.span(method)[1]
            yield Change(end, end, "_", "spelling")


def negated(place: Place) -> Iterator[Change]:
    """Yield the other sign of what is computed and passed on; where a minus is in front, it goes instead."""
    text = place.source.text_of(place.node)
    if isinstance(place.parent, ast.Call | ast.Return | ast.Assign) and not text.startswith("-"):
        yield place.all(f"-({text})", "sign")
