"""The table of decisions that only a person can make: review.csv, in which what they wrote stays as it is."""

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from autograder import sentences
from autograder.errors import KitError
from autograder.languages import N_, in_all_languages, listed, tr
from autograder.platforms import tables
from autograder.platforms.platform import confusable_key
from autograder.reporting import atomic
from autograder.reporting.cards import points
from autograder.results import Decision, Outcome, Report
from autograder.untrusted_text import cell

FILE = "review.csv"
COUNTS = "file that counts"
OWN = ("points", COUNTS, "comment")  # columns that a person fills in
COLUMNS = ("id", "name", "exercise", "what", "text", "points", "of", COUNTS, "comment")
MAX_TEXT = 32_000  # characters: a cell of Excel has room for 32,767
# Kinds of rows that we write, in this order.
KINDS = FILES, REVIEW = N_("which file counts"), N_("needs review")
EXCUSED = N_("excused")
CHOSEN = N_("your instructor chose {file}")
DECIDE = N_("Decide in {file}. Then run the command again.")

NO_COLUMN = N_("{file} has no column {column}. Put it back, or move the file away to get a new one.")
CONFUSED = N_(
    "{id} can mean {ids}: only case, blanks, leading zeros or the form of letters differ. "
    "Rename the file of one of them, then grade again."
)
NO_SUCH_ID = N_("No submission of {id}. Correct the id, or delete the row.")
NO_EXERCISE = N_("No exercise {exercise}. Choose one of {known}.")
NO_CHECK = N_("{what} is not exactly one check of {exercise}. Write one of {known}, or leave `what` empty.")
NO_NAME = N_("This row names no exercise. Write it into `exercise`, or leave `what` empty.")
NO_POINTS = N_(
    '{points} is not a number from 0 to {most}. Write one, or "excused" in a row without an exercise.'
)
NO_FILE = N_("{file} is not one of the student's files. Choose one of {files}.")
NOT_USED = N_("{file}, row {number} was not used. {why}")
TWICE = N_("Another row decides the same thing. Delete one of the two; until then, neither counts.")


class ReviewError(KitError):
    """The table cannot be read, or a row cannot be used; the sentence says what to do."""


class Review:
    """The decisions in a folder's table.  problems: number of a row -> why it stays there and does not count.

    Raises ReviewError and OSError if the table is there but cannot be read.
    """

    def __init__(self, folder: Path):
        self._path = folder / FILE
        self._files: dict[str, Sequence[str]] = {}  # id -> files to choose from
        self._of_each: dict[str, list[int]] = {}  # id -> the filled rows about it
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
        if lacking := next((title for title in COLUMNS if title not in titles), ""):
            raise ReviewError(NO_COLUMN, file=self._path, column=lacking)
        self._table, self._at = table, {title: titles.index(title) for title in COLUMNS}
        self._rows: dict[int, dict[str, str]] = {}
        for number, cells in enumerate(table.rows[1:], start=2):
            cells += [""] * (len(titles) - len(cells))
            row = {title: _plain(cells[at]) for title, at in self._at.items()}
            self._rows[number] = row | {"id": unicodedata.normalize("NFC", cells[self._at["id"]])}

    def bind(self, ids: Iterable[str]) -> None:
        """Read the table, because a person may edit it at any time, and find the student of each filled row.

        Of two ids that could be confused, neither is found.  If nothing can be read, `problems[1]` says why.
        """
        self.problems, self._of_each = {}, {}
        try:
            self._read()
        except (ReviewError, OSError) as error:
            self.problems[1] = tr(error)
        by_key: dict[str, list[str]] = {}
        for id in sorted(ids):
            by_key.setdefault(_id_key(cell(id)), []).append(id)
        for number, row in self._filled().items():
            alike = by_key.get(_id_key(row["id"]), [])
            if len(alike) == 1:
                self._of_each.setdefault(alike[0], []).append(number)
            elif alike:
                self.problems[number] = tr(CONFUSED, id=row["id"], ids=tr(" or ").join(map(repr, alike)))
            else:
                self.problems[number] = tr(NO_SUCH_ID, id=row["id"])
        for id, labels in self._files.items():
            self.file_of(id, labels)

    def _filled(self) -> dict[int, dict[str, str]]:
        return {n: row for n, row in self._rows.items() if any(row[title] for title in OWN)}

    def decisions_on(self, report: Report) -> list[Decision]:
        """Return the decisions on a submission; two decisions on the same thing do not count."""
        by_target: dict[tuple[str, str, bool], dict[int, Decision]] = {}
        rows = {number: self._rows[number] for number in self._of_each.get(report.id, [])}
        for number, row in rows.items():
            if row["points"] or row["comment"]:
                try:
                    one = decision(row, report)
                except ReviewError as error:
                    self.problems[number] = tr(error)
                    continue
                is_comment = one.points is None and not one.is_excused
                by_target.setdefault((one.exercise, one.check, is_comment), {})[number] = one
        agreed = []
        for alike in by_target.values():
            if len(set(alike.values())) == 1:
                agreed.append(next(iter(alike.values())))
            else:
                self.problems |= dict.fromkeys(alike, tr(TWICE))
        if {cell(report.file), cell(PurePath(report.file).name)} & {row[COUNTS] for row in rows.values()}:
            agreed.append(Decision(comment=tr(CHOSEN, file=report.file)))
        if report.files:
            self.file_of(report.id, report.files)
        return agreed

    def file_of(self, id: str, labels: Sequence[str]) -> str:
        """Return the student's file that a person chose, or ""."""
        self._files[id] = labels
        chosen = {n: self._rows[n][COUNTS] for n in self._of_each.get(id, []) if self._rows[n][COUNTS]}
        names = Counter(PurePath(label).name for label in labels)
        known = {PurePath(label).name: label for label in labels if names[PurePath(label).name] == 1}
        known = {_plain(cell(name)): label for name, label in [*known.items(), *zip(labels, labels)]}
        if len(set(chosen.values())) > 1:
            self.problems |= dict.fromkeys(chosen, tr(TWICE))
            return ""
        for number, name in chosen.items():
            if name in known:
                return known[name]
            self.problems[number] = tr(NO_FILE, file=name, files=listed(labels) or "-")
        return ""

    def write(self, reports: Iterable[Report]) -> None:
        """Write the table: all rows that were read, in their order, then those that wait since this run.

        reports: with their decisions.  Only a row that nobody wrote in goes, once it waits no longer.
        """
        if 1 in self.problems:  # it could not be read, and stays as it is
            return
        waiting = [row for report in reports for row in _open_rows(report)]
        waiting.sort(key=lambda row: (KINDS.index(_kind(row["what"])), row["exercise"], row["id"]))
        filled = {_key(row) for row in self._filled().values()}
        still_open = {_key(row): row for row in waiting if _key(row) not in filled}
        ours = {at for title, at in self._at.items() if title not in OWN}
        lines = [self._table.rows[0]]
        for number, row in self._rows.items():
            cells = self._table.rows[number - 1]
            if _key(row) in still_open:
                lines.append(self._line(still_open.pop(_key(row)), cells))
            elif not _kind(row["what"]) or any(text for at, text in enumerate(cells) if at not in ours):
                lines.append(cells)  # a person wrote it, or in it
        self._save([*lines, *(self._line(row, []) for row in still_open.values())])

    def _save(self, rows: list[list[str]]) -> None:
        table = replace(self._table, rows=rows)
        try:
            content = table.to_bytes()
        except UnicodeEncodeError:  # it was saved in a national encoding
            content = replace(table, encoding="utf-8-sig").to_bytes()
        atomic.write(self._path, content)

    def _line(self, row: dict[str, str], cells: Sequence[str]) -> list[str]:
        """Return a row as cells; where it was in the table already, with what else is in it."""
        line = [*cells, *[""] * (len(self._table.rows[0]) - len(cells))]
        for title, value in row.items():
            line[self._at[title]] = value
        return line


def _open_rows(report: Report) -> Iterator[dict[str, str]]:
    if report.needs_review and report.files:
        yield _row(
            report, "", FILES, f"{sentences.reason(report)}\n{'; '.join(report.files)}", report.max_score
        )
        return
    failed = {
        r.exercise: sentences.message(r) for r in report.results[::-1] if r.outcome is Outcome.GRADER_ERROR
    }
    if report.needs_review and report.exercises.keys() <= failed.keys():
        yield _row(report, "", REVIEW, sentences.reason(report), report.max_score)
        return
    for name in failed if report.needs_review else ():
        worth = sum(result.points for result in report.exercises[name])
        yield _row(report, name, REVIEW, failed[name], worth)


def _row(report: Report, exercise: str, what: str, text: str, worth: float) -> dict[str, str]:
    text = text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + " [...]"
    row = {"id": report.id, "name": report.name, "exercise": exercise, "what": tr(what)}
    lines = "\n".join(map(cell, text.splitlines()))  # a spreadsheet may read each line as a row
    return {title: cell(value) for title, value in row.items()} | {"text": lines, "of": points(worth)}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _id_key(text: str) -> str:
    """Return a cell's id without what protects it from being a formula, as `confusable_key`."""
    return confusable_key(text.lstrip("'"))


def _key(row: dict[str, str]) -> tuple[str, str, str]:
    """Return what a row is about, the same in any language."""
    return row["id"], row["exercise"], _kind(row["what"]) or row["what"]


def _kind(what: str) -> str:
    """Return the one of KINDS that a cell names, in any language; "" if none."""
    return next((english for english in KINDS if what in in_all_languages(english)), "")


def decision(row: Mapping[str, str], report: Report) -> Decision:
    """Return the decision in a row.  Raises ReviewError."""
    exercise, check, worth = _target(row, report)
    written = row["points"]
    if written.casefold() in in_all_languages(EXCUSED) and not exercise:
        return Decision(comment=row["comment"], is_excused=True)
    given = tables.number(written) if written else None
    if written and (given is None or not math.isfinite(given) or not 0 <= given <= worth):
        raise ReviewError(NO_POINTS, points=written, most=points(worth))
    return Decision(exercise, check, given, row["comment"])


def _target(row: Mapping[str, str], report: Report) -> tuple[str, str, float]:
    """Return the exercise and the check that a row is about, and their points.  Raises ReviewError."""
    exercise, what = row["exercise"], row["what"]
    if not exercise:
        if what and _kind(what) not in (FILES, REVIEW):
            raise ReviewError(NO_NAME)
        return "", "", report.max_score
    results = report.exercises.get(exercise)
    if results is None:
        raise ReviewError(NO_EXERCISE, exercise=exercise, known=listed(report.exercises))
    spellings = {what, _plain(cell(tr(what)))}  # in the language of this run, or of another
    named = []
    for result in results if what else ():
        if spellings & {result.check, *(_plain(cell(title)) for title in in_all_languages(result.title))}:
            named.append(result)
    if len(named) > 1 or (not named and what and not _kind(what)):
        known = listed(result.check for result in named or results)
        raise ReviewError(NO_CHECK, exercise=exercise, what=what, known=known)
    if named:
        return exercise, named[0].check, named[0].points
    return exercise, "", sum(result.points for result in results)
