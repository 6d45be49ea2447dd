"""Kinds of inputs that an oracle draws and no check does: each is a gap in the checks.

Compares the first questions of both, argument by argument, by name.  Runs no student's code.
"""

import ast
import bisect
from collections import Counter
from collections.abc import Iterator, Sequence

import torch

from autograder.authoring.exercise import Exercise
from autograder.authoring.probes import GRADIENTS
from autograder.authoring.proxy import Question
from autograder.judging.check_runner import CheckRunner

COUNTS = (0, 1, 2, 10, 100, 1000), ("0", "1", "2 to 9", "10 to 99", "100 to 999", "1000 or more")
SIZES = (
    (0, 1e-30, 0.01, 1, 10, 100, 1000),
    ("0", "below 0.01", "0.01 to 1", "1 to 10", "10 to 100", "100 to 1000", "1000 or more"),
)
FINE = 1024  # numbers that are no multiples of 1 / FINE show rounding


def only_in(oracle: Sequence[CheckRunner], checks: Sequence[CheckRunner]) -> list[str]:
    """The kinds of inputs that an exercise's oracle draws and its checks do not, the most frequent first."""
    there = {kind for check in checks for question in _questions(check) for kind in kinds(check, question)}
    asked = [set(kinds(each, question)) for each in oracle for question in _questions(each)]
    missing = Counter(kind for some in asked for kind in some - there)
    return [f"{kind} (in {count} of {len(asked)} cases)" for kind, count in missing.most_common()]


def _questions(check):
    return check.first_questions(check.exercise.conditional)


def kinds(check: CheckRunner, question: Question) -> Iterator[str]:
    """The kinds of inputs in a question, in words: one for each axis of each argument."""
    exercise, args, what = check.exercise, question.given, ""
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


def _kinds_of(value):
    if isinstance(value, torch.Tensor):
        yield from _kinds_of_tensor(value)
    elif type(value) in (list, tuple):
        yield f"{_one_of(COUNTS, len(value))} of them"
        for i, each in enumerate(value):
            name = f"number {i + 1}, " if type(value) is tuple else "each, "
            yield from (name + kind for kind in _kinds_of(each))
    elif type(value) is int:
        yield _one_of(COUNTS, value)
    elif type(value) is float:
        yield _one_of(SIZES, abs(value))


def _kinds_of_tensor(t):
    dtype = str(t.dtype).removeprefix("torch.")
    yield dtype
    yield f"{t.dim()}-dimensional"
    if t.dim():
        yield f"{_one_of(COUNTS, len(t))} rows"
    for width in t.shape[1:]:
        yield f"{_one_of(COUNTS, width)} columns"
    if t.numel():
        yield f"largest number {_one_of(SIZES, float(t.abs().max()))}"
    if t.is_floating_point() and (t.double() * FINE % 1 != 0).any():
        yield f"{dtype} with digits beyond 1/{FINE}"


def _one_of(table, number):
    return table[1][max(0, bisect.bisect_right(table[0], number) - 1)]
