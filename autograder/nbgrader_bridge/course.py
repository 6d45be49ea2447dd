"""A whole class at once, into nbgrader's gradebook, for our commands and for nbgrader's."""

import atexit
import contextlib
import glob
import logging
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from nbgrader.apps import NbGrader
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory

from autograder import courses
from autograder.assessment import Assessment
from autograder.data import CANNOT_READ
from autograder.errors import KitError
from autograder.grading.session import (
    Done,
    Session,
    WarmSessions,
    grade_class,
)
from autograder.intake import released
from autograder.intake.owners import CONFIG, RESULTS
from autograder.intake.submission import SubmittedFile
from autograder.nbgrader_bridge.course_files import is_ours, submissions
from autograder.nbgrader_bridge.gradebook import decisions, open_gradebook
from autograder.nbgrader_bridge.ledger import CourseLedger
from autograder.reporting.results_folder import ResultsFolder
from autograder.settings import Settings

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SESSIONS = WarmSessions()  # of formgrader's server
atexit.register(SESSIONS.close)
Progress = Callable[
    [str, Sequence[SubmittedFile]], contextlib.AbstractContextManager[Done]
]


def grade_course(
    folder: Path,
    assignment: str,
    settings: Settings,
    jobs: int,
    *,
    cluster: Callable | None = None,
    students: str = "*",
    progress: Progress | None = None,
) -> list[Assessment]:
    """Grade in parallel what has changed of an assignment, as `nbgrader autograde --force` would.

    folder: the course's root, with its nbgrader_config.py.  jobs, cluster: as of `Session`.
    students: a pattern, as nbgrader's --student.  progress: is called with the files, and
    then after each.
    Returns and raises as `grade`, and KitError if the folder is not a course.
    """
    with open_course(folder) as (app, course):
        course.student_id = students
        # no student's code may read the gradebook, or another student's work
        hidden = [Path(course.root)]
        open_session = partial(
            Session, assignment, settings, jobs, cluster=cluster, hidden=hidden
        )
        converter = Autograde(coursedir=course, parent=app)
        return grade(converter, assignment, settings, open_session, progress)


def grade_with_sessions(
    converter: Autograde,
    assignment: str,
    sessions: WarmSessions = SESSIONS,
    students: Sequence[str] | None = None,
) -> list[Assessment]:
    """Grade with judges that stay, or a class with as many as there are cores, which do not.

    Returns and raises as `grade`, and KitError.
    """
    root = Path(converter.coursedir.root).resolve()
    settings = sessions.settings(root)

    def open_session(count: int) -> contextlib.AbstractContextManager[Session]:
        if count > 1 and students is None:
            return Session(assignment, settings, 0, count, hidden=[root])
        return sessions.session(assignment, settings, root)

    return grade(
        converter, assignment, settings, open_session, students=students
    )


def grade(
    converter: Autograde,
    assignment: str,
    settings: Settings,
    open_session: Callable[[int], contextlib.AbstractContextManager[Session]],
    progress: Progress | None = None,
    students: Sequence[str] | None = None,
) -> list[Assessment]:
    """Grade what nbgrader's Autograde would, into the gradebook and the course's results/.

    open_session: as of `grade_class`.  students: grade only these.  Manual scores and comments
    stay.  Returns the students sorted, with manual scores, before any penalty.
    Raises KitError, and what `grade_class` raises; never because of what a student submitted.
    """
    course = converter.coursedir
    if not is_ours(course, assignment):
        raise KitError(released.LEFT_TO_NBGRADER, assignment=assignment)
    results_root = Path(course.root, RESULTS)
    # Reports are their owner's alone, whatever umask nbgrader runs with; an error is raised below.
    mode = 0o2770 if course.groupshared else 0o700
    with contextlib.suppress(OSError):
        results_root.mkdir(mode)
    with (
        open_gradebook(course) as gradebook,
        ResultsFolder(
            results_root / assignment,
            assignment,
            decisions(gradebook, assignment),
            settings.partial_credit_of(assignment),
        ) as results,
    ):
        ledger = CourseLedger(converter, assignment, gradebook, results)
        files = [
            file
            for file in submissions(course, assignment)
            if students is None or file.id in students
        ]
        if not files:
            where = course.format_path(
                course.submitted_directory, course.student_id, assignment
            )
            raise KitError(
                "No notebook in {where}. Collect the submissions first.",
                where=where,
            )
        is_class = students is None and course.student_id == "*"
        results.announce(files, is_class)
        done: Done = lambda id, report: None  # noqa: E731
        with contextlib.ExitStack() as stack:
            if progress:
                done = stack.enter_context(progress(assignment, files))
            grade_class(files, ledger, assignment, settings, open_session, done)
        return [results.assessment(file.id) for file in files]


def submitted_assignments(folder: Path) -> dict[str, bool]:
    """Return each submitted assignment with the name of one of ours, and whether it is ours."""
    are_ours = {}
    with open_course(folder) as (_, course):
        for name in courses.names():
            pattern = course.format_path(course.submitted_directory, "*", name)
            if glob.glob(pattern):
                are_ours[name] = is_ours(course, name)
    return are_ours


@contextlib.contextmanager
def open_course(folder: Path) -> Iterator[tuple[NbGrader, CourseDirectory]]:
    """Open a course, whose root is the current folder within the block.  Raises KitError."""
    if not (folder / CONFIG).is_file():
        raise KitError(
            "{folder} is not an nbgrader course, because it has no nbgrader_config.py. Use the "
            "folder that has one.",
            folder=folder,
        )
    folder = folder.resolve()
    # nbgrader runs `alembic` from PATH: it lies beside this Python.
    programs = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join((programs, os.environ.get("PATH", "")))
    # SQLAlchemy warns about nbgrader's calls
    with contextlib.chdir(folder), warnings.catch_warnings(action="ignore"):
        app = NbGrader()
        # Otherwise nbgrader logs a traceback, and goes on without the course's settings.
        app.raise_config_file_errors = True
        try:
            app.load_config_file()
        except KitError:
            raise
        except Exception as error:  # a program, which raises anything
            raise KitError(
                CANNOT_READ,
                path=folder / CONFIG,
                why=f"{type(error).__name__}: {error}",
            ) from None
        # Errors are returned, so no traceback is logged.
        app.log.setLevel(logging.CRITICAL)
        yield app, CourseDirectory(parent=app, root=str(folder))


def problem_of(call: Callable[[], dict[str, Any]]) -> str:
    """Call nbgrader, and return why that failed, or "".

    A signal waits until it is done: nbgrader swallows every exception, also that by which a
    signal ends us.
    """
    caught: list[int] = []
    handlers = {}
    for number in SIGNALS:
        handlers[number] = signal.signal(
            number, lambda got, _: caught.append(got)
        )
    try:
        done = call()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for caught_number in caught:
            signal.raise_signal(caught_number)
    # the last line of a traceback
    return "" if done["success"] else done["error"].strip().rpartition("\n")[2]
