"""The student's function as a check sees it; how its questions reach a worker is its maker's affair.

A body runs again and again with the answers so far.  The first question without an answer stops it
by `Question`, which no check can swallow.  Whatever a worker says is looked at before it is used.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import torch

from autograder import wire


class Question(BaseException):
    """Stops a check's body until the question has an answer."""

    def __init__(self, probe: str, args: tuple):
        super().__init__()
        self.probe, self.args_ = probe, args

    @property
    def pair(self) -> tuple:
        return self.probe, self.args_


NOT_WRITTEN = "it is not written yet: replace the line that raises NotImplementedError"


class StudentError(Exception):
    """The student's function raised, in words."""


class Malformed(Exception):
    """The worker's answer is none that our probes give: only hostile code makes one."""


def _is_tensor_or_none(value):
    return value is None or isinstance(value, torch.Tensor)


def _list_of(test):
    return lambda value: type(value) is list and all(map(test, value))


def _anything(value):
    return True


def _is_bool(value):
    return type(value) is bool


def _is_number(value):
    return type(value) in (int, float)


def _is_pass(value):
    """What `probes.passes` makes of one pass: a list, or sizes with the rows put together."""
    if type(value) is list:
        return True
    return (
        type(value) is dict
        and value.keys() == {"sizes", "X", "y"}
        and _list_of(lambda n: type(n) is int and n >= 0)(value["sizes"])
        and all(isinstance(value[k], torch.Tensor) and value[k].dim() for k in "Xy")
        and len(value["X"]) == len(value["y"]) == sum(value["sizes"])
    )


class Student:
    """Call it like the function; or ask for more than its value.  Each question runs in a worker.

    answer: gives the answer to a (probe, arguments) question, or raises Question.
    known: right values of this case, computed once for all students.
    """

    def __init__(self, answer: Callable, known: dict, sgd: str = "right", devices: tuple = ()):
        self._answer, self._known = answer, known
        self.sgd, self.devices = sgd, devices

    def _ask(self, probe, *args):
        value = self._answer(probe, args)
        if type(value) is wire.Raised:
            # torch raises it too, for a dtype that an operation lacks, and then says so at length
            if value.error == "NotImplementedError" and (value.message or "x").isidentifier():
                raise StudentError(NOT_WRITTEN)
            words = f"your code raised {value.error}: {value.message}".removesuffix(": ")
            raise StudentError(f"{words} ({value.place})" if value.place else words)
        return value

    def _record(self, probe, tests, *args):
        value = self._ask(probe, *args)
        if type(value) is not dict or value.keys() != tests.keys():
            raise Malformed
        if not all(test(value[key]) for key, test in tests.items()):
            raise Malformed
        return SimpleNamespace(**value)

    def __call__(self, *args):
        """The function's value."""
        return self._ask("call", *args)

    def and_inputs(self, *args) -> SimpleNamespace:
        """.value, and .inputs as the call left them."""
        tests = {"value": _anything, "inputs": _list_of(_anything)}
        got = self._record("and_inputs", tests, *args)
        if len(got.inputs) != len(args):
            raise Malformed
        return got

    def gradients(self, *args, of: list[int], cotangent: torch.Tensor) -> SimpleNamespace:
        """.value, and .grads of the arguments at the positions `of`, each a tensor or None."""
        tests = {"value": _anything, "grads": _list_of(_is_tensor_or_none)}
        got = self._record("gradients", tests, list(args), of, cotangent)
        if len(got.grads) != len(of):
            raise Malformed
        return got

    def steps(
        self, values: list, grads: list[list], settings: list[tuple], thorough: bool = False
    ) -> SimpleNamespace:
        """.after: the parameters after each step.

        thorough: also .same, .leaf, .again: whether they are the same, leaves, and in reach of
        backward(); .emptied: whether no gradient was left in any of them.
        """
        tests = {"after": _list_of(_list_of(_is_tensor_or_none))}
        if thorough:
            lists = {"leaf": _list_of(_is_bool), "again": _list_of(_is_bool)}
            tests |= {"same": _is_bool, **lists, "emptied": _is_bool}
        got = self._record("steps", tests, values, grads, settings, thorough)
        sizes = {len(values), *map(len, got.after)}
        if thorough:
            sizes |= {len(got.leaf), len(got.again)}
        if len(sizes) > 1 or len(got.after) != len(settings):
            raise Malformed
        return got

    def passes(self, batch_size, features, labels, count=1, number=0) -> SimpleNamespace:
        """.passes over the data, cut off where they go on too long; .features, .labels afterwards."""
        tests = {"passes": _list_of(_is_pass), "features": _anything, "labels": _anything}
        args = batch_size, features, labels, count, number
        got = self._record("passes", tests, *args)
        if len(got.passes) != count:
            raise Malformed
        return got

    def trained(self, parts: dict, batches: list, *args) -> SimpleNamespace:
        """.w, .b after training; how many .passes a replay made; .losses, or what was returned."""
        tests = {
            "w": _anything,
            "b": _anything,
            "passes": lambda n: type(n) is int,
            "losses": _anything,
        }
        return self._record("trained", tests, parts, batches, *args)

    def operations(self, *args) -> SimpleNamespace:
        """.value, and the number of tensor operations, .ops."""
        return self._record("operations", {"value": _anything, "ops": _is_number}, *args)

    def clock(self, n: int, repeat: int, device: str = "cpu") -> SimpleNamespace:
        """.value, .seconds of the best call on n numbers, .plain seconds of a + b beside it.

        .outside: the worker's CPU seconds as the judge measured them, beyond the worker's word.
        """
        tests = {"value": _anything, "seconds": _is_number, "plain": _is_number}
        tests["outside"] = _is_number
        return self._record("clock", tests, n, repeat, device)

    def expected(self, right: Callable, *args) -> object:
        """What `right` gives, computed once per case and not once per student.

        From copies: what a check or a student does to its inputs must not change it.
        """
        key = (right.__qualname__, *map(_identity, args))
        if key not in self._known:
            copies = [a.clone() if isinstance(a, torch.Tensor) else a for a in args]
            self._known[key] = right(*copies)
        return self._known[key]


def _identity(value):
    if isinstance(value, torch.Tensor):
        return tuple(value.shape), value.dtype, value.numpy().tobytes()
    return repr(value)
