"""The table of value types: what checks draw, copy and compare.  Knows no check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from autograder.authoring import expect
from autograder.errors import N_, DeclarationError

REFUSED = N_(
    "{where} has a {type}, which no check can copy and compare. Use tensors, "
    "numbers, strings, True, False, "
    "None, and lists, tuples and dicts of these."
)
IS_NAN = N_(
    "{where} is nan for some inputs, so that no answer equals it. Draw inputs for "
    "which it is a number."
)
RIGHT = N_("The right answer")


def mapped(change: Callable[..., Any], value: Any, *others: Any) -> Any:
    """Return a value with `change(part, ...)` for each part that is no list, tuple or dict.

    others: values of the same form, whose parts `change` gets too.  A dict among them that
    lacks a key gives the value's own part.

    >>> mapped(lambda x, y: x + y, {"a": [1, 2], "b": 3}, {"a": [10, 20], "b": 30})
    {'a': [11, 22], 'b': 33}
    """
    if isinstance(value, dict):
        parts = {}
        for key, part in value.items():
            parts[key] = mapped(
                change, part, *(other.get(key, part) for other in others)
            )
        return parts
    if isinstance(value, list | tuple):
        items = [mapped(change, *parts) for parts in zip(value, *others)]
        return tuple(items) if isinstance(value, tuple) else items
    return change(value, *others)


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


def same(got: object, want: Any, terms: Any = 0.0, what: str = "") -> None:
    """Raise Difference unless a value equals the right one, up to rounding.

    terms: as in `expect.close`; for a list, a tuple or a dict, of the same form.
    Raises DeclarationError if the right one is of no known type, or nan.

    >>> same({"loss": 0.5}, {"loss": 0.25})
    Traceback (most recent call last):
    autograder.authoring.expect.Difference: expected 0.25 for 'loss', got 0.5
    """
    require_types(want, RIGHT)
    for part in _parts(want):
        is_number = isinstance(part, torch.Tensor | float)
        if is_number and torch.as_tensor(part).isnan().any():
            raise DeclarationError(IS_NAN, RIGHT)
    _compare(got, want, what, terms)


def require_types(value: object, where: str) -> None:
    """Raise DeclarationError unless a value, and all that it holds, is of a known type."""
    for part in _parts(value):
        if not isinstance(part, tuple(COMPARE)):
            raise DeclarationError(REFUSED, where, type=type(part).__name__)


def _parts(value: object) -> Iterator[object]:
    """Yield a value and all that it holds."""
    yield value
    if isinstance(value, dict):
        value = [*value.values()]
    if isinstance(value, list | tuple):
        for part in value:
            yield from _parts(part)


def _compare(got: object, want: Any, what: str, terms: Any) -> None:
    # The nearest type that it inherits from: bool before int, a Counter's dict.
    row = next(kind for kind in type(want).__mro__ if kind in COMPARE)
    COMPARE[row](got, want, what, terms)


def _compare_tensors(
    got: object, want: torch.Tensor, what: str, terms: Any
) -> None:
    expect.close(got, want, what, terms)


def _compare_numbers(got: object, want: float, what: str, terms: Any) -> None:
    expect.number(got, want, what, float(terms))


def _compare_equal(got: object, want: object, what: str, terms: Any) -> None:
    value = (
        got.item()
        if isinstance(got, torch.Tensor) and got.numel() == 1
        else got
    )
    is_equal = type(value) is type(want) and value == want
    shown = repr(got) if isinstance(got, str) else expect.kind(got)
    expect.that(
        is_equal, "expected {want}, got {got}", what, want=repr(want), got=shown
    )


def _compare_several(
    got: object, want: list[Any] | tuple[Any, ...], what: str, terms: Any
) -> None:
    is_list = isinstance(got, list | tuple)
    items = got if isinstance(got, list | tuple) else ()
    count = len(items) if is_list else expect.kind(got)
    words = N_("expected {many} values, got {got}")
    expect.that(count == len(want), words, what, many=len(want), got=count)
    for place, (item, right) in enumerate(zip(items, want)):
        _compare(item, right, what, terms[place] if terms else 0.0)


def _compare_dicts(
    got: object, want: dict[Any, Any], what: str, terms: Any
) -> None:
    if not isinstance(got, dict):
        words = N_("expected a dict, got {got}")
        raise expect.Difference(
            expect.phrase(words, got=expect.kind(got)), of=what
        )
    words, keys = N_("expected the keys {want}, got {got}"), repr([*want])
    expect.that(got.keys() == want.keys(), words, what, want=keys, got=[*got])
    for key, right in want.items():
        _compare(got[key], right, repr(key), terms[key] if terms else 0.0)


COMPARE: dict[type, Callable[[object, Any, str, Any], None]] = {
    torch.Tensor: _compare_tensors,
    int: _compare_numbers,
    float: _compare_numbers,
    bool: _compare_equal,
    str: _compare_equal,
    type(None): _compare_equal,
    list: _compare_several,
    tuple: _compare_several,
    dict: _compare_dicts,
}
