"""Gaps in checks: tolerances that are too wide, and kinds of inputs that only the oracle draws.

Looks at cases and first questions.  Knows nothing of programs, and runs none.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch

from autograder.authoring.checks import Check
from autograder.authoring.exercise import Exercise
from autograder.authoring.proxy import GRADIENTS, Question
from autograder.judging.cases import Cases
from autograder.judging.run import CheckRunner

NARROW = 0.1  # of the smallest fault: the largest error that a check may allow
FINE = 1024  # numbers that are no multiples of 1 / FINE show rounding


class Tolerance(NamedTuple):
    """The widest one of a check's edge case, over all seeds, or of the drawn case that shows most.

    share: of the smallest fault that it must show.
    """

    check: str
    case: str
    share: float
    seed: int


def widest(exercises: Sequence[Exercise], drawn: Sequence[Cases]) -> Iterator[Tolerance]:
    """Yield the widest tolerance of each edge case, and of the drawn cases, of the checks with a margin."""
    for check in (check for exercise in exercises for check in exercise.checks if check.margin):
        tolerances = [tolerance for cases in drawn for tolerance in _tolerances(check, cases)]
        for case in dict.fromkeys(tolerance.case for tolerance in tolerances):
            yield max((t for t in tolerances if t.case == case), key=lambda t: t.share)


def _tolerances(check: Check, cases: Cases) -> Iterator[Tolerance]:
    assert check.margin is not None
    (group,) = cases.groups(check)
    name, count = f"{check.exercise}.{check.name}", len(check.edge_cases)
    shares = [allowed / fault if fault else 1.0 for allowed, fault in map(check.margin, group)]
    for at, share in enumerate(shares[:count], 1):
        yield Tolerance(name, f"edge case {at}", share, cases.seed)
    if shares[count:]:
        yield Tolerance(name, "the drawn ones", min(shares[count:]), cases.seed)


def only_in(oracle: Sequence[CheckRunner], checks: Sequence[CheckRunner]) -> list[str]:
    """Return the kinds of inputs that an oracle draws and checks do not, the most frequent first."""
    known = {kind for kinds in _kinds_of_each(checks) for kind in kinds}
    asked = _kinds_of_each(oracle)
    missing = Counter(kind for kinds in asked for kind in kinds - known)
    return [f"{kind} (in {count} of {len(asked)} cases)" for kind, count in missing.most_common()]


def _kinds_of_each(checks: Sequence[CheckRunner]) -> list[set[str]]:
    """Return the kinds of inputs in the first question of each case, in words."""
    questions = [(c, q) for c in checks for q in c.first_questions(c.exercise.conditional)]
    return [set(_kinds_in(check.exercise, question)) for check, question in questions]


def _kinds_in(exercise: Exercise, question: Question) -> Iterator[str]:
    args, what = question.args, ""
    kind, _, use = question.probe.partition(":")
    if kind == GRADIENTS.key:
        args, what = args[0], "gradients, "
    for name, value in zip(exercise.names_of(use or kind), args):
        if name not in exercise.hidden_inputs:
            yield from (f"{what}{name}: {kind}" for kind in _kinds_of(value))


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
    """Return a number by its power of ten, from hundredths to thousands; 0 and 1 by themselves."""
    if number in (0, 1) or not math.isfinite(number):
        return f"{number:g}"
    return f"about 1e{max(-2, min(3, math.floor(math.log10(abs(number)))))}"
