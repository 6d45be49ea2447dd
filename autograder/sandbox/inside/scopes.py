"""What a statement binds and reads: by Python's own tables of names, and through its module's namespace.

Alike in all versions of Python.
"""

from __future__ import annotations

import ast
import symtable
import sys
from collections.abc import Iterator

DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
COMPREHENSIONS = "genexpr", "listcomp", "setcomp", "dictcomp"  # as their tables are called


class _AsGenerators(ast.NodeTransformer):
    """Comprehensions as generators, whose scope is their own in each version.

    Since Python 3.12 that of a list, set or dict is merged with the one around: by `[loss for loss in x]`, it
    seems that `loss` is bound and read there.
    """

    def visit_ListComp(self, node):
        self.generic_visit(node)
        return ast.GeneratorExp(node.elt, node.generators)

    visit_SetComp = visit_ListComp

    def visit_DictComp(self, node):
        self.generic_visit(node)
        return ast.GeneratorExp(ast.Tuple([node.key, node.value], ast.Load()), node.generators)


def table_of(text: str, place: str) -> symtable.SymbolTable:
    """The names of a text.  Raises SyntaxError, RecursionError and ValueError as `compile` does."""
    table = symtable.symtable(text, place, "exec")
    if sys.version_info < (3, 12) or "for" not in text:
        return table
    tree = ast.parse(text)
    if not any(isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp) for node in ast.walk(tree)):
        return table
    try:
        return symtable.symtable(ast.unparse(_AsGenerators().visit(tree)), place, "exec")
    except RecursionError:  # it nests so deep that only Python's own parser takes it
        return table


def bound(table: symtable.SymbolTable) -> set[str]:
    """The names that it gives a value, also by `:=` in a comprehension."""
    is_module, found = table.get_type() == "module", set()
    for symbol in table.get_symbols():
        if symbol.is_assigned() or symbol.is_imported():
            found |= {symbol.get_name()} if is_module or symbol.is_declared_global() else set()
    inner = (child for child in table.get_children() if child.get_name() in COMPREHENSIONS)
    return found.union(*map(bound, inner))


def read(table: symtable.SymbolTable) -> Iterator[str]:
    """The module's names that it uses, now or when a function in it is called."""
    is_module = table.get_type() == "module"
    for symbol in table.get_symbols():
        if (symbol.is_referenced() and (is_module or symbol.is_global())) or (
            not is_module and symbol.is_declared_global()
        ):
            yield symbol.get_name()
    for child in table.get_children():
        yield from read(child)


def bound_by_loops_alone(node):
    """The names that a `try`, `if` or `with` binds as nothing but what a loop in it goes through.

    No loop is run for what it binds, wherever it stands: `for epoch, loss in ...` in a cell that trains
    takes nothing from a `loss` above.
    """
    if not isinstance(node, ast.Try | ast.If | ast.With):
        return set()
    loops, others = set(), set()
    targets = [part.target for part in ast.walk(node) if isinstance(part, ast.For | ast.AsyncFor)]
    within = {id(name) for target in targets for name in ast.walk(target)}
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            (loops if id(part) in within else others).add(part.id)
        elif isinstance(part, DEFINITIONS):
            others.add(part.name)
        elif isinstance(part, ast.alias):
            others.add(part.asname or part.name.partition(".")[0])
    return loops - others


def bound_by_other_means(node):
    """The names that a statement binds through globals(), or as attributes of its own module."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        keys = [t.slice for t in targets if isinstance(t, ast.Subscript) and _is_own_namespace(t.value)]
        named = [t.attr for t in targets if isinstance(t, ast.Attribute) and is_own_module(t.value)]
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call, keys, named = node.value, [], []
        function = call.func
        if isinstance(function, ast.Attribute) and function.attr == "update":
            if _is_own_namespace(function.value):
                named = [keyword.arg for keyword in call.keywords if keyword.arg]
                keys = [k for a in call.args if isinstance(a, ast.Dict) for k in a.keys]
        elif isinstance(function, ast.Name) and function.id == "setattr" and len(call.args) == 3:
            keys = [call.args[1]] if is_own_module(call.args[0]) else []
    else:
        return set()
    return {*named, *(k.value for k in keys if isinstance(k, ast.Constant) and isinstance(k.value, str))}


def read_by_other_means(node, own):
    """The names that a statement uses through globals(), or as attributes of its own module.

    own: names that stand for that module.
    """
    for part in ast.walk(node):
        if isinstance(part, ast.Subscript) and _is_own_namespace(part.value):
            if isinstance(part.slice, ast.Constant) and isinstance(part.slice.value, str):
                yield part.slice.value
        elif isinstance(part, ast.Attribute) and (
            is_own_module(part.value) or (isinstance(part.value, ast.Name) and part.value.id in own)
        ):
            yield part.attr


def _is_own_namespace(node):
    """globals(), or vars() and locals() at top level."""
    names = ("globals", "vars", "locals")
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def is_own_module(node):
    """sys.modules[__name__]"""
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Name)
        and node.slice.id == "__name__"
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "modules"
    )
