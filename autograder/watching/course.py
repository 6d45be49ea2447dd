"""Watches a course, and gives feedback as students submit: collects, grades and answers each submission.

nbgrader collects, writes the gradebook, makes the feedback and releases it; the session of all commands
grades.  The journal notes a release only afterwards, so the process may be killed at any moment.
"""

import glob
import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGrader
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import rmtree

from autograder.assessment import Assessment
from autograder.errors import N_
from autograder.grading.session import WarmSessions, grade_class
from autograder.nbgrader_bridge.cells import fill
from autograder.nbgrader_bridge.course import open_ledger
from autograder.nbgrader_bridge.course_files import SECRET, STAMP, submissions, what_counts
from autograder.nbgrader_bridge.feedback import FeedbackPages
from autograder.nbgrader_bridge.ledger import CourseLedger, Due
from autograder.reporting import atomic
from autograder.results import Report
from autograder.watching import disclosure
from autograder.watching.attempts import Attempt, Submitted
from autograder.watching.inbox import Inbox, Unavailable, last_line
from autograder.watching.watcher import Give, Refused

NOT_RELEASED = N_("Cannot release the feedback of {student} ({why}). Fix that. The watcher will try again.")
READABLE = 0o644  # like nbgrader's own pages: the student reads a copy in the exchange


class CourseSource:
    """A Source.  app, course: from `open_course`, which stays open.  names: of the assignments."""

    def __init__(self, app: NbGrader, course: CourseDirectory, names: Sequence[str], sessions: WarmSessions):
        self.name: str = course.root
        self._app, self._course, self._names, self._sessions = app, course, names, sessions
        self._due: dict[str, Due] = {}
        self.api = NbGraderAPI(course, parent=app)
        app.log.setLevel(logging.CRITICAL)  # which that has lowered
        self.inbox = Inbox(self.api)
        self.refused: Mapping[str, Refused] = {}  # by its name in the exchange
        self._pages = FeedbackPages(course, app)
        # Before the first page, Fetch Feedback would be an error.  This only makes the folder for feedback.
        private = os.umask(0o022)  # students must be able to enter the exchange's folders
        self.api.release_feedback(self._names[0], "nobody+")
        os.umask(private)

    def look(self) -> list[Submitted]:
        """Return all submissions.  Raises Unavailable, SQLAlchemyError and OSError."""
        with Gradebook(self._course.db_url, self._course.course_id) as gradebook:
            known = {assignment.name for assignment in gradebook.assignments}
            self._due = {name: Due(gradebook, name) for name in self._names if name in known}
        arrived = self.inbox.look(self._names)
        self.refused = self.inbox.refused  # which gets what cannot be collected
        return arrived

    def due(self, submitted: Submitted) -> datetime | None:
        """Return when its student must have submitted, in UTC."""
        known = self._due.get(submitted.assignment)
        return known.for_student(submitted.student) if known else None

    def answer(self, assignment: str, those: Sequence[Submitted], give: Give, is_graded: bool) -> None:
        """Collect and grade these, unless they are graded, and release feedback on each.

        Raises what a session and `open_ledger` raise, Unavailable, SQLAlchemyError and OSError; then call it
        again with those that were not answered.
        """
        if assignment not in self._names:  # it was watched before a restart
            return
        failed: list[Exception] = []
        by_student: dict[str, Submitted] = {}
        for submitted in those:
            try:
                if is_graded or self.inbox.collect(submitted):
                    by_student[submitted.student] = submitted
            except (Unavailable, OSError) as error:
                failed.append(error)
        with open_ledger(self._course, assignment, self._app) as ledger:

            def done(id: str, report: Report | None = None) -> None:
                """Give feedback.  A failed release does not stop the others."""
                release = partial(self._release, ledger)
                try:
                    give(by_student[id], ledger.problems.get(id, ""), release)
                except (Unavailable, MissingEntry) as error:
                    failed.append(error)

            if is_graded:
                for student in by_student:
                    done(student)
            elif by_student:
                files = {file.id: file for file in submissions(self._course, assignment)}
                counting = [what_counts(files[id], assignment) for id in by_student if id in files]
                opening = partial(self._sessions.session, assignment, Path(self._course.root))
                grade_class(counting, ledger, assignment, lambda _: opening(), done)
        if failed:
            raise failed[0]

    def _release(self, ledger: CourseLedger, attempt: Attempt, notice: Sequence[str]) -> str:
        """Make the feedback of an attempt, and release it.  Returns why it needs review after all, or ""."""
        submitted = attempt.submitted
        problem = self._generate(ledger, attempt, notice) if attempt.detail else ""
        if problem or not attempt.detail:
            assessment = ledger.results.report(submitted.student)
            self._write_waiting_page(submitted, assessment, notice)
        done = self.api.release_feedback(submitted.assignment, glob.escape(submitted.student))
        if not done["success"]:
            raise Unavailable(NOT_RELEASED, student=submitted.student, why=last_line(done))
        return problem

    def _generate(self, ledger: CourseLedger, attempt: Attempt, notice: Sequence[str]) -> str:
        """Let nbgrader make the feedback.  Returns why it needs review after all, or ""."""
        student, detail = attempt.submitted.student, attempt.detail
        limited = ledger.results.report(student) if attempt.is_limited else None

        def edit(notebook: NotebookNode) -> None:
            """Show which attempt it is, and only what a limited report shows."""
            if limited is not None:
                fill(notebook, limited, detail)
            notebook.cells.insert(0, new_markdown_cell("\n\n".join(notice), id="attempt"))

        return self._pages.write(attempt.submitted.assignment, student, edit)

    def _write_waiting_page(
        self, submitted: Submitted, assessment: Assessment, notice: Sequence[str]
    ) -> None:
        """Write a page for each submitted notebook, in place of generate_feedback's."""
        source = self._place(self._course.submitted_directory, submitted)
        folder = self._place(self._course.feedback_directory, submitted)
        if folder.exists():
            rmtree(str(folder))
        folder.mkdir(parents=True)
        for name in (STAMP, SECRET):
            shutil.copyfile(source / name, folder / name)
        for path in source.glob("*.ipynb"):
            page = folder / f"{path.stem}.html"
            atomic.write(page, disclosure.page(assessment, "", notice))
            page.chmod(READABLE)

    def _place(self, step: str, submitted: Submitted) -> Path:
        return Path(self._course.format_path(step, submitted.student, submitted.assignment))
