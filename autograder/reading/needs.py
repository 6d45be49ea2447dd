"""Chooses which of a submission's statements to run for a function, in linear time.  Runs and
parses none.
"""

import ast
import builtins
import symtable
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograder.reading.parsed import FailedStatement

_IMPORTS = ast.Import, ast.ImportFrom
_ASSIGNMENTS = ast.Assign | ast.AugAssign | ast.AnnAssign
# Importing matplotlib takes a quarter of a start; a function that draws names it, and so
# imports it.
_DRAWING = {"matplotlib", "matplotlib_inline", "mpl_toolkits", "pylab"}
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


def _imports_drawing(node: ast.stmt) -> bool:
    modules = [getattr(node, "module", None)]
    for alias in getattr(node, "names", ()):
        if alias.name == "*":
            return False
        modules.append(alias.name)
    return any(str(module).partition(".")[0] in _DRAWING for module in modules)


class Needs:
    """Which statements to run for a function, in their order: few at first, and more if it
    fails.

    First imports, except of drawing packages; statements that plainly bind or change a
    needed name, directly or through others.  No loop or deletion, and no expression that
    only has effects elsewhere.

    More: what else may change a value that these read, since it mentions the value, or a
    function of the file
    that does; and what assigns to a part of a module.  A call of an exercise's function
    alone changes none.
    """

    def __init__(
        self, statements: Sequence[TopLevel], functions: Sequence[str]
    ):
        self.statements = statements
        self.functions = {*functions}
        self.always: set[int] = set()  # imports, except of drawing packages
        self.last: dict[
            str, int
        ] = {}  # a name -> the last statement that binds it
        # A name -> the statements that it needs.
        self.concerned: dict[str, list[int]] = defaultdict(list)
        # A name -> the functions that read it, and other names for it.
        self.readers: dict[str, list[int]] = defaultdict(list)
        self.patches: set[int] = set()  # what assigns to a part of a module
        self.bases: set[str] = set()  # of classes
        # Names of no value that another statement may change.
        self.fixed = {*vars(builtins)}
        imported: set[str] = set()
        modules: set[str] = set()
        for number, statement in enumerate(statements):
            self.last |= dict.fromkeys(statement.binds, number)
            for base in getattr(statement.node, "bases", ()):
                self.bases.add(getattr(base, "id", ""))
            if _is_import(statement.node):
                imported |= statement.binds
                if not _imports_drawing(statement.node):
                    self.always.add(number)
                    modules |= statement.binds
        self.fixed |= imported
        for number, statement in enumerate(statements):
            self._add_readers(number, statement)
            self._add_changes(number, statement, imported, modules)

    def _add_readers(self, number: int, statement: TopLevel) -> None:
        """Note whether a statement binds a function, or another name for a value."""
        value = getattr(statement.node, "value", None)
        is_function = makes_function(statement.node)
        is_alias = isinstance(value, ast.Name) and value.id in self.fixed
        if is_function or is_alias:
            self.fixed |= statement.binds
        elif not _is_import(statement.node):
            self.fixed -= statement.binds
        if is_function or isinstance(
            value, ast.Attribute | ast.Subscript | ast.Name
        ):
            for name in statement.reads:
                self.readers[name].append(number)

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
        assigns = isinstance(node, _ASSIGNMENTS) or "setattr" in statement.reads
        if assigns and not changed.isdisjoint(modules):
            self.patches.add(number)
        for name in statement.binds | (changed - imported):
            self.concerned[name].append(number)

    def statements_for(self, function: str) -> tuple[set[int], set[int]]:
        """Return the numbers of the statements to run first, and of those to run if it fails.

        More: also those that may change what these read, and all that they need, for which
        the same holds.
        """
        first = chosen = self.closure(self.always, function)
        for _ in range(ROUNDS):
            changing = self._that_may_change(chosen)
            if not changing:
                break
            chosen = self.closure(chosen | changing, function)
        return first, chosen

    def _that_may_change(self, chosen: set[int]) -> set[int]:
        """Return the other statements that may change a value which these read."""
        reads: set[str] = set()
        for number in chosen:
            reads |= self.statements[number].reads
        values = (reads - self.fixed) | (reads & self.bases)
        new = {*values}
        # Also what reads it, and what reads that.
        while new:
            bound: set[str] = set()
            for name in new:
                for reader in self.readers.get(name, ()):
                    bound |= self.statements[reader].binds
            new = bound - self.functions - values
            # In place: a copy each time would take the square of their number.
            values |= new
        changing = set()
        for number, statement in enumerate(self.statements):
            if number not in chosen and self._may_change(
                number, statement, values
            ):
                changing.add(number)
        return changing

    def closure(self, some: Iterable[int], function: str) -> set[int]:
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

    def _may_change(
        self, number: int, statement: TopLevel, values: set[str]
    ) -> bool:
        node = statement.node
        # These run code of others.
        runs_code = getattr(node, "decorator_list", ()) or getattr(
            node, "bases", ()
        )
        if isinstance(node, _IMPORTS) or (
            makes_function(node) and not runs_code
        ):
            return False
        names = statement.reads | statement.binds
        return number in self.patches or not names.isdisjoint(values)


def makes_function(node: ast.stmt) -> bool:
    """Return whether a statement may define a function of its own."""
    is_lambda = isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(
        node.value, ast.Lambda
    )
    return is_lambda or isinstance(
        node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    )


def _changes(node: ast.stmt, modules: set[str]) -> set[str]:
    """Return the names whose values a statement may change without binding them.

    A function of a module may change what it is given, as `random.shuffle(order)` and
    `setattr` do; one of the file mostly shows it, or trains it, and is not run for that at
    first.
    """
    found: set[str | None] = set()
    for decorator in getattr(
        node, "decorator_list", ()
    ):  # as @add_to_class(it)
        for part in ast.walk(decorator):
            if isinstance(part, ast.Name):
                found.add(part.id)
    match node:
        case ast.Assign() | ast.AugAssign() | ast.AnnAssign():
            for part in ast.walk(node):
                match part:
                    case (
                        ast.Attribute(ctx=ast.Store())
                        | ast.Subscript(ctx=ast.Store())
                    ):
                        found.add(_base(part))
        case ast.Expr(ast.Call(function, arguments, keywords)):
            base = _base(function)
            is_method = isinstance(function, ast.Attribute)
            if is_method and not any(map(_calls, [*arguments, *keywords])):
                found.add(base)
            if base in modules or base == "setattr":
                found.update(map(_base, arguments))
    return {name for name in found if name}


def _calls(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Call) for part in ast.walk(node))


def _base(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _is_later_use(s: TopLevel, before: set[str]) -> bool:
    """Return whether it rebinds, by a call, a name bound before, such as `model`."""
    return (
        isinstance(s.node, ast.Assign)
        and isinstance(s.node.value, ast.Call)
        and bool(s.binds & before)
    )
