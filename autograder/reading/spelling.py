"""Operators for names that Python does not know, or that are named and not called."""

import ast
import difflib
import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from autograder.reading.source import (
    Change,
    Site,
    end_of,
    is_read,
    operand,
    start_of,
    text_of,
)

# Calls that return nothing, or what they changed.
RETURN_NOTHING = {
    "append",
    "backward",
    "extend",
    "insert",
    "reverse",
    "shuffle",
    "sort",
    "step",
    "update",
}
ATTRIBUTES = sorted(
    set().union(*map(dir, (torch.Tensor, torch, list, dict, random, np)))
)
MAX_NEAR = 3  # names that a misspelled one is taken for
ALIKE = 0.6  # difflib's ratio of both
MAX_NAME = 60  # characters of a misspelled name


def misspelled_name(site: Site) -> Iterator[Change]:
    """Yield a local name for one that is not: a near one, or one that nothing reads.

    A name that is not local is defined outside, or nowhere; then it may also be misspelled for one
    from outside.  Where the body has the name that was asked for, the parameter is misspelled,
    and not the body.
    """
    name = site.node.id
    scope = site.scope
    if name in scope.names or name in scope.wanted:
        return
    if name not in scope.known:
        near = _near(name, [*scope.names, *scope.known])
        unread = scope.never_read
    elif name in scope.elsewhere:
        near = _near(name, scope.names)
        unread = scope.unused
    else:
        return
    for other in near:
        yield site.instead(other, "spelling")
    for other in unread:
        yield site.instead(other, site.sort_of_name)


def misspelled_attribute(site: Site) -> Iterator[Change]:
    """Yield a method that tensors, lists or modules have, for one that none of them has."""
    node = site.node
    if node.attr in ATTRIBUTES:
        return
    for near in _near(node.attr, ATTRIBUTES):
        yield site.instead(f"{operand(node.value)}.{near}", "spelling")


def misspelled_parameter(site: Site) -> Iterator[Change]:
    """Yield a parameter under the name that the body reads from outside: under one that was asked
    for, wherever the body reads the parameter; under a near one, if it never does.

    A parameter that has an asked name keeps it.
    """
    scope = site.scope
    outside = sorted(scope.read.difference(scope.names))
    asked = [name for name in scope.wanted if name in outside]
    for parameter in site.node.args:
        if parameter.arg in scope.wanted:
            continue
        for name in asked:
            yield _renamed(site, parameter.arg, name)
        if parameter.arg in scope.unused:
            start = parameter.start
            for name in _near(parameter.arg, outside):
                end = start + len(parameter.arg)
                yield Change(start, end, name, "spelling")


def _renamed(site: Site, old: str, new: str) -> Change:
    """Return the change of a parameter's name at all its places in its function."""
    spans = set()
    for node in ast.walk(site.parent):
        if old in (getattr(node, "id", None), getattr(node, "arg", None)):
            start = start_of(node)
            end = start + len(old)
            # In an f-string, Python 3.11 misplaces it.
            if site.source.text[start:end] == old:
                spans.add((start, end))
    first, *also = sorted(spans)
    return Change(*first, new, "wanted name", tuple(also))


def _near(name: str, names: Sequence[str]) -> list[str]:
    """Return names like this one; first those that differ by an underscore or in capitals."""
    bare = name.strip("_").lower()
    same = [
        candidate for candidate in names if candidate.strip("_").lower() == bare
    ]
    alike = difflib.get_close_matches(
        name[:MAX_NAME],
        names,
        MAX_NEAR,
        ALIKE,
    )
    return [*dict.fromkeys([*same, *alike])]


def uncalled(site: Site) -> Iterator[Change]:
    """Yield a call of a method that is only named: `with torch.no_grad:`, `w.grad.zero_`."""
    node = site.node
    is_called = isinstance(site.parent, ast.Call) and site.parent.func is node
    if is_read(node) and not is_called and callable(method(node.attr)):
        yield site.instead(f"{text_of(node)}()", "uncalled")


def underscored(site: Site) -> Iterator[Change]:
    """Yield a method that works in place, where the value of one that does not is thrown away."""
    match site.node.value:
        case ast.Call(ast.Attribute(_, name) as attribute) if method(
            f"{name}_"
        ):
            end = end_of(attribute)
            yield Change(end, end, "_", "spelling")


def method(name: str) -> Any:
    """Return a method of tensors or a function of torch; None if there is none."""
    return getattr(torch.Tensor, name, None) or getattr(torch, name, None)


def changes_its_object(name: str) -> bool:
    """Return whether a call of a method is worth writing although nothing keeps its value."""
    return name.endswith("_") or name in RETURN_NOTHING
