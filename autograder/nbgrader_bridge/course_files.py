"""Finds a student's submitted notebook and its time, so that every command judges the same bytes, or none.

nbgrader itself follows a link in place of timestamp.txt, reads a device without end, and ends the whole run
if the text is not a date.
"""

import contextlib
import fnmatch
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from autograder import courses, settings
from autograder.errors import KitError
from autograder.intake import places, released
from autograder.intake.choice import choose
from autograder.intake.collector import check_id
from autograder.intake.places import Kind, kind
from autograder.intake.search import Search
from autograder.intake.submission import NO_FILE, SubmittedFile
from autograder.languages import N_, listed, speak, tr
from autograder.platforms.platform import Owner, confusable

STAMP = "timestamp.txt"
SECRET = "submission_secret.txt"  # nbgrader derives the name of a student's feedback from it
MAX_STAMP = 1000  # bytes
NO_DATE = N_("timestamp.txt has no date. Ask the student when it was submitted, then correct the file.")
NO_STAMP = N_(
    "timestamp.txt is a link, a folder or a device, not a file. Ask the student when it was submitted."
)
SEVERAL = N_(
    "The kit cannot grade the notebook {notebook} of {assignment}. Make it an assignment of its own, then "
    "generate {assignment} again."
)
RENAME = N_("{folder} needs review, because its name has a line break. Rename the folder.")


class CourseError(KitError):
    """The course cannot be graded; the message says what to do."""


class NeedsReview(Exception):
    """This submission needs review, and nbgrader writes no grade."""


def submissions(course: CourseDirectory, assignment: str) -> Iterator[SubmittedFile]:
    """Yield the file of each student who submitted, or may have: nbgrader skips what it cannot read."""
    students = students_of(course, assignment)
    others = confusable(students)
    left_out = course.student_id_exclude.split(",")
    for student in fnmatch.filter(students, course.student_id):
        if student not in left_out:
            yield check_id(submission_of(course, student, assignment), others[student])


def students_of(course: CourseDirectory, assignment: str) -> list[str]:
    """Return the students who submitted, or may have, sorted."""
    above = _above(course, assignment)
    students = []
    for path in places.children_of(above) if not places.why_unreadable(above) else ():
        folder, problem = folder_of(course, path.name, assignment)
        may_exist = bool(problem) or kind(folder) is not Kind.NOTHING  # behind a link
        if may_exist and not path.name.startswith("."):  # as a shell's `*` finds them
            students.append(path.name)
    return students


def submission_of(course: CourseDirectory, student: str, assignment: str) -> SubmittedFile:
    """Return a student's notebook, made beside a lone `.py`, or why it cannot be opened."""
    folder, problem = folder_of(course, student, assignment)
    path = folder / f"{assignment}.ipynb"
    if "\n" in student:
        problem = tr(RENAME, folder=repr(student))
    problem = problem or _time_of(folder)[1] or places.why_unreadable(path) or _odd(folder)
    if not problem and kind(path) is Kind.NOTHING and not _put_notebook(path, assignment):
        problem = _why_missing(path)
    root = _above(course, assignment)
    return SubmittedFile(student, path, path.name, (), problem, bool(problem), root=root)


def what_counts(file: SubmittedFile, assignment: str) -> SubmittedFile:
    """Return the file to judge, as in `grade`: one beside the notebook if only that was written in."""
    folder = file.path.parent
    if file.problem or kind(file.path) is not Kind.FILE:
        return file
    search, files = Search(assignment), {}
    for path in search.children(folder):
        if path.name != STAMP and not places.is_odd(path) and kind(path) is not Kind.FOLDER:
            files[path] = path.name
    return choose(Owner(file.id), files, search, folder) or file


def _odd(folder: Path) -> str:
    """Return why nbgrader must not read one of the notebooks, or ""."""
    notebooks = (path for path in places.children_of(folder) if path.suffix == ".ipynb")
    odd = next((path.name for path in notebooks if kind(path) is not Kind.FILE), "")
    return tr(NO_FILE, path=odd) if odd else ""


def _put_notebook(path: Path, assignment: str) -> bool:
    """Put the released notebook beside a `.py`.  Returns whether it is there."""
    with contextlib.suppress(OSError):
        if kind(path.with_suffix(".py")) is Kind.FILE:
            notebook = (courses.folder(courses.ASSIGNMENTS, assignment) / path.name).read_bytes()
            with open(path, "xb") as file:
                file.write(notebook)
            return True
    return False


def _why_missing(notebook: Path) -> str:
    folder = notebook.parent
    names = os.listdir(folder) if kind(folder) is Kind.FOLDER else [folder.name]
    beside = sorted(name for name in names if name != STAMP)
    what = tr("only {found}", found=listed(beside[:3])) if beside else tr("the folder is empty")
    return tr("{file} was not submitted ({what}).", file=notebook.name, what=what)


def folder_of(course: CourseDirectory, student: str, assignment: str) -> tuple[Path, str]:
    """Return where nbgrader looks for a student's files, and why nobody may: a link, or a closed folder."""
    folder = Path(course.format_path(course.submitted_directory, student, assignment))
    above = _above(course, assignment)
    if link := places.link_below(above, folder):
        return folder, places.a_link(link)
    return folder, next(filter(None, map(places.why_unreadable, places.way_to(folder, above))), "")


def autograded_folder(course: CourseDirectory, assignment: str, student: str) -> Path:
    """Return where formgrader looks for what was graded of a student."""
    return Path(course.format_path(course.autograded_directory, student, assignment))


def submitted_at(course: CourseDirectory, student: str, assignment: str) -> datetime | None:
    """Return when a student submitted, in UTC, if that is known."""
    folder, problem = folder_of(course, student, assignment)
    return None if problem else _time_of(folder)[0]


def _above(course: CourseDirectory, assignment: str) -> Path:
    """Return the folder that contains the students' folders; those above it are the instructor's."""
    folders = (course.format_path(course.submitted_directory, name, assignment) for name in ("a", "b"))
    return Path(os.path.commonpath(folders))


def _time_of(folder: Path) -> tuple[datetime | None, str]:
    """Return the time in a folder's timestamp.txt, None without one, and why it is unknown, or ""."""
    path = folder / STAMP
    if kind(path) is not Kind.FILE:
        return None, "" if kind(path) is Kind.NOTHING else tr(NO_STAMP)
    try:
        text = path.read_text("utf-8").strip() if path.lstat().st_size <= MAX_STAMP else "too long"
        return parse_utc(text) if text else None, ""
    except Exception:  # whatever dateutil makes of it: too large, no such month, half a character
        return None, tr(NO_DATE)


def use_course(course: CourseDirectory) -> None:
    """Use a course's own exercises, and its language."""
    courses.use(Path(course.root))
    with contextlib.suppress(settings.SettingsError):  # grading reports it; other assignments must go on
        speak(settings.load(Path(course.root)).language)


def is_ours(course: CourseDirectory, assignment: str) -> bool:
    """Return whether the kit grades an assignment of this course, by its notebook and not by its name."""
    use_course(course)
    steps = course.release_directory, course.source_directory
    return released.is_ours(assignment, *(Path(course.format_path(step, ".", assignment)) for step in steps))


def get_existing_timestamp(before: Callable, course: CourseDirectory, dest_path: str) -> datetime | None:
    """Replace CourseDirectory's, by which one odd date would end `nbgrader collect --update` for a class."""
    if not is_ours(course, course.assignment_id):
        return before(course, dest_path)
    return _time_of(Path(dest_path))[0]


def get_submitted_timestamp(
    before: Callable, api: NbGraderAPI, assignment_id: str, student_id: str
) -> datetime | None:
    """Replace NbGraderAPI's, with which formgrader lists a class: one odd file must not end the list."""
    if not is_ours(api.coursedir, assignment_id):
        return before(api, assignment_id, student_id)
    return submitted_at(api.coursedir, student_id, assignment_id)
