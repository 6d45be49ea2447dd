"""Records in a journal, `watch.jsonl`, which submissions came and got feedback, and decides which are next.

Of two submissions, the later is the one that was found later: a clock can go back.  Knows nothing of grading
or of releasing feedback.  Times are in UTC, without a zone, like nbgrader's.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from autograder.errors import N_
from autograder.languages import tr
from autograder.reporting import atomic
from autograder.reporting.detail import ALL
from autograder.temporary import Closing

JOURNAL = "watch.jsonl"


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True, order=True)
class Submitted:
    """A submission that was found."""

    at: datetime
    order: int  # decides between two at the same time
    key: str  # its name
    student: str
    assignment: str

    @property
    def identity(self) -> tuple[str, str, str]:
        """The student, the assignment and the key, by which the journal knows it."""
        return self.student, self.assignment, self.key


@dataclass(frozen=True)
class Attempt:
    """A submission that got feedback."""

    submitted: Submitted
    number: int
    released_at: datetime
    detail: str  # how much it showed; "" if it needs review

    @property
    def is_limited(self) -> bool:
        """Whether its feedback did not show everything."""
        return self.detail not in ("", ALL)

    def notice(self, cooldown: timedelta, due: datetime | None = None) -> list[str]:
        """Return the feedback's sentences about the attempt.

        cooldown: the time between two feedbacks.  due: when everything is shown.
        """
        at = self.submitted.at.isoformat(" ", "seconds")
        lines = [tr("Attempt {number}, submitted {at} UTC.", number=self.number, at=at)]
        if cooldown:
            later = N_("Submit again whenever you like. The next feedback comes after {at} UTC.")
            lines.append(tr(later, at=(self.released_at + cooldown).isoformat(" ", "minutes")))
        if due is not None and self.is_limited:
            at = due.isoformat(" ", "minutes")
            lines.append(tr("This page shows more after the due date, {at} UTC.", at=at))
        return lines


class Attempts(Closing):
    """The journal.  folder: for the file, created if necessary.  cooldown: minutes between two feedbacks.

    Raises atomic.InUse if another process has it, and OSError.
    """

    def __init__(self, folder: Path, cooldown: float = 0.0):
        self.cooldown = timedelta(minutes=cooldown)
        self.last: dict[tuple[str, str], Attempt] = {}  # by student and assignment: the latest
        self._places: dict[tuple[str, ...], int] = {}  # identity -> how many were found before it
        folder.mkdir(parents=True, exist_ok=True)
        self._journal = atomic.Journal(folder / JOURNAL)
        self._read_on()

    def next(self, submissions: Iterable[Submitted], at: datetime) -> list[Submitted]:
        """Return each student's latest submission, if it has no feedback yet and may have it now.

        Records which were found for the first time.  Raises OSError if the disk is full.
        """
        submissions = [*submissions]
        answered = [
            attempt.submitted for attempt in self.last.values()
        ]  # an earlier version recorded no other
        for submitted in sorted((*submissions, *answered)):
            if submitted.identity not in self._places:
                self._journal.append({"found": submitted.identity})
                self._read_on()
        latest: dict[tuple[str, str], Submitted] = {}
        for submitted in sorted(submissions, key=self._place):
            latest[submitted.student, submitted.assignment] = submitted
        ready = [submitted for submitted in latest.values() if self._may_have_feedback(submitted, at)]
        return sorted(ready, key=self._place)

    def _may_have_feedback(self, submitted: Submitted, at: datetime) -> bool:
        last = self.last.get((submitted.student, submitted.assignment))
        if last is None:
            return True
        is_cooling = last.released_at <= at < last.released_at + self.cooldown  # not if the clock went back
        return not is_cooling and self._place(last.submitted) < self._place(submitted)

    def _place(self, submitted: Submitted) -> int:
        return self._places[submitted.identity]

    def attempt(self, submitted: Submitted, detail: str) -> Attempt:
        """Return the attempt for a new submission, or again for the last one."""
        last = self.last.get((submitted.student, submitted.assignment))
        number = 1 if last is None else last.number + (last.submitted != submitted)
        return Attempt(submitted, number, now(), detail)

    def add(self, attempt: Attempt) -> None:
        """Record that its feedback was released.  Raises OSError if the disk is full."""
        submitted = asdict(attempt.submitted) | {"at": str(attempt.submitted.at)}
        released_at = str(attempt.released_at)
        entry = {"of": submitted, "number": attempt.number, "told": released_at, "detail": attempt.detail}
        self._journal.append(entry)
        self._read_on()

    def _read_on(self) -> None:
        for _, tree in self._journal.new_entries():
            if "found" in tree:
                self._places.setdefault(tuple(tree["found"]), len(self._places))
                continue
            submitted = Submitted(**{**tree["of"], "at": datetime.fromisoformat(tree["of"]["at"])})
            detail = tree["detail"]
            released_at = datetime.fromisoformat(tree["told"])
            attempt = Attempt(submitted, tree["number"], released_at, detail)
            self.last[submitted.student, submitted.assignment] = attempt

    def close(self) -> None:
        self._journal.close()
