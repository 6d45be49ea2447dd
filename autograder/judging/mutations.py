"""What can be changed in a function's expressions (its statements: `statement_mutations`).

Each gives its sort, what it behaves like, and what stands in the place.  What it behaves like is a sentence
of `likeness_words` and what fills it: parameters, and what is wrong, never what would be right.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.judging import likeness_words as like

Words = tuple[object, ...]  # a sentence of `likeness_words` and what fills it, or nothing

SIZES = (1, 3, 10, 100, 1000)  # whoever does only the first so many
BOUNDS = (1, 8, 16, 100)  # whoever cuts values off there
OPERATORS = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult),
    ast.Mult: (ast.Add, ast.Div, ast.MatMult),
    ast.Div: (ast.Mult, ast.FloorDiv, ast.Sub),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.MatMult: (ast.Mult, ast.Add),
    ast.Pow: (ast.Mult, ast.Add),
    ast.Mod: (ast.FloorDiv,),
}
COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
DONE = {
    ast.Add: like.NO_ADDITION,
    ast.Sub: like.NO_SUBTRACTION,
    ast.Mult: like.NO_MULTIPLICATION,
    ast.Div: like.NO_DIVISION,
}
SIGNS = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.MatMult: "@",
    ast.Mod: "%",
}
IN_PLACE = {ast.Add: "add_", ast.Sub: "sub_", ast.Mult: "mul_", ast.Div: "div_", ast.Pow: "pow_"}
METHODS = {
    "sum": ("mean", "max", "prod"),
    "mean": ("sum", "max", "median"),
    "zero_": ("detach_",),
    "reshape": ("expand",),
    "item": ("detach",),
    "shuffle": ("sort",),
    "mm": ("mul", "add"),
    "matmul": ("mul",),
}
# Wrapped around an expression: how it reads, what it is, and what it is like where a parameter stands there.
WRAPS = (
    ("{}.float()", "dtype", like.AS_FLOAT),
    ("{}.half()", "dtype", like.AS_HALF),
    ("{}.half().to({}.dtype)", "dtype", like.AS_HALF),
    ("{}.float().to({}.dtype)", "dtype", like.AS_FLOAT),
    ("{}.int()", "dtype", like.WHOLE),
    ("{}.round(decimals=2)", "rounded", like.ROUNDED),
    ("{}.abs()", "sign", like.NO_SIGN),
    ("-{}", "sign", like.OTHER_SIGN),
    ("{}.detach()", "cut off", like.CUT_OFF),
    ("{}.data", "cut off", like.CUT_OFF),
    ("{}.item()", "item", ""),
    ("{}.sum()", "reduced", like.ADDED_UP),
    ("{}.mean()", "reduced", like.AVERAGED),
    ("{}.T", "shape", like.TRANSPOSED),
    ("{}.flatten()", "shape", like.FLAT),
    ("{}.squeeze()", "shape", like.SQUEEZED),
    ("{}.unsqueeze(0)", "shape", like.UNSQUEEZED),
    ("{}.reshape(-1, 1)", "shape", like.COLUMN),
    ("{}.reshape(1, -1)", "shape", like.ROW),
    ("torch.tensor({}.tolist())", "rebuilt", like.REBUILT),
    ("{} + 1", "off", like.ONE_MORE),
    ("{} - 1", "off", like.ONE_LESS),
    ("{} * 2", "off", like.TWICE),
    ("{} / 2", "off", like.HALF),
    ("{} + 0.0001", "off", ""),
    ("round({}, 3)", "rounded", ""),
    ("str({})", "kind", ""),
    ("[{}]", "kind", ""),
    ("iter({})", "kind", ""),
    ("reversed({})", "order", ""),
    ("{}[1:]", "end cut off", like.NO_FIRST),
    ("{}[:-1]", "end cut off", like.NO_LAST),
)


@dataclass(frozen=True)
class Names:
    """The names that a function may use: parameters, and all that it binds or reads."""

    parameters: tuple[str, ...]
    local: tuple[str, ...]

    @classmethod
    def of(cls, own: ast.FunctionDef) -> Names:
        parameters = tuple(arg.arg for arg in own.args.args)
        bound = [n.id for n in ast.walk(own) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        return cls(parameters, tuple(dict.fromkeys([*parameters, *bound])))


def parsed(template: str, *pieces: ast.expr) -> ast.expr:
    """An expression from text, with pieces in the place of each {}."""
    count = template.count("{}")
    pieces = pieces if len(pieces) == count else pieces[:1] * count
    tree = ast.parse(template.format(*[f"piece_{i}" for i in range(count)]), mode="eval").body
    return _Pieces(pieces).visit(tree)


class _Pieces(ast.NodeTransformer):
    def __init__(self, pieces):
        self.pieces = pieces

    def visit_Name(self, node):
        kind, _, number = node.id.partition("_")
        return copy.deepcopy(self.pieces[int(number)]) if kind == "piece" and number.isdigit() else node


def _is_parameter(node, names):
    return isinstance(node, ast.Name) and node.id in names.parameters


def of_expression(node: ast.expr, names: Names) -> Iterator[tuple[str, Words, ast.expr]]:
    """What may stand in the place of an expression that is read."""
    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
        return
    yield from _operators(node, names)
    yield from _constants(node)
    yield from _calls(node, names)
    if isinstance(node, ast.Name):
        yield from _names(node, names)
    if isinstance(node, ast.List | ast.Tuple) and len(node.elts) > 1:
        for i in range(len(node.elts)):
            yield (
                "one left out",
                (like.ONE_LEFT_OUT,),
                type(node)(node.elts[:i] + node.elts[i + 1 :], node.ctx),
            )
        yield "swapped", (like.SWAPPED,), type(node)(node.elts[::-1], node.ctx)
    if isinstance(node, ast.IfExp):
        yield "branch", (like.BRANCH,), node.body
        yield "branch", (like.BRANCH,), node.orelse
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        for size in SIZES[:3]:
            yield "only the first", (), parsed(f"[{{}}][0][:{size}]", node)
    if isinstance(node, ast.Name | ast.BinOp | ast.Call | ast.Subscript | ast.Attribute):
        name = (f"`{node.id}`",) if _is_parameter(node, names) else ()
        for template, operator, words in WRAPS:
            yield operator, (words, *name) if name and words else (), parsed(template, node)
        for bound in BOUNDS:
            words = (like.WITHIN, *name, bound) if name else ()
            yield "bounded", words, parsed(f"{{}}.clamp(-{bound}, {bound})", node)
        for size in SIZES:
            words = (like.ONLY_FIRST, *name, size) if name and size > 1 else ()
            yield "only the first", words, parsed(f"{{}}[:{size}]", node)
            words = (like.AT_MOST, *name, size) if name else ()
            yield "bounded", words, parsed(f"min({{}}, {size})", node)
            words = (like.AT_LEAST, *name, size) if name else ()
            yield "bounded", words, parsed(f"max({{}}, {size})", node)


def _operators(node, names):
    if isinstance(node, ast.BinOp):
        for other in OPERATORS.get(type(node.op), ()):
            yield "operator", (like.ANOTHER, SIGNS[other]), ast.BinOp(node.left, other(), node.right)
        for kept, lost in ((node.left, node.right), (node.right, node.left)):
            either = lost is node.right or isinstance(node.op, ast.Add | ast.Mult)
            told = _is_parameter(lost, names) and type(node.op) in DONE and either
            words = (DONE[type(node.op)], f"`{lost.id}`") if told else ()
            yield "one side left out", words, kept
        yield "operator", (like.SIDES_SWAPPED,), ast.BinOp(node.right, node.op, node.left)
        if type(node.op) in IN_PLACE:
            call = ast.Attribute(node.left, IN_PLACE[type(node.op)], ast.Load())
            words = (like.CHANGED, f"`{node.left.id}`") if _is_parameter(node.left, names) else ()
            yield "in place", words, ast.Call(call, [node.right], [])
    elif isinstance(node, ast.UnaryOp):
        yield "operator", (like.NO_SIGN_OR_NOT,), node.operand
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in COMPARED.get(type(node.ops[0]), ()):
            yield "bound", (like.COMPARED,), ast.Compare(node.left, [other()], node.comparators)
        yield "branch", (like.BRANCH,), ast.Constant(True)
        yield "branch", (like.BRANCH,), ast.Constant(False)
    elif isinstance(node, ast.BoolOp):
        for i in range(len(node.values)):
            yield "one side left out", (), node.values[i]


def _constants(node):
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool):
            yield "constant", (like.NUMBER, not value), ast.Constant(not value)
        elif isinstance(value, int | float):
            for other in (value + 1, value - 1, 0, 1, -value, 2 * value, value / 2):
                if other != value:
                    yield "constant", (like.NUMBER, other), ast.Constant(other)


def _calls(node, names):
    if not isinstance(node, ast.Call):
        return
    args = node.args
    for i in range(len(args) - 1):
        swapped = [*args[:i], args[i + 1], args[i], *args[i + 2 :]]
        new = ast.Call(node.func, swapped, node.keywords)
        yield "arguments swapped", (like.ARGUMENTS_SWAPPED,), new
    for i in range(len(args)):
        new = ast.Call(node.func, args[:i] + args[i + 1 :], node.keywords)
        yield "argument left out", (like.NO_ARGUMENT,), new
    for i in range(len(node.keywords)):
        rest = node.keywords[:i] + node.keywords[i + 1 :]
        yield "argument left out", (like.NO_ARGUMENT,), ast.Call(node.func, args, rest)
    for arg in args[:1]:
        yield "call left out", (like.NO_CALL,), arg
    if isinstance(node.func, ast.Attribute):
        yield "call left out", (like.NO_CALL,), node.func.value
        for other in METHODS.get(node.func.attr, ()):
            func = ast.Attribute(node.func.value, other, ast.Load())
            yield "another method", (like.ANOTHER, other), ast.Call(func, args, node.keywords)
        if node.func.attr in ("sum", "mean"):
            for axis in (0, 1, -1):
                keywords = [ast.keyword("dim", ast.Constant(axis))]
                yield "axis", (like.AXIS,), ast.Call(node.func, [], keywords)


def _names(node, names):
    for other in names.local:
        if other != node.id:
            words = ()
            if other in names.parameters and node.id in names.parameters:
                words = like.WRONG_NAME, f"`{other}`", f"`{node.id}`"
            yield "another name", words, ast.Name(other, ast.Load())
