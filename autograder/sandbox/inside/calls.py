"""Passes a call that was written for one function on to another that does the same job.

A student's own function may have fewer, more or other parameters than the stub; its double takes the same.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch

_ANY = inspect.signature(lambda *args, **kwargs: None)


class Handover:
    """Turns a call of the student's own function, if there is one, into the arguments of a right one.

    name: what the function is called in errors.
    """

    def __init__(self, name: str, right: Callable, own: Callable | None) -> None:
        self.name, self.right = name, inspect.signature(right)
        self.names = list(self.right.parameters)
        self.own = self.right if own is None else signature_of(own)
        self.is_alike = list(self.own.parameters) == self.names

    def arguments(self, args: tuple, kwargs: dict, known: Mapping, own_first: bool) -> tuple | list:
        """Return the right one's arguments, in its order.

        known: the arguments of the function under test, by name; they supply what the student's own does not
        take but the right one needs.  own_first: whether a call that fits both follows the student's own
        order, or the stub's.  Raises TypeError, as Python does, if the call fits neither.
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
        for signature in (self.own, self.right):
            _stand_in(self.name, signature)(*args, **kwargs)
        raise TypeError(f"{self.name}() was called with other arguments")

    def _by_right(self, args: tuple, kwargs: dict, known: Mapping) -> tuple | None:
        try:
            return self.right.bind(*args, **kwargs).args
        except TypeError:
            return None

    def _by_own(self, args: tuple, kwargs: dict, known: Mapping) -> list | None:
        try:
            bound = self.own.bind(*args, **kwargs)
        except TypeError:
            return None
        passed = set(bound.arguments)
        bound.apply_defaults()
        named: dict[str, Any] = {}
        rest: list[tuple[Any, bool]] = []  # under other names, each with whether it was passed
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


def _fill(name: str, named: dict[str, Any], rest: list[tuple[Any, bool]], known: Mapping) -> bool:
    """Find a value for a name that the student's own function lacks.  Returns whether there is one."""
    if name not in known:
        if rest:
            named[name] = rest.pop(0)[0]
        return name in named
    wanted = known[name]
    rest += [(piece, True) for value, _ in rest for piece in _pieces(value)]
    near = [i for i, (value, is_passed) in enumerate(rest) if _is_alike(value, wanted, is_passed)]
    at = next((i for i in near if _is_same(rest[i][0], wanted)), near[0] if near else None)
    named[name] = wanted if at is None else rest.pop(at)[0]
    return True


def _pieces(value: object) -> Iterator[torch.Tensor]:
    """Return the tensors of a pair of features and labels, or of a data set."""
    inner = value if isinstance(value, (tuple, list)) else getattr(value, "tensors", ())
    if isinstance(inner, (tuple, list)) and all(isinstance(each, torch.Tensor) for each in inner):
        yield from inner


def _is_alike(value: object, wanted: object, is_passed: bool = True) -> bool:
    """Return whether it is a number or a tensor like the known value, or a default of the same type."""
    if not is_passed:
        return type(value) is type(wanted)
    if isinstance(wanted, torch.Tensor):
        return isinstance(value, torch.Tensor) and value.dim() > 0
    if isinstance(wanted, int | float):
        return hasattr(value, "__float__") and (not isinstance(value, torch.Tensor) or value.dim() == 0)
    return True


def _is_same(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, torch.Tensor):
        return value.dtype == wanted.dtype and value.shape == wanted.shape and value.equal(wanted)
    return bool(value == wanted)


def signature_of(function: Callable) -> inspect.Signature:
    """Return a function's signature; one that takes anything if it is unknown."""
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):
        return _ANY


def _stand_in(name: str, signature: inspect.Signature) -> Callable:
    """Return an empty function with the same signature, to get Python's own errors for a call."""
    plain = [
        each.replace(annotation=each.empty, default=each.empty if each.default is each.empty else None)
        for each in signature.parameters.values()
    ]
    space: dict = {}
    exec(f"def {name}{inspect.Signature(plain)}: pass", space)
    return space[name]
