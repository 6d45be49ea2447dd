"""Finds a student's submitted notebook and its time, so that every command judges the same bytes, or none.

nbgrader itself follows a link in place of timestamp.txt, reads a device without end, and ends the whole run
if the text is not a date.  Knows nothing of grades.
"""

import contextlib
import fnmatch
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from autograder import courses, settings
from autograder.intake.choice import choose
from autograder.intake.layouts import Search, as_taken
from autograder.intake.places import (
    Kind,
    a_link,
    children_of,
    is_odd,
    is_system,
    kind,
    link_below,
    why_unreadable,
)
from autograder.intake.submission import Submission, SubmittedFile
from autograder.intake.submissions import checked_against
from autograder.languages import N_, speak, tr
from autograder.platforms.platform import Owner
from autograder.results import Report

STAMP = "timestamp.txt"
LONGEST = 1000  # bytes
NO_DATE = N_("timestamp.txt has no date. Ask the student when it was submitted, then correct the file.")
NO_STAMP = N_(
    "timestamp.txt is a link, a folder or a device, not a file. Ask the student when it was submitted."
)


class NeedsReview(Exception):
    """This submission needs review, and nbgrader writes no grade.  report: if some of it was judged."""

    def __init__(self, why: str, report: Report | None = None):
        super().__init__(why)
        self.report = report


class NoDate(SystemExit, Exception):
    """Replaces the SystemExit with which nbgrader ends the whole run if a timestamp is not a date.

    A loop over students catches Exception and goes on with the next one; elsewhere, the run still ends.
    """


def submission_of(
    course: CourseDirectory, student: str, assignment: str, notebook: str = ""
) -> SubmittedFile:
    """A student's notebook, or why it cannot be opened.  notebook: its name, by default the assignment's."""
    students = _students(course, assignment)
    alike = [name for name in students if as_taken(name) == as_taken(student)]
    return _submission(course, student, assignment, notebook, alike)


def submissions(course: CourseDirectory, assignment: str) -> Iterator[SubmittedFile]:
    """The file of each student who submitted, or may have: nbgrader skips folders that it cannot read."""
    students, left_out = _students(course, assignment), course.student_id_exclude.split(",")
    alike: dict[str, list[str]] = {}
    for student in students:
        alike.setdefault(as_taken(student), []).append(student)
    for student in fnmatch.filter(students, course.student_id):
        if student not in left_out and _submitted(course, student, assignment):
            yield _submission(course, student, assignment, assignment, alike[as_taken(student)])


def what_counts(file: SubmittedFile, assignment: str) -> SubmittedFile:
    """The file to judge, chosen as in `grade`: a file beside the notebook if only that was written in."""
    folder = file.path.parent
    if file.problem or file.path.stem != assignment or kind(file.path) is not Kind.FILE:
        return file
    there = [p for p in children_of(folder) if not is_system(p.name) and not is_odd(p)]
    files = {p: p.name for p in there if p.name != STAMP and kind(p) is not Kind.FOLDER}
    return choose(Owner(file.id), files, Search(assignment), folder) or file


def why_missing(notebook: Path) -> str:
    """Why a submission has no notebook of this name, in a sentence."""
    folder = notebook.parent
    names = os.listdir(folder) if kind(folder) is Kind.FOLDER else [folder.name]
    beside = sorted(name for name in names if name != STAMP)
    what = tr("only {found}", found=", ".join(beside[:3])) if beside else tr("the folder is empty")
    return tr("{file} was not submitted ({what}). Ask the student for it.", file=notebook.name, what=what)


def opened(file: SubmittedFile) -> Submission:
    """Its text, or why it has none.  Raises NeedsReview."""
    if file.needs_a_person:
        raise NeedsReview(f"{file.id}: {file.problem}")
    return file.open()


def link_to(course: CourseDirectory, student: str, assignment: str) -> str:
    """The first link on the way to a student's folder, or ""."""
    return link_below(_above(course, assignment), folder_of(course, student, assignment))


def folder_of(course: CourseDirectory, student: str, assignment: str) -> Path:
    """Where nbgrader looks for a student's files."""
    return Path(course.format_path(course.submitted_directory, student, assignment))


def _submission(course, student, assignment, notebook, alike):
    folder, above = folder_of(course, student, assignment), _above(course, assignment)
    path, link = folder / f"{notebook}.ipynb", link_to(course, student, assignment)
    problem = a_link(link) if link else _unreadable(above, folder) or why_no_date(folder)
    problem = problem or why_unreadable(path)
    found = SubmittedFile(student, path, path.name, (), problem, bool(problem), root=above)
    others = [name for name in alike if name != student and _submitted(course, name, assignment)]
    return checked_against(found, others)


def _submitted(course, student, assignment):
    """Whether a student's folder exists, or could exist in a folder that cannot be read."""
    folder = folder_of(course, student, assignment)
    return kind(folder) is not Kind.NOTHING or link_to(course, student, assignment) != ""


def _students(course, assignment):
    """The names of all possible students' folders, as a shell's `*` finds them."""
    above = _above(course, assignment)
    can_be_listed = kind(above) is not Kind.NOTHING and not why_unreadable(above)
    names = os.listdir(above) if can_be_listed else []
    return sorted(name for name in names if not name.startswith("."))


def _above(course, assignment):
    """The folder that contains the students' folders; those above it are the instructor's."""
    return Path(os.path.commonpath([folder_of(course, student, assignment) for student in ("a", "b")]))


def _unreadable(above, folder):
    """Why a folder on the way to a submission cannot be read, or ""."""
    place = above
    for name in folder.relative_to(above).parts:
        place /= name
        problem = why_unreadable(place)
        if problem or kind(place) is not Kind.FOLDER:
            return problem
    return ""


# --- when it was submitted ---------------------------------------------------------------------------


def submitted_at(folder: Path) -> datetime | None:
    """The time of submission in a folder's timestamp.txt, in UTC; None without the file.  Raises NoDate."""
    path = folder / STAMP
    if kind(path) is not Kind.FILE or path.lstat().st_size > LONGEST:
        return None
    try:
        text = path.read_text("utf-8").strip()
        return parse_utc(text) if text else None
    except Exception as error:  # whatever dateutil makes of it: too large, no such month, half a character
        raise NoDate(f"{path}: {tr(NO_DATE)}") from error


def why_no_date(folder: Path) -> str:
    """Why the time of submission is unknown, in a sentence; "" if it is known, or there is no file."""
    if kind(folder / STAMP) not in (Kind.NOTHING, Kind.FILE):
        return tr(NO_STAMP)
    try:
        submitted_at(folder)
    except NoDate:
        return tr(NO_DATE)
    return ""


def assignments_of(course: CourseDirectory) -> list[str]:
    """The assignments that the kit grades in this course: the course's own, and those of the package.

    Also sets the kit's language to the course's.
    """
    courses.use(Path(course.root))
    with contextlib.suppress(settings.SettingsError):  # grading reports it; other assignments must go on
        speak(settings.load(Path(course.root)).language)
    return courses.names()


def get_existing_timestamp(before, course, dest_path):
    """Replaces CourseDirectory's for the assignments of the kit."""
    steps = (course.submitted_directory, course.autograded_directory)
    patterns = [
        course.format_path(step, ".*", name, escape=True) for step in steps for name in assignments_of(course)
    ]
    folder = os.path.normpath(dest_path)
    is_ours = any(re.fullmatch(pattern, folder, re.DOTALL) for pattern in patterns)
    return submitted_at(Path(folder)) if is_ours else before(course, dest_path)


def get_submitted_timestamp(before, api, assignment_id, student_id):
    """Replaces NbGraderAPI's, with which formgrader lists a class: one odd file must not end the list."""
    if assignment_id not in assignments_of(api.coursedir):
        return before(api, assignment_id, student_id)
    with contextlib.suppress(NoDate):
        if not link_to(api.coursedir, student_id, assignment_id):
            return submitted_at(folder_of(api.coursedir, student_id, assignment_id))
    return None
