"""A class as tables for a terminal, or for 80 columns.  Computes nothing."""

import re

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.languages import tr
from autograder.reporting.cards import points
from autograder.reporting.class_statistics import ClassStatistics
from autograder.reporting.text import text
from autograder.results import Report
from autograder.untrusted_text import escape_control_characters

ROWS = 60  # students that are listed; of a larger class, the class report has them


def show(found: ClassStatistics, console: Console, title: str) -> None:
    """Print the students of a class that is not large, and then the exercises."""
    if 0 < len(found.students) <= ROWS:
        table = Table(title=Text(title), title_justify="left", box=None, pad_edge=False, header_style="bold")
        table.add_column(tr("student"), max_width=24, overflow="ellipsis", no_wrap=True)
        table.add_column(tr("points"), justify="right", no_wrap=True)
        table.add_column(tr("points lost in"), overflow="fold")
        for student in found.students:
            report = student.report
            earned = "" if report.grade is None else f"{points(report.grade)}/{points(report.max_score)}"
            table.add_row(_shown(f"{report.id} {report.name}".rstrip()), earned, _shown(student.remark))
        console.print(table)
    if found.scores:
        console.print()
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column(tr("exercise"), no_wrap=True)
        table.add_column(tr("mean"), justify="right", no_wrap=True)
        table.add_column(tr("points lost by"), justify="right", no_wrap=True)
        table.add_column(tr("most common cause"), overflow="fold")
        for one in found.exercises:
            mean = "?" if one.mean is None else f"{one.mean:.1f}"
            often = (
                tr("{name} ({what})", name=one.most_frequent[0].sentence, what=one.most_frequent[1])
                if one.most_frequent
                else ""
            )
            table.add_row(
                Text(one.name), f"{mean}/{points(one.points)}", str(one.lost_points_count), Text(often)
            )
        console.print(table)


def show_report(report: Report, console: Console) -> None:
    """Print one student's report, with colored marks on a terminal that has colors."""
    shown = Text(text(report))
    for mark, style in ((tr("ok"), "green"), ("--", "bold red"), ("??", "yellow")):
        shown.highlight_regex(rf"(?m)^  {re.escape(mark)}(?=  )", style)
    console.print(shown, end="", soft_wrap=True)


def _shown(text: str) -> Text:
    return Text(escape_control_characters(text, keep=""))
