"""The checks that most exercises need, from one declaration: value, inputs, float64 and gradients.

Each compares the whole result, on inputs where one kind of mistake shows.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from hypothesis import strategies as st

from autograder import wire
from autograder.authoring import expect, values
from autograder.authoring.checks import Options
from autograder.authoring.proxy import Probe, StudentFunction
from autograder.authoring.strategies import MOST, Given, given_of
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
NO_ANSWER = N_(
    "{where} needs a right answer above it. Declare the answer first."
)
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
OTHER_NAMES = N_(
    "{where} draws {inputs}, but `{called}` takes {names}. Use the same "
    "names in the same order."
)
NO_REASON = N_(
    '{where} has a tolerance without a reason. Write close=(1e-4, "why"), or leave it out.'
)
NO_CHECK = N_("{where} has no check {name}. Choose one of {known}.")
# The title of each check, unless its author writes another.
TITLES = {
    "value": N_("gives the right result, whatever the sizes of its inputs"),
    "inputs_unchanged": N_("gives the right result and changes nothing else"),
    "float64": N_("computes in float64 where its inputs are float64"),
    "gradients": N_(
        "gives a result through which the right gradients reach its inputs"
    ),
}

# Added to a difference.
SECOND_CALL = N_(
    "{difference}, in a second call after the numbers in the same tensors changed. "
    "Does a call keep something for the next one?"
)

Right = Callable[..., Any]
Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Contract:
    """What the checks of one declaration compare, and how."""

    exercise: Exercise
    right: Right  # its right answer, or a probe that calls it
    use: Probe | None
    near: float  # a share of each element by which right answers may differ
    gradients_of: Sequence[str]
    large: int  # the size of a large axis

    def body(self, name: str, title: str) -> Right:
        """Return the body of a check, as if it were declared in the exercise's file."""

        def body(f: StudentFunction, /, **inputs: Any) -> None:
            student = f if self.use is None else f.through(self.use)
            if name == "gradients":
                self.check_gradients(student, inputs)
            else:
                self.check_call(student, inputs, name)

        body.__name__ = name
        body.__doc__ = title
        body.__module__ = self.right.__module__
        return body

    def _input_check(self) -> str:
        """Return the check that also compares the inputs that no call may change."""
        names = [check.name for check in self.exercise.checks]
        return "inputs_unchanged" if "inputs_unchanged" in names else "value"

    def check_call(self, f: StudentFunction, inputs: Inputs, name: str) -> None:
        """Compare the result of a call, and the inputs as it leaves them.

        One check compares those that the right answer does not change: see `_input_check`.
        """
        all_inputs = name == self._input_check()
        args = [*inputs.values()]
        _, *after = f.expected(_outcome, self.right, *args)
        changes = [
            wire.pack(now) != wire.pack(was) for now, was in zip(after, args)
        ]
        tensors = [value for value in args if isinstance(value, torch.Tensor)]
        is_large = (
            max((tensor.numel() for tensor in tensors), default=0) >= self.large
        )
        if name == "value" and is_large and self.use is None:
            got = f.without_recording(*args, of=self._trained(inputs))
            self._compare(
                f, args, [got], [], N_("the value under torch.no_grad()")
            )
        # A call that keeps something for the next one does so for large inputs, too.
        if name == "value" and is_large and len(tensors) == len(args):
            self._check_second_call(f, tensors)
        if not all_inputs and not any(changes):
            self._compare(f, args, [f(*args)])
            return
        got = f.and_inputs(*args)
        names = [
            name if changed else "" for name, changed in zip(inputs, changes)
        ]
        self._compare(f, args, [got.value, *got.inputs], names)
        if all_inputs:
            self._check_unchanged(f, inputs, got.inputs)

    def _check_unchanged(
        self, f: StudentFunction, inputs: Inputs, left: Sequence[Any]
    ) -> None:
        """Check that a call left all inputs alone that the right answer leaves alone."""
        after = f.expected(_outcome, self.right, *inputs.values())[1:]
        for now, want, (name, was) in zip(left, after, inputs.items()):
            if wire.pack(want) == wire.pack(was):
                expect.unchanged(now, was, name)

    def _check_second_call(
        self, f: StudentFunction, args: Sequence[torch.Tensor]
    ) -> None:
        turned = [
            tensor.flatten().flip(0).reshape(tensor.shape) for tensor in args
        ]
        try:
            self._compare(f, turned, [f.after_change(args, turned).value])
        except expect.Difference as error:
            message = expect.phrase(SECOND_CALL, difference=error.message)
            raise expect.Difference(message, error.sort, error.of) from None

    def _compare(
        self,
        f: StudentFunction,
        args: Sequence[Any],
        got: Sequence[object],
        names: Sequence[str] = (),
        what: str = "",
    ) -> None:
        """Compare a value, called `what`, and the inputs with a name as the call left them."""
        wants = f.expected(_outcome, self.right, *args)
        errors = f.expected(_errors, _outcome, self.right, *args)
        values.same(got[0], wants[0], self._terms(errors[0], wants[0]), what)
        for now, want, error, name in zip(
            got[1:], wants[1:], errors[1:], names
        ):
            if name:
                values.same(now, want, self._terms(error, want), name)

    def check_gradients(self, f: StudentFunction, inputs: Inputs) -> None:
        """Compare the result, and the gradients that reach the inputs through it."""
        args = [*inputs.values()]
        of = self._trained(inputs)
        cotangent = f.expected(_cotangent, self.right, *args)
        got = f.gradients(*args, of=of, cotangent=cotangent)
        self._compare(f, args, [got.value], [], expect.RETURNED)
        self._check_unchanged(f, inputs, got.inputs)
        wants = f.expected(_gradients, self.right, of, cotangent, *args)
        errors = f.expected(_gradient_errors, self.right, of, cotangent, *args)
        for place, gradient, want, error in zip(of, got.grads, wants, errors):
            if gradient is not None or want.any():
                terms = self._terms(error, want)
                expect.gradient(gradient, want, [*inputs][place], terms)

    def _trained(self, inputs: Inputs) -> list[int]:
        """Return the places of the inputs that gradients must reach."""
        floating = _floating([*inputs.values()])
        names = [*inputs]
        return [
            i for i in floating if names[i] in self.gradients_of
        ] or floating

    def _terms(self, error: Any, want: Any) -> Any:
        return values.mapped(
            functools.partial(_widened, self.near), want, error
        )


def _widened(near: float, want: Any, error: Any) -> Any:
    """Return an error that also allows a share of each element, or of 1 if it is smaller."""
    if not near or not isinstance(want, torch.Tensor | float):
        return error
    value = torch.as_tensor(want).detach()
    share = near / 32 / expect.EPS.get(value.dtype, EPS)
    return torch.maximum(
        torch.as_tensor(error), value.abs().clamp(min=1) * share
    )


def declare(
    exercise: Exercise,
    given: object,
    points: Mapping[str, float],
    titles: Mapping[str, str],
    up_to: float,
    close: tuple[float, str],
    use: Probe | None,
    gradients_of: Sequence[str],
    large: int,
) -> None:
    """Declare these checks.  Raises DeclarationError."""
    where, right = exercise.place("contract", "contract"), exercise.right
    drawn = given_of(given)
    if right is None:
        raise DeclarationError(NO_ANSWER, where)
    if inspect.isclass(right) and use is None:
        raise DeclarationError(NO_USE, where, name=exercise.name)
    if drawn is None:
        raise DeclarationError(NO_AXES, where)
    if (count := drawn.numbers(drawn.least)) > MOST:
        raise DeclarationError(TOO_MANY, where, count=count, most=MOST)
    called = right if use is None else use.function
    takes = [*inspect.signature(called).parameters.values()]
    if use is not None:
        del takes[0]  # the student's function
    names = [parameter.name for parameter in takes]
    if [*drawn.inputs] != names:
        listed = {"inputs": ", ".join(drawn.inputs), "names": ", ".join(names)}
        raise DeclarationError(
            OTHER_NAMES, where, called=called.__name__, **listed
        )
    if unknown := {*points, *titles} - TITLES.keys():
        name = repr(min(unknown))
        raise DeclarationError(
            NO_CHECK, where, name=name, known=", ".join(TITLES)
        )
    near, reason = close
    if near and not reason:
        raise DeclarationError(NO_REASON, where)
    answer = right if use is None else functools.partial(use.function, right)
    contract = Contract(exercise, answer, use, near, gradients_of, large)
    optional = [p.name for p in takes if p.default is not p.empty]
    dtypes: dict[str, Sequence[Any]] = {"float64": FLOAT64}
    if "float64" in points:
        dtypes["gradients"] = FLOAT32 + FLOAT64
    for name, worth in points.items():
        title = titles.get(name, TITLES[name])
        cases = _cases(
            name, drawn, up_to, large, dtypes.get(name, FLOAT32), optional
        )
        exercise.check(points=worth, **cases)(contract.body(name, title))


def _cases(
    name: str,
    drawn: Given,
    up_to: float,
    large: int,
    dtypes: Sequence[Any],
    optional: Sequence[str],
) -> Options:
    """Return what a check draws."""
    vary = functools.partial(drawn.varied, dtypes=dtypes, zeros=False)
    small = replace(drawn, dtype=dtypes[0]).small(min(8, up_to))
    # Products that are added up along a large axis are about `up_to`, too.
    scale = min(1.0, math.sqrt(up_to / 4) / large**0.25)
    wide = [vary({axis: (large,)}, scales=(scale,)) for axis in drawn.names]
    if name != "value":
        given = vary({}, scales=(1.0,))
        return {
            "given": given,
            "simpler": small,
            "cases": OTHER_CASES,
            "edge_cases": wide,
        }
    # Normal numbers, of which some are four times as large.
    scales = (1.0, SMALLER, up_to / 4)
    given = st.one_of(small, vary({}, scales=scales))
    left_out = [
        _without(optional[first:], given) for first in range(len(optional))
    ]
    ones = []
    for axis in drawn.names:
        if drawn.least(axis) == 1:
            ones.append(vary({axis: (1,)}, scales=(1.0,), zeros=True))
    largest = vary({}, bound=up_to)  # what a bound cuts off
    return {
        "given": st.one_of(given, *left_out),
        "simpler": st.one_of(small, given, *left_out) if optional else small,
        "edge_cases": [*wide, *ones, *[largest] * LARGEST],
    }


def _without(names: Sequence[str], strategy: Any) -> Any:
    """Return a strategy that leaves out these inputs, whose parameters have a default."""

    def left(case: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value for name, value in case.items() if name not in names
        }

    return strategy.map(left)


def _floating(args: Sequence[Any]) -> list[int]:
    """Return the places of the floating-point tensors."""
    places = []
    for place, value in enumerate(args):
        if isinstance(value, torch.Tensor) and value.is_floating_point():
            places.append(place)
    return places


def _outcome(right: Right, *args: Any) -> list[Any]:
    """Return the result of a call, and each input as the call leaves it."""
    outcome: list[Any] = values.mapped(_detached, [right(*args), *args])
    return outcome


def _detached(part: Any) -> Any:
    return part.detach() if isinstance(part, torch.Tensor) else part


def _cotangent(right: Right, *args: Any) -> torch.Tensor:
    """Return weights for each element of the result, the same each time."""
    value = right(*args).detach()
    weights = np.random.default_rng(0).uniform(0.5, 2.0, tuple(value.shape))
    return torch.from_numpy(np.asarray(weights)).to(value.dtype)


def _gradients(
    right: Right, of: Sequence[int], cotangent: torch.Tensor, *args: Any
) -> list[torch.Tensor]:
    """Return the gradients at these places, for these weights of the result's elements."""
    leaves = [values.copied(value) for value in args]
    for place in of:
        leaves[place].requires_grad_()
    (right(*leaves) * cotangent).sum().backward()
    gradients = []
    for place in of:
        leaf = leaves[place]
        gradients.append(
            torch.zeros_like(leaf) if leaf.grad is None else leaf.grad
        )
    return gradients


def _gradient_errors(
    right: Right, of: Sequence[int], cotangent: torch.Tensor, *args: Any
) -> list[Any]:
    """Return the errors of `_gradients`, also for terms that cancel, as for the one class of a
    row (0).
    """
    least = float(_magnitudes(right(*args).detach() * cotangent).max())
    errors = _errors(_gradients, right, of, cotangent, *args, least=torch.sum)
    return [error.clamp(min=least) for error in errors]


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
    What a whole move does beside half of it: where a function jumps between equal inputs, as
    argmax does, both are beyond the jump, and it allows no error.  least: a lower bound, of
    magnitudes.
    """
    moved = []
    for seed in range(MOVES):
        for by in (EPS / 2, EPS):
            moved.append(_exactly(function, args, seed, by))
    # A loop may add up a number in float32 from as many terms as an input has.  Its error
    # grows as the square root of their number (Higham and Mary, A New Approach to
    # Probabilistic Rounding Error Analysis, 2019).
    count = max((args[i].numel() for i in _floating(args)), default=0)

    def error(exact: Any, *moved: Any) -> Any:
        is_number = isinstance(exact, float)
        exact = torch.as_tensor(exact) if is_number else exact
        if not isinstance(exact, torch.Tensor) or not exact.is_floating_point():
            return 0.0
        results = torch.stack(
            [torch.as_tensor(m, dtype=torch.float64) for m in moved]
        )
        if not results.numel():
            return 0.0
        worst = (results[1::2] - results[::2]).abs().amax(0) * 2 / EPS
        if is_number:
            return math.sqrt(count) * float(_magnitudes(worst))
        return _magnitudes(worst).clamp(min=float(least(_magnitudes(exact))))

    return values.mapped(error, _exactly(function, args, 0, 0.0), *moved)


def _exactly(function: Right, args: Sequence[Any], seed: int, by: float) -> Any:
    """Return its result in float64, for inputs that rounding errors up to `by` moved."""
    rng = np.random.default_rng(seed)
    inputs = [values.copied(value) for value in args]
    for place in _floating(args):
        moves = np.asarray(
            1 + by * rng.uniform(-1, 1, tuple(args[place].shape))
        )
        moved = args[place].detach().double() * torch.from_numpy(moves)
        inputs[place] = moved.requires_grad_(args[place].requires_grad)
    return values.mapped(_detached, function(*inputs))
