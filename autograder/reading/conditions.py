"""Finds which conditions a statement feeds, where what it binds is read for these alone.

A counter or a flag is such a name.  Without its statement a condition is always the same, which
says nothing of what is wrong.  In: a function of a Source.  Knows nothing of slips.
"""

import ast
from typing import Any

from autograder.reading.source import (
    Change,
    Span,
    end_of,
    is_read,
    says_nothing,
    start_of,
)


class Feeders:
    """The statements of a function that only feed conditions, by what they bind."""

    def __init__(self, function: Any):
        self._tests = _tests_in(function)
        self._simple: list[Any] = []
        harmless: set[int] = set()
        for node in ast.walk(function):
            if isinstance(node, ast.stmt) and not hasattr(node, "body"):
                self._simple.append(node)
                if says_nothing(node):
                    harmless.update(map(id, ast.walk(node)))
        for test in self._tests:
            harmless.update(map(id, ast.walk(test)))
        self._fed = {_fed_name(statement) for statement in self._simple} - {""}
        self._leave_out_what_is_read(function, harmless)

    def _leave_out_what_is_read(
        self, function: Any, harmless: set[int]
    ) -> None:
        """Keep the names that only conditions read, and statements that bind others of these."""
        while True:
            allowed = {*harmless}
            for statement in self._simple:
                if _fed_name(statement) in self._fed:
                    allowed.update(map(id, ast.walk(statement)))
            read = {
                node.id
                for node in ast.walk(function)
                if isinstance(node, ast.Name)
                and is_read(node)
                and id(node) not in allowed
            }
            if self._fed.isdisjoint(read):
                return
            self._fed -= read

    def conditions_of(self, change: Change) -> tuple[Span, ...]:
        """Return where the conditions are that a change is for; () if it is for anything else."""
        reached = set()
        for statement in self._simple:
            if any(_touches(statement, *span) for span in change.spans):
                reached.add(_fed_name(statement))
        if not reached or not reached <= self._fed:
            return ()
        before: set[str] = set()
        while reached != before:
            before = {*reached}
            for statement in self._simple:
                name = _fed_name(statement)
                if name in self._fed and reached & _names(statement):
                    reached.add(name)
        spans = []
        last = -1
        for test in sorted(self._tests, key=start_of):
            # Not one inside another.
            if reached & _names(test) and start_of(test) > last:
                last = end_of(test)
                spans.append((start_of(test), last))
        return tuple(spans)


def _tests_in(function: Any) -> list[Any]:
    """Return the conditions that choose; a loop's decides how long it runs."""
    tests = []
    for node in ast.walk(function):
        match node:
            case ast.If(test) | ast.IfExp(test):
                tests.append(test)
            case ast.comprehension(ifs=conditions):
                tests += conditions
    return tests


def _fed_name(statement: Any) -> str:
    """Return the one name whose value a simple statement sets or changes, "" if it does more."""
    match statement:
        case (
            ast.Assign([target])
            | ast.AugAssign(target)
            | ast.AnnAssign(target)
            | ast.Expr(ast.Call(ast.Attribute(target)))
        ):
            while isinstance(target, ast.Subscript):
                target = target.value
            if isinstance(target, ast.Name):
                return target.id
    return ""


def _names(node: Any) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _touches(node: Any, start: int, end: int) -> bool:
    return bool(start_of(node) <= end and start <= end_of(node))
