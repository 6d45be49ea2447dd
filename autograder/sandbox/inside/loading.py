"""Runs the statements of one submission in this process, and keeps the names that they bind.

In: statements as text, with their places, and the parts that doubles replace.  Out: which of
them failed and how, and the parameters of each function.  One that fails costs only what it
would bind.  It does not know why these statements were chosen, nor what is right.
"""

from __future__ import annotations
import __future__

import inspect
import linecache
import sys
import types
from collections.abc import Mapping
from typing import Any

import torch

from autograder.sandbox.inside.exceptions import described
from autograder.sandbox.inside.handover import signature_of
from autograder.sandbox.inside.parts import Part, doubles_of

# Annotations are not evaluated: one that names a missing module must not cost the function.
FLAGS = __future__.annotations.compiler_flag
NAME = "submission"


class Namespace:
    """What a submission defined, and runs in.

    names: what its statements bound, in a module, so that `sys.modules[__name__]` and
    `globals()` are what a student expects.
    """

    def __init__(self) -> None:
        module = sys.modules[NAME] = types.ModuleType(NAME)
        self.names = vars(module)
        self.names["__builtins__"] = __builtins__
        self.names["torch"] = torch
        self.names["get_ipython"] = _NoIPython
        self.doubles: dict[str, dict] = {}
        self.parts: list[Part] = []

    def load(
        self,
        statements: list,
        functions: list[str],
        parts: dict[str, dict[str, str]],
    ) -> dict:
        """Run statements, and return those that fail, and each function's parameters.

        statements: [place, first line, source] each.
        functions: names that stay bound to a function, because `batches = batches(10, X,
        y)` is a use, not a new definition.
        parts: as `doubles_of` takes them.  This call empties it, because a student's
        statements can look at our frames.
        """
        self.doubles = doubles_of(parts)
        parts.clear()
        for name in self.doubles:
            self.names[name] = self._part(name, None)
        if any(place != "file" for place, _, _ in statements):
            self._become_main_program()
        failed = []
        for place, line, source in statements:
            before = {}
            for name in {*functions, *self.doubles}:
                before[name] = self.names.get(name)
            try:
                exec(_compiled(place, line, source), self.names)
            except BaseException as error:
                kind, message, *_ = described(error)
                described_as = {"error": kind, "message": message}
                failed.append({"place": place, "line": line, **described_as})
            for name, old in before.items():
                self._settle(name, old)
        signatures = {}
        for name in functions:
            if callable(self.names.get(name)):
                signatures[name] = parameters(self.names[name])
        return {"failed": failed, "functions": signatures}

    def set_roles(
        self,
        roles: dict[str, str],
        recorded: dict[str, object],
        inputs: Mapping[str, Any] = {},
    ) -> dict[str, list]:
        """Give each part its role for a question ("own" if it has none), and the function's inputs.

        recorded: the values of each recorded double.  Returns a log for each of them.
        """
        log: dict[str, list] = {name: [] for name in recorded}
        for part in self.parts:
            name = part.name
            part.role = roles.get(name, "own")
            part.inputs = inputs
            part.recorded = None
            if part.role == "recorded":
                part.recorded = part.doubles["recorded"](
                    recorded[name], part.original, log[name]
                )
        return log

    def _become_main_program(self) -> None:
        """A notebook is one, so lines below `if __name__ == "__main__"` run."""
        self.names["__name__"] = "__main__"
        sys.modules["__main__"] = sys.modules[NAME]

    def _settle(self, name: str, old: object) -> None:
        """Keep a function that a statement replaced by a value, and put a part for a new one."""
        new = self.names.get(name)
        if new is old:
            return
        if callable(old) and not callable(new):
            self.names[name] = old
        elif name in self.doubles and callable(new) and type(new) is not Part:
            part = self._part(name, new)
            # The function may have other names too.
            for alias, value in self.names.items():
                if value is new:
                    self.names[alias] = part

    def _part(self, name: str, original: object) -> Part:
        part = Part(name, original, self.doubles[name])
        self.parts.append(part)
        return part


class _NoIPython:
    """Replaces get_ipython() in a function that contains a magic: does nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


def _compiled(place: str, line: int, source: str) -> types.CodeType:
    """Return the code of a statement, whose lines tracebacks and inspect will find."""
    filename = f"<{place}>"
    entry: Any = linecache.cache.get(filename, (0, None, []))
    lines = entry[2]
    blank = line - 1
    del lines[blank:]
    lines += [""] * (blank - len(lines))
    lines += [f"{text}\n" for text in source.split("\n")]
    linecache.cache[filename] = len(lines), None, lines, filename
    text = "\n" * blank + source
    return compile(text, filename, "exec", flags=FLAGS, dont_inherit=True)


def parameters(function: Any) -> dict:
    """Return the parameters by place, how many are needed, and how many allowed (None: any).

    And, for a call with names: the parameters that it may name (None: any), and all of them.
    """
    if type(function) is Part:
        function = function.original
    names = []
    needed = 0
    takes_any = False
    for parameter in signature_of(function).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            takes_any = True
        elif parameter.kind <= parameter.POSITIONAL_OR_KEYWORD:
            names.append(str(parameter.name)[:100])
            needed += parameter.default is parameter.empty
    return {
        "names": names[:20],
        "needed": needed,
        "most": None if takes_any else len(names),
        **_for_names(function),
    }


def _for_names(function: Any) -> dict:
    """Return which parameters a call may name (None: any), and the text of all parameters."""
    by_name = []
    takes_any_name = False
    bare = []
    for parameter in _with_names(function).parameters.values():
        empty = parameter.empty
        bare.append(parameter.replace(default=empty, annotation=empty))
        if parameter.kind is parameter.VAR_KEYWORD:
            takes_any_name = True
        elif parameter.kind in (
            parameter.POSITIONAL_OR_KEYWORD,
            parameter.KEYWORD_ONLY,
        ):
            by_name.append(str(parameter.name)[:100])
    return {
        "by_name": None if takes_any_name else by_name[:20],
        "text": str(inspect.Signature(bare))[1:-1][:300],
    }


def _with_names(function: Any) -> inspect.Signature:
    """Return the signature that a call with names must fit.

    What a decorator adds may take any names, and pass them on.
    """
    try:
        inner = inspect.unwrap(function, stop=lambda f: not _takes_any_name(f))
        return inspect.signature(inner, follow_wrapped=False)
    except (ValueError, TypeError):
        return signature_of(function)


def _takes_any_name(function: Any) -> bool:
    signature = inspect.signature(function, follow_wrapped=False)
    return any(
        parameter.kind is parameter.VAR_KEYWORD
        for parameter in signature.parameters.values()
    )
