"""Watches a course, and gives feedback as students submit: collects, grades and answers each submission.

nbgrader collects, writes the gradebook, makes the feedback and releases it; the session of all commands
grades.  The journal notes a release only afterwards, so the process may be killed at any moment.
"""

import glob
import logging
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGrader
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import rmtree

from autograder.errors import N_
from autograder.grading.session import grade_class, not_graded
from autograder.grading.warm import WarmSessions
from autograder.intake.submission import SubmittedFile
from autograder.languages import tr
from autograder.nbgrader_bridge.course import ledger_of
from autograder.nbgrader_bridge.execute import fill
from autograder.nbgrader_bridge.guest import converted, reason, single
from autograder.nbgrader_bridge.inbox import SECRET, Inbox, Unavailable
from autograder.nbgrader_bridge.ledger import Due
from autograder.nbgrader_bridge.submissions import STAMP, submissions, what_counts
from autograder.reporting import atomic, disclosure, pages
from autograder.reporting.attempts import Attempt, Attempts, Submitted, now
from autograder.reporting.view import REVIEW_WAITS
from autograder.results import Report
from autograder.settings import Watching

NOT_RELEASED = N_("Cannot release the feedback of {student} ({why}). Fix that. The watcher will try again.")
Answered = Callable[[Attempt, str], None]


class WatchedCourse:
    """app, course: from `opened_course`, which stays open.  names: of the assignments.

    answered: is called after each submission that got feedback, with why it needs review, or "".
    """

    def __init__(
        self,
        app: NbGrader,
        course: CourseDirectory,
        names: Sequence[str],
        sessions: WarmSessions,
        attempts: Attempts,
        rules: Watching,
        answered: Answered,
    ):
        self._app, self._course, self._names = app, course, names
        self._sessions, self._attempts, self._rules, self._answered = sessions, attempts, rules, answered
        self._api = NbGraderAPI(course, parent=app)
        app.log.setLevel(logging.CRITICAL)  # which that has lowered
        self._inbox = Inbox(self._api)
        self._pages = single(GenerateFeedback, course, app)
        # Before the first page, Fetch Feedback would be an error.  This only makes the folder for feedback.
        private = os.umask(0o022)  # students must be able to enter the exchange's folders
        self._api.release_feedback(self._names[0], "nobody+")
        os.umask(private)

    @property
    def refused(self) -> dict[str, str]:
        """Why some submissions need review and are not even collected, by their names in the exchange."""
        return self._inbox.refused

    def look(self) -> list[Submitted]:
        return self._inbox.look(self._names)

    def answer(self, assignment: str, those: Sequence[Submitted]) -> None:
        """Collect, grade and answer these.

        Raises what a session and `ledger_of` raise, Unavailable, SQLAlchemyError and OSError; then call it
        again with those that were not answered.
        """
        by_student: dict[str, Submitted] = {}
        failed: list[Exception] = []
        for one in those:
            try:
                if self._inbox.collect(one):
                    by_student[one.student] = one
            except (Unavailable, OSError) as error:
                failed.append(error)

        def give(id: str, _: Report | None = None) -> None:
            self._give(ledger, by_student[id], failed)

        with ledger_of(self._course, assignment, self._app) as ledger, ledger:
            found = [file for file in submissions(self._course, assignment) if file.id in by_student]
            found = [what_counts(file, assignment) for file in found]
            found.sort(key=lambda file: by_student[file.id])
            there = [file for file in found if not file.needs_a_person]
            if there:
                with self._sessions.session(assignment, Path(self._course.root)) as session:
                    grade_class(there, assignment, session.settings, ledger, done=give, session=session)
            for file in found:
                if file.needs_a_person:
                    ledger.add(not_graded(file, assignment), "", file)
                    give(file.id)
        if failed:
            raise failed[0]

    def tell_all(self) -> None:
        """Give all feedback to students who got only a part before the due date.  Raises as `answer`."""
        failed: list[Exception] = []
        can_say_more = self._rules.after_due == disclosure.ALL
        limited = [one for one in self._attempts.last.values() if one.is_limited and can_say_more]
        for assignment in sorted({one.of.assignment for one in limited} & {*self._names}):
            with Gradebook(self._course.db_url, self._course.course_id) as gradebook:
                due = Due(gradebook, assignment)
            those = [one.of for one in limited if one.of.assignment == assignment]
            those = [one for one in those if _is_over(due.of(one.student))]
            if those:
                with ledger_of(self._course, assignment, self._app) as ledger:
                    for one in those:
                        self._give(ledger, one, failed)
        if failed:
            raise failed[0]

    def _give(self, ledger, one, failed):
        """Return its feedback.  A failed release does not stop the others."""
        try:
            self._return(ledger, one)
        except (Unavailable, MissingEntry) as error:
            failed.append(error)

    def _return(self, ledger, one):
        """Make the feedback on a submission, release it, and note that."""
        due = ledger.due.of(one.student)
        problem = ledger.problems.get(one.student, "")
        can_say_more = self._rules.after_due == disclosure.ALL
        level = disclosure.ALL if can_say_more and _is_over(due) else self._rules.words
        attempt = self._attempts.attempt(one, "" if problem else level)
        notice = attempt.notice(self._attempts.again, due if can_say_more else None)
        if not problem:
            is_limited = level != disclosure.ALL
            report = disclosure.limited(ledger.results.report(one.student), level) if is_limited else None

            def edit(notebook):
                """Show which attempt it is, and only what a limited report shows."""
                if report is not None:
                    fill(notebook, report)
                notebook.cells.insert(0, new_markdown_cell("\n\n".join(notice), id="attempt"))

            self._pages.edit = edit
            error = converted(self._pages, one.assignment, one.student)
            problem = reason(error) if error is not None else ""
        if problem:
            attempt = replace(attempt, words="")
            self._write_waiting_page(one, problem, attempt.notice(self._attempts.again))
        done = self._api.release_feedback(one.assignment, glob.escape(one.student))
        if not done["success"]:
            why = done.get("error", "").strip().rpartition("\n")[2]
            raise Unavailable(NOT_RELEASED, student=one.student, why=why)
        self._attempts.add(attempt)
        self._answered(attempt, problem)

    def _write_waiting_page(self, one, why, notice):
        """Write a page for each submitted notebook, in place of generate_feedback's."""
        source = self._place(self._course.submitted_directory, one)
        folder = self._place(self._course.feedback_directory, one)
        if folder.exists():
            rmtree(str(folder))
        folder.mkdir(parents=True)
        for name in (STAMP, SECRET):
            shutil.copyfile(source / name, folder / name)
        for path in source.glob("*.ipynb"):
            file = SubmittedFile(one.student, path, path.name, problem=why, needs_a_person=True)
            page = folder / f"{path.stem}.html"
            atomic.write(page, pages.page(not_graded(file, one.assignment), [tr(REVIEW_WAITS), *notice]))
            page.chmod(0o444)  # like nbgrader's own, whose copy in the exchange the student reads

    def _place(self, step, one):
        return Path(self._course.format_path(step, one.student, one.assignment))


def _is_over(due: datetime | None) -> bool:
    return due is not None and now() >= due
