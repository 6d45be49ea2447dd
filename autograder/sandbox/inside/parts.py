"""Lets a double take the place of a part: a function of the submission that another one calls.

In: the doubles of each part (`precompiled`), and the role that the judge gives it for a question.
Out: an object that is called like the student's function.  It does not know what the doubles
compute, nor which part has which role.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from autograder.sandbox.inside import precompiled
from autograder.sandbox.inside.handover import Handover


def doubles_of(parts: Mapping[str, Mapping[str, str]]) -> dict[str, dict]:
    """Return the doubles of each part that is replaced.

    parts: name -> kind -> compiled code.  The kinds: "right" is a right function, which
    "adapted" may change so that it suits the student's own; "bounded" changes the student's
    own; "recorded" makes a function that returns the values of a question.  "helper", alone,
    is a right function that only other right ones call.
    """
    # All in one namespace, because they call each other.
    right: dict[str, Any] = {"torch": torch}
    doubles: dict[str, dict] = {}
    for name, codes in parts.items():
        double: dict = {"adapted": _unchanged, "bounded": _unchanged}
        for kind, code in codes.items():
            if kind in ("right", "helper"):
                precompiled.define(code, right)
            else:
                double[kind] = precompiled.defined(code, kind)
        if "helper" not in codes:
            doubles[name] = double
    for name, double in doubles.items():
        double["right"] = right.get(name)
    return doubles


def _unchanged(function: Callable, original: object = None) -> Callable:
    return function


class Part:
    """Is bound in place of a function, so that aliases, defaults and closures see its double.

    original: the student's function, whose other attributes it shows; None if there is none.
    role: "own", "right", "right as own" (called in the order of the student's own parameters)
    or "recorded".  inputs: of the function under test, by name.
    """

    handover: Handover | None
    right: Any
    bounded: Any

    def __init__(self, name: str, original: Any, doubles: dict[str, Any]):
        vars(self).update(name=name, original=original, doubles=doubles)
        vars(self).update(role="own", inputs={}, recorded=None)
        # Made when they are first called.
        vars(self).update(right=None, bounded=None, handover=None)

    def __setattr__(self, attribute: str, value: Any) -> None:
        # What is not set above is the student's: a method that a decorator adds to a class.
        if attribute in vars(self):
            vars(self)[attribute] = value
        else:
            setattr(self.original, attribute, value)

    def __getattr__(self, attribute: str) -> Any:
        return getattr(object.__getattribute__(self, "original"), attribute)

    def __repr__(self) -> str:
        return repr(self.original)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.role == "own":
            return self._call_original(args, kwargs)
        if self.doubles["right"] is None:
            # Nothing to compare its parameters with.
            return self.recorded(*args, **kwargs)
        inputs = self._inputs_of_right(args, kwargs)
        if self.role == "recorded":
            return self.recorded(*inputs)
        if self.right is None:
            right = self.doubles["right"]
            self.right = self.doubles["adapted"](right, self.original)
        return self.right(*inputs)

    def _call_original(self, args: tuple, kwargs: dict) -> Any:
        if self.original is None:
            raise NameError(f"name '{self.name}' is not defined")
        if self.bounded is None:
            self.bounded = self.doubles["bounded"](self.original)
        return self.bounded(*args, **kwargs)

    def _inputs_of_right(self, args: tuple, kwargs: dict) -> Sequence:
        """Return the arguments of the right function, in its order."""
        if self.handover is None:
            right = self.doubles["right"]
            self.handover = Handover(self.name, right, self.original)
        own_first = self.role != "right"
        return self.handover.arguments(args, kwargs, self.inputs, own_first)


# So Python's own messages name none of ours.
Part.__name__ = Part.__qualname__ = "function"
