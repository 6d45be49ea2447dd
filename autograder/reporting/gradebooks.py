"""A gradebook's file as Canvas or Moodle gave it, with an assignment's points filled in.

Every other cell stays as it is.  The files, as the platforms' programs write them:

* Canvas (lib/gradebook_exporter.rb of github.com/instructure/canvas-lms): Student (or LastName,
  FirstName), ID, SIS User ID, SIS Login ID, Integration ID, Root Account, Section; then `<assignment>
  (<number>)`, and totals without a number.  A line "Manual Posting" may come, then "Points Possible", then
  students; EX: excused, N/A: not given to them.
  https://nemogb-dev.github.io/nemogb-r/articles/detailed-canvas-export-info.html
* Moodle, an assignment's "Download grading worksheet" (mod/assign/gradingtable.php): Identifier, Full name,
  Email address, ..., Grade, Maximum Grade, ..., Last modified (grade).  See `moodle`.
* Moodle, the gradebook's "Export" (grade/export/lib.php): First name, Last name (or Surname), ID number, ...,
  Email address, then `Assignment: <name> (Real)`.  https://docs.moodle.org/311/en/Grade_import
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.languages import tr
from autograder.reporting import gradebook_csv, moodle, people, words
from autograder.reporting.exports import GradedClass
from autograder.reporting.gradebook_csv import NotATable, Table
from autograder.reporting.people import Person
from autograder.reporting.words import points

KEYS = {
    "canvas": ("id", "sis user id", "sis login id", "integration id"),
    "moodle": ("identifier", "id number", "username", "email address"),
}
NAMES = {
    "canvas": (("student",), ("firstname", "lastname")),
    "moodle": (("full name",), ("first name", "last name"), ("first name", "surname")),
}
NOBODY = re.compile(r"\s*(points possible|manual posting.*|muted)?\s*", re.IGNORECASE)
KEPT = ("EX", "N/A")  # what Canvas writes where there is no score to be had
EXPECTED = {"canvas": "Student, ID", "moodle": "Identifier, Email address, ID number or Full name"}


class GradebookError(ValueError):
    """The file cannot be filled: one sentence that says why, and what to do."""


@dataclass(frozen=True)
class Filled:
    """raw: the file's bytes.  column: its title.  scores: id -> what stands there now.

    open: id -> why they have no points.  others: how the file names those of whom there are no results.
    numbers: id -> Moodle's number of the participant.
    """

    raw: bytes
    column: str
    scores: Mapping[str, str]
    open: Mapping[str, str]
    others: tuple[str, ...]
    numbers: Mapping[str, str]


@dataclass(frozen=True)
class Wanted:
    """How a file is to be filled.  column: its title; "" finds it by the assignment's name."""

    platform: str
    column: str = ""
    encoding: str = ""
    scale: bool = False


def fill(path: Path, found: GradedClass, wanted: Wanted) -> Filled:
    """The file with each graded student's points.  Raises GradebookError."""
    try:
        table = gradebook_csv.read(path.read_bytes(), wanted.encoding)
    except OSError as error:
        raise GradebookError(tr("{path} cannot be read: {why}", path=path, why=error.strerror)) from None
    except NotATable as error:
        raise GradebookError(f"{path} {error}") from None
    titles = _titles(table)
    persons = _persons(table, titles, wanted.platform)
    if persons is None:
        expected, there = EXPECTED[wanted.platform], gradebook_csv.columns(titles)
        raise GradebookError(words.WHOSE.format(file=path, expected=expected, columns=there))
    column = _column(path, titles, found.assignment, wanted)
    factor = _factor(path, table, titles, column, found, wanted)
    matches = people.match([(report.id, report.name) for report in found.reports], persons)
    values: dict[tuple[int, int], str] = {}
    scores: dict[str, str] = {}
    why = {**matches.open, **found.waiting}
    for report in found.graded:
        if report.id not in matches.rows:
            continue
        at = matches.rows[report.id], column
        there = _cell(table, *at)
        if wanted.platform == "canvas" and there.upper() in KEPT:
            why[report.id] = words.EXCUSED.format(cell=there)
            continue
        scores[report.id] = values[at] = points(round(report.score * factor, 2))
    known = {*matches.rows.values()}
    others = tuple(one.name.strip() or one.keys[0] for one in persons if one.row not in known)
    return Filled(
        table.with_cells(values), titles[column], scores, why, others, _numbers(table, titles, matches.rows)
    )


def _titles(table: Table) -> list[str]:
    return [" ".join(title.removeprefix("\ufeff").split()) for title in table.rows[0]]


def _places(titles):
    """Title in small letters -> where it stands first."""
    return {title.casefold(): place for place, title in reversed(list(enumerate(titles)))}


def _cell(table, row, column):
    return table.rows[row][column].strip() if column < len(table.rows[row]) else ""


def _persons(table, titles, platform) -> list[Person] | None:
    """Who is in the file; None where no column says it."""
    at = _places(titles)
    keys = [at[title] for title in KEYS[platform] if title in at]
    own, id = at.get("identifier"), at.get("id")  # only Canvas's file has the latter
    names = next(([at[t] for t in form] for form in NAMES[platform] if all(t in at for t in form)), [])
    if not (names or keys) or (platform == "canvas" and "id" not in at):
        return None
    found = []
    for row in range(1, len(table.rows)):
        if all(not cell.strip() for cell in table.rows[row]) or _is_nobody(table.rows[row], id):
            continue
        known = [
            moodle.number(_cell(table, row, place)) if place == own else _cell(table, row, place)
            for place in keys
        ]
        name = " ".join(_cell(table, row, place) for place in names)
        if any(known) or name.strip():
            found.append(Person(row, tuple(filter(None, known)), name))
    return found


def _is_nobody(row, id):
    """Canvas's lines before the students, which have no ID.  id: where it stands; None in Moodle's files."""
    return id is not None and bool(NOBODY.fullmatch(row[0])) and not "".join(row[id : id + 1]).strip()


def _numbers(table, titles, rows):
    """Moodle's number of each student whose row is known, where the file has them."""
    at = _places(titles).get("identifier")
    if at is None:
        return {}
    found = {id: moodle.number(_cell(table, row, at)) for id, row in rows.items()}
    return {id: number for id, number in found.items() if number}


def _column(path, titles, assignment, wanted):
    """Which column is the assignment's."""
    if wanted.column:
        assignment = " ".join(wanted.column.split())
        found = [n for n, title in enumerate(titles) if title == assignment]
        found = found or [n for n, title in enumerate(titles) if _is_of(title, assignment, wanted.platform)]
    elif wanted.platform == "moodle" and "identifier" in (title.casefold() for title in titles):
        found = [n for n, title in enumerate(titles) if title.casefold() == "grade"]
    else:
        found = [n for n, title in enumerate(titles) if _is_of(title, assignment, wanted.platform)]
    if len(found) == 1:
        return found[0]
    sentence = words.SEVERAL if found else words.WHICH
    there = gradebook_csv.columns(titles)
    raise GradebookError(sentence.format(file=path, assignment=assignment, columns=there))


def _is_of(title, assignment, platform):
    """Whether a title is the assignment's own, whatever its capitals, blanks and number."""
    if platform == "canvas":
        title = re.sub(r"\s*\(\d+\)$", "", title)
    else:
        title = re.sub(r"^\w+:\s*|\s*\(Real\)$", "", title)
    return _plain(title) == _plain(assignment)


def _plain(title):
    return re.sub(r"[\W_]+", "", title.casefold())


def _factor(path, table, titles, column, found, wanted):
    """By what a score is multiplied: 1, unless the file counts in other points and --scale was said."""
    theirs = _worth(table, titles, column, wanted.platform) or None  # of 0 points, none says anything
    ours = found.max_score
    if wanted.scale and theirs is None:
        raise GradebookError(words.NO_SCALE.format(file=path, column=titles[column]))
    if theirs is None or theirs == ours or not ours:
        return 1.0
    if not wanted.scale:
        told = {"column": titles[column], "theirs": points(theirs), "ours": points(ours), "file": path}
        raise GradebookError(words.WORTH.format(**told))
    return theirs / ours


def _worth(table, titles, column, platform):
    """What the file says that the column is worth, if it does."""
    if platform == "canvas":
        id = _places(titles).get("id")
        lines = [(n, row) for n, row in enumerate(table.rows) if _is_nobody(row, id)]
        rows = [n for n, row in lines if "possible" in row[0].casefold()]
        return _number(_cell(table, rows[0], column)) if rows else None
    at = _places(titles).get("maximum grade")
    if at is None or titles[column].casefold() != "grade":
        return None
    return next(filter(None, (_number(_cell(table, row, at)) for row in range(1, len(table.rows)))), None)


def _number(text):
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
