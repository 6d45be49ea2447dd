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
from autograder.authoring.checks import CASES
from autograder.authoring.proxy import Probe, StudentFunction
from autograder.authoring.strategies import Case, Cases, Given, given_of
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


@dataclass
class Contract:
    """What the checks of one declaration draw and compare.  See `Exercise.contract`."""

    exercise: Exercise
    use: Probe | None
    up_to: float
    close: float
    gradients_of: Sequence[str]
    large: int

    def declare(
        self,
        given: object,
        points: Mapping[str, float],
        titles: Mapping[str, str],
    ) -> None:
        """Declare these checks.  Raises DeclarationError."""
        where = self.exercise.place("contract", "contract")
        drawn, optional = self._require(where, given)
        for name in (*points, *titles):
            if name not in TITLES:
                known = ", ".join(TITLES)
                raise DeclarationError(
                    NO_CHECK, where, name=repr(name), known=known
                )
        dtypes: dict[str, Sequence[Any]] = {"float64": FLOAT64}
        if "float64" in points:
            dtypes["gradients"] = FLOAT32 + FLOAT64
        for name, worth in points.items():
            options = self._cases(drawn, dtypes.get(name, FLOAT32))
            if name == "value":
                self._vary(options, drawn, optional)
            body = self._body(name, titles.get(name, TITLES[name]))
            self.exercise.check(points=worth, **options)(body)

    def _require(self, where: str, given: object) -> tuple[Given, list[str]]:
        """Return what to draw, and the names of inputs that have a default."""
        right = self.exercise.right_answer()
        drawn = given_of(given)
        if drawn is None:
            raise DeclarationError(NO_AXES, where)
        self.right: Right = right
        called = right
        if self.use is not None:
            called = self.use.function
            self.right = functools.partial(called, right)
        takes = [*inspect.signature(self.right).parameters.values()]
        names = [parameter.name for parameter in takes]
        inputs = [*drawn.axes, *drawn.also]
        if inputs != names:
            raise DeclarationError(
                OTHER_NAMES,
                where,
                inputs=", ".join(inputs),
                called=called.__name__,
                names=", ".join(names),
            )
        return drawn, [p.name for p in takes if p.default is not p.empty]

    def _cases(self, drawn: Given, dtypes: Sequence[Any]) -> Case:
        """Return what a check draws."""
        # Products that are added up along a large axis are about `up_to`, too.
        scale = min(1.0, math.sqrt(self.up_to / 4) / self.large**0.25)
        wide = []
        for axis in drawn.names:
            wide.append(drawn.varied({axis: (self.large,)}, dtypes, (scale,)))
        return {
            "given": drawn.varied({}, dtypes),
            "simpler": replace(drawn, dtype=dtypes[0]).small(
                min(8, self.up_to)
            ),
            "cases": OTHER_CASES,
            "edge_cases": wide,
        }

    def _vary(
        self, options: Case, drawn: Given, optional: Sequence[str]
    ) -> None:
        """Add what "value" draws besides: numbers of all sizes, and axes of size 1."""
        # Normal numbers, of which some are four times as large.
        scales = (1.0, SMALLER, self.up_to / 4)
        given = options["simpler"] | drawn.varied({}, FLOAT32, scales)
        left_out = [_without(optional[k:], given) for k in range(len(optional))]
        options["given"] = st.one_of(given, *left_out)
        options["simpler"] = st.one_of(options["simpler"], *left_out)
        options["cases"] = CASES
        for axis in drawn.names:
            if drawn.least(axis) == 1:
                options["edge_cases"].append(
                    drawn.varied({axis: (1,)}, FLOAT32, zeros=True)
                )
        largest = drawn.varied({}, FLOAT32, bound=self.up_to)
        options["edge_cases"] += [largest] * LARGEST

    def _body(self, name: str, title: str) -> Right:
        """Return the body of a check, as if it were declared in the exercise's file."""

        def body(f: StudentFunction, /, **inputs: Any) -> None:
            if self.use is not None:
                f = f.through(self.use)
            if name == "gradients":
                self._check_gradients(f, inputs)
                return
            if name == "value":
                self._check_large(f, inputs)
            self._check_call(f, inputs, name)

        body.__name__ = name
        body.__doc__ = title
        body.__module__ = self.exercise.right_answer().__module__
        return body

    def _check_call(
        self, f: StudentFunction, inputs: Inputs, name: str
    ) -> None:
        """Compare the result of a call, and the inputs that the right answer changes.

        One check compares those that it does not change, too.
        """
        args = [*inputs.values()]
        _, *after = f.expected(_outcome, self.right, *args)
        guard = "value"
        if "inputs_unchanged" in [check.name for check in self.exercise.checks]:
            guard = "inputs_unchanged"
        if name != guard and wire.pack(after) == wire.pack(args):
            self._compare(f, args, f(*args))
            return
        got = f.and_inputs(*args)
        self._compare(f, args, got.value)
        self._check_inputs(f, inputs, got.inputs, name == guard)

    def _check_inputs(
        self,
        f: StudentFunction,
        inputs: Inputs,
        after: Sequence[Any],
        is_guard: bool = True,
    ) -> None:
        """Compare inputs after a call with what the right answer makes of them.

        is_guard: whether to compare those, too, that it leaves alone.
        """
        args = [*inputs.values()]
        _, *wants = f.expected(_outcome, self.right, *args)
        for place, name in enumerate(inputs):
            now = after[place]
            want = wants[place]
            if wire.pack(want) != wire.pack(inputs[name]):
                errors = f.expected(_errors, _outcome, self.right, *args)
                self._close(now, want, name, errors[1 + place])
            elif is_guard:
                expect.unchanged(now, want, name)

    def _check_large(self, f: StudentFunction, inputs: Inputs) -> None:
        """Compare, for large inputs, a call without gradients and, of tensors, a second one.

        A call that keeps something for the next one does so for large inputs, too.
        """
        args = [*inputs.values()]
        tensors = [value for value in args if isinstance(value, torch.Tensor)]
        is_large = any(tensor.numel() >= self.large for tensor in tensors)
        if is_large and self.use is None:
            got = f.without_recording(*args, of=self._trained(inputs))
            what = N_("the value under torch.no_grad()")
            self._compare(f, args, got, what)
        if not is_large or len(tensors) < len(args):
            return
        turned = [
            tensor.flatten().flip(0).reshape(tensor.shape) for tensor in tensors
        ]
        with expect.rephrased(SECOND_CALL):
            self._compare(f, turned, f.after_change(args, turned).value)

    def _compare(
        self,
        f: StudentFunction,
        args: Sequence[Any],
        got: object,
        what: str = "",
    ) -> None:
        """Compare a call's value with the right one."""
        want, *_ = f.expected(_outcome, self.right, *args)
        if _is_same(got, want):
            return
        error, *_ = f.expected(_errors, _outcome, self.right, *args)
        self._close(got, want, what, error)

    def _close(self, got: object, want: Any, what: str, error: Any) -> None:
        terms = values.mapped(self._widened, want, error)
        expect.close(got, want, what, terms)

    def _widened(self, want: Any, error: Any) -> Any:
        """Return an error that also allows `close` times each element, or 1 if it is smaller."""
        if not self.close or not isinstance(want, torch.Tensor | float):
            return error
        value = torch.as_tensor(want)
        share = self.close / 32 / expect.EPS.get(value.dtype, EPS)
        least = value.abs().clamp(min=1) * share
        return torch.maximum(torch.as_tensor(error), least)

    def _check_gradients(self, f: StudentFunction, inputs: Inputs) -> None:
        """Compare the result, and the gradients that reach the inputs through it."""
        args = [*inputs.values()]
        of = self._trained(inputs)
        cotangent = f.expected(_cotangent, self.right, *args)
        got = f.gradients(*args, of=of, cotangent=cotangent)
        self._compare(f, args, got.value, expect.RETURNED)
        self._check_inputs(f, inputs, got.inputs)
        wants = f.expected(_gradients, self.right, of, cotangent, *args)
        names = [*inputs]
        for number, place in enumerate(of):
            gradient = got.grads[number]
            want = wants[number]
            if _is_same(gradient, want):
                continue
            if gradient is None and not want.any():
                continue
            errors = f.expected(
                _gradient_errors, self.right, of, cotangent, *args
            )
            terms = self._widened(want, errors[number])
            expect.gradient(gradient, want, names[place], terms)

    def _trained(self, inputs: Inputs) -> list[int]:
        """Return the places of the inputs that gradients must reach."""
        names = [*inputs]
        floating = _floating([*inputs.values()])
        return [
            place for place in floating if names[place] in self.gradients_of
        ] or floating


def _is_same(got: object, want: Any) -> bool:
    """Return whether a tensor is right without rounding errors, which take long to find."""
    if not (isinstance(got, torch.Tensor) and isinstance(want, torch.Tensor)):
        return False
    return got.dtype == want.dtype and got.equal(want)


def _without(names: Sequence[str], strategy: Cases) -> Cases:
    """Return a strategy that leaves out these inputs, whose parameters have a default."""

    return strategy.map(
        lambda case: {name: case[name] for name in case if name not in names}
    )


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
    if isinstance(part, torch.Tensor):
        return part.detach()
    return part


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
    trained = [leaves[place].requires_grad_() for place in of]
    total = (right(*leaves) * cotangent).sum()
    gradients = torch.autograd.grad(total, trained, materialize_grads=True)
    return [*gradients]


def _gradient_errors(
    right: Right, of: Sequence[int], cotangent: torch.Tensor, *args: Any
) -> list[Any]:
    """Return the errors of `_gradients`, also for terms that cancel.

    Those of a softmax over the one class of a row do, to 0.
    """
    least = float(_magnitudes(right(*args).detach() * cotangent).max())
    errors = _errors(_gradients, right, of, cotangent, *args, least=torch.sum)
    return [error.clamp(min=least) for error in errors]


def _magnitudes(result: torch.Tensor) -> torch.Tensor:
    """Return absolute values, 0 for one that is not finite: it excuses no other's error."""
    return result.abs().nan_to_num(nan=0.0, posinf=0.0)


def _errors(
    function: Right,
    *args: Any,
    least: Callable[..., Any] = lambda exact: SHARE * exact.max(),
) -> Any:
    """Return how far rounding errors in the inputs move a result, divided by eps: `terms` for
    a comparison.

    A right function with other steps makes errors no larger than these (backward stability;
    Higham, 1.5) or, in a sum of terms of both signs, no larger than those of its terms.
    What a whole move does beside half of it: where a function jumps between equal inputs, as
    argmax does, both are beyond the jump, and it allows no error.  least: which of all
    magnitudes each element may also have the rounding errors of.
    """
    moved = []
    for seed in range(MOVES):
        for by in (EPS / 2, EPS):
            moved.append(_exactly(function, args, seed, by))
    # A loop may add up a number in float32 from as many terms as an input has.  Its error
    # grows as the square root of their number (Higham and Mary, A New Approach to
    # Probabilistic Rounding Error Analysis, 2019).
    count = max((args[place].numel() for place in _floating(args)), default=0)

    def error(exact: Any, *moved: Any) -> Any:
        if not isinstance(exact, torch.Tensor | float):
            return 0.0
        is_number = isinstance(exact, float)
        exact = torch.as_tensor(exact)
        if not exact.is_floating_point() or not exact.numel():
            return 0.0
        moves = [torch.as_tensor(m, dtype=torch.float64) for m in moved]
        results = torch.stack(moves)
        worst = (results[1::2] - results[::2]).abs().amax(0) * 2 / EPS
        if is_number:
            return math.sqrt(count) * float(_magnitudes(worst))
        bound = float(least(_magnitudes(exact)))
        return _magnitudes(worst).clamp(min=bound)

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
