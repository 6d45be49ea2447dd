"""A class as tables on a terminal, or in 80 columns: whose file is which, and what was graded.  No
torch.
"""

import re
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.assessment import Assessment
from autograder.cli.collecting import ClassFiles
from autograder.cli.terminal import say, submissions
from autograder.errors import NotANotebook
from autograder.intake import released
from autograder.intake.submission import SubmittedFile
from autograder.languages import N_, tr
from autograder.reporting.cards import points
from autograder.reporting.class_statistics import ClassStatistics
from autograder.reporting.text import MARKS, text
from autograder.untrusted_text import escape_control_characters

WHO = 30  # columns of an id and a name
ROWS = 60  # students that are listed; of a larger class, the class report has them
ASK, ZERO = N_("Needs review. "), N_("0 points. ")
_table = partial(
    Table, title_justify="left", box=None, pad_edge=False, header_style="bold"
)
FOUND = N_(
    "\nFound {named}; {asked} of them need review. Skipped: {skipped}. Nothing was graded.\n"
)


def console() -> Console:
    """Return where tables are printed: as wide as the terminal, or 80 columns."""
    return Console(width=80 if not sys.stdout.isatty() else None, highlight=False)


def show_files(files: ClassFiles) -> bool:
    """Print each assignment's submissions, the doubtful ones last.  Returns whether any needs
    review.
    """
    terminal, needing = console(), 0
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        for name, found in files.collected(Path(folder)):
            table = _table(title=Text(name), show_header=False)
            table.add_column(width=WHO)
            rows = [(file, *_problem(file, name)) for file in found.files]
            for file, problem, ask in sorted(
                rows, key=lambda row: (row[2], bool(row[1] or row[0].flags))
            ):
                notes = [tr(ASK if ask else ZERO) + problem] if problem else []
                lines = [
                    escape_control_characters(line, "")
                    for line in (file.file, *notes, *map(tr, file.flags))
                ]
                room = terminal.width - WHO - 2
                if (
                    len(lines) == 1 and cell_len(lines[0]) > room
                ):  # in one line: the end of its path
                    lines = ["\u2026" + set_cell_size(lines[0][::-1], room - 1)[::-1]]
                is_whole = (
                    len(lines) > 1
                )  # of the others, the line ends where the column does
                who = _plain(f"{file.id} {file.name}".rstrip())
                who.overflow, who.no_wrap = (
                    "fold" if is_whole else "ellipsis",
                    not is_whole,
                )
                table.add_row(who, Text("\n".join(lines), overflow="fold"))
            terminal.print(table)
            show_skipped(found.skipped)
            asked = sum(ask for _, _, ask in rows)
            counts = {"asked": asked, "skipped": len(found.skipped)}
            terminal.print(tr(FOUND, named=submissions(len(rows)), **counts))
            needing += asked
    return needing > 0


def show_skipped(skipped: Mapping[str, str]) -> None:
    """Print a line for each path that was skipped, with the reason."""
    for path, why in sorted(skipped.items()):
        say("Skipped {path}: {why}", path=path, why=why)


def _problem(file: SubmittedFile, assignment: str) -> tuple[str, bool]:
    """Return why it would have no points, or "", and whether it needs review instead."""
    submission = file.open()
    if submission.problem:
        return tr(submission.problem), submission.needs_review
    try:
        release = released.release_of(assignment)
        pieces = released.pieces(submission.text, submission.suffix)
        blank = release.functions and not any(map(release.is_own, pieces))
    except NotANotebook as error:
        return tr(error), True
    return (tr("Nothing was attempted."), False) if blank else ("", False)


def show_class(statistics: ClassStatistics, console: Console, title: str) -> None:
    """Print the students of a class that is not large, and then the exercises."""
    if 0 < len(statistics.students) <= ROWS:
        table = _table(title=Text(title))
        table.add_column(tr("student"), max_width=24, overflow="ellipsis", no_wrap=True)
        table.add_column(tr("points"), justify="right", no_wrap=True)
        table.add_column(tr("points lost in"), overflow="fold")
        for student in statistics.students:
            earned = (
                ""
                if student.grade is None
                else f"{points(student.grade)}/{points(student.max_score)}"
            )
            table.add_row(
                _plain(f"{student.id} {student.name}".rstrip()),
                earned,
                _plain(student.remark),
            )
        console.print(table)
    if statistics.scores:
        console.print()
        table = _table()
        table.add_column(tr("exercise"), no_wrap=True)
        table.add_column(tr("mean"), justify="right", no_wrap=True)
        table.add_column(tr("points lost by"), justify="right", no_wrap=True)
        table.add_column(tr("most common cause"), overflow="fold")
        for one in statistics.exercises:
            mean, often = "?" if one.mean is None else f"{one.mean:.1f}", ""
            if one.most_frequent:
                often = tr(
                    "{name} ({what})",
                    name=one.most_frequent[0].sentence,
                    what=one.most_frequent[1],
                )
            lost = str(one.lost_points_count)
            table.add_row(
                Text(one.name), f"{mean}/{points(one.points)}", lost, Text(often)
            )
        console.print(table)


def show_report(assessment: Assessment, console: Console) -> None:
    """Print one student's report, with colored marks on a terminal that has colors."""
    shown = Text(text(assessment))
    styles = {"failed": "bold red", "not_judged": "yellow", "carried_forward": "cyan"}
    for mark, style in (
        (tr("ok"), "green"),
        *((MARKS[verdict], style) for verdict, style in styles.items()),
    ):
        shown.highlight_regex(rf"(?m)^  {re.escape(mark)}(?=  )", style)
    console.print(shown, end="", soft_wrap=True)


def _plain(text: str) -> Text:
    return Text(escape_control_characters(text, keep=""))
