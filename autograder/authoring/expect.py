"""The difference between an answer and the right one, in words.

Knows nothing of exercises.  Compares shapes before values, because broadcasting makes a wrong shape
look right.  nan never passes a tolerance.
"""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from autograder import wire
from autograder.errors import N_, Message
from autograder.wire import Other, Raised

RETURNED = N_("the returned value")  # as `what`, beside other values
CHANGED = N_("{what} was changed. Make a new tensor instead.")
EPS = {torch.float32: 2.0**-23, torch.float64: 2.0**-52}
NOTHING, KIND, SHAPE, DTYPE, VALUE, CLAIM = (
    "nothing",
    "kind",
    "shape",
    "dtype",
    "value",
    "claim",
)
GRADIENT = "gradient"  # none reaches a tensor


def phrase(text: str | Message, /, **values: object) -> Message:
    """Return a sentence, or a part of one, with its values; it is translated where it is read."""
    return text if isinstance(text, Message) else Message(text, values)


class Difference(AssertionError):
    """The student's answer is not the right one; the message is what the student reads.

    sort: NOTHING, KIND, SHAPE, DTYPE, VALUE or GRADIENT after a comparison, or else CLAIM.
    of: what was compared, "" for the returned value.  Differences with the same sort and
    `of` have one cause.
    """

    def __init__(self, message: str | Message, sort: str = CLAIM, of: str = ""):
        super().__init__(str(message))
        self.message = phrase(message)
        self.sort = sort
        self.of = of


def that(
    truth: bool, message: str | Message, of: str = "", **values: object
) -> None:
    """Raise Difference with this message unless truth.

    values: fill the message's braces, so that the sentence itself can be translated.
    of: names the cause, if another check's message can have the same one.

    >>> that(1 + 1 == 3, "expected {n} rows", n=3)
    Traceback (most recent call last):
    autograder.authoring.expect.Difference: expected 3 rows
    """
    if not truth:
        raise Difference(phrase(message, **values), CLAIM, of)


def agreement(
    function: Any, right: Callable[..., Any], *args: torch.Tensor
) -> None:
    """Raise Difference unless the student's function returns what `right` does, each with its
    own copies.
    """
    close(function(*args), function.expected(right, *args))


def close(
    got: object, want: torch.Tensor, what: str | Message = "", terms: Any = 0.0
) -> None:
    """Raise Difference unless type, shape and dtype are the same, and values are equal up to
    rounding.

    The error allowed is 32 eps times the magnitude of the terms that were added up, or of
    the result if that is larger: a relative tolerance alone fails right answers whose large
    terms cancel.  terms: a number, or one for each element.  Eight additions and
    multiplications in any order stay below 8 eps (Higham, Accuracy and Stability, 3.1).
    what: names the tensor, if it is not the returned value.

    >>> close(torch.ones(2, 2), torch.ones(2, 1))
    Traceback (most recent call last):
    autograder.authoring.expect.Difference: expected shape (2, 1), got (2, 2)
    """
    got = _of_shape(got, want, what)
    if got.dtype != want.dtype:
        words = N_("expected dtype {expected}{of}, got {got}")
        raise _difference(
            words, DTYPE, what, expected=name(want.dtype), got=name(got.dtype)
        )
    if got.equal(want):
        return
    is_right = got == want
    if want.is_floating_point():
        least = torch.as_tensor(terms).clamp(min=1e-30).to(want.dtype)
        allowed = 32 * EPS[want.dtype] * torch.maximum(want.abs(), least)
        is_right |= ((got - want).abs() <= allowed) & want.isfinite()
    if not is_right.all():
        at = tuple((~is_right).nonzero()[0].tolist())
        raise _other_value(
            want[at],
            got[at],
            what,
            phrase(" at {place}", place=list(at)) if at else "",
        )


def number(
    got: object, want: float, what: str | Message = "", terms: float = 0.0
) -> None:
    """Raise Difference unless it is a number, or a tensor of one, that equals `want` up to
    rounding.

    The error allowed is that of `close` in float32, of a float64 tensor in float64.  terms:
    as there.

    >>> number(torch.tensor([0.25]), 0.25)
    """
    if isinstance(got, torch.Tensor) and got.numel() != 1:
        raise _other_shape(got, torch.tensor(want), what)
    if not isinstance(got, torch.Tensor | int | float):
        raise _other_kind(N_("expected a number{of}, got {got}"), got, what)
    dtype = (
        torch.float64
        if getattr(got, "dtype", None) is torch.float64
        else torch.float32
    )
    allowed = 32 * EPS[dtype] * max(abs(want), terms, 1e-30)
    if not (abs(float(got) - want) <= allowed or float(got) == want):
        raise _other_value(want, float(got), what)


def within(
    got: object, want: torch.Tensor, error: float, what: str | Message
) -> None:
    """Raise Difference unless it has the same shape, and elements within a stated error of the
    right ones.
    """
    got, want = _of_shape(got, want, what).double(), want.double()
    wrong = ~((got - want).abs() <= error)
    if wrong.any():
        at = tuple(wrong.nonzero()[0].tolist())
        raise _other_value(want[at], got[at], what)


def _of_shape(
    got: object, want: torch.Tensor, what: str | Message
) -> torch.Tensor:
    """Return the value if it is a tensor of the wanted shape.  Raises Difference."""
    if not isinstance(got, torch.Tensor):
        raise _other_kind(N_("expected a tensor{of}, got {got}"), got, what)
    if got.shape != want.shape:
        raise _other_shape(got, want, what)
    return got


def _difference(
    words: str, sort: str, what: str | Message, **values: object
) -> Difference:
    of = phrase(" for {what}", what=phrase(what)) if what else ""
    return Difference(
        phrase(words, of=of, **values),
        sort,
        "" if what == RETURNED else str(what),
    )


def _other_kind(words: str, got: object, what: str | Message) -> Difference:
    return _difference(
        words, NOTHING if got is None else KIND, what, got=kind(got)
    )


def _other_shape(
    got: torch.Tensor, want: torch.Tensor, what: str | Message
) -> Difference:
    words = N_("expected shape {expected}{of}, got {got}")
    return _difference(words, SHAPE, what, expected=shape(want), got=shape(got))


def _other_value(
    want: object, got: object, what: str | Message, where: str | Message = ""
) -> Difference:
    right, wrong = in_enough_digits(want, got)
    words = N_("expected {expected}{of}{at}, got {got}")
    return _difference(words, VALUE, what, expected=right, at=where, got=wrong)


def unchanged(now: object, before: object, what: str | Message) -> None:
    """Raise Difference unless `now` equals `before`, bit by bit.  what: the input's name.

    >>> unchanged(torch.zeros(2), torch.ones(2), "X")
    Traceback (most recent call last):
    autograder.authoring.expect.Difference: X was changed. Make a new tensor instead.
    """
    if isinstance(now, torch.Tensor) and isinstance(before, torch.Tensor):
        is_equal = (
            now.shape == before.shape
            and now.dtype == before.dtype
            and before.equal(now)
        )
    else:
        is_equal = wire.pack(now) == wire.pack(before)
    that(is_equal, CHANGED, f"{what} changed", what=what)


def inputs_unchanged(inputs: list[object], /, **before: object) -> None:
    """Raise Difference unless all tensors, in the order of their names, are as they were
    before the call.
    """
    for now, (what, was) in zip(inputs, before.items()):
        if isinstance(was, torch.Tensor):
            unchanged(now, was, what)


def gradient(
    got: object, want: torch.Tensor, of: str, terms: Any = 0.0
) -> None:
    """Raise Difference unless the right gradient reached the tensor called `of`.  terms: as in
    `close`.
    """
    what = phrase("the gradient of {name}", name=of)
    if got is None:
        words = phrase(N_("no gradient reaches {name}"), name=of)
        raise Difference(words, GRADIENT, str(what))
    close(got, want, what, terms)


def kind(value: object) -> str | Message:
    """Return words for what a student returned in place of a tensor."""
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, Raised):
        return value.error
    if isinstance(value, np.ndarray):
        return phrase("a numpy array")
    if isinstance(value, int | float):
        return phrase("the number {value}", value=repr(value)[:60])
    return phrase(
        "a {type}",
        type=value.type if isinstance(value, Other) else type(value).__name__,
    )


def shape(t: torch.Tensor) -> str:
    return str(tuple(t.shape))


def name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def format_number(x: object, digits: int = 6) -> str:
    """Return a number as a student would write it."""
    value = x.item() if isinstance(x, torch.Tensor) else x
    if isinstance(value, float) and math.isfinite(value):
        return f"{value + 0.0:.{digits}g}"  # no -0
    return str(value)


def in_enough_digits(want: object, got: object) -> tuple[str, str]:
    """Return two numbers that differ, in as many digits as show it."""
    for digits in (6, 9, 17):
        pair = format_number(want, digits), format_number(got, digits)
        if pair[0] != pair[1]:
            break
    return pair


def numbers(t: torch.Tensor, rounded: Callable[[float], object]) -> str:
    """Return a tensor's numbers in nested lists, as torch prints them.  rounded: returns one to
    show.
    """

    def nested(value: Any) -> Any:
        if isinstance(value, list):
            return [*map(nested, value)]
        return float(str(rounded(value))) if isinstance(value, float) else value

    return re.sub(r"\.0(?=[,\]]|$)", ".", str(nested(t.tolist())))


def shown(tensor: torch.Tensor) -> str | Message:
    """Return a tensor's numbers, or its shape if they are too many for a line or two."""
    if tensor.numel() > 24:
        return phrase("a tensor of shape {shape}", shape=shape(tensor))
    text = numbers(tensor, format_number)
    return (
        text
        if tensor.dtype is torch.float32
        else f"{text} ({name(tensor.dtype)})"
    )
