"""Hands a call that was written for one function on to another that does the same job.

A student's own function may take fewer parameters than the stub says, or more, or others: what stands in for
it takes exactly those.  Knows nothing of roles.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import torch

_NUMBERS = int, float
_ANY = inspect.signature(lambda *args, **kwargs: None)


class Handover:
    """From calls of the student's own function, where there is one, to the arguments of a right one.

    name: what the function is called in errors.
    """

    def __init__(self, name: str, right, own):
        self.name, self.right = name, inspect.signature(right)
        self.names = list(self.right.parameters)
        self.own = self.right if own is None else _signature(own)
        self.is_alike = list(self.own.parameters) == self.names

    def arguments(self, args: tuple, kwargs: dict, known: Mapping, own_first: bool) -> tuple | list:
        """The right one's arguments, in its order.

        known: what the function under test was called with, by name: where the student's own takes less
        than the right one needs, that says the rest.  own_first: whether a call that both could take is
        meant as the student's own takes it, or as the stub says.  Raises TypeError where neither takes
        such a call.
        """
        if self.is_alike and len(args) == len(self.names) and not kwargs:
            return args
        ways = (self._by_own, self._by_right) if own_first else (self._by_right, self._by_own)
        found = [values for way in ways if (values := way(args, kwargs, known)) is not None]
        for values in found:
            if all(_is_alike(v, known[n]) for n, v in zip(self.names, values) if n in known):
                return values
        if found:
            return found[0]
        try:
            self.own.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.name}(): {error}") from None
        raise TypeError(f"{self.name}(): too few arguments")

    def _by_right(self, args, kwargs, known):
        try:
            return self.right.bind(*args, **kwargs).args
        except TypeError:
            return None

    def _by_own(self, args, kwargs, known):
        try:
            bound = self.own.bind(*args, **kwargs)
        except TypeError:
            return None
        passed = set(bound.arguments)
        bound.apply_defaults()
        named, rest = {}, []  # rest: under other names, each with whether it was passed
        for name, value in bound.arguments.items():
            kind = self.own.parameters[name].kind
            if kind is inspect.Parameter.VAR_POSITIONAL:
                rest += [(each, True) for each in value]
            elif kind is inspect.Parameter.VAR_KEYWORD:
                named |= {key: each for key, each in value.items() if key in self.names}
                rest += [(each, True) for key, each in value.items() if key not in self.names]
            elif name in self.names:
                named[name] = value
            else:
                rest.append((value, name in passed))
        for name in self.names:
            if name not in named and not _fill(name, named, rest, known):
                return None
        return [named[name] for name in self.names]


def _fill(name, named, rest, known):
    """Find a value for a name that the student's own function does not have; whether there is one."""
    if name not in known:
        if rest:
            named[name] = rest.pop(0)[0]
        return name in named
    alike = (i for i, (value, is_passed) in enumerate(rest) if _is_alike(value, known[name], is_passed))
    at = next(alike, None)
    named[name] = known[name] if at is None else rest.pop(at)[0]
    return True


def _is_alike(value, wanted, is_passed=True):
    """Whether it is of the sort of what is known: a number, or a tensor; a default only of the same type."""
    if not is_passed:
        return type(value) is type(wanted)
    if isinstance(wanted, torch.Tensor):
        return isinstance(value, torch.Tensor) and value.dim() > 0
    if isinstance(wanted, _NUMBERS):
        return hasattr(value, "__float__") and (not isinstance(value, torch.Tensor) or value.dim() == 0)
    return True


def _signature(function):
    """What a function takes; where that cannot be told, anything."""
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):
        return _ANY
