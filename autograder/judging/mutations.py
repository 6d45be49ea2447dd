"""What can be changed in a function: operators on its expressions, its statements, and the whole.

Each gives what stands in the place, its sort, and words for a student that name parameters alone.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

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
    ast.Add: "the addition of {}",
    ast.Sub: "the subtraction of {}",
    ast.Mult: "the multiplication by {}",
    ast.Div: "the division by {}",
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
# Wrapped around an expression: how it reads, what it is, and words where a parameter stands there.
WRAPS = (
    ("{}.float()", "dtype", "as if {} were rounded to float32"),
    ("{}.half()", "dtype", "as if {} were rounded to half precision"),
    ("{}.half().to({}.dtype)", "dtype", "as if {} were rounded to half precision"),
    ("{}.float().to({}.dtype)", "dtype", "as if {} were rounded to float32"),
    ("{}.int()", "dtype", "as if {} were cut to whole numbers"),
    ("{}.round(decimals=2)", "rounded", "as if {} were rounded"),
    ("{}.abs()", "sign", "as if {} lost its sign"),
    ("-{}", "sign", "as if {} had the other sign"),
    ("{}.detach()", "cut off", "as if {} were cut off from the gradient"),
    ("{}.data", "cut off", "as if {} were cut off from the gradient"),
    ("{}.item()", "item", ""),
    ("{}.sum()", "reduced", "as if {} were added up"),
    ("{}.mean()", "reduced", "as if {} were averaged"),
    ("{}.T", "shape", "as if {} were transposed"),
    ("{}.flatten()", "shape", "as if {} were made flat"),
    ("{}.squeeze()", "shape", "as if {} lost its axes of size 1"),
    ("{}.unsqueeze(0)", "shape", "as if {} had an axis more"),
    ("{}.reshape(-1, 1)", "shape", "as if {} were made a column"),
    ("{}.reshape(1, -1)", "shape", "as if {} were made a row"),
    ("torch.tensor({}.tolist())", "rebuilt", "as if {} were made anew from a list"),
    ("{} + 1", "off", "as if {} were one more"),
    ("{} - 1", "off", "as if {} were one less"),
    ("{} * 2", "off", "as if {} were twice as large"),
    ("{} / 2", "off", "as if {} were half as large"),
    ("{} + 0.0001", "off", ""),
    ("round({}, 3)", "rounded", ""),
    ("str({})", "kind", ""),
    ("[{}]", "kind", ""),
    ("iter({})", "kind", ""),
    ("reversed({})", "order", ""),
    ("{}[1:]", "end cut off", "as if the first of {} were left out"),
    ("{}[:-1]", "end cut off", "as if the last of {} were left out"),
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


def _parsed(template: str, *pieces: ast.expr) -> ast.expr:
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


def of_expression(node: ast.expr, names: Names) -> Iterator[tuple[str, str, ast.expr]]:
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
            yield "one left out", "", type(node)(node.elts[:i] + node.elts[i + 1 :], node.ctx)
        yield "swapped", "", type(node)(node.elts[::-1], node.ctx)
    if isinstance(node, ast.IfExp):
        yield "branch", "", node.body
        yield "branch", "", node.orelse
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        for size in SIZES[:3]:
            yield "only the first", "", _parsed(f"[{{}}][0][:{size}]", node)
    if isinstance(node, ast.Name | ast.BinOp | ast.Call | ast.Subscript | ast.Attribute):
        told = f"`{node.id}`" if _is_parameter(node, names) else ""
        for template, operator, words in WRAPS:
            yield operator, words.format(told) if told else "", _parsed(template, node)
        for bound in BOUNDS:
            words = f"as if {told} never went beyond {bound}" if told else ""
            yield "bounded", words, _parsed(f"{{}}.clamp(-{bound}, {bound})", node)
        for size in SIZES:
            words = f"as if only the first {size} of {told} counted" if told and size > 1 else ""
            yield "only the first", words, _parsed(f"{{}}[:{size}]", node)
            words = f"as if {told} were never more than {size}" if told else ""
            yield "bounded", words, _parsed(f"min({{}}, {size})", node)
            words = f"as if {told} were never less than {size}" if told else ""
            yield "bounded", words, _parsed(f"max({{}}, {size})", node)


def _operators(node, names):
    if isinstance(node, ast.BinOp):
        for other in OPERATORS.get(type(node.op), ()):
            yield "operator", "", ast.BinOp(node.left, other(), node.right)
        for kept, lost in ((node.left, node.right), (node.right, node.left)):
            either = lost is node.right or isinstance(node.op, ast.Add | ast.Mult)
            told = _is_parameter(lost, names) and type(node.op) in DONE and either
            words = f"as if {DONE[type(node.op)].format(f'`{lost.id}`')} were missing" if told else ""
            yield "one side left out", words, kept
        yield "operator", "", ast.BinOp(node.right, node.op, node.left)
        if type(node.op) in IN_PLACE:
            call = ast.Attribute(node.left, IN_PLACE[type(node.op)], ast.Load())
            yield "in place", "", ast.Call(call, [node.right], [])
    elif isinstance(node, ast.UnaryOp):
        yield "operator", "", node.operand
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in COMPARED.get(type(node.ops[0]), ()):
            yield "bound", "", ast.Compare(node.left, [other()], node.comparators)
        yield "branch", "", ast.Constant(True)
        yield "branch", "", ast.Constant(False)
    elif isinstance(node, ast.BoolOp):
        for i in range(len(node.values)):
            yield "one side left out", "", node.values[i]


def _constants(node):
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool):
            yield "constant", "", ast.Constant(not value)
        elif isinstance(value, int | float):
            for other in (value + 1, value - 1, 0, 1, -value, 2 * value, value / 2):
                if other != value:
                    yield "constant", "", ast.Constant(other)


def _calls(node, names):
    if not isinstance(node, ast.Call):
        return
    args = node.args
    for i in range(len(args) - 1):
        swapped = [*args[:i], args[i + 1], args[i], *args[i + 2 :]]
        yield "arguments swapped", "", ast.Call(node.func, swapped, node.keywords)
    for i in range(len(args)):
        yield "argument left out", "", ast.Call(node.func, args[:i] + args[i + 1 :], node.keywords)
    for i in range(len(node.keywords)):
        rest = node.keywords[:i] + node.keywords[i + 1 :]
        yield "argument left out", "", ast.Call(node.func, args, rest)
    for arg in args[:1]:
        yield "call left out", "", arg
    if isinstance(node.func, ast.Attribute):
        yield "call left out", "", node.func.value
        for other in METHODS.get(node.func.attr, ()):
            func = ast.Attribute(node.func.value, other, ast.Load())
            yield "another method", "", ast.Call(func, args, node.keywords)
        if node.func.attr in ("sum", "mean"):
            for axis in (0, 1, -1):
                keywords = [ast.keyword("dim", ast.Constant(axis))]
                yield "axis", "", ast.Call(node.func, [], keywords)


def _names(node, names):
    for other in names.local:
        if other != node.id:
            words = ""
            if other in names.parameters and node.id in names.parameters:
                words = f"as if `{other}` stood where `{node.id}` belongs"
            yield "another name", words, ast.Name(other, ast.Load())


def of_block(body: list, owner: ast.AST, names: Names) -> Iterator[tuple[str, str, list]]:
    """What may stand in the place of a block of statements."""
    for i, statement in enumerate(body):
        before, after = body[:i], body[i + 1 :]
        yield "statement left out", "", before + after
        yield "statement twice", "", [*before, statement, statement, *after]
        if after:
            yield "statements swapped", "", [*before, after[0], statement, *after[1:]]
        for operator, new in _of_statement(statement):
            yield operator, "", [*before, *new, *after]
        if isinstance(statement, ast.For | ast.While) and after:
            inside = copy.copy(statement)
            inside.body = [*statement.body, after[0]]
            yield "moved into the loop", "", [*before, inside, *after[1:]]
        if isinstance(statement, ast.For | ast.While) and before:
            inside = copy.copy(statement)
            inside.body = [before[-1], *statement.body]
            yield "moved into the loop", "", [*before[:-1], inside, *after]
        if isinstance(statement, ast.With):
            yield "with left out", "", [*before, *statement.body, *after]
            if after:
                inside = copy.copy(statement)
                inside.body = [*statement.body, *after]
                yield "moved into with", "", [*before, inside]
    if isinstance(owner, ast.For | ast.While):
        for jump in (ast.Break(), ast.Continue()):
            yield "jump", "", [*body, jump]
        yield "jump", "", [*body, ast.Return(None)]


def _of_statement(statement):
    if isinstance(statement, ast.AugAssign):
        read = copy.deepcopy(statement.target)
        read.ctx = ast.Load()
        rebound = ast.Assign([statement.target], ast.BinOp(read, statement.op, statement.value), None)
        yield "rebound", [ast.copy_location(rebound, statement)]
        put = ast.Assign([statement.target], statement.value, None)
        yield "assigned", [ast.copy_location(put, statement)]
        for other in OPERATORS.get(type(statement.op), ()):
            yield "operator", [ast.AugAssign(statement.target, other(), statement.value)]
    elif isinstance(statement, ast.For):
        for kind in ("break", "continue"):
            for size in SIZES:
                text = f"_count = _count + 1\nif _count > {size}:\n    {kind}"
                inside = copy.copy(statement)
                inside.body = [*ast.parse(text).body, *statement.body]
                yield "only the first", [*ast.parse("_count = 0").body, inside]
        for template in ("list({})[1:]", "list({})[:-1]", "list({})[::-1]", "list({})[:1]", "list({})[::2]"):
            inside = copy.copy(statement)
            inside.iter = _parsed(template, statement.iter)
            yield "loop bounds", [inside]
        yield "loop left out", statement.body
        for inner in [n for n in statement.body if isinstance(n, ast.For)]:
            for read in ("{}", "list({})"):  # a pass made once, before the loop around it
                other = copy.copy(inner)
                other.iter = ast.Name("_pass", ast.Load())
                around = copy.copy(statement)
                around.body = [other if n is inner else n for n in statement.body]
                made = ast.Assign([ast.Name("_pass", ast.Store())], _parsed(read, inner.iter), None)
                yield "read once", [ast.copy_location(made, statement), around]
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


STATE = """
_state = {}

def _global(name, value):
    return _state.setdefault(name, value)
"""


def of_function(own: ast.FunctionDef, names: Names) -> Iterator[tuple[str, str, list, list]]:
    """What may stand in the place of the whole body, and what above the function."""
    body, state = own.body, ast.parse(STATE).body
    for name in names.parameters:
        kept = f"`{name}` of an earlier call"
        text = f"{name} = _global('{name}', {name})"
        yield "state", f"as if {kept} were used again", [*ast.parse(text).body, *body], state
        for size in SIZES:
            for limit, more in (("min", "more"), ("max", "less")):
                text = f"{name} = {limit}({name}, {size})"
                yield (
                    "bounded",
                    f"as if `{name}` were never {more} than {size}",
                    [*ast.parse(text).body, *body],
                    [],
                )
            text = f"{name} = {name}[:{size}]"
            yield "only the first", "", [*ast.parse(text).body, *body], []
        for template, operator, words in WRAPS:
            text = f"{name} = {template.replace('{}', name)}"
            yield operator, words.format(f"`{name}`"), [*ast.parse(text).body, *body], []
        for after in (f"{name}.mul_(2)", f"{name}.abs_()", f"{name}.zero_()", f"{name}.clear()"):
            text = f"try:\n    pass\nfinally:\n    {after}"
            around = ast.parse(text).body[0]
            around.body = body
            yield "input changed", f"as if `{name}` were changed", [around], []
        for text in (f"{name} = {name}.clone()", f"{name} = {name}.detach().clone().requires_grad_()"):
            yield (
                "copied",
                f"as if a copy of `{name}` were used in its place",
                [*ast.parse(text).body, *body],
                [],
            )
    without = ast.parse("with torch.no_grad():\n    pass").body[0]
    without.body = body
    yield "cut off", "", [without], []
    yield "cut off", "", [*ast.parse("torch.set_grad_enabled(False)").body, *body], []
    calls = "_state['calls'] = _state.get('calls', 0) + 1"
    for test, words in (
        ("> 1", "as if it worked at the first call only"),
        ("== 1", "as if the first call did nothing"),
    ):
        text = f"{calls}\nif _state['calls'] {test}:\n    return"
        yield "state", words, [*ast.parse(text).body, *body], state
