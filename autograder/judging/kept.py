"""What of an assignment an earlier run kept, so that whoever starts judges needs no torch: cases, checks."""

from __future__ import annotations

import json

from autograder import cache, exercises
from autograder.judging import cases
from autograder.judging.cases import Cases


def cases_of(assignment: str, seed: int) -> Cases:
    """The cases that are drawn from a seed.  Raises UnknownAssignment, and DeclarationError for a slip."""
    exercises.demand(assignment)

    def drawn():
        return cases.draw(assignment, exercises.of(assignment), seed).frames

    return Cases(assignment, seed, cache.made_once(f"{assignment}-{seed}", drawn))


def checks_of(assignment: str) -> list[tuple[str, str, str, float]]:
    """(exercise, check, title, points) of all checks, in their order.  Raises what `cases_of` does."""
    exercises.demand(assignment)

    def listed():
        found = exercises.of(assignment)
        rows = [(e.name, c.name, c.title, c.points) for e in found for c in e.checks]
        return {"checks": json.dumps(rows).encode()}

    return [tuple(row) for row in json.loads(cache.made_once(f"{assignment}-checks", listed)["checks"])]
