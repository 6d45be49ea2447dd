"""The table of decisions that only a person can make: `review.csv`.

A row waits until somebody fills it in, and people can add rows.  Nothing that they wrote is changed: a row
that cannot be used stays as it is, and a sentence says why.
"""

from __future__ import annotations

import functools
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from autograder.errors import KitError
from autograder.languages import N_, in_all, tr
from autograder.platforms import tables
from autograder.reporting import atomic
from autograder.reporting.words import points
from autograder.results import WRITTEN, Decision, Outcome, Report, Result
from autograder.untrusted_text import cell

FILE = "review.csv"
COUNTS = "file that counts"
OWN = ("points", COUNTS, "comment")  # columns that a person fills in
COLUMNS = ("id", "name", "exercise", "what", "text", "points", "of", COUNTS, "comment")
LONGEST = 32_000  # characters of an answer: a cell of Excel has room for 32,767
ANSWER, FILES, REVIEW = N_("written answer"), N_("which file counts"), N_("needs review")
KINDS = (ANSWER, FILES, REVIEW)  # kinds of rows that we write, in this order
EXCUSED = N_("excused")
CHOSEN = N_("your instructor chose {file}")

NO_COLUMN = N_("{file} has no column {column}. Put it back, or move the file away to get a new one.")
NO_SUCH_ID = N_("No submission of {id}. Correct the id, or delete the row.")
NO_EXERCISE = N_("No exercise {exercise}. Choose one of {known}.")
NO_CHECK = N_(
    "{exercise} has no check {what}. Copy its title from the student's page, or leave `what` empty."
)
NO_NAME = N_("This row names no exercise. Write it into `exercise`, or leave `what` empty.")
SEVERAL = N_("{exercise} has several checks {what}. Write one of {known}.")
NO_POINTS = N_(
    '{points} is not a number from 0 to {most}. Write one, or "excused" in a row without an exercise.'
)
NOT_USED = N_("{file}, row {number} was not used. {why}")
TWICE = N_("Another row decides the same thing. Delete one of the two; until then, neither counts.")
NO_FILE = N_("{file} is not one of the student's files. Choose one of {files}.")


class ReviewError(KitError):
    """The table cannot be read; the sentence says what to do."""


@dataclass
class Review:
    """The decisions in a table.  problems: number of a row -> why it does not count."""

    table: tables.Table
    titles: list[str]
    rows: dict[int, dict[str, str]]
    problems: dict[int, str] = field(default_factory=dict)
    _of_each: dict[str, list[int]] = field(default_factory=dict)
    _files: dict[str, Sequence[str]] = field(default_factory=dict)  # id -> files to choose from

    def bind(self, ids: Iterable[str]) -> None:
        """Find the student of each row.  A spreadsheet removes leading zeros."""
        exact = {_plain(cell(id)): id for id in ids}
        short: dict[str, list[str]] = {}
        for id in exact.values():
            short.setdefault(id.lstrip("0"), []).append(id)
        self._of_each, self.problems = {}, {}
        for number, row in self._filled().items():
            said = row["id"]
            alike = short.get(said.lstrip("0"), [])
            id = exact.get(said) or (alike[0] if len(alike) == 1 else "")
            if id:
                self._of_each.setdefault(id, []).append(number)
            else:
                self.problems[number] = tr(NO_SUCH_ID, id=said)
        for id, labels in self._files.items():
            self.file_of(id, labels)

    def read_again(self, path: Path) -> Review:
        """The current table, because a person may edit it at any time.  Raises ReviewError, OSError."""
        return replace(read(path), _files=self._files)

    def _filled(self):
        return {n: row for n, row in self.rows.items() if any(row[title] for title in OWN)}

    def __contains__(self, id: str) -> bool:
        """Whether a person filled in any row of this student."""
        return id in self._of_each

    def of(self, report: Report) -> list[Decision]:
        """The decisions on a submission; two decisions on the same thing do not count."""
        found: dict[tuple[str, str, bool], dict[int, Decision]] = {}
        for number in self._of_each.get(report.id, []):
            row = self.rows[number]
            if row["points"] or row["comment"]:
                try:
                    one = _decision(row, report)
                except ReviewError as error:
                    self.problems[number] = tr(error)
                    continue
                is_comment = one.points is None and not one.is_excused
                found.setdefault((one.exercise, one.check, is_comment), {})[number] = one
        agreed = []
        for alike in found.values():
            if len(set(alike.values())) == 1:
                agreed.append(next(iter(alike.values())))
            else:
                self.problems |= dict.fromkeys(alike, tr(TWICE))
        chosen = {cell(report.file), cell(PurePath(report.file).name)}
        if chosen & {self.rows[number][COUNTS] for number in self._of_each.get(report.id, [])}:
            agreed.append(Decision(comment=tr(CHOSEN, file=report.file)))
        return agreed

    def file_of(self, id: str, labels: Sequence[str]) -> str:
        """The student's file that a person chose, or ""."""
        self._files[id] = labels
        named = {n: self.rows[n][COUNTS] for n in self._of_each.get(id, []) if self.rows[n][COUNTS]}
        names = Counter(PurePath(label).name for label in labels)
        known = {_plain(cell(PurePath(label).name)): label for label in labels}
        known = {name: label for name, label in known.items() if names[PurePath(label).name] == 1}
        known |= {_plain(cell(label)): label for label in labels}
        if len(set(named.values())) > 1:
            self.problems |= dict.fromkeys(named, tr(TWICE))
        for number, name in named.items() if len(set(named.values())) == 1 else ():
            if name in known:
                return known[name]
            self.problems[number] = tr(NO_FILE, file=name, files=", ".join(labels) or "-")
        return ""

    def write(self, path: Path, reports: Iterable[Report]) -> None:
        """Write the open rows, and below them the filled ones.  reports: with their decisions."""
        own = self._filled()
        more = {_key(row): row for row in self.rows.values()}
        waiting = [row for report in reports for row in waits(report)]
        waiting.sort(key=lambda row: (KINDS.index(_kind(row["what"])), row["exercise"], row["id"]))
        told = {_key(row) for row in own.values()}
        rows = [{**more.get(_key(row), {}), **row} for row in waiting if _key(row) not in told]
        rows += own.values()
        cells = [self.titles, *([row.get(title, "") for title in self.titles] for row in rows)]
        table = replace(self.table, rows=cells)
        try:
            content = table.to_bytes()
        except UnicodeEncodeError:  # it was saved in a national encoding
            content = replace(table, encoding="utf-8-sig").to_bytes()
        atomic.write(path, content)


def read(path: Path) -> Review:
    """The table; empty if there is no file.  Raises ReviewError, OSError."""
    if not path.exists():
        return Review(tables.Table([], "utf-8-sig", ",", "\n"), list(COLUMNS), {})
    try:
        table = tables.read(path.read_bytes())
    except tables.NotATable as error:
        raise ReviewError(f"{path} {tr(error)}") from None
    titles = [" ".join(title.split()).casefold() for title in table.rows[0]]
    lacking = next((title for title in COLUMNS if title not in titles), "")
    if lacking:
        raise ReviewError(NO_COLUMN, file=path, column=lacking)
    rows = {
        number: {title: _plain(text) for title, text in zip(titles, [*cells, *[""] * len(titles)])}
        for number, cells in enumerate(table.rows[1:], start=2)
        if any(cells)
    }
    return Review(table, titles, rows)


def waits(report: Report) -> Iterator[dict[str, str]]:
    """A row for each open decision."""
    if report.needs_a_person and report.files:
        yield _row(report, "", FILES, f"{report.reason}\n{'; '.join(report.files)}", report.max_score)
        return
    failed = [r for r in report.results if r.outcome is Outcome.GRADER_ERROR] if report.needs_a_person else []
    judged = {r.exercise for r in report.results if r.check != WRITTEN} - {r.exercise for r in failed}
    if failed and not judged:
        yield _row(report, "", REVIEW, report.reason, report.max_score)
        return
    for name in dict.fromkeys(result.exercise for result in failed):
        reason = next(result.message for result in failed if result.exercise == name)
        worth = sum(result.points for result in report.results if result.exercise == name)
        yield _row(report, name, REVIEW, reason, worth)
    for result in report.results:
        if result.outcome is Outcome.NOT_READ and report.of_all is None:
            text = report.answers.get(result.exercise, "")
            yield _row(report, result.exercise, ANSWER, text, result.points)


def _row(report, exercise, what, text, worth):
    text = text if len(text) <= LONGEST else text[:LONGEST] + " [...]"
    row = {"id": report.id, "name": report.name, "exercise": exercise, "what": tr(what)}
    lines = "\n".join(map(cell, text.splitlines()))  # a spreadsheet may read each line as a row
    return {title: cell(value) for title, value in row.items()} | {"text": lines, "of": points(worth)}


def _plain(text):
    return unicodedata.normalize("NFC", text).strip()


def _key(row):
    """What a row is about, the same in any language."""
    return row["id"], row["exercise"], _kind(row["what"]) or row["what"]


@functools.lru_cache(maxsize=1024)
def _kind(what):
    """The one of KINDS that a cell names, in any language; "" if none."""
    return next((english for english in KINDS if what in in_all(english)), "")


def _decision(row: dict[str, str], report: Report) -> Decision:
    exercise, check, worth = _target(row, report)
    said = row["points"]
    if said.casefold() in in_all(EXCUSED) and not exercise:
        return Decision(comment=row["comment"], is_excused=True)
    given = tables.number(said) if said else None
    if said and (given is None or not math.isfinite(given) or not 0 <= given <= worth):
        raise ReviewError(NO_POINTS, points=said, most=points(worth))
    return Decision(exercise, check, given, row["comment"])


def _target(row: dict[str, str], report: Report) -> tuple[str, str, float]:
    """The exercise and the check that a row is about, and their points.  Raises ReviewError."""
    exercise, what = row["exercise"], row["what"]
    results: Sequence[Result] = [r for r in report.results if r.exercise == exercise]
    if not exercise:
        if what and _kind(what) not in (FILES, REVIEW):
            raise ReviewError(NO_NAME)
        return "", "", report.max_score
    if not results:
        known = ", ".join(dict.fromkeys(result.exercise for result in report.results))
        raise ReviewError(NO_EXERCISE, exercise=exercise, known=known)
    said = {what, _plain(cell(tr(what)))}  # in the language of this run, or of another
    named = [r for r in results if what and said & {r.check, *(_plain(cell(t)) for t in in_all(r.title))}]
    if not named and what and not _kind(what):
        raise ReviewError(NO_CHECK, exercise=exercise, what=what)
    if len(named) > 1:
        known = ", ".join(result.check for result in named)
        raise ReviewError(SEVERAL, exercise=exercise, what=what, known=known)
    if named or results[0].check == WRITTEN:
        one = (named or results)[0]
        return exercise, one.check, one.points
    return exercise, "", sum(result.points for result in results)
