"""Wrong answers made by a program: a right function's source with one thing in it changed.

Knows nothing of any exercise: what a change means is found by running it.
"""

from __future__ import annotations

import ast
import difflib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.auditing import mutations


@dataclass(frozen=True)
class Mutant:
    """A source with one change.

    operator: its sort.  before: the source without it, in the same form.
    """

    operator: str
    source: str
    before: str


def changed_lines(before: str, after: str) -> str:
    """The lines that differ, each with its sign."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def mutants(source: str, function: str) -> list[Mutant]:
    """All mutants of a top-level function in a source, each text once: of its last definition, which counts.

    The rest of the source stays as it is, in the form that `ast.unparse` gives it.  Raises ValueError
    where there is no such function.
    """
    tree = ast.parse(source)
    defined = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == function]
    if not defined:
        raise ValueError(f"there is no function `{function}` to make mutants of")
    own = defined[-1]
    _tidied(own)
    rest = {id(each): ast.unparse(ast.Module([each], [])) for each in tree.body if each is not own}
    before, _ = _text(tree, rest)
    seen, found = {before}, []
    for operator in _each(tree, own):
        try:
            text, changed = _text(tree, rest)
            if text in seen:
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what only a mutant would write
                compile(changed, "mutant", "exec")
        except (SyntaxError, ValueError, RecursionError):
            continue
        seen.add(text)
        found.append(Mutant(operator, text, before))
    return found


def _text(tree: ast.Module, rest: dict[int, str]) -> tuple[str, str]:
    """What `ast.unparse` gives for the module, and what of it tells whether it can be compiled.

    rest: what it gave for the statements that stay as they are; to ask it again, and to compile them
    again, takes longest.
    """
    lines: list[str] = []
    changed: list[ast.stmt] = []
    for statement in tree.body:
        text = rest.get(id(statement))
        if text is None:
            text = ast.unparse(statement)
            changed.append(text)
        is_block = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        lines += ["", text] if is_block and lines else [text]
    whole = "\n".join(lines)
    return whole, changed[0] if len(changed) == 1 else whole  # nothing may stand above a __future__ import


def _tidied(own: ast.FunctionDef) -> None:
    """Without docstring, and what stands behind a return: a change there is none."""
    doc = own.body[0]
    if isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant) and own.body[1:]:
        own.body.pop(0)
    for i, statement in enumerate(own.body):
        if isinstance(statement, ast.Return | ast.Raise):
            del own.body[i + 1 :]
    if len(own.body) > 1 and isinstance(own.body[-1], ast.Return) and own.body[-1].value is None:
        own.body.pop()


def _each(tree: ast.Module, own: ast.FunctionDef) -> Iterator[str]:
    """Make one change after another in the tree; it stands while the caller looks, and is undone then."""
    names = mutations.Names.of(own)
    for owner, field, at in [*_expressions(own)]:
        old = _get(owner, field, at)
        for operator, new in mutations.of_expression(old, names):
            _set(owner, field, at, new)
            yield operator
        _set(owner, field, at, old)
    for owner, field in [*_blocks(own)]:
        old = getattr(owner, field)
        for operator, new in mutations.of_block(old, owner):
            setattr(owner, field, new or [ast.Pass()])
            yield operator
        setattr(owner, field, old)
    body = own.body
    for operator, new, above in mutations.of_function(own, names):
        own.body, tree.body[:0] = new, above
        yield operator
        own.body = body
        del tree.body[: len(above)]


def _expressions(own):
    """Where each expression of the body stands: its owner, the field, and its place in a list, or None."""
    for statement in own.body:
        for owner in ast.walk(statement):
            for field, value in ast.iter_fields(owner):
                if isinstance(value, ast.expr):
                    yield owner, field, None
                elif isinstance(value, list):
                    for at, each in enumerate(value):
                        if isinstance(each, ast.expr):
                            yield owner, field, at


def _blocks(own):
    """Each list of statements."""
    for owner in ast.walk(own):
        for field, value in ast.iter_fields(owner):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                yield owner, field


def _get(owner, field, at):
    value = getattr(owner, field)
    return value if at is None else value[at]


def _set(owner, field, at, new):
    if at is None:
        setattr(owner, field, new)
    else:
        getattr(owner, field)[at] = new
