"""The difference between an answer and the right one, in words.

Knows nothing of exercises.  Compares shapes before values, because broadcasting makes a wrong shape
look right.  nan never passes a tolerance.
"""

import contextlib
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from autograder import wire
from autograder.errors import N_, DeclarationError, Message
from autograder.wire import Other, Raised

RETURNED = N_("the returned value")  # as `what`, beside other values
CHANGED = N_("{what} was changed. Make a new tensor instead.")
REFUSED = N_(
    "{where} has a {type}, which no check can copy and compare. Use tensors, "
    "numbers, strings, True, False, "
    "None, and lists, tuples and dicts of these."
)
RIGHT_ANSWER = N_("The right answer")
EPS = {torch.float32: 2.0**-23, torch.float64: 2.0**-52}
CLAIM = "claim"  # the sort of a difference that no comparison found
What = str | Message  # the name of what is compared


def phrase(text: What, /, **values: object) -> Message:
    """Return a sentence, or a part of one, with its values; it is translated where it is read."""
    if isinstance(text, Message):
        return text
    return Message(text, values)


class Difference(AssertionError):
    """The student's answer is not the right one; the message is what the student reads.

    sort: "nothing", "kind", "shape", "dtype" or "value" after a comparison, "gradient" if none
    reaches a tensor, or else CLAIM.
    of: what was compared, "" for the returned value.  Differences with the same sort and
    `of` have one cause.
    """

    def __init__(self, message: What, sort: str = CLAIM, of: str = ""):
        super().__init__(str(message))
        self.message = phrase(message)
        self.sort = sort
        self.of = of


@contextlib.contextmanager
def rephrased(words: str, of: str = "", **values: object) -> Iterator[None]:
    """Say more of a Difference that is raised inside, in words with a {difference}.

    of: names another cause, if it is one.

    >>> with rephrased("in epoch {epoch}: {difference}", epoch=2):
    ...     close(0.5, 0.25)
    Traceback (most recent call last):
    autograder.authoring.expect.Difference: in epoch 2: expected 0.25, got 0.5
    """
    try:
        yield
    except Difference as error:
        message = phrase(words, difference=error.message, **values)
        raise Difference(message, error.sort, of or error.of) from None


def that(
    truth: bool,
    message: What,
    of: str = "",
    **values: object,
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


def agreement(function: Any, right: Callable[..., Any], *args: Any) -> None:
    """Raise Difference unless the student's function returns what `right` does for copies."""
    close(function(*args), function.expected(right, *args))


def close(
    got: object,
    want: Any,
    what: What = "",
    terms: Any = 0.0,
) -> None:
    """Raise Difference unless a value is right, by the type of the right one.

    A tensor: the same shape and dtype, and numbers equal up to rounding.  A number: a number,
    or a tensor of one, equal up to rounding.  A bool, a str or None: equal.  A list or a
    tuple: as long.  A dict: the same keys.  What these hold is compared alike.

    The error allowed is 32 eps times the magnitude of the terms that were added up, or of
    the result if that is larger: a relative tolerance alone fails right answers whose large
    terms cancel.  terms: a number, or one for each element; for a list, a tuple or a dict, of
    its form.  Eight additions and multiplications in any order stay below 8 eps (Higham,
    Accuracy and Stability, 3.1).  what: names the value, if it is not the returned one.

    Raises DeclarationError if the right value is of another type, or nan.

    >>> close(torch.ones(2, 2), torch.ones(2, 1))
    Traceback (most recent call last):
    autograder.authoring.expect.Difference: expected shape (2, 1), got (2, 2)
    >>> close({"loss": 0.5}, {"loss": 0.25})
    Traceback (most recent call last):
    autograder.authoring.expect.Difference: expected 0.25 for 'loss', got 0.5
    """
    # The nearest type that it inherits from: bool before int, a Counter's dict.
    for kind_of_want in type(want).__mro__:
        if kind_of_want in COMPARE:
            COMPARE[kind_of_want](got, want, what, terms)
            return
    raise DeclarationError(REFUSED, RIGHT_ANSWER, type=type(want).__name__)


def _close_tensor(
    got: object, want: torch.Tensor, what: What, terms: Any
) -> None:
    _require_no_nan(want)
    got = _of_shape(got, want, what)
    if got.dtype != want.dtype:
        raise _difference(
            N_("expected dtype {expected}{of}, got {got}"),
            "dtype",
            what,
            expected=name(want.dtype),
            got=name(got.dtype),
        )
    if got.equal(want):
        return
    is_right = got == want
    if want.is_floating_point():
        # A right 0 has an error of 0, which no number but 0 is within.
        least = torch.as_tensor(terms).clamp(min=1e-30).to(want.dtype)
        magnitude = torch.maximum(want.abs(), least)
        allowed = 32 * torch.finfo(want.dtype).eps * magnitude
        is_close = (got - want).abs() <= allowed
        # An infinite number is within any error of another.
        is_right |= is_close & want.isfinite()
    if not is_right.all():
        at = _first_wrong(is_right)
        where: What = ""
        if at:
            where = phrase(" at {place}", place=list(at))
        raise _other_value(want[at], got[at], what, where)


def _close_number(got: object, want: float, what: What, terms: Any) -> None:
    _require_no_nan(want)
    eps = EPS[torch.float32]
    if isinstance(got, torch.Tensor):
        if got.numel() != 1:
            raise _other_shape(got, torch.tensor(want), what)
        eps = EPS.get(got.dtype, eps)
    elif not isinstance(got, int | float):
        raise _other_kind(N_("expected a number{of}, got {got}"), got, what)
    number = float(got)
    magnitude = max(abs(want), float(terms), 1e-30)
    is_close = abs(number - want) <= 32 * eps * magnitude
    if number != want and not is_close:
        raise _other_value(want, number, what)


def _equal(got: object, want: object, what: What, terms: Any) -> None:
    value = got
    shown = kind(got)
    if isinstance(got, torch.Tensor) and got.numel() == 1:
        value = got.item()
    elif isinstance(got, str):
        shown = repr(got)
    that(
        type(value) is type(want) and value == want,
        N_("expected {want}, got {got}"),
        str(what),
        want=repr(want),
        got=shown,
    )


def _close_items(got: Any, want: Any, what: What, terms: Any) -> None:
    count: object = kind(got)
    if isinstance(got, list | tuple):
        count = len(got)
    that(
        count == len(want),
        N_("expected the length {many}, got {got}"),
        str(what),
        many=len(want),
        got=count,
    )
    for place, right in enumerate(want):
        item_terms = terms and terms[place]
        close(got[place], right, what, item_terms)


def _close_dict(got: Any, want: Any, what: What, terms: Any) -> None:
    that(
        isinstance(got, dict),
        N_("expected a dict, got {got}"),
        str(what),
        got=kind(got),
    )
    that(
        got.keys() == want.keys(),
        N_("expected the keys {want}, got {got}"),
        str(what),
        want=repr([*want]),
        got=[*got],
    )
    for key, right in want.items():
        item_terms = terms and terms[key]
        close(got[key], right, repr(key), item_terms)


def _require_no_nan(want: object) -> None:
    if torch.as_tensor(want).isnan().any():
        raise DeclarationError(
            "{where} is nan for some inputs, so that no answer equals it. Draw inputs for which "
            "it is a number.",
            RIGHT_ANSWER,
        )


# The table of value types: how each is compared.  `values` copies the same ones.
COMPARE: dict[type, Callable[[object, Any, What, Any], None]] = {
    torch.Tensor: _close_tensor,
    int: _close_number,
    float: _close_number,
    bool: _equal,
    str: _equal,
    type(None): _equal,
    list: _close_items,
    tuple: _close_items,
    dict: _close_dict,
}


def within(
    got: object,
    want: torch.Tensor,
    error: float,
    what: What,
) -> None:
    """Raise Difference unless the shape is right, and all elements within this error."""
    got = _of_shape(got, want, what).double()
    want = want.double()
    is_right = (got - want).abs() <= error
    if not is_right.all():
        at = _first_wrong(is_right)
        raise _other_value(want[at], got[at], what)


def _first_wrong(is_right: torch.Tensor) -> tuple[int, ...]:
    wrong = (~is_right).nonzero()
    return tuple(wrong[0].tolist())


def _of_shape(got: object, want: torch.Tensor, what: What) -> torch.Tensor:
    """Return the value if it is a tensor of the wanted shape.  Raises Difference."""
    if not isinstance(got, torch.Tensor):
        raise _other_kind(N_("expected a tensor{of}, got {got}"), got, what)
    if got.shape != want.shape:
        raise _other_shape(got, want, what)
    return got


def _difference(
    words: str, sort: str, what: What, **values: object
) -> Difference:
    of: What = ""
    if what:
        of = phrase(" for {what}", what=phrase(what))
    message = phrase(words, of=of, **values)
    # The cause of a wrong returned value is the same under any name.
    return Difference(message, sort, str(what).removeprefix(RETURNED))


def _other_kind(words: str, got: object, what: What) -> Difference:
    sort = "kind"
    if got is None:
        sort = "nothing"
    return _difference(words, sort, what, got=kind(got))


def _other_shape(
    got: torch.Tensor, want: torch.Tensor, what: What
) -> Difference:
    return _difference(
        N_("expected shape {expected}{of}, got {got}"),
        "shape",
        what,
        expected=shape(want),
        got=shape(got),
    )


def _other_value(
    want: object, got: object, what: What, where: What = ""
) -> Difference:
    right, wrong = in_enough_digits(want, got)
    return _difference(
        N_("expected {expected}{of}{at}, got {got}"),
        "value",
        what,
        expected=right,
        at=where,
        got=wrong,
    )


def unchanged(now: object, before: object, what: What) -> None:
    """Raise Difference unless `now` equals `before`, bit by bit.  what: the input's name.

    >>> unchanged(torch.zeros(2), torch.ones(2), "X")
    Traceback (most recent call last):
    autograder.authoring.expect.Difference: X was changed. Make a new tensor instead.
    """
    if isinstance(before, torch.Tensor):
        before = before.detach()
    # Packed, equal numbers of other bits, such as 0 and -0, differ, and nan equals nan.
    is_equal = wire.pack(now) == wire.pack(before)
    that(is_equal, CHANGED, f"{what} changed", what=what)


def gradient(
    got: object,
    want: torch.Tensor,
    of: str,
    terms: Any = 0.0,
) -> None:
    """Raise Difference unless the right gradient reached the tensor `of`; terms: as in `close`."""
    what = phrase("the gradient of {name}", name=of)
    if got is None:
        message = phrase("no gradient reaches {name}", name=of)
        raise Difference(message, "gradient", str(what))
    close(got, want, what, terms)


def kind(value: object) -> What:
    """Return words for what a student returned in place of a tensor."""
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, Raised):
        return value.error
    if isinstance(value, np.ndarray):
        return phrase("a numpy array")
    if isinstance(value, int | float):
        return phrase("the number {value}", value=repr(value)[:60])
    if isinstance(value, Other):
        return phrase("a {type}", type=value.type)
    return phrase("a {type}", type=type(value).__name__)


def shape(t: torch.Tensor) -> str:
    return str(tuple(t.shape))


def name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def format_number(x: object, digits: int = 6) -> str:
    """Return a number as a student would write it."""
    if isinstance(x, torch.Tensor):
        x = x.item()
    if isinstance(x, float) and math.isfinite(x):
        # A sum with 0.0 is never -0.
        return f"{x + 0.0:.{digits}g}"
    return str(x)


def in_enough_digits(want: object, got: object) -> tuple[str, str]:
    """Return two numbers that differ, in as many digits as show it."""
    for digits in (6, 9, 17):
        right = format_number(want, digits)
        wrong = format_number(got, digits)
        if right != wrong:
            break
    return right, wrong


def numbers(t: torch.Tensor, rounded: Callable[[float], object]) -> str:
    """Return a tensor's numbers in nested lists, as torch prints them.

    rounded: returns a number to show.
    """

    def nested(value: Any) -> Any:
        if isinstance(value, list):
            return [*map(nested, value)]
        if isinstance(value, float):
            return float(str(rounded(value)))
        return value

    text = str(nested(t.tolist()))
    return re.sub(r"\.0(?=[,\]]|$)", ".", text)


def shown(tensor: torch.Tensor) -> What:
    """Return a tensor's numbers, or its shape if they are too many for a line or two."""
    if tensor.numel() > 24:
        return phrase("a tensor of shape {shape}", shape=shape(tensor))
    text = numbers(tensor, format_number)
    if tensor.dtype is torch.float32:
        return text
    return f"{text} ({name(tensor.dtype)})"
