"""`export`: writes results into the files that a platform imports, and lists students without points there.

Imports no exercise, and so no torch.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from autograder.cli.stop import Stop
from autograder.cli.terminal import say, say_some
from autograder.languages import N_, tr
from autograder.platforms import canvas, gradebooks, moodle
from autograder.platforms.gradebooks import Filled
from autograder.reporting import atomic, review, words
from autograder.reporting.file_names import FEEDBACK, safe_name
from autograder.reporting.results_folder import RESULTS, earlier_results
from autograder.results import Report

FOLDER = "export"  # below the results, where no other place is named
OURS = (RESULTS, "grades.csv", "reports.jsonl", review.FILE)
NOT_READ = N_(
    "{count} answers have no points yet, so the scores cannot be scaled. Fill in review.csv, "
    "or add --unread zero (no points for them) or --unread leave (skip these students)."
)


GRADEBOOKS = {"canvas": canvas.GRADEBOOK, "moodle": moodle.GRADEBOOK}


def export(
    results: Path, to: str, into: Path, out: Path | None, column: str, scale: bool, unread: str
) -> bool:
    """Write the files, by default below the results.  Returns whether a student has no points in them."""
    try:
        with earlier_results(results) as book:
            book.write()  # with what a person decided since
            for number, why in sorted(book.review.problems.items()):
                say(review.NOT_USED, sys.stderr, file=review.FILE, number=number, why=why)
            reports, assignment, folder = list(book.reports()), book.assignment, book.folder
            pending = dict.fromkeys(book.new, str(words.PENDING))
            count = sum(len(report.unread) for report in reports)
            if scale and not unread and count:
                raise Stop(NOT_READ, count=count)
            place = _place(folder, out, into)
            filled = gradebooks.fill(into, GRADEBOOKS[to], assignment, reports, column, scale, unread)
            if filled.sections:
                book.sections |= filled.sections
                book.write()
        _write(filled, place, len(reports))
        lacking = _feedback(reports, assignment, folder, filled, place) if to == "moodle" else {}
        left = tr("In the file but without results, left unchanged")
        say_some(left, filled.others, between="; ")  # names have commas
        return _tell(
            {report.id: why for report in reports if (why := words.review(report))} | pending,
            lacking | filled.open,
        )
    except OSError as error:
        place = out or results / FOLDER
        raise Stop(
            "Cannot write {place} ({why}). Choose another place with --out.", place=place, why=error.strerror
        ) from None


def _write(filled, out, number):
    """Write a copy of the platform's file, with points.  number: how many students were graded."""
    atomic.write(out, filled.raw)
    say(
        "Wrote {out} (column {column}: {count} of {all}).",
        out=out,
        count=_count(filled.scored),
        all=number,
        column=filled.column,
    )


def _feedback(
    reports: list[Report], assignment: str, folder: Path, filled: Filled, out: Path
) -> dict[str, str]:
    """Write Moodle's .zip of pages beside the file.  Returns why students get none, by id."""
    pages, lacking = [], {}
    for report in (each for each in reports if not each.needs_a_person):
        row = filled.rows.get(report.id, {})
        number = row.get("identifier", "") or moodle.participant(report.id, report.file)
        page = folder / FEEDBACK / (safe_name(report.id) + ".html")
        if not number:
            lacking[report.id] = tr(
                "No feedback file, because Moodle's number is unknown. Fill Moodle's grading "
                "worksheet with --into."
            )
        elif not page.is_file():
            lacking[report.id] = tr(
                "No feedback file, because {file} is missing. Grade this student again.", file=page
            )
        else:
            pages.append((number, report.name, page.read_bytes()))
    path = out.with_name(f"{out.stem}_feedback.zip")
    atomic.write(path, moodle.feedback(pages, assignment))
    say(
        "Wrote {path} ({pages}). Upload it to Moodle as feedback files.",
        path=path,
        pages="1 page" if len(pages) == 1 else f"{len(pages)} pages",
    )
    return lacking


def _place(folder, out, into):
    """Where a file goes: never over the platform's own file, or over one of ours."""
    out = out or folder / FOLDER / into.name
    if os.path.isdir(out):
        out = out / into.name
    if os.path.exists(out) and os.path.exists(into) and out.samefile(into):
        raise Stop("{out} is the platform's own file. Choose another with --out.", out=out)
    if out.resolve().parent == folder.resolve() and out.name in OURS:
        raise Stop("{out} is one of the result files. Choose another with --out.", out=out)
    out.parent.mkdir(parents=True, exist_ok=True)
    return out


def _tell(asked, without):
    """List on stderr who needs review or has no points or page, and why.  Returns whether anybody does."""
    for id, why in sorted((without | asked).items()):
        said = N_("{id} needs review. {why}") if id in asked else "{id}: {why}"
        say(said, sys.stderr, id=id, why=why)
    return bool(asked or without)


def _count(number):
    return "1 student" if number == 1 else tr("{number} students", number=number)
