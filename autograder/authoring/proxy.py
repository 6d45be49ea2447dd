"""The student's function as a check sees it.  `judging` decides how its questions reach a
worker.

A check's body waits for each reply.  A hostile worker can reply with anything, so each must
have a declared form (`wire.fits`) before a body sees it.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, NamedTuple

import torch

from autograder import wire
from autograder.authoring.values import Function, copied
from autograder.wire import ANYTHING

# What stands for a part while a function that calls it runs.
OWN = "own"  # the student's own function
RIGHT = "right"  # a right one, called as the stub says
# a right one, called in the order of the student's own parameters
RIGHT_AS_OWN = "right as own"
RECORDED = "recorded"  # one that returns what the check says
# the student's own where it passed all its checks, else a right one
OWN_IF_PASSED = "own if passed"


@dataclass(frozen=True)
class Probe:
    """What a worker does with a student's function; a check calls it like a function."""

    key: str  # its name in a worker
    source: str = ""  # a text that defines a function `probe(f, ...)`
    reply: object = ANYTHING  # the form of its answer
    # whether such a reply fits the arguments
    agrees: Callable[..., bool] = lambda reply, *args: True
    # as its author wrote it
    function: Function = lambda f, *args: f(*args)
    # writes its question as notebook lines
    lines: Function | None = None

    @property
    def names(self) -> list[str]:
        """The names of what it asks with: its parameters but for the function, and the log."""
        _, *names = inspect.signature(self.function).parameters
        return [name for name in names if name != "log"]

    def __call__(self, student: Any, *args: object) -> Any:
        """Return its reply to a student's function; a dict's values are attributes."""
        return student.ask(self, args)


# What a worker knows to do with any function.
CALL = Probe("call")
AND_INPUTS = Probe(
    "and_inputs",
    reply={"value": ANYTHING, "inputs": [ANYTHING]},
    agrees=lambda reply, *args: len(reply["inputs"]) == len(args),
)
# The value of a second call, once the numbers in the same tensors are others.
AFTER_CHANGE = Probe(
    "after_change",
    reply={
        "value": ANYTHING,
        "inputs": ANYTHING,  # no check looks at these
    },
)
# The value under `torch.no_grad()`, of inputs of which some are trained.
NO_GRAD = Probe("no_grad")
GRADIENTS = Probe(
    "gradients",
    reply={
        "value": ANYTHING,
        "inputs": [ANYTHING],
        "grads": [(None, torch.Tensor)],
    },
    agrees=lambda reply, args, of, cotangent: (
        len(reply["inputs"]) == len(args) and len(reply["grads"]) == len(of)
    ),
)


# The role of each part, by the part's name.
Roles = Mapping[str, str]


class Question(NamedTuple):
    """What a check asks a worker about the student's function."""

    probe: str  # its key
    args: tuple[Any, ...]  # the probe's
    roles: dict[str, str]  # of each part
    recorded: dict[str, object]  # what recorded doubles return
    # the key of the probe through which it calls the function, "" for a plain call
    use: str = ""


class StudentError(Exception):
    """The student's function raised.  raised: the exception, and where."""

    def __init__(self, raised: wire.Raised):
        super().__init__(raised)
        self.raised = raised


class Malformed(Exception):
    """The worker's answer has a form that no probe returns, so hostile code made it."""


@dataclass
class StudentFunction:
    """Call it like the function, or ask a probe.  Each question runs in a worker."""

    # returns the answer to a Question, and the CPU seconds it took, 0 if unknown
    answer: Function
    # right values of this case, computed once for all students
    right_values: dict[object, Any]
    roles: Roles = field(default_factory=dict)
    passed: Collection[str] = ()  # the parts that passed all their own checks
    # a sentence -> its numbers
    measured: dict[str, dict[str, float]] = field(default_factory=dict)
    # of its calls, as `wire.SIDE_EFFECTS` names them, but for those of a part that failed
    side_effects: list[str] = field(default_factory=list)
    recorded: dict[str, object] = field(default_factory=dict)
    cpu: float = 0.0  # seconds of the latest question, if it was asked alone
    use: str = ""  # as in Question

    def with_parts(self, roles: Roles, **recorded: object) -> StudentFunction:
        """Return the same function with parts of these roles.

        recorded: what recorded doubles return, by part.
        """
        return replace(self, roles=roles, recorded=recorded)

    def _decided_roles(self) -> dict[str, str]:
        """Return the role of each part, now that its own checks were run."""
        roles = dict(self.roles)
        for part, role in roles.items():
            if role == OWN_IF_PASSED:
                roles[part] = OWN if part in self.passed else RIGHT
        return roles

    def ask(self, probe: Probe, args: tuple[Any, ...]) -> object:
        """Return a probe's reply.  Raises StudentError and Malformed."""
        roles = self._decided_roles()
        value, self.cpu = self.answer(
            Question(probe.key, args, roles, self.recorded, self.use)
        )
        if type(value) is wire.SideEffect:
            unreplaced = {part for part in roles if roles[part] == OWN}
            # What a part that failed does is that part's side effect.
            if unreplaced <= {*self.passed}:
                self.side_effects.append(value.what)
            value = value.value
        if type(value) is wire.Raised:
            raise StudentError(value)
        if not wire.fits(probe.reply, value) or not probe.agrees(value, *args):
            raise Malformed
        if type(probe.reply) is dict:
            return SimpleNamespace(**value)
        return value

    def __call__(self, *args: object) -> Any:
        """Return the function's value."""
        return self.ask(CALL, args)

    def and_inputs(self, *args: object) -> Any:
        """Return .value, and .inputs as the call left them."""
        return self.ask(AND_INPUTS, args)

    def gradients(
        self, *args: object, of: list[int], cotangent: torch.Tensor
    ) -> Any:
        """Return .value, .inputs as the call left them, and .grads, each a tensor or None.

        The gradients are those of `(value * cotangent).sum()`.  of: the places of their inputs.
        """
        return self.ask(GRADIENTS, (list(args), of, cotangent))

    def add_measured(self, words: str, **numbers: float) -> None:
        """Put a measurement into the report, as a sentence with numbers.  It grades nobody.

        words: say it to the student.  numbers: fill its braces; the class report has the
        median of `factor`.
        """
        if all(map(math.isfinite, numbers.values())):
            self.measured[words] = numbers

    def expected(self, right: Function, *args: object) -> Any:
        """Return what `right` returns for copies of the inputs, computed once for all students."""
        key = (getattr(right, "__qualname__", id(right)), *map(_identity, args))
        if key not in self.right_values:
            value = right(*map(copied, args))
            if isinstance(value, torch.Tensor):
                value = value.detach()
            self.right_values[key] = value
        return self.right_values[key]


def _identity(value: object) -> object:
    if isinstance(value, torch.Tensor):
        return value.shape, value.dtype, value.numpy(force=True).tobytes()
    return repr(value)
