"""Records which submissions got feedback, in a journal, `watch.jsonl`, and decides which are next.

Everything in it was released.  Knows nothing of grading or of releasing feedback.  Times are in UTC, without
a zone, like nbgrader's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from autograder.errors import N_
from autograder.languages import tr
from autograder.reporting import atomic, disclosure

JOURNAL = "watch.jsonl"


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True, order=True)
class Submitted:
    """A submission that was found.  order: decides which of two at the same time is later.  key: its name."""

    at: datetime
    order: int
    key: str
    student: str
    assignment: str


@dataclass(frozen=True)
class Attempt:
    """A submission that got feedback.  told: when.  words: how much it showed; "" if it needs review."""

    of: Submitted
    number: int
    told: datetime
    words: str

    @property
    def is_limited(self) -> bool:
        """Whether its feedback did not show everything."""
        return self.words not in ("", disclosure.ALL)

    def notice(self, again: timedelta, due: datetime | None = None) -> list[str]:
        """The feedback's sentences about the attempt.  again: between answers.  due: when all is shown."""
        submitted = self.of.at.isoformat(" ", "seconds")
        lines = [tr("Attempt {number}, submitted {at} UTC.", number=self.number, at=submitted)]
        if again:
            later = N_("Submit again whenever you like. The next feedback comes after {at} UTC.")
            lines.append(tr(later, at=(self.told + again).isoformat(" ", "minutes")))
        if due is not None and self.is_limited:
            at = due.isoformat(" ", "minutes")
            lines.append(tr("This page shows more after the due date, {at} UTC.", at=at))
        return lines


class Attempts:
    """The journal; a context manager.  last: each student's latest attempt at each assignment.

    folder: for the file, created if necessary.  again: the time between two answers to one student.  Raises
    atomic.InUse if another process has it, and OSError.
    """

    def __init__(self, folder: Path, again: timedelta):
        self.again = again
        self.last: dict[tuple[str, str], Attempt] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._journal = atomic.Journal(folder / JOURNAL)
        self._read_on()

    def next(
        self, found: Iterable[Submitted], at: datetime
    ) -> tuple[list[Submitted], list[tuple[Submitted, datetime]]]:
        """Each student's latest submission without feedback: those due now; the others, with their times."""
        ready, later = [], []
        for pair, one in {(one.student, one.assignment): one for one in sorted(found)}.items():
            last = self.last.get(pair)
            if last is None or (last.of < one and last.told + self.again <= at):
                ready.append(one)
            elif last.of < one:
                later.append((one, last.told + self.again))
        return sorted(ready), sorted(later)

    def attempt(self, one: Submitted, words: str) -> Attempt:
        """The attempt for a new submission, or again for the last one."""
        last = self.last.get((one.student, one.assignment))
        number = 1 if last is None else last.number + (last.of != one)
        return Attempt(one, number, now(), words)

    def add(self, attempt: Attempt) -> None:
        """Record that its feedback was released.  Raises OSError if the disk is full."""
        of = asdict(attempt.of) | {"at": str(attempt.of.at)}
        self._journal.append(asdict(attempt) | {"of": of, "told": str(attempt.told)})
        self._read_on()

    def _read_on(self):
        for _, tree in self._journal.new_entries():
            of = Submitted(**{**tree["of"], "at": datetime.fromisoformat(tree["of"]["at"])})
            told = datetime.fromisoformat(tree["told"])
            self.last[of.student, of.assignment] = Attempt(of, tree["number"], told, tree["words"])

    def __enter__(self) -> Attempts:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()
