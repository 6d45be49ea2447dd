"""The table of decisions that only a person can make: review.csv.  What they wrote stays.

A decision holds for the content that it was made on, whose digest is in its row.  If a
student submits something else, the decision waits again in a row of its own, and the old
row stays.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from autograder.assessment import Decision
from autograder.languages import N_, listed, tr
from autograder.platforms import tables
from autograder.platforms.people import People, Person
from autograder.reporting import atomic
from autograder.reporting.review_rows import (
    COLUMNS,
    CONTENT,
    COUNTS,
    FILLED_IN,
    KINDS,
    KNOWN,
    ReviewError,
    Row,
    Target,
    content_cell,
    decision_in,
    plain,
)
from autograder.results import Report
from autograder.untrusted_text import cell

FILE = "review.csv"
CHOSEN = N_("your instructor chose {file}")
DECIDE = N_("Decide in {file}. Then run the command again.")

NO_COLUMN = N_(
    "{file} has no column {column}. Put it back, or move the file away to get a new one."
)
CONFUSED = N_(
    "{id} can mean {ids}: only case, blanks, leading zeros or the form of letters differ. "
    "Rename the file of one of them, then grade again."
)
NO_SUCH_ID = N_("No submission of {id}. Correct the id, or delete the row.")
NO_FILE = N_("{file} is not one of the student's files. Choose one of {files}.")
NOT_USED = N_("{file}, row {number} was not used. {why}")
TWICE = N_(
    "Another row decides the same thing. Delete one of the two; until then, neither counts."
)


class Review:
    """The decisions in a folder's table.

    problems: number of a row -> why it stays there and does not count.
    Raises ReviewError and OSError if the table is there but cannot be read.
    """

    def __init__(self, folder: Path):
        self._path = folder / FILE
        # id -> files to choose from, and the digest of all of them
        self._files: dict[str, tuple[Sequence[str], str]] = {}
        self._of_student: dict[
            str, list[int]
        ] = {}  # id -> the filled rows about it
        # number of a row -> what the kit writes beside the decision
        self._used: dict[int, Row] = {}
        self.problems: dict[int, str] = {}
        self._read()

    def _read(self) -> None:
        table = tables.Table([[*COLUMNS]], "utf-8-sig", ",", "\n")
        if self._path.exists():
            try:
                table = tables.read(self._path.read_bytes())
            except tables.NotATable as error:
                raise ReviewError(f"{self._path} {tr(error)}") from None
        titles = [" ".join(title.split()).casefold() for title in table.rows[0]]
        for title in COLUMNS:
            if title not in titles and title in KNOWN:
                raise ReviewError(NO_COLUMN, file=self._path, column=title)
            if title not in titles:
                table.rows[0].append(title)
                titles.append(title)
        self._table = table
        self._at = {title: titles.index(title) for title in COLUMNS}
        self._rows: dict[int, Row] = {}
        for number, cells in enumerate(table.rows[1:], start=2):
            cells += [""] * (len(titles) - len(cells))
            row = {title: plain(cells[at]) for title, at in self._at.items()}
            row["id"] = unicodedata.normalize("NFC", cells[self._at["id"]])
            self._rows[number] = row

    def bind(self, ids: Iterable[str]) -> None:
        """Read the table, as a person may have edited it, and find each filled row's student.

        Of two ids that could be confused, neither is found.  If nothing can be read,
        `problems[1]` says why.
        """
        self.problems = {}
        self._of_student = {}
        self._used = {}
        try:
            self._read()
        except (ReviewError, OSError) as error:
            self.problems[1] = tr(error)
        students = sorted(ids)
        persons = [Person(at, (cell(id),)) for at, id in enumerate(students)]
        people = People(persons)
        for number, row in self._rows.items():
            if not _is_filled(row):
                continue
            alike = [
                students[person.row] for person in people.with_id([row["id"]])
            ]
            if len(alike) == 1:
                self._of_student.setdefault(alike[0], []).append(number)
            elif alike:
                named = tr(" or ").join(map(repr, sorted(alike)))
                self.problems[number] = tr(CONFUSED, id=row["id"], ids=named)
            else:
                self.problems[number] = tr(NO_SUCH_ID, id=row["id"])
        for id, (labels, content) in self._files.items():
            self.file_of(id, labels, content)

    def decisions_on(self, report: Report) -> list[Decision]:
        """Return the decisions on a submission.  Two on the same thing do not count.

        Those on another content are among them, unless somebody decided again.
        """
        current: dict[tuple[str, str], dict[int, Decision]] = {}
        earlier: dict[tuple[str, str], Decision] = {}
        for number in self._of_student.get(report.id, []):
            row = self._rows[number]
            if not (row["points"] or row["comment"]):
                continue
            try:
                decision, target = decision_in(row, report)
            except ReviewError as error:
                self.problems[number] = tr(error)
                continue
            key = decision.exercise, decision.check
            if row[CONTENT] in ("", content_cell(report.content)):
                current.setdefault(key, {})[number] = decision
                self._used[number] = _beside(row, target, report)
            elif not decision.is_comment:
                earlier[key] = replace(decision, is_outdated=True)
        decisions = [*self._agreed(current), *self._choice(report)]
        for decision in decisions:
            if not decision.exercise and not decision.is_comment:
                return decisions  # it is on the whole submission
        for key, decision in earlier.items():
            if key not in current:
                decisions.append(decision)
        return decisions

    def _agreed(
        self, current: dict[tuple[str, str], dict[int, Decision]]
    ) -> list[Decision]:
        """Return the decisions that no other row contradicts; one and a comment agree."""
        agreed = []
        for rows in current.values():
            alike: dict[bool, dict[int, Decision]] = {False: {}, True: {}}
            for number, decision in rows.items():
                alike[decision.is_comment][number] = decision
            for same in alike.values():
                if len({*same.values()}) == 1:
                    agreed.append(next(iter(same.values())))
                else:
                    self.problems |= dict.fromkeys(same, tr(TWICE))
        return agreed

    def _choice(self, report: Report) -> list[Decision]:
        """Return the comment on a file that a person chose, if it is the one that counts."""
        if report.files:
            self.file_of(report.id, report.files, report.content)
            return []
        names = {cell(report.file), cell(PurePath(report.file).name)}
        for number in self._of_student.get(report.id, []):
            if self._rows[number][COUNTS] in names:
                return [Decision(comment=tr(CHOSEN, file=report.file))]
        return []

    def file_of(self, id: str, labels: Sequence[str], content: str) -> str:
        """Return the student's file that a person chose, or "".

        content: the digest of all of them.
        """
        self._files[id] = labels, content
        chosen: dict[int, str] = {}
        for number in self._of_student.get(id, []):
            row = self._rows[number]
            if row[COUNTS] and row[CONTENT] in ("", content_cell(content)):
                chosen[number] = row[COUNTS]
                self._used.setdefault(number, {CONTENT: content_cell(content)})
        if len({*chosen.values()}) > 1:
            self.problems |= dict.fromkeys(chosen, tr(TWICE))
            return ""
        known = _spellings(labels)
        for number, name in chosen.items():
            if name in known:
                return known[name]
            self.problems[number] = tr(
                NO_FILE, file=name, files=listed(labels) or "-"
            )
        return ""

    def write(self, waiting: Sequence[Row]) -> None:
        """Write the table: all rows that were read, in order, then those that wait since this run.

        Only a row that nobody wrote in goes, once it waits no longer.
        """
        if 1 in self.problems:  # it could not be read, and stays as it is
            return
        waiting = sorted(waiting, key=_order)
        for row in self._rows.values():
            # it is decided, or cannot be used, which a sentence says
            if _is_filled(row):
                waiting = [new for new in waiting if not _is_answered(new, row)]
        still_open = {_key(row): row for row in waiting}
        lines = [self._table.rows[0]]
        for number, row in self._rows.items():
            cells = self._table.rows[number - 1]
            if number in self._used:
                lines.append(self._line(self._used[number], cells))
            elif not _is_filled(row) and _key(row) in still_open:
                lines.append(self._line(still_open.pop(_key(row)), cells))
            elif row["what"] not in KINDS or self._is_written_in(cells):
                lines.append(cells)
        for row in still_open.values():
            lines.append(self._line(row, []))
        self._save(lines)

    def _is_written_in(self, cells: Sequence[str]) -> bool:
        """Return whether a person wrote something into a row of the kit's."""
        ours = {at for title, at in self._at.items() if title not in FILLED_IN}
        return any(text for at, text in enumerate(cells) if at not in ours)

    def _save(self, rows: list[list[str]]) -> None:
        table = replace(self._table, rows=rows)
        try:
            content = table.to_bytes()
        except UnicodeEncodeError:  # it was saved in a national encoding
            content = replace(table, encoding="utf-8-sig").to_bytes()
        atomic.write(self._path, content)

    def _line(self, row: Row, cells: Sequence[str]) -> list[str]:
        """Return a row as cells; where it was in the table already, with what else is in it."""
        line = [*cells, *[""] * (len(self._table.rows[0]) - len(cells))]
        for title, value in row.items():
            line[self._at[title]] = value
        return line


def _is_filled(row: Row) -> bool:
    return any(row[title] for title in FILLED_IN)


def _beside(row: Row, target: Target, report: Report) -> Row:
    """Return what the kit writes beside a decision: the check's name and title, and the digest."""
    known = {CONTENT: content_cell(report.content)}
    if target.check:
        known |= {"what": cell(target.check), "title": cell(target.title)}
    return known


def _spellings(labels: Sequence[str]) -> dict[str, str]:
    """Return what a person may write -> the file: its path, or its name if no other has it."""
    names = [PurePath(label).name for label in labels]
    spellings = {}
    for label, name in zip(labels, names):
        if names.count(name) == 1:
            spellings[plain(cell(name))] = label
    for label in labels:
        spellings[plain(cell(label))] = label
    return spellings


def _key(row: Row) -> tuple[str, str, str]:
    return row["id"], row["exercise"], row["what"]


def _order(row: Row) -> tuple[int, str, str]:
    kinds = (*KINDS, row["what"])
    return kinds.index(row["what"]), row["exercise"], row["id"]


def _is_answered(waiting: Row, filled: Row) -> bool:
    return _key(waiting) == _key(filled) and filled[CONTENT] in (
        "",
        waiting[CONTENT],
    )
