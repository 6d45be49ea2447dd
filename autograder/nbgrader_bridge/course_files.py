"""Finds a student's submitted file and its time in a course, so that every command judges the
same bytes.

nbgrader itself follows links and reads devices without end; no link below the students'
folders is followed here.
"""

import contextlib
import fnmatch
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from autograder import courses, settings
from autograder.errors import NO_PROBLEM, KitError, Message, Unread
from autograder.intake import places, released
from autograder.intake.choice import choose, submitted
from autograder.intake.places import SECRET, STAMP, is_folder
from autograder.intake.search import Search
from autograder.intake.submission import (
    SubmittedFile,
    text_of,
)
from autograder.languages import N_, set_language
from autograder.platforms.platform import Owner

MAX_STAMP = 1000  # characters
SEVERAL = N_(
    "The kit cannot grade the notebook {notebook} of {assignment}. Make it an "
    "assignment of its own, then "
    "generate {assignment} again."
)


def submissions(
    course: CourseDirectory, assignment: str
) -> Iterator[SubmittedFile]:
    """Yield the file of each student who submitted, or may have: nbgrader skips what it cannot
    read.
    """
    for student in students_of(course, assignment):
        yield _submission_of(course, student, assignment)


def students_of(course: CourseDirectory, assignment: str) -> list[str]:
    """Return the students whom a command is for, who submitted or may have, sorted."""
    left_out = course.student_id_exclude.split(",")
    students = []
    for path in places.children_of(_above(course, assignment)):
        student = path.name
        # a shell's `*` does not find it
        if student.startswith(".") or student in left_out:
            continue
        folder, problem = folder_of(course, student, assignment)
        # behind a link it may exist
        if problem or os.path.lexists(folder):
            students.append(student)
    return fnmatch.filter(students, course.student_id)


def _submission_of(
    course: CourseDirectory, student: str, assignment: str
) -> SubmittedFile:
    """Return the file of a student that counts, by the rules of `grade`, or why none does."""
    folder, problem = folder_of(course, student, assignment)
    if "\n" in student:
        problem = Message(
            "{folder} needs review, because its name has a line break. Rename the folder.",
            {"folder": repr(student)},
        )
    problem = problem or _time_of(folder)[1]
    owner = Owner(student)
    if not problem:
        search = Search(assignment)
        files = {}
        for path in search.children(folder):
            if not is_folder(path) and not places.is_ignored(path):
                files[path] = path.name
        chosen = choose(owner, files, search, folder)
        if chosen is not None:
            return chosen
        problem = Message(
            "{file} was not submitted.", {"file": f"{assignment}.ipynb"}
        )
    return submitted(owner, folder / f"{assignment}.ipynb", folder, problem)


def folder_of(
    course: CourseDirectory, student: str, assignment: str
) -> tuple[Path, Message]:
    """Return where nbgrader looks for a student's files, and why nobody may: a link, or a
    closed folder.
    """
    named = course.format_path(course.submitted_directory, student, assignment)
    above = _above(course, assignment)
    below = Path(named).relative_to(above)
    above = above.resolve()
    folder = above / below
    for place in places.way_to(folder, above):
        if place.is_symlink():
            link = place.relative_to(above).as_posix()
            return folder, places.a_link(link)
        if problem := places.why_unreadable(place):
            return folder, problem
    return folder, NO_PROBLEM


def submitted_at(
    course: CourseDirectory, student: str, assignment: str
) -> datetime | None:
    """Return when a student submitted, in UTC, if that is known."""
    folder, problem = folder_of(course, student, assignment)
    if problem:
        return None
    time, _ = _time_of(folder)
    return time


def secret_of(course: CourseDirectory, student: str, assignment: str) -> str:
    """Return the word from which nbgrader derives the name of a student's feedback, or ""."""
    folder, problem = folder_of(course, student, assignment)
    return "" if problem else secret_in(folder)


def secret_in(folder: Path) -> str:
    """Return what nbgrader's Submit writes last into a folder; "" without it."""
    try:
        secret = text_of(folder / SECRET)
    except Unread:
        return ""
    return secret if secret.isascii() and secret.isalnum() else ""


def _above(course: CourseDirectory, assignment: str) -> Path:
    """Return the folder that contains the students' folders; those above it are the
    instructor's.
    """
    folders = (
        course.format_path(course.submitted_directory, name, assignment)
        for name in ("a", "b")
    )
    return Path(os.path.commonpath(folders))


def _time_of(folder: Path) -> tuple[datetime | None, Message]:
    """Return the time in a folder's timestamp.txt, None without one, and why it is unknown."""
    path = folder / STAMP
    if not os.path.lexists(path):
        return None, NO_PROBLEM
    try:
        text = text_of(path).strip()
        if not text:
            return None, NO_PROBLEM
        if len(text) < MAX_STAMP:
            return parse_utc(text), NO_PROBLEM
    except Exception:
        # a link or a device, or whatever dateutil makes of it
        pass
    return None, Message(
        "timestamp.txt has no date. Ask the student when it was submitted, then correct the "
        "file."
    )


def use_course(course: CourseDirectory) -> None:
    """Use a course's own exercises, and its language."""
    courses.use(Path(course.root))
    # Grading reports it; other assignments must go on.
    with contextlib.suppress(KitError):
        set_language(settings.load(Path(course.root)).language)


def is_ours(course: CourseDirectory, assignment: str) -> bool:
    """Return whether the kit grades an assignment of this course, by its notebook and not by
    its name.
    """
    use_course(course)
    folders = []
    for step in (course.release_directory, course.source_directory):
        folders.append(Path(course.format_path(step, ".", assignment)))
    return released.is_ours(assignment, *folders)
