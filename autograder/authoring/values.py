"""The types of values that checks draw and compare: one table says how each is copied and
compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

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


class ValueType(NamedTuple):
    """How values of a type are copied, and compared with a right one: `compare(got, want,
    what, terms)`.
    """

    copy: Callable[[Any], Any]
    compare: Callable[[object, Any, str, Any], None]


def type_of(value: object) -> ValueType | None:
    """Return the row of a value's type or of the nearest type that it inherits from, such as a
    Counter's.
    """
    for kind in type(value).__mro__:
        if kind in TYPES:
            return TYPES[kind]
    return None


def copied(value: Any) -> Any:
    """Return a copy that a call may change, a tensor as a leaf; a value of no known type as it
    is.
    """
    row = type_of(value)
    return value if row is None else row.copy(value)


def same(got: object, want: Any, terms: Any = 0.0, what: str = "") -> None:
    """Raise Difference unless a value equals the right one, up to rounding.

    terms: as in `expect.close`; for a list, a tuple or a dict, of the same form.
    Raises DeclarationError if the right one is of no known type, or nan.

    Example: `same({"loss": 0.5}, {"loss": torch.tensor(0.5).item()})` raises nothing.
    """
    require_types(want, RIGHT)
    _require_numbers(want, RIGHT)
    row = type_of(want)
    assert row is not None
    row.compare(got, want, what, terms)


def require_types(value: object, where: str) -> None:
    """Raise DeclarationError unless a value, and all that it holds, is of a known type."""
    for part in _parts(value):
        if type_of(part) is None:
            raise DeclarationError(REFUSED, where, type=type(part).__name__)


def _require_numbers(value: object, where: str) -> None:
    """Raise DeclarationError if a number in a value is nan."""
    for part in _parts(value):
        if (
            isinstance(part, torch.Tensor | float)
            and torch.as_tensor(part).isnan().any()
        ):
            raise DeclarationError(IS_NAN, where)


def _parts(value: object) -> Iterator[object]:
    """Yield a value and all that it holds."""
    yield value
    if isinstance(value, dict):
        value = [*value.values()]
    if isinstance(value, list | tuple):
        for part in value:
            yield from _parts(part)


def _copy_tensor(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().clone().requires_grad_(tensor.requires_grad)


def _copy_tuple(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(copied(value) for value in values)


def _copy_list(values: list[Any]) -> list[Any]:
    return [copied(value) for value in values]


def _copy_dict(values: dict[Any, Any]) -> dict[Any, Any]:
    return {key: copied(value) for key, value in values.items()}


def _as_it_is(value: object) -> object:
    return value


def _compare_tensors(got: object, want: torch.Tensor, what: str, terms: Any) -> None:
    expect.close(got, want, what, terms)


def _compare_numbers(got: object, want: float, what: str, terms: Any) -> None:
    expect.number(got, want, what, float(terms))


def _compare_equal(got: object, want: object, what: str, terms: Any) -> None:
    value = got.item() if isinstance(got, torch.Tensor) and got.numel() == 1 else got
    is_equal = type(value) is type(want) and value == want
    got_in_words = repr(got) if isinstance(got, str) else expect.kind(got)
    expect.that(
        is_equal, "expected {want}, got {got}", what, want=repr(want), got=got_in_words
    )


def _compare_several(
    got: object, want: list[Any] | tuple[Any, ...], what: str, terms: Any
) -> None:
    values = got if isinstance(got, list | tuple) else ()
    count = len(values) if isinstance(got, list | tuple) else expect.kind(got)
    expect.that(
        count == len(want),
        "expected {many} values, got {got}",
        what,
        many=len(want),
        got=count,
    )
    for place, (value, right) in enumerate(zip(values, want)):
        same(value, right, terms[place] if isinstance(terms, list) else 0.0, what)


def _compare_dicts(got: object, want: dict[Any, Any], what: str, terms: Any) -> None:
    if not isinstance(got, dict):
        expect.that(False, "expected a dict, got {got}", what, got=expect.kind(got))
        return
    keys = repr([*want])
    expect.that(
        got.keys() == want.keys(),
        "expected the keys {want}, got {got}",
        what,
        want=keys,
        got=[*got],
    )
    for key, right in want.items():
        same(got[key], right, terms[key] if isinstance(terms, dict) else 0.0, repr(key))


TYPES: dict[type, ValueType] = {
    torch.Tensor: ValueType(_copy_tensor, _compare_tensors),
    int: ValueType(_as_it_is, _compare_numbers),
    float: ValueType(_as_it_is, _compare_numbers),
    bool: ValueType(_as_it_is, _compare_equal),
    str: ValueType(_as_it_is, _compare_equal),
    type(None): ValueType(_as_it_is, _compare_equal),
    list: ValueType(_copy_list, _compare_several),
    tuple: ValueType(_copy_tuple, _compare_several),
    dict: ValueType(_copy_dict, _compare_dicts),
}
