"""`grade --list`: shows which file would be graded as whose.  Grades nothing, and imports no torch."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.cli.collecting import collected
from autograder.errors import NotANotebook
from autograder.intake import released
from autograder.intake.layouts import Layout
from autograder.intake.submission import SubmittedFile
from autograder.languages import N_, tr
from autograder.reporting import words
from autograder.untrusted_text import escape_control_characters

WIDEST = 24  # columns of an id, or a name
ASK, ZERO = N_("Needs review. "), N_("0 points. ")


def show(paths: Sequence[Path], assignment: str, out: Path | None, layout: Layout | None = None) -> bool:
    """Print each assignment's submissions, the doubtful ones last; whether any of them needs review."""
    console = Console(width=80 if not sys.stdout.isatty() else None, highlight=False)
    needing = False
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        for name, found in collected(paths, assignment, Path(folder), out, layout):
            rows = [(file, *_problem(file, name)) for file in found.files]
            rows.sort(key=lambda row: (row[2], bool(row[1] or row[0].flags)))
            console.print(_table(name, rows, console.width))
            asked = sum(ask for _, _, ask in rows)
            named = words.SUBMISSIONS(len(rows))
            console.print(
                tr(
                    "\nFound {named}; {asked} of them need review. Nothing was graded.\n",
                    named=named,
                    asked=asked,
                )
            )
            needing = needing or asked > 0
    return needing


def _problem(file: SubmittedFile, assignment: str) -> tuple[str, bool]:
    """Why it would have no points, or "", and whether it needs review instead."""
    submission = file.open()
    if submission.problem:
        return submission.problem, submission.needs_a_person
    try:
        known, own = released.of(assignment), released.pieces(submission.text, submission.suffix)
        blank = known.functions and not known.written(own)
    except NotANotebook as error:
        return tr(error), True
    return (tr("Nothing was attempted."), False) if blank else ("", False)


def _table(name, rows, width):
    """A line for each, and all that there is to say of the doubtful ones."""
    with_names = any(file.name for file, *_ in rows)
    table = Table(title=Text(name), title_justify="left", box=None, pad_edge=False, header_style="bold")
    cells = [[file.id, *([file.name] if with_names else []), file.file] for file, *_ in rows]
    cells = [[escape_control_characters(cell, "") for cell in row] for row in cells]
    headings = ["id", *(["name"] if with_names else []), tr("file, and notes")]
    widths = [
        min(WIDEST, max(map(cell_len, column))) for column in zip(headings[:-1], *(c[:-1] for c in cells))
    ]
    for heading, columns in zip(headings, [*widths, None]):
        table.add_column(heading, width=columns, overflow="fold")
    room = [*widths, width - sum(columns + 2 for columns in widths)]
    for row, (file, problem, ask) in zip(cells, rows):
        said = [(tr(ASK) if ask else tr(ZERO)) + problem] if problem else []
        if notes := [escape_control_characters(line, "") for line in (*said, *file.flags)]:
            row[-1] = "\n".join([row[-1], *notes])
        else:
            row = [*map(_cut, row[:-1], room), _cut(row[-1][::-1], room[-1])[::-1]]
        table.add_row(*map(Text, row))
    return table


def _cut(text, columns):
    """Its beginning, if it needs more columns."""
    return text if cell_len(text) <= columns else set_cell_size(text, columns - 1) + "\u2026"
