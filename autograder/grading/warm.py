"""Sessions that stay open between submissions, one for each assignment and course.

They follow the course's settings: a process that keeps them lives for weeks.
"""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder import settings
from autograder.grading import pool
from autograder.grading.session import Session
from autograder.intake.submission import Submission
from autograder.languages import speak
from autograder.results import Report


class WarmSessions:
    """jobs: of each session, as for Session.  unsafe: as in Settings."""

    def __init__(self, jobs: int = 1, unsafe: bool = False):
        self._jobs, self._unsafe = jobs, unsafe
        self._open: dict[tuple[str, Path], tuple[settings.Settings, Session]] = {}
        self._lock = threading.RLock()  # formgrader's server is one process for many requests

    def report(self, submission: Submission, assignment: str, root: Path) -> Report:
        """The report of one submission.  Raises what `session` raises; then nobody is graded."""
        with self.session(assignment, root) as session:
            return session.report(submission)

    @contextlib.contextmanager
    def session(self, assignment: str, root: Path, hidden: Sequence[Path] = ()) -> Iterator[Session]:
        """The session for the current settings in a course's root.  After an error, all sessions start again.

        hidden: what else no student code may read, besides the course.  Raises SettingsError, and as Session.
        """
        with self._lock:
            try:
                yield self._opened(assignment, root, hidden)
            except BaseException:
                self.close()
                raise

    def _opened(self, assignment: str, root: Path, hidden: Sequence[Path]) -> Session:
        wanted = settings.load(root).with_options(unsafe=self._unsafe or None)
        speak(wanted.language)
        known, session = self._open.get((assignment, root), (None, None))
        if session is None or known != wanted:
            if session is not None:
                del self._open[assignment, root]
                session.close()
            pool.start()  # while torch is imported here
            # no student's code may read the gradebook, or another student's work
            session = Session(assignment, wanted, jobs=self._jobs, hidden=[root, *hidden])
            self._open[assignment, root] = wanted, session
        return session

    def close(self) -> None:
        with self._lock:
            while self._open:
                self._open.popitem()[1][1].close()
