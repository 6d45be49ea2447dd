"""A class as tables for a terminal, or for 80 columns.  Computes nothing."""

from __future__ import annotations

import re

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from autograder.reporting import words
from autograder.reporting.class_summary import ClassSummary, ExerciseTotals, Student
from autograder.reporting.text import text
from autograder.reporting.words import points
from autograder.results import Report
from autograder.seen import visible


def show(summary: ClassSummary, console: Console, title: str) -> None:
    """Print the students, where they are listed, and then the exercises, where these are counted.

    console: decides how wide.  Student's words are never markup, and steer nothing.
    """
    if summary.students:
        console.print(_students(summary, title))
        if summary.count > len(summary.students):
            console.print(words.many(words.MORE, summary.count - len(summary.students)))
    if summary.students and summary.exercises:
        console.print()
    if summary.exercises:
        console.print(_exercises(summary))


def show_report(report: Report, console: Console) -> None:
    """Print what one student reads; the marks have colours where there are any."""
    shown = Text(text(report))
    for mark, style in ((words.OK, "green"), (words.NOT_OK, "bold red"), (words.UNKNOWN, "yellow")):
        shown.highlight_regex(rf"(?m)^  {re.escape(mark)}(?=  )", style)
    console.print(shown, end="", soft_wrap=True)


def _students(summary, title):
    table = Table(title=escape(title), title_justify="left", box=None, pad_edge=False, header_style="bold")
    student, score, remark = summary.headings
    table.add_column(student, max_width=24, overflow="ellipsis", no_wrap=True)
    table.add_column(score, justify="right", no_wrap=True)
    table.add_column(remark, overflow="fold")
    for one in summary.students:
        table.add_row(_shown(f"{one.id} {one.name}".rstrip()), _score(one), _shown(one.remark))
    return table


def _shown(words: str) -> Text:
    return Text(visible(words, keep=""))


def _score(student: Student) -> str:
    if student.score is None:
        return ""
    return words.PART.format(earned=points(student.score), worth=points(student.max_score))


def _exercises(summary):
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in ((words.EXERCISES, "left"), (words.MEAN, "right"), (words.LOST_BY, "right")):
        table.add_column(heading, justify=justify, no_wrap=True)
    table.add_column(words.MOST_OFTEN, overflow="fold")
    for one in summary.exercises:
        table.add_row(Text(one.exercise), _mean(one), str(one.losers), Text(_often(one)))
    return table


def _mean(exercise: ExerciseTotals) -> str:
    return words.PART.format(earned=f"{exercise.earned:.1f}", worth=points(exercise.points))


def _often(exercise: ExerciseTotals) -> str:
    return words.OFTEN.format(reason=exercise.reason, times=exercise.times) if exercise.reason else ""
