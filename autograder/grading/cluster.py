"""Judges in the worker processes of a Dask cluster: who gets which submission, and what if one dies.

A task carries text.  Only workers that prove that they would grade alike get work; others are named.
"""

from __future__ import annotations

import collections
import contextlib
import queue
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder import cache
from autograder.grading import cluster_worker, provenance
from autograder.grading.cluster_worker import Run
from autograder.intake.submission import Submission
from autograder.judging.cases import Cases
from autograder.refusals import BrokenGate
from autograder.results import Report
from autograder.sandbox.ended import SandboxError
from autograder.settings import Settings

MISSING = 'to grade on a cluster, install it: pip install "linreg-autograder[cluster]"'
UNREACHED = "there is no Dask scheduler at {place}: start one with `dask scheduler`, or look at the address"
NOBODY = "no worker of {place} can grade: {why}"
NO_WORKER = "none has come; start `dask worker`"
GONE = "the scheduler at {place} is gone: what was graded is kept, and the same command goes on from there"
OTHERWISE = "it would grade otherwise, since its {what}: install the same kit and versions everywhere"
KILLERS = "three workers died while they judged it"
OPEN_WIRE = (
    "the seed and the hand-ins go to {place} unencrypted: use tls:// where others may read the network"
)

DEEP = 2  # tasks in hand of each worker: one that it judges, and the next
DEATHS = 3  # of workers, after which a submission needs a person
ARRIVE = 30.0  # seconds to wait for a first worker
LOOK = 1.0  # seconds between looks at who is there
SHORT = 10.0  # seconds for the scheduler to answer


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


@dataclass
class _Member:
    """A worker that has proved itself.  in_hand: by keys, what it has to do: futures, and submissions."""

    address: str
    in_hand: dict[Any, tuple[Any, Submission]] = field(default_factory=dict)


class _Gone(Exception):
    """A worker has gone, and what it held of a task."""


class Cluster:
    """An Executor.  hidden: what no student code may read.

    Raises SandboxError where no scheduler answers, or no worker can grade.
    """

    def __init__(self, cases: Cases, settings: Settings, scheduler: Scheduler, hidden: Sequence[Path] = ()):
        self.cases, self.settings, self.scheduler = cases, settings, scheduler
        self.run = Run(secrets.token_hex(8), cases.assignment, settings, tuple(hidden))
        self.remembered = False
        self._proof: Mapping[str, str] = {**provenance.proof(cases, settings), **cache.versions()}
        self._members: dict[str, _Member] = {}
        self._proving: dict[str, Any] = {}  # address -> future
        self._left_out: dict[str, str] = {}
        self._deaths: collections.Counter[str] = collections.Counter()
        self._again: collections.deque[Submission] = collections.deque()
        self._done: queue.SimpleQueue = queue.SimpleQueue()
        self._seen = time.monotonic()  # when there was anybody
        self._client = _connected(scheduler)
        try:
            self._gather()
        except BaseException:
            self.close()
            raise

    def _gather(self):
        """Let all that are there prove themselves; where walls differ, those that most have count."""
        proofs, end = {}, time.monotonic() + ARRIVE
        while self._proving or not (proofs or self._left_out):
            if time.monotonic() > end and (proofs or not self._proving):
                break
            self._ask_the_new(proofs)
            proofs |= self._newly_proved()
            time.sleep(0.05)
        if not proofs and not self._left_out:
            raise SandboxError(NOBODY.format(place=self.scheduler.place, why=NO_WORKER))
        walls = collections.Counter(proof["walls"] for proof in proofs.values())
        self.walls = walls.most_common(1)[0][0] if walls else ""
        self._proof = {**self._proof, "walls": self.walls}
        for address, proof in proofs.items():
            self._admit(address, proof)
        if not self._members:
            why = "; ".join(f"{address}: {why}" for address, why in sorted(self._left_out.items())[:3])
            raise SandboxError(NOBODY.format(place=self.scheduler.place, why=why))

    def _ask_the_new(self, known):
        """Have each worker prove itself that has come since."""
        for address in self._there() - self._proving.keys() - self._left_out.keys() - {*known}:
            self._proving[address] = self._submit(address, cluster_worker.prove, self.run)

    def _newly_proved(self) -> dict[str, dict]:
        """The proofs that have come; one of a worker that has gone never will."""
        there, proofs = self._there(), {}
        for address, future in [*self._proving.items()]:
            if future.done() or address not in there:
                del self._proving[address]
                if future.done() and (proof := self._proved(address, future)):
                    proofs[address] = proof
        return proofs

    def _result(self, address, future):
        """What a task gave, which lies with its worker.  Raises what it raised, and _Gone with the worker."""
        while True:
            try:
                return future.result(timeout=SHORT)
            except TimeoutError:
                if address not in self._there():
                    raise _Gone from None

    def _proved(self, address, future):
        try:
            return self._result(address, future)
        except _Gone:
            return None
        except SandboxError as error:
            self._leave_out(address, str(error))
        except Exception as error:  # the kit is not there, or another; or the worker is gone
            self._leave_out(address, f"{type(error).__name__}: {str(error)[:200]}")
        return None

    def _admit(self, address, proof):
        other = [
            f"{name} is {proof.get(name)}, here {want}"
            for name, want in self._proof.items()
            if proof.get(name) != want
        ]
        if other:
            self._leave_out(address, OTHERWISE.format(what=", ".join(other)))
        else:
            self._members[address] = _Member(address)

    def _leave_out(self, address, why):
        self._left_out[address] = why
        self.scheduler.tell(f"left out: worker {address}: {why}")

    def _there(self):
        """The addresses of all workers that the scheduler knows now."""
        try:
            if self._client.status == "running":
                return set(self._client.sync(self._client.scheduler.ncores, callback_timeout=SHORT))
        except (OSError, TimeoutError):
            pass
        raise SandboxError(GONE.format(place=self.scheduler.place))

    def _submit(self, address, function, *args):
        return self._client.submit(function, *args, workers=[address], pure=False, retries=0)

    def reports(self, submissions: Iterable[Submission]) -> Iterator[tuple[Submission, Report]]:
        """As they are done: each has one, whatever happens to a worker.

        Submissions are taken as workers have room.  Nobody's report is given before one worker has opened
        the gate.  Raises BrokenGate where it stays shut, and SandboxError where the scheduler is gone.
        """
        left, members, gate, ready = iter(submissions), self._members, None, []
        is_open, is_used_up, looked = False, False, 0.0
        while True:
            if time.monotonic() > looked + LOOK:
                ready += self._look()
                looked = time.monotonic()
            if gate is not None and gate[0] not in self._members:
                gate = None  # it died before it had said anything
            if gate is None and not is_open and self._members:
                address = min(self._members)
                gate = address, self._submit(address, cluster_worker.open_gate, self.run)
                gate[1].add_done_callback(self._done.put)
            is_used_up = self._hand_out(left) or is_used_up
            if is_open and is_used_up and not self._again and not any(m.in_hand for m in members.values()):
                return
            with contextlib.suppress(queue.Empty):
                future = self._done.get(timeout=LOOK)
                if gate is not None and future.key == gate[1].key:
                    is_open, gate = self._is_opened(*gate), None
                else:
                    ready += self._answered(future)
            if is_open:
                yield from ready
                ready = []

    def _is_opened(self, address, future):
        """Whether the gate is; False where another worker must open it.  Raises BrokenGate."""
        if future.status == "finished":
            with contextlib.suppress(_Gone):
                self.remembered = self._result(address, future)
                return True
        error = future.exception() if future.status == "error" else None
        if isinstance(error, BrokenGate | SandboxError):
            raise error
        return False

    def _hand_out(self, left) -> bool:
        """Give each worker as much as it may have in hand; whether there was nothing left to give."""
        is_used_up = False
        for member in self._members.values():
            while len(member.in_hand) < DEEP and not self._suspects(member):
                # what was in hand when a worker died is judged with nobody beside
                if self._again and not member.in_hand:
                    submission = self._again.popleft()
                else:
                    submission = next(left, None)
                if submission is None:
                    is_used_up = True
                    break
                args = cluster_worker.judge, self.run, self._proof, submission
                future = self._submit(member.address, *args)
                member.in_hand[future.key] = future, submission
                future.add_done_callback(self._done.put)
        return is_used_up

    def _suspects(self, member):
        return any(self._deaths[submission.id] for _, submission in member.in_hand.values())

    def _answered(self, future) -> list[tuple[Submission, Report]]:
        """What came of a task."""
        member = next((one for one in self._members.values() if future.key in one.in_hand), None)
        if member is None:
            return []  # of a worker that has died since
        _, submission = member.in_hand.pop(future.key)
        error = future.exception() if future.status == "error" else None
        if future.status != "finished" and not isinstance(error, SandboxError):
            return self._died(submission)  # with its worker, or Dask gave it up
        try:
            report = None if error else self._result(member.address, future)
        except _Gone:
            return self._died(submission)
        if report is not None:
            return [(submission, report)]
        self._again.append(submission)
        self._members.pop(member.address)
        for other, submission in member.in_hand.values():
            other.cancel()
            self._again.append(submission)
        self._leave_out(member.address, str(error or OTHERWISE.format(what="kit was changed")))
        return []

    def _died(self, submission):
        self._deaths[submission.id] += 1
        if self._deaths[submission.id] < DEATHS:
            self._again.append(submission)
            return []
        from autograder.judging import gate

        judge = gate.open_judge(self.cases, self.settings)
        return [(submission, judge.failure(submission, KILLERS, ""))]

    def _look(self) -> list[tuple[Submission, Report]]:
        """Who has come proves itself; what was in hand of who has gone is judged by others, or given up."""
        there, given_up = self._there(), []
        for address in [*self._members]:
            if address not in there:
                for future, submission in self._members.pop(address).in_hand.values():
                    future.cancel()
                    given_up += self._died(submission)
        self._ask_the_new(self._members)
        for address, proof in self._newly_proved().items():
            self._admit(address, proof)
        if self._members or self._proving:
            self._seen = time.monotonic()
        elif time.monotonic() > self._seen + ARRIVE:  # a nanny starts a new one in a moment
            raise SandboxError(NOBODY.format(place=self.scheduler.place, why="the last one has gone"))
        return given_up

    def close(self) -> None:
        """End this run's judges; the workers stay."""
        with contextlib.suppress(Exception):  # a cluster that is gone has ended them
            if self._client.status == "running":
                self._client.cancel([f for m in self._members.values() for f, _ in m.in_hand.values()])
                ends = [self._submit(a, cluster_worker.end, self.run) for a in self._there()]
                _wait(ends)
        with contextlib.suppress(Exception):
            self._client.close(timeout=5)


def _wait(futures):
    from distributed import wait

    if futures:
        wait(futures, timeout=SHORT)


def _connected(scheduler):
    try:
        from distributed import Client
    except ImportError:
        raise SandboxError(MISSING) from None
    where = {"scheduler_file": str(scheduler.file)} if scheduler.file else {"address": scheduler.address}
    try:
        client = Client(**where, timeout=SHORT, set_as_default=False)
    except Exception as error:  # each of its transports has its own
        raise SandboxError(f"{UNREACHED.format(place=scheduler.place)} ({type(error).__name__})") from None
    address = client.scheduler.address
    if not address.startswith("tls://") and "://127." not in address:
        scheduler.tell(OPEN_WIRE.format(place=address))
    return client
