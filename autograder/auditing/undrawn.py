"""Kinds of inputs that an oracle draws and no check does: each is a gap in the checks.

Compares the first questions of both, argument by argument, by name.  Runs no student's code.
"""

import ast
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import torch

from autograder.authoring.exercise import Exercise
from autograder.authoring.proxy import GRADIENTS, Question
from autograder.judging.check_runner import CheckRunner

FINE = 1024  # numbers that are no multiples of 1 / FINE show rounding


def only_in(oracle: Sequence[CheckRunner], checks: Sequence[CheckRunner]) -> list[str]:
    """The kinds of inputs that an exercise's oracle draws and its checks do not, the most frequent first."""
    there = {kind for check in checks for question in _questions(check) for kind in kinds(check, question)}
    asked = [set(kinds(each, question)) for each in oracle for question in _questions(each)]
    missing = Counter(kind for some in asked for kind in some - there)
    return [f"{kind} (in {count} of {len(asked)} cases)" for kind, count in missing.most_common()]


def _questions(check: CheckRunner) -> list[Question]:
    return check.first_questions(check.exercise.conditional)


def kinds(check: CheckRunner, question: Question) -> Iterator[str]:
    """The kinds of inputs in a question, in words: one for each axis of each argument."""
    exercise, args, what = check.exercise, question.args, ""
    if question.probe == GRADIENTS.key:
        args, what = args[0], "gradients, "
    for name, value in zip(_names(exercise, question.probe), args):
        if name not in exercise.hidden_inputs:
            yield from (f"{what}{name}: {kind}" for kind in _kinds_of(value))


def _names(exercise: Exercise, probe: str) -> list[str]:
    """The names of the arguments of a probe, or of the function that it calls."""
    for declared in (each for one in (exercise, *exercise.parts) for each in one.probes):
        if declared.key == probe:
            tree = ast.parse(declared.source)
            made = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "probe")
            names = [each.arg for each in made.args.args]
            return names[2 if names[1:2] == ["log"] else 1 :]
    return [*exercise.parameters]


def _kinds_of(value: Any) -> Iterator[str]:
    if isinstance(value, torch.Tensor):
        yield from _kinds_of_tensor(value)
    elif type(value) in (list, tuple):
        yield f"{_about(len(value))} of them"
        for i, each in enumerate(value):
            name = f"number {i + 1}, " if type(value) is tuple else "each, "
            yield from (name + kind for kind in _kinds_of(each))
    elif type(value) in (int, float):
        yield _about(value)


def _kinds_of_tensor(t: torch.Tensor) -> Iterator[str]:
    dtype = str(t.dtype).removeprefix("torch.")
    yield dtype
    yield f"{t.dim()}-dimensional"
    for axis, size in zip(("rows", *["columns"] * t.dim()), t.shape):
        yield f"{_about(size)} {axis}"
    if t.numel():
        yield f"largest number {_about(float(t.abs().max()))}"
    if t.is_floating_point() and (t.double() * FINE % 1 != 0).any():
        yield f"{dtype} with digits beyond 1/{FINE}"


def _about(number: float) -> str:
    """A number by its power of ten, from hundredths to thousands; 0 and 1 by themselves."""
    if number in (0, 1) or not math.isfinite(number):
        return f"{number:g}"
    return f"about 1e{max(-2, min(3, math.floor(math.log10(abs(number)))))}"
