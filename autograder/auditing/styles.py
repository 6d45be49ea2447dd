"""Right answers made by a program: the reference, with one thing in it written as other people write it.

Knows nothing of any exercise.  A change keeps the meaning for tensors of any sizes; an epsilon in a logarithm
moves its value by less than a person would call wrong.
"""

import ast
from collections.abc import Iterator

from autograder.auditing.mutants import DEFINITION
from autograder.reading.source import Change, Operators, Place, Source, changes, is_read

NAMES = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.MatMult: "matmul"}
REDUCING = ("sum", "mean", "max", "min", "argmax", "argmin", "log_softmax", "softmax", "cumsum")
SHAPED = "result.reshape(-1).reshape(result.shape) if torch.is_tensor(result) else result"


def styles(source: str, function: str) -> tuple[str, list[str]]:
    """Return the source as `ast.unparse` writes it, and with the function written otherwise.

    Raises ValueError if there is no such top-level function.
    """
    tree = ast.parse(source)
    defined = [n for n in tree.body if isinstance(n, DEFINITION) and n.name == function]
    if not defined:
        raise ValueError(f"there is no function `{function}` to write otherwise")
    before, own = ast.unparse(tree), Source(ast.unparse(defined[-1]))
    head, _, tail = before.rpartition(own.text)
    return before, [
        head + change.applied_to(own.text) + tail for change in changes(own, own.tree.body[0], STYLES)
    ]


def as_a_function(place: Place) -> Iterator[Change]:
    """Yield `torch.sub(a, b)` for `a - b`, where `a` is a tensor."""
    node, text, text_of = place.node, place.source.text_of(place.node), place.source.text_of
    if name := NAMES.get(type(node.op)):
        left, right = text_of(node.left), text_of(node.right)
        yield place.all(f"(torch.{name}({left}, {right}) if torch.is_tensor({left}) else {text})", "")


def as_a_keyword(place: Place) -> Iterator[Change]:
    """Yield `x.sum(dim=1)` for `x.sum(1)`, and an epsilon in a logarithm."""
    match place.node:
        case ast.Call(ast.Attribute(_, name) as method, [ast.Constant(int(axis))], []) if name in REDUCING:
            yield place.all(f"{place.source.text_of(method)}(dim={axis})", "")
        case ast.Call(ast.Attribute(value, "log"), [], []) if not place.is_module(value):
            yield place.all(f"({place.source.text_of(value)} + 1e-9).log()", "")
        case ast.Call(ast.Attribute(_, "log") as method, [argument], []):
            yield place.all(f"{place.source.text_of(method)}({place.source.text_of(argument)} + 1e-9)", "")


def by_a_name(place: Place) -> Iterator[Change]:
    """Yield a result that has a name first, and one that was flat for a moment."""
    source = place.source
    for node in place.node:
        if isinstance(node, ast.Return) and is_read(node) and node.value is not None:
            (first, end), indent = source.rows(node), " " * node.col_offset
            head = f"{indent}result = {source.text_of(node.value)}"
            for value in ("result", SHAPED):
                yield source.block(first, end, [head, f"{indent}return {value}"], "")


STYLES: Operators = {ast.BinOp: (as_a_function,), ast.Call: (as_a_keyword,), list: (by_a_name,)}
