"""The loop of `watch`: collect, grade what is new, make the feedback, release it, wait, again.

What is done already, nbgrader's files say: a submission is answered once its page is in the exchange.  So the
process may be killed at any moment.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError

from autograder.errors import LACKS, N_, KitError
from autograder.grading.session import WarmSessions
from autograder.intake.released import TEST_CELL
from autograder.languages import tr
from autograder.nbgrader_bridge.course import grade_students
from autograder.watching.copying import Refused
from autograder.watching.exchange import CourseExchange

INTERVAL = 5.0  # seconds between two looks
BATCH = 10  # submissions that are graded before the first of them is answered
TRANSIENT_ERRORS = (OSError, KitError, SQLAlchemyError, MissingEntry)  # may be gone in the next round
STARTED = N_("Watching {course}. Press Ctrl-C to stop.")
NOT_COLLECTED = N_("{student}, {assignment}: cannot collect this submission ({why}). Fix that, and wait.")
COLLECTED = N_("{student}, {assignment}: collected.")
STARTING = N_("Starting the judges of {assignment}. This takes some seconds, once.")
RELEASED = N_("{student}, {assignment}: feedback released.")
NOT_RELEASED = N_("{student}, {assignment}: cannot release the feedback ({why}). Fix that, and wait.")
NEEDS_REVIEW = N_("{student}, {assignment} needs review. {why}")
ENTER_POINTS = N_("Enter its points in formgrader.")
WAITING = N_("Waiting: {why}")


class Watcher:
    """Watches assignments of a course.  app, course: from `open_course`.  say: prints a sentence."""

    def __init__(
        self,
        app: NbGrader,
        course: CourseDirectory,
        assignments: Sequence[str],
        sessions: WarmSessions,
        say: Callable[..., None],
    ):
        self._app, self._course, self._assignments = app, course, assignments
        self._sessions, self._print = sessions, say
        self._exchange = CourseExchange(app, course)
        self._graded: set[Path] = set()  # pages of what this process graded
        self._started: set[str] = set()  # assignments whose judges have started
        self._said: dict[object, str] = {}  # what a problem is about -> the last sentence

    def run(self) -> None:
        """Look and answer until a signal comes."""
        self._print(STARTED, course=self._course.root)
        while True:
            if not self.round():
                time.sleep(INTERVAL)

    def round(self) -> bool:
        """Answer what is new.  Returns whether more is waiting."""
        is_busy = False
        for assignment in self._assignments:
            try:
                is_busy |= self._answer(assignment)
            except TRANSIENT_ERRORS as error:
                self._say_once(assignment, WAITING, why=_reason(error))
            else:
                self._said.pop(assignment, None)
        return is_busy

    def _answer(self, assignment: str) -> bool:
        """Collect, grade a batch, and release its feedback.  Returns whether more is waiting."""
        for student, name in self._exchange.new(assignment).items():
            about = {"student": student, "assignment": assignment}
            try:
                self._exchange.collect(student, assignment, name)
                self._print(COLLECTED, **about)
            except Refused as error:
                self._print(NEEDS_REVIEW, **about, why=tr(error))
            except TRANSIENT_ERRORS as error:
                self._say_once(name, NOT_COLLECTED, **about, why=_reason(error))
        pages = self._exchange.unanswered(assignment)
        new = [student for student, page in pages.items() if page not in self._graded][:BATCH]
        problems = self._grade(assignment, new) if new else {}
        self._graded.update(pages[student] for student in new)
        for student, page in pages.items():
            if page not in self._graded:
                continue
            about = {"student": student, "assignment": assignment}
            if self._is_undecided(assignment, student):
                if student in new:
                    self._print(NEEDS_REVIEW, **about, why=problems.get(student) or tr(ENTER_POINTS))
            elif why := self._exchange.release(assignment, student, page):
                self._say_once(page, NOT_RELEASED, **about, why=why)
            else:
                self._print(RELEASED, **about)
        return len(new) == BATCH

    def _grade(self, assignment: str, students: Sequence[str]) -> dict[str, str]:
        if assignment not in self._started:
            self._print(STARTING, assignment=assignment)
            self._started.add(assignment)
        return grade_students(self._app, self._course, assignment, students, self._sessions)

    def _is_undecided(self, assignment: str, student: str) -> bool:
        """Return whether an instructor still has to give points for an exercise."""
        with Gradebook(self._course.db_url, self._course.course_id) as gradebook:
            notebook = gradebook.find_submission_notebook(assignment, assignment, student)
            tests = [grade for grade in notebook.grades if grade.name.startswith(TEST_CELL)]
            return any(grade.needs_manual_grade for grade in tests)

    def _say_once(self, key: object, text: str, **values: str) -> None:
        sentence = tr(text, **values)
        if self._said.get(key) != sentence:
            self._print(text, **values)
        self._said[key] = sentence


def _reason(error: Exception) -> str:
    """Return why something failed, in a line without a file's name that is another each time."""
    if isinstance(error, OSError) and error.strerror:
        return tr(LACKS.get(error.errno or 0, error.strerror))
    cause = getattr(error, "orig", None) or error  # the database's own error, without SQLAlchemy's link
    return (tr(cause).strip() or type(error).__name__).partition("\n")[0].strip()
