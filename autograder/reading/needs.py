"""Chooses which of a submission's statements to run for a function, in linear time.  Runs and
parses none.
"""

import ast
import builtins
import collections
import dis
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import CodeType

from autograder.reading.parsed import FailedStatement

_IMPORTS = ast.Import, ast.ImportFrom
_ASSIGNMENTS = ast.Assign | ast.AugAssign | ast.AnnAssign
# Importing matplotlib takes a quarter of a start; a function that draws names it, and so
# imports it.
_DRAWING = {"matplotlib", "matplotlib_inline", "mpl_toolkits", "pylab"}
_COMPREHENSIONS = {"<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>"}
_LOADS = (
    "LOAD_NAME",
    "LOAD_GLOBAL",
    "LOAD_FROM_DICT_OR_GLOBALS",
    "STORE_GLOBAL",
    "DELETE_GLOBAL",
    "DELETE_NAME",
)

# of a search for statements that may change what others read, each linear in their number
ROUNDS = 9

Name = (
    str | tuple[str, str]
)  # the tuple: a name private to its cell, with the cell's place


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
    reads: set[Name]
    misread: FailedStatement | None = None


def names(code: CodeType) -> tuple[set[str], set[str]]:
    """Return the module's names that compiled code binds, and those that it reads, also in
    functions.
    """
    bound: set[str] = set()
    read: set[str] = set()
    parts = [code]
    for part in parts:
        parts += [const for const in part.co_consts if isinstance(const, CodeType)]
        used: dict[str, set[str]] = collections.defaultdict(set)
        for step in dis.get_instructions(part):
            used[step.opname].add(step.argval)
        loaded = set().union(*(used[name] for name in _LOADS))
        if part is code:
            bound |= used["STORE_NAME"]
        elif used["STORE_NAME"]:  # the body of a class, with names of its own
            loaded -= used["STORE_NAME"] | {"__name__"}
        if part is code or part.co_name in _COMPREHENSIONS:
            bound |= used["STORE_GLOBAL"]
        read |= loaded
    return bound, read


def by_other_means(node: ast.stmt, read: set[str]) -> tuple[set[str], set[str]]:
    """Return what else it may bind and read, as by `globals()["k"] = 1`: any string or
    attribute.
    """
    found: set[str] = set()
    for part in ast.walk(node):
        match part:
            case (
                ast.Attribute(attr=str(name))
                | ast.keyword(arg=str(name))
                | ast.Constant(value=str(name))
            ):
                found.add(name)
    binds = isinstance(node, ast.Expr | ast.Assign) and read & {
        "globals",
        "locals",
        "vars",
        "setattr",
    }
    return found if binds else set(), found if read & {"globals", "__name__"} else set()


def bound_by_loops_alone(node: ast.stmt) -> set[str]:
    """Return the names that a `try`, `if` or `with` binds only as variables of a loop in it.

    No loop is run for them: `for epoch, loss in ...` in a training cell does not replace an
    earlier `loss`.
    """
    if not isinstance(node, ast.Try | ast.If | ast.With):
        return set()
    parts = [*ast.walk(node)]
    loops = [part for part in parts if isinstance(part, ast.For | ast.AsyncFor)]
    targets = _stored(part for loop in loops for part in ast.walk(loop.target))
    stored, named = _stored(parts), set[object]()
    for part in parts:
        named |= {
            getattr(part, "asname", None),
            str(getattr(part, "name", "")).partition(".")[0],
        }
    return {name for name, count in targets.items() if stored[name] == count} - named


def _stored(parts: Iterable[ast.AST]) -> collections.Counter[str]:
    names = (
        part
        for part in parts
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    )
    return collections.Counter(name.id for name in names)


def _is_import(node: ast.stmt) -> bool:
    """Return whether it is an import, or an `if` or `try` of imports and constants alone."""
    inner = {
        type(part)
        for part in ast.walk(node)
        if isinstance(part, ast.stmt) and part is not node
    }
    is_choice = isinstance(node, ast.If | ast.Try) and inner <= {
        *_IMPORTS,
        ast.Pass,
        ast.Assign,
    }
    return isinstance(node, _IMPORTS) or (is_choice and not inner.isdisjoint(_IMPORTS))


def _imports_drawing(node: ast.stmt) -> bool:
    imported = {
        getattr(node, "module", None),
        *(alias.name for alias in getattr(node, "names", [])),
    }
    return "*" not in imported and not _DRAWING.isdisjoint(
        str(name).partition(".")[0] for name in imported
    )


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

    def __init__(self, statements: Sequence[TopLevel], functions: Sequence[str]):
        self.statements, self.functions = statements, {*functions}
        imports = {i for i, s in enumerate(statements) if _is_import(s.node)}
        imported = {name for i in imports for name in statements[i].binds}
        self.always = {i for i in imports if not _imports_drawing(statements[i].node)}
        self.last = {name: i for i, s in enumerate(statements) for name in s.binds}
        self.concerned: dict[
            Name, list[int]
        ] = {}  # name -> the statements that it needs
        self.readers: dict[
            Name, list[int]
        ] = {}  # name -> the functions that read it, and other names for it
        self.patches: set[int] = (
            set()
        )  # the statements that assign to a part of a module
        self.bases = {
            getattr(base, "id", "")
            for s in statements
            for base in getattr(s.node, "bases", ())
        }
        self.fixed = (
            imported | vars(builtins).keys()
        )  # names of no value that another statement may change
        modules = {name for i in self.always for name in statements[i].binds}
        for i, s in enumerate(statements):
            value = getattr(s.node, "value", None)
            if makes_function(s.node) or (
                isinstance(value, ast.Name) and value.id in self.fixed
            ):
                self.fixed |= s.binds
            elif i not in imports:
                self.fixed -= s.binds
            if makes_function(s.node) or isinstance(
                value, ast.Attribute | ast.Subscript | ast.Name
            ):
                for read in s.reads:
                    self.readers.setdefault(read, []).append(i)
            if isinstance(s.node, ast.Delete | ast.For | ast.AsyncFor | ast.While):
                continue
            changed = _changes(s.node, modules)
            if not changed.isdisjoint(modules) and (
                isinstance(s.node, _ASSIGNMENTS) or "setattr" in s.reads
            ):
                self.patches.add(i)
            for name in s.binds | (changed - imported):
                for read in (
                    name,
                    (s.place, name),
                ):  # a name private to its cell has its place
                    self.concerned.setdefault(read, []).append(i)

    def statements_for(self, function: str) -> tuple[set[int], set[int], int | None]:
        """Return the numbers of the statements to run first, and of more; also of the first of
        those.

        More: also those that may change what these read, and all that they need, for which
        the same holds.
        """
        first = chosen = self.closure(self.always, function)
        changing: set[int] = set()
        for _ in range(ROUNDS):
            new = self._that_may_change(chosen)
            if not new:
                break
            changing |= new
            chosen = self.closure(chosen | new, function)
        return first, chosen, min(changing, default=None)

    def _that_may_change(self, chosen: set[int]) -> set[int]:
        """Return the other statements that may change a value which these read."""
        reads = set[Name]().union(*(self.statements[i].reads for i in chosen))
        values = (reads - self.fixed) | (reads & self.bases)
        new: set[Name] = {*values}
        while new:  # also what reads it, and what reads that
            readers = {i for name in new for i in self.readers.get(name, ())}
            bound = set[Name]().union(*(self.statements[i].binds for i in readers))
            new = bound - self.functions - values
            values |= (
                new  # in place: a copy each time would take the square of their number
            )
        return {
            i for i, s in enumerate(self.statements) if self._may_change(i, s, values)
        } - chosen

    def closure(self, some: Iterable[int], function: str) -> set[int]:
        """Return these statements, those of a function, and those that they all need."""
        statements, chosen = self.statements, {*some}
        last = self.last.get(function, -1)
        before = {name for s in statements[: last + 1] for name in s.binds}
        needed: set[Name] = set()
        more: set[Name] = {
            function,
            *(name for i in chosen for name in statements[i].reads),
        }
        while more:
            needed |= more
            new = {i for name in more for i in self.concerned.get(name, ())} - chosen
            new = {
                i for i in new if i <= last or not _is_later_use(statements[i], before)
            }
            chosen |= new
            more = {name for i in new for name in statements[i].reads} - needed
        return chosen

    def _may_change(self, number: int, s: TopLevel, values: set[Name]) -> bool:
        runs_code = getattr(s.node, "decorator_list", ()) or getattr(
            s.node, "bases", ()
        )  # of others
        if (makes_function(s.node) and not runs_code) or isinstance(s.node, _IMPORTS):
            return False
        names = {*s.reads, *s.binds, *((s.place, name) for name in s.binds)}
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
    used = getattr(node, "decorator_list", [])  # as @add_to_class(it)
    found: set[str | None] = {
        n.id for d in used for n in ast.walk(d) if isinstance(n, ast.Name)
    }
    if isinstance(node, _ASSIGNMENTS):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        parts = [part for target in targets for part in ast.walk(target)]
        stored = [
            part for part in parts if isinstance(getattr(part, "ctx", None), ast.Store)
        ]
        found |= {
            _base(part)
            for part in stored
            if isinstance(part, ast.Attribute | ast.Subscript)
        }
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        function, arguments = node.value.func, [*node.value.args, *node.value.keywords]
        calls = any(isinstance(n, ast.Call) for a in arguments for n in ast.walk(a))
        if isinstance(function, ast.Attribute) and not calls:
            found.add(_base(function))
        if _base(function) in modules or _base(function) == "setattr":
            found |= {_base(a) for a in node.value.args}
    return {name for name in found if name}


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
