"""What a worker does with the student's function besides calling it, and what its reply must look like.

A hostile worker can reply with anything, so each reply must have a declared form (`wire.fits`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from autograder import wire
from autograder.authoring import sources
from autograder.authoring.checks import TWICE
from autograder.errors import N_, DeclarationError

ANYTHING, Tensor = wire.ANYTHING, torch.Tensor


@dataclass(frozen=True)
class Probe:
    """What a worker does with the student's function besides calling it; ask it in a check like a function.

    key: its name in a worker.  source: of a function `probe(f, ...)` that needs no other file.  reply: the
    form of its answer.  agrees: whether a reply of that form fits the arguments.
    rights: the functions whose right answers it contains; workers that try these do not get the probe.
    """

    key: str
    source: str
    reply: object
    agrees: Callable[..., bool]
    rights: frozenset[str] = frozenset()

    def __call__(self, student: Any, *args: object) -> Any:
        """Run it on a student's function.  Returns the reply, with a record's fields as attributes."""
        return student.ask(self, args)


def declare(exercise: Any, function: Callable[..., Any], reply: object, agrees: Callable[..., bool]) -> Probe:
    """The probe that an exercise declares by a function.  Raises DeclarationError."""
    where = exercise.place("probe", function.__name__)
    carried: list[Any] = []  # exercises
    source = sources.standing_alone(function, "probe", where, inside=True, rights=carried)
    rights = frozenset(one.function for one in carried)
    if exercise.function in rights:
        words = N_(
            "{where} would put the right answer of `{exercise}` beside the student's code. Remove that call."
        )
        raise DeclarationError(words, where, exercise=exercise.name)
    probe = Probe(f"{exercise.name}.{function.__name__}", source, reply, agrees, rights)
    if any(probe.key == known.key for known in exercise.probes):
        raise DeclarationError(TWICE, where)
    return probe


# What a worker knows to do with any function.
CALL = Probe("call", "", ANYTHING, lambda reply, *args: True)
AND_INPUTS = Probe(
    "and_inputs",
    "",
    {"value": ANYTHING, "inputs": [ANYTHING]},
    lambda reply, *args: len(reply["inputs"]) == len(args),
)
GRADIENTS = Probe(
    "gradients",
    "",
    {"value": ANYTHING, "inputs": [ANYTHING], "grads": [(None, Tensor)]},
    lambda reply, args, of, cotangent: [len(reply["inputs"]), len(reply["grads"])] == [len(args), len(of)],
)
