"""Chooses which of a submission's statements to run for a function, in linear time.  Runs and
parses none.
"""

import ast
import builtins
import re
import symtable
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograder.reading.parsed import FailedStatement, Statement

_IMPORTS = ast.Import, ast.ImportFrom
# Matches an import of what draws.  Importing matplotlib takes a quarter of a start; a function
# that draws names it, and so imports it.
_DRAWING = re.compile(
    r"(?:import|from)\s+(?:matplotlib\w*|mpl_toolkits|pylab)\b[^*]*$"
)

# of a search for statements that may change what others read, each linear in their number
ROUNDS = 9


@dataclass
class TopLevel:
    """A statement of a file or cell: its place, text and tree, and the names that it binds and
    reads.

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
        is_function = makes_function(self.node)
        binds = tuple(self.binds)
        return Statement(
            self.place,
            self.line,
            self.source,
            binds,
            is_function,
        )


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


def _is_import(node: ast.stmt) -> bool:
    """Return whether it is an import, or an `if` or `try` of imports and constants alone."""
    if not isinstance(node, ast.If | ast.Try):
        return isinstance(node, _IMPORTS)
    is_import = False
    for part in ast.walk(node):
        if isinstance(part, _IMPORTS):
            is_import = True
        elif part is node or isinstance(part, ast.Pass | ast.Assign):
            continue
        elif isinstance(part, ast.stmt):
            return False
    return is_import


class Needs:
    """Which statements to run for a function, in their order: few at first, and more if it
    fails.

    First imports, except of drawing packages; statements that plainly bind or change a
    needed name, directly or through others.  No loop or deletion, and no expression that
    only has effects elsewhere.

    More: what else may change a value that these read, since it mentions the value, or a
    function of the file that does; and what changes a part of a module.  A call of an
    exercise's function alone changes none.
    """

    def __init__(
        self, statements: Sequence[TopLevel], functions: Sequence[str]
    ):
        self.statements = statements
        self.functions = {*functions}
        # imports, except of drawing packages
        self.always: set[int] = set()
        # A name -> the last statement that binds it.
        self.last: dict[str, int] = {}
        # A name -> the statements that it needs.
        self.concerned: dict[str, list[int]] = defaultdict(list)
        # Assignments to a part of a module, as a method for all tensors.
        self.patches: set[int] = set()
        # Names of no value that another statement may change.
        self.fixed = {*vars(builtins)}
        imported: set[str] = set()
        modules: set[str] = set()
        for number, statement in enumerate(statements):
            self.last |= dict.fromkeys(statement.binds, number)
            if _is_import(statement.node):
                imported |= statement.binds
                if not _DRAWING.match(statement.source):
                    self.always.add(number)
                    modules |= statement.binds
        self.fixed |= imported
        for number, statement in enumerate(statements):
            self._add_fixed(statement)
            self._add_changes(number, statement, imported, modules)

    def _add_fixed(self, statement: TopLevel) -> None:
        """Note whether a statement binds a function or a module, or another name for one."""
        node = statement.node
        value = getattr(node, "value", None)
        is_alias = isinstance(value, ast.Name) and value.id in self.fixed
        if is_alias or makes_function(node) or _is_import(node):
            self.fixed |= statement.binds
        else:
            self.fixed -= statement.binds

    def _add_changes(
        self,
        number: int,
        statement: TopLevel,
        imported: set[str],
        modules: set[str],
    ) -> None:
        """Note the names that a statement binds or plainly changes."""
        node = statement.node
        if isinstance(node, ast.Delete | ast.For | ast.AsyncFor | ast.While):
            return
        changed = _changes(node, modules)
        if isinstance(node, ast.Assign) and changed & modules:
            self.patches.add(number)
        for name in statement.binds | (changed - imported):
            self.concerned[name].append(number)

    def first(self, function: str) -> set[int]:
        """Return the numbers of the statements to run at first."""
        return self.closure(self.always, function)

    def with_more(
        self,
        chosen: set[int],
        function: str,
    ) -> set[int]:
        """Return these statements, those that may change what they read, and all that these need,
        for which the same holds.
        """
        values: set[str] = set()
        for _ in range(ROUNDS):
            for number in chosen:
                values |= self.statements[number].reads - self.fixed
            changing = self._that_may_change(values)
            if changing <= chosen:
                break
            chosen = self.closure(chosen | changing, function)
        return chosen

    def _that_may_change(self, values: set[str]) -> set[int]:
        """Return the statements that may change these values; add what else holds or reads them."""
        changing = {*self.patches}
        for number, statement in enumerate(self.statements):
            node = statement.node
            if values.isdisjoint(statement.reads | statement.binds):
                continue
            value = getattr(node, "value", None)
            is_function = makes_function(node)
            if is_function or isinstance(
                value, ast.Attribute | ast.Subscript | ast.Name
            ):
                values |= statement.binds - self.functions
            # A decorator is called.
            is_run = not is_function or getattr(node, "decorator_list", False)
            if is_run and not isinstance(node, _IMPORTS):
                changing.add(number)
        return changing

    def closure(
        self,
        some: Iterable[int],
        function: str,
    ) -> set[int]:
        """Return these statements, those of a function, and those that they all need."""
        chosen: set[int] = set()
        last = self.last.get(function, -1)
        before: set[str] = set()
        for statement in self.statements[: last + 1]:
            before |= statement.binds
        needed = {function}
        names = [function]
        numbers = [*some]
        while numbers or names:
            for number in numbers:
                new = self.statements[number].reads - needed
                needed |= new
                names += new
            chosen.update(numbers)
            numbers = []
            for name in names:
                for number in self.concerned.get(name, ()):
                    statement = self.statements[number]
                    is_late = number > last and _is_later_use(statement, before)
                    if number not in chosen and not is_late:
                        numbers.append(number)
            names = []
        return chosen


def makes_function(node: ast.stmt) -> bool:
    """Return whether a statement may define a function of its own."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return True
        case ast.Assign(_, ast.Lambda()) | ast.AnnAssign(_, _, ast.Lambda()):
            return True
    return False


def _changes(node: ast.stmt, modules: set[str]) -> set[str]:
    """Return the names whose values a statement may change without binding them.

    A function of a module may change what it is given, as `random.shuffle(order)` and
    `setattr` do; one of the file mostly shows it, or trains it, and is not run for that at
    first.
    """
    changed: set[str | None] = set()
    # As @add_to_class(it).
    for decorator in getattr(node, "decorator_list", ()):
        changed.update(map(_base, ast.walk(decorator)))
    match node:
        case ast.Assign() | ast.AugAssign() | ast.AnnAssign():
            for part in ast.walk(node):
                if isinstance(getattr(part, "ctx", None), ast.Store):
                    changed.add(_base(part))
        case ast.Expr(ast.Call(function, arguments, keywords)):
            base = _base(function)
            is_method = isinstance(function, ast.Attribute)
            if is_method and not any(map(_calls, [*arguments, *keywords])):
                changed.add(base)
            if base in modules or base == "setattr":
                changed.update(map(_base, arguments))
    return {name for name in changed if name}


def _calls(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Call) for part in ast.walk(node))


def _base(node: ast.AST) -> str | None:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        return node.id
    return None


def _is_later_use(statement: TopLevel, before: set[str]) -> bool:
    """Return whether it rebinds, by a call, a name bound before, such as `model`."""
    match statement.node:
        case ast.Assign(_, ast.Call()):
            return not before.isdisjoint(statement.binds)
    return False
