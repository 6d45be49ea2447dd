"""The text of a function as a worker gets it: its own, or that of the whole file it is in.

Workers have no file of an author's.  Knows nothing of what a function is for.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import sys
import textwrap
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from autograder.errors import DeclarationError
from autograder.languages import N_
from autograder.reading import needs

if TYPE_CHECKING:
    from autograder.authoring.exercise import Exercise

AUTHORING = "autograder.authoring"
INSIDE = "autograder.sandbox.inside"  # of the kit, all that a worker has
NO_PART = N_(
    "{where} calls `{name}`, which is not one of its parts. Add it to parts=."
)
NOT_ALONE = N_(
    "{where} uses `{name}` of its file, which a worker does not have. Define it inside "
    "the function, or write both in a file that declares no exercise."
)
NOT_INSIDE = N_(
    "{where} is in a file that uses {module}, which a worker does not have. Copy what you "
    "need into the file."
)


def own_text(
    function: Callable[..., Any],
    name: str,
    where: str,
    parts: Sequence[Exercise] = (),
) -> str:
    """Return a function's text under another name, below the imports that it uses.

    parts: exercises whose functions a worker knows.  Raises DeclarationError for a name of
    its file that a worker does not have.
    """
    text = renamed(function, name)
    return imports(text, function, name, where, parts) + text


def imports(
    text: str,
    function: Callable[..., Any],
    name: str,
    where: str,
    parts: Sequence[Exercise] = (),
) -> str:
    """Return lines that import the modules which a function's text uses.  See `own_text`."""
    lines = ""
    around = vars(sys.modules[function.__module__])
    for used in sorted(global_names(text) - {name, "torch"} - {*dir(builtins)}):
        value: Any = around.get(used)
        if isinstance(value, ModuleType) and not value.__name__.startswith(
            "autograder"
        ):
            lines += f"import {value.__name__} as {used}\n"
        elif hasattr(value, "right_source"):
            if value not in parts or value.function != used:
                raise DeclarationError(NO_PART, where, name=used)
        else:
            raise DeclarationError(NOT_ALONE, where, name=used)
    return lines


def for_worker(function: Callable[..., Any], kind: str, where: str) -> str:
    """Return a text that binds a function to the name `kind`: that of its whole file as it is,
    or, where that declares exercises, the function's own.
    """
    if text := file_text(function, where):
        return f"{text}\n{kind} = {function.__name__}\n"
    return own_text(function, kind, where)


def file_text(function: Callable[..., Any], where: str) -> str:
    """Return the text of the file in which a function is, "" if that declares exercises.

    Raises DeclarationError if the file uses another one of the kit or of the course.
    """
    module = sys.modules[function.__module__]
    if "." in function.__qualname__ or _modules_of(module, AUTHORING):
        return ""
    for used in _modules_of(module, "autograder"):
        if not used.startswith(INSIDE) and used != module.__name__:
            raise DeclarationError(NOT_INSIDE, where, module=used)
    return inspect.getsource(module)


def _modules_of(module: ModuleType, package: str) -> list[str]:
    """Return the modules of a package from which a module has imported something."""
    names = []
    for value in vars(module).values():
        name = value.__name__ if isinstance(value, ModuleType) else None
        name = name or getattr(value, "__module__", None) or ""
        if name.startswith(package):
            names.append(name)
    return names


def renamed(function: Callable[..., Any], name: str) -> str:
    """Return its text at top level, without decorators, under this name."""
    if function.__name__ == "<lambda>":
        raise DeclarationError("{where} is a lambda. Write it as a def.", name)
    lines = textwrap.dedent(_source(function)).splitlines()
    while not lines[0].startswith(("def ", "class ")):
        del lines[0]
    lines[0] = lines[0].replace(f" {function.__name__}", f" {name}", 1)
    return "\n".join(lines) + "\n"


# Cached, because each known mistake that changes a right answer reads it again.
_source = functools.lru_cache(maxsize=None)(inspect.getsource)


def global_names(text: str) -> set[str]:
    """Return the names of a source that are bound nowhere in it."""
    bound, read = needs.names(text)
    return read - bound
