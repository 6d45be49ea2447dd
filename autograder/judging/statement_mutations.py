"""What can be changed in a function's statements, and in the whole of it; see `mutations`."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from autograder.judging import likeness_words as like
from autograder.judging.mutations import OPERATORS, SIGNS, SIZES, WRAPS, Names, Words, parsed


def of_block(body: list, owner: ast.AST, names: Names) -> Iterator[tuple[str, Words, list]]:
    """What may stand in the place of a block of statements."""
    for i, statement in enumerate(body):
        before, after = body[:i], body[i + 1 :]
        yield "statement left out", (like.NO_STEP,), before + after
        yield "statement twice", (like.STEP_TWICE,), [*before, statement, statement, *after]
        if after:
            yield "statements swapped", (like.STEPS_SWAPPED,), [*before, after[0], statement, *after[1:]]
        for operator, words, new in _of_statement(statement):
            yield operator, words, [*before, *new, *after]
        if isinstance(statement, ast.For | ast.While) and after:
            inside = copy.copy(statement)
            inside.body = [*statement.body, after[0]]
            yield "moved into the loop", (like.MOVED_INTO_LOOP,), [*before, inside, *after[1:]]
        if isinstance(statement, ast.For | ast.While) and before:
            inside = copy.copy(statement)
            inside.body = [before[-1], *statement.body]
            yield "moved into the loop", (like.MOVED_INTO_LOOP,), [*before[:-1], inside, *after]
        if isinstance(statement, ast.With):
            yield "with left out", (like.NO_BLOCK,), [*before, *statement.body, *after]
            if after:
                inside = copy.copy(statement)
                inside.body = [*statement.body, *after]
                yield "moved into with", (like.MOVED_INTO_BLOCK,), [*before, inside]
    if isinstance(owner, ast.For | ast.While):
        yield "jump", (like.ROUNDS, 1), [*body, ast.Break()]
        yield "jump", (), [*body, ast.Continue()]
        yield "jump", (like.ENDS_IN_LOOP,), [*body, ast.Return(None)]


LOOPS = (
    ("list({})[1:]", like.NO_FIRST_ROUND),
    ("list({})[:-1]", like.NO_LAST_ROUND),
    ("list({})[::-1]", like.BACKWARDS),
    ("list({})[:1]", like.ONE_ROUND),
    ("list({})[::2]", like.EVERY_OTHER),
)


def _of_statement(statement):
    if isinstance(statement, ast.AugAssign):
        read = copy.deepcopy(statement.target)
        read.ctx = ast.Load()
        rebound = ast.Assign([statement.target], ast.BinOp(read, statement.op, statement.value), None)
        yield "rebound", (like.REBOUND,), [ast.copy_location(rebound, statement)]
        put = ast.Assign([statement.target], statement.value, None)
        yield "assigned", (like.ASSIGNED,), [ast.copy_location(put, statement)]
        for other in OPERATORS.get(type(statement.op), ()):
            new = ast.AugAssign(statement.target, other(), statement.value)
            yield "operator", (like.ANOTHER, SIGNS[other] + "="), [new]
    elif isinstance(statement, ast.For):
        for kind, words in (("break", like.ROUNDS), ("continue", like.ROUNDS)):
            for size in SIZES:
                text = f"_count = _count + 1\nif _count > {size}:\n    {kind}"
                inside = copy.copy(statement)
                inside.body = [*ast.parse(text).body, *statement.body]
                yield "only the first", (words, size), [*ast.parse("_count = 0").body, inside]
        for template, words in LOOPS:
            inside = copy.copy(statement)
            inside.iter = parsed(template, statement.iter)
            yield "loop bounds", (words,), [inside]
        yield "loop left out", (like.NO_LOOP,), statement.body
        for inner in [n for n in statement.body if isinstance(n, ast.For)]:
            for read in ("{}", "list({})"):  # a pass made once, before the loop around it
                other = copy.copy(inner)
                other.iter = ast.Name("_pass", ast.Load())
                around = copy.copy(statement)
                around.body = [other if n is inner else n for n in statement.body]
                made = ast.Assign([ast.Name("_pass", ast.Store())], parsed(read, inner.iter), None)
                yield "read once", (like.READ_ONCE,), [ast.copy_location(made, statement), around]
    elif isinstance(statement, ast.If):
        yield "branch", (like.BRANCH,), statement.body
        yield "branch", (like.BRANCH,), statement.orelse
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Yield):
        yield "return for yield", (like.FIRST_RESULT,), [ast.Return(statement.value.value)]
        yield "one yielded twice", (like.EACH_TWICE,), [statement, statement]
    elif isinstance(statement, ast.Return) and statement.value is not None:
        yield "nothing returned", (like.NOTHING,), [ast.Return(None)]
        twice = ast.Tuple([statement.value, statement.value], ast.Load())
        yield "returned twice", (like.RETURNED_TWICE,), [ast.Return(twice)]
        yield "printed", (like.NOTHING,), [ast.Expr(parsed("print({})", statement.value))]


STATE = """
_state = {}

def _global(name, value):
    return _state.setdefault(name, value)
"""


def of_function(own: ast.FunctionDef, names: Names) -> Iterator[tuple[str, Words, list, list]]:
    """What may stand in the place of the whole body, and what above the function."""
    body, state = own.body, ast.parse(STATE).body
    for name in names.parameters:
        told = f"`{name}`"
        text = f"{name} = _global('{name}', {name})"
        yield "state", (like.EARLIER, told), [*ast.parse(text).body, *body], state
        for size in SIZES:
            for limit, words in (("min", like.AT_MOST), ("max", like.AT_LEAST)):
                text = f"{name} = {limit}({name}, {size})"
                yield "bounded", (words, told, size), [*ast.parse(text).body, *body], []
            text = f"{name} = {name}[:{size}]"
            words = (like.ONLY_FIRST, told, size) if size > 1 else ()
            yield "only the first", words, [*ast.parse(text).body, *body], []
        for template, operator, words in WRAPS:
            text = f"{name} = {template.replace('{}', name)}"
            yield operator, (words, told) if words else (), [*ast.parse(text).body, *body], []
        for after in (f"{name}.mul_(2)", f"{name}.abs_()", f"{name}.zero_()", f"{name}.clear()"):
            text = f"try:\n    pass\nfinally:\n    {after}"
            around = ast.parse(text).body[0]
            around.body = body
            yield "input changed", (like.CHANGED, told), [around], []
        for text in (f"{name} = {name}.clone()", f"{name} = {name}.detach().clone().requires_grad_()"):
            yield "copied", (like.COPIED, told), [*ast.parse(text).body, *body], []
    without = ast.parse("with torch.no_grad():\n    pass").body[0]
    without.body = body
    yield "cut off", (like.UNRECORDED,), [without], []
    yield "cut off", (like.UNRECORDED,), [*ast.parse("torch.set_grad_enabled(False)").body, *body], []
    calls = "_state['calls'] = _state.get('calls', 0) + 1"
    for test, words in (("> 1", like.FIRST_CALL_ONLY), ("== 1", like.NOT_FIRST_CALL)):
        text = f"{calls}\nif _state['calls'] {test}:\n    return"
        yield "state", (words,), [*ast.parse(text).body, *body], state
