"""A class as tables for a spreadsheet: the points of each student, and the mistakes by frequency.

What a student or a platform wrote computes nothing there.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from typing import TextIO

from autograder.reporting.causes import losses, tallies
from autograder.reporting.seen import cell
from autograder.reporting.words import points
from autograder.results import Outcome, Report


def write_grades(file: TextIO, exercises: Iterable[str], reports: Iterable[Report], failed: Mapping) -> None:
    """A row for each student, a column for each exercise.  failed: id -> why we failed since."""
    rows, names = csv.writer(file, lineterminator="\n"), list(exercises)
    rows.writerow(["id", "name", "file", "score", "max_score", *names, "flags", "needs_a_person"])
    for report in reports:
        by_exercise = {name: [r for r in report.results if r.exercise == name] for name in names}
        # an empty field, never a silent zero
        rows.writerow(
            [
                cell(report.id),
                cell(report.name),
                cell(report.file),
                "" if report.needs_a_person else points(report.score),
                points(report.max_score),
                *map(_earned, by_exercise.values()),
                cell("; ".join(report.flags)),
                cell(failed.get(report.id) or report.reason),
            ]
        )


def write_mistakes(file: TextIO, reports: Iterable[Report]) -> None:
    """A row for each cause of lost points, the most frequent first; who: ids, one a line."""
    ids: list[str] = []

    def lost():
        for number, report in enumerate(reports):
            ids.append(report.id)
            yield number, losses(report)

    found, rows = tallies(lost()), csv.writer(file, lineterminator="\n")
    rows.writerow(
        ["exercise", "mistake", "what", "students", "points_lost", "follows", "who", "message", "example"]
    )
    for tally in found:
        follows = "; ".join(f"{name} ({n})" for name, n in tally.follows.items())
        rows.writerow(
            [
                *map(cell, (tally.cause.exercise, tally.cause.mistake, tally.cause.sentence)),
                len(tally.who),
                points(tally.points),
                cell(follows),
                "\n".join(cell(ids[number]) for number in tally.who),
                *map(cell, (tally.example.message, tally.example.example)),
            ]
        )


def _earned(results):
    if any(r.outcome is Outcome.GRADER_ERROR for r in results):
        return ""
    return points(sum(r.earned for r in results))
