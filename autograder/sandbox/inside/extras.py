"""Which parts that few submissions need, of torch and for drawing, a submission's statements use.

Looks at names in the syntax tree, in a time that grows with the size of the text alone.  A worker that needs
a part that was missed imports it by itself.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator

# Names without which hardly any student's code makes torch import more of itself, by what that is.
_NAMES = {
    "compiler": {
        *("optim", "func", "functorch", "compiler", "checkpoint", "parallel", "library"),
        "flex_attention",
    },
    "shapes": {"meta", "broadcast_shapes", "ops", "vmap", "jvp", "testing", "jit", "set_default_device"},
    "distributions": {"distributions"},
    "masked": {"masked"},
    "quantized": {"ao", "quantization", "quantized"},
}
PARTS = frozenset({*_NAMES, "algebra", "figures"})
_GRAPH_ONLY = {"retain_graph", "create_graph"}  # backward() with nothing else is given no gradient
_DRAWS_NOTHING = {*sys.stdlib_module_names, "torch", "numpy", "IPython"}
_IMPORTERS = {"__import__", "import_module"}


def used(statements: Iterable[ast.stmt]) -> list[str]:
    """The parts, by their names in `warmth.FEW_NEED`, sorted."""
    nodes = [node for statement in statements for node in ast.walk(statement)]
    names = {name for node in nodes for name in _names(node)}
    found = {part for part, some in _NAMES.items() if some & names}
    if any(_gives_a_gradient(node) for node in nodes) or {"autograd.functional"} & names:
        found.add("algebra")
    if names & _IMPORTERS or not {module for node in nodes for module in _modules(node)} <= _DRAWS_NOTHING:
        found.add("figures")
    return sorted(found)


def _names(node) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
        if node.attr == "functional" and _last(node.value) == "autograd":
            yield "autograd.functional"
    elif isinstance(node, ast.Import | ast.ImportFrom):
        module = getattr(node, "module", None) or ""
        for path in (f"{module}.{alias.name}" for alias in node.names):
            yield from path.split(".")
            if "autograd.functional" in path:
                yield "autograd.functional"


def _modules(node) -> Iterator[str]:
    """The packages that a statement imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield (node.module or "").partition(".")[0]


def _gives_a_gradient(node):
    """Whether it is a call that hands autograd a gradient, for which torch imports its algebra."""
    if not isinstance(node, ast.Call):
        return False
    name = _last(node.func)
    if name == "backward":
        return bool(node.args) or any(keyword.arg not in _GRAPH_ONLY for keyword in node.keywords)
    return name == "grad"


def _last(node):
    """The last name of a dotted one, or None."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None
