"""The text of a function as a worker gets it: its own, or that of the whole file it is in.

Workers have no file of an author's.  Knows nothing of what a function is for.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import sys
import textwrap
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from autograder.authoring.values import Function
from autograder.errors import DeclarationError
from autograder.reading import statements

if TYPE_CHECKING:
    from autograder.authoring.exercise import Exercise

INSIDE = "autograder.sandbox.inside"  # of the kit, all that a worker has


def imports(
    text: str,
    function: Function,
    where: str,
    parts: Sequence[Exercise] = (),
) -> str:
    """Return lines that import the modules which a text uses.

    function: in whose file the text could stand.  parts: exercises whose functions a worker
    knows.  Raises DeclarationError for a name of the file that a worker does not have.
    """
    lines = ""
    around = vars(sys.modules[function.__module__])
    bound, read = statements.names(text)
    for used in sorted(read - bound - {"torch", *dir(builtins)}):
        value: Any = around.get(used)
        if isinstance(value, ModuleType) and not value.__name__.startswith(
            "autograder"
        ):
            lines += f"import {value.__name__} as {used}\n"
        elif hasattr(value, "right_source"):
            if value not in parts or value.function != used:
                raise DeclarationError(
                    "{where} calls `{name}`, which is not one of its parts. Add it to parts=.",
                    where,
                    name=used,
                )
        else:
            raise DeclarationError(
                "{where} uses `{name}` of its file, which a worker does not have. Define it "
                "inside the function.",
                where,
                name=used,
            )
    return lines


def for_worker(function: Function, kind: str, where: str) -> str:
    """Return the text of the file in which a function is, and a line that calls it `kind`.

    Raises DeclarationError if the file uses another one of the kit or of the course.
    """
    module = sys.modules[function.__module__]
    is_inside = function.__qualname__.isidentifier()
    for value in vars(module).values():
        used = getattr(value, "__module__", None)
        if isinstance(value, ModuleType):
            used = value.__name__
        if used and used.startswith("autograder") and used != module.__name__:
            is_inside = is_inside and used.startswith(INSIDE)
    if not is_inside:
        raise DeclarationError(
            "{where} must be a function of a file that imports nothing of the kit or of the "
            "course, such as probes.py, because a worker gets that file alone. Move it there.",
            where,
        )
    return f"{inspect.getsource(module)}\n{kind} = {function.__name__}\n"


def renamed(function: Function, name: str) -> str:
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
