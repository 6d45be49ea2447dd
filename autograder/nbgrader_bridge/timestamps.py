"""When a student submitted, by the timestamp.txt beside the notebook; every reader of it asks here.

nbgrader follows a link, reads a device without end, and ends the whole run where the text is no date.
"""

from __future__ import annotations

import contextlib
import os
import re
from datetime import datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from autograder import courses
from autograder.intake.places import Kind, kind
from autograder.languages import N_, tr

STAMP = "timestamp.txt"
LONGEST = 1000  # bytes
NO_DATE = N_("timestamp.txt has no date. Ask the student when it was submitted, then correct the file.")
NO_STAMP = N_(
    "timestamp.txt is a link, a folder or a device, not a file. Ask the student when it was submitted."
)


class NoDate(SystemExit, Exception):
    """In place of the SystemExit by which nbgrader ends the whole run where a timestamp is no date.

    A loop over students catches Exception, and goes on with the next one; elsewhere the run still ends.
    """


def submitted_at(folder: Path) -> datetime | None:
    """When what is in a folder was submitted, in UTC; None where no file says it.  Raises NoDate."""
    path = folder / STAMP
    if kind(path) is not Kind.FILE or path.lstat().st_size > LONGEST:
        return None
    try:
        text = path.read_text("utf-8").strip()
        return parse_utc(text) if text else None
    except Exception as error:  # whatever dateutil makes of it: too large, no such month, half a character
        raise NoDate(f"{path}: {tr(NO_DATE)}") from error


def problem(folder: Path) -> str:
    """Why nobody knows when it was submitted, in a sentence; "" where no file says it, or says it well."""
    if kind(folder / STAMP) not in (Kind.NOTHING, Kind.FILE):
        return tr(NO_STAMP)
    try:
        submitted_at(folder)
    except NoDate:
        return tr(NO_DATE)
    return ""


def assignments_of(course: CourseDirectory) -> list[str]:
    """The assignments that the kit grades in this course: the course's own, and those of the package."""
    courses.use(Path(course.root))
    return courses.names()


def get_existing_timestamp(before, course, dest_path):
    """In place of CourseDirectory's: for the assignments of the kit."""
    steps = (course.submitted_directory, course.autograded_directory)
    patterns = [
        course.format_path(step, ".*", name, escape=True) for step in steps for name in assignments_of(course)
    ]
    folder = os.path.normpath(dest_path)
    is_ours = any(re.fullmatch(pattern, folder, re.DOTALL) for pattern in patterns)
    return submitted_at(Path(folder)) if is_ours else before(course, dest_path)


def get_submitted_timestamp(before, api, assignment_id, student_id):
    """In place of NbGraderAPI's, by which formgrader lists a class: one odd file does not end the list."""
    if assignment_id not in assignments_of(api.coursedir):
        return before(api, assignment_id, student_id)
    course = api.coursedir
    folder = Path(course.format_path(course.submitted_directory, student_id, assignment_id))
    with contextlib.suppress(NoDate):
        return submitted_at(folder)
    return None
