"""What a worker does with the student's function besides calling it, and what its reply must look like.

A worker may say anything in place of a reply: it must have a form, as `wire.fits` knows it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from autograder import wire

ANYTHING, Tensor = wire.ANYTHING, torch.Tensor


@dataclass(frozen=True)
class Probe:
    """What a worker does with the student's function besides calling it; ask it in a check like a function.

    key: its name in a worker.  source: of a function `probe(f, ...)`, which stands alone.  reply: the
    form of its answer.  agrees: whether a reply of that form belongs to the arguments.
    rights: the functions whose right answers it carries, so that it lies in no worker of theirs.
    """

    key: str
    source: str
    reply: object
    agrees: Callable[..., bool]
    rights: frozenset[str] = frozenset()

    def __call__(self, student: Any, *args: object) -> Any:
        """Ask it of a student's function; the reply, with a record's fields as attributes."""
        return student.ask(self, args)


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
NAMES_READ = Probe(
    "names_read", "", {"outside": [str], "unread": [str]}, lambda reply: len(reply["unread"]) <= 300
)
