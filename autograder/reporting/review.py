"""The table of decisions that only a person can make: review.csv.  What they wrote stays.

A decision holds for the content that it was made on, whose digest is in its row.  If a
student submits something else, the decision waits again in a row of its own, and the old
row stays.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder import atomic
from autograder.assessment import Assessment, Decision
from autograder.errors import KitError
from autograder.languages import N_, listed, tr
from autograder.platforms import tables
from autograder.platforms.people import id_key
from autograder.reporting.phrases import in_words, points
from autograder.results import Outcome, Report
from autograder.sentences import message
from autograder.untrusted_text import cell

Row = dict[str, str]  # title of a column -> what is in it

FILE = "review.csv"
TITLES = 1  # the row with the columns' titles; its problem is the whole table's
COUNTS, CONTENT = "file that counts", "content"
# The columns that a person fills in.
FILLED_IN = ("points", COUNTS, "comment")
COLUMNS = (
    *("id", "name", "exercise", "what", "title", "text"),
    *("points", "of", COUNTS, "comment", CONTENT),
)
# What a row is about, in every language, if not about one check; a title in the next column
# says it again.
KINDS = FILES, REVIEW = N_("which file counts"), N_("needs review")
EXCUSED = N_("excused")

DECIDE = N_("Decide in {file}. Then run the command again.")
NOT_USED = N_("{file}, row {number} was not used. {why}")


@dataclass(frozen=True)
class Target:
    """What a row is about: a check; without one, an exercise; without both, a submission."""

    exercise: str
    check: str
    title: str
    points: float  # possible


@dataclass(frozen=True)
class FilledRow:
    """What a person wrote into a row."""

    number: int  # as a spreadsheet shows it
    exercise: str
    what: str
    points: str
    comment: str
    file: str  # the one that counts
    content: str  # the cell; "" for any content

    def is_about(self, content: str) -> bool:
        """Return whether it holds for a submission with this digest."""
        return self.content in ("", _content_cell(content))

    def decision_on(self, report: Report) -> Decision | None:
        """Return the decision; None if it only chooses a file.  Raises KitError."""
        if not (self.points or self.comment):
            return None
        target = _target(self.exercise, self.what, report)
        is_excused = self.points.casefold() in (EXCUSED, tr(EXCUSED))
        if is_excused and not target.exercise:
            return Decision(comment=self.comment, is_excused=True)
        given = None
        if self.points:
            given = tables.number(self.points)
            # false for NaN, too
            if given is None or not 0 <= given <= target.points:
                most = points(target.points)
                raise KitError(
                    '{points} is not a number from 0 to {most}. Write one, or "excused" in a row '
                    "without an exercise.",
                    points=self.points,
                    most=most,
                )
        return Decision(target.exercise, target.check, given, self.comment)


class Review:
    """The decisions in a folder's table; of two on the same thing, the later one counts.

    `match` reads the table, the queries answer from its rows, `add` collects what the table
    lacks, and `write` writes it.

    problems: number of a row -> why it stays there and does not count.
    Raises KitError and OSError if the table is there but cannot be read.
    """

    def __init__(self, folder: Path):
        self._path = folder / FILE
        # id -> files to choose from, and the digest of all of them
        self._choosable: dict[str, tuple[Sequence[str], str]] = {}
        self._forget()
        self._read()

    def _forget(self) -> None:
        """Start without a student and without anything to write."""
        # by student
        self._filled: dict[str, list[FilledRow]] = defaultdict(list)
        self.problems: dict[int, str] = {}
        # number of a row -> cells that a person need not fill in
        self._completed: dict[int, Row] = {}
        self._waiting: dict[object, Row] = {}

    def _read(self) -> None:
        table = tables.Table([[*COLUMNS]])
        if self._path.exists():
            table = tables.read(self._path)
        titles = [" ".join(title.split()).casefold() for title in table.rows[0]]
        for title in COLUMNS:
            if title not in titles:
                raise KitError(
                    "{file} has no column {column}. Put it back, or move the file away to get a "
                    "new one.",
                    file=self._path,
                    column=title,
                )
        self._table = table
        self._at = {title: titles.index(title) for title in COLUMNS}
        self._rows: dict[int, Row] = {}
        for number, cells in enumerate(table.rows[1:], start=TITLES + 1):
            cells += [""] * (len(titles) - len(cells))
            row = {title: _plain(cells[at]) for title, at in self._at.items()}
            self._rows[number] = row

    def match(self, ids: Iterable[str]) -> None:
        """Read the table, as a person may have edited it, and find each filled row's student.

        Of two ids that could be confused, neither is found.  If nothing can be read, the rows
        that were read before hold, and `problems[TITLES]` says why.
        """
        self._forget()
        try:
            self._read()
        except (KitError, OSError) as error:
            self.problems[TITLES] = tr(error)
        students = defaultdict[str, list[str]](list)
        for id in sorted(ids):
            students[id_key(cell(id))].append(id)
        for number, row in self._rows.items():
            if not _is_filled(row):
                continue
            alike = students[id_key(row["id"])]
            if len(alike) == 1:
                columns = ("exercise", "what", "points", "comment")
                texts = [row[title] for title in (*columns, COUNTS, CONTENT)]
                self._filled[alike[0]].append(FilledRow(number, *texts))
            elif alike:
                named = tr(" or ").join(map(repr, alike))
                self.problems[number] = tr(
                    "{id} can mean {ids}: only case, blanks, leading zeros or the form of "
                    "letters differ. Rename the file of one of them, then grade again.",
                    id=row["id"],
                    ids=named,
                )
            else:
                self.problems[number] = tr(
                    "No submission of {id}. Correct the id, or delete the row.",
                    id=row["id"],
                )
        for id, (labels, content) in self._choosable.items():
            for choice, label in self._choices(id):
                self._completed[choice.number] = {
                    CONTENT: _content_cell(content)
                }
                if label:
                    continue
                files = listed(labels) or "-"
                self.problems[choice.number] = tr(
                    "{file} is not one of the student's files. Choose one of {files}.",
                    file=choice.file,
                    files=files,
                )

    def decisions_on(self, report: Report) -> list[Decision]:
        """Return the decisions on a submission.

        Those on another content are among them, unless somebody decided again.
        """
        current: dict[object, Decision] = {}
        earlier: dict[object, Decision] = {}
        for row, decision in self._decided(report, {}):
            about = decision.exercise, decision.check, decision.is_comment
            if row.is_about(report.content):
                current[about] = decision
            elif not decision.is_comment:
                earlier[about] = replace(decision, is_outdated=True)
        return [*(earlier | current).values()]

    def _decided(
        self, report: Report, problems: dict[int, str]
    ) -> Iterator[tuple[FilledRow, Decision]]:
        """Yield the rows that decide on a submission; why others cannot is added to `problems`."""
        for row in self._filled[report.id]:
            try:
                decision = row.decision_on(report)
            except KitError as error:
                problems[row.number] = tr(error)
                continue
            if decision is not None:
                yield row, decision

    def choose(self, id: str, labels: Sequence[str], content: str) -> str:
        """Let a person choose one of a student's files.  Returns the one that they chose, or "".

        content: the digest of all of them.
        """
        self._choosable[id] = labels, content
        chosen = ""
        for _, label in self._choices(id):
            chosen = label or chosen
        return chosen

    def _choices(self, id: str) -> Iterator[tuple[FilledRow, str]]:
        """Yield the rows that choose a file, each with the student's file of that name, or ""."""
        labels, content = self._choosable[id]
        # of two names alike, the first counts
        by_cell = {_plain(cell(label)): label for label in reversed(labels)}
        for row in self._filled[id]:
            if row.file and row.is_about(content):
                yield row, by_cell.get(row.file, "")

    def add(self, assessment: Assessment) -> None:
        """Collect what the table lacks of a submission: rows that wait, cells, and problems."""
        for waiting in open_rows(assessment):
            self._waiting[_key(waiting)] = waiting
        report = assessment.report
        for row, decision in self._decided(report, self.problems):
            if not row.is_about(report.content):
                continue
            completed = {CONTENT: _content_cell(report.content)}
            # a person may have copied its title from the page
            if decision.check:
                target = _target(row.exercise, decision.check, report)
                completed["what"] = cell(target.check)
                completed["title"] = cell(tr(target.title))
            self._completed[row.number] = completed

    def write(self) -> None:
        """Write the table: all rows that were read, in order, then those that wait since this run.

        Only a row that nobody wrote in goes, once it waits no longer.
        """
        # A table that could not be read stays as it is.
        if TITLES in self.problems:
            return
        still_open = self._waiting.copy()
        for row in self._rows.values():
            new = still_open.get(_key(row))
            # it is decided, or cannot be used, which a sentence says
            if new and _is_filled(row) and row[CONTENT] in ("", new[CONTENT]):
                del still_open[_key(row)]
        titles, *old = self._table.rows
        lines = [titles]
        for (number, row), cells in zip(self._rows.items(), old):
            if _is_filled(row):
                completed = self._completed.get(number, {})
                lines.append(self._with(completed, cells))
            elif new := still_open.pop(_key(row), None):
                lines.append(self._with(new, cells))
            elif self._is_a_persons(row, cells):
                lines.append(cells)
        for row in sorted(
            still_open.values(), key=lambda row: (row["exercise"], row["id"])
        ):
            lines.append(self._with(row, [""] * len(titles)))
        self._save(lines)

    def _with(self, row: Row, cells: Sequence[str]) -> list[str]:
        """Return the cells of a row, with these in their columns."""
        changed = [*cells]
        for title, text in row.items():
            changed[self._at[title]] = text
        return changed

    def _is_a_persons(self, row: Row, cells: Sequence[str]) -> bool:
        """Return whether a person wrote a row without a decision, or into a column of their own."""
        ours = self._at.values()
        return row["what"] not in KINDS or any(
            text for at, text in enumerate(cells) if at not in ours
        )

    def _save(self, rows: list[list[str]]) -> None:
        table = replace(self._table, rows=rows)
        try:
            content = table.to_bytes()
        except UnicodeEncodeError:
            # It was saved in a national encoding.
            content = replace(table, encoding="utf-8-sig").to_bytes()
        atomic.write(self._path, content)


def _is_filled(row: Row) -> bool:
    return any(row[title] for title in FILLED_IN)


def _key(row: Row) -> tuple[str, str, str]:
    return _plain(row["id"]), row["exercise"], row["what"]


def _plain(text: str) -> str:
    """Return a cell's text in one form, without blanks around it."""
    return unicodedata.normalize("NFC", text).strip()


def _content_cell(content: str) -> str:
    """Return a digest for a cell, with a letter, as a spreadsheet makes numbers of digits."""
    if content:
        return f"c{content}"
    return ""


def _target(exercise: str, what: str, report: Report) -> Target:
    """Return what a row is about.  Raises KitError.

    what: a check's name or title, one of KINDS, or "".
    """
    is_kind = not what or what in KINDS
    results = report.exercises.get(exercise)
    if is_kind and not exercise:
        results = [*report.results]
    if results is None:
        choices = listed(report.exercises)
        raise KitError(
            "No exercise {exercise}. Choose one of {known}.",
            exercise=exercise or "-",
            known=choices,
        )
    if is_kind:
        possible = sum(result.points for result in results)
        return Target(exercise, "", what, possible)
    for result in results:
        if what in (result.check, _plain(cell(tr(result.title)))):
            return Target(exercise, result.check, result.title, result.points)
    choices = listed(result.check for result in results)
    raise KitError(
        "{what} is not a check of {exercise}. Write one of {known}, or leave `what` empty.",
        exercise=exercise,
        what=what,
        known=choices,
    )


def open_rows(assessment: Assessment) -> Iterator[Row]:
    """Yield a row for each decision that waits: on the submission, or on some exercises."""
    if not assessment.needs_review:
        return
    report = assessment.report
    if report.files:
        text = f"{assessment.reason}\n{'; '.join(report.files)}"
        yield _row(assessment, "", FILES, text)
        return
    failed: dict[str, str] = {}
    for result in assessment.results:
        if result.outcome is Outcome.GRADER_ERROR:
            failed.setdefault(result.exercise, message(result))
    if failed and failed.keys() == assessment.exercises.keys():
        failed = {"": assessment.reason}
    texts = {(exercise, REVIEW): text for exercise, text in failed.items()}
    for decision in assessment.outdated:
        key = decision.exercise, decision.check or REVIEW
        earlier = tr(
            "An earlier submission was decided by hand: {decision}. Decide again for this one.",
            decision=in_words(decision, report),
        )
        texts[key] = "\n".join(filter(None, (earlier, texts.get(key))))
    for (exercise, what), text in texts.items():
        yield _row(assessment, exercise, what, text)


def _row(
    assessment: Assessment,
    exercise: str,
    what: str,
    text: str,
) -> Row:
    report = assessment.report
    target = _target(exercise, what, report)
    # a spreadsheet may read each line as a row
    shown = "\n".join(map(cell, text.splitlines()))
    return {
        "id": cell(report.id),
        "name": cell(report.name),
        "exercise": cell(exercise),
        "what": what,
        "title": cell(tr(target.title)),
        "text": shown,
        "of": points(target.points),
        CONTENT: _content_cell(report.content),
    }
