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

from autograder.languages import N_, tr
from autograder.wire import Other, Raised

CHANGED = N_("{what} was changed. Make a new tensor instead.")
EPS = {torch.float32: 2.0**-23, torch.float64: 2.0**-52}


class Difference(AssertionError):
    """The student's answer is not the right one; the message is what the student reads.

    sort: NOTHING, KIND, SHAPE, DTYPE or VALUE after a comparison, else CLAIM.  of: what was compared, "" for
    the returned value.  Differences with the same sort and `of` have the same cause.
    """

    def __init__(self, message: str, sort: str = "claim", of: str = ""):
        super().__init__(message)
        self.sort, self.of = sort, of


NOTHING, KIND, SHAPE, DTYPE, VALUE, CLAIM = "nothing", "kind", "shape", "dtype", "value", "claim"


def that(truth: bool, message: str, of: str = "", **values: object) -> None:
    """Raise Difference with this message unless truth.

    values: fill the message's braces, so that the sentence itself can be translated.
    of: names the cause, if another check's message can have the same one.
    """
    if not truth:
        raise Difference(tr(message, **values), CLAIM, of)


def agreement(function: Any, right: Callable[..., Any], *args: torch.Tensor) -> None:
    """The student's function returns what `right` returns, each called with its own copies."""
    close(function(*args), function.expected(right, *args))


def same(got: object, want: Any, terms: Any = 0.0) -> None:
    """The right result: a tensor, a number, a list or tuple of these, or anything else, which must be equal.

    terms: as in `close`; for several values, a list with one for each.
    """
    if isinstance(want, torch.Tensor):
        close(got, want, terms=terms)
    elif isinstance(want, list | tuple):
        words = N_("expected {many} values, got {got}")
        that(isinstance(got, list | tuple), words, many=len(want), got=kind(got))
        several = list(got) if isinstance(got, list | tuple) else []
        that(len(several) == len(want), words, many=len(want), got=len(several))
        for i, (one, right) in enumerate(zip(several, want)):
            same(one, right, terms[i] if isinstance(terms, list) else 0.0)
    elif isinstance(want, int | float) and not isinstance(want, bool):
        number(got, want, terms=float(terms))
    else:
        one = got.item() if isinstance(got, torch.Tensor) and got.numel() == 1 else got
        is_same = type(one) is type(want) and one == want
        that(is_same, "expected {want}, got {got}", want=repr(want), got=kind(got))


def close(got: object, want: torch.Tensor, what: str = "", terms: Any = 0.0) -> None:
    """The same type, shape and dtype, then values equal up to rounding.

    The error allowed is 32 eps times the magnitude of the terms that were added up, or of the result if that
    is larger: a relative tolerance alone fails right answers whose large terms cancel.  terms: a number, or
    one for each element.  Eight additions and multiplications in any order stay below 8 eps (Higham,
    Accuracy and Stability, 3.1).
    """
    got = _of_shape(got, want, what)
    if got.dtype != want.dtype:
        dtypes = {"expected": name(want.dtype), "got": name(got.dtype)}
        raise Difference(tr("expected dtype {expected}{of}, got {got}", of=_of(what), **dtypes), DTYPE, what)
    if got.equal(want):
        return
    if not want.is_floating_point():
        wrong = got != want
    else:
        allowed = (
            32
            * EPS[want.dtype]
            * torch.maximum(want.abs(), torch.as_tensor(terms).clamp(min=1e-30).to(want.dtype))
        )
        wrong = ~(((got - want).abs() <= allowed) & want.isfinite() | (got == want))
    if wrong.any():
        at = tuple(wrong.nonzero()[0].tolist())
        where = tr(" at {place}", place=list(at)) if at else ""
        raise _other_value(want[at], got[at], what, where)


def number(got: object, want: float, what: str = "", terms: float = 0.0) -> None:
    """A number, or a tensor of one, that equals `want` up to rounding; terms: as in `close`.

    The error allowed is that of `close` in float32, of a float64 tensor in float64.
    """
    if isinstance(got, torch.Tensor) and got.numel() != 1:
        raise _other_shape(got, torch.tensor(want), what)
    if not isinstance(got, torch.Tensor | int | float):
        sort = NOTHING if got is None else KIND
        raise Difference(tr("expected a number{of}, got {got}", of=_of(what), got=kind(got)), sort, what)
    dtype = torch.float64 if getattr(got, "dtype", None) is torch.float64 else torch.float32
    allowed = 32 * EPS[dtype] * max(abs(want), terms, 1e-30)
    if not (abs(float(got) - want) <= allowed or float(got) == want):
        raise _other_value(want, float(got), what)


def within(got: object, want: torch.Tensor, error: float, what: str) -> None:
    """A tensor of the same shape whose elements lie within a stated error of the right ones."""
    got, want = _of_shape(got, want, what).double(), want.double()
    wrong = ~((got - want).abs() <= error)
    if wrong.any():
        at = tuple(wrong.nonzero()[0].tolist())
        raise _other_value(want[at], got[at], what)


def _of_shape(got: object, want: torch.Tensor, what: str) -> torch.Tensor:
    """The value, which must be a tensor of the wanted shape.  Raises Difference."""
    if not isinstance(got, torch.Tensor):
        sort = NOTHING if got is None else KIND
        raise Difference(tr("expected a tensor{of}, got {got}", of=_of(what), got=kind(got)), sort, what)
    if got.shape != want.shape:
        raise _other_shape(got, want, what)
    return got


def _of(what: str) -> str:
    """What was compared, as a part of a sentence; "" for the returned value."""
    return tr(" for {what}", what=tr(what)) if what else ""


def _other_shape(got: torch.Tensor, want: torch.Tensor, what: str) -> Difference:
    shapes = {"expected": shape(want), "got": shape(got)}
    return Difference(tr("expected shape {expected}{of}, got {got}", of=_of(what), **shapes), SHAPE, what)


def _other_value(want: object, got: object, what: str, where: str = "") -> Difference:
    right, wrong = in_enough_digits(want, got)
    words = tr("expected {expected}{of}{at}, got {got}", expected=right, of=_of(what), at=where, got=wrong)
    return Difference(words, VALUE, what)


def unchanged(now: object, before: torch.Tensor, what: str) -> None:
    """The student left an input as it was."""
    is_same = (
        isinstance(now, torch.Tensor)
        and now.shape == before.shape
        and now.dtype == before.dtype
        and now.equal(before)
    )
    that(is_same, CHANGED, f"{what} changed", what=what)


def inputs_unchanged(inputs: list[object], /, **before: object) -> None:
    """The student left all tensors, in the order in which they are named, as they were before the call."""
    for now, (what, was) in zip(inputs, before.items()):
        if isinstance(was, torch.Tensor):
            unchanged(now, was, what)


def gradient(got: object, want: torch.Tensor, of: str, terms: Any = 0.0) -> None:
    """A gradient reached the tensor called `of`, and is the right one; terms: as in `close`."""
    that(got is not None, "no gradient reaches {name}", name=of)
    close(got, want, tr("the gradient of {name}", name=of), terms)


def kind(value: object) -> str:
    """What a student returned in place of a tensor, in words."""
    if value is None:
        return tr("None")
    if isinstance(value, Other):
        return tr("a {type}", type=value.type)
    if isinstance(value, Raised):
        return value.error
    if isinstance(value, np.ndarray):
        return tr("a numpy array")
    if isinstance(value, bool | int | float):
        return tr("the number {value}", value=repr(value))[:60]
    return tr("a {type}", type=type(value).__name__)


def shape(t: torch.Tensor) -> str:
    return str(tuple(t.shape))


def name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def format_number(x: object, digits: int = 6) -> str:
    """A number as a student would write it."""
    value = x.item() if isinstance(x, torch.Tensor) else x
    if isinstance(value, float) and math.isfinite(value):
        return f"{value + 0.0:.{digits}g}"  # no -0
    return str(value)


def in_enough_digits(want: object, got: object) -> tuple[str, str]:
    """Two numbers that differ, in as many digits as show it."""
    for digits in (6, 9, 17):
        pair = format_number(want, digits), format_number(got, digits)
        if pair[0] != pair[1]:
            break
    return pair


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return float(format_number(value)) if isinstance(value, float) else value


def shown(value: object) -> str:
    """A drawn input, short enough for a line or two."""
    if isinstance(value, torch.Tensor):
        text = tr("a tensor of shape {shape}", shape=shape(value))
        if value.numel() <= 24:
            text = re.sub(r"\.0(?=[,\]]|$)", ".", str(_rounded(value.tolist())))
        return text if value.dtype is torch.float32 else f"{text} ({name(value.dtype)})"
    if isinstance(value, list | tuple):
        inner = ", ".join(shown(v) for v in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    return repr(value)
