"""A whole class at once, into nbgrader's own gradebook, for each of our commands and each of
nbgrader's.
"""

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
SESSIONS = WarmSessions()  # of formgrader's server
atexit.register(SESSIONS.close)
Progress = Callable[
    [str, Sequence[SubmittedFile]], contextlib.AbstractContextManager[Done]
]


def grade_course(
    folder: Path,
    assignment: str,
    settings: Settings,
    jobs: int | Scheduler,
    *,
    students: str = "*",
    progress: Progress | None = None,
) -> list[Assessment]:
    """Grade what has changed of an assignment as `nbgrader autograde --force` would, in
    parallel.

    folder: the course's root, with its nbgrader_config.py.  jobs: as of `Session`.
    students: a pattern, as nbgrader's --student.  progress: is called with the files, and
    then after each.
    Manual scores and comments stay.  The reports go to the course's results/.  Returns the
    reports sorted by
    student, with manual scores, before any penalty.
    Raises CourseError if the folder is not a course or the assignment was not generated,
    ResultsFolderError, and what `grade_class` raises; never because of what a student submitted.
    """
    with open_course(folder) as (app, course):
        course.assignment_id, course.student_id = assignment, students
        converter = Autograde(coursedir=course, parent=app)
        # no student's code may read the gradebook, or another student's work
        opening = partial(
            Session, assignment, settings, jobs, hidden=[Path(course.root)]
        )
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
    opening = partial(sessions.session, assignment, Path(course.root))
    with open_ledger(Autograde(coursedir=course, parent=app), assignment) as ledger:
        files = [
            file for file in submissions(course, assignment) if file.id in students
        ]
        chosen = sessions.settings(Path(course.root))
        grade_class(files, ledger, assignment, chosen, lambda _: opening())
        return ledger.problems


def autograde(converter: Autograde, assignment: str) -> list[Assessment]:
    """Grade what an Autograde of nbgrader's asks for.  Raises as `grade_course`, and
    SQLAlchemyError.
    """
    root = Path(converter.coursedir.root).resolve()
    # Reports are their owner's alone, whatever umask nbgrader runs with.
    Path(root, RESULTS).mkdir(
        mode=0o2770 if converter.coursedir.groupshared else 0o700, exist_ok=True
    )
    with open_ledger(converter, assignment) as ledger:
        return _graded(
            ledger,
            SESSIONS.settings(root),
            lambda _: SESSIONS.session(assignment, root),
        )


def _graded(
    ledger: CourseLedger,
    settings: Settings,
    opening: Callable[[int], contextlib.AbstractContextManager[Session]],
    progress: Progress | None = None,
) -> list[Assessment]:
    """Grade what the course's students submitted, and return their reports.  opening: as of
    `grade_class`.
    """
    course, assignment = ledger.course, ledger.assignment
    files = [*submissions(course, assignment)]
    if not files:
        where = course.format_path(
            course.submitted_directory, course.student_id, assignment
        )
        raise CourseError(
            "No notebook in {where}. Collect the submissions first.", where=where
        )
    ledger.results.expect(files, course.student_id == "*")
    with (
        progress(assignment, files)
        if progress
        else contextlib.nullcontext(lambda id, report: None) as done
    ):
        grade_class(files, ledger, assignment, settings, opening, done)
    ids = {file.id for file in files}
    return [one for one in ledger.results.reports() if one.report.id in ids]


def submitted_assignments(folder: Path) -> dict[str, bool]:
    """Return each submitted assignment with the name of one of ours, and whether it is ours."""
    with open_course(folder) as (_, course), open_gradebook(course) as gradebook:
        generated = {assignment.name for assignment in gradebook.assignments}
        are_ours = {}
        for name in courses.names():
            students = students_of(course, name)
            if name not in generated:  # a link or a closed folder may hold anything
                students = [
                    student
                    for student in students
                    if not folder_of(course, student, name)[1]
                ]
            if students:
                are_ours[name] = is_ours(course, name)
        return are_ours


@contextlib.contextmanager
def open_course(folder: Path) -> Iterator[tuple[NbGrader, CourseDirectory]]:
    """Open a course, whose root is the current folder within the block.  Raises CourseError."""
    if not (folder / "nbgrader_config.py").is_file():
        raise CourseError(NO_COURSE, folder=folder)
    folder = folder.resolve()
    # nbgrader runs `alembic` from PATH: it lies beside this Python.
    os.environ["PATH"] = os.pathsep.join(
        (str(Path(sys.executable).parent), os.environ.get("PATH", ""))
    )
    # SQLAlchemy warns about nbgrader's calls
    with contextlib.chdir(folder), warnings.catch_warnings(action="ignore"):
        app = NbGrader()
        app.load_config_file()
        app.log.setLevel(
            logging.CRITICAL
        )  # errors are returned, so no traceback is logged
        yield app, CourseDirectory(parent=app, root=str(folder))


@contextlib.contextmanager
def open_ledger(converter: Autograde, assignment: str) -> Iterator[CourseLedger]:
    """Return a CourseLedger, locked within the block.  Raises CourseError and
    ResultsFolderError.
    """
    course = converter.coursedir
    if not is_ours(course, assignment):
        raise CourseError(released.FOREIGN, assignment=assignment)
    with open_gradebook(course) as gradebook:
        folder, graders = (
            Path(course.root, RESULTS, assignment),
            decisions(gradebook, assignment),
        )
        with ResultsFolder(folder, assignment, graders) as results:
            yield CourseLedger(converter, assignment, gradebook, results)
