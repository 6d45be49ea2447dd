"""Changes that may undo a slip in a student's function, the most plausible first.

Parses a student's text, so it runs in a worker; runs no code.
"""

import ast
import re
from collections.abc import Sequence
from itertools import islice
from typing import Any

import torch

from autograder.reading.changes import changes
from autograder.reading.conditions import Feeders
from autograder.reading.notebooks import BROKEN
from autograder.reading.source import (
    Change,
    Scope,
    Site,
    Source,
    Span,
    at_all_equal_places,
)
from autograder.reading.spelling import changes_its_object

# The sorts of slips, from the most plausible on; the first are tried even before the line
# that raised.
RANKS = (
    ("wanted name", "wanted order", "switch"),
    ("spelling", "uncalled"),
    ("kept", "return", "recording", "in place", "hard-coded"),
    ("part", "call", "more", "one too many"),
    ("line", "only", "head", "block"),
    ("below", "behind"),
    (
        "off by one",
        "operator",
        "order",
        "yield",
        "bound",
        "index",
        "slice",
    ),
    ("brackets", "sign", "number"),
    ("factor", "argument"),
    ("name",),
)
RANK: dict[str, int] = {}
for _rank_of_sorts, _sorts in enumerate(RANKS):
    RANK |= dict.fromkeys(_sorts, _rank_of_sorts)
# What a student reads of sorts that only differ in their rank.
SHOWN_AS = {
    "wanted name": "spelling",
    "wanted order": "order",
    "one too many": "off by one",
    "hard-coded": "number",
}
NEUTRAL = {
    ast.Add: 0,
    ast.Sub: 0,
    ast.Mult: 1,
    ast.Div: 1,
    ast.Pow: 1,
}
HAS_NAME = re.compile(r"[^\W\d]")
MAX_TEXT = 20_000  # characters of a function
# A student's function has some 300.
MAX_CHANGES = 4_000


def slips(
    text: str,
    function: str,
    wanted: Sequence[str],
    bound: Sequence[str],
    line: int,
    most: int,
) -> list[dict[str, Any]]:
    """Return changes of a function's statement that may undo a slip, each as the fields of a
    Change.

    wanted: the parameters that it should have.  bound: names that other statements bind.
    line: of the function, where it raised, or 0: changes there come first.  most: how many.
    """
    if len(text) > MAX_TEXT:
        return []
    try:
        source = Source(text)
    except BROKEN:
        return []
    node: Any = source.tree.body[0]
    scope = Scope(node, wanted, {function, *bound})
    candidates = [
        *islice(changes(Site(source, scope, node, node)), MAX_CHANGES)
    ]
    candidates += at_all_equal_places(candidates, text)
    raised = range(0)
    row = node.lineno + line - 1
    if line and row <= len(source.lines):
        raised = range(source.at(row, 0), source.at(row, MAX_TEXT))

    def order(change: Change) -> tuple[bool, int, bool]:
        rank = _rank(change, scope)
        is_later = rank > 0 and change.start not in raised
        return is_later, rank, bool(change.also)

    feeders = Feeders(node)
    no_ops = _no_ops(source.tree)
    tried = {text}
    plausible: list[dict[str, Any]] = []
    for change in sorted(candidates, key=order):
        if len(plausible) == most:
            break
        changed = change.applied_to(text)
        if changed not in tried and _is_plausible(change, changed, no_ops):
            in_test = any(change.start in test for test in scope.conditions)
            plausible.append(
                _fields(change, in_test, feeders.conditions_of(change))
            )
        tried.add(changed)
    return plausible


def _fields(
    change: Change, in_test: bool, conditions: Sequence[Span]
) -> dict[str, Any]:
    """Return a change as data; its sort is what the student reads."""
    sort = SHOWN_AS.get(change.sort, change.sort)
    # Inputs show on which side of a condition they are, and no more.
    if in_test and RANK[change.sort] > RANK["kept"]:
        sort = "condition"
    return vars(change) | {
        "sort": sort,
        "also": [[*span] for span in change.also],
        "conditions": [[*span] for span in conditions],
    }


def _rank(change: Change, scope: Scope) -> int:
    """Return how late a change is tried; what brings in a name that is never read is likely."""
    words = {*re.findall(r"\w+", change.text)}
    if change.sort == "index" and not words.isdisjoint(scope.never_read):
        return RANK["kept"]
    is_value = change.sort in ("name", "factor")
    if is_value and not words.isdisjoint(scope.unused):
        return RANK["kept"]
    return RANK[change.sort]


def _is_plausible(
    change: Change,
    changed: str,
    no_ops: int,
) -> bool:
    """Return whether it may be meant: it compiles, and no more parts than `no_ops` compute for
    nothing.
    """
    is_part = change.sort in ("part", "bound") and not change.also
    if is_part and not HAS_NAME.search(change.text):
        # A number alone cannot replace a whole computation.
        return False
    try:
        tree = ast.parse(changed)
        compile(tree, "slip", "exec", dont_inherit=True)
    except BROKEN:
        return False
    return _no_ops(tree) <= no_ops


def _no_ops(tree: ast.AST) -> int:
    """Count what changes nothing: `x = x`, `x += 0`, `x * 1`, `-0`, `x.nonzero()`."""
    count = 0
    for node in ast.walk(tree):
        match node:
            case ast.Assign([target], value):
                count += ast.unparse(target) == ast.unparse(value)
            case ast.AugAssign(_, op, ast.Constant(number)) | ast.BinOp(
                _, op, ast.Constant(number)
            ):
                count += number == NEUTRAL.get(type(op))
            case ast.UnaryOp(ast.USub(), ast.Constant(number)):
                count += number == 0
            case ast.Expr(ast.Call(ast.Attribute(_, name))):
                is_method = callable(getattr(torch.Tensor, name, None))
                count += is_method and not changes_its_object(name)
    return count
