"""`grade --list`: shows which file would be graded as whose.  Grades nothing, and imports no torch."""

import tempfile
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from rich.table import Table
from rich.text import Text

from autograder.cli.collecting import ClassFiles
from autograder.cli.terminal import console, submissions
from autograder.errors import NotANotebook
from autograder.intake import released
from autograder.intake.submission import SubmittedFile
from autograder.languages import N_, tr
from autograder.untrusted_text import escape_control_characters

WHO = 30  # columns of an id and a name
ASK, ZERO = N_("Needs review. "), N_("0 points. ")
FOUND = N_("\nFound {named}; {asked} of them need review. Nothing was graded.\n")


def show(files: ClassFiles) -> bool:
    """Print each assignment's submissions, the doubtful ones last; whether any of them needs review."""
    terminal, needing = console(), 0
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        for name, found in files.collected(Path(folder)):
            table = Table(title=Text(name), title_justify="left", box=None, pad_edge=False, show_header=False)
            table.add_column(width=WHO)
            rows = [(file, *_problem(file, name)) for file in found.files]
            for file, problem, ask in sorted(rows, key=lambda row: (row[2], bool(row[1] or row[0].flags))):
                notes = [(tr(ASK) if ask else tr(ZERO)) + problem] if problem else []
                said = [escape_control_characters(line, "") for line in (file.file, *notes, *file.flags)]
                room = terminal.width - WHO - 2
                if len(said) == 1 and cell_len(said[0]) > room:  # in one line: the end of its path
                    said = ["\u2026" + set_cell_size(said[0][::-1], room - 1)[::-1]]
                who = escape_control_characters(f"{file.id} {file.name}".rstrip(), "")
                is_whole = len(said) > 1  # of the others, the line ends where the column does
                shown = Text(who, overflow="fold" if is_whole else "ellipsis", no_wrap=not is_whole)
                table.add_row(shown, Text("\n".join(said), overflow="fold"))
            terminal.print(table)
            asked = sum(ask for _, _, ask in rows)
            terminal.print(tr(FOUND, named=submissions(len(rows)), asked=asked))
            needing += asked
    return needing > 0


def _problem(file: SubmittedFile, assignment: str) -> tuple[str, bool]:
    """Return why it would have no points, or "", and whether it needs review instead."""
    submission = file.open()
    if submission.problem:
        return submission.problem, submission.needs_review
    try:
        known, own = released.release_of(assignment), released.pieces(submission.text, submission.suffix)
        blank = known.functions and not known.written(own)
    except NotANotebook as error:
        return tr(error), True
    return (tr("Nothing was attempted."), False) if blank else ("", False)
