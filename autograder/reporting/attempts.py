"""Records which submissions got feedback, in a journal, `watch.jsonl`, and decides which are next.

Everything in it was released.  Knows nothing of grading or of releasing feedback.  Times are in UTC, without
a zone, like nbgrader's.
"""

from __future__ import annotations

import contextlib
import json
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

    def notice(self, again: timedelta, due: datetime | None = None) -> list[str]:
        """The feedback's sentences about the attempt.  again: between answers.  due: when all is shown."""
        submitted = self.of.at.isoformat(" ", "seconds")
        lines = [tr("Attempt {number}, submitted {at} UTC.", number=self.number, at=submitted)]
        if again:
            later = N_("Submit again whenever you like. The next feedback comes after {at} UTC.")
            lines.append(tr(later, at=(self.told + again).isoformat(" ", "minutes")))
        if due is not None and self.words not in ("", disclosure.ALL):
            at = due.isoformat(" ", "minutes")
            lines.append(tr("This page shows more after the due date, {at} UTC.", at=at))
        return lines


class Attempts:
    """The journal; a context manager.

    folder: for the file, created if necessary.  again: the time between two answers to one student.  Raises
    atomic.InUse if another process has it, and OSError.
    """

    def __init__(self, folder: Path, again: timedelta):
        self.again = again
        self._last: dict[tuple[str, str], Attempt] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._journal = atomic.Journal(folder / JOURNAL)
        self._read_on()

    def next(
        self, found: Iterable[Submitted], at: datetime
    ) -> tuple[list[Submitted], list[tuple[Submitted, datetime]]]:
        """Each student's latest submission without feedback: those due now; the others, with their times."""
        latest: dict[tuple[str, str], Submitted] = {}
        for one in sorted(found):
            latest[one.student, one.assignment] = one
        ready, later = [], []
        for pair, one in latest.items():
            last = self._last.get(pair)
            if last is None or last.told + self.again <= at:
                ready += [one] if last is None or last.of < one else []
            elif last.of < one:
                later.append((one, last.told + self.again))
        return sorted(ready), sorted(later)

    def attempt(self, one: Submitted, words: str) -> Attempt:
        """The attempt for a new submission, or again for the last one."""
        last = self._last.get((one.student, one.assignment))
        number = 1 if last is None else last.number + (last.of != one)
        return Attempt(one, number, now(), words)

    def limited(self) -> list[Attempt]:
        """Each student's latest attempt whose feedback did not show everything."""
        return [last for last in self._last.values() if last.words not in ("", disclosure.ALL)]

    def for_review(self) -> list[Attempt]:
        """Each student's latest attempt that needs review."""
        return [last for last in self._last.values() if not last.words]

    def add(self, attempt: Attempt) -> None:
        """Record that its feedback was released.  Raises OSError if the disk is full."""
        line = json.dumps(asdict(attempt), default=str, ensure_ascii=False).encode() + b"\n"
        self._journal.append(line)
        self._read_on()

    def _read_on(self):
        for _, raw in self._journal.new_lines():
            with contextlib.suppress(ValueError, KeyError, TypeError):
                attempt = _read(json.loads(raw))
                self._last[attempt.of.student, attempt.of.assignment] = attempt

    def __enter__(self) -> Attempts:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()


def _read(tree):
    of = Submitted(**{**tree["of"], "at": datetime.fromisoformat(tree["of"]["at"])})
    return Attempt(of, tree["number"], datetime.fromisoformat(tree["told"]), tree["words"])
