"""Judges in the worker processes of a Dask cluster: who gets which submission, and what if one dies.

A task carries text, and no path.  Knows nothing of Dask: `cluster_members` talks to it.
"""

from __future__ import annotations

import collections
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import BrokenGate, SandboxError
from autograder.grading.cluster_members import Heard, Members
from autograder.grading.cluster_worker import Run, proof_of
from autograder.grading.executors import given_up
from autograder.intake.submission import Submission
from autograder.judging.cases import Cases
from autograder.languages import N_, tr
from autograder.results import Report
from autograder.settings import Settings

NOBODY = N_("No worker of {place} can grade. {why}")
NO_WORKER = N_("No worker has connected. Start some with `dask worker`.")
SLOW_WORKERS = N_("No worker was ready after {seconds:g} s. See the output of the workers.")
ALL_GONE = N_(
    "The last worker has disconnected. Start new ones, then run the same command again to continue."
)
GONE = N_(
    "The scheduler at {place} has disconnected. What was graded is saved; run the same "
    "command again to continue."
)
KILLERS = N_("Three workers died while grading this submission. Grade it alone to see why.")
NOT_ENCRYPTED = N_(
    "The seed and the submissions go to {place} unencrypted. Use tls:// if others can read the network."
)

AHEAD = 2  # submissions in hand for each worker: one that it judges, and the next, which waits here
DEATHS = 3  # of workers, after which a submission needs review
ARRIVE = 30.0  # seconds to wait for a worker
READY = 600.0  # seconds for a first judge: drawing the cases takes some on a machine that has none
LOOK = 1.0  # seconds between two looks at the clock


@dataclass(frozen=True)
class Scheduler:
    """Where a cluster is: an address, or the file of `dask scheduler --scheduler-file`.

    tell: is called with a sentence about each worker that is left out.
    """

    address: str = ""
    file: Path | None = None
    tell: Callable[[str], None] = lambda words: None

    @property
    def place(self) -> str:
        return self.address or str(self.file)


class Cluster:
    """An Executor.  hidden: what no student code may read.

    Raises SandboxError where no scheduler answers, or no worker can grade, and BrokenGate where the reference
    is not judged as it must be.
    """

    def __init__(self, cases: Cases, settings: Settings, scheduler: Scheduler, hidden: Sequence[Path] = ()):
        self.cases, self.settings, self.place = cases, settings, scheduler.place
        self.walls = ""
        self._since = time.monotonic()  # when there was last somebody who judges
        run = Run(cases.assignment, settings, tuple(hidden))
        self._members = Members(scheduler.place, scheduler.file, run, scheduler.tell)
        try:
            if self._members.is_open_to_others:
                scheduler.tell(tr(NOT_ENCRYPTED, place=self._members.address))
            self._agree()
        except BaseException:
            self.close()
            raise

    @property
    def remembered(self) -> bool:
        return self._members.remembered

    def _agree(self) -> None:
        """Let all that are there prove themselves; where walls differ, those that most have count."""
        members, end = self._members, time.monotonic() + ARRIVE
        while not (members.proofs or members.left_out) or (members.opening and time.monotonic() < end):
            self._next()
        walls = collections.Counter(proof["walls"] for proof in members.proofs.values())
        self.walls = max(sorted(walls), key=walls.__getitem__, default="")
        proof = proof_of(self.cases, self.settings, self.walls)
        members.accept(proof)
        while proof not in members.proofs.values():
            if not (members.proofs or members.opening):
                broken = [error for error in members.left_out.values() if isinstance(error, BrokenGate)]
                raise broken[0] if broken else self._nobody()
            self._next()

    def _next(self) -> Heard | None:
        """What came of a submission next; None where nothing is heard of one for a while.

        Raises SandboxError where nobody is left who could do anything.
        """
        heard = self._members.next(LOOK)
        if heard is None and self._members.is_gone:
            raise SandboxError(tr(GONE, place=self.place))
        if self._members.proofs:
            self._since = time.monotonic()
        waited = time.monotonic() - self._since
        if waited > READY:
            raise self._nobody(tr(SLOW_WORKERS, seconds=READY))
        if waited > ARRIVE and not self._members.opening:
            raise self._nobody(tr(ALL_GONE) if self.walls else tr(NO_WORKER))
        return heard

    def _nobody(self, words: str = "") -> SandboxError:
        """Why nobody can grade: what is wrong with those that are there, else these words."""
        left_out = sorted(self._members.left_out.items())
        why = " ".join(f"{address}: {tr(error)}" for address, error in left_out[:3])
        return SandboxError(tr(NOBODY, place=self.place, why=why or words))

    def reports(self, submissions: Iterable[Submission]) -> Iterator[tuple[Submission, Report]]:
        """As they are done: each has one, whatever happens to a worker.

        Submissions are taken as workers have room.  Raises SandboxError where the scheduler or all workers
        are gone.
        """
        left, in_hand = iter(submissions), 0
        again: collections.deque[Submission] = collections.deque()
        deaths: collections.Counter[str] = collections.Counter()
        while True:
            while in_hand < AHEAD * max(1, len(self._members.proofs)):
                submission = again.popleft() if again else next(left, None)
                if submission is None:
                    break
                self._members.give(submission)
                in_hand += 1
            if not in_hand:
                return
            heard = self._next()
            if heard is None:
                continue
            in_hand -= 1
            submission, report = heard
            deaths[submission.id] += report is None
            if report is None and deaths[submission.id] < DEATHS:
                again.append(submission)
            else:
                yield submission, report or given_up(self.cases, self.settings, submission, tr(KILLERS))

    def close(self) -> None:
        """End this run's judges; the workers stay."""
        self._members.close()
