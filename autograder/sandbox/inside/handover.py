"""Passes a call that was written for a student's own function on to a right one.

In: the arguments of the call, and the inputs of the function under test.  Out: the arguments of
the right function, in its order.  The student's may have fewer, more or other parameters than
the stub.  It calls neither, and does not know what they compute.
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
        self, name: str, right: Callable, original: Callable | None
    ) -> None:
        self.name = name
        self.right = inspect.signature(right)
        self.names = list(self.right.parameters)
        self.own = self.right
        if original is not None:
            self.own = signature_of(original)
        self.is_alike = list(self.own.parameters) == self.names

    def arguments(
        self, args: tuple, kwargs: dict, inputs: Mapping, own_first: bool
    ) -> Sequence:
        """Return the right one's arguments, in its order.

        inputs: the arguments of the function under test, by name; they supply what the
        student's own does not take but the right one needs.  own_first: whether a call that
        fits both follows the student's own order, or the stub's.  Raises TypeError if the call
        fits neither.
        """
        if self.is_alike and len(args) == len(self.names) and not kwargs:
            return args
        orders: list[Callable] = [self._by_right, self._by_own]
        if own_first:
            orders.reverse()
        fitting: list[Sequence] = []
        for order in orders:
            try:
                values = order(args, kwargs, inputs)
            except TypeError as error:
                problem = error
                continue
            if self._agrees(values, inputs):
                return values
            fitting.append(values)
        if not fitting:
            raise TypeError(f"{self.name}() {problem}")
        return fitting[0]

    def _agrees(self, values: Sequence, inputs: Mapping) -> bool:
        """Return whether each value is like the input of its name."""
        for name, value in zip(self.names, values):
            if name in inputs and not _is_alike(value, inputs[name]):
                return False
        return True

    def _by_right(self, args: tuple, kwargs: dict, inputs: Mapping) -> Sequence:
        return self.right.bind(*args, **kwargs).args

    def _by_own(self, args: tuple, kwargs: dict, inputs: Mapping) -> Sequence:
        bound = self.own.bind(*args, **kwargs)
        passed = set(bound.arguments)
        bound.apply_defaults()
        named: dict[str, Any] = {}
        rest: list[_Value] = []
        for name, value in bound.arguments.items():
            kind = self.own.parameters[name].kind
            if kind is inspect.Parameter.VAR_POSITIONAL:
                rest += map(_Value, value)
                continue
            items = {name: value}
            if kind is inspect.Parameter.VAR_KEYWORD:
                items = value
            for key, item in items.items():
                if key in self.names:
                    named[key] = item
                else:
                    rest.append(_Value(item, name in passed))
        for name in self.names:
            if name not in named and not _fill(name, named, rest, inputs):
                raise TypeError(f"was called without {name}")
        return [named[name] for name in self.names]


class _Value(NamedTuple):
    """An argument under a name that the right function lacks."""

    value: Any
    is_passed: bool = True  # and no default


def _fill(
    name: str, named: dict[str, Any], rest: list[_Value], inputs: Mapping
) -> bool:
    """Find a value for a name that the student's own function lacks.  Returns whether one is."""
    if name not in inputs:
        if rest:
            named[name] = rest.pop(0).value
        return name in named
    wanted = inputs[name]
    for value, _ in [*rest]:
        rest += map(_Value, _pieces(value))
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
    items = getattr(value, "tensors", value)
    if not isinstance(items, (tuple, list)):
        return
    if all(isinstance(item, torch.Tensor) for item in items):
        yield from items


def _is_alike(value: object, wanted: object, is_passed: bool = True) -> bool:
    """Return whether it is a number or tensor like the input, or a default of its type."""
    if not is_passed:
        return type(value) is type(wanted)
    dimensions = 0
    if isinstance(value, torch.Tensor):
        dimensions = value.dim()
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
