"""A class as a table that a spreadsheet opens: a row per student, a column per exercise."""

from collections.abc import Iterator, Mapping, Sequence

from autograder.languages import N_, listed, tr
from autograder.platforms.tables import Table
from autograder.reporting.cards import points
from autograder.reporting.class_statistics import Student
from autograder.results import Report
from autograder.untrusted_text import cell

PENDING = N_("Not graded yet, because the run was stopped.")


def table(students: Sequence[Student], pending: Mapping[str, str]) -> bytes:
    """Return the table as a file; no cell is a formula.  pending: id -> name of students not graded yet."""
    rows = [[*map(cell, row)] for row in _rows(students, pending)]
    return Table(rows, "utf-8-sig", ",", "\n").to_bytes()  # else Excel assumes its own country's encoding


def _rows(students: Sequence[Student], pending: Mapping[str, str]) -> Iterator[list[str]]:
    names = [name for student in students[:1] for name in student.report.exercises]
    tail = ("late_days", "late_penalty", "flags", "needs_a_person", "decisions")
    yield ["id", "name", "file", "score", "max_score", *names, *tail]
    for student in students:
        report = student.report
        yield [
            report.id,
            report.name,
            report.file,
            "" if report.grade is None else points(report.grade),  # never a silent zero
            points(report.max_score),
            *(_earned(report, name) for name in names),
            "" if report.late_days is None else f"{report.late_days:g}",
            points(report.late_penalty) if report.late_penalty else "",
            listed(map(tr, report.flags), "; "),
            student.review,
            student.decisions,
        ]
    for id, name in pending.items():
        yield [id, name, *[""] * (6 + len(names)), tr(PENDING), ""]


def _earned(report: Report, name: str) -> str:
    """Return the points of an exercise; nothing where they are not known, or do not count."""
    known = None if report.is_excused else report.points_of(name)
    return "" if known is None else points(known)
