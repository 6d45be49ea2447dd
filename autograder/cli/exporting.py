"""`export`: fills the files that a platform imports; imports no exercise, and so no torch."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from autograder import atomic
from autograder.cli.app import app
from autograder.cli.tables import print_unused_rows
from autograder.cli.terminal import say
from autograder.errors import KitError
from autograder.languages import N_, plural, tr
from autograder.platforms import PLAIN, PLATFORMS, moodle
from autograder.platforms.gradebooks import FilledGradebook
from autograder.reporting.grades_csv import PENDING
from autograder.reporting.pages import FEEDBACK
from autograder.reporting.results_folder import earlier_results
from autograder.reporting.rows import ClassRow
from autograder.untrusted_text import safe_name

GRADEBOOKS = [
    platform.name for platform in PLATFORMS.values() if platform.has_gradebook
]
if TYPE_CHECKING:
    Platform = str
else:
    Platform = Literal[tuple(GRADEBOOKS)]


@app.command()
def export(
    results: Annotated[
        Path, typer.Argument(help="A results folder, or its results.json.")
    ],
    into: Annotated[
        Path,
        typer.Option(help="The gradebook, as CSV or Excel file; it is copied."),
    ],
    to: Annotated[
        Platform,
        typer.Option(help="The platform; plain is any table with ids."),
    ] = PLAIN.name,
    out: Annotated[
        Path | None,
        typer.Option(help="The file; by default below RESULTS/export/."),
    ] = None,
    column: Annotated[
        str, typer.Option(help="The column; by default, the assignment's.")
    ] = "",
    id_column: Annotated[
        str, typer.Option(help="The column of ids; by default, a usual title.")
    ] = "",
    scale: Annotated[
        float | None,
        typer.Option(min=1, help="Full points in the file, such as 100."),
    ] = None,
) -> None:
    """Put the points into a copy of the gradebook that a learning platform exported.

    Exit 1: some students have no points there; stderr lists them with the reason.
    """
    with earlier_results(results) as book:
        # with what a person decided since
        book.write()
        print_unused_rows(book.review)
        students = book.statistics.students
        assignment = book.head.assignment
        place = _place(book.folder, out, into)
        filled = FilledGradebook(
            into, PLATFORMS[to], assignment, students, column, scale, id_column
        )
        needing = {
            student.id: student.waits_for for student in book.statistics.waiting
        }
        needing |= dict.fromkeys(book.without_report, tr(PENDING))
    atomic.write(place, filled.content)
    say(
        "Wrote {out} (column {column}: {count} of {all}).",
        out=place,
        count=_students(filled.scored),
        all=len(students),
        column=filled.column,
    )
    problems: dict[str, str] = {}
    if to == "moodle":
        problems |= _write_feedback(
            students, assignment, book.folder, filled, place
        )
    problems |= {**filled.problems, **needing}
    names = {student.id: student.name for student in students}
    for id, reason in sorted(problems.items()):
        sentence = "{id}: {why}"
        if id in needing:
            sentence = N_("{id} needs review. {why}")
        who = f"{id} {names.get(id, '')}".rstrip()
        say(sentence, sys.stderr, id=who, why=reason)
    raise typer.Exit(bool(problems))


def _write_feedback(
    students: Sequence[ClassRow],
    assignment: str,
    folder: Path,
    filled: FilledGradebook,
    out: Path,
) -> dict[str, str]:
    """Write Moodle's .zip of pages beside the file.  Returns why students get none, by id."""
    pages = []
    problems = {}
    for student in students:
        # The worksheet has Moodle's number; so has the name of a file from Moodle.
        number = moodle.participant(student.id, student.file)
        if person := filled.people.get(student.id):
            number = person.number or number
        page = folder / FEEDBACK / f"{safe_name(student.id)}.html"
        if not number:
            problems[student.id] = tr(
                "No feedback file, because Moodle's number is unknown. Fill Moodle's grading "
                "worksheet with --into."
            )
        elif not page.is_file():
            problems[student.id] = tr(
                "No feedback file, because {file} is missing. Grade this student again.",
                file=page,
            )
        else:
            pages.append((number, student.name, page.read_bytes()))
    path = out.with_name(f"{out.stem}_feedback.zip")
    atomic.write(path, moodle.feedback(pages, assignment))
    say(
        "Wrote {path} ({pages}). Upload it to Moodle as feedback files.",
        path=path,
        pages=_students(len(pages)),
    )
    return problems


def _place(folder: Path, out: Path | None, into: Path) -> Path:
    """Return where a file goes: never over the platform's own file, nor beside our results."""
    out = out or folder / "export" / into.name
    if out.is_dir():
        out = out / into.name
    # The platform's file is what an instructor can go back to.
    is_theirs = out.exists() and into.exists() and out.samefile(into)
    if is_theirs or out.resolve().parent == folder.resolve():
        raise KitError(
            "{out} is the platform's own file, or lies among the results. Choose another "
            "with --out.",
            out=out,
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    return out


def _students(number: int) -> str:
    return plural("1 student", "{n} students", number)
