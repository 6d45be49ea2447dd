"""What `export` does: results to the files that a platform takes, and who has no points there.

Imports no exercise, and so no torch.
"""

from __future__ import annotations

import enum
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.cli.stop import Stop
from autograder.cli.terminal import say, say_some
from autograder.intake.layouts import Layout
from autograder.languages import tr
from autograder.reporting import atomic, exports, gradebooks, grades_csv, gradescope, moodle, words
from autograder.reporting.exports import GradedClass
from autograder.reporting.file_names import FEEDBACK, safe_name
from autograder.reporting.gradebooks import Wanted
from autograder.reporting.gradescope import Visibility
from autograder.reporting.results_folder import ResultsFolderError
from autograder.reporting.seen import visible

FOLDER = "export"  # below the results, where no other place is named
OURS = (exports.RESULTS, "grades.csv", "reports.jsonl")


class Platform(enum.StrEnum):
    """Where points go."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    GRADESCOPE = "gradescope"
    CSV = "csv"


@dataclass(frozen=True)
class Places:
    """into: the platform's own file.  out: where to write; None for a place below the results."""

    into: Path | None
    out: Path | None


def export(results: Path, to: Platform, places: Places, wanted: Wanted, visibility: Visibility) -> bool:
    """Write the files; whether somebody has no points in them.  Raises Stop."""
    try:
        found = exports.read(results)
    except ResultsFolderError as error:
        raise Stop(str(error)) from None
    if places.into and to not in (Platform.CANVAS, Platform.MOODLE):
        raise Stop(tr("--into is for the file that Canvas or Moodle gave, not for {to}: leave it out", to=to))
    if not places.into and (wanted.column or wanted.encoding or wanted.scale):
        raise Stop(tr("--column, --encoding and --scale are for a platform's own file: name it with --into"))
    try:
        if to == Platform.GRADESCOPE:
            return _to_gradescope(found, places, visibility)
        if places.into:
            return _into(found, places, wanted)
        return _anew(found, to, places)
    except gradebooks.GradebookError as error:
        raise Stop(str(error)) from None
    except OSError as error:
        place = places.out or found.folder / FOLDER
        raise Stop(
            tr("cannot write {place} ({why}): choose another with --out", place=place, why=error.strerror)
        ) from None


def _into(found, places, wanted):
    """A copy of the platform's file, with points."""
    out = _place(found, places, places.into.name)
    filled = gradebooks.fill(places.into, found, wanted)
    atomic.write(out, filled.raw)
    say(
        tr(
            "wrote {out}: {count} of {all} in {column}",
            out=out,
            count=_count(len(filled.scores)),
            all=len(found.reports),
            column=visible(filled.column, ""),
        )
    )
    open_ = {**filled.open}
    if wanted.platform == Platform.MOODLE:
        open_ = _feedback(found, out, filled.numbers) | open_
    left = tr("in the file, but without results, and left as they are")
    say_some(left, filled.others, between="; ")  # names have commas
    return _tell(found, open_)


def _anew(found, to, places):
    """A new file."""
    made = exports.MAKERS[to](found)
    out = _place(found, places, f"{to}.csv")
    atomic.write(out, grades_csv.text(made.rows))
    say(
        tr(
            "wrote {out}: {count} of {all}",
            out=out,
            count=_count(len(found.graded)),
            all=len(found.reports),
        )
    )
    lacking = _feedback(found, out, {}) if to == Platform.MOODLE else {}
    return _tell(found, lacking | {**made.open})


def _feedback(found: GradedClass, out: Path, numbers: Mapping[str, str]) -> dict[str, str]:
    """Moodle's .zip of pages beside the file; id -> why they get none."""
    pages, lacking = [], {}
    for report in found.graded:
        number = numbers.get(report.id) or (report.id if exports.named_by(Layout.MOODLE, report) else "")
        page = found.folder / FEEDBACK / (safe_name(report.id) + ".html")
        if not number:
            lacking[report.id] = str(words.NO_NUMBER)
        elif not page.is_file():
            lacking[report.id] = words.NO_PAGE.format(file=page)
        else:
            pages.append((number, report.name, page.read_bytes()))
    path = out.with_name(f"{out.stem}_feedback.zip")
    atomic.write(path, moodle.feedback(pages, found.assignment))
    say(
        tr(
            "wrote {path}: {pages}, to upload as feedback files",
            path=path,
            pages="1 page" if len(pages) == 1 else f"{len(pages)} pages",
        )
    )
    return lacking


def _to_gradescope(found, places, visibility):
    """A results.json for each submission; a single one where --out names a file."""
    if places.out and places.out.suffix == ".json":
        if len(found.reports) != 1:
            raise Stop(
                tr(
                    "{count} submissions do not fit into one {out}: name a folder",
                    count=len(found.reports),
                    out=places.out.name,
                )
            )
        folders = {found.reports[0].id: _place(found, places, "")}
    else:
        folder = places.out or found.folder / FOLDER / Platform.GRADESCOPE
        folders = {r.id: folder / safe_name(r.id) / exports.RESULTS for r in found.reports}
    for report in found.reports:
        path = folders[report.id]
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, json.dumps(gradescope.results(report, visibility), indent=1) + "\n")
    say(tr("wrote a {results} for {count}", results=exports.RESULTS, count=_count(len(found.reports))))
    return _tell(found, found.waiting)


def _place(found, places, name):
    """Where a file goes: never over the platform's own, nor over ours."""
    out = places.out or found.folder / FOLDER / name
    if os.path.isdir(out):
        out = out / name
    if places.into and os.path.exists(out) and os.path.exists(places.into) and out.samefile(places.into):
        raise Stop(tr("{out} is the platform's own file, which is kept: choose another with --out", out=out))
    if out.resolve().parent == found.folder.resolve() and out.name in OURS:
        raise Stop(tr("{out} is one of the results, which are kept: choose another with --out", out=out))
    out.parent.mkdir(parents=True, exist_ok=True)
    return out


def _tell(found, open_):
    """List on stderr who has no points, or no page, and why."""
    open_ = found.in_vain | open_
    asked = found.in_vain | found.waiting
    for id in sorted(open_):
        lead = tr("needs a person") if id in asked else "left out"
        say(f"{lead}: {visible(id, '')}: {visible(open_[id], '')}", sys.stderr)
    return bool(open_)


def _count(number):
    return "1 student" if number == 1 else tr("{number} students", number=number)
