"""The student's function as a check sees it.  `judging` decides how its questions reach a worker.

A check's body waits for each answer.  Each reply's form is checked before it is used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

import torch

from autograder import wire
from autograder.authoring.probes import AND_INPUTS, CALL, GRADIENTS, Probe
from autograder.errors import N_, DeclarationError

# What stands for a part while a function that calls it runs.
OWN: Final = "own"  # the student's own function
RIGHT: Final = "right"  # a right one, called as the stub says
RIGHT_AS_OWN: Final = "right as own"  # a right one, called in the order of the student's own parameters
RECORDED: Final = "recorded"  # one that returns what the check says
OWN_IF_PASSED: Final = "own if passed"  # the student's own where it passed all its checks, else a right one


@dataclass(frozen=True)
class Doubles:
    """Test doubles for the parts of a function: the part's name and its role."""

    roles: Mapping[str, str]

    def settled(self, passed: Iterable[str]) -> dict[str, str]:
        """The roles once it is known which parts passed their own checks."""
        own = {*passed}
        return {
            part: role if role != OWN_IF_PASSED else OWN if part in own else RIGHT
            for part, role in self.roles.items()
        }


def declare_doubles(where: str, parts: Iterable[Any], others: str, roles: Mapping[str, str]) -> Doubles:
    """The doubles of an exercise's parts: these roles, `others` for the rest.  Raises DeclarationError."""
    named = {part.name: part for part in parts}
    for name, role in roles.items():
        if name not in named:
            known = ", ".join(named) or "none"
            words = N_("The doubles of `{where}` name `{name}`, which is not a part. Its parts are {known}.")
            raise DeclarationError(words, where, name=name, known=known)
        if role == RECORDED and "recorded" not in named[name].own_doubles:
            words = N_("The doubles of `{where}` record `{name}`. Declare `@{name}.recorded` first.")
            raise DeclarationError(words, where, name=name)
    return Doubles({name: roles.get(name, others) for name in named})


class Question(NamedTuple):
    """What a check asks a worker about the student's function.

    probe: its key.  args: the probe's.  roles: the double for each part.  recordings: what recorded doubles
    return.
    """

    probe: str
    args: tuple[Any, ...]
    roles: dict[str, str]
    recordings: dict[str, object]


class StudentError(Exception):
    """The student's function raised.  raised: the exception, and where."""

    def __init__(self, raised: wire.Raised):
        super().__init__(raised)
        self.raised = raised


class Malformed(Exception):
    """The worker's answer has a form that none of our probes returns: only hostile code makes one."""


class Student:
    """Call it like the function, or ask a probe.  Each question runs in a worker.

    answer: returns the answer to a Question and the CPU seconds that it took, 0 if unknown.
    known: right values of this case, computed once for all students.
    doubles: replace the function's parts.  passed: the parts that passed all their own checks.
    names: the parameters of the right answer.
    left: what its calls left behind, as `wire.SIDE_EFFECTS` names it, except what the student's own part left
    that failed its checks: that is the part's fault.
    """

    def __init__(
        self,
        answer: Callable[..., Any],
        known: dict[object, Any],
        doubles: Doubles | None = None,
        passed: Iterable[str] = (),
        notes: dict[str, float] | None = None,
        left: list[str] | None = None,
        names: Sequence[str] = (),
    ):
        self._answer, self._known, self._passed, self._names = answer, known, passed, names
        self.left = [] if left is None else left
        self._roles = (doubles or Doubles({})).settled(passed)
        self._recordings: dict[str, object] = {}
        self.notes: dict[str, float] = {} if notes is None else notes
        self.cpu = 0.0  # seconds that the worker took for the latest question, where it was asked alone

    def with_parts(self, doubles: Doubles, **recordings: object) -> Student:
        """The same function with these doubles.  recordings: what recorded doubles return, by part."""
        other = Student(self._answer, self._known, doubles, self._passed, self.notes, self.left, self._names)
        other._recordings = recordings
        return other

    def ask(self, probe: Probe, args: tuple[Any, ...]) -> object:
        """The reply of a probe; a record's fields as attributes.  Raises StudentError and Malformed."""
        value, self.cpu = self._answer(Question(probe.key, args, self._roles, self._recordings))
        if type(value) is wire.SideEffect:
            own = {part for part, role in self._roles.items() if role == OWN}
            self.left += [value.what] if own <= {*self._passed} else []
            value = value.value
        if type(value) is wire.Raised:
            raise StudentError(value)
        if not wire.fits(probe.reply, value) or not probe.agrees(value, *args):
            raise Malformed
        return SimpleNamespace(**value) if type(probe.reply) is dict else value

    def __call__(self, *args: object, **named: object) -> Any:
        """The function's value.  named: by the parameters of the right answer, for the last of them."""
        rest = self._names[len(args) : len(args) + len(named)]
        if {*rest} != named.keys():
            words = N_(
                "A check calls the function with {given}, which are not its last parameters. Pass "
                "the last ones."
            )
            raise DeclarationError(words, given=", ".join(named))
        return self.ask(CALL, (*args, *(named[name] for name in rest)))

    def and_inputs(self, *args: object) -> Any:
        """.value, and .inputs as the call left them."""
        return self.ask(AND_INPUTS, args)

    def gradients(self, *args: object, of: list[int], cotangent: torch.Tensor) -> Any:
        """.value, .inputs as the call left them, and .grads of those at the positions `of`, or None."""
        return self.ask(GRADIENTS, (list(args), of, cotangent))

    def note(self, **measured: float) -> None:
        """Put a measurement into the report.  It grades nobody."""
        self.notes |= {name: value for name, value in measured.items() if math.isfinite(value)}

    def expected(self, right: Callable[..., Any], *args: object) -> Any:
        """What `right` returns for copies of the inputs, computed once per case, not once per student."""
        key = (getattr(right, "__qualname__", id(right)), *map(_identity, args))
        if key not in self._known:
            value = right(*map(_copied, args))
            self._known[key] = value.detach() if isinstance(value, torch.Tensor) else value
        return self._known[key]


def _copied(value: Any) -> Any:
    if not isinstance(value, torch.Tensor):
        return value
    return value.detach().clone().requires_grad_(value.requires_grad)


def _identity(value: object) -> object:
    if isinstance(value, torch.Tensor):
        return tuple(value.shape), value.dtype, value.numpy(force=True).tobytes()
    return repr(value)
