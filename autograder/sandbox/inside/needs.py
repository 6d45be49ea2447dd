"""Which of a submission's statements are to be run for a function.  Runs none, and parses none.

In a time that grows with the number of statements, however they hang together.
"""

from __future__ import annotations

import ast
import re

_LOOPS = ast.For | ast.AsyncFor | ast.While
# It takes a quarter of a start to import, and whoever draws in a function names what it imports.
_DRAWING = {"matplotlib", "matplotlib_inline", "mpl_toolkits", "pylab"}
_FILE_NAME = re.compile(r"[^\s<>|*?]{1,100}\.[A-Za-z]\w{0,7}")
_WRITES = {"save", "savez", "savetxt", "dump", "write_text", "write_bytes", "tofile"}  # but no pictures
_MODE = re.compile(r"(?=[rwaxbt+]{1,3}$)[rbt]*[wax+].*")


def _files(node):
    """What may be names of files in a statement."""
    texts = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
    return {text for text in texts if isinstance(text, str) and _FILE_NAME.fullmatch(text)}


def _writes(node):
    """Whether it is there to write a file: by a call, or in a `with` around one."""
    if not isinstance(node, ast.With | ast.Expr):
        return False
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and _MODE.fullmatch(part.value):
            return True
        if isinstance(part, ast.Attribute) and part.attr in _WRITES:
            return True
    return False


def _is_import(node):
    """An import, or an `if` or `try` that holds only imports and constants."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if not isinstance(node, ast.If | ast.Try):
        return False
    leaves = [n for n in ast.walk(node) if isinstance(n, ast.stmt) and n is not node]
    simple = ast.Import | ast.ImportFrom | ast.Pass | ast.Assign
    return any(isinstance(n, ast.Import | ast.ImportFrom) for n in leaves) and all(
        isinstance(n, simple) for n in leaves
    )


def _imports_drawing_alone(node):
    """Whether it is an import of names of what draws, and of nothing else."""
    if isinstance(node, ast.ImportFrom):
        modules = [node.module or ""]
    elif isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    else:
        return False
    named = all(alias.name != "*" for alias in node.names)
    return named and all(module.partition(".")[0] in _DRAWING for module in modules)


class Needs:
    """Which statements to run for a function, in their order.

    Imports always, but for those of what draws alone; whatever binds or changes a name that is needed,
    directly or through others; whatever writes a file above that such a statement names; never a loop,
    a deletion, or an expression for its effect elsewhere.
    """

    def __init__(self, statements):
        self.statements = statements
        imports = {i for i, s in enumerate(statements) if _is_import(s.node)}
        imported = {name for i in imports for name in statements[i].binds}
        self.always = {i for i in imports if not _imports_drawing_alone(statements[i].node)}
        self.last = {name: i for i, s in enumerate(statements) for name in s.binds}
        self.writing: dict[str, list[int]] = {}  # by the name of a file: the statements that write it
        self.files = [_files(s.node) for s in statements]
        for i, s in enumerate(statements):
            if self.files[i] and _writes(s.node):
                for name in self.files[i]:
                    self.writing.setdefault(name, []).append(i)
        self.concerned: dict[str, list[int]] = {}  # by a name: the statements to run where it is needed
        for i, s in enumerate(statements):
            if not isinstance(s.node, _LOOPS | ast.Delete):
                for name in s.binds | (_changes(s.node) - imported):
                    for read in (name, (s.place, name)):  # one that is private to its cell has its place
                        self.concerned.setdefault(read, []).append(i)

    def of(self, function: str) -> list[int]:
        """The statements' numbers."""
        statements, chosen = self.statements, set(self.always)
        last = self.last.get(function, -1)
        before = {name for s in statements[: last + 1] for name in s.binds}
        needed, more = set(), {function, *(name for i in chosen for name in statements[i].reads)}
        while more:
            needed |= more
            new = {i for name in more for i in self.concerned.get(name, ())} - chosen
            new = {i for i in new if i <= last or not _is_later_use(statements[i], before)}
            files = {name for i in new for name in self.files[i]}
            new |= {i for name in files for i in self.writing.get(name, ()) if i <= last} - chosen
            chosen |= new
            more = {name for i in new for name in statements[i].reads} - needed
        return sorted(chosen)


def _changes(node):
    """The names whose values a statement may change without binding them anew."""
    used = getattr(node, "decorator_list", [])
    found = {n.id for d in used for n in ast.walk(d) if isinstance(n, ast.Name)}  # as @add_to_class(it)
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        found |= {_base(t) for t in targets if not isinstance(t, ast.Name)}
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        function, arguments = node.value.func, [*node.value.args, *node.value.keywords]
        calls = any(isinstance(n, ast.Call) for a in arguments for n in ast.walk(a))
        if isinstance(function, ast.Attribute) and not calls:
            found.add(_base(function))
    return found - {None}


def _base(node):
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _is_later_use(s, before):
    """After the function: `net = nn.Linear(2, 1)` where an earlier `net` was what the function meant.

    before: the names that stand before it.
    """
    return isinstance(s.node, ast.Assign) and isinstance(s.node.value, ast.Call) and bool(s.binds & before)
