"""A student's notebook as it was handed in: every door of nbgrader judges the same bytes, or none.

Knows nothing of grades.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from autograder.intake import released
from autograder.intake.choice import Candidate, Wanted, choose
from autograder.intake.layouts import as_taken
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
from autograder.intake.submissions import told_apart
from autograder.languages import N_, tr
from autograder.platforms.platform import Owner

STAMP = "timestamp.txt"  # when it was handed in, in nbgrader's layout
LONGEST_STAMP = 1000  # bytes
NO_DATE = N_("timestamp.txt holds no date. Ask the student when it was submitted, and correct the file.")
NO_STAMP = N_(
    "timestamp.txt is a link, a folder or a device, not a file. Ask the student when it was submitted."
)


class NotJudged(Exception):
    """There is no judgement of this submission: a person must look, and no grade is written."""


def handed_in(course: CourseDirectory, student: str, assignment: str, notebook: str) -> SubmittedFile:
    """Where a student's notebook lies, and what speaks against opening it."""
    folder, above = _folder(course, student, assignment), _above(course, assignment)
    path = folder / f"{notebook}.ipynb"
    link = linked(course, student, assignment)
    why = a_link(link) if link else _shut(above, folder)
    if not why and kind(folder / STAMP) not in (Kind.NOTHING, Kind.FILE):
        why = tr(NO_STAMP)
    elif not why and not _has_date(folder / STAMP):
        why = tr(NO_DATE)
    why = why or why_unreadable(path)
    handin = SubmittedFile(student, path, path.name, (), why, bool(why), root=above)
    return told_apart(handin, _alike(course, student, assignment))


def _has_date(stamp):
    """Whether nbgrader reads a date there, or finds nothing to read; it never reads a longer file."""
    if kind(stamp) is Kind.NOTHING or stamp.lstat().st_size > LONGEST_STAMP:
        return True
    try:
        text = stamp.read_text("utf-8").strip()
        return not text or parse_utc(text) is not None
    except Exception:  # whatever dateutil makes of it: too large, no such month, half a character
        return False


def what_counts(handin: SubmittedFile, assignment: str) -> SubmittedFile:
    """The file that is judged: what lies beside the notebook counts where only that was written in.

    As `grade` chooses, so that no door gives other points; nbgrader keeps the notebook all the same.
    """
    folder = handin.path.parent
    if handin.problem or handin.path.stem != assignment or kind(handin.path) is not Kind.FILE:
        return handin
    wanted = Wanted(assignment, frozenset(released.names()) - {assignment})
    there = [p for p in children_of(folder) if not is_system(p.name) and not is_odd(p) and p.name != STAMP]
    files = [Candidate(path, path.name) for path in there if kind(path) is not Kind.FOLDER]
    return choose(Owner(handin.id), files, wanted, folder) or handin


def opened(handin: SubmittedFile) -> Submission:
    """Its text, or why it has none.  Raises NotJudged where a person must look."""
    if handin.needs_a_person:
        raise NotJudged(f"{handin.id}: {handin.problem}")
    return handin.open()


def linked(course: CourseDirectory, student: str, assignment: str) -> str:
    """The first link on the way to a student's folder, or ""."""
    return link_below(_above(course, assignment), _folder(course, student, assignment))


def shut_out(course: CourseDirectory, assignment: str) -> Iterator[SubmittedFile]:
    """The students that nbgrader passes over without a word: their folders cannot be read, or are links.

    Whether they handed in this assignment cannot be known.
    """
    above = _above(course, assignment)
    left_out = course.student_id_exclude.split(",")
    names = os.listdir(above) if kind(above) is not Kind.NOTHING and not why_unreadable(above) else []
    for student in sorted(fnmatch.filter(names, course.student_id)):
        folder, link = _folder(course, student, assignment), linked(course, student, assignment)
        why = _shut(above, folder) if kind(above / student) is Kind.FOLDER else ""
        why = a_link(link) if link else why
        if why and student not in left_out:
            path = folder / f"{assignment}.ipynb"
            yield SubmittedFile(student, path, path.name, problem=why, needs_a_person=True, root=above)


def _alike(course, student, assignment):
    """The others of this assignment whose ids may be taken for this one's."""
    above = _above(course, assignment)
    names = os.listdir(above) if kind(above) is not Kind.NOTHING and not why_unreadable(above) else []
    alike = [name for name in names if name != student and as_taken(name) == as_taken(student)]
    return [name for name in alike if kind(_folder(course, name, assignment)) is not Kind.NOTHING]


def _folder(course, student, assignment):
    return Path(course.format_path(course.submitted_directory, student, assignment))


def _above(course, assignment):
    """The folder whose children are students: what lies above is the instructor's."""
    return Path(os.path.commonpath([_folder(course, student, assignment) for student in ("a", "b")]))


def _shut(above, folder):
    """Why a folder on the way to a submission cannot be read, or ""."""
    place = above
    for name in folder.relative_to(above).parts:
        place /= name
        why = why_unreadable(place)
        if why or kind(place) is not Kind.FOLDER:
            return why
    return ""
