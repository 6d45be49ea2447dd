"""A whole class at once, into nbgrader's gradebook, for our commands and for nbgrader's."""

import atexit
import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from nbgrader.apps import NbGrader
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory

from autograder import courses
from autograder.assessment import Assessment
from autograder.grading.cluster import Scheduler
from autograder.grading.session import Done, Session, WarmSessions, grade_class
from autograder.intake import released
from autograder.intake.owners import RESULTS
from autograder.intake.submission import SubmittedFile
from autograder.languages import N_
from autograder.nbgrader_bridge.course_files import (
    CourseError,
    folder_of,
    is_ours,
    students_of,
    submissions,
)
from autograder.nbgrader_bridge.gradebook import decisions, open_gradebook
from autograder.nbgrader_bridge.ledger import CourseLedger
from autograder.reporting.results_folder import ResultsFolder
from autograder.settings import Settings

NO_COURSE = N_(
    "{folder} is not an nbgrader course, because it has no nbgrader_config.py. Use "
    "the folder that has one."
)
NOTHING_SUBMITTED = N_("No notebook in {where}. Collect the submissions first.")
SESSIONS = WarmSessions()  # of formgrader's server
atexit.register(SESSIONS.close)
Progress = Callable[
    [str, Sequence[SubmittedFile]], contextlib.AbstractContextManager[Done]
]
Opening = Callable[[int], contextlib.AbstractContextManager[Session]]


def grade_course(
    folder: Path,
    assignment: str,
    settings: Settings,
    jobs: int | Scheduler,
    *,
    students: str = "*",
    progress: Progress | None = None,
) -> list[Assessment]:
    """Grade in parallel what has changed of an assignment, as `nbgrader autograde --force` would.

    folder: the course's root, with its nbgrader_config.py.  jobs: as of `Session`.
    students: a pattern, as nbgrader's --student.  progress: is called with the files, and
    then after each.
    Manual scores and comments stay.  The reports go to the course's results/.  Returns them
    sorted by student, with manual scores, before any penalty.
    Raises CourseError if the folder is not a course or the assignment was not generated,
    ResultsFolderError, and what `grade_class` raises; never because of what a student submitted.
    """
    with open_course(folder) as (app, course):
        course.assignment_id = assignment
        course.student_id = students
        converter = Autograde(coursedir=course, parent=app)
        # no student's code may read the gradebook, or another student's work
        hidden = [Path(course.root)]
        opening = partial(Session, assignment, settings, jobs, hidden=hidden)
        with open_ledger(converter, assignment) as ledger:
            return _graded(ledger, settings, opening, progress)


def grade_students(
    app: NbGrader,
    course: CourseDirectory,
    assignment: str,
    students: Sequence[str],
    sessions: WarmSessions,
) -> dict[str, str]:
    """Grade what is new of these students.  Returns why some need review.

    Raises what `open_ledger` and `grade_class` raise.
    """
    root = Path(course.root)
    with open_ledger(
        Autograde(coursedir=course, parent=app), assignment
    ) as ledger:
        files = [
            file
            for file in submissions(course, assignment)
            if file.id in students
        ]
        opening = _opening(sessions, assignment, root)
        grade_class(files, ledger, assignment, sessions.settings(root), opening)
        return ledger.problems


def autograde(converter: Autograde, assignment: str) -> list[Assessment]:
    """Grade what an Autograde of nbgrader's asks for.  Raises as `grade_course`, and
    SQLAlchemyError.
    """
    root = Path(converter.coursedir.root).resolve()
    # Reports are their owner's alone, whatever umask nbgrader runs with.
    mode = 0o2770 if converter.coursedir.groupshared else 0o700
    Path(root, RESULTS).mkdir(mode=mode, exist_ok=True)
    with open_ledger(converter, assignment) as ledger:
        opening = _opening(SESSIONS, assignment, root)
        return _graded(ledger, SESSIONS.settings(root), opening)


def _opening(sessions: WarmSessions, assignment: str, root: Path) -> Opening:
    return lambda count: sessions.session(assignment, root)


def _graded(
    ledger: CourseLedger,
    settings: Settings,
    opening: Opening,
    progress: Progress | None = None,
) -> list[Assessment]:
    """Grade what the course's students submitted.  opening: as of `grade_class`."""
    course, assignment = ledger.course, ledger.assignment
    files = [*submissions(course, assignment)]
    if not files:
        where = course.format_path(
            course.submitted_directory, course.student_id, assignment
        )
        raise CourseError(NOTHING_SUBMITTED, where=where)
    ledger.results.expect(files, course.student_id == "*")
    with contextlib.ExitStack() as stack:
        done: Done = lambda id, report: None  # noqa: E731
        if progress:
            done = stack.enter_context(progress(assignment, files))
        grade_class(files, ledger, assignment, settings, opening, done)
    ids = {file.id for file in files}
    return [one for one in ledger.results.reports() if one.report.id in ids]


def submitted_assignments(folder: Path) -> dict[str, bool]:
    """Return each submitted assignment with the name of one of ours, and whether it is ours."""
    are_ours = {}
    with (
        open_course(folder) as (_, course),
        open_gradebook(course) as gradebook,
    ):
        generated = {assignment.name for assignment in gradebook.assignments}
        for name in courses.names():
            for student in students_of(course, name):
                # A link or a closed folder may hold anything.
                if name in generated or not folder_of(course, student, name)[1]:
                    are_ours[name] = is_ours(course, name)
                    break
    return are_ours


@contextlib.contextmanager
def open_course(folder: Path) -> Iterator[tuple[NbGrader, CourseDirectory]]:
    """Open a course, whose root is the current folder within the block.  Raises CourseError."""
    if not (folder / "nbgrader_config.py").is_file():
        raise CourseError(NO_COURSE, folder=folder)
    folder = folder.resolve()
    # nbgrader runs `alembic` from PATH: it lies beside this Python.
    programs = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join((programs, os.environ.get("PATH", "")))
    # SQLAlchemy warns about nbgrader's calls
    with contextlib.chdir(folder), warnings.catch_warnings(action="ignore"):
        app = NbGrader()
        app.load_config_file()
        # Errors are returned, so no traceback is logged.
        app.log.setLevel(logging.CRITICAL)
        yield app, CourseDirectory(parent=app, root=str(folder))


@contextlib.contextmanager
def open_ledger(
    converter: Autograde, assignment: str
) -> Iterator[CourseLedger]:
    """Lock a course's results within the block.  Raises CourseError and ResultsFolderError."""
    course = converter.coursedir
    if not is_ours(course, assignment):
        raise CourseError(released.FOREIGN, assignment=assignment)
    folder = Path(course.root, RESULTS, assignment)
    with open_gradebook(course) as gradebook:
        graders = decisions(gradebook, assignment)
        with ResultsFolder(folder, assignment, graders) as results:
            yield CourseLedger(converter, assignment, gradebook, results)
