"""The loop of `watch`: collect, grade what is new, make the feedback, release it, wait, again.

What is done already, nbgrader's files say: a submission is answered once its page is in the
exchange.  So the process may be killed at any moment.
"""

import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from nbgrader.api import Grade, MissingEntry
from nbgrader.apps import NbGrader
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory

from autograder.errors import LACKS, N_, KitError
from autograder.grading.session import WarmSessions
from autograder.intake.released import TEST_CELL
from autograder.languages import tr
from autograder.nbgrader_bridge.course import grade_with_sessions
from autograder.nbgrader_bridge.gradebook import open_gradebook, rows
from autograder.watching.copying import NotCollected
from autograder.watching.exchange import CourseExchange

INTERVAL = 5.0  # seconds between two looks
BATCH = 10  # submissions that are graded before the first of them is answered
# They may be gone in the next round.
TRANSIENT_ERRORS = (OSError, KitError, MissingEntry)
STARTED = N_("Watching {course}. Press Ctrl-C to stop.")
COLLECTED = N_("{student}, {assignment}: collected.")
NOT_COLLECTED = N_(
    "{student}, {assignment}: cannot collect this submission ({why}). Fix that, and wait."
)
RELEASED = N_("{student}, {assignment}: feedback released.")
NOT_RELEASED = N_(
    "{student}, {assignment}: cannot release the feedback ({why}). Fix that, and wait."
)
NEEDS_REVIEW = N_("{student}, {assignment} needs review. {why}")
ENTER_POINTS = N_("Enter its points in formgrader.")
WAITING = N_("Waiting: {why}")


class Watcher:
    """Watches assignments of a course.  app, course: from `open_course`.  say: prints a
    sentence.
    """

    def __init__(
        self,
        app: NbGrader,
        course: CourseDirectory,
        assignments: Sequence[str],
        sessions: WarmSessions,
        say: Callable[..., None],
    ):
        self._app = app
        self._course = course
        self._assignments = assignments
        self._sessions = sessions
        self._print = say
        self._exchange = CourseExchange(app, course)
        self._graded: set[Path] = set()  # pages of what this process graded
        # What a sentence is about -> the last one about it.
        self._sentences: dict[object, str] = {}

    def run(self) -> None:
        """Look and answer until a signal comes."""
        self._say(STARTED, course=self._course.root)
        while True:
            if not self.round():
                time.sleep(INTERVAL)

    def round(self) -> bool:
        """Answer what is new.  Returns whether more is waiting."""
        is_busy = False
        for assignment in self._assignments:
            try:
                self._collect(assignment)
                is_busy |= self._grade_and_release(assignment)
            except TRANSIENT_ERRORS as error:
                self._say_once(assignment, WAITING, why=_reason(error))
            else:
                self._sentences.pop(assignment, None)
        return is_busy

    def _collect(self, assignment: str) -> None:
        for student, name in self._exchange.new(assignment).items():
            about = {"student": student, "assignment": assignment}
            try:
                self._exchange.collect(student, assignment, name)
            except NotCollected as error:
                self._say(NEEDS_REVIEW, **about, why=tr(error))
            except TRANSIENT_ERRORS as error:
                self._say_once(name, NOT_COLLECTED, **about, why=_reason(error))
            else:
                self._say(COLLECTED, **about)

    def _grade_and_release(self, assignment: str) -> bool:
        """Grade a batch, and release what is graded.  Returns whether more is waiting."""
        pages = self._exchange.without_feedback(assignment)
        if not pages:
            return False
        new: list[str] = []
        for student, page in pages.items():
            if page not in self._graded and len(new) < BATCH:
                new.append(student)
        problems = {}
        if new:
            converter = Autograde(coursedir=self._course, parent=self._app)
            for assessment in grade_with_sessions(
                converter, assignment, self._sessions, new
            ):
                problems[assessment.report.id] = assessment.waits_for
        self._graded.update(pages[student] for student in new)
        undecided = self._undecided(assignment)
        for student, page in pages.items():
            about = {"student": student, "assignment": assignment}
            if page not in self._graded:
                continue
            if student in undecided:
                # Once: it stays undecided in all later rounds.
                if student in new:
                    reason = problems.get(student) or tr(ENTER_POINTS)
                    self._say(NEEDS_REVIEW, **about, why=reason)
            elif problem := self._exchange.release(assignment, student, page):
                self._say_once(page, NOT_RELEASED, **about, why=problem)
            else:
                self._say(RELEASED, **about)
        return len(new) == BATCH

    def _undecided(self, assignment: str) -> set[str]:
        """Return the students whose points for an exercise an instructor must enter."""
        undecided = set()
        with open_gradebook(self._course) as gradebook:
            grades = rows(
                gradebook, assignment, Grade, Grade.needs_manual_grade
            )
            for student, cell, is_waiting in grades:
                if is_waiting and cell.startswith(TEST_CELL):
                    undecided.add(student)
        return undecided

    def _say(self, text: str, **values: str) -> None:
        # The disk of the output is full, or nobody reads it.
        with contextlib.suppress(OSError):
            self._print(text, **values)

    def _say_once(self, key: object, text: str, **values: str) -> None:
        sentence = tr(text, **values)
        if self._sentences.get(key) != sentence:
            self._say(text, **values)
        self._sentences[key] = sentence


def _reason(error: Exception) -> str:
    """Return why something failed, in a line without a file's name that is another each time."""
    if isinstance(error, OSError) and error.strerror:
        return tr(LACKS.get(error.errno or 0, error.strerror))
    return tr(error).strip().partition("\n")[0]
