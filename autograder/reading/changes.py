"""Operators: changes of one expression or statement in a function that may undo a slip.

A change undoes and never chooses: none takes a part of `a or b`, a branch, or what stands
below a `return`.  None adds what an exercise is about: no loop, no product of matrices, no
call with arguments.
"""

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch

from autograder.reading.blocks import (
    into_block,
    out_of_block,
    without_block,
    without_line,
)
from autograder.reading.near_names import may_mean, stands_for
from autograder.reading.source import (
    COMPOUND,
    LEAVES_TENSORS,
    Change,
    Site,
    end_of,
    is_read,
    sites_in,
    start_of,
    text_of,
)
from autograder.reading.spelling import (
    changes_its_object,
    method,
    misspelled_attribute,
    misspelled_name,
    misspelled_parameter,
    uncalled,
    underscored,
)

# What computes keys.
KEYED = ast.Dict | ast.Set | ast.DictComp | ast.SetComp
# How an operator is written, and what may be written in its place.
SYMBOLS: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/ + **"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "/"),
    ast.BitXor: ("^", "**"),
}
TAKES_SHAPE = {"reshape", "view", "expand", "zeros", "ones"}


def one_part(site: Site) -> Iterator[Change]:
    """Yield one part of an expression without the others; of a condition, only without a `- 1`."""
    node = site.node
    parent = site.parent
    if isinstance(node, ast.Attribute) and isinstance(parent, ast.Subscript):
        # No `x[0]` for `x.shape[0]`, which is another thing.
        return
    is_called = isinstance(parent, ast.Call) and parent.func is node
    if (
        not is_read(node)
        or is_called
        or site.is_module(getattr(node, "value", None))
    ):
        return
    match node:
        case ast.UnaryOp(_, value):
            yield site.only(value, "sign")
            return
        case ast.BinOp(value, ast.Add() | ast.Sub(), ast.Constant(1)):
            yield site.only(value, "one too many")
            parts = [node.right]
        case ast.BinOp(before, _, after):
            parts = [before, after]
        case _:
            parts = [node.value]
    if not site.in_test:
        for part in parts:
            yield site.only(part, "part")


def other_operator(site: Site) -> Iterator[Change]:
    """Yield another operator between the same operands, or another of `+=` and `-=`."""
    match site.node:
        case ast.BinOp(before, op) | ast.AugAssign(before, op):
            symbol, replacements = SYMBOLS.get(type(op), ("", ""))
            start = _symbol_behind(site, before, symbol)
            for replacement in replacements.split():
                yield Change(
                    start, start + len(symbol), replacement, "operator"
                )


def _symbol_behind(
    site: Site,
    node: Any,
    symbol: str,
) -> int:
    """Return where the first such symbol behind a node starts."""
    return site.source.text.find(symbol, end_of(node))


def negated(site: Site) -> Iterator[Change]:
    """Yield the other sign of what is computed and passed on, unless a minus is in front."""
    text = text_of(site.node)
    is_passed_on = isinstance(site.parent, ast.Call | ast.Return | ast.Assign)
    if is_passed_on and not text.startswith("-"):
        yield site.instead(f"-({text})", "sign")


def without_element(site: Site) -> Iterator[Change]:
    """Yield a tuple or list without one of its elements, and an element for `x,`."""
    node = site.node
    count = len(node.elts)
    # Of a pair that a loop goes through, a single element would be gone through itself.
    is_gone_through = isinstance(site.parent, ast.For | ast.comprehension)
    if not is_read(node) or count < 1 + 2 * is_gone_through:
        return
    is_list = isinstance(node, ast.List)
    if count == 1:
        if not is_list:
            yield site.only(node.elts[0], "part")
        return
    for element in node.elts:
        rest = _joined(node.elts, element)
        if is_list:
            rest = f"[{rest}]"
        yield site.instead(rest, "part")


def _joined(nodes: Sequence[Any], left_out: Any = None) -> str:
    """Return the texts of nodes with commas between them, but for one of them."""
    return ", ".join(text_of(node) for node in nodes if node is not left_out)


def range_for_pair(site: Site) -> Iterator[Change]:
    """Yield `x[i:j]` for `x[i, j]`."""
    match site.node.slice:
        case ast.Tuple([first, last]) if not isinstance(first, ast.Slice):
            yield Change(end_of(first), start_of(last), ":", "slice")


def other_constant(site: Site) -> Iterator[Change]:
    """Yield a number off by one, with another sign, halved or inverted; or a parameter, which it
    stands for.
    """
    value = site.node.value
    if type(value) not in (int, float):
        return
    if value not in (0, 1, 2):
        for name in site.scope.parameters:
            yield site.instead(name, "hard-coded")
    candidates = [value + 1, value - 1, -value, value / 2]
    if value:
        candidates.append(1 / value)
    for number in dict.fromkeys(candidates):
        if number == value:
            continue
        sort = "number"
        if abs(number - value) == 1 and isinstance(value, int):
            sort = "off by one"
        text = repr(number)
        if number < 0 and isinstance(site.parent, COMPOUND):
            text = f"({text})"
        yield site.instead(text, sort)


def other_name(site: Site) -> Iterator[Change]:
    """Yield another local name."""
    node = site.node
    names = site.scope.names
    if not is_read(node) or node.id not in names:
        return
    for name in names:
        if name != node.id:
            yield site.instead(name, site.sort_of_name)


def without_gradients(site: Site) -> Iterator[Change]:
    """Yield `no_grad` for `enable_grad`."""
    node = site.node
    if node.attr == "enable_grad":
        yield Change(end_of(node.value), node.end, ".no_grad", "switch")


def swap_neighbors(site: Site) -> Iterator[Change]:
    """Yield two operands, arguments, elements or parameters that change places; three also in
    turn.
    """
    match site.node:
        case ast.BinOp(left, ast.MatMult(), right):
            nodes = [left, right]
        case (
            ast.Tuple(nodes)
            | ast.List(nodes)
            | ast.Call(_, nodes)
            | ast.arguments(_, nodes)
        ):
            pass
        case _:
            return
    for pair in pairwise(nodes):
        yield _reordered(site, pair, (1, 0))
    if len(nodes) == 3:
        for order in ((1, 2, 0), (2, 0, 1)):
            yield _reordered(site, nodes, order)


def _reordered(
    site: Site,
    nodes: Sequence[Any],
    order: Iterable[int],
    sort: str = "order",
) -> Change:
    """Return the change that puts neighbors into another order, by their numbers, with what
    separates them in its place.
    """
    start = end = nodes[0].start
    text = ""
    for number, node in zip(order, nodes):
        text += site.source.text[end : node.start] + text_of(nodes[number])
        end = node.end
    return Change(start, end, text, sort)


def parameters_in_order(site: Site) -> Iterator[Change]:
    """Yield all parameters in the order that is asked, or else two that change places.

    A list that already has the wanted order is left alone.
    """
    parameters = site.node.args
    order = _wanted_order(parameters, site.scope.wanted)
    if order is None:
        yield from swap_neighbors(site)
    elif order != sorted(order):
        yield _reordered(site, parameters, order, "wanted order")


def _wanted_order(
    parameters: Sequence[Any], wanted: Sequence[str]
) -> list[int] | None:
    """Return the number of the parameter that stands for each wanted name; None if unclear."""
    names = [parameter.arg for parameter in parameters]
    if not 1 < len(names) == len(wanted):
        return None
    for is_meant in (stands_for, may_mean):
        order = []
        for name in wanted:
            if name in names:
                order.append(names.index(name))
                continue
            for number, parameter in enumerate(names):
                if is_meant(parameter, name):
                    order.append(number)
        if sorted(order) == [*range(len(names))]:
            return order
    return None


def without_argument(site: Site) -> Iterator[Change]:
    """Yield a call without one of its arguments."""
    node = site.node
    function = text_of(node.func)
    arguments = [*node.args, *node.keywords]
    for argument in arguments:
        rest = _joined(arguments, argument)
        yield site.instead(f"{function}({rest})", "argument")


def without_call(site: Site) -> Iterator[Change]:
    """Yield what a method is called of, or a single argument, without the call.

    Not where the line would do nothing or always the same.
    """
    parent = site.parent
    if isinstance(parent, ast.Expr) or site.in_test:
        return
    called_of = None
    match site.node.func:
        case ast.Attribute(value, name):
            leaves_tensors = name in LEAVES_TENSORS
            if not site.is_module(value):
                called_of = value
        case ast.Name(name):
            leaves_tensors = hasattr(builtins, name)
        case _:
            return
    # As a key, a tensor is equal to itself alone, so that a check of values would be left out.
    if isinstance(parent, KEYED):
        return
    if leaves_tensors and not isinstance(parent, ast.BinOp | ast.Return):
        return
    if called_of is not None:
        yield site.only(called_of, "call")
    match site.node.args:
        case [ast.Starred() | ast.GeneratorExp()]:
            pass
        case [argument]:
            yield site.only(argument, "call")


def other_call(site: Site) -> Iterator[Change]:
    """Yield a sum for `backward()`, an attribute without `()`, a shape for a tensor, or one of two
    without `min` or `max`.
    """
    match site.node:
        case ast.Call(ast.Attribute(value, "backward")):
            # It starts from one number.
            yield _added(value, ".sum()", "more")
        case ast.Call(ast.Attribute(_, name), [ast.Name() as tensor]) if (
            name in TAKES_SHAPE
        ):
            yield _added(tensor, ".shape", "more")
        case ast.Call(ast.Attribute(_, name) as attribute, arguments):
            if callable(method(name)):
                return
            # As in `y.shape()`.
            if not arguments:
                yield site.only(attribute, "call")
            elif hasattr(torch.Tensor, name):
                # As in `y.shape(0)`.
                index = _joined(arguments)
                text = f"{text_of(attribute)}[{index}]"
                yield site.instead(text, "brackets")
        case ast.Call(ast.Name("min" | "max"), [first, second], []):
            yield site.only(first, "bound")
            yield site.only(second, "bound")


def _added(
    node: Any,
    text: str,
    sort: str,
) -> Change:
    """Return the change that adds a text behind a node."""
    end = end_of(node)
    return Change(end, end, text, sort)


def list_for_arguments(site: Site) -> Iterator[Change]:
    """Yield `f([w, b], lr)` for `f(w, b, lr)`."""
    match site.node.args:
        case [ast.Name() as first, ast.Name() as second, *_]:
            start = start_of(first)
            end = end_of(second)
            text = site.source.text[start:end]
            yield Change(start, end, f"[{text}]", "brackets")


def missing_factor(site: Site) -> Iterator[Change]:
    """Yield a factor that is missing in what is computed: a parameter that nothing reads."""
    value = site.node.value
    if not isinstance(value, ast.BinOp | ast.Call):
        return
    text = text_of(value)
    op = getattr(value, "op", ast.Mult())
    if not isinstance(op, ast.Mult | ast.Div | ast.Pow):
        text = f"({text})"
    for factor in site.scope.unused:
        for symbol in "*/":
            changed = f"{text} {symbol} {factor}"
            start = start_of(value)
            yield Change(start, end_of(value), changed, "factor")


def augmented(site: Site) -> Iterator[Change]:
    """Yield `x -= 1` for `x =- 1`, and with `x += 1` for `x = 1` where `x` has a value before."""
    target = site.node.targets[0]
    if site.scope.times_bound[text_of(target)] == 1:
        return
    equals = _symbol_behind(site, target, "=")
    start = start_of(site.node.value)
    if site.source.text[start] == "-":
        yield Change(equals, start + 1, "-=", "operator")
        return
    for symbol in "-+":
        yield Change(equals, equals, symbol, "in place")


def changed_in_place(site: Site) -> Iterator[Change]:
    """Yield `x -= 1` for `x = x - 1`, also as `x.data -= 1`, which autograd does not record."""
    match site.node:
        case ast.Assign(
            [ast.Name() | ast.Subscript() as target],
            ast.BinOp(first, ast.Add() | ast.Sub() as op),
        ) if ast.unparse(first) == ast.unparse(target):
            symbol, _ = SYMBOLS[type(op)]
            start = end_of(target)
            end = _symbol_behind(site, first, symbol) + 1
            for text in (f" {symbol}=", f".data {symbol}="):
                yield Change(start, end, text, "in place")


def without_target(site: Site) -> Iterator[Change]:
    """Yield a call whose value is not kept: `random.shuffle(x)` for `x = random.shuffle(x)`."""
    match site.node.value:
        case ast.Call(ast.Attribute(_, name)) as call if changes_its_object(
            name
        ):
            yield Change(site.node.start, start_of(call), "", "kept")


def through_data(site: Site) -> Iterator[Change]:
    """Yield `w.data -= step` for `w -= step`, which raises where autograd records; so do
    `w[:] = w - step` and `w.sub_(step)`.
    """
    match site.node:
        case ast.AugAssign(ast.Name() | ast.Subscript() as changed):
            pass
        case ast.Assign([ast.Subscript(changed)]):
            pass
        case ast.Call(ast.Attribute(changed, name)) if name.endswith("_"):
            pass
        case _:
            return
    yield _added(changed, ".data", "recording")


def return_or_yield(site: Site) -> Iterator[Change]:
    """Yield `yield` for `return`, and back."""
    start = start_of(site.node)
    match site.node:
        case ast.Return(ast.expr()):
            yield Change(start, start + len("return"), "yield", "yield")
        case ast.Expr(ast.Yield(ast.expr())):
            yield Change(start, start + len("yield"), "return", "yield")


def returned(site: Site) -> Iterator[Change]:
    """Yield `return x` for a last line `x` or `y = x`, of a function that returns nothing."""
    for part in ast.walk(site.node):
        if isinstance(part, ast.Return | ast.Yield | ast.YieldFrom):
            return
    match site.node.body[-1]:
        case ast.Expr(value) | ast.Assign([ast.Name()], value) as last:
            start = start_of(value)
            if text_of(last)[: start - start_of(last)].endswith("("):
                start -= 1
            yield Change(start_of(last), start, "return ", "return")


# By the type of node that they change; list is a block.
OPERATORS: Mapping[type, Sequence[Callable[[Site], Iterator[Change]]]] = {
    ast.FunctionDef: (returned,),
    ast.BinOp: (other_operator, one_part, swap_neighbors, negated),
    ast.UnaryOp: (one_part,),
    ast.Constant: (other_constant,),
    ast.Name: (other_name, misspelled_name),
    ast.Attribute: (
        without_gradients,
        one_part,
        misspelled_attribute,
        uncalled,
    ),
    ast.Subscript: (one_part, range_for_pair),
    ast.Call: (
        swap_neighbors,
        without_argument,
        without_call,
        other_call,
        list_for_arguments,
        through_data,
    ),
    ast.Tuple: (swap_neighbors, without_element),
    ast.List: (swap_neighbors, without_element),
    ast.arguments: (misspelled_parameter, parameters_in_order),
    ast.Assign: (
        missing_factor,
        augmented,
        without_target,
        changed_in_place,
        through_data,
    ),
    ast.AugAssign: (other_operator, missing_factor, through_data),
    ast.Return: (return_or_yield, missing_factor),
    ast.Expr: (return_or_yield, underscored),
    ast.For: (out_of_block,),
    ast.While: (out_of_block,),
    ast.With: (without_block, out_of_block),
    ast.If: (without_block,),
    list: (without_line, into_block),
}


def changes(site: Site) -> Iterator[Change]:
    """Yield all changes of a statement."""
    for inner in sites_in(site):
        for operator in OPERATORS.get(type(inner.node), ()):
            yield from operator(inner)
