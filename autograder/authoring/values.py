"""What is done with each part of a value that checks draw.  Knows no check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from autograder.authoring import expect
from autograder.errors import DeclarationError

Function = Callable[..., Any]


def mapped(change: Function, value: Any, *alike: Any) -> Any:
    """Return a value with `change(part, ...)` for each part that is no list, tuple or dict.

    alike: values of the same form, whose parts `change` gets too.  A dict among them that
    lacks a key gives the value's own part.

    >>> mapped(lambda x, y: x + y, {"a": [1, 2], "b": 3}, {"a": [10, 20], "b": 30})
    {'a': [11, 22], 'b': 33}
    """
    if isinstance(value, dict):
        parts = {}
        for key, part in value.items():
            same = [value.get(key, part) for value in alike]
            parts[key] = mapped(change, part, *same)
        return parts
    if isinstance(value, list | tuple):
        items = [mapped(change, *parts) for parts in zip(value, *alike)]
        if isinstance(value, tuple):
            return tuple(items)
        return items
    return change(value, *alike)


def copied(value: Any) -> Any:
    """Return a copy that a call may change, in which each tensor is a leaf.

    >>> values = [torch.zeros(2), 3]
    >>> copied(values)[0].add_(1), values
    (tensor([1., 1.]), [tensor([0., 0.]), 3])
    """
    return mapped(_copied, value)


def _copied(part: Any) -> Any:
    if not isinstance(part, torch.Tensor):
        return part
    return part.detach().clone().requires_grad_(part.requires_grad)


def floating(parts: Sequence[Any]) -> list[int]:
    """Return the places of the floating-point tensors."""
    places = []
    for place, value in enumerate(parts):
        if isinstance(value, torch.Tensor) and value.is_floating_point():
            places.append(place)
    return places


def require_types(value: object, where: str) -> None:
    """Raise DeclarationError unless a value, and all that it holds, is of a known type."""

    def require_type(part: object) -> None:
        if not isinstance(part, tuple(expect.COMPARE)):
            raise DeclarationError(
                expect.REFUSED, where, type=type(part).__name__
            )

    mapped(require_type, value)
