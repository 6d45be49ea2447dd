"""The table of decisions that only a person can make: review.csv.  What they wrote stays.

A decision holds for the content that it was made on, whose digest is in its row.  If a
student submits something else, the decision waits again in a row of its own, and the old
row stays.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from autograder import atomic
from autograder.assessment import Assessment, Decision
from autograder.errors import KitError
from autograder.languages import N_, listed, tr
from autograder.platforms import tables
from autograder.platforms.people import id_key
from autograder.reporting.cards import points
from autograder.reporting.view import in_words
from autograder.results import Outcome, Report, Result
from autograder.sentences import message
from autograder.untrusted_text import cell

Row = dict[str, str]  # title of a column -> what is in it

FILE = "review.csv"
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


class Review:
    """The decisions in a folder's table; of two on the same thing, the later one counts.

    problems: number of a row -> why it stays there and does not count.
    Raises KitError and OSError if the table is there but cannot be read.
    """

    def __init__(self, folder: Path):
        self._path = folder / FILE
        # id -> files to choose from, and the digest of all of them
        self._files: dict[str, tuple[Sequence[str], str]] = {}
        # id -> the filled rows about it
        self._of_student: dict[str, list[int]] = {}
        self.problems: dict[int, str] = {}
        self._read()

    def _read(self) -> None:
        table = tables.Table(
            [[*COLUMNS]],
            "utf-8-sig",
            ",",
            "\n",
        )
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
        for number, cells in enumerate(table.rows[1:], start=2):
            cells += [""] * (len(titles) - len(cells))
            row = {title: _plain(cells[at]) for title, at in self._at.items()}
            self._rows[number] = row

    def bind(self, ids: Iterable[str]) -> None:
        """Read the table, as a person may have edited it, and find each filled row's student.

        Of two ids that could be confused, neither is found.  If nothing can be read,
        `problems[1]` says why.
        """
        self.problems = {}
        try:
            self._read()
        except (KitError, OSError) as error:
            self.problems[1] = tr(error)
        students = defaultdict[str, list[str]](list)
        for id in sorted(ids):
            students[id_key(cell(id))].append(id)
        self._of_student = defaultdict(list)
        for number, row in self._rows.items():
            if not _is_filled(row):
                continue
            alike = students[id_key(row["id"])]
            if len(alike) == 1:
                self._of_student[alike[0]].append(number)
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
        for id, (labels, content) in self._files.items():
            self.file_of(id, labels, content)

    def decisions_on(self, report: Report) -> list[Decision]:
        """Return the decisions on a submission.

        Those on another content are among them, unless somebody decided again.
        """
        current: dict[tuple[str, str, bool], Decision] = {}
        earlier: dict[tuple[str, str, bool], Decision] = {}
        for number in self._of_student.get(report.id, []):
            row = self._rows[number]
            if not (row["points"] or row["comment"]):
                continue
            try:
                target = _target(row["exercise"], row["what"], report)
                decision = _decision(row, target)
            except KitError as error:
                self.problems[number] = tr(error)
                continue
            key = decision.exercise, decision.check, decision.is_comment
            if row[CONTENT] in ("", _content_cell(report.content)):
                current[key] = decision
                beside = {CONTENT: _content_cell(report.content)}
                if target.check:
                    beside["what"] = cell(target.check)
                    beside["title"] = cell(tr(target.title))
                self._write_into(self._table.rows[number - 1], beside)
            elif not decision.is_comment:
                earlier[key] = replace(decision, is_outdated=True)
        return [*(earlier | current).values()]

    def file_of(
        self,
        id: str,
        labels: Sequence[str],
        content: str,
    ) -> str:
        """Return the student's file that a person chose, or "".

        content: the digest of all of them.
        """
        self._files[id] = labels, content
        chosen = ""
        for number in self._of_student.get(id, []):
            name = self._rows[number][COUNTS]
            digest = _content_cell(content)
            if not name or self._rows[number][CONTENT] not in ("", digest):
                continue
            self._write_into(self._table.rows[number - 1], {CONTENT: digest})
            for label in labels:
                if _plain(cell(label)) == name:
                    chosen = label
                    break
            else:
                files = listed(labels) or "-"
                self.problems[number] = tr(
                    "{file} is not one of the student's files. Choose one of {files}.",
                    file=name,
                    files=files,
                )
        return chosen

    def write(self, waiting: Sequence[Row]) -> None:
        """Write the table: all rows that were read, in order, then those that wait since this run.

        Only a row that nobody wrote in goes, once it waits no longer.
        """
        # A table that could not be read stays as it is.
        if 1 in self.problems:
            return
        still_open = {}
        for row in sorted(
            waiting, key=lambda row: (row["exercise"], row["id"])
        ):
            still_open[_key(row)] = row
        for row in self._rows.values():
            new = still_open.get(_key(row))
            # it is decided, or cannot be used, which a sentence says
            if new and _is_filled(row) and row[CONTENT] in ("", new[CONTENT]):
                del still_open[_key(row)]
        lines = [self._table.rows[0]]
        for row, cells in zip(self._rows.values(), self._table.rows[1:]):
            if not _is_filled(row) and _key(row) in still_open:
                self._write_into(cells, still_open.pop(_key(row)))
                lines.append(cells)
            elif _is_filled(row) or self._is_a_persons(row, cells):
                lines.append(cells)
        for row in still_open.values():
            cells = [""] * len(lines[0])
            self._write_into(cells, row)
            lines.append(cells)
        self._save(lines)

    def _is_a_persons(
        self,
        row: Row,
        cells: Sequence[str],
    ) -> bool:
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

    def _write_into(
        self,
        cells: list[str],
        row: Row,
    ) -> None:
        for title, value in row.items():
            cells[self._at[title]] = value


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


def _target(
    exercise: str,
    what: str,
    report: Report,
) -> Result:
    """Return what a row is about as a result: one check's, or of an exercise or all without
    a check.  Raises KitError.

    what: a check's name or title, one of KINDS, or "".
    """
    is_kind = not what or what in KINDS
    if is_kind and not exercise:
        return Result(
            "",
            "",
            what,
            report.max_score,
            0,
            Outcome.DECIDED,
        )
    results = report.exercises.get(exercise)
    if results is None:
        choices = listed(report.exercises)
        raise KitError(
            "No exercise {exercise}. Choose one of {known}.",
            exercise=exercise or "-",
            known=choices,
        )
    if is_kind:
        worth = sum(result.points for result in results)
        return Result(exercise, "", what, worth, 0, Outcome.DECIDED)
    for result in results:
        if what in (result.check, _plain(cell(tr(result.title)))):
            return result
    choices = listed(result.check for result in results)
    raise KitError(
        "{what} is not a check of {exercise}. Write one of {known}, or leave `what` empty.",
        exercise=exercise,
        what=what,
        known=choices,
    )


def _decision(row: Row, target: Result) -> Decision:
    """Return the decision in a row.  Raises KitError."""
    written = row["points"]
    comment = row["comment"]
    if written.casefold() in (EXCUSED, tr(EXCUSED)) and not target.exercise:
        return Decision(comment=comment, is_excused=True)
    given = None
    if written:
        given = tables.number(written)
        # false for NaN, too
        if given is None or not 0 <= given <= target.points:
            most = points(target.points)
            raise KitError(
                '{points} is not a number from 0 to {most}. Write one, or "excused" in a row '
                "without an exercise.",
                points=written,
                most=most,
            )
    return Decision(target.exercise, target.check, given, comment)


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
