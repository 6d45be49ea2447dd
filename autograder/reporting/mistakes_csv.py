"""The mistakes of a class as a table for a spreadsheet: a row for each, the most frequent first."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.reporting.class_statistics import ClassStatistics
from autograder.reporting.words import points

HEADER = ["exercise", "mistake", "what", "students", "points_lost", "follows", "who", "message", "example"]


def rows(found: ClassStatistics) -> Iterator[list[str]]:
    """A row for each cause of lost points."""
    yield HEADER
    for tally in found.tallies:
        yield [
            tally.cause.exercise,
            tally.cause.mistake,
            tally.cause.sentence,
            str(len(tally.students)),
            points(tally.points),
            "; ".join(f"{name} ({n})" for name, n in tally.follows.items()),
            "; ".join(student.id for student in tally.students),
            tally.example.message,
            tally.example.example,
        ]
