"""The checks that most exercises need, from one declaration: value, inputs, float64 and gradients.

Each compares the whole result, on inputs where one kind of mistake shows.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from hypothesis import strategies as st

from autograder import wire
from autograder.authoring import expect, values
from autograder.authoring.proxy import Probe, Student
from autograder.authoring.strategies import LARGE, MOST, Given, given_of
from autograder.errors import N_, DeclarationError

if TYPE_CHECKING:
    from autograder.authoring.exercise import Exercise

FLOAT32, FLOAT64 = (np.float32,), (np.float64,)
SMALLER = 1e-3  # numbers that a threshold would cut off
LARGEST = 20  # cases of the largest numbers: two in five show a bound at half of them on one side
MOVES = 4  # times that all inputs are moved by rounding errors, to see what that does to the result
EPS = expect.EPS[torch.float32]
# of the largest element of a result, up to which smaller ones may have its rounding errors
SHARE = 0.01
# Cases of checks other than "value": what one in five shows, all of them miss with a chance
# below 1e-6.
OTHER_CASES = 62
NO_USE = N_(
    "{where} needs a probe that makes an instance of the class and calls it. Declare "
    "one above it by "
    "`@{name}.probe()`, and write use=PROBE."
)
TOO_MANY = N_(
    "{where} draws at least {count} numbers for a case, and at most {most} fit. "
    "Write names in place of "
    "fixed sizes, and lower the smallest sizes."
)
NO_AXES = N_(
    "{where} also draws other sizes, so it needs to know the axes. Write "
    "given=tensors(...), without filter "
    'or map. For a smallest size, write X="n q>=2" or X="h>=kh w"; for other '
    "numbers, elements=; for numbers "
    "without equal ones, ties=False."
)

Right = Callable[..., Any]
Inputs = Mapping[str, Any]


def declare(
    exercise: Exercise,
    given: object,
    points: Mapping[str, float],
    up_to: float,
    close: tuple[float, str],
    use: Probe | None,
) -> None:
    """Declare these checks.  Raises DeclarationError."""
    where, right = exercise.place("contract", "contract"), exercise.right
    drawn = given_of(given)
    if right is None:
        raise DeclarationError(
            "{where} needs a right answer above it. Declare the answer first.", where
        )
    if inspect.isclass(right) and use is None:
        raise DeclarationError(NO_USE, where, name=exercise.name)
    if drawn is None:
        raise DeclarationError(NO_AXES, where)
    if (count := drawn.numbers(drawn.least)) > MOST:
        raise DeclarationError(TOO_MANY, where, count=count, most=MOST)
    called: Callable[..., Any] = right if use is None else use.function
    takes = [*inspect.signature(called).parameters.values()][0 if use is None else 1 :]
    if drawn.inputs != tuple(each.name for each in takes):
        sentence = N_(
            "{where} draws {inputs}, but `{called}` takes {names}. Use the same "
            "names in the same order."
        )
        inputs, names = ", ".join(drawn.inputs), ", ".join(each.name for each in takes)
        raise DeclarationError(
            sentence, where, inputs=inputs, names=names, called=called.__name__
        )
    if unknown := points.keys() - CHECKS.keys():
        sentence = N_("{where} has no check {name}. Choose one of {known}.")
        raise DeclarationError(
            sentence, where, name=repr(min(unknown)), known=", ".join(CHECKS)
        )
    near, reason = close
    if near and not reason:
        sentence = N_(
            '{where} has a tolerance without a reason. Write close=(1e-4, "why"), or leave it out.'
        )
        raise DeclarationError(sentence, where)
    optional = [each.name for each in takes if each.default is not each.empty]
    for name, worth in points.items():
        title, compare = CHECKS[name]
        options = _options(name, drawn, up_to, optional)
        body = _body(name, title, compare, right, near, use)
        exercise.check(points=worth, **options)(body)


def _body(
    name: str,
    title: str,
    compare: Callable[..., None],
    right: Right,
    near: float,
    use: Probe | None,
) -> Right:
    """Return the body of a check, as if it were declared in the exercise's file."""
    used = right if use is None else functools.partial(use.function, right)

    def body(f: Student, /, **inputs: Any) -> None:
        compare(f if use is None else f.through(use), used, inputs, near)

    body.__name__, body.__doc__, body.__module__ = name, title, right.__module__
    return body


def _agree(
    f: Student, right: Right, inputs: Inputs, near: float, result: object
) -> None:
    args = inputs.values()
    want = f.expected(right, *args)
    values.same(result, want, _widened(f.expected(_errors, right, *args), want, near))


def _widened(error: Any, want: Any, near: float) -> Any:
    """Return an error as `terms` that also allow a share of each element, or of 1 if it is
    smaller.
    """
    if isinstance(error, list):
        return [_widened(*pair, near) for pair in zip(error, want)]
    if isinstance(error, dict):
        return {key: _widened(error[key], want[key], near) for key in error}
    if not near or not isinstance(want, torch.Tensor | float):
        return error
    value = torch.as_tensor(want).detach()
    eps = expect.EPS.get(value.dtype, EPS)
    return torch.maximum(
        torch.as_tensor(error), value.abs().clamp(min=1) * (near / 32 / eps)
    )


def _compare_value(f: Student, right: Right, inputs: Inputs, near: float) -> None:
    """Compare the result, and the inputs that the right answer changes."""
    if any(after is not None for after in f.expected(_after, right, *inputs.values())):
        _compare_inputs(f, right, inputs, near, others=False)
    else:
        _agree(f, right, inputs, near, f(*inputs.values()))


def _compare_inputs(
    f: Student, right: Right, inputs: Inputs, near: float, others: bool = True
) -> None:
    """Compare the result and the inputs afterwards.  others: also those to leave alone."""
    args = inputs.values()
    got = f.and_inputs(*args)
    _agree(f, right, inputs, near, got.value)
    wanted, errors = (
        f.expected(_after, right, *args),
        f.expected(_errors_after, right, *args),
    )
    for now, (name, was), want, error in zip(
        got.inputs, inputs.items(), wanted, errors
    ):
        if want is not None:
            values.same(now, want, _widened(error, want, near), name)
        elif others:
            expect.unchanged(now, was, name)


def _after(right: Right, *args: Any) -> list[Any]:
    """Return the inputs that a call changes, as it leaves them, and None for each other one."""
    before = [wire.pack(value) for value in args]
    right(*args)
    return [
        None if wire.pack(value) == was else _detached(value)
        for value, was in zip(args, before)
    ]


def _errors_after(right: Right, *args: Any) -> Any:
    return _errors(functools.partial(_after, right), *args)


def _compare_gradients(f: Student, right: Right, inputs: Inputs, near: float) -> None:
    args = [*inputs.values()]
    of, cotangent = _floating(args), f.expected(_cotangent, right, *args)
    got = f.gradients(*args, of=of, cotangent=cotangent)
    _agree(f, right, inputs, near, got.value)
    wanted = f.expected(_gradients, right, cotangent, *args)
    errors = f.expected(_gradient_errors, right, cotangent, *args)
    for at, gradient, want, error in zip(of, got.grads, wanted, errors):
        if gradient is None and not want.any():
            continue
        expect.gradient(gradient, want, [*inputs][at], _widened(error, want, near))


# The title and the comparison of each check.
CHECKS: dict[str, tuple[str, Callable[..., None]]] = {
    "value": (
        N_("gives the right result, whatever the sizes of its inputs"),
        _compare_value,
    ),
    "inputs_unchanged": (
        N_("gives the right result and changes nothing else"),
        _compare_inputs,
    ),
    "float64": (
        N_("computes in float64 where its inputs are float64"),
        _compare_value,
    ),
    "gradients": (
        N_("gives a result through which the right gradients reach its inputs"),
        _compare_gradients,
    ),
}


def _options(
    name: str, drawn: Given, up_to: float, optional: Sequence[str]
) -> dict[str, Any]:
    if name == "value":
        scales = (
            1.0,
            SMALLER,
            up_to / 4,
        )  # normal numbers, of which some are four times as large
        wide = drawn.varied({}, dtypes=FLOAT32, scales=scales, zeros=False)
        ones = [
            drawn.varied({axis: (1,)}, dtypes=FLOAT32, scales=(1.0,))
            for axis in drawn.names
        ]
        given = _with_defaults(st.one_of(drawn.small(min(8, up_to)), wide), optional)
        largest = drawn.varied(
            {}, dtypes=FLOAT32, zeros=False, bound=up_to
        )  # what a bound cuts off
        return {
            "given": given,
            "edge_cases": [*_large(drawn, FLOAT32, up_to), *ones, *[largest] * LARGEST],
        }
    dtypes = FLOAT64 if name == "float64" else FLOAT32
    small = drawn.varied({}, dtypes=dtypes, scales=(1.0,), zeros=False)
    return {
        "given": small,
        "cases": OTHER_CASES,
        "edge_cases": _large(drawn, dtypes, up_to),
    }


def _with_defaults(strategy: Any, optional: Sequence[str]) -> Any:
    """Return a strategy that also leaves out the last of the inputs, whose parameters have a
    default.
    """

    def without(names: Sequence[str]) -> Any:
        return strategy.map(
            lambda case: {name: case[name] for name in case if name not in names}
        )

    return st.one_of(strategy, *(without(optional[i:]) for i in range(len(optional))))


def _large(drawn: Given, dtypes: tuple[Any, ...], up_to: float) -> list[Any]:
    scale = min(
        1.0, math.sqrt(up_to / 4) / LARGE**0.25
    )  # products added up along it are about `up_to`, too
    return [
        drawn.varied({axis: (LARGE,)}, dtypes=dtypes, scales=(scale,), zeros=False)
        for axis in drawn.names
    ]


def _floating(args: Iterable[Any]) -> list[int]:
    return [
        i
        for i, a in enumerate(args)
        if isinstance(a, torch.Tensor) and a.is_floating_point()
    ]


def _cotangent(right: Right, *args: Any) -> torch.Tensor:
    """Return weights for each element of the result, the same each time."""
    value = right(*args).detach()
    weights = np.random.default_rng(0).uniform(0.5, 2.0, tuple(value.shape))
    return torch.from_numpy(np.asarray(weights)).to(value.dtype)


def _gradients(right: Right, cotangent: torch.Tensor, *args: Any) -> list[torch.Tensor]:
    """Return the gradients of the floating-point inputs, for these weights of the result's
    elements.
    """
    floating = _floating(args)
    leaves = [values.copied(value) for value in args]
    for i in floating:
        leaves[i].requires_grad_()
    (right(*leaves) * cotangent).sum().backward()
    reached = [leaves[i] for i in floating]
    return [
        torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in reached
    ]


def _gradient_errors(right: Right, cotangent: torch.Tensor, *args: Any) -> list[Any]:
    """Return the errors of `_gradients`, also for terms that cancel, as for the one class of a
    row (0).
    """
    least = float(_magnitudes(right(*args).detach() * cotangent).max())
    errors = _errors(
        functools.partial(_gradients, right), cotangent, *args, least=torch.sum
    )
    return [torch.as_tensor(error).clamp(min=least) for error in errors]


def _magnitudes(result: torch.Tensor) -> torch.Tensor:
    """Return absolute values; 0 for one that is not finite: it must be equal, and excuses no
    other error.
    """
    return result.abs().nan_to_num(nan=0.0, posinf=0.0)


def _share_of_largest(magnitudes: torch.Tensor) -> torch.Tensor:
    return SHARE * magnitudes.max()


def _errors(
    function: Right,
    *args: Any,
    least: Callable[[torch.Tensor], torch.Tensor] = _share_of_largest,
) -> Any:
    """Return how far rounding errors in the inputs move a result, divided by eps: `terms` for
    a comparison.

    A right function with other steps makes errors no larger than these (backward stability;
    Higham, 1.5) or, in a sum of terms of both signs, no larger than those of its terms.
    least: a lower bound, of magnitudes.
    """
    exact = _exactly(function, args)
    rng = np.random.default_rng(0)
    if isinstance(exact, float):
        return _error_of_sum(function, args)
    moved = [_exactly(function, args, rng) for _ in range(MOVES)]
    if isinstance(exact, list):
        return [_error(before, after, least) for before, *after in zip(exact, *moved)]
    if isinstance(exact, dict):
        errors = {}
        for key, before in exact.items():  # a moved number may be another key
            errors[key] = _error(
                before, [after.get(key, before) for after in moved], least
            )
        return errors
    return _error(exact, moved, least)


def _error(
    before: Any, after: list[Any], least: Callable[[torch.Tensor], torch.Tensor]
) -> Any:
    if (
        not isinstance(before, torch.Tensor)
        or before.dtype is not torch.float64
        or not before.numel()
    ):
        return 0.0
    worst = torch.stack([(moved - before).abs() for moved in after]).amax(0) / EPS
    return _magnitudes(worst).clamp(min=float(least(_magnitudes(before))))


def _error_of_sum(function: Right, args: Any) -> float:
    """Return `_errors` of a number that a loop may add up in float32, from as many terms as an
    input has.

    Its error grows as the square root of their number (Higham and Mary, A New Approach to
    Probabilistic Rounding Error Analysis, 2019).  What a whole move does beside half of it:
    where a function jumps between equal inputs, as argmax does, both are beyond the jump,
    and it allows no error.
    """
    differences = []
    for seed in range(MOVES):
        half, whole = (
            _exactly(function, args, np.random.default_rng(seed), by)
            for by in (EPS / 2, EPS)
        )
        differences.append(abs(whole - half) * 2 / EPS)
    count = max((args[i].numel() for i in _floating(args)), default=0)
    return math.sqrt(count) * max(filter(math.isfinite, differences), default=0.0)


def _exactly(function: Right, args: Any, rng: Any = None, by: float = EPS) -> Any:
    """Return its result, or a list of several, in float64; rng: of inputs that errors up to
    `by` moved.
    """
    inputs = [values.copied(value) for value in args]
    for i in _floating(args):
        inputs[i] = args[i].detach().double()
        if rng is not None:
            moves = np.asarray(1 + by * rng.uniform(-1, 1, tuple(args[i].shape)))
            inputs[i] = inputs[i] * torch.from_numpy(moves)
        inputs[i].requires_grad_(args[i].requires_grad)
    result = function(*inputs)
    if isinstance(result, dict):
        return {key: _detached(value) for key, value in result.items()}
    return (
        [*map(_detached, result)]
        if isinstance(result, list | tuple)
        else _detached(result)
    )


def _detached(result: Any) -> Any:
    return result.detach() if isinstance(result, torch.Tensor) else result
