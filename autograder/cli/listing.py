"""`grade --list`: shows which file would be graded as whose.  Grades nothing, and imports no torch."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

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
from autograder.sandbox.inside.notebooks import cells_of
from autograder.untrusted_text import escape_control_characters

ASK, ZERO = N_("Needs review. "), N_("0 points. ")


def show(paths: Sequence[Path], assignment: str, out: Path | None, layout: Layout | None = None) -> bool:
    """Print each assignment's submissions; whether any of them needs review."""
    console = Console(width=80 if not sys.stdout.isatty() else None, highlight=False)
    needing = False
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        for name, found in collected(paths, assignment, Path(folder), out, layout):
            rows = [(file, *_problem(file, name)) for file in found.files]
            console.print(_table(name, rows))
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
        if submission.suffix == ".ipynb":
            cells_of(submission.text)
        known = released.of(assignment)
        blank = known.functions and not known.written(submission.text, submission.suffix)
    except NotANotebook as error:
        return tr(error), True
    return (tr("Nothing was attempted."), False) if blank else ("", False)


def _table(name, rows):
    with_names = any(file.name for file, *_ in rows)
    table = Table(title=Text(name), title_justify="left", box=None, pad_edge=False, header_style="bold")
    for heading in ("id", *(["name"] if with_names else []), tr("file, and notes")):
        table.add_column(heading, overflow="fold")
    for file, problem, ask in rows:
        said = [(tr(ASK) if ask else tr(ZERO)) + problem] if problem else []
        lines = "\n".join(escape_control_characters(line, "") for line in (file.file, *said, *file.flags))
        name = [escape_control_characters(file.name, "")] if with_names else []
        table.add_row(*map(Text, (escape_control_characters(file.id, ""), *name, lines)))
    return table
