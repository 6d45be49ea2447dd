"""A class as a table that a spreadsheet opens: a row per student, a column per exercise."""

from collections.abc import Iterator, Mapping

from autograder.languages import N_, listed, tr
from autograder.platforms.tables import Table
from autograder.reporting.class_statistics import ClassStatistics
from autograder.reporting.phrases import points
from autograder.untrusted_text import cell

PENDING = N_("Not graded yet, because the run was stopped.")


def table(statistics: ClassStatistics, pending: Mapping[str, str]) -> bytes:
    """Return the table as a file; no cell is a formula.

    pending: id -> name of students not graded yet.
    """
    rows = [[*map(cell, row)] for row in _rows(statistics, pending)]
    return Table(rows).to_bytes()


def _rows(
    statistics: ClassStatistics, pending: Mapping[str, str]
) -> Iterator[list[str]]:
    exercises = [*statistics.worths]
    tail = ("late_days", "late_penalty", "flags", "needs_review", "decisions")
    titles = ["id", "name", "file", "score", "max_score", *exercises, *tail]
    yield titles
    for student in statistics.students:
        yield [
            student.id,
            student.name,
            student.file,
            _known(student.grade),  # never a silent zero
            points(student.max_score),
            *(_known(student.points.get(name)) for name in exercises),
            _known(student.lateness.days),
            _known(student.lateness.penalty or None),
            listed(student.flags, "; "),
            student.waits_for,
            student.decisions,
        ]
    for id, name in pending.items():
        known = {"id": id, "name": name, "needs_review": tr(PENDING)}
        yield [known.get(title, "") for title in titles]


def _known(number: float | None) -> str:
    if number is None:
        return ""
    return points(number)
