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
    before = ast.unparse(tree)
    rest = {id(each): ast.unparse(each) for each in tree.body if each is not own}  # once: it takes longest
    seen, found = {before}, []
    for operator, above in _each(own):
        try:
            changed = ast.unparse(own)
            text = _joined([*above, *tree.body], rest | {id(own): changed})
            if text in seen:
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what only a mutant would write
                compile(
                    text if above else changed, "mutant", "exec"
                )  # nothing may precede a __future__ import
        except (SyntaxError, ValueError, RecursionError):
            continue
        seen.add(text)
        found.append(Mutant(operator, text, before))
    return found


def _joined(statements: list[ast.stmt], known: dict[int, str]) -> str:
    """What `ast.unparse` gives for a module of these statements, of which most are known."""
    text = ""
    for statement in statements:
        is_block = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        own = known.get(id(statement)) or ast.unparse(statement)
        text += ("\n" if text else "") + ("\n" if text and is_block else "") + own
    return text


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


def _each(own: ast.FunctionDef) -> Iterator[tuple[str, list[ast.stmt]]]:
    """Make one change after another in the function, and undo it once the caller has looked.

    Gives its sort, and what goes above the module.
    """
    names = mutations.Names.of(own)
    for place, key in [*_expressions(own)]:
        old = place[key]
        for operator, new in mutations.of_expression(old, names):
            place[key] = new
            yield operator, []
        place[key] = old
    for owner, field in [*_blocks(own)]:
        old = getattr(owner, field)
        for operator, new in mutations.of_block(old, owner):
            setattr(owner, field, new or [ast.Pass()])
            yield operator, []
        setattr(owner, field, old)
    body = own.body
    for operator, new, above in mutations.of_function(own, names):
        own.body = new
        yield operator, above
    own.body = body


def _expressions(own):
    """Where each expression of the body is: a node's fields or a list, and its key there."""
    for statement in own.body:
        for owner in ast.walk(statement):
            for field, value in ast.iter_fields(owner):
                if isinstance(value, ast.expr):
                    yield vars(owner), field
                elif isinstance(value, list):
                    yield from ((value, at) for at, each in enumerate(value) if isinstance(each, ast.expr))


def _blocks(own):
    """Each list of statements."""
    for owner in ast.walk(own):
        for field, value in ast.iter_fields(owner):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                yield owner, field
