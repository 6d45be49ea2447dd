"""Makes a function's source stand alone: everything that it uses of its module goes with it,
or is an error.

Answers, mistakes and probes run in a worker, which does not have the module that they were
written in. Knows nothing of what a function is for.
"""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import sys
import textwrap
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import torch

from autograder.errors import DeclarationError
from autograder.languages import N_, tr
from autograder.reading import needs

if TYPE_CHECKING:
    from autograder.authoring.exercise import Exercise

EVERYWHERE = frozenset(
    ("torch",)
)  # the only module that every submission has without an import
PLAIN = bool, int, float, complex, str, bytes, type(None), torch.dtype
INSIDE = "autograder.sandbox.inside."  # of the kit, all that there is beside a probe


class Bundle:
    """Collects the source of a function, and before it that of the imports, constants and
    helpers it needs.

    where: what it is, for errors.  parts: the exercises whose functions a worker knows;
    None for a probe,
    which runs in the modules of `sandbox.inside`, and takes along the right answers that it calls.
    rights: the functions of these.
    """

    def __init__(self, where: str, parts: Sequence[Exercise] | None = None):
        self.where, self.parts = where, parts
        self.rights: set[str] = set()
        self._pieces: list[str] = []
        self._packed: dict[str, object] = {}

    def source(
        self,
        function: Callable[..., Any],
        name: str,
        change: Callable[[str], str] | None = None,
    ) -> str:
        """Return the source of a function or class under another name, with what it uses.

        change: edits its text first.  Raises DeclarationError for a name that cannot be
        sent to a worker.
        """
        text = renamed(function, name)
        text = change(text) if change else text
        self._add(text, function, name)
        if len(self._pieces) == 1:
            return text
        statements = [node for piece in self._pieces for node in ast.parse(piece).body]
        maker = ast.parse(
            f"def _made_{name}():\n    return {name}\n{name} = _made_{name}()"
        )
        maker.body[0].body[:0] = statements  # type: ignore[attr-defined]  # it is the def
        return ast.unparse(ast.fix_missing_locations(maker)) + "\n"

    def _add(self, text: str, function: Callable[..., Any], name: str) -> None:
        """Add the text of a function under this name, after what it uses of its module."""
        surroundings, aliases = _surroundings(function), []
        for used in sorted(global_names(text) - {name}):
            if used == function.__name__:
                aliases.append(f"{used} = {name}")  # it calls itself
            elif used in surroundings:
                self._pack(used, surroundings[used])
            elif not hasattr(builtins, used):
                raise DeclarationError(
                    "{where} uses `{name}`, which is not defined above it. Define it there or "
                    "inside the function.",
                    self.where,
                    name=used,
                )
        self._pieces += [text, *aliases]

    def _pack(self, name: str, value: Any) -> None:
        if name in EVERYWHERE and value is torch:
            return
        if name in self._packed:
            if self._packed[name] is not value:
                raise self._error(
                    name,
                    tr(
                        "Two of its helpers use this name for different things. Rename one of them."
                    ),
                )
            return
        is_exercise = hasattr(value, "right_source")
        if is_exercise and self.parts is not None:
            self._require_part(name, value)
            return
        self._packed[name] = value
        if is_exercise:
            self._pack_right(name, value)
        elif isinstance(value, ModuleType):
            self._require_importable(name, value.__name__)
            self._pieces.append(f"import {value.__name__} as {name}")
        elif _is_plain(value):
            self._pieces.append(f"{name} = {value!r}")
        elif inspect.isroutine(value) or inspect.isclass(value):
            self._pack_code(name, value)
        else:
            kind = type(value).__name__
            why = tr(
                "It is a {kind}. Use a number, string, function or module.", kind=kind
            )
            raise self._error(name, why)

    def _require_part(self, name: str, exercise: Exercise) -> None:
        if exercise not in (self.parts or ()):
            sentence = N_(
                "{where} calls `{name}`, which is not one of its parts. Add it to parts=."
            )
            raise DeclarationError(sentence, self.where, name=exercise.name)
        if exercise.function != name:
            part = exercise.function
            raise self._error(
                name, tr("A worker knows it as `{part}`. Use that name.", part=part)
            )

    def _pack_right(self, name: str, exercise: Exercise) -> None:
        """Add the right answer of an exercise, and before it those that it calls."""
        if not exercise.right_source:
            why = tr(
                "`{exercise}` has no answer yet. Declare its answer first.",
                exercise=exercise.name,
            )
            raise self._error(name, why)
        for part in exercise.parts:
            self._pack(part.function, part)
        self._pieces.append(exercise.right_source)
        if name != exercise.function:
            self._pieces.append(f"{name} = {exercise.function}")
        self.rights.add(exercise.function)

    def _pack_code(self, name: str, value: Any) -> None:
        """Add a function or class: its source if it is an author's own, else an import."""
        module, original = value.__module__ or "builtins", value.__name__
        if _is_own(module):
            if original == "<lambda>":
                raise self._error(name, tr("It is a lambda. Write it as a def."))
            if inspect.unwrap(value) is not value:
                raise self._error(
                    name, tr("It has decorators, which would be lost. Remove them.")
                )
            self._add(renamed(value, name), value, name)
            return
        self._require_importable(name, module)
        if getattr(sys.modules.get(module), original, None) is not value:
            other = f"{module}.{original}"
            why = tr(
                "{other} is a different object. Import the original one.", other=other
            )
            raise self._error(name, why)
        self._pieces.append(f"from {module} import {original} as {name}")

    def _require_importable(self, name: str, module: str) -> None:
        if module.startswith("autograder") and not (
            self.parts is None and module.startswith(INSIDE)
        ):
            why = tr(
                "Workers do not have {module}. Copy what you need into this file.",
                module=module,
            )
            raise self._error(name, why)

    def _error(self, name: str, why: str) -> DeclarationError:
        sentence = N_("{where} uses `{name}`, which cannot be sent to a worker. {why}")
        return DeclarationError(sentence, self.where, name=name, why=why)


def renamed(function: Callable[..., Any], name: str) -> str:
    """Return its source at top level, without decorators, under this name."""
    if function.__name__ == "<lambda>":
        raise DeclarationError("{where} is a lambda. Write it as a def.", name)
    lines = textwrap.dedent(_source(function)).splitlines()
    start = next(
        i for i, line in enumerate(lines) if line.startswith(("def ", "class "))
    )
    first = lines[start].replace(f" {function.__name__}", f" {name}", 1)
    return "\n".join([first, *lines[start + 1 :]]) + "\n"


def alone(function: Callable[..., Any], name: str) -> str:
    """Return its source under this name, without docstring and comments.

    Raises ValueError if it uses anything of its module but torch.
    """
    tree = ast.parse(renamed(function, name))
    own: Any = tree.body[0]
    if ast.get_docstring(own) is not None and own.body[1:]:
        del own.body[0]
    text = ast.unparse(tree)
    if {
        used for used in global_names(text) - {name} if not hasattr(builtins, used)
    } - EVERYWHERE:
        raise ValueError("it uses its module")
    return text


# Cached, because each known mistake that changes a right answer parses it again.
_source = functools.lru_cache(maxsize=None)(inspect.getsource)


def _is_own(module: str) -> bool:
    """Return whether a function is an author's own: of an exercise, or of a file in no package."""
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
    """Return the names that a function or class sees where it was written."""
    if inspect.isclass(function):
        return vars(sys.modules[function.__module__])
    own = inspect.unwrap(function)  # its source is given without decorators, too
    return {**own.__globals__, **inspect.getclosurevars(own).nonlocals}


def global_names(text: str) -> set[str]:
    """Return the names of a source that are bound nowhere in it."""
    bound, read = needs.names(compile(text, "source", "exec", dont_inherit=True))
    return read - bound
