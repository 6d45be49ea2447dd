"""Chooses which statements of a file to run, so that a function can be called.

In: the statements in their order, and the functions that exercises ask for.  Out: for each
function, the numbers of the statements to run first, and of those to run if it then fails.
It parses and runs nothing, takes time linear in the number of statements, and knows no exercise.
"""

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograder.reading.statements import TopLevel

# of a search for statements that may change what others read, each linear in their number
MAX_ROUNDS = 9


@dataclass(frozen=True)
class Needs:
    """The numbers of the statements to run for a function."""

    first: set[int]
    fallback: set[int]  # if it fails with the first


def needs_of(
    statements: Sequence[TopLevel], functions: Sequence[str]
) -> dict[str, Needs]:
    """Return what each function needs.

    First come imports, except of plotting packages, and the statements that plainly bind or change
    a name that is read, directly or through others.  No loop or deletion, and no expression
    that only has effects elsewhere.

    The fallback has also what else may change a value that these read, because it mentions the
    value, or a function of the file that does, and what changes a part of a module.  A call of
    an exercise's function alone changes none.
    """
    index = _Index(statements, functions)
    needs = {}
    for function in functions:
        first = index.closure(index.imports, function)
        needs[function] = Needs(first, index.with_changes(first, function))
    return needs


class _Index:
    """The statements of a file by the names that they bind and change.

    imports: the numbers of those that every function gets.  modules: the names that they bind.
    last_binding: a name -> the last statement that binds it.
    by_name: a name -> the statements that bind or plainly change it.
    patches: assignments to a part of a module, such as a method of all tensors.
    constants: names of functions, modules and built-ins, whose values no other statement changes.
    """

    def __init__(
        self, statements: Sequence[TopLevel], functions: Sequence[str]
    ):
        self.statements = statements
        self.functions = {*functions}
        self.imports: set[int] = set()
        self.modules: set[str] = set()
        self.last_binding: dict[str, int] = {}
        self.by_name: dict[str, list[int]] = defaultdict(list)
        self.module_changes: set[int] = set()
        self.constants = {*vars(builtins)}
        imported = self._add_imports()
        self.constants |= imported
        for number, statement in enumerate(statements):
            self.last_binding |= dict.fromkeys(statement.binds, number)
            self._add_constants(statement)
            self._add_changes(number, statement, imported)

    def _add_imports(self) -> set[str]:
        """Add the imports.  Returns the names that they bind, of plotting packages too."""
        imported: set[str] = set()
        for number, statement in enumerate(self.statements):
            if statement.is_import:
                imported |= statement.binds
                if not statement.imports_plotting:
                    self.imports.add(number)
                    self.modules |= statement.binds
        return imported

    def _add_constants(self, statement: TopLevel) -> None:
        """Add the names that a statement binds to a function or a module, also as an alias."""
        value = statement.value
        is_alias = isinstance(value, ast.Name) and value.id in self.constants
        if is_alias or statement.defines_function or statement.is_import:
            self.constants |= statement.binds
        else:
            self.constants -= statement.binds

    def _add_changes(
        self, number: int, statement: TopLevel, imported: set[str]
    ) -> None:
        """Add a statement to the names that it binds or plainly changes."""
        node = statement.node
        if isinstance(node, ast.Delete | ast.For | ast.AsyncFor | ast.While):
            return
        changed = statement.changed_names(self.modules)
        if isinstance(node, ast.Assign) and changed & self.modules:
            self.module_changes.add(number)
        for name in statement.binds | (changed - imported):
            self.by_name[name].append(number)

    def closure(self, numbers: Iterable[int], function: str) -> set[int]:
        """Return these statements, those of a function, and all that they need in turn."""
        later_uses = self._later_uses(function)
        chosen: set[int] = set()
        needed = {function}
        waiting = [*numbers]
        waiting += self._statements_of(function, later_uses)
        while waiting:
            number = waiting.pop()
            chosen.add(number)
            for name in self.statements[number].reads - needed:
                needed.add(name)
                waiting += self._statements_of(name, later_uses)
        return chosen

    def _statements_of(self, name: str, later_uses: set[int]) -> list[int]:
        return [
            number
            for number in self.by_name.get(name, ())
            if number not in later_uses
        ]

    def _later_uses(self, function: str) -> set[int]:
        """Return the statements below a function that rebind, by a call, a name bound before.

        Such as `model = fit(model)`: it uses the function, which does not need it.
        """
        start = self.last_binding.get(function, -1) + 1
        bound_before: set[str] = set()
        for statement in self.statements[:start]:
            bound_before |= statement.binds
        uses = set()
        for number, statement in enumerate(self.statements[start:], start):
            if statement.is_assigned_call and bound_before & statement.binds:
                uses.add(number)
        return uses

    def with_changes(self, chosen: set[int], function: str) -> set[int]:
        """Return these statements, those that may change what they read, and all that these need,
        for which the same holds.
        """
        values: set[str] = set()
        for _ in range(MAX_ROUNDS):
            for number in chosen:
                values |= self.statements[number].reads - self.constants
            changing = self._changing(values)
            if changing <= chosen:
                break
            chosen = self.closure(chosen | changing, function)
        return chosen

    def _changing(self, values: set[str]) -> set[int]:
        """Return the statements that may change these values.

        Adds to `values` the names of what holds or reads them, through which others may.
        """
        changing = {*self.module_changes}
        for number, statement in enumerate(self.statements):
            if values.isdisjoint(statement.reads | statement.binds):
                continue
            is_view = isinstance(
                statement.value, ast.Attribute | ast.Subscript | ast.Name
            )
            if is_view or statement.defines_function:
                values |= statement.binds - self.functions
            if statement.may_change_values:
                changing.add(number)
        return changing
