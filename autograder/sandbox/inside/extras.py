"""Which parts that few submissions need, of torch and for drawing, a submission's statements use.

Looks at names in the syntax tree, in a time that grows with the size of the text alone.  A worker that needs
a part that was missed imports it by itself.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator

PARTS = frozenset({"algebra", "compiler", "figures"})
# Names without which hardly any student's code makes torch import its compiler.
_COMPILER = {"optim", "func", "functorch", "compiler", "checkpoint", "parallel", "library", "flex_attention"}
_GRAPH_ONLY = {"retain_graph", "create_graph"}  # backward() with nothing else is given no gradient
_DRAWS_NOTHING = {*sys.stdlib_module_names, "torch", "numpy", "IPython"}


def used(statements: Iterable[ast.stmt]) -> list[str]:
    """The parts, by their names in `warmth.FEW_NEED`, sorted."""
    nodes = [node for statement in statements for node in ast.walk(statement)]
    paths = [path for node in nodes for path in _imported(node)]
    names = {name for path in paths for name in path.split(".")}
    names |= {name for node in nodes if isinstance(node, ast.Name | ast.Attribute) and (name := _last(node))}
    found = {
        "algebra": any(_gives_a_gradient(node) for node in nodes),
        "compiler": bool(names & _COMPILER),
        "figures": not {path.partition(".")[0] for path in paths} <= _DRAWS_NOTHING,
    }
    return [part for part, is_used in found.items() if is_used]


def _imported(node) -> Iterator[str]:
    """The dotted paths that a statement imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _gives_a_gradient(node):
    """Whether it is a call that hands autograd a gradient, for which torch imports its algebra."""
    if not isinstance(node, ast.Call):
        return False
    name = _last(node.func)
    if name == "backward":
        return bool(node.args) or any(keyword.arg not in _GRAPH_ONLY for keyword in node.keywords)
    return name in ("grad", "jacobian", "hessian")


def _last(node):
    """The last name of a dotted one, or None."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None
