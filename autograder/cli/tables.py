"""A class as tables on a terminal, or in 80 columns: whose file is which, and what was graded.

Imports no torch.
"""

import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.cli.collecting import Request
from autograder.cli.terminal import say, submissions
from autograder.errors import Unread
from autograder.intake import released
from autograder.intake.submission import SubmittedFile
from autograder.languages import N_, tr
from autograder.reporting import review
from autograder.reporting.class_statistics import ClassStatistics
from autograder.reporting.phrases import points
from autograder.reporting.rows import ClassRow
from autograder.untrusted_text import escape_control_characters

# of an id and a name
ID_COLUMNS = 30
# Students that are listed; of a larger class, the class report has them.
MAX_ROWS = 60
NEEDS_REVIEW, ZERO = N_("Needs review. "), N_("0 points. ")
_table = partial(
    Table, title_justify="left", box=None, pad_edge=False, header_style="bold"
)


def console() -> Console:
    """Return where tables are printed: as wide as the terminal, or 80 columns."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(width=80, highlight=False)


def show_files(request: Request) -> bool:
    """Print each assignment's submissions, the doubtful ones last.

    Returns whether any needs review.
    """
    terminal = console()
    any_needs_review = False
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        for assignment, collection in request.collected(Path(folder)):
            rows = []
            for number, file in enumerate(collection.files):
                problem, needs_review = _problem(file, assignment)
                lines = [file.file, *map(tr, file.flags)]
                if problem:
                    lead = ZERO
                    if needs_review:
                        lead = NEEDS_REVIEW
                    lines.insert(1, tr(lead) + problem)
                who = f"{file.id} {file.name}".rstrip()
                rows.append((needs_review, len(lines) > 1, number, who, lines))
            table = _table(title=Text(assignment), show_header=False)
            table.add_column(width=ID_COLUMNS, overflow="fold")
            columns = terminal.width - ID_COLUMNS - 2
            # What a person must look at stands last, just above the prompt.
            for _, is_doubtful, _, who, lines in sorted(rows):
                owner = _plain(who)
                shown = [escape_control_characters(line, "") for line in lines]
                if not is_doubtful:
                    owner.truncate(ID_COLUMNS, overflow="ellipsis")
                    shown = [_end(shown[0], columns)]
                table.add_row(owner, Text("\n".join(shown), overflow="fold"))
            terminal.print(table)
            show_skipped(collection.skipped)
            needing = sum(row[0] for row in rows)
            named = submissions(len(rows))
            counts = {"asked": needing, "skipped": len(collection.skipped)}
            terminal.print(
                tr(
                    "\nFound {named}; {asked} of them need review. Skipped: {skipped}. "
                    "Nothing was graded.\n",
                    named=named,
                    **counts,
                )
            )
            any_needs_review |= needing > 0
    return any_needs_review


def _end(path: str, columns: int) -> str:
    """Return the end of a path that fits in these columns."""
    if cell_len(path) <= columns:
        return path
    return "\u2026" + set_cell_size(path[::-1], columns - 1)[::-1]


def show_skipped(skipped: Mapping[str, str]) -> None:
    """Print a line for each path that was skipped, with the reason."""
    for path, reason in sorted(skipped.items()):
        say("Skipped {path}: {why}", path=path, why=reason)


def _problem(file: SubmittedFile, assignment: str) -> tuple[str, bool]:
    """Return why it would have no points, or "", and whether it needs review instead."""
    submission = file.open()
    if submission.problem:
        return tr(submission.problem), submission.needs_review
    try:
        release = released.release_of(assignment)
        pieces = released.pieces(submission.text, submission.suffix)
        if not release.functions or any(map(release.has_own_code, pieces)):
            return "", False
    except Unread as error:
        return tr(error), True
    return tr("Nothing was attempted."), False


def show_class(statistics: ClassStatistics, title: str) -> None:
    """Print the students of a class that is not large, and then the exercises."""
    terminal = console()
    if 0 < len(statistics.students) <= MAX_ROWS:
        table = _table(title=Text(title))
        table.add_column(
            tr("student"), max_width=24, overflow="ellipsis", no_wrap=True
        )
        table.add_column(tr("points"), justify="right", no_wrap=True)
        table.add_column(tr("points lost in"), overflow="fold")
        for student in statistics.students:
            who = _plain(f"{student.id} {student.name}".rstrip())
            table.add_row(who, _grade(student), _plain(student.summary))
        terminal.print(table)
    if statistics.scores:
        terminal.print()
        table = _table()
        table.add_column(tr("exercise"), no_wrap=True)
        table.add_column(tr("mean"), justify="right", no_wrap=True)
        for name, mean in statistics.means.items():
            shown = "?" if mean is None else f"{mean:.1f}"
            worth = points(statistics.worths[name])
            table.add_row(Text(name), f"{shown}/{worth}")
        terminal.print(table)


def _grade(student: ClassRow) -> str:
    if student.grade is None:
        return ""
    return f"{points(student.grade)}/{points(student.max_score)}"


def print_unused_rows(decisions: review.Review | None) -> int:
    """Print which rows of the table of decisions are not used, and why.  Returns how many."""
    if decisions is None:
        return 0
    for number, reason in sorted(decisions.problems.items()):
        say(
            review.NOT_USED,
            sys.stderr,
            file=review.FILE,
            number=number,
            why=reason,
        )
    return len(decisions.problems)


def _plain(text: str) -> Text:
    return Text(escape_control_characters(text, keep=""))
