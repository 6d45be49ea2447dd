"""Finds what a call of a student's function changes for later calls, and restores it.

Runs beside student code, so its reports prove nothing.
"""

import functools
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch


class SEEDED:
    """The last seed that we gave to the generators, and how often we seeded them."""

    number = times = 0


class Guard:
    """Keeps the state after a submission's statements through the calls of its functions.

    Recording: a call that leaves gradient recording off, so that later code gets no gradients.

    Seeds: a call may draw from the global generators of random, numpy and torch.  After
    each question the guard draws a number of at least 53 bits from each.  If a generator
    gives the same number twice, a call set it to an earlier state, so later shuffles are
    not random, unless our own seed did that.  A function may draw, use its own generator,
    use a different seed each time, or undo its seed before it returns.
    """

    def __init__(self) -> None:
        self.records = torch.is_grad_enabled()
        self.dtype = torch.get_default_dtype()
        self.is_off = False
        self.drawn: dict[tuple[int, float], tuple[int, int]] = {}
        self.number = torch.zeros((), dtype=torch.int64)

    def function(self, original: Callable) -> Callable:
        """Return the student's function, which turns gradient recording on again after a call."""

        # For probes that look at the code.
        @functools.wraps(original, assigned=("__doc__",), updated=())
        def guarded(*args: Any, **kwargs: Any) -> Any:
            was_on = torch.is_grad_enabled()
            try:
                return original(*args, **kwargs)
            finally:
                # On where it was off costs nobody a gradient.
                if torch.is_grad_enabled() is not was_on:
                    self.is_off = self.is_off or was_on
                    torch.set_grad_enabled(was_on)

        return guarded

    def side_effect(self) -> str:
        """Return what a question's calls changed, one of `wire.SIDE_EFFECTS`, or ""."""
        repeats = self._repeats()
        if self.put_back():
            return "recording"
        return "seeds" if repeats else ""

    def put_back(self) -> bool:
        """Restore torch's state.  Returns whether gradient recording was different."""
        is_changed = self.is_off or torch.is_grad_enabled() is not self.records
        self.is_off = False
        # Both setters are Python, which a student may patch.
        if torch.is_grad_enabled() is not self.records:
            torch.set_grad_enabled(self.records)
        if torch.get_default_dtype() is not self.dtype:
            torch.set_default_dtype(self.dtype)
        return is_changed

    def _repeats(self) -> bool:
        """Return whether a generator gives a number that it gave after an earlier question."""
        self.number.random_()
        numbers = random.getrandbits(64), np.random.random(), self.number.item()
        seeded = SEEDED.number, SEEDED.times
        repeats = False
        for key in enumerate(numbers):
            if key in self.drawn:
                number_then, times_then = self.drawn[key]
                # The same number from the same seed of ours, given again, is no repeat.
                is_ours = number_then == seeded[0] and times_then != seeded[1]
                repeats = repeats or not is_ours
            self.drawn[key] = seeded
        return repeats
