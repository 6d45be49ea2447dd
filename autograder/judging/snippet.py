"""A question to a student's function as lines of Python that run as pasted in the student's
own notebook.

The lines bind only names that begin with `try_`, and show what was wrong with the answer,
or there are none.
"""

import ast
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from autograder.authoring import sources
from autograder.authoring.exercise import Exercise
from autograder.authoring.expect import CLAIM, numbers
from autograder.authoring.proxy import (
    AND_INPUTS,
    CALL,
    GRADIENTS,
    Question,
)
from autograder.judging.check_runner import ShownCase

# At the end of a Difference's `of`, which begins with the input.
CHANGED = " changed"
# Of all tensors together; more would not be a small input.
MAX_ELEMENTS = 32


def snippet(exercise: Exercise, shown_cases: Sequence[ShownCase]) -> str:
    """Return the questions in order as lines to paste; "" if large, or there are none.

    Inputs that were compared are shown, too.
    """
    fault = shown_cases[-1].fault
    values = fault.values if fault else {}
    if values.get("error") == "NameError":
        # The notebook may define what the file does not.
        return ""
    compared = str(values.get("of", ""))
    is_of_value = not compared and values.get("sort", CLAIM) != CLAIM
    cells: list[list[str]] = []
    shown: list[str] = []
    elements = 0
    try:
        for case in shown_cases:
            question = case.question
            if question is None:
                continue
            elements += _elements(question.args)
            if elements > MAX_ELEMENTS:
                return ""
            if case is shown_cases[-1]:
                shown = _shown(exercise, question, compared)
            cell = _lines(
                exercise, question, bool(shown), is_of_value, compared
            )
            if not cell:
                return ""
            cells.append(cell)
    except Exception:
        # a value without a literal, or an author's `lines` that do not fit their probe
        return ""
    if not cells:
        return ""
    *earlier, last = cells
    bound = {line.partition(" = ")[0] for line in last}
    shown = [name for name in shown if name.partition(".")[0] in bound]
    if shown and compared.endswith(CHANGED) and not _is_statement(last[-1]):
        last[-1] += f", {shown[0]}"
    elif shown:
        last.append(", ".join(shown))
    lines: list[str] = []
    for *first, call in earlier:
        # A cell shows only its last value.
        lines += [*first, call if _is_statement(call) else f"print({call})"]
    return "\n".join(lines + last)


def _shown(exercise: Exercise, question: Question, compared: str) -> list[str]:
    """Return the input that was compared, if any."""
    name, is_changed, _ = compared.partition(CHANGED)
    is_asked = question.probe == AND_INPUTS.key
    is_input = is_asked and name in _names(exercise, question.use)
    if is_changed or is_input:
        return [f"try_{name}"]
    return []


def _lines(
    exercise: Exercise,
    question: Question,
    is_shown: bool,
    is_of_value: bool,
    compared: str,
) -> list[str]:
    """Return the lines of a question.  is_shown: whether inputs are shown after it."""
    args = question.args
    kind = question.probe
    probe = exercise.probe_of(kind)
    if probe is not None and probe.lines is not None:
        lines: list[str] = probe.lines(_literal, compared, *args)
        return lines
    defined, start = _called(exercise, question.use)
    names = [f"try_{name}" for name in _names(exercise, question.use)]
    if kind == GRADIENTS.key and not is_of_value:
        return defined + _gradients(names, start, is_shown, *args)
    if kind == AND_INPUTS.key and is_shown:
        for name, value in zip(names, args, strict=True):
            defined.append(f"{name} = {_literal(value)}")
        return [*defined, f"{start}{', '.join(names)})"]
    if kind == GRADIENTS.key:
        args = args[0]
    elif kind not in (CALL.key, AND_INPUTS.key):
        return []
    return [*defined, f"{start}{', '.join(map(_literal, args))})"]


def _names(exercise: Exercise, use: str) -> list[str]:
    """Return the names of what a probe, or else the function, is called with."""
    probe = exercise.probe_of(use)
    if probe is None:
        return [*exercise.parameters]
    return probe.names


def _called(exercise: Exercise, use: str) -> tuple[list[str], str]:
    """Return lines that define a probe through which the function is called, and the start of
    a call.
    """
    probe = exercise.probe_of(use)
    if probe is None:
        return [], f"{exercise.function}("
    name = f"try_{probe.function.__name__}"
    text = sources.renamed(probe.function, name)
    imports = sources.imports(text, probe.function, name)
    tree = ast.parse(imports + text)
    function: Any = tree.body[-1]
    if ast.get_docstring(function) is not None:
        # The docstring is of no use to a student here.
        del function.body[0]
    lines = ast.unparse(tree).splitlines()
    return [*lines, ""], f"{name}({exercise.function}, "


def _is_statement(line: str) -> bool:
    """Return whether nothing can be joined to a line: it is indented, or prints."""
    return line.startswith((" ", "print("))


def _gradients(
    names: Sequence[str],
    start: str,
    is_shown: bool,
    args: Sequence,
    of: Sequence[int],
    cotangent: torch.Tensor,
) -> list[str]:
    """Return lines for the gradients of a weighted sum of the function's result."""
    lines = []
    given = []
    for number, (name, value) in enumerate(zip(names, args, strict=True)):
        if number in of:
            value = value.detach().clone().requires_grad_()
        literal = _literal(value)
        if is_shown or number in of:
            lines.append(f"{name} = {literal}")
            literal = name
        given.append(literal)
    weights = _literal(cotangent.flatten())
    return [
        *lines,
        f"try_value = {start}{', '.join(given)})",
        "if try_value.requires_grad:",
        f"    (try_value.flatten() * {weights}).sum().backward()",
        ", ".join(f"{names[number]}.grad" for number in of),
    ]


def _elements(value: object) -> int:
    if isinstance(value, torch.Tensor):
        return value.numel()
    if isinstance(value, list | tuple):
        return sum(map(_elements, value))
    return 0


def _literal(value: object) -> str:
    if isinstance(value, torch.Tensor):
        return _tensor(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(_literal, value))}{',' * (len(value) == 1)})"
    is_plain = value is None or isinstance(value, int | str)
    if is_plain or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    raise ValueError("no literal")


def _tensor(tensor: torch.Tensor) -> str:
    plain = tensor.detach()
    if plain.dtype.is_floating_point and not plain.isfinite().all():
        raise ValueError("no literal")
    if not plain.numel():
        return f"torch.empty({tuple(plain.shape)}, dtype={plain.dtype})"
    # What torch.tensor makes of a literal needs no dtype.
    is_default = plain.dtype in (torch.float32, torch.int64, torch.bool)
    dtype = "" if is_default else f", dtype={plain.dtype}"
    grad = ", requires_grad=True" if tensor.requires_grad else ""
    # In as few digits as give the same number.
    exact = np.float32 if plain.dtype is torch.float32 else float
    return f"torch.tensor({numbers(plain, exact)}{dtype}{grad})"
