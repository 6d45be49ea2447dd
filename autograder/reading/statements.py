"""One top-level statement of a file: which names it binds, reads and changes.

In: a statement's text and tree.  Out: names.  It runs nothing, and knows no other statement and
no exercise.
"""

import ast
import re
import symtable
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from autograder.reading.parsed import FailedStatement, Statement

_IMPORTS = ast.Import, ast.ImportFrom
# Importing matplotlib takes a quarter of a start.  A function that plots names it, and so
# imports it.
_PLOTTING_IMPORT = re.compile(
    r"(?:import|from)\s+(?:matplotlib\w*|mpl_toolkits|pylab)\b[^*]*$"
)


@dataclass
class TopLevel:
    """A statement of a file or cell, with its tree and the names that it binds and reads.

    misread: why Python cannot read it as the student typed it, if its text is repaired.
    """

    place: str
    line: int
    source: str
    node: ast.stmt
    binds: set[str]
    reads: set[str]
    misread: FailedStatement | None = None

    def as_sent(self) -> Statement:
        """Return what a judge gets of it."""
        binds = tuple(self.binds)
        return Statement(
            self.place, self.line, self.source, binds, self.defines_function
        )

    @property
    def defines_function(self) -> bool:
        """Whether it may define a function of its own."""
        match self.node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return True
            case ast.Assign(_, ast.Lambda()) | ast.AnnAssign(
                _, _, ast.Lambda()
            ):
                return True
        return False

    @property
    def is_import(self) -> bool:
        """Whether it is an import, or an `if` or `try` of imports and constants alone."""
        if not isinstance(self.node, ast.If | ast.Try):
            return isinstance(self.node, _IMPORTS)
        has_import = False
        for part in ast.walk(self.node):
            if isinstance(part, _IMPORTS):
                has_import = True
            elif part is self.node or isinstance(part, ast.Pass | ast.Assign):
                continue
            elif isinstance(part, ast.stmt):
                return False
        return has_import

    @property
    def imports_plotting(self) -> bool:
        """Whether it only imports a package that draws."""
        return bool(_PLOTTING_IMPORT.match(self.source))

    @property
    def may_change_values(self) -> bool:
        """Whether running it may change a value: it calls or assigns something."""
        # A decorator is called.
        if self.defines_function:
            return bool(getattr(self.node, "decorator_list", False))
        return not isinstance(self.node, _IMPORTS)

    @property
    def is_assigned_call(self) -> bool:
        """Whether it binds names to what a call returns."""
        match self.node:
            case ast.Assign(_, ast.Call()):
                return True
        return False

    @property
    def value(self) -> ast.expr | None:
        """The expression that it assigns, if it assigns one."""
        return getattr(self.node, "value", None)

    def changed_names(self, modules: set[str]) -> set[str]:
        """Return the names whose values it may change without binding them.

        A function of a module may change what it is given, as `random.shuffle(order)` and
        `setattr` do.  One of the file mostly shows it, or trains it.
        """
        changed: set[str] = set()
        # As @add_to_class(it).
        for decorator in getattr(self.node, "decorator_list", ()):
            changed.update(_bases(ast.walk(decorator)))
        match self.node:
            case ast.Assign() | ast.AugAssign() | ast.AnnAssign():
                for part in ast.walk(self.node):
                    if isinstance(getattr(part, "ctx", None), ast.Store):
                        changed.update(_bases([part]))
            case ast.Expr(ast.Call(function, arguments, keywords)):
                base = {*_bases([function])}
                is_method = isinstance(function, ast.Attribute)
                if is_method and not _has_call([*arguments, *keywords]):
                    changed |= base
                if base & (modules | {"setattr"}):
                    changed.update(_bases(arguments))
        return changed


def _bases(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the name that each expression begins with: `w` of `w.grad[0]`."""
    for node in nodes:
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        if isinstance(node, ast.Name):
            yield node.id


def _has_call(nodes: Iterable[ast.AST]) -> bool:
    for node in nodes:
        for part in ast.walk(node):
            if isinstance(part, ast.Call):
                return True
    return False


def names(text: str) -> tuple[set[str], set[str]]:
    """Return the names that statements bind, and those of the module that they read, also in
    functions.  Raises what the parser raises.

    >>> names("def f(): return g(x)")[0]
    {'f'}
    """
    bound: set[str] = set()
    read: set[str] = set()
    module = symtable.symtable(text, "statement", "exec")
    for symbol in module.get_symbols():
        if symbol.is_assigned() or symbol.is_imported():
            bound.add(symbol.get_name())
        if symbol.is_referenced():
            read.add(symbol.get_name())
    tables = module.get_children()
    for table in tables:
        tables += table.get_children()
        for symbol in table.get_symbols():
            if symbol.is_global():
                read.add(symbol.get_name())
    return bound, read


def loop_variables(node: ast.stmt) -> set[str]:
    """Return the names that a `try`, `if` or `with` binds as variables of a loop in it.

    No loop is run for them: `for epoch, loss in ...` in a training cell does not replace an
    earlier `loss`.
    """
    variables: set[str] = set()
    if isinstance(node, ast.Try | ast.If | ast.With):
        for part in ast.walk(node):
            if isinstance(part, ast.For | ast.AsyncFor):
                for target in ast.walk(part.target):
                    variables.add(getattr(target, "id", ""))
    return variables
