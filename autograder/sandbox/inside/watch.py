"""Finds what a call of a student's function leaves behind for later calls, and restores it.

Runs beside student code, so its reports prove nothing.  Reads `Tensor._version`, torch's count of writes.
"""

import functools
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

MAX_KEPT = 1 << 16  # elements; a larger result is not kept, because copying it takes long


class SEEDED:
    """The last seed that we gave to the generators, and how often we seeded them."""

    number = times = 0


class Watch:
    """Watches the calls of one submission's functions, from the state after its statements.

    Seeds: a call may draw from the global generators of random, numpy and torch.  After each question the
    watch draws a number of at least 53 bits from each.  If a generator gives the same number twice, a call
    set it to an earlier state, so later shuffles are not random, unless our own seed did that.  A function
    may draw, use its own generator, use a different seed each time, or undo its seed before it returns.

    Results: for each shape, the last result and a copy of it are compared when the next one arrives.
    Inputs: those of the last question, by how often they were written to.  Arguments that did not require
    gradients must not do so when the question ends.
    """

    def __init__(self) -> None:
        self.records, self.dtype = torch.is_grad_enabled(), torch.get_default_dtype()
        self.is_off = False
        self.plain: list[torch.Tensor] = []
        self.results: dict[tuple, tuple] = {}
        self.inputs: list[tuple[torch.Tensor, int]] = []
        self.drawn: list[dict] = [{}, {}, {}]
        self.number = torch.zeros((), dtype=torch.int64)
        self.own: Callable | None = None
        self.watched: Callable | None = None

    def function(self, own: Callable) -> Callable:
        """Return the student's function; if a call leaves gradient recording off, it is turned on again."""
        if self.watched is not None and own is self.own:
            return self.watched

        @functools.wraps(own, assigned=(), updated=())  # for a probe that looks at the code itself
        def watched(*args: Any, **kwargs: Any) -> Any:
            was_on = torch.is_grad_enabled()
            self.plain += [t for t in args if isinstance(t, torch.Tensor) and not t.requires_grad]
            try:
                return own(*args, **kwargs)
            finally:
                if torch.is_grad_enabled() is not was_on:
                    self.is_off = True
                    torch.set_grad_enabled(was_on)

        self.own, self.watched = own, watched
        return watched

    def side_effect(self, inputs: list, reply: object) -> str:
        """Return what a question's calls left behind, or "".  inputs, reply: the question's."""
        is_written = any(t._version != count for t, count in self.inputs)
        self.inputs = [(t, t._version) for t in _tensors(inputs) if not t.is_inference()]
        # Looked at now, because a generator turns it on after its call has returned.
        is_required = any(t.requires_grad and t.is_leaf for t in self.plain)
        self.plain.clear()
        found = [self._is_overwritten(reply), is_written, self._is_seeded(), is_required]
        names = [name for name, is_so in zip(("result", "inputs", "seeds", "requires"), found) if is_so]
        return next(iter([*self.put_back(), *names]), "")

    def put_back(self) -> list[str]:
        """Restore torch's state.  Returns what was different."""
        changed = ["recording"] if self.is_off else []
        self.is_off = False
        if torch.is_grad_enabled() is not self.records:
            changed = ["recording"]
            torch.set_grad_enabled(self.records)  # this and the next are Python, which a student may patch
        if torch.get_default_dtype() is not self.dtype:
            changed.append("dtype")
            torch.set_default_dtype(self.dtype)
        return changed

    def _is_overwritten(self, reply: object) -> bool:
        value = reply.get("value") if type(reply) is dict else reply
        if type(value) is not torch.Tensor or value.numel() > MAX_KEPT:
            return False
        if not value.is_cpu or value.layout is not torch.strided:
            return False
        key = value.shape, value.dtype
        earlier, copy = self.results.get(key, (None, value))
        self.results[key] = value, value.detach().clone()
        if earlier is None:
            return False  # torch cannot compare a result of each dtype with itself
        if earlier.shape != copy.shape or earlier.dtype != copy.dtype:
            return True
        is_nan = (earlier != earlier) & (copy != copy)
        return not (earlier.equal(copy) or bool(((earlier == copy) | is_nan).all()))

    def _is_seeded(self) -> bool:
        self.number.random_()
        numbers = random.getrandbits(64), np.random.random(), self.number.item()
        ours, again = (SEEDED.number, SEEDED.times), False
        for number, drawn in zip(numbers, self.drawn):
            number_then, times_then = drawn.get(number, (ours[0], -1))
            again = again or number_then != ours[0] or times_then == ours[1]
            drawn[number] = ours
        return again


def _tensors(values: list) -> Iterator[torch.Tensor]:
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif type(value) is list:
            yield from _tensors(value)
