"""The checks that most exercises need, from one declaration: value, inputs, float64 and gradients.

Each compares the whole result, on inputs where one kind of mistake shows.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from hypothesis import strategies as st

from autograder.authoring import expect
from autograder.authoring.strategies import Given, given_of
from autograder.errors import N_, DeclarationError

if TYPE_CHECKING:
    from autograder.authoring.exercise import Exercise

FLOAT32, FLOAT64 = (np.float32,), (np.float64,)
LARGE = 1500  # the size of a large axis: larger than any loop or table in a wrong answer
SMALLER = 1e-3  # numbers that a threshold would cut off
LARGEST = 20  # cases of the largest numbers: half of them show a bound on one side
MOVES = 4  # times that all inputs are moved by rounding errors, to see what that does to the result
EPS = expect.EPS[torch.float32]
SHARE = 0.01  # of the largest element of a result, up to which smaller ones may have its rounding errors
DETECTION_RATE = 0.2  # in checks other than "value", at least one in five cases shows a wrong answer


def declare(exercise: Exercise, given: object, points: Mapping[str, float], hint: str, up_to: float) -> None:
    """Declare these checks, and an oracle where there is none.  Raises DeclarationError."""
    where, drawn = exercise.place("contract", "contract"), given_of(given)
    if exercise.right is None:
        raise DeclarationError("{where} needs a right answer above it. Declare the answer first.", where)
    if drawn is None:
        raise DeclarationError("{where} also draws other sizes. Write given=tensors(...).", where)
    inputs = (*drawn.axes, *drawn.also)
    if inputs != exercise.parameters:
        words = N_(
            "{where} draws {inputs}, but the answer takes {names}. Use the same names in the same order."
        )
        raise DeclarationError(words, where, inputs=", ".join(inputs), names=", ".join(exercise.parameters))
    bodies = _bodies(exercise.right)
    if unknown := points.keys() - bodies.keys():
        words = N_("{where} has no check {name}. Choose one of {known}.")
        raise DeclarationError(words, where, name=repr(min(unknown)), known=", ".join(bodies))
    for name, worth in points.items():
        body, (title, tip), options = bodies[name], WORDS[name], _options(name, given, drawn, up_to)
        body.__module__, body.__doc__ = exercise.right.__module__, title  # as if declared with the exercise
        exercise.check(points=worth, hint=hint or tip if name == "value" else tip, **options)(body)
    if not exercise.oracles:
        small = dict.fromkeys(drawn.names, (1, 2, 3, 7))
        every = drawn.of_sizes(small, scales=(SMALLER, 1.0, up_to / 4))
        wide = st.one_of([*_large(drawn, (*FLOAT32, *FLOAT64)), every, every])
        largest = drawn.of_sizes(small, scales=(up_to / 4,), zeros=False)  # what a bound cuts off

        @exercise.oracle(given=wide, cases=40 * (1 + len(drawn.names)), edge_cases=[largest] * LARGEST)
        def is_as_the_right_one(f: Any, /, **inputs: Any) -> None:
            """is as the right answer's, and leaves the inputs as they were"""
            bodies["inputs unchanged"](f, **inputs)
            if "gradients" in points:
                bodies["gradients"](f, **inputs)


# The title and the hint of each check.
WORDS = {
    "value": (
        N_("gives the right result, whatever the sizes of its inputs"),
        N_("Compute the result for a small input by hand. Which step of your function differs?"),
    ),
    "inputs unchanged": (
        N_("gives the right result and leaves its inputs as they were"),
        N_("Does a line change an input, with += or a method that ends in _?"),
    ),
    "float64": (
        N_("computes in float64 where its inputs are float64"),
        N_("Does a line create a float32 tensor, or convert to float32?"),
    ),
    "gradients": (
        N_("gives a result through which the right gradients reach its inputs"),
        N_("Does a line cut the graph, with .item(), .detach(), .data or torch.no_grad()?"),
    ),
}


def _options(name: str, given: Any, drawn: Given, up_to: float) -> dict[str, Any]:
    if name == "value":
        scales = (SMALLER, 1.0, up_to / 4)  # normal numbers, of which some are four times as large
        wide = drawn.of_sizes({}, dtypes=FLOAT32, scales=scales, zeros=False)
        ones = [drawn.of_sizes({axis: (1,)}, dtypes=FLOAT32, scales=(1.0,)) for axis in sorted(drawn.names)]
        return {"given": st.one_of(given, wide), "edge_cases": [*_large(drawn, FLOAT32), *ones]}
    dtypes = FLOAT64 if name == "float64" else FLOAT32
    small = drawn.of_sizes({}, dtypes=dtypes, scales=(1.0,), zeros=False)
    return {"given": small, "detection_rate": DETECTION_RATE, "edge_cases": _large(drawn, dtypes)}


def _large(drawn: Given, dtypes: tuple[Any, ...]) -> list[Any]:
    return [
        drawn.of_sizes({axis: (LARGE,)}, dtypes=dtypes, scales=(1.0,), zeros=False)
        for axis in sorted(drawn.names)
    ]


def _bodies(right: Callable[..., Any]) -> dict[str, Callable[..., None]]:
    """The body of each check, whose name is the check's."""

    def agree(f: Any, got: object, args: list[Any]) -> None:
        expect.same(got, f.expected(right, *args), f.expected(_errors, right, *args))

    def value(f: Any, /, **inputs: Any) -> None:
        agree(f, f(*inputs.values()), [*inputs.values()])

    def inputs_unchanged(f: Any, /, **inputs: Any) -> None:
        got = f.and_inputs(*inputs.values())
        agree(f, got.value, [*inputs.values()])
        expect.inputs_unchanged(got.inputs, **inputs)

    def float64(f: Any, /, **inputs: Any) -> None:
        value(f, **inputs)

    def gradients(f: Any, /, **inputs: Any) -> None:
        args, of = [*inputs.values()], _floating(inputs.values())
        cotangent = f.expected(_cotangent, right, *args)
        got = f.gradients(*args, of=of, cotangent=cotangent)
        agree(f, got.value, args)
        wanted = f.expected(_gradients, right, cotangent, *args)
        errors = f.expected(_gradient_errors, right, cotangent, *args)
        for at, own, want, error in zip(of, got.grads, wanted, errors):
            expect.gradient(own, want, [*inputs][at], error)

    return dict(zip(WORDS, (value, inputs_unchanged, float64, gradients)))


def _floating(args: Any) -> list[int]:
    return [i for i, a in enumerate(args) if isinstance(a, torch.Tensor) and a.is_floating_point()]


def _cotangent(right: Callable[..., Any], *args: Any) -> torch.Tensor:
    """Weights for each element of the result, the same each time."""
    value = right(*args).detach()
    weights = np.random.default_rng(0).uniform(0.5, 2.0, tuple(value.shape))
    return torch.from_numpy(np.asarray(weights)).to(value.dtype)


def _gradients(right: Callable[..., Any], cotangent: torch.Tensor, *args: Any) -> list[torch.Tensor]:
    """The gradients of the floating-point inputs, for these weights of the result's elements."""
    leaves = [a.detach().requires_grad_() if i in _floating(args) else a for i, a in enumerate(args)]
    (right(*leaves) * cotangent).sum().backward()
    found = [leaves[i] for i in _floating(args)]
    return [torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in found]


def _gradient_errors(right: Callable[..., Any], cotangent: torch.Tensor, *args: Any) -> list[Any]:
    """The errors of `_gradients`, also for terms that cancel, as for the one class of a row (gradient 0)."""
    least = float(_magnitudes(right(*args).detach() * cotangent).max())
    errors = _errors(functools.partial(_gradients, right), cotangent, *args, least=_sum)
    return [torch.as_tensor(one).clamp(min=least) for one in errors]


def _magnitudes(result: torch.Tensor) -> torch.Tensor:
    """Absolute values; 0 for an element that is not finite: it must be equal, and excuses no other error."""
    return result.abs().nan_to_num(nan=0.0, posinf=0.0)


def _share_of_largest(result: torch.Tensor) -> torch.Tensor:
    return SHARE * _magnitudes(result).max()


def _sum(result: torch.Tensor) -> torch.Tensor:
    return _magnitudes(result).sum()


def _errors(
    function: Callable[..., Any],
    *args: Any,
    least: Callable[[torch.Tensor], torch.Tensor] = _share_of_largest,
) -> Any:
    """How far rounding errors in the inputs can move a result, divided by eps: `terms` for a comparison.

    A right function with other steps makes errors no larger than these (backward stability; Higham, 1.5) or,
    in a sum of terms of both signs, no larger than those of its terms.  least: a lower bound.
    """
    exact, rng = _exactly(function, args), np.random.default_rng(0)
    if isinstance(exact, float):
        return _error_of_sum(function, args)
    moved = [_exactly(function, args, rng) for _ in range(MOVES)]
    if isinstance(exact, list):
        return [_error(before, after, least) for before, *after in zip(exact, *moved)]
    return _error(exact, moved, least)


def _error(before: Any, after: list[Any], least: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    if not isinstance(before, torch.Tensor) or before.dtype is not torch.float64 or not before.numel():
        return 0.0
    worst = torch.stack([(one - before).abs() for one in after]).amax(0) / EPS
    return _magnitudes(worst).clamp(min=float(least(before)))


def _error_of_sum(function: Callable[..., Any], args: Any) -> float:
    """As `errors`, of a number that a loop may add up in float32 from as many terms as an input has elements.

    Its error grows as the square root of their number (Higham and Mary, A New Approach to Probabilistic
    Rounding Error Analysis, 2019).  What a whole move does beside half of it: where a function jumps between
    equal inputs, as argmax does, both are beyond the jump, and it allows no error.
    """
    differences = []
    for seed in range(MOVES):
        half, whole = (_exactly(function, args, np.random.default_rng(seed), by) for by in (EPS / 2, EPS))
        differences.append(abs(whole - half) * 2 / EPS)
    count = max((args[i].numel() for i in _floating(args)), default=0)
    return math.sqrt(count) * max(filter(math.isfinite, differences), default=0.0)


def _exactly(function: Callable[..., Any], args: Any, rng: Any = None, by: float = EPS) -> Any:
    """Its result, or a list of several, in float64; rng: of inputs that errors up to `by` have moved."""
    inputs = list(args)
    for i in _floating(args):
        inputs[i] = args[i].detach().double()
        if rng is not None:
            moves = np.asarray(1 + by * rng.uniform(-1, 1, tuple(args[i].shape)))
            inputs[i] = inputs[i] * torch.from_numpy(moves)
        inputs[i].requires_grad_(args[i].requires_grad)
    found = function(*inputs)
    return [*map(_detached, found)] if isinstance(found, list | tuple) else _detached(found)


def _detached(result: Any) -> Any:
    return result.detach() if isinstance(result, torch.Tensor) else result
