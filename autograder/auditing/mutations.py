"""What can be changed in a function: in its expressions, its statements, and in the whole of it.

Each change is its sort and what takes the place of what was there.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

SIZES = (1, 3, 10, 100, 1000)  # the first so many only, or no number beyond
BOUNDS = (1, 8, 16, 100)  # values are cut off there
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
# Wrapped around an expression: how it reads, and its sort.
WRAPS = (
    ("{}.float()", "dtype"),
    ("{}.half()", "dtype"),
    ("{}.half().to({}.dtype)", "dtype"),
    ("{}.float().to({}.dtype)", "dtype"),
    ("{}.int()", "dtype"),
    ("{}.round(decimals=2)", "rounded"),
    ("{}.abs()", "sign"),
    ("-{}", "sign"),
    ("{}.detach()", "cut off"),
    ("{}.data", "cut off"),
    ("{}.item()", "item"),
    ("{}.sum()", "reduced"),
    ("{}.mean()", "reduced"),
    ("{}.T", "shape"),
    ("{}.flatten()", "shape"),
    ("{}.squeeze()", "shape"),
    ("{}.unsqueeze(0)", "shape"),
    ("{}.reshape(-1, 1)", "shape"),
    ("{}.reshape(1, -1)", "shape"),
    ("torch.tensor({}.tolist())", "rebuilt"),
    ("{} + 1", "off"),
    ("{} - 1", "off"),
    ("{} * 2", "off"),
    ("{} / 2", "off"),
    ("{} + 0.0001", "off"),
    ("round({}, 3)", "rounded"),
    ("str({})", "kind"),
    ("[{}]", "kind"),
    ("iter({})", "kind"),
    ("reversed({})", "order"),
    ("{}[1:]", "end cut off"),
    ("{}[:-1]", "end cut off"),
    *((f"{{}}[:{size}]", "only the first") for size in SIZES),
    *((f"min({{}}, {size})", "bounded") for size in SIZES),
    *((f"max({{}}, {size})", "bounded") for size in SIZES),
)
CLAMPS = tuple(f"{{}}.clamp(-{bound}, {bound})" for bound in BOUNDS)
LOOPS = ("list({})[1:]", "list({})[:-1]", "list({})[::-1]", "list({})[:1]", "list({})[::2]")
# Put after the body, whatever it returns.
AFTERWARDS = ("{}.mul_(2)", "{}.abs_()", "{}.zero_()", "{}.clear()")
COPIES = ("{}.clone()", "{}.detach().clone().requires_grad_()")
STATE = """
_state = {}

def _global(name, value):
    return _state.setdefault(name, value)
"""


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


def _parsed(template: str, piece: ast.expr) -> ast.expr:
    """An expression from text, with a piece in the place of each {}."""
    return _Piece(piece).visit(ast.parse(template.replace("{}", "piece_"), mode="eval").body)


class _Piece(ast.NodeTransformer):
    def __init__(self, piece):
        self.piece = piece

    def visit_Name(self, node):
        return copy.deepcopy(self.piece) if node.id == "piece_" else node


def of_expression(node: ast.expr, names: Names) -> Iterator[tuple[str, ast.expr]]:
    """What may take the place of an expression that is read."""
    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
        return
    if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare | ast.BoolOp):
        yield from _operators(node)
    elif isinstance(node, ast.Constant):
        yield from _constants(node.value)
    elif isinstance(node, ast.Call):
        yield from _calls(node)
    elif isinstance(node, ast.Name):
        others = [name for name in names.local if name != node.id]
        yield from (("another name", ast.Name(other, ast.Load())) for other in others)
    elif isinstance(node, ast.List | ast.Tuple) and len(node.elts) > 1:
        for i in range(len(node.elts)):
            yield "one left out", type(node)(node.elts[:i] + node.elts[i + 1 :], node.ctx)
        yield "swapped", type(node)(node.elts[::-1], node.ctx)
    elif isinstance(node, ast.IfExp):
        yield "branch", node.body
        yield "branch", node.orelse
    elif isinstance(node, ast.ListComp | ast.GeneratorExp):
        yield from (("only the first", _parsed(f"[{{}}][0][:{size}]", node)) for size in SIZES[:3])
    if isinstance(node, ast.Name | ast.BinOp | ast.Call | ast.Subscript | ast.Attribute):
        yield from ((operator, _parsed(template, node)) for template, operator in WRAPS)
        yield from (("bounded", _parsed(template, node)) for template in CLAMPS)


def _operators(node):
    if isinstance(node, ast.BinOp):
        for other in OPERATORS.get(type(node.op), ()):
            yield "operator", ast.BinOp(node.left, other(), node.right)
        yield "one side left out", node.left
        yield "one side left out", node.right
        yield "operator", ast.BinOp(node.right, node.op, node.left)
        if type(node.op) in IN_PLACE:
            call = ast.Attribute(node.left, IN_PLACE[type(node.op)], ast.Load())
            yield "in place", ast.Call(call, [node.right], [])
    elif isinstance(node, ast.UnaryOp):
        yield "operator", node.operand
    elif isinstance(node, ast.BoolOp):
        yield from (("one side left out", value) for value in node.values)
    elif len(node.ops) == 1:
        for other in COMPARED.get(type(node.ops[0]), ()):
            yield "bound", ast.Compare(node.left, [other()], node.comparators)
        yield "branch", ast.Constant(True)
        yield "branch", ast.Constant(False)


def _constants(value):
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, int | float):
        for other in (value + 1, value - 1, 0, 1, -value, 2 * value, value / 2):
            if other != value:
                yield "constant", ast.Constant(other)


def _calls(node):
    args = node.args
    for i in range(len(args) - 1):
        swapped = [*args[:i], args[i + 1], args[i], *args[i + 2 :]]
        yield "arguments swapped", ast.Call(node.func, swapped, node.keywords)
    for i in range(len(args)):
        yield "argument left out", ast.Call(node.func, args[:i] + args[i + 1 :], node.keywords)
    for i in range(len(node.keywords)):
        rest = node.keywords[:i] + node.keywords[i + 1 :]
        yield "argument left out", ast.Call(node.func, args, rest)
    yield from (("call left out", arg) for arg in args[:1])
    if isinstance(node.func, ast.Attribute):
        yield "call left out", node.func.value
        for other in METHODS.get(node.func.attr, ()):
            func = ast.Attribute(node.func.value, other, ast.Load())
            yield "another method", ast.Call(func, args, node.keywords)
        if node.func.attr in ("sum", "mean"):
            for axis in (0, 1, -1):
                yield "axis", ast.Call(node.func, [], [ast.keyword("dim", ast.Constant(axis))])


def of_block(body: list, owner: ast.AST) -> Iterator[tuple[str, list]]:
    """What may take the place of a block of statements."""
    for i, statement in enumerate(body):
        before, after = body[:i], body[i + 1 :]
        yield "statement left out", before + after
        yield "statement twice", [*before, statement, statement, *after]
        if after:
            yield "statements swapped", [*before, after[0], statement, *after[1:]]
        for operator, new in _of_statement(statement):
            yield operator, [*before, *new, *after]
        if isinstance(statement, ast.For | ast.While) and after:
            inside = _with(statement, body=[*statement.body, after[0]])
            yield "moved into the loop", [*before, inside, *after[1:]]
        if isinstance(statement, ast.For | ast.While) and before:
            inside = _with(statement, body=[before[-1], *statement.body])
            yield "moved into the loop", [*before[:-1], inside, *after]
        if isinstance(statement, ast.With):
            yield "with left out", [*before, *statement.body, *after]
            if after:
                yield "moved into with", [*before, _with(statement, body=[*statement.body, *after])]
    if isinstance(owner, ast.For | ast.While):
        yield from (("jump", [*body, jump]) for jump in (ast.Break(), ast.Continue(), ast.Return(None)))


def _with(node, **fields):
    """A copy with other fields."""
    node = copy.copy(node)
    vars(node).update(fields)
    return node


def _of_statement(statement):
    if isinstance(statement, ast.AugAssign):
        read = _with(statement.target, ctx=ast.Load())
        new = ast.BinOp(read, statement.op, statement.value)
        yield "rebound", [ast.Assign([statement.target], new, lineno=0)]
        yield "assigned", [ast.Assign([statement.target], statement.value, lineno=0)]
        for other in OPERATORS.get(type(statement.op), ()):
            yield "operator", [ast.AugAssign(statement.target, other(), statement.value)]
    elif isinstance(statement, ast.For):
        yield from _of_loop(statement)
    elif isinstance(statement, ast.If):
        yield "branch", statement.body
        yield "branch", statement.orelse
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Yield):
        yield "return for yield", [ast.Return(statement.value.value)]
        yield "one yielded twice", [statement, statement]
    elif isinstance(statement, ast.Return) and statement.value is not None:
        yield "nothing returned", [ast.Return(None)]
        yield "returned twice", [ast.Return(ast.Tuple([statement.value, statement.value], ast.Load()))]
        yield "printed", [ast.Expr(_parsed("print({})", statement.value))]


def _of_loop(loop):
    for jump in ("break", "continue"):
        for size in SIZES:
            counted = ast.parse(f"_count = _count + 1\nif _count > {size}:\n    {jump}").body
            inside = _with(loop, body=[*counted, *loop.body])
            yield "only the first", [*ast.parse("_count = 0").body, inside]
    for template in LOOPS:
        yield "loop bounds", [_with(loop, iter=_parsed(template, loop.iter))]
    yield "loop left out", loop.body
    for inner in [n for n in loop.body if isinstance(n, ast.For)]:
        for read in ("{}", "list({})"):  # a pass made once, before the loop around it
            made = ast.Assign([ast.Name("_pass", ast.Store())], _parsed(read, inner.iter), lineno=0)
            other = _with(inner, iter=ast.Name("_pass", ast.Load()))
            around = _with(loop, body=[other if n is inner else n for n in loop.body])
            yield "read once", [made, around]


def of_function(own: ast.FunctionDef, names: Names) -> Iterator[tuple[str, list, list]]:
    """What may take the place of the whole body, and what goes above the function."""
    body, state = own.body, ast.parse(STATE).body

    def after(text):
        return [*ast.parse(text).body, *body]

    for name in names.parameters:
        yield "state", after(f"{name} = _global('{name}', {name})"), state
        for template, operator in WRAPS:
            yield operator, after(f"{name} = {template.replace('{}', name)}"), []
        for template in COPIES:
            yield "copied", after(f"{name} = {template.replace('{}', name)}"), []
        for template in AFTERWARDS:
            around = ast.parse(f"try:\n    pass\nfinally:\n    {template.replace('{}', name)}").body[0]
            yield "input changed", [_with(around, body=body)], []
    without = ast.parse("with torch.no_grad():\n    pass").body[0]
    yield "cut off", [_with(without, body=body)], []
    yield "cut off", after("torch.set_grad_enabled(False)"), []
    for test in ("> 1", "== 1"):
        calls = "_state['calls'] = _state.get('calls', 0) + 1"
        yield "state", after(f"{calls}\nif _state['calls'] {test}:\n    return"), state
