"""An assignment's cases, drawn once per run: the same bytes for every judge.  Needs no torch
before that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from autograder import cache, exercises
from autograder.errors import Message
from autograder.intake import released
from autograder.results import Outcome, Result, said

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from autograder.authoring.checks import Check
    from autograder.authoring.exercise import Exercise

# cases to draw when one is needed; the last is used, because Hypothesis starts with the
# simplest
AMONG = 10


@dataclass(frozen=True)
class Cases:
    """The drawn cases of all checks of an assignment."""

    assignment: str
    seed: int
    # "exercise.check" -> a frame with its cases
    frames: dict[str, bytes]

    @property
    def hash(self) -> str:
        digest = hashlib.blake2b(digest_size=8)
        for name in sorted(self.frames):
            digest.update(name.encode() + self.frames[name])
        return digest.hexdigest()

    def groups(self, check: Check) -> list[list[dict]]:
        """Return the cases of a check: its own, or those of each check whose cases it shares."""
        from autograder import wire

        names = [body.__name__ for body in check.same_cases_as] or [check.name]
        return [
            wire.opened(self.frames[f"{check.exercise}.{name}"])
            for name in names
        ]


def cases_of(assignment: str, seed: int) -> Cases:
    """Return the cases for a seed.  Raises KitError."""
    released.require(assignment)
    name = f"{assignment}-{seed}"
    frames = cache.get_or_create(
        name, lambda: draw(assignment, exercises.load(assignment), seed).frames
    )
    return Cases(assignment, seed, frames)


def not_judged(
    assignment: str, problem: str | Message, cause: str
) -> tuple[Result, ...]:
    """Return a result of each check for a submission that needs review.  Raises what `cases_of`
    does.
    """
    released.require(assignment)

    def checks() -> dict[str, bytes]:
        rows = []
        for exercise in exercises.load(assignment):
            for check in exercise.checks:
                rows.append(
                    (exercise.name, check.name, check.title, check.points)
                )
        return {"checks": json.dumps(rows).encode()}

    frames = cache.get_or_create(f"{assignment}-checks", checks)
    results = []
    for exercise, check, title, points in json.loads(frames["checks"]):
        results.append(
            Result(
                exercise,
                check,
                title,
                points,
                0.0,
                Outcome.GRADER_ERROR,
                said(problem),
                cause=cause,
            )
        )
    return tuple(results)


def draw(assignment: str, of: Sequence[Exercise], seed: int) -> Cases:
    """Draw the cases of all checks."""
    from autograder import wire
    from autograder.authoring import values

    frames = {}
    for check in chain.from_iterable(exercise.checks for exercise in of):
        if check.same_cases_as:
            continue
        cases: list[dict] = [{}]
        if check.given is not None:
            cases = _drawn(check, check.given, number_of(check, seed))
        for name, value in cases[0].items():
            values.require_types(
                value,
                f"`{name}` of the check `{check.name}` of `{check.exercise}`",
            )
        frames[f"{check.exercise}.{check.name}"] = wire.pack(cases)
    return Cases(assignment, seed, frames)


def _drawn(
    check: Check, given: SearchStrategy[dict], number: int
) -> list[dict]:
    """Return the cases of a check.  An edge case is the last of several, because the first is too
    simple.
    """
    from autograder import wire
    from autograder.authoring import drawing

    if check.sequential:
        return drawing.draw(given, AMONG, number)[-1:]
    cases: list[dict] = []
    packed: set[bytes] = set()
    for i, strategy in enumerate(check.edge_cases, start=1):
        candidates = drawing.draw(strategy, AMONG, number + i)
        edge_case = candidates[-1]
        for candidate in candidates:
            if wire.pack(candidate) not in packed:
                edge_case = candidate
        cases.append(edge_case)
        packed.add(wire.pack(edge_case))
    return cases + drawing.draw(
        given, check.cases - len(check.edge_cases), number
    )


def number_of(check: Check, seed: int) -> int:
    """Return a check's own seed, so that a new check does not change the others' cases."""
    text = f"{seed}/{check.exercise}/{check.name}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=6).digest(), "big")


def size(case: dict) -> float:
    """Return how much a case has to read: elements first, then digits and size of the numbers."""
    import torch

    total = 0.0
    for value in case.values():
        if isinstance(value, torch.Tensor):
            numbers = value.detach().abs().double()
            sizes = float(torch.log2(numbers + 1).sum())
            total += 2 * value.numel() + (sizes > 0) + sizes
            total += int((numbers * 4 % 1 != 0).sum())
        elif isinstance(value, int | float):
            total += min(abs(value), 1000) / 1000
    return total
