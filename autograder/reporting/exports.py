"""results.json -> what a platform takes: the graded class, and tables made anew for it.

A file that the platform gave is filled by `gradebooks`; this one knows how a new one must look:

* Canvas (lib/gradebook_importer.rb of github.com/instructure/canvas-lms): Student, ID, SIS User ID, SIS
  Login ID, Section, then assignments, and a line "Points Possible".  A row is found by ID, else SIS User
  ID, SIS Login ID, name; a title without the assignment's number in brackets is found by the name, or makes
  a new assignment.  An empty field would clear an earlier grade, so who has no grade has no row.
  teaching.resources.osu.edu/toolsets/carmencanvas/guides/calculating-final-grades/import-csv-file-carmen-grades
* Moodle: see `moodle`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from autograder.intake.layouts import Layout, readings
from autograder.languages import tr
from autograder.reporting import moodle, words
from autograder.reporting.grades_csv import grade, rows
from autograder.reporting.results_folder import SCHEMA, ResultsFolderError
from autograder.reporting.words import points
from autograder.results import Report

RESULTS = "results.json"


@dataclass(frozen=True)
class GradedClass:
    """What a results.json holds.  folder: where it lies."""

    assignment: str
    reports: tuple[Report, ...]
    folder: Path

    @property
    def max_score(self) -> float:
        """What the assignment is worth; 0 where nobody handed in."""
        return max((report.max_score for report in self.reports), default=0.0)

    @property
    def graded(self) -> list[Report]:
        """Those who have a grade."""
        return [report for report in self.reports if not report.needs_a_person]

    @property
    def waiting(self) -> dict[str, str]:
        """Those who have none: id -> why."""
        return {report.id: report.reason for report in self.reports if report.needs_a_person}

    @property
    def in_vain(self) -> dict[str, str]:
        """Those whose earlier grade counts: id -> why a later grading failed."""
        flags = ((report.id, words.in_vain(flag)) for report in self.reports for flag in report.flags)
        return {id: why for id, why in flags if why}


def read(path: Path) -> GradedClass:
    """The class in a results.json, or in the folder that holds it.

    Raises ResultsFolderError, which names the folders below where the results of each assignment lie.
    """
    file = path / RESULTS if path.is_dir() else path
    if path.is_dir() and not file.exists():
        below = sorted(str(each.parent) for each in path.glob(f"*/{RESULTS}"))
        if below:
            raise ResultsFolderError(
                tr("{path} holds several results: name one of {names}", path=path, names=", ".join(below))
            )
    try:
        tree = json.loads(file.read_bytes(), parse_constant=lambda name: None)
        if tree["schema"] != SCHEMA:
            raise ValueError
        name = tree["assignment"]
        reports = tuple(Report.from_json(each, name) for each in tree["submissions"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ResultsFolderError(words.NO_RESULTS.format(file=file)) from None
    return GradedClass(name, reports, file.parent)


@dataclass(frozen=True)
class Made:
    """A new table, and who has no points in it: id -> why."""

    rows: Sequence[Sequence[str]]
    open: Mapping[str, str]


def for_spreadsheet(found: GradedClass) -> Made:
    """All that there is, as in grades.csv."""
    return Made(list(rows(found.reports, found.in_vain)), found.waiting)


def for_canvas(found: GradedClass) -> Made:
    """For "Import" in Canvas's gradebook."""
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", found.assignment]
    worth = ["    Points Possible", "", "", "", "", points(found.max_score)]
    return Made([head, worth, *_canvas_rows(found)], found.waiting)


def _canvas_rows(found) -> Iterator[list[str]]:
    for report in found.graded:
        own, school = named_by(Layout.CANVAS, report), report.id.isdecimal()
        ids = [report.id if n == (0 if own else 1 if school else 2) else "" for n in range(3)]
        yield [report.name or report.id, *ids, "", grade(report)]


def for_moodle(found: GradedClass) -> Made:
    """For "Upload grading worksheet" of an assignment, or "Import" in Moodle's gradebook."""
    table = [list(moodle.HEADER)]
    for report in found.reports:
        own = named_by(Layout.MOODLE, report)
        table.append(moodle.row(report.id, own, report.name, grade(report), points(report.max_score)))
    return Made(table, found.waiting)


def named_by(layout: Layout, report: Report) -> bool:
    """Whether the id is the platform's own key, since the platform named the file or its folder by it.

    A number alone may as well be a school's, and so somebody else's here.
    """
    *folders, file = PurePath(report.file).parts or ("",)
    found = [*(readings(layout, name, True) for name in folders), readings(layout, file, False)]
    return any([report.id] == [entry.owner.id for entry in entries] for entries in found)


MAKERS: Mapping[str, Callable[[GradedClass], Made]] = {
    "canvas": for_canvas,
    "moodle": for_moodle,
    "csv": for_spreadsheet,
}
