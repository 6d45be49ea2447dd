"""Whether a submission's statements use what few do of torch, or draw: all workers have it then.

Looks at names in the syntax tree, in a time that grows with the size of the text alone.  A worker that needs
a part that was missed imports it by itself.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable

# Names without which hardly any student's code makes torch import its compiler.
_COMPILER = {"optim", "func", "functorch", "compiler", "checkpoint", "parallel", "library", "flex_attention"}
_GRAPH_ONLY = {"retain_graph", "create_graph"}  # backward() with nothing else is given no gradient
_DRAWS_NOTHING = {*sys.stdlib_module_names, "torch", "numpy", "IPython"}


def used(statements: Iterable[ast.stmt]) -> bool:
    """Whether they use any of what `warmth.warm_up_for_few` imports."""
    return any(_uses(node) for statement in statements for node in ast.walk(statement))


def _uses(node):
    if isinstance(node, ast.Import):
        return any(map(_imports, (alias.name for alias in node.names)))
    if isinstance(node, ast.ImportFrom) and not node.level:
        return any(map(_imports, (f"{node.module}.{alias.name}" for alias in node.names)))
    if isinstance(node, ast.Call):  # one that hands autograd a gradient: for that, torch imports its algebra
        name = _last(node.func)
        if name == "backward":
            return bool(node.args) or any(keyword.arg not in _GRAPH_ONLY for keyword in node.keywords)
        return name in ("grad", "jacobian", "hessian")
    return _last(node) in _COMPILER


def _imports(path):
    top, *below = path.split(".")
    return top not in _DRAWS_NOTHING or not _COMPILER.isdisjoint(below)


def _last(node):
    """The last name of a dotted one, or None."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None
