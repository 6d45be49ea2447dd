"""Makes a function's source stand alone: everything that it uses of its module goes with it, or is an error.

Answers, mistakes and probes run in a worker, which does not have the module that they were written in.
Knows nothing of what a function is for.
"""

import ast
import builtins
import functools
import inspect
import sys
import textwrap
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch

from autograder.errors import DeclarationError
from autograder.languages import N_, tr
from autograder.reading import needs

EVERYWHERE = frozenset(("torch",))  # the only module that every submission has without an import
PLAIN = bool, int, float, complex, str, bytes, type(None), torch.dtype
INSIDE = "autograder.sandbox.inside."  # of the kit, all that there is beside a probe


def standing_alone(
    function: Callable[..., Any],
    name: str,
    where: str,
    part_of: Callable[[object], str] = lambda value: "",
    inside: bool = False,
    rights: list[Any] | None = None,
    change: Callable[[str], str] = lambda text: text,
) -> str:
    """The source of a function or class under another name, with the helpers and constants that it uses.

    where: what it is, for errors.  part_of: the name under which the worker has a value anyway, or "".
    inside: whether it runs in the modules of `sandbox.inside`, and may import from them.  rights: gets the
    exercises whose right answers go with it.  change: edits its text first.
    Raises DeclarationError, in one sentence, for a name that cannot be sent to a worker.
    """
    bundle = _Bundle(where, part_of, inside, [] if rights is None else rights)
    text = change(renamed(function, name))
    bundle.visit(text, function, {name})
    body = [*bundle.dependencies, text]
    if function.__name__ in bundle.own_names and function.__name__ != name:
        body.append(f"{function.__name__} = {name}")
    if len(body) == 1:
        return text
    statements = [node for piece in body for node in ast.parse(piece).body]
    made = f"_made_{name}"
    maker = ast.parse(f"def {made}():\n    return {name}\n{name} = {made}()")
    maker.body[0].body[:0] = statements  # type: ignore[attr-defined]  # it is the def
    return ast.unparse(ast.fix_missing_locations(maker)) + "\n"


def renamed(function: Callable[..., Any], name: str) -> str:
    """Its source at top level, without decorators, under this name."""
    if function.__name__ == "<lambda>":
        raise DeclarationError("{where} is a lambda. Write it as a def.", name)
    lines = textwrap.dedent(_source(function)).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(("def ", "class ")))
    first = lines[start].replace(f" {function.__name__}", f" {name}", 1)
    return "\n".join([first, *lines[start + 1 :]]) + "\n"


# Cached, because each known mistake that changes a right answer parses it again.
_source = functools.lru_cache(maxsize=None)(inspect.getsource)


class _Bundle:
    """Collects the imports, constants and helpers that a function needs, each before its use."""

    def __init__(self, where: str, part_of: Callable[[object], str], inside: bool, rights: list[Any]):
        self.where, self.part_of, self.inside, self.rights = where, part_of, inside, rights
        self.dependencies: list[str] = []
        self.packed: dict[str, object] = {}
        self.own_names: set[str] = set()

    def visit(self, text: str, function: Callable[..., Any], bound: set[str]) -> None:
        """Pack what a text uses of the module where its function was written."""
        names = _surroundings(function)
        for name in sorted(global_names(text) - bound):
            if name == function.__name__:
                self.own_names.add(name)  # it calls itself
            elif name in names:
                self.pack(name, names[name])
            elif not hasattr(builtins, name):
                raise DeclarationError(
                    "{where} uses `{name}`, which is not defined above it. Define it there or "
                    "inside the function.",
                    self.where,
                    name=name,
                )

    def pack(self, name: str, value: Any) -> None:
        if name in EVERYWHERE and value is torch:
            return
        if name in self.packed:
            if self.packed[name] is not value:
                raise self.error(
                    name, tr("Two of its helpers use this name for different things. Rename one of them.")
                )
            return
        part = self.part_of(value)
        if part and part == name:
            return
        self.packed[name] = value
        if isinstance(value, ModuleType):
            self.require_importable(name, value.__name__)
            self.dependencies.append(f"import {value.__name__} as {name}")
        elif _is_plain(value):
            self.dependencies.append(f"{name} = {value!r}")
        elif self.inside and hasattr(value, "right_source"):
            self.pack_right(name, value)
        elif inspect.isroutine(value) or inspect.isclass(value):
            self.pack_code(name, value)
        elif part:
            raise self.error(name, tr("A worker knows it as `{part}`. Use that name.", part=part))
        else:
            kind = type(value).__name__
            why = tr("It is a {kind}. Use a number, string, function or module.", kind=kind)
            raise self.error(name, why)

    def pack_right(self, name: str, exercise: Any) -> None:
        """The right answer of another exercise, with those that it calls."""
        if not exercise.right_source:
            raise self.error(
                name, tr("`{exercise}` has no answer yet. Declare its answer first.", exercise=exercise.name)
            )
        for part in exercise.parts:
            self.pack(part.function, part)
        self.dependencies.append(exercise.right_source)
        if name != exercise.function:
            self.dependencies.append(f"{name} = {exercise.function}")
        self.rights.append(exercise)

    def pack_code(self, name: str, value: Any) -> None:
        """A function or class: its source if it is an author's own, else an import."""
        module = value.__module__ or "builtins"
        if _is_own(module):
            if value.__name__ == "<lambda>":
                raise self.error(name, tr("It is a lambda. Write it as a def."))
            if inspect.unwrap(value) is not value:
                raise self.error(name, tr("It has decorators, which would be lost. Remove them."))
            text = renamed(value, name)
            self.visit(text, value, {name})
            self.dependencies.append(text)
            return
        self.require_importable(name, module)
        there = value.__name__
        if getattr(sys.modules.get(module), there, None) is not value:
            raise self.error(
                name, tr("{other} is a different object. Import the original one.", other=f"{module}.{there}")
            )
        self.dependencies.append(f"from {module} import {there} as {name}")

    def require_importable(self, name: str, module: str) -> None:
        if module.startswith("autograder") and not (self.inside and module.startswith(INSIDE)):
            raise self.error(
                name, tr("Workers do not have {module}. Copy what you need into this file.", module=module)
            )

    def error(self, name: str, why: str) -> DeclarationError:
        words = N_("{where} uses `{name}`, which cannot be sent to a worker. {why}")
        return DeclarationError(words, where=self.where, name=name, why=why)


def _is_own(module: str) -> bool:
    """Whether a function is an author's own: of an exercise, or of a file that is part of no package."""
    root = module.partition(".")[0]
    if root == "autograder":
        return module.startswith("autograder.exercises.")
    if root in sys.stdlib_module_names or root == "builtins":
        return module == "__main__"
    file = getattr(sys.modules.get(root), "__file__", None) or ""
    return "-packages" not in file


def _is_plain(value: Any) -> bool:
    if type(value) in (list, tuple, set, frozenset):
        return all(map(_is_plain, value))
    if type(value) is dict:
        return all(_is_plain(k) and _is_plain(v) for k, v in value.items())
    if type(value) is float:
        return abs(value) < float("inf")  # what prints as a name is none
    return type(value) in PLAIN


def _surroundings(function: Any) -> dict[str, Any]:
    """The names that a function or class sees where it was written."""
    if inspect.isclass(function):
        return vars(sys.modules[function.__module__])
    own = inspect.unwrap(function)  # its source is given without decorators, too
    return {**own.__globals__, **inspect.getclosurevars(own).nonlocals}


def global_names(text: str) -> set[str]:
    """The names of a source that are bound nowhere in it."""
    bound, read = needs.names(compile(text, "source", "exec", dont_inherit=True))
    return read - bound
