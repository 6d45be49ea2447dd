"""A course's exchange folder: collects what students submitted, and releases their feedback.

A student can write anything into the exchange, under any name, and change it while it is
read.  So nbgrader collects from a copy: the plain files of one complete submission, of its
owner.
"""

import functools
import glob
import logging
import os
import pwd
import time
from datetime import datetime
from functools import partial
from pathlib import Path

from nbgrader.apps import NbGrader
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeCollect
from nbgrader.utils import capture_log, notebook_hash, parse_utc

from autograder import atomic, settings
from autograder.errors import N_, KitError
from autograder.intake.places import SECRET, STAMP
from autograder.languages import tr
from autograder.nbgrader_bridge.course import problem_of
from autograder.nbgrader_bridge.course_files import (
    folder_of,
    secret_in,
    secret_of,
    students_of,
    submitted_at,
)
from autograder.nbgrader_bridge.gradebook import due_dates, open_gradebook
from autograder.nbgrader_bridge.guest import install
from autograder.patches import temporarily_set
from autograder.temporary import temporary_folder
from autograder.watching.copying import NotCollected, copy_plain_files

NO_EXCHANGE = N_(
    "Cannot read {folder} ({why}). Mount the exchange again, or release an assignment."
)
NO_NAME = N_(
    "Its folder is named {name}, which nbgrader never writes. Ask the student to submit again."
)
NOT_THEIRS = N_(
    "Its folder belongs to {owner}, not to {student}. Ask both. If one system user "
    "submits for all, set "
    "c.ExchangeCollect.check_owner = False in nbgrader_config.py."
)
INCOMPLETE = N_("It is not complete. Ask the student to submit again.")
NO_PAGE = N_("nbgrader wrote no page")


class CourseExchange:
    """The exchange of a course.  app, course: from `open_course`, which stays open."""

    def __init__(self, app: NbGrader, course: CourseDirectory):
        # the kit's own steps, also in a course that does not configure it
        install()
        self._app = app
        self._course = course
        self._api = NbGraderAPI(course, parent=app)
        # `NbGraderAPI` lowers it, and would print what is a sentence here.
        app.log.setLevel(logging.CRITICAL)
        collector = ExchangeCollect(coursedir=course, parent=app)
        self._checks_owner = collector.check_owner
        folder = Path(collector.root, course.course_id)
        self._inbound = folder / "inbound"
        self._feedback = folder / "feedback"
        self._not_collected: set[str] = set()

    def new(self, assignment: str) -> dict[str, str]:
        """Return the name of each student's latest submission that is not collected yet.

        The latest is the one with the latest stamp, as for nbgrader.  Raises KitError.
        """
        names = {}
        for student, (stamp, name) in sorted(self._latest(assignment).items()):
            before = submitted_at(self._course, student, assignment)
            if before is None or before < stamp:
                names[student] = name
        return names

    def _latest(self, assignment: str) -> dict[str, tuple[datetime, str]]:
        """Return stamp and name of each student's latest complete submission, not a refused one."""
        try:
            names = os.listdir(self._inbound)
        except OSError as error:
            raise KitError(
                NO_EXCHANGE, folder=self._inbound, why=error.strerror
            ) from None
        latest: dict[str, tuple[datetime, str]] = {}
        for name in names:
            # As nbgrader splits it: a student's id may have a + too.
            parts = name.rsplit("+", 3)
            if len(parts) < 3 or parts[1] != assignment:
                continue
            # What nbgrader's Submit writes last is there.
            is_complete = os.path.lexists(self._inbound / name / SECRET)
            if not is_complete or name in self._not_collected:
                continue
            submission = _time(parts[2]), name
            latest[parts[0]] = max(submission, latest.get(parts[0], submission))
        return latest

    def collect(self, student: str, assignment: str, name: str) -> None:
        """Let nbgrader collect a submission.  Raises KitError, OSError and, once, NotCollected."""
        try:
            self._collect(student, assignment, name)
        except NotCollected:
            self._not_collected.add(name)
            raise

    def _collect(self, student: str, assignment: str, name: str) -> None:
        course = self._course
        stamp = name.rsplit("+", 3)[2]
        if (
            student.startswith(".")
            or not student
            or _time(stamp) == datetime.max
        ):
            raise NotCollected(NO_NAME, name=name)
        with temporary_folder() as root:
            copy = Path(root, course.course_id, "inbound", name)
            status = copy_plain_files(
                self._inbound / name, copy, course.max_dir_size * 1000
            )
            if status is None or not secret_in(copy):
                raise NotCollected(INCOMPLETE)
            self._require_owner(student, status)
            (copy / STAMP).unlink(missing_ok=True)
            collector = ExchangeCollect(
                coursedir=course, parent=self._app, root=str(root), update=True
            )
            with (
                temporarily_set(course, "assignment_id", assignment),
                temporarily_set(course, "student_id", glob.escape(student)),
            ):
                problem = problem_of(partial(capture_log, collector))
        if problem:
            raise KitError(problem)
        folder, _ = folder_of(course, student, assignment)
        # Last, and as its name has it: what was half collected has no stamp, and is
        # collected again.
        atomic.write(folder / STAMP, stamp)

    def _require_owner(self, student: str, status: os.stat_result) -> None:
        try:
            owner = pwd.getpwuid(status.st_uid).pw_name
        except KeyError:
            owner = str(status.st_uid)
        if self._checks_owner and owner != student:
            raise NotCollected(NOT_THEIRS, owner=owner, student=student)

    def without_feedback(self, assignment: str) -> dict[str, Path]:
        """Return each student whose collected submission lacks feedback, and where its page goes.

        Also those whose page shows less than it may show now.
        """
        course = self._course
        pages = {}
        released = {}
        for student in students_of(course, assignment):
            secret = secret_of(course, student, assignment)
            # Without the first, it did not come through the exchange; without the second, only a
            # part of it was copied.
            if not secret or submitted_at(course, student, assignment) is None:
                continue
            name = notebook_hash(secret=secret, notebook_id=assignment)
            page = self._feedback / f"{name}.html"
            if page.exists():
                released[student] = page
            else:
                pages[student] = page
        rules = settings.watching(Path(course.root)) or settings.Watching()
        if rules.detail != "all" and released:
            with open_gradebook(course) as gradebook:
                due_date = due_dates(gradebook, assignment)
            for student, page in released.items():
                due = due_date(student)
                shown = rules.detail_at(page.stat().st_mtime, due)
                if shown != rules.detail_at(time.time(), due):
                    pages[student] = page
        return pages

    def release(self, assignment: str, student: str, page: Path) -> str:
        """Make a student's feedback, and release it.  Returns why that failed, or ""."""
        pattern = glob.escape(student)
        for step in (self._api.generate_feedback, self._api.release_feedback):
            if problem := problem_of(partial(step, assignment, pattern)):
                return problem
        return "" if page.exists() else tr(NO_PAGE)


@functools.cache
def _time(stamp: str) -> datetime:
    """Return the time in a submission's name; the greatest if it is none, to be refused."""
    try:
        return parse_utc(stamp)
    except Exception:
        # A student's text makes dateutil raise anything.
        return datetime.max
