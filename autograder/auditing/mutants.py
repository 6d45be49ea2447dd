"""Answers made by a program: a right function's source with one thing in it changed.

Three sets of operators: WRONG makes mutants, by those of `reading.changes` for slips and what nobody types by
accident; LACKING, answers that lack an idea; OTHERWISE, right ones as other people write them, whose change
keeps the meaning for tensors of any sizes; an epsilon in a logarithm moves its value by less than a person
would call wrong.  Knows nothing of any exercise: what a change means is found by running it.
"""

import ast
import itertools
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from autograder.reading.changes import EVERYWHERE, indent_of, moved, rows_of, without_call, without_line
from autograder.reading.source import Change, Operators, Place, Source, changes, is_read

DEFINITION = ast.FunctionDef, ast.ClassDef
SIZES = (1, 3, 10, 100, 1000)  # a mutant uses only the first so many elements, or cuts numbers off at this
BOUNDS = (1, 8, 16, 100)  # values are cut off there
IN_PLACE = {ast.Add: "add_", ast.Sub: "sub_", ast.Mult: "mul_", ast.Div: "div_", ast.Pow: "pow_"}
METHODS = {"zero_": "detach_", "reshape": "expand", "item": "detach", "shuffle": "sort"}
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

# Right answers as other people write them.
AS_FUNCTIONS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.MatMult: "matmul"}
ALONG_AN_AXIS = ("sum", "mean", "max", "min", "argmax", "argmin", "log_softmax", "softmax", "cumsum")
FLAT_FOR_A_MOMENT = "result.reshape(-1).reshape(result.shape) if torch.is_tensor(result) else result"


def rewritten(source: str, function: str, operators: Operators) -> tuple[str, list[str]]:
    """Return the source as `ast.unparse` writes it, and with each change of a top-level function in it.

    Changes the last definition, the one that counts.  Raises ValueError if there is no such function.
    """
    tree = ast.parse(source)
    defined = [n for n in tree.body if isinstance(n, DEFINITION) and n.name == function]
    if not defined:
        raise ValueError(f"there is no function `{function}` to change")
    _tidy(defined[-1])
    before, own = ast.unparse(tree), Source(ast.unparse(defined[-1]))
    head, _, tail = before.rpartition(own.text)
    found = {before: None}
    for change in changes(own, own.tree.body[0], operators):
        text = head + change.applied_to(own.text) + tail
        text = STATE + text if "_global(" in text or CALLS in text else text
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what only a mutant would write
                compile(text, "mutant", "exec")
        except (SyntaxError, ValueError, RecursionError):
            continue
        found[text] = None
    return before, [*found][1:]


def _tidy(own: ast.FunctionDef | ast.ClassDef) -> None:
    """Remove its docstring, and code after a return: a change there would change nothing."""
    doc = own.body[0]
    if isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant) and own.body[1:]:
        own.body.pop(0)
    for i, statement in enumerate(own.body):
        if isinstance(statement, ast.Return | ast.Raise):
            del own.body[i + 1 :]
    if len(own.body) > 1 and isinstance(own.body[-1], ast.Return) and own.body[-1].value is None:
        own.body.pop()


def _wrapped(templates: Sequence[str], text: str) -> list[str]:
    piece = text if text.isidentifier() else f"({text})"
    return [template.replace("{}", piece) for template in templates]


def wrapped(place: Place) -> Iterator[Change]:
    """Yield the expression with something around it."""
    is_called = isinstance(place.parent, ast.Call) and place.parent.func is place.node
    is_used = not is_called and not isinstance(place.parent, ast.Expr) and not place.is_module(place.node)
    if is_read(place.node) and is_used:
        some = _wrapped((*WRAPS, *CLAMPS), place.source.text_of(place.node))
        yield from (place.all(new, "") for new in some)


def in_place(place: Place) -> Iterator[Change]:
    """Yield an operator that writes into its left operand."""
    node, text = place.node, place.source.text_of
    if method := IN_PLACE.get(type(node.op)):
        yield place.all(f"({text(node.left)}).{method}({text(node.right)})", "")


def other_value(place: Place) -> Iterator[Change]:
    """Yield another truth value, or the first elements of what is listed."""
    match place.node:
        case ast.Constant(bool(value)):
            yield place.all(str(not value), "")
        case ast.Compare():
            yield from (place.all(new, "") for new in ("True", "False"))
        case ast.ListComp() | ast.GeneratorExp():
            text = place.source.text_of(place.node)
            yield from (place.all(f"[({text})][0][:{size}]", "") for size in SIZES[:3])


def other_call(place: Place) -> Iterator[Change]:
    """Yield another method, or a sum along one axis."""
    match place.node:
        case ast.Call(ast.Attribute(value, name) as method):
            text = place.source.operand(value)
            if name in METHODS:
                start, end = place.source.span(method)
                yield Change(start, end, f"{text}.{METHODS[name]}", "")
            if name in ("sum", "mean"):
                yield from (place.all(f"{text}.{name}(dim={axis})", "") for axis in (0, 1, -1))


def of_blocks(place: Place) -> Iterator[Change]:
    """Yield other statements in a block."""
    source, owner = place.source, place.parent
    for node, first, end in rows_of(place):
        lines, indent = source.lines[first - 1 : end - 1], indent_of(source, node)
        yield source.block(first, end, [*lines, *lines], "")
        for new in _of_statement(source, node):
            yield source.block(first, end, [indent + line for text in new for line in text.split("\n")], "")
        if isinstance(node, ast.With) and node is not place.node[-1]:
            rest = place.node[place.node.index(node) + 1 :]
            inner = [line for each in rest for line in moved(source, each, indent_of(source, node.body[0]))]
            yield source.block(first, source.rows(rest[-1])[1], [*lines, *inner], "")
    if isinstance(owner, ast.For | ast.While) and place.node is owner.body:
        last = place.node[-1]
        first, end = source.rows(last)
        for jump in ("break", "continue", "return"):
            lines = [*source.lines[first - 1 : end - 1], indent_of(source, last) + jump]
            yield source.block(first, end, lines, "")


def _of_statement(source: Source, node: Any) -> Iterator[Sequence[str]]:
    """Yield what takes the place of a statement, as texts without indentation."""
    match node:
        case ast.AugAssign(target, op, value):
            name, text = source.text_of(target), source.text_of(value)
            yield [ast.unparse(ast.Assign([target], ast.BinOp(target, op, value), lineno=1))]
            yield [f"{name} = {text}"]
        case ast.For():
            yield from _of_loop(node)
        case ast.If(_, body, orelse):
            yield from ([ast.unparse(each) for each in some] or ["pass"] for some in (body, orelse))
        case ast.Return(ast.expr() as value):
            text = source.text_of(value)
            yield from (["return"], [f"return ({text}), ({text})"], [f"print({text})"])


def _of_loop(loop: ast.For) -> Iterator[Sequence[str]]:
    target, iterated = ast.unparse(loop.target), ast.unparse(loop.iter)
    body = "\n".join(ast.unparse(each) for each in loop.body)
    inner = body.replace("\n", "\n    ")
    for jump, size in itertools.product(("break", "continue"), SIZES):
        counted = f"_count = _count + 1\n    if _count > {size}:\n        {jump}"
        yield ["_count = 0", f"for {target} in {iterated}:\n    {counted}\n    {inner}"]
    for new in _wrapped(LOOPS, iterated):
        yield [f"for {target} in {new}:\n    {inner}"]
    yield [body]
    for one in [each for each in loop.body if isinstance(each, ast.For)]:
        # A pass made once, before the loop around it.
        head = f"for {ast.unparse(one.target)} in {ast.unparse(one.iter)}:"
        around = inner.replace(head, f"for {ast.unparse(one.target)} in _pass:")
        for new in _wrapped(("{}", "list({})"), ast.unparse(one.iter)):
            yield [f"_pass = {new}", f"for {target} in {iterated}:\n    {around}"]


def of_body(place: Place) -> Iterator[Change]:
    """Yield replacements for the whole body of the function."""
    source, own = place.source, place.node
    if place.node is not source.tree.body[0]:
        return
    lines = source.lines[own.body[0].lineno - 1 :]
    deeper = ["    " + line for line in lines]
    bodies = [[*(f"    {line}" for line in new.split("\n")), *lines] for new in _heads(own)]
    for name in (arg.arg for arg in own.args.args):
        bodies += [
            ["    try:", *deeper, "    finally:", f"        {new}"] for new in _wrapped(AFTERWARDS, name)
        ]
    bodies.append(["    with torch.no_grad():", *deeper])
    for new in bodies:
        yield source.block(own.body[0].lineno, len(source.lines) + 1, new, "")


def _heads(own: Any) -> Iterator[str]:
    """Yield what may stand above the body."""
    for name in (arg.arg for arg in own.args.args):
        yield f"{name} = _global('{name}', {name})"
        yield from (f"{name} = {new}" for new in _wrapped((*WRAPS, *COPIES), name))
    yield "torch.set_grad_enabled(False)"
    yield from (f"{CALLS}\nif _state['calls'] {test}:\n    return" for test in ("> 1", "== 1"))


_WRAPPED = ast.Name, ast.BinOp, ast.Call, ast.Subscript, ast.Attribute
_OTHERS = ast.Constant, ast.Compare, ast.ListComp, ast.GeneratorExp
_MORE: dict[type, tuple] = {
    **dict.fromkeys(_WRAPPED, (wrapped,)),
    **dict.fromkeys(_OTHERS, (other_value,)),
    ast.BinOp: (in_place, wrapped),
    ast.Call: (other_call, wrapped),
    ast.FunctionDef: (of_body,),
    list: (of_blocks,),
}
WRONG: Operators = EVERYWHERE | {kind: (*EVERYWHERE.get(kind, ()), *some) for kind, some in _MORE.items()}


def without_called(place: Place) -> Iterator[Change]:
    """Yield what a method is called of, or its argument, if it has any."""
    if place.node.args or place.node.keywords:
        yield from without_call(place)


LACKING: Operators = {list: (without_line,), ast.Call: (without_called,)}


def as_a_function(place: Place) -> Iterator[Change]:
    """Yield `torch.sub(a, b)` for `a - b`, where `a` is a tensor."""
    node, text, text_of = place.node, place.source.text_of(place.node), place.source.text_of
    if name := AS_FUNCTIONS.get(type(node.op)):
        left, right = text_of(node.left), text_of(node.right)
        yield place.all(f"(torch.{name}({left}, {right}) if torch.is_tensor({left}) else {text})", "")


def as_a_keyword(place: Place) -> Iterator[Change]:
    """Yield `x.sum(dim=1)` for `x.sum(1)`, and an epsilon in a logarithm."""
    match place.node:
        case ast.Call(ast.Attribute(_, name) as method, [ast.Constant(int(axis))], []):
            if name in ALONG_AN_AXIS:
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
            for value in ("result", FLAT_FOR_A_MOMENT):
                yield source.block(first, end, [head, f"{indent}return {value}"], "")


OTHERWISE: Operators = {ast.BinOp: (as_a_function,), ast.Call: (as_a_keyword,), list: (by_a_name,)}
