"""Wrong answers made by a program: a right function's source with one thing in it changed.

Knows nothing of any exercise: what a change means is found by running it.
"""

import ast
import copy
import itertools
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

SIZES = (1, 3, 10, 100, 1000)  # a mutant uses only the first so many elements, or cuts numbers off at this
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
# What a mutant wraps around an expression or a parameter, by what goes wrong.
DTYPE = "{}.float()", "{}.half()", "{}.half().to({}.dtype)", "{}.float().to({}.dtype)", "{}.int()"
ROUNDED = "{}.round(decimals=2)", "round({}, 3)"
SIGN = "{}.abs()", "-{}"
CUT_OFF = "{}.detach()", "{}.data", "{}.item()", "torch.tensor({}.tolist())"
SHAPE = "{}.T", "{}.flatten()", "{}.squeeze()", "{}.unsqueeze(0)", "{}.reshape(-1, 1)", "{}.reshape(1, -1)"
REDUCED = "{}.sum()", "{}.mean()"
OFF = "{} + 1", "{} - 1", "{} * 2", "{} / 2", "{} + 0.0001"
KIND = "str({})", "[{}]", "iter({})", "reversed({})"
ENDS = "{}[1:]", "{}[:-1]", *(f"{{}}[:{size}]" for size in SIZES)
BOUNDED = *(f"min({{}}, {size})" for size in SIZES), *(f"max({{}}, {size})" for size in SIZES)
WRAPS = *DTYPE, *ROUNDED, *SIGN, *CUT_OFF, *SHAPE, *REDUCED, *OFF, *KIND, *ENDS, *BOUNDED
CLAMPS = tuple(f"{{}}.clamp(-{bound}, {bound})" for bound in BOUNDS)
LOOPS = "list({})[1:]", "list({})[:-1]", "list({})[::-1]", "list({})[:1]", "list({})[::2]"
COPIES = "{}.clone()", "{}.detach().clone().requires_grad_()"
AFTERWARDS = "{}.mul_(2)", "{}.abs_()", "{}.zero_()", "{}.clear()"  # whatever the function returns
# Above a module whose function remembers something.
STATE = """
_state = {}

def _global(name, value):
    return _state.setdefault(name, value)

"""
CALLS = "_state['calls'] = _state.get('calls', 0) + 1"

New = ast.AST | str  # what takes the place of an expression or a statement


def mutants(source: str, function: str) -> tuple[str, list[str]]:
    """The source as `ast.unparse` writes it, and the different mutants of a top-level function in it.

    Mutates the last definition, the one that counts.  Raises ValueError if there is no such function.
    """
    tree = ast.parse(source)
    defined = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == function]
    if not defined:
        raise ValueError(f"there is no function `{function}` to make mutants of")
    own = defined[-1]
    _tidy(own)
    before = ast.unparse(tree)
    head, _, tail = before.rpartition(ast.unparse(own))
    found = {before: None}
    for _ in _changes(own):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what only a mutant would write
                text = head + ast.unparse(own) + tail
                if "_global(" in text or CALLS in text:
                    text = ast.unparse(ast.parse(STATE + text))
                compile(text, "mutant", "exec")
        except (SyntaxError, ValueError, RecursionError):
            continue
        found[text] = None
    return before, [*found][1:]


def _tidy(own: ast.FunctionDef) -> None:
    """Remove its docstring, and code after a return: a change there would change nothing."""
    doc = own.body[0]
    if isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant) and own.body[1:]:
        own.body.pop(0)
    for i, statement in enumerate(own.body):
        if isinstance(statement, ast.Return | ast.Raise):
            del own.body[i + 1 :]
    if len(own.body) > 1 and isinstance(own.body[-1], ast.Return) and own.body[-1].value is None:
        own.body.pop()


def _changes(own: Any) -> Iterator[None]:
    """Make each change in the function's tree, yield, and undo it."""
    parameters = [arg.arg for arg in own.args.args]
    stored = [n.id for n in ast.walk(own) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    names = [*dict.fromkeys([*parameters, *stored])]
    inside = [node for statement in own.body for node in ast.walk(statement)]
    for owner in (own, *inside):
        for field, old in [*ast.iter_fields(owner)]:
            new: list[Any] = []
            if isinstance(old, list) and old and isinstance(old[0], ast.stmt):
                whole = _of_body(old, parameters) if owner is own else ()
                new = [*map(_statements, _of_block(old, owner)), *map(_statements, whole)]
            elif owner is not own:
                for i, node in enumerate(old if isinstance(old, list) else [old]):
                    some = [*map(_expression, _of_expression(node, names))]
                    new += [[*old[:i], one, *old[i + 1 :]] for one in some] if isinstance(old, list) else some
            for each in new:
                setattr(owner, field, each)
                yield
            setattr(owner, field, old)


def _expression(new: New) -> ast.AST:
    return ast.parse(new, mode="eval").body if isinstance(new, str) else new


def _statements(some: Sequence[New]) -> list[ast.AST]:
    found = [one for new in some for one in (ast.parse(new).body if isinstance(new, str) else [new])]
    return found or [ast.Pass()]


def _with(node: Any, **fields: Any) -> Any:
    node = copy.copy(node)
    vars(node).update(fields)
    return node


def _in_brackets(piece: New) -> str:
    return f"({piece if isinstance(piece, str) else ast.unparse(piece)})"


def _wrapped(templates: tuple[str, ...], piece: New) -> list[str]:
    return [template.replace("{}", _in_brackets(piece)) for template in templates]


def _without_one(some: list[Any]) -> list[list[Any]]:
    return [some[:i] + some[i + 1 :] for i in range(len(some))]


def _of_expression(node: Any, names: list[str]) -> Iterator[New]:
    """Replacements for an expression that is read; none for anything else."""
    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
        return
    match node:
        case ast.BinOp(left, op, right):
            yield from (_with(node, op=other()) for other in OPERATORS.get(type(op), ()))
            yield from (left, right, _with(node, left=right, right=left))
            if method := IN_PLACE.get(type(op)):
                yield f"{_in_brackets(left)}.{method}({ast.unparse(right)})"
        case ast.UnaryOp(_, operand):
            yield operand
        case ast.BoolOp(_, values):
            yield from values
        case ast.Compare(_, [op]):
            yield from (_with(node, ops=[other()]) for other in COMPARED.get(type(op), ()))
            yield from ("True", "False")
        case ast.Constant(bool(value)):
            yield str(not value)
        case ast.Constant(int(value) | float(value)):
            others = (value + 1, value - 1, 0, 1, -value, 2 * value, value / 2)
            yield from (repr(other) for other in others if other != value)
        case ast.Call():
            yield from _of_call(node)
        case ast.Name(id):
            yield from (name for name in names if name != id)
        case ast.List([_, _, *_] as some) | ast.Tuple([_, _, *_] as some):
            yield from (_with(node, elts=elements) for elements in [*_without_one(some), some[::-1]])
        case ast.IfExp(_, body, orelse):
            yield from (body, orelse)
        case ast.ListComp() | ast.GeneratorExp():
            yield from _wrapped(tuple(f"[{{}}][0][:{size}]" for size in SIZES[:3]), node)
    if isinstance(node, ast.Name | ast.BinOp | ast.Call | ast.Subscript | ast.Attribute):
        yield from _wrapped((*WRAPS, *CLAMPS), node)


def _of_call(node: ast.Call) -> Iterator[New]:
    args = node.args
    for i in range(len(args) - 1):
        yield _with(node, args=[*args[:i], args[i + 1], args[i], *args[i + 2 :]])
    yield from (_with(node, args=some) for some in _without_one(args))
    yield from (_with(node, keywords=some) for some in _without_one(node.keywords))
    yield from args[:1]
    if isinstance(node.func, ast.Attribute):
        yield node.func.value
        for other in METHODS.get(node.func.attr, ()):
            yield _with(node, func=_with(node.func, attr=other))
        if node.func.attr in ("sum", "mean"):
            yield from (f"{ast.unparse(node.func)}(dim={axis})" for axis in (0, 1, -1))


def _of_block(block: list[Any], owner: ast.AST) -> Iterator[Sequence[New]]:
    """Replacements for a block of statements."""
    for i, statement in enumerate(block):
        before, after = block[:i], block[i + 1 :]
        yield [*before, *after]
        yield [*before, statement, statement, *after]
        if after:
            yield [*before, after[0], statement, *after[1:]]
        yield from ([*before, *new, *after] for new in _of_statement(statement))
        if isinstance(statement, ast.For | ast.While) and after:
            yield [*before, _with(statement, body=[*statement.body, after[0]]), *after[1:]]
        if isinstance(statement, ast.For | ast.While) and before:
            yield [*before[:-1], _with(statement, body=[before[-1], *statement.body]), *after]
        if isinstance(statement, ast.With):
            yield [*before, *statement.body, *after]
            yield [*before, _with(statement, body=[*statement.body, *after])]
    if isinstance(owner, ast.For | ast.While):
        yield from ([*block, jump] for jump in ("break", "continue", "return"))


def _of_statement(statement: ast.stmt) -> Iterator[Sequence[New]]:
    match statement:
        case ast.AugAssign(target, op, value):
            name, read = ast.unparse(target), _with(target, ctx=ast.Load())
            yield [f"{name} = {ast.unparse(ast.BinOp(read, op, value))}"]
            yield [f"{name} = {ast.unparse(value)}"]
            yield from ([_with(statement, op=other())] for other in OPERATORS.get(type(op), ()))
        case ast.For():
            yield from _of_loop(statement)
        case ast.If(_, body, orelse):
            yield from (body, orelse)
        case ast.Expr(ast.Yield(value)):
            yield [_with(ast.Return(), value=value)]
            yield [statement, statement]
        case ast.Return(ast.expr() as value):
            text = ast.unparse(value)
            yield from (["return"], [f"return ({text}), ({text})"], [f"print({_in_brackets(value)})"])


def _of_loop(loop: ast.For) -> Iterator[Sequence[New]]:
    for jump, size in itertools.product(("break", "continue"), SIZES):
        counted = ast.parse(f"_count = _count + 1\nif _count > {size}:\n    {jump}").body
        yield ["_count = 0", _with(loop, body=[*counted, *loop.body])]
    yield from ([_with(loop, iter=ast.parse(new, mode="eval").body)] for new in _wrapped(LOOPS, loop.iter))
    yield [*loop.body]
    for inner in [n for n in loop.body if isinstance(n, ast.For)]:
        other = _with(inner, iter=ast.Name("_pass"))
        around = _with(loop, body=[other if n is inner else n for n in loop.body])
        # A pass made once, before the loop around it.
        yield from ([f"_pass = {new}", around] for new in _wrapped(("{}", "list({})"), inner.iter))


def _of_body(body: list[Any], parameters: list[str]) -> Iterator[Sequence[New]]:
    """Replacements for the whole body."""
    for name in parameters:
        yield [f"{name} = _global('{name}', {name})", *body]
        yield from ([f"{name} = {new}", *body] for new in _wrapped((*WRAPS, *COPIES), name))
        for new in _wrapped(AFTERWARDS, name):
            yield [ast.Try(body, [], [], ast.parse(new).body)]
    without: Any = ast.parse("with torch.no_grad(): pass").body[0]
    yield [_with(without, body=body)]
    yield ["torch.set_grad_enabled(False)", *body]
    yield from ([f"{CALLS}\nif _state['calls'] {test}:\n    return", *body] for test in ("> 1", "== 1"))
