"""Judges in the worker processes of a Dask cluster: who gets which submission, and what if one dies.

A task carries text, and no path.  Knows nothing of Dask: `cluster_members` talks to it.
"""

from __future__ import annotations

import collections
import queue
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import BrokenGate, SandboxError
from autograder.grading.cluster_members import Done, Gone, Left, LeftOut, Lost, Members, Proved, There
from autograder.grading.cluster_worker import Run, proof_of
from autograder.grading.executors import given_up
from autograder.intake.submission import Submission
from autograder.judging.cases import Cases
from autograder.languages import N_, tr
from autograder.results import Report
from autograder.settings import Settings

NOBODY = N_("no worker of {place} can grade: {why}")
NO_WORKER = N_("none has come: start some with `dask worker`")
SLOW_WORKERS = N_("none was ready after {seconds:g} s: see what the workers say")
ALL_GONE = N_("the last one has gone: start others, and the same command goes on from there")
GONE = N_(
    "the scheduler at {place} is gone: what was graded is kept, and the same command goes on from there"
)
LEFT_OUT = N_("left out: worker {address}: {why}")
KILLERS = N_("three workers died while they judged it")
OPEN_WIRE = N_(
    "the seed and the hand-ins go to {place} unencrypted: use tls:// where others may read the network"
)

AHEAD = 2  # submissions in hand for each worker: one that it judges, and the next, which waits here
DEATHS = 3  # of workers, after which a submission needs a person
ARRIVE = 30.0  # seconds to wait for a worker
READY = 600.0  # seconds for a first judge: drawing the cases takes some on a machine that has none
LOOK = 1.0  # seconds between two looks at the clock


@dataclass(frozen=True)
class Scheduler:
    """Where a cluster is: an address, or the file of `dask scheduler --scheduler-file`.

    tell: hears who is left out, and why.
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
        self.cases, self.settings, self.scheduler = cases, settings, scheduler
        self.walls, self.remembered = "", True
        self._there: frozenset[str] = frozenset()
        self._proofs: dict[str, dict[str, str]] = {}  # of those that judge
        self._left_out: dict[str, str] = {}
        self._shut: BrokenGate | None = None
        self._heard: queue.SimpleQueue = queue.SimpleQueue()
        self._since = time.monotonic()  # when there was last somebody who judges
        run = Run(cases.assignment, settings, tuple(hidden))
        self._members = Members(scheduler.place, scheduler.file, run, self._heard.put)
        try:
            if self._members.is_open_to_others:
                scheduler.tell(tr(OPEN_WIRE, place=self._members.address))
            self._agree()
        except BaseException:
            self.close()
            raise

    def _agree(self):
        """Let all that are there prove themselves; where walls differ, those that most have count."""
        end = time.monotonic() + ARRIVE
        while not (self._proofs or self._left_out) or (self._opening and time.monotonic() < end):
            self._hear()
        walls = collections.Counter(proof["walls"] for proof in self._proofs.values())
        self.walls = max(sorted(walls), key=walls.__getitem__, default="")
        demanded = proof_of(self.cases, self.settings, self.walls)
        self._members.demand(demanded)
        while demanded not in self._proofs.values():
            if not (self._proofs or self._opening):
                raise self._shut or self._nobody()
            self._hear()

    @property
    def _opening(self):
        """Those that have not said yet whether they can grade."""
        return self._there - self._proofs.keys() - self._left_out.keys()

    def _hear(self):
        """What is done or lost next; None where it is neither, or nothing is heard for a while.

        Raises SandboxError where nobody is left who could do anything.
        """
        try:
            heard = self._heard.get(timeout=LOOK)
        except queue.Empty:
            heard = None
        match heard:
            case There(addresses):
                self._there = addresses
                self._left_out = {a: why for a, why in self._left_out.items() if a in addresses}
            case Proved(address, proof, remembered):
                self._proofs[address] = proof
                self.remembered &= remembered
            case LeftOut(address, error):
                self._proofs.pop(address, None)
                self._left_out[address] = tr(error)
                self._shut = self._shut or (error if isinstance(error, BrokenGate) else None)
                self.scheduler.tell(tr(LEFT_OUT, address=address, why=error))
            case Left(address):
                self._proofs.pop(address, None)
            case Gone():
                raise SandboxError(tr(GONE, place=self.scheduler.place))
        self._demand_somebody()
        return heard

    def _demand_somebody(self):
        if self._proofs:
            self._since = time.monotonic()
        waited = time.monotonic() - self._since
        if waited > READY:
            raise self._nobody(tr(SLOW_WORKERS, seconds=READY))
        if waited > ARRIVE and not self._opening:
            raise self._nobody(tr(ALL_GONE) if self.walls else tr(NO_WORKER))

    def _nobody(self, words=""):
        """Why nobody can grade: what is wrong with those that are there, else these words."""
        reasons = [f"{address}: {why}" for address, why in sorted(self._left_out.items())]
        return SandboxError(tr(NOBODY, place=self.scheduler.place, why="; ".join(reasons[:3]) or words))

    def reports(self, submissions: Iterable[Submission]) -> Iterator[tuple[Submission, Report]]:
        """As they are done: each has one, whatever happens to a worker.

        Submissions are taken as workers have room.  Raises SandboxError where the scheduler or all workers
        are gone.
        """
        left, in_hand = iter(submissions), 0
        again: collections.deque[Submission] = collections.deque()
        deaths: collections.Counter[str] = collections.Counter()
        while True:
            while in_hand < AHEAD * max(1, len(self._proofs)):
                submission = again.popleft() if again else next(left, None)
                if submission is None:
                    break
                self._members.give(submission)
                in_hand += 1
            if not in_hand:
                return
            match self._hear():
                case Done(submission, report):
                    in_hand -= 1
                    deaths.pop(submission.id, None)
                    yield submission, report
                case Lost(submission):
                    in_hand -= 1
                    deaths[submission.id] += 1
                    if deaths[submission.id] < DEATHS:
                        again.append(submission)
                    else:
                        yield submission, given_up(self.cases, self.settings, submission, tr(KILLERS))

    def close(self) -> None:
        """End this run's judges; the workers stay."""
        self._members.close()
