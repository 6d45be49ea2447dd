"""Fills an assignment's points into a gradebook file from Canvas or Moodle.

Every other cell stays as it is, and no student is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from autograder.errors import KitError
from autograder.languages import N_, tr
from autograder.platforms import people, tables
from autograder.platforms.people import Person
from autograder.platforms.platform import Gradebook, Row
from autograder.results import Report

NONE = N_("{file} has no column for {assignment}. Choose one with --column: {columns}.")
SEVERAL = N_("{file} has several columns for {assignment}. Choose one with --column: {columns}.")


class GradebookError(KitError):
    """The file cannot be filled; the sentence says why, and what to do."""


@dataclass(frozen=True)
class Options:
    """How to fill a file.  column: its title; "" finds it by the assignment's name.

    unread: for a score with an answer that nobody has read yet: "zero" fills in the rest, "leave" and ""
    leave the cell; "" also lists the student.
    """

    column: str = ""
    scale: bool = False
    unread: str = ""


@dataclass(frozen=True)
class Filled:
    """raw: the file's bytes.  column: its title.  rows: id -> the student's row before it was filled.

    scored: how many students have points now.  open: id -> why a student has none.  others: the file's names
    of people without results.  sections: id -> the parts of the class, one a line, if the file has any.
    """

    raw: bytes
    column: str
    rows: Mapping[str, Row]
    scored: int
    open: Mapping[str, str]
    others: tuple[str, ...]
    sections: Mapping[str, str]


def fill(path: Path, book: Gradebook, assignment: str, reports: Sequence[Report], options: Options) -> Filled:
    """The file with each graded student's points.  Raises GradebookError."""
    try:
        table = tables.read(path.read_bytes())
    except OSError as error:
        raise GradebookError(
            "Cannot read {path} ({why}). Make it readable, or correct it.", path=path, why=error.strerror
        ) from None
    except tables.NotATable as error:
        raise GradebookError(f"{path} {tr(error)}") from None
    titles = [" ".join(title.split()) for title in table.rows[0]]
    rows = [_row(titles, cells) for cells in table.rows[1:]]
    persons = _persons(path, book, titles, rows)
    column = _column(path, book, titles, assignment, options.column)
    factor = _factor(
        path, book.worth(rows, titles[column].casefold()), titles[column], reports, options.scale
    )
    matched, why = people.match([(report.id, report.name) for report in reports], persons)
    scored = 0
    for report in reports:
        at = matched.get(report.id)
        cells = table.rows[at + 1] if at is not None else []
        there = cells[column].strip() if column < len(cells) else ""
        value, reason = _value(report, book, options.unread, factor, there)
        if reason:
            why[report.id] = reason
        elif at is not None and value:
            cells += [""] * (column + 1 - len(cells))
            cells[column] = value
            scored += 1
    known = {*matched.values()}
    others = tuple(one.name.strip() or one.keys[0] for one in persons if one.row not in known)
    found = {id: rows[at] for id, at in matched.items()}
    sections = {id: "\n".join(filter(None, map(row.get, book.sections))) for id, row in found.items()}
    sections = {id: parts for id, parts in sections.items() if parts}
    return Filled(table.to_bytes(), titles[column], found, scored, why, others, sections)


def _value(report: Report, book: Gradebook, unread: str, factor: float, there: str) -> tuple[str, str]:
    """What to fill in, "" to leave the cell; and why it needs review, or ""."""
    if report.needs_a_person:
        return "", report.reason
    if report.is_excused:
        return book.excused, ""
    if report.unread and unread != "zero":
        waits = tr("answer not read yet ({question})", question=", ".join(report.unread))
        return "", "" if unread else waits
    if there.upper() in book.kept:
        return "", tr("The file already has {cell}, which was kept.", cell=there)
    return f"{round(report.score * factor, 2):g}", ""


def _row(titles: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """A row by its column titles; of equal titles, the first counts."""
    row: dict[str, str] = {}
    for title, cell in zip_longest(titles, cells[: len(titles)], fillvalue=""):
        row.setdefault(title.casefold(), cell.strip())
    return row


def _persons(
    path: Path, book: Gradebook, titles: Sequence[str], rows: Sequence[Mapping[str, str]]
) -> list[Person]:
    there = {title.casefold() for title in titles}
    keys = [title for title in book.keys if title in there]
    names = next((form for form in book.names if there.issuperset(form)), ())
    if not (names or keys) or not there.issuperset(book.required):
        raise GradebookError(
            "{file} has no column that identifies the student. Expected {expected}; got {columns}.",
            file=path,
            expected=book.expected,
            columns=_listed(titles),
        )
    found = []
    for at, row in enumerate(rows):
        known = tuple(filter(None, (book.key(title, row[title]) for title in keys)))
        name = " ".join(row[title] for title in names)
        if (known or name.strip()) and book.is_person(row):
            found.append(Person(at, known, name))
    return found


def _column(path: Path, book: Gradebook, titles: Sequence[str], assignment: str, named: str) -> int:
    named = " ".join(named.split())
    own = book.column({title.casefold() for title in titles}) if not named else ""
    name = _plain(named or assignment)
    found = [n for n, title in enumerate(titles) if title and (title == named or title.casefold() == own)]
    found = found or [n for n, title in enumerate(titles) if not own and _plain(book.title(title)) == name]
    if len(found) == 1:
        return found[0]
    sentence = SEVERAL if found else NONE
    raise GradebookError(sentence, file=path, assignment=named or assignment, columns=_listed(titles))


def _plain(title: str) -> str:
    return re.sub(r"[\W_]+", "", title.casefold())


def _listed(titles: Iterable[str]) -> str:
    return ", ".join(filter(None, titles))


def _factor(path: Path, theirs: float | None, column: str, reports: Sequence[Report], scale: bool) -> float:
    """The factor for scores: 1, unless the file has other points and --scale was given."""
    ours = max((report.max_score for report in reports), default=0.0)
    if scale and not theirs:
        raise GradebookError(
            "{file} does not give the points of {column}. Leave out --scale.",
            file=path,
            column=column,
        )
    if not theirs or theirs == ours or not ours:  # 0 points give no ratio
        return 1.0
    if not scale:
        raise GradebookError(
            "{column} is worth {theirs} points in {file}, but {ours} in these results. "
            "Choose another file, or rescale with --scale.",
            column=column,
            theirs=f"{theirs:g}",
            ours=f"{ours:g}",
            file=path,
        )
    return theirs / ours
