"""A question to a student's function as lines of Python that run as pasted in the student's
own notebook.

The lines bind only names that begin with `try_`, and show what was wrong with the answer,
or there are none.
"""

import ast
import copy
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from autograder.authoring.exercise import Exercise
from autograder.authoring.expect import CLAIM, numbers
from autograder.authoring.proxy import (
    AND_INPUTS,
    CALL,
    GRADIENTS,
    Question,
)
from autograder.authoring.sources import own_text
from autograder.judging.compare import are_close
from autograder.judging.run import ShownCase

CHANGED = (
    " changed"  # at the end of a Difference's `of`, which begins with the input
)
MAX_ELEMENTS = (
    32  # elements of all tensors together; more would not be a small input
)


def snippet(exercise: Exercise, shown_cases: Sequence[ShownCase]) -> str:
    """Return the questions in order as lines to paste; "" if large, or there are none.

    Inputs that were compared are shown, too.
    """
    found = (
        shown_cases[-1].fault.values
        if shown_cases and shown_cases[-1].fault
        else {}
    )
    compared = str(found.get("of", ""))
    is_of_value = not compared and found.get("sort", CLAIM) != CLAIM
    is_certain = (
        found.get("error") != "NameError"
    )  # the notebook may define what the file does not
    given = [
        (one.question, one.answer)
        for one in shown_cases
        if one.question and is_certain
    ]
    try:
        if (
            not given
            or sum(_elements(question.args) for question, _ in given)
            > MAX_ELEMENTS
        ):
            return ""
        shown = [
            f"try_{name}" for name in _shown(exercise, given[-1][0], compared)
        ]
        *before, lines = [
            _lines(
                exercise,
                q,
                bool(shown),
                is_of_value,
                compared,
            )
            for q, _ in given
        ]
    except Exception:
        # a value without a literal, or an author's `paste` that does not fit its probe
        return ""
    shown = [
        name
        for name in shown
        if any(ln.startswith(f"{name.partition('.')[0]} = ") for ln in lines)
    ]
    if shown and not _is_statement(lines[-1]) and compared.endswith(CHANGED):
        lines[-1] += f", {shown[0]}"
    else:
        lines += [", ".join(shown)] if shown else []
    for *first, last in reversed(
        before
    ):  # with a print, since a cell shows only its last value
        lines = [
            *first,
            last if _is_statement(last) else f"print({last})",
            *lines,
        ]
    return "\n".join(lines)


def _shown(exercise: Exercise, question: Question, compared: str) -> list[str]:
    """Return the inputs that were compared: as named, or else those that a right answer changes."""
    kind, _, use = question.probe.partition(":")
    name, is_changed, _ = compared.partition(CHANGED)
    names = exercise.names_of(use)
    if is_changed or (kind == AND_INPUTS.key and name in names):
        return [name]
    if kind != AND_INPUTS.key or not compared:
        return []
    after = copy.deepcopy(question.args)
    exercise.through(use)(*after)
    return [
        name
        for name, now, was in zip(names, after, question.args)
        if not are_close(now, was)
    ]


def _lines(
    exercise: Exercise,
    question: Question,
    is_shown: bool,
    is_of_value: bool,
    compared: str,
) -> list[str]:
    args, (kind, _, use) = question.args, question.probe.partition(":")
    pastes = {
        key: write
        for one in (exercise, *exercise.parts)
        for key, write in one.pastes.items()
    }
    if kind in pastes:
        lines = pastes[kind](_literal, compared, *args)
        if not lines:
            raise ValueError("nothing to paste")
        return lines
    defined, start = _called(exercise, use)
    if kind == GRADIENTS.key and not is_of_value:
        return [
            *defined,
            *_gradients(exercise.names_of(use), start, is_shown, *args),
        ]
    if kind == AND_INPUTS.key and is_shown:
        names = _names(exercise.names_of(use), len(args))
        given = [
            f"{each} = {_literal(value)}" for each, value in zip(names, args)
        ]
        return [*defined, *given, f"{start}{', '.join(names)})"]
    if kind not in (CALL.key, AND_INPUTS.key, GRADIENTS.key):
        raise ValueError("nothing to paste")
    args = args[0] if kind == GRADIENTS.key else args
    return [*defined, f"{start}{', '.join(map(_literal, args))})"]


def _called(exercise: Exercise, use: str) -> tuple[list[str], str]:
    """Return lines that define a probe through which the function is called, and the start of
    a call.
    """
    if not use:
        return [], f"{exercise.function}("
    probe = next(probe for probe in exercise.probes if probe.key == use)
    name = f"try_{probe.function.__name__}"
    tree = ast.parse(own_text(probe.function, name, name))
    function: Any = tree.body[-1]
    if ast.get_docstring(function) is not None:
        del function.body[0]  # a student need not read it
    return [
        *ast.unparse(tree).splitlines(),
        "",
    ], f"{name}({exercise.function}, "


def _is_statement(line: str) -> bool:
    """Return whether nothing can be joined to a line: it is indented, or prints."""
    return line.startswith((" ", "print("))


def _gradients(
    known: Sequence[str],
    start: str,
    is_shown: bool,
    args: Sequence,
    of: Sequence[int],
    cotangent: torch.Tensor,
) -> list[str]:
    """Return lines for the probe of this name: the gradients of a weighted sum of the
    function's result.
    """
    names = _names(known, len(args))
    values = [
        arg.detach().clone().requires_grad_() if i in of else arg
        for i, arg in enumerate(args)
    ]
    named = range(len(args)) if is_shown else of
    called = ", ".join(
        names[i] if i in named else _literal(value)
        for i, value in enumerate(values)
    )
    weights = _literal(cotangent.flatten())
    return [
        *(f"{names[i]} = {_literal(values[i])}" for i in named),
        f"try_value = {start}{called})",
        "if try_value.requires_grad:",
        f"    (try_value.flatten() * {weights}).sum().backward()",
        ", ".join(f"{names[i]}.grad" for i in of),
    ]


def _names(known: Sequence[str], count: int) -> list[str]:
    """Return a name for each input that no notebook uses."""
    return [
        f"try_{name}"
        for name in (
            *known[:count],
            *(f"input{i}" for i in range(len(known), count)),
        )
    ]


def _elements(value: object) -> int:
    if isinstance(value, torch.Tensor):
        return value.numel()
    return sum(map(_elements, value)) if isinstance(value, list | tuple) else 0


def _literal(value: object) -> str:
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
    raise ValueError("no literal")


def _tensor(tensor: torch.Tensor) -> str:
    plain = tensor.detach()
    if plain.dtype.is_floating_point and not plain.isfinite().all():
        raise ValueError("no literal")
    if not plain.numel():
        return f"torch.empty({tuple(plain.shape)}, dtype={plain.dtype})"
    known = plain.dtype in (
        torch.float32,
        torch.int64,
        torch.bool,
    )  # what torch.tensor makes of a literal
    dtype = "" if known else f", dtype={plain.dtype}"
    grad = ", requires_grad=True" if tensor.requires_grad else ""
    exact = (
        np.float32 if plain.dtype is torch.float32 else float
    )  # in as few digits as give the same number
    return f"torch.tensor({numbers(plain, exact)}{dtype}{grad})"
