"""What a statement binds and reads, by Python's own tables of names.

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
