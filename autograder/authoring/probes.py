"""What a worker does with the student's function besides calling it, and what its reply must look like.

A worker may say anything in place of a reply.  Its form is a type (`float` stands for any number), `[form]`
for a list, `{name: form}` for a record, `(form, form)` for either, None for itself, ANYTHING, or a function
that says yes or no.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

ANYTHING = object()
Tensor = torch.Tensor


def fits(form: Any, value: Any) -> bool:
    """Whether a value, as it was decoded, has this form."""
    if form is ANYTHING:
        return True
    if form is None:
        return value is None
    if form is Tensor:
        return isinstance(value, torch.Tensor)
    if form is float:
        return type(value) in (int, float)
    if isinstance(form, type):
        return type(value) is form
    if type(form) is list:
        return type(value) is list and all(fits(form[0], each) for each in value)
    if type(form) is tuple:
        return any(fits(each, value) for each in form)
    if type(form) is dict:
        return (
            type(value) is dict
            and value.keys() == form.keys()
            and all(fits(each, value[name]) for name, each in form.items())
        )
    return bool(form(value))


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
