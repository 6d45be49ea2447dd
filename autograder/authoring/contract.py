"""The checks that most exercises need, from one declaration: value, inputs, float64 and gradients.

Each compares the whole result, on inputs where one kind of mistake shows.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from hypothesis import strategies as st

from autograder import wire
from autograder.authoring import expect, rounding, values
from autograder.authoring.checks import CASES
from autograder.authoring.proxy import (
    AFTER_CHANGE,
    NO_GRAD,
    Probe,
    StudentFunction,
)
from autograder.authoring.strategies import (
    Case,
    Given,
    given_of,
    small,
    varied,
)
from autograder.authoring.values import Function
from autograder.errors import N_, DeclarationError

if TYPE_CHECKING:
    from autograder.authoring.exercise import Exercise

FLOAT32 = (np.float32,)
FLOAT64 = (np.float64,)
SMALLER = 1e-3  # numbers that a threshold would cut off
# of normal numbers: one tensor in five is 0
SOME_ZEROS = (1.0,) * 4 + (0.0,)
LARGEST = 20  # cases of the largest numbers: two in five show a bound at half of them on one side
# Cases of checks other than "value": what one in five shows, all of them miss with a chance
# below 1e-6.
OTHER_CASES = 62
# The title of each check, unless its author writes another.
TITLES = {
    "value": N_("gives the right result, whatever the sizes of its inputs"),
    "inputs_unchanged": N_("gives the right result and changes nothing else"),
    "float64": N_("computes in float64 where its inputs are float64"),
    "gradients": N_(
        "gives a result through which the right gradients reach its inputs"
    ),
}


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
        drawn = given_of(given)
        if drawn is None:
            raise DeclarationError(
                "{where} also draws other sizes, so it needs to know the axes. Write "
                "given=tensors(...), without filter or map. For a smallest size, write "
                'X="n q>=2" or X="h>=kh w"; for other numbers, elements=; for numbers without '
                "equal ones, ties=False.",
                where,
            )
        optional = self._require_inputs(where, [*drawn.axes, *drawn.also])
        for name in (*points, *titles):
            if name not in TITLES:
                raise DeclarationError(
                    "{where} has no check {name}. Choose one of {known}.",
                    where,
                    name=repr(name),
                    known=", ".join(TITLES),
                )
        dtypes: dict[str, Sequence[Any]] = {"float64": FLOAT64}
        if "float64" in points:
            dtypes["gradients"] = FLOAT32 + FLOAT64
        for name, worth in points.items():
            options = self._cases(drawn, dtypes.get(name, FLOAT32))
            if name == "value":
                self._vary(options, drawn, optional)
            check = self.exercise.check(points=worth, **options)
            title = titles.get(name, TITLES[name])
            check(self._body(name, title))

    def _require_inputs(self, where: str, inputs: Sequence[str]) -> list[str]:
        """Require the parameters of what is compared.  Returns those that have a default."""
        right = self.exercise.right_answer()
        called = right
        self.right: Function = right
        if self.use is not None:
            called = self.use.function
            self.right = functools.partial(called, right)
        parameters = inspect.signature(self.right).parameters
        if inputs != [*parameters]:
            raise DeclarationError(
                "{where} draws {inputs}, but `{called}` takes {names}. Use the same names in "
                "the same order.",
                where,
                inputs=", ".join(inputs),
                called=called.__name__,
                names=", ".join(parameters),
            )
        return [
            name
            for name, parameter in parameters.items()
            if parameter.default is not parameter.empty
        ]

    def _cases(self, drawn: Given, dtypes: Sequence[Any]) -> Case:
        """Return what a check draws."""
        # Products that are added up along a large axis are about `up_to`, too.
        share = math.sqrt(self.up_to / 4) / self.large**0.25
        scale = min(1.0, share)
        wide = []
        for axis in drawn.names:
            sizes = {axis: (self.large,)}
            wide.append(varied(drawn, sizes, dtypes, (scale,)))
        simple = replace(drawn, dtype=dtypes[0])
        return {
            "given": varied(drawn, {}, dtypes),
            "simpler": small(simple, min(8, self.up_to)),
            "cases": OTHER_CASES,
            "edge_cases": wide,
        }

    def _vary(
        self, options: Case, drawn: Given, optional: Sequence[str]
    ) -> None:
        """Add what "value" draws besides: numbers of all sizes, and axes of size 1."""
        # Normal numbers, of which some are four times as large.
        scales = (1.0, SMALLER, self.up_to / 4)
        simpler = options["simpler"]
        given = simpler | varied(drawn, {}, FLOAT32, scales)
        # A caller who leaves out an input leaves out all that come after it.
        last = range(len(optional), -1, -1)
        names = st.sampled_from([optional[place:] for place in last])
        options["given"] = st.builds(_without, names, given)
        options["simpler"] = st.builds(_without, names, simpler)
        options["cases"] = CASES
        for axis in drawn.names:
            if drawn.least(axis) == 1:
                narrow = varied(drawn, {axis: (1,)}, FLOAT32, SOME_ZEROS)
                options["edge_cases"].append(narrow)
        largest = varied(drawn, {}, FLOAT32, bound=self.up_to)
        options["edge_cases"] += [largest] * LARGEST

    def _body(self, name: str, title: str) -> Function:
        """Return the body of a check, as if it were declared in the exercise's file."""

        def body(f: StudentFunction, /, **inputs: Any) -> None:
            if self.use is not None:
                f = replace(f, use=self.use.key)
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

    def _check_call(self, f: StudentFunction, inputs: Case, name: str) -> None:
        """Compare the result of a call, and the inputs that the right answer changes.

        One check compares those that it does not change, too.
        """
        args = [*inputs.values()]
        check_of_inputs = "value"
        # Looked up now, because a later contract may declare it.
        if "inputs_unchanged" in [check.name for check in self.exercise.checks]:
            check_of_inputs = "inputs_unchanged"
        checks_inputs = name == check_of_inputs
        wants = f.expected(_outcome, self.right, *args)
        is_changed = wire.pack(wants[1:]) != wire.pack(args)
        if not checks_inputs and not is_changed:
            self._compare(f, inputs, f(*args))
            return
        got = f.and_inputs(*args)
        self._compare(f, inputs, got.value, "", got.inputs, checks_inputs)

    def _check_large(self, f: StudentFunction, inputs: Case) -> None:
        """Compare, for large inputs, a call without gradients and, of tensors, a second one.

        A call that keeps something for the next one does so for large inputs, too.
        """
        args = [*inputs.values()]
        turned = {}
        for name, value in inputs.items():
            if isinstance(value, torch.Tensor):
                numbers = value.flatten().flip(0)
                turned[name] = numbers.reshape(value.shape)
        sizes = [tensor.numel() for tensor in turned.values()]
        if max(sizes, default=0) < self.large:
            return
        if self.use is None:
            got = NO_GRAD(f, args, self._trained(inputs))
            what = N_("the value under torch.no_grad()")
            self._compare(f, inputs, got, what)
        if len(turned) == len(inputs):
            second = AFTER_CHANGE(f, args, [*turned.values()])
            with expect.rephrased(
                N_(
                    "{difference}, in a second call after the numbers in the same tensors changed. "
                    "Does a call keep something for the next one?"
                )
            ):
                self._compare(f, turned, second.value)

    def _check_gradients(self, f: StudentFunction, inputs: Case) -> None:
        """Compare the result, and the gradients that reach the inputs through it."""
        args = [*inputs.values()]
        of = self._trained(inputs)
        cotangent = f.expected(_cotangent, self.right, *args)
        got = f.gradients(*args, of=of, cotangent=cotangent)
        self._compare(f, inputs, got.value, expect.RETURNED, got.inputs)
        details = (self.right, of, cotangent, *args)
        wants = f.expected(_gradients, *details)
        names = [*inputs]
        for number, place in enumerate(of):
            gradient = got.grads[number]
            want = wants[number]
            is_without = gradient is None and not want.any()
            if not is_without and not _is_same(gradient, want):
                errors = f.expected(_errors_of_gradients, self.close, *details)
                expect.gradient(gradient, want, names[place], errors[number])

    def _compare(
        self,
        f: StudentFunction,
        inputs: Case,
        got: object,
        what: str = "",
        after: Sequence[Any] = (),
        checks_inputs: bool = True,
    ) -> None:
        """Compare a call's value, and inputs after it, with those of a right call.

        checks_inputs: whether to compare those, too, that a right call leaves alone.
        """
        args = [*inputs.values()]
        wants = f.expected(_outcome, self.right, *args)
        names = [what, *inputs]
        for place, now in enumerate([got, *after]):
            want = wants[place]
            if place and wire.pack(want) == wire.pack(args[place - 1]):
                if checks_inputs:
                    expect.unchanged(now, want, names[place])
            elif not _is_same(now, want):
                errors = f.expected(_errors, self.close, self.right, *args)
                expect.close(now, want, names[place], errors[place])

    def _trained(self, inputs: Case) -> list[int]:
        """Return the places of the inputs that gradients must reach."""
        trained = [
            place
            for place, name in enumerate(inputs)
            if name in self.gradients_of
        ]
        return trained or values.floating([*inputs.values()])


def _is_same(got: object, want: Any) -> bool:
    """Return whether a tensor is right without rounding errors, which take long to find."""
    if isinstance(got, torch.Tensor) and isinstance(want, torch.Tensor):
        return got.dtype == want.dtype and got.equal(want)
    return False


def _without(names: Sequence[str], case: Case) -> Case:
    """Return a case that leaves out these inputs, whose parameters have a default."""
    return {name: case[name] for name in case if name not in names}


def _outcome(right: Function, *args: Any) -> list[Any]:
    """Return the result of a call, and each input as the call leaves it."""
    value = right(*args)
    return [value, *args]


def _errors(close: float, right: Function, *args: Any) -> Any:
    """Return the rounding errors that an outcome may have."""
    return rounding.errors(functools.partial(_outcome, right), args, close)


def _cotangent(right: Function, *args: Any) -> torch.Tensor:
    """Return weights for each element of the result, the same each time."""
    value = right(*args).detach()
    generator = torch.Generator().manual_seed(0)
    return torch.empty_like(value).uniform_(0.5, 2.0, generator=generator)


def _errors_of_gradients(
    close: float, right: Function, of: Sequence[int], *args: Any
) -> Any:
    """Return the rounding errors that gradients may have, also where they cancel.

    Those of a softmax over the one class of a row do, to 0.  The cotangent is rounded, too.
    """
    cotangent, *inputs = map(values.copied, args)
    weighted = right(*inputs) * cotangent
    largest = rounding.magnitudes(weighted).max()

    def least(gradient: torch.Tensor) -> torch.Tensor:
        return largest.maximum(rounding.magnitudes(gradient).sum())

    gradients = functools.partial(_gradients, right, of)
    return rounding.errors(gradients, args, close, least)


def _gradients(
    right: Function,
    of: Sequence[int],
    cotangent: torch.Tensor,
    *args: Any,
) -> list[torch.Tensor]:
    """Return the gradients at these places, for these weights of the result's elements."""
    leaves = [values.copied(value) for value in args]
    trained = [leaves[place].requires_grad_() for place in of]
    total = (right(*leaves) * cotangent).sum()
    gradients = torch.autograd.grad(total, trained, materialize_grads=True)
    return [*gradients]
