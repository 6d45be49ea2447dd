"""A class as tables for a terminal, or for 80 columns.  Computes nothing."""

import re
from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from autograder.languages import N_, tr
from autograder.reporting.cards import points
from autograder.reporting.class_statistics import ClassStatistics
from autograder.reporting.text import text
from autograder.results import Report
from autograder.untrusted_text import escape_control_characters

ROWS = 60  # students that are listed; of a larger class, the class report has them


def show(found: ClassStatistics, console: Console, title: str) -> None:
    """Print the students of a class that is not large, and then the exercises."""
    if 0 < len(found.students) <= ROWS:
        some = [(one.report, one.remark) for one in found.students]
        rows = ((f"{one.id} {one.name}".rstrip(), one.grade, one.max_score, note) for one, note in some)
        show_students(rows, console, title, N_("points"), N_("points lost in"))
    if found.scores:
        console.print()
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column(tr("exercise"), no_wrap=True)
        table.add_column(tr("mean"), justify="right", no_wrap=True)
        table.add_column(tr("points lost by"), justify="right", no_wrap=True)
        table.add_column(tr("most common cause"), overflow="fold")
        for one in found.exercises:
            mean = "?" if one.mean is None else f"{one.mean:.1f}"
            often = tr("{name} ({what})", name=one.often[0].sentence, what=one.often[1]) if one.often else ""
            table.add_row(Text(one.name), f"{mean}/{points(one.points)}", str(one.losers), Text(often))
        console.print(table)


def show_students(
    rows: Iterable[tuple[str, float | None, float | None, str]],
    console: Console,
    title: str,
    score: str = N_("score"),
    remark: str = N_("notes"),
) -> None:
    """Print a line for each student: who, the score or None, the possible points, and a remark."""
    table = Table(title=escape(title), title_justify="left", box=None, pad_edge=False, header_style="bold")
    table.add_column(tr("student"), max_width=24, overflow="ellipsis", no_wrap=True)
    table.add_column(tr(score), justify="right", no_wrap=True)
    table.add_column(tr(remark), overflow="fold")
    for who, earned, worth, note in rows:
        part = "" if earned is None else f"{points(earned)}/{points(worth or 0)}"
        table.add_row(_shown(who), part, _shown(note))
    console.print(table)


def show_report(report: Report, console: Console) -> None:
    """Print one student's report, with colored marks on a terminal that has colors."""
    shown = Text(text(report))
    for mark, style in ((tr("ok"), "green"), ("--", "bold red"), ("??", "yellow")):
        shown.highlight_regex(rf"(?m)^  {re.escape(mark)}(?=  )", style)
    console.print(shown, end="", soft_wrap=True)


def _shown(text: str) -> Text:
    return Text(escape_control_characters(text, keep=""))
