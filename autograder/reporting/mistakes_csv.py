"""The mistakes of a class as a table for a spreadsheet: a row for each, the most frequent first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from autograder.reporting.causes import losses, tallies
from autograder.reporting.words import points
from autograder.results import Report

HEADER = ["exercise", "mistake", "what", "students", "points_lost", "follows", "who", "message", "example"]


def rows(reports: Iterable[Report]) -> Iterator[list[str]]:
    """A row for each cause of lost points."""
    ids: list[str] = []

    def lost():
        for number, report in enumerate(reports):
            ids.append(report.id)
            yield number, losses(report)

    found = tallies(lost())
    yield HEADER
    for tally in found:
        yield [
            tally.cause.exercise,
            tally.cause.mistake,
            tally.cause.sentence,
            str(len(tally.who)),
            points(tally.points),
            "; ".join(f"{name} ({n})" for name, n in tally.follows.items()),
            "; ".join(ids[number] for number in tally.who),
            tally.example.message,
            tally.example.example,
        ]
