"""The rounding errors that right answers may have, from runs of one with other inputs.

`expect.close` allows each number r of a result to be off by 32 eps * max(|r|, error), where

    error = max(of_inputs / (eps / 2), of_its_own / (8 eps), least, close * max(|r|, 1) / (32 eps))

of_inputs: how far rounding errors in the inputs move r.  A right function with other steps
makes errors no larger than these (backward stability; Higham, 1.5) or, in a sum of terms of both
signs, no larger than those of its terms.  What a whole error does beside half of it: where a
function jumps between equal inputs, as argmax does, both are beyond the jump, which allows none.
of_its_own: how far r in float32 is from r in float64.  A mean that is taken from numbers near to
it has errors that no moved inputs show.
least, close: see `errors`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from autograder.authoring import expect, values
from autograder.authoring.values import Function

MOVES = 4  # times that all inputs are moved, by other random numbers
EPS = expect.EPS[torch.float32]
# Moves inputs to other numbers of float32.  A right answer may have 32 / 8 times the errors of its
# own that these show.
STEP = 8 * EPS
# Of the largest element of a result.  Small ones may have its rounding errors, and a difference
# that is larger is none: a function jumps there.
SHARE = 0.01


def magnitudes(result: Any) -> torch.Tensor:
    """Return absolute values, 0 for one that is not finite: it excuses no other's error."""
    sizes = torch.as_tensor(result).detach().abs()
    return sizes.nan_to_num(nan=0.0, posinf=0.0)


def share_of_largest(result: Any) -> torch.Tensor:
    return SHARE * magnitudes(result).max()


def errors(
    function: Function,
    args: Sequence[Any],
    close: float,
    least: Function = share_of_largest,
) -> Any:
    """Return the errors of a result's elements, in the result's form; 0.0 where nothing is rounded.

    close: a share of each element, or of 1 if it is smaller, that is no error.  least: returns
    the least error for a tensor or number of the result.
    """
    # A loop may add up a number in float32 from as many terms as an input has.  Its error
    # grows as the square root of their number (Higham and Mary, A New Approach to
    # Probabilistic Rounding Error Analysis, 2019).
    sizes = [args[place].numel() for place in values.floating(args)]
    terms = max(sizes, default=0)

    def error(want: Any, of_inputs: Any, of_its_own: Any) -> Any:
        if not isinstance(of_inputs, torch.Tensor) or not of_inputs.numel():
            return 0.0
        if isinstance(want, float):
            of_inputs = of_inputs * math.sqrt(terms)
        of_its_own = of_its_own * (of_its_own < share_of_largest(want))
        worst = torch.maximum(of_inputs / (EPS / 2), of_its_own / STEP)
        value = torch.as_tensor(want).detach()
        share = close / 32 / expect.EPS.get(value.dtype, EPS)
        shares = value.abs().clamp(min=1) * share
        return worst.clamp(min=float(least(want))).maximum(shares)

    of_inputs = _largest_difference(
        function, args, (EPS / 2, None), (EPS, None)
    )
    of_its_own = _largest_difference(
        function, args, (STEP, torch.float32), (STEP, torch.float64)
    )
    result = function(*map(values.copied, args))
    return values.mapped(error, result, of_inputs, of_its_own)


def _largest_difference(
    function: Function, args: Sequence[Any], *moves: tuple[float, Any]
) -> Any:
    """Return how far two moves of its inputs, for `_moved`, take a result apart."""
    differences = []
    for seed in range(MOVES):
        pair = [_moved(function, args, seed, *move) for move in moves]
        differences.append(values.mapped(_difference, *pair))
    return values.mapped(_largest, *differences)


def _difference(first: Any, second: Any) -> Any:
    """Return how far two parts of results differ, None if they hold no floating-point numbers."""
    if isinstance(first, float) or values.floating([first]):
        difference = _exact(first) - _exact(second)
        return difference.abs()
    return None


def _exact(part: Any) -> torch.Tensor:
    return torch.as_tensor(part).detach().double()


def _largest(*differences: Any) -> Any:
    if differences[0] is None:
        return None
    return magnitudes(torch.stack(differences).amax(0))


def _moved(
    function: Function,
    args: Sequence[Any],
    seed: int,
    by: float,
    dtype: torch.dtype | None,
) -> Any:
    """Return its result for inputs that rounding errors up to `by` moved, computed in float64.

    dtype: computes in this one, from inputs that float32 can hold.
    """
    generator = torch.Generator().manual_seed(seed)
    inputs = [values.copied(value) for value in args]
    for place in values.floating(args):
        exact = args[place].detach().double()
        errors = torch.empty_like(exact).uniform_(-by, by, generator=generator)
        moved = exact * (1 + errors)
        if dtype is not None:
            moved = moved.float().to(dtype)
        inputs[place] = moved.requires_grad_(args[place].requires_grad)
    return function(*inputs)
