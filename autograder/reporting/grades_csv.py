"""A class as a table that a spreadsheet opens: a row per student, a column per exercise.

It starts with a byte order mark, so that Excel reads UTF-8, and no cell is a formula.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TextIO

from autograder.languages import tr
from autograder.reporting import words
from autograder.reporting.words import points
from autograder.results import Outcome, Report
from autograder.untrusted_text import cell

NOT_READ = "not read yet"  # in place of points, in every language: programs read it
MARK = "\ufeff"  # without it, Excel assumes its own country's encoding


def write(file: TextIO, rows: Iterable[Sequence[str]]) -> None:
    """Write the rows; each cell stays plain text."""
    file.write(MARK)
    csv.writer(file, lineterminator="\n").writerows(map(cell, row) for row in rows)


def grade(report: Report) -> str:
    """The score, or "" if it needs review or is excused: never a silent zero."""
    return "" if report.grade is None else points(report.grade)


def rows(reports: Iterable[Report], pending: Mapping[str, str]) -> Iterator[list[str]]:
    """The table.  pending: id -> name of students not graded yet."""
    names: list[str] | None = None
    for report in reports:
        if names is None:
            names = list(dict.fromkeys(result.exercise for result in report.results))
            yield _header(names)
        yield [
            report.id,
            report.name,
            report.file,
            grade(report),
            points(report.max_score),
            *(_earned(report, name) for name in names),
            "" if report.late_days is None else f"{report.late_days:g}",
            "; ".join(report.flags),
            words.review(report) or "; ".join(map(words.not_read, report.unread)),
            "; ".join(words.decision(report, one) for one in report.decisions),
        ]
    if names is None:
        yield _header([])
    for id, name in pending.items():
        yield [id, name, *[""] * (5 + len(names or ())), tr(words.PENDING), ""]


def _header(names):
    return [
        "id",
        "name",
        "file",
        "score",
        "max_score",
        *names,
        "late_days",
        "flags",
        "needs_a_person",
        "decisions",
    ]


def _earned(report, exercise):
    results = [result for result in report.results if result.exercise == exercise]
    if any(result.outcome is Outcome.GRADER_ERROR for result in results):
        return ""
    waits = any(result.outcome is Outcome.NOT_READ for result in results)
    return NOT_READ if waits else points(sum(result.earned for result in results))
