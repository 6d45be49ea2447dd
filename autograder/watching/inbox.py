"""Finds submissions in nbgrader's exchange, and collects them with nbgrader's own collect.

A student can write anything into the exchange, under any name, and change it while it is read.  So the kit
copies each complete submission of its owner, without links, and nbgrader collects the copy.
"""

import glob
import os
import pwd
import shutil
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from nbgrader.apps.api import NbGraderAPI
from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import Exchange
from nbgrader.utils import parse_utc

from autograder.errors import N_, KitError
from autograder.intake.places import Kind, a_link, kind
from autograder.languages import tr
from autograder.nbgrader_bridge.course_files import SECRET, STAMP, submissions, submitted_at
from autograder.nbgrader_bridge.plain_files import copy_plain_files
from autograder.patches import temporarily_set
from autograder.temporary import temporary_folder
from autograder.watching.attempts import Submitted, now
from autograder.watching.watcher import Refused

AHEAD = timedelta(minutes=5)  # how fast a student's clock may be
PATIENCE = 120.0  # seconds to wait for an incomplete submission
NO_EXCHANGE = N_("Cannot read the exchange ({why}). Mount it again, or release an assignment.")
NOT_WRITTEN = N_("Cannot write to {folder} ({why}). Free some space, or make it writable.")
NO_NAME = N_("Its folder is named {name}, which nbgrader never writes. Ask the student to submit again.")
NOT_THEIRS = N_(
    "Its folder belongs to {owner}, not to {student}. Ask both. If one system user submits for all, set "
    "c.ExchangeCollect.check_owner = False in nbgrader_config.py."
)
IN_FUTURE = N_("Its timestamp, {at} UTC, is in the future. Ask the student to submit again.")
INCOMPLETE = N_("It is not complete. Ask the student to submit again.")


class Unavailable(KitError):
    """The exchange or the course's folder cannot be used now; the message says why."""


class _CannotCollect(KitError):
    """A submission needs review, and is not collected; the message says why."""


class Inbox:
    """The submissions of a course.  refused: why some need review, by their names."""

    def __init__(self, api: NbGraderAPI):
        self._api, self._course = api, api.coursedir
        self.refused: dict[str, Refused] = {}
        # By name: what was read once, and what could not be collected.
        self._known: dict[str, Submitted | Refused] = {}
        app = self._collector()
        self.checks_owner = app.check_owner
        self.is_folder = isinstance(app, Exchange)  # any other back end has its own checks
        self._inbound = Path(getattr(app, "root", ""), self._course.course_id, "inbound")

    def _collector(self) -> Any:
        return self._api.exchange.Collect(
            coursedir=self._course, authenticator=self._api.authenticator, parent=self._api
        )

    def look(self, assignments: Sequence[str]) -> list[Submitted]:
        """Return all submissions of these assignments.  Raises Unavailable."""
        if not self.is_folder:
            return self._collected_by_another(assignments)
        try:
            names = set(os.listdir(self._inbound))
        except OSError as error:
            why = f"{error.strerror}: {self._inbound}"
            raise Unavailable(NO_EXCHANGE, why=why) from None
        self._known = {name: known for name, known in self._known.items() if name in names}
        refused = {name: known for name, known in self._known.items() if isinstance(known, Refused)}
        excluded = self._course.student_id_exclude.split(",")
        for name in names - self._known.keys():
            parts = name.rsplit("+", 3)
            if len(parts) < 3 or parts[1] not in assignments or parts[0] in excluded:
                continue
            try:
                if known := self._submitted(name, *parts[:3]):
                    self._known[name] = known
            except OSError:  # it is taken away
                continue
            except _CannotCollect as error:
                refused[name] = Refused(parts[0], parts[1], tr(error))
        arrived = [known for known in self._known.values() if isinstance(known, Submitted)]
        newest: dict[tuple[str, str], str] = {}
        for known in sorted(arrived, key=lambda known: _stamp(known.key)):
            newest[known.student, known.assignment] = _stamp(known.key)
        self.refused = {}
        for name, rejected in refused.items():  # none that a newer submission replaced
            if _stamp(name) >= newest.get((rejected.student, rejected.assignment), ""):
                self.refused[name] = rejected
        return arrived

    def _submitted(self, name: str, student: str, assignment: str, stamp: str) -> Submitted | None:
        """Return a submission; None while it is being written.  Raises _CannotCollect."""
        path = self._inbound / name
        try:
            at = parse_utc(stamp)
        except Exception:  # whatever dateutil makes of it
            raise _CannotCollect(NO_NAME, name=name) from None
        if student.startswith(".") or not student:
            raise _CannotCollect(NO_NAME, name=name)
        if kind(path) is not Kind.FOLDER:
            raise _CannotCollect(a_link(name))
        status = path.lstat()
        self._require_owner(student, status)
        if at > now() + AHEAD:
            raise _CannotCollect(IN_FUTURE, at=at)
        files = [path / STAMP, path / SECRET]
        if not all(kind(file) is Kind.FILE and file.stat().st_size for file in files):
            if status.st_mtime > time.time() - PATIENCE:
                return None
            raise _CannotCollect(INCOMPLETE)
        return Submitted(at, status.st_mtime_ns, name, student, assignment)

    def _require_owner(self, student: str, status: os.stat_result) -> None:
        try:
            owner = pwd.getpwuid(status.st_uid).pw_name
        except KeyError:
            owner = str(status.st_uid)
        if self.checks_owner and owner != student:
            raise _CannotCollect(NOT_THEIRS, owner=owner, student=student)

    def _collected_by_another(self, assignments: Sequence[str]) -> list[Submitted]:
        """Return the submissions of another back end, all of which nbgrader collects."""
        done = {name: self._api.collect(name, True) for name in assignments}
        if not any(result["success"] for result in done.values()):  # each fails that is not released, on some
            raise Unavailable(NO_EXCHANGE, why=last_line(done[assignments[0]]))
        self.refused, arrived = {}, []
        for name in assignments:
            for file in submissions(self._course, name):
                at, key = submitted_at(self._course, file.id, name), f"{file.id}+{name}"
                if at is None:
                    self.refused[key] = Refused(file.id, name, tr(INCOMPLETE))
                else:
                    arrived.append(Submitted(at, 0, f"{key}+{at}", file.id, name))
        return arrived

    def collect(self, submitted: Submitted) -> bool:
        """Put it into the course's submitted/, in place of an earlier one.  Returns whether that worked.

        Raises Unavailable and OSError.
        """
        if not self.is_folder:
            return True
        course, student, assignment = self._course, submitted.student, submitted.assignment
        place = Path(course.format_path(course.submitted_directory, student, assignment))
        with temporary_folder() as root:
            copy = Path(root, course.course_id, "inbound", submitted.key)
            try:
                limit, check = course.max_dir_size * 1000, partial(self._require_owner, student)
                for why in copy_plain_files(self._inbound / submitted.key, copy, limit, check=check):
                    return self._refuse(submitted, why)
                for name in (STAMP, SECRET):
                    (copy / name).read_text("utf-8")  # nbgrader could release no feedback otherwise
            except _CannotCollect as error:
                return self._refuse(submitted, tr(error))
            except UnicodeDecodeError:
                return self._refuse(submitted, tr(INCOMPLETE))
            except FileNotFoundError:
                return False  # the exchange was lost meanwhile, or its owner took it away
            (place / STAMP).unlink(missing_ok=True)  # nbgrader compares: so this one is newer
            try:
                with temporarily_set(course, assignment_id=assignment, student_id=glob.escape(student)):
                    app = self._collector()
                    app.root, app.update = str(root), True
                    app.start()
            except shutil.Error as error:  # nbgrader's copy of our copy
                raise Unavailable(NOT_WRITTEN, folder=place, why=error.args[0][0][2]) from None
            except (ExchangeError, RuntimeError) as error:
                return self._refuse(submitted, str(error))
        return True

    def _refuse(self, submitted: Submitted, why: str) -> bool:
        refused = Refused(submitted.student, submitted.assignment, why)
        self._known[submitted.key] = self.refused[submitted.key] = refused
        return False


def last_line(done: dict[str, Any]) -> str:
    """Return why a call of nbgrader's API failed."""
    return done.get("error", "").strip().rpartition("\n")[2]


def _stamp(name: str) -> str:
    """Return the time in a submission's name, as nbgrader writes it: later times are greater."""
    return "".join(name.rsplit("+", 3)[2:3])  # a student's id may have a + too
