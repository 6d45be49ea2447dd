"""Wrong answers made by a program: a right function's source with one thing in it changed.

Knows nothing of any exercise: what a change means is found by running it.
"""

import ast
import copy
import itertools
import textwrap
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
    _tidy(defined[-1])
    before, own = ast.unparse(tree), ast.unparse(defined[-1])
    head, _, tail = before.rpartition(own)
    found = {before: None}
    for changed in _each(own):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what only a mutant would write
                text = head + ast.unparse(ast.parse(changed)) + tail
                if "_global(" in changed or CALLS in changed:
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


def _each(text: str) -> Iterator[str]:
    """The function's text after each change."""
    own: Any = ast.parse(text).body[0]
    parameters = [arg.arg for arg in own.args.args]
    stored = [n.id for n in ast.walk(own) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    names = [*dict.fromkeys([*parameters, *stored])]
    lines = text.encode().splitlines(keepends=True)
    starts = [0, *itertools.accumulate(map(len, lines))]
    for node in (node for statement in own.body for node in ast.walk(statement)):
        if isinstance(node, ast.expr) and not isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
            for new in _of_expression(node, names):
                yield (text.encode()[:start] + _in_brackets(new).encode() + text.encode()[end:]).decode()
    for owner in ast.walk(own):
        for _, block in ast.iter_fields(owner):
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                for statements in _of_block(block, owner):
                    yield _with_block(text, block, statements)
    for statements in _of_body(own.body, parameters):
        yield _with_block(text, own.body, statements)


def _in_brackets(new: New) -> str:
    """An expression's text, safe in any place: in brackets, except slices and *args, which allow none."""
    if isinstance(new, ast.Tuple):
        elements = "".join(ast.unparse(one) + ", " for one in new.elts)
        return elements if any(isinstance(one, ast.Slice) for one in new.elts) else f"({elements})"
    return ast.unparse(new) if isinstance(new, ast.Starred) else f"({_text(new)})"


def _text(new: New) -> str:
    return new if isinstance(new, str) else ast.unparse(new)


def _with_block(text: str, block: list[Any], statements: Sequence[New]) -> str:
    """The function's text with these statements in place of a block's."""
    lines = text.split("\n")
    first = min(one.lineno for one in (block[0], *getattr(block[0], "decorator_list", ()))) - 1
    new = "\n".join(map(_text, statements)) or "pass"
    if lines[first].lstrip().startswith("elif "):
        new = "else:\n" + textwrap.indent(new, "    ")
    lines[first : block[-1].end_lineno] = [textwrap.indent(new, " " * block[0].col_offset)]
    return "\n".join(lines)


def _with(node: Any, **fields: Any) -> Any:
    node = copy.copy(node)
    vars(node).update(fields)
    return node


def _wrapped(templates: tuple[str, ...], piece: ast.AST | str) -> list[str]:
    return [template.replace("{}", _in_brackets(piece)) for template in templates]


def _without_one(some: list[Any]) -> list[list[Any]]:
    return [some[:i] + some[i + 1 :] for i in range(len(some))]


def _of_expression(node: ast.expr, names: list[str]) -> Iterator[New]:
    """Replacements for an expression that is read."""
    if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare | ast.BoolOp):
        yield from _of_operator(node)
    elif isinstance(node, ast.Constant):
        yield from _of_constant(node.value)
    elif isinstance(node, ast.Call):
        yield from _of_call(node)
    elif isinstance(node, ast.Name):
        yield from (name for name in names if name != node.id)
    elif isinstance(node, ast.List | ast.Tuple) and len(node.elts) > 1:
        yield from (_with(node, elts=some) for some in [*_without_one(node.elts), node.elts[::-1]])
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    elif isinstance(node, ast.ListComp | ast.GeneratorExp):
        yield from _wrapped(tuple(f"[{{}}][0][:{size}]" for size in SIZES[:3]), node)
    if isinstance(node, ast.Name | ast.BinOp | ast.Call | ast.Subscript | ast.Attribute):
        yield from _wrapped((*WRAPS, *CLAMPS), node)


def _of_operator(node: Any) -> Iterator[New]:
    if isinstance(node, ast.BinOp):
        yield from (_with(node, op=other()) for other in OPERATORS.get(type(node.op), ()))
        yield from (node.left, node.right, _with(node, left=node.right, right=node.left))
        if method := IN_PLACE.get(type(node.op)):
            yield f"({ast.unparse(node.left)}).{method}({ast.unparse(node.right)})"
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.BoolOp):
        yield from node.values
    elif len(node.ops) == 1:
        yield from (_with(node, ops=[other()]) for other in COMPARED.get(type(node.ops[0]), ()))
        yield from ("True", "False")


def _of_constant(value: Any) -> Iterator[New]:
    if isinstance(value, bool):
        yield str(not value)
    elif isinstance(value, int | float):
        others = (value + 1, value - 1, 0, 1, -value, 2 * value, value / 2)
        yield from (repr(other) for other in others if other != value)


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
    if isinstance(statement, ast.AugAssign):
        target = ast.unparse(statement.target)
        read = _with(statement.target, ctx=ast.Load())
        yield [f"{target} = {ast.unparse(ast.BinOp(read, statement.op, statement.value))}"]
        yield [f"{target} = {ast.unparse(statement.value)}"]
        yield from ([_with(statement, op=other())] for other in OPERATORS.get(type(statement.op), ()))
    elif isinstance(statement, ast.For):
        yield from _of_loop(statement)
    elif isinstance(statement, ast.If):
        yield from ([*statement.body], [*statement.orelse])
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Yield):
        yield [_with(ast.Return(), value=statement.value.value)]
        yield [statement, statement]
    elif isinstance(statement, ast.Return) and statement.value is not None:
        value = ast.unparse(statement.value)
        yield from (["return"], [f"return ({value}), ({value})"], [f"print({_in_brackets(statement.value)})"])


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
