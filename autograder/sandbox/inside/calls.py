"""Passes a call that was written for one function on to another that does the same job.

A student's own function may have fewer, more or other parameters than the stub; its double
takes the same.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch

_ANY = inspect.signature(lambda *args, **kwargs: None)


class Handover:
    """Turns a call of the student's own function, if any, into the arguments of a right one.

    name: what the function is called in errors.
    """

    def __init__(
        self, name: str, right: Callable, own: Callable | None
    ) -> None:
        self.name = name
        self.right = inspect.signature(right)
        self.names = list(self.right.parameters)
        self.own = self.right if own is None else signature_of(own)
        self.is_alike = list(self.own.parameters) == self.names

    def arguments(
        self, args: tuple, kwargs: dict, known: Mapping, own_first: bool
    ) -> Sequence:
        """Return the right one's arguments, in its order.

        known: the arguments of the function under test, by name; they supply what the
        student's own does not take but the right one needs.  own_first: whether a call that
        fits both follows the student's own order, or the stub's.  Raises TypeError, as
        Python does, if the call fits neither.
        """
        if self.is_alike and len(args) == len(self.names) and not kwargs:
            return args
        candidates = [
            self._by_right(args, kwargs),
            self._by_own(args, kwargs, known),
        ]
        if own_first:
            candidates.reverse()
        fitting = [values for values in candidates if values is not None]
        for values in fitting:
            if self._agrees(values, known):
                return values
        if fitting:
            return fitting[0]
        for signature in (self.own, self.right):
            _stand_in(self.name, signature)(*args, **kwargs)
        raise TypeError(f"{self.name}() was called with other arguments")

    def _agrees(self, values: Sequence, known: Mapping) -> bool:
        """Return whether each value is like the known one of its name."""
        for name, value in zip(self.names, values):
            if name in known and not _is_alike(value, known[name]):
                return False
        return True

    def _by_right(self, args: tuple, kwargs: dict) -> Sequence | None:
        try:
            return self.right.bind(*args, **kwargs).args
        except TypeError:
            return None

    def _by_own(
        self, args: tuple, kwargs: dict, known: Mapping
    ) -> Sequence | None:
        try:
            bound = self.own.bind(*args, **kwargs)
        except TypeError:
            return None
        passed = set(bound.arguments)
        bound.apply_defaults()
        named: dict[str, Any] = {}
        rest: list[_Value] = []
        for name, value in bound.arguments.items():
            kind = self.own.parameters[name].kind
            if kind is inspect.Parameter.VAR_POSITIONAL:
                rest += [_Value(item) for item in value]
                continue
            items = (
                value
                if kind is inspect.Parameter.VAR_KEYWORD
                else {name: value}
            )
            for key, item in items.items():
                if key in self.names:
                    named[key] = item
                else:
                    rest.append(_Value(item, name in passed))
        for name in self.names:
            if name not in named and not _fill(name, named, rest, known):
                return None
        return [named[name] for name in self.names]


class _Value(NamedTuple):
    """An argument under a name that the right function lacks."""

    value: Any
    is_passed: bool = True  # and no default


def _fill(
    name: str, named: dict[str, Any], rest: list[_Value], known: Mapping
) -> bool:
    """Find a value for a name that the student's own function lacks.  Returns whether one is."""
    if name not in known:
        if rest:
            named[name] = rest.pop(0).value
        return name in named
    wanted = known[name]
    for value, _ in [*rest]:
        rest += [_Value(piece) for piece in _pieces(value)]
    named[name] = wanted
    alike = [
        item for item in rest if _is_alike(item.value, wanted, item.is_passed)
    ]
    if alike:
        nearest = alike[0]
        for item in alike:
            if _is_same(item.value, wanted):
                nearest = item
                break
        # By identity: tensors compare by their elements.
        rest[:] = [item for item in rest if item is not nearest]
        named[name] = nearest.value
    return True


def _pieces(value: object) -> Iterator[torch.Tensor]:
    """Return the tensors of a pair of features and labels, or of a data set."""
    inner = (
        value
        if isinstance(value, (tuple, list))
        else getattr(value, "tensors", ())
    )
    if isinstance(inner, (tuple, list)) and all(
        isinstance(item, torch.Tensor) for item in inner
    ):
        yield from inner


def _is_alike(value: object, wanted: object, is_passed: bool = True) -> bool:
    """Return whether it is a number or tensor like the known value, or a default of its type."""
    if not is_passed:
        return type(value) is type(wanted)
    dimensions = value.dim() if isinstance(value, torch.Tensor) else 0
    if isinstance(wanted, torch.Tensor):
        return dimensions > 0
    if isinstance(wanted, int | float):
        return hasattr(value, "__float__") and dimensions == 0
    return True


def _is_same(value: Any, wanted: Any) -> bool:
    if not isinstance(wanted, torch.Tensor):
        return bool(value == wanted)
    return (
        value.dtype == wanted.dtype
        and value.shape == wanted.shape
        and value.equal(wanted)
    )


def signature_of(function: Callable) -> inspect.Signature:
    """Return a function's signature; one that takes anything if it is unknown."""
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):
        return _ANY


def _stand_in(name: str, signature: inspect.Signature) -> Callable:
    """Return an empty function with the same signature, to get Python's own errors for a call."""
    plain = []
    for parameter in signature.parameters.values():
        default = (
            None
            if parameter.default is not parameter.empty
            else parameter.empty
        )
        plain.append(
            parameter.replace(annotation=parameter.empty, default=default)
        )
    space: dict = {}
    exec(f"def {name}{inspect.Signature(plain)}: pass", space)
    return space[name]
