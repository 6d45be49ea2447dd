"""Runs a submission's statements in a worker, one by one, and binds doubles of parts on request.

Knows nothing of why those statements were chosen.  One that fails costs only what it would bind.
"""

from __future__ import annotations
import __future__

import base64
import linecache
import marshal
import re
import sys
import traceback
import types
from collections.abc import Mapping
from typing import Any

import torch

from autograder.errors import NOT_PERMITTED
from autograder.sandbox.inside.calls import Handover, signature_of
from autograder.sandbox.inside.limit_errors import sandbox_limit

# Annotations are not evaluated: one that names a missing module must not cost the function.
FLAGS = __future__.annotations.compiler_flag
NAME = "submission"
OWN = re.compile(r"<(cell \d+|file)>")  # the file names of student code


class Space:
    """A submission's names, in a module of its own, and the parts that doubles can replace.

    A module, so that `sys.modules[__name__]` and `globals()` are what a student expects.
    """

    def __init__(self) -> None:
        module = sys.modules[NAME] = types.ModuleType(NAME)
        self.names = vars(module)
        self.names |= {
            "__builtins__": __builtins__,
            "torch": torch,
            "get_ipython": _NoIPython,
        }
        self.parts: list[_Part] = []
        self.doubles: dict[str, types.SimpleNamespace] = {}

    def load(
        self, statements: list, functions: list[str], parts: dict[str, dict]
    ) -> dict:
        """Run statements: [place, first line, source] each.  Returns the faults of those that fail.

        functions: names that stay bound to a function, because `batches = batches(10, X,
        y)` is a use, not a new definition.
        parts: names of functions to replace by a `_Part`, each with its doubles, as
        `compiled` makes them: "right", "adapted", "bounded" and "recorded", if there are
        any.  This call empties it, because a student's statements can look at our frames.
        """
        standing = [
            name for name, codes in parts.items() if codes.get("stands", True)
        ]
        self.doubles = _doubles(parts)
        parts.clear()
        names = self.names
        # A notebook is the main program.
        if any(place != "file" for place, _, _ in statements):
            names["__name__"] = "__main__"
            sys.modules["__main__"] = sys.modules[NAME]
        for name in standing:
            names[name] = self._part(name, None)
        faults = []
        for place, line, source in statements:
            before = {}
            for name in {*functions, *standing}:
                before[name] = names.get(name)
            try:
                exec(_compiled(place, line, source), names)
            except BaseException as error:
                kind, message, _ = described(error)
                fault = {
                    "place": place,
                    "line": line,
                    "kind": kind,
                    "message": message,
                }
                faults.append(fault)
            for name, old in before.items():
                new = names.get(name)
                if new is old:
                    continue
                if callable(old) and not callable(new):
                    names[name] = old
                elif (
                    name in standing
                    and callable(new)
                    and type(new) is not _Part
                ):
                    self._stand_in(name, new)
        signatures = {}
        for name in functions:
            if callable(names.get(name)):
                signatures[name] = parameters(names[name])
        return {"faults": faults, "functions": signatures}

    def _stand_in(self, name: str, own: object) -> None:
        """Bind a part in place of a student's own function, under all names that it has."""
        part = self._part(name, own)
        for other, value in self.names.items():
            if value is own:
                self.names[other] = part

    def _part(self, name: str, own: object) -> _Part:
        part = _Part(name, own, self.doubles[name])
        self.parts.append(part)
        return part

    def use(
        self,
        roles: dict[str, str],
        recordings: dict[str, object],
        known: Mapping[str, Any] = {},
    ) -> dict[str, list]:
        """Give each part a role: "own", "right", "right as own" or "recorded" (with its values).

        "right" takes arguments in the stub's order, "right as own" in that of the student's
        own parameters.
        known: the arguments of the function under test, by name.  Returns a log for each
        recorded double.
        """
        log: dict[str, list] = {name: [] for name in recordings}
        for part in self.parts:
            part.role = roles.get(part.name, "own")
            part.known = known
            part.recorded = None
            if part.role == "recorded":
                values = recordings[part.name], part.own, log[part.name]
                part.recorded = part.doubles.recorded(*values)
        return log


def _doubles(parts: dict[str, dict]) -> dict[str, types.SimpleNamespace]:
    """Return each part's doubles, from our own compiled code; None for those that it lacks."""
    right: dict[str, Any] = {"torch": torch}
    for codes in parts.values():
        if codes.get("right"):
            exec(code_of(codes["right"]), right)
    doubles = {}
    for name, codes in parts.items():
        double = doubles[name] = types.SimpleNamespace(right=right.get(name))
        for kind in ("adapted", "bounded", "recorded"):
            code = codes.get(kind)
            setattr(double, kind, code and defined(code, kind))
    return doubles


def compiled(source: str, kind: str) -> str:
    """Return our own code, compiled for workers of the same Python, without its source."""
    code = compile(source, f"<{kind}>", "exec", dont_inherit=True, optimize=2)
    return base64.b64encode(marshal.dumps(code)).decode()


def code_of(text: str) -> types.CodeType:
    """Return the code that `compiled` gave."""
    return marshal.loads(base64.b64decode(text))


def defined(text: str, name: str) -> Any:
    """Return what our own compiled code defines under a name."""
    space: dict[str, Any] = {"torch": torch}
    exec(code_of(text), space)
    return space[name]


class _Part:
    """Is bound in place of a part, so that aliases, defaults and closures see its double.

    All other attributes are those of the student's own function.
    """

    role: str
    handover: Handover | None
    right: Any
    bounded: Any

    def __init__(
        self, name: str, own: Any, doubles: types.SimpleNamespace
    ) -> None:
        vars(self).update(
            {"name": name, "own": own, "doubles": doubles, "role": "own"},
            known={},
            recorded=None,
            right=None,
            bounded=None,
            handover=None,
        )

    def __setattr__(self, attribute: str, value: Any) -> None:
        # What is not set above is the student's: a method that a decorator adds to a class.
        if attribute in vars(self):
            vars(self)[attribute] = value
        else:
            setattr(self.own, attribute, value)

    def __getattr__(self, attribute: str) -> Any:
        return getattr(object.__getattribute__(self, "own"), attribute)

    def __repr__(self) -> str:
        return repr(self.own)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.role == "own":
            if self.own is None:
                raise NameError(f"name '{self.name}' is not defined")
            if self.bounded is None:
                bounded = self.doubles.bounded
                self.bounded = bounded(self.own) if bounded else self.own
            return self.bounded(*args, **kwargs)
        if self.doubles.right is None:
            # Recorded values, if the student has no such function.
            return self.recorded(*args, **kwargs)
        if self.handover is None:
            self.handover = Handover(self.name, self.doubles.right, self.own)
        given = self.handover.arguments(
            args, kwargs, self.known, self.role != "right"
        )
        if self.role == "recorded":
            return self.recorded(*given)
        if self.right is None:
            self.right = self.doubles.right
            if self.doubles.adapted:
                self.right = self.doubles.adapted(self.right, self.own)
        return self.right(*given)


# So Python's own messages name none of ours.
_Part.__name__ = _Part.__qualname__ = "function"


class _NoIPython:
    """Replaces get_ipython() in a function that contains a magic: does nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


def _compiled(place: str, line: int, source: str) -> types.CodeType:
    filename = f"<{place}>"
    # For tracebacks and inspect.
    entry: Any = linecache.cache.get(filename, (0, None, []))
    lines = entry[2]
    blank = line - 1
    del lines[blank:]
    lines += [""] * (blank - len(lines))
    lines += [f"{part}\n" for part in source.split("\n")]
    linecache.cache[filename] = len(lines), None, lines, filename
    text = "\n" * blank + source
    return compile(text, filename, "exec", flags=FLAGS, dont_inherit=True)


def parameters(function: Any) -> dict:
    """Return the parameters by place, how many are needed, and how many allowed (None: any)."""
    own = function.own if type(function) is _Part else function
    names = []
    needed = 0
    takes_any = False
    for parameter in signature_of(own).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            takes_any = True
        elif parameter.kind <= parameter.POSITIONAL_OR_KEYWORD:
            names.append(str(parameter.name)[:100])
            needed += parameter.default is parameter.empty
    most = None if takes_any else len(names)
    return {"names": names[:20], "needed": needed, "most": most}


def described(
    error: BaseException,
    doubles: Mapping[str, types.SimpleNamespace] = {},
) -> tuple[str, str, str]:
    """Return an exception's type, its message, and its place as "function:line in it:the line".

    doubles: of parts; of one with a right double, the place is its call.  For a limit of the
    sandbox, NOT_PERMITTED and that limit replace type and message.
    """
    try:
        message = str(error)
    except BaseException:
        message = ""
    kind = str(getattr(type(error), "__name__", "error"))
    place = ""
    if isinstance(error, SyntaxError):
        message = f"{error.msg} (line {error.lineno})"
    else:
        place = _place_of(error, doubles)
    if limit := sandbox_limit(error):
        kind = NOT_PERMITTED
        message = limit
    return kind[:100], message[:2000], place


def _place_of(
    error: BaseException, doubles: Mapping[str, types.SimpleNamespace]
) -> str:
    """Return the last line of the student's own code that was running."""
    place = function = ""
    first = 1
    for frame, line in traceback.walk_tb(error.__traceback__):
        code = frame.f_code
        file = code.co_filename
        if not OWN.fullmatch(file):
            continue
        double = doubles.get(code.co_name)
        if double and double.right:
            break
        if not code.co_name.startswith("<") or code.co_name == "<lambda>":
            function = code.co_name
            first = code.co_firstlineno
            while linecache.getline(file, first).lstrip().startswith("@"):
                first += 1  # a decorator is no line of the function
        text = linecache.getline(file, line).strip()
        place = f"{function}:{line - first + 1}:{text[:200]}"
    return place
