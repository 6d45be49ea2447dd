"""A case as lines of Python that a student pastes into the notebook and runs.

Knows nothing of what was wrong with it.
"""

from __future__ import annotations

import inspect
import math

import torch

from autograder.authoring.exercise import Exercise

LARGEST = 32  # elements of all tensors together; more is no smallest input to look at


class _Unwritable(Exception):
    """A value that is too large for a line, or has no literal."""


def snippet(exercise: Exercise, case: dict) -> str:
    """The inputs as assignments, and the call where they are all that it takes; "" for large ones."""
    seen = {name: value for name, value in case.items() if name not in exercise.unseen}
    try:
        room = LARGEST
        lines = []
        for name, value in seen.items():
            room -= _elements(value)
            if room < 0:
                return ""
            lines.append(f"{name} = {_literal(value)}")
    except _Unwritable:
        return ""
    parameters = list(inspect.signature(exercise.right).parameters) if exercise.right else []
    if len(seen) == len(case) and set(parameters) == set(seen):
        lines.append(f"{exercise.function}({', '.join(parameters)})")
    return "\n".join(lines)


def _elements(value):
    if isinstance(value, torch.Tensor):
        return value.numel()
    return sum(map(_elements, value)) if isinstance(value, list | tuple) else 0


def _literal(value):
    if isinstance(value, torch.Tensor):
        return _tensor(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(_literal, value))}{',' * (len(value) == 1)})"
    if isinstance(value, bool | int | str) or value is None:
        return repr(value)
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)
    raise _Unwritable


def _tensor(tensor):
    plain = tensor.detach()
    if plain.dtype.is_floating_point and not plain.isfinite().all():
        raise _Unwritable
    if not plain.numel():
        return f"torch.empty({tuple(plain.shape)}, dtype={plain.dtype})"
    known = plain.dtype in (torch.float32, torch.int64, torch.bool)  # what torch.tensor makes of a literal
    dtype = "" if known else f", dtype={plain.dtype}"
    grad = ", requires_grad=True" if tensor.requires_grad else ""
    text = str(plain.tolist()).replace(".0,", ".,").replace(".0]", ".]")
    return f"torch.tensor({text}{dtype}{grad})"
