"""Judges in the workers of a Dask cluster: each proves that it grades alike, then gets work one by one.

A task contains text, never a path.  Only this module talks to Dask's scheduler.
"""

import asyncio
import collections
import contextlib
import itertools
import logging
import queue
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.errors import BrokenGate, DeclarationError, SandboxError
from autograder.grading import cluster_worker
from autograder.grading.cluster_worker import Proof, proof_of
from autograder.grading.executors import given_up
from autograder.intake.submission import Submission
from autograder.judging.cases import Cases
from autograder.languages import N_, tr
from autograder.patches import PatchError
from autograder.results import Report
from autograder.settings import Settings

MISSING = N_("Grading on a cluster needs Dask. Run `pip install distributed`.")
UNREACHED = N_("No Dask scheduler at {place} ({why}). Start one with `dask scheduler`.")
NOT_ENCRYPTED = N_(
    "The seed and the submissions go to {place} unencrypted. Use tls:// if others can read the network."
)
LEFT_OUT = N_("Worker {address} is not used. {why}")
OTHERWISE = N_("It would grade differently ({what}). Install the same kit and versions everywhere.")
ANOTHER = N_("{name} is {value} instead of {want}")
NOBODY = N_("No worker of {place} can grade. {why}")
NO_WORKER = N_("No worker is connected. Start some with `dask worker`, then run the same command again.")
SLOW_WORKERS = N_("No worker was ready after {seconds:g} s. See the output of the workers.")
GONE = N_(
    "The scheduler at {place} has disconnected. What was graded is saved; run the same "
    "command again to continue."
)
KILLERS = N_("Three workers died while grading this submission. Grade it alone to see why.")

DEATHS = 3  # of workers, after which a submission needs review
CONNECT = 10.0  # seconds for a scheduler to be found
SHORT = 20.0  # seconds for it to answer
ARRIVE = 30.0  # seconds to wait for a worker
READY = 600.0  # seconds for the first judge: a machine without a cache draws the cases first
LOOK = 1.0  # seconds between two looks at which workers are connected
HERE = ("://127.", "://localhost:", "://[::1]:", "inproc://")


@dataclass(frozen=True)
class Scheduler:
    """place: an address, or a file of `dask scheduler --scheduler-file`.  tell: is given each warning."""

    place: str
    tell: Callable[[str], None] = lambda words: None


@dataclass(eq=False)
class _Worker:
    """A worker process, as long as it is connected."""

    address: str
    opened: Any = None  # Dask's future of its judge
    task: Future | None = None  # waits for its next answer
    proof: Proof = field(default_factory=dict)
    submission: Submission | None = None
    problem: Exception | None = None  # why it is left out

    @property
    def state(self) -> str:
        return "left out" if self.problem else "good" if self.proof else "opening"

    def stop(self) -> None:
        """Let Dask forget what it was asked."""
        if self.task is not None:
            self.task.cancel()


class Cluster:
    """Judges of one assignment, with the interface of LocalProcesses.  hidden: what no student code may read.

    A worker gets one submission at a time, so that the one it dies of is known; Dask would blame all that
    wait there.  Raises SandboxError if no scheduler answers or no worker can grade, and BrokenGate if the
    reference is not graded as it must be.
    """

    def __init__(self, cases: Cases, settings: Settings, scheduler: Scheduler, hidden: Sequence[Path] = ()):
        self.cases, self.settings, self.place, self.walls = cases, settings, scheduler.place, ""
        self._hidden, self._tell = tuple(hidden), scheduler.tell
        self._workers: dict[str, _Worker] = {}
        self._accepted: Proof = {}  # the proof that every worker must give; the first workers decide it
        self._answers: queue.SimpleQueue[tuple[_Worker, Any]] = queue.SimpleQueue()
        self._looked, self._since = 0.0, time.monotonic()  # since: when a worker could last judge
        self._client = _connected(scheduler)
        try:
            address = self._client.scheduler.address
            if not address.startswith("tls://") and not any(here in address for here in HERE):
                self._tell(tr(NOT_ENCRYPTED, place=address))
            self._agree()
        except BaseException:
            self.close()
            raise

    def _agree(self) -> None:
        """Let all connected workers prove themselves; if their sandbox layers differ, the majority counts."""
        end = time.monotonic() + ARRIVE
        while not self._those("good", "left out") or (self._those("opening") and time.monotonic() < end):
            self._next()
        good = self._those("good")
        walls = collections.Counter(worker.proof["walls"] for worker in good)
        self.walls = max(sorted(walls), key=walls.__getitem__, default="")
        self._accepted = proof_of(self.cases, self.settings, self.walls)
        for worker in good:
            self._compare(worker)
        while not self._those("good"):
            if not self._those("opening"):
                problems = [worker.problem for worker in self._those("left out")]
                raise next((one for one in problems if isinstance(one, BrokenGate)), self._nobody())
            self._next()

    def reports(self, submissions: Iterable[Submission]) -> Iterator[tuple[Submission, Report]]:
        """Reports, as they are done and read.  Raises SandboxError if the scheduler or all workers end."""
        left, deaths = iter(submissions), collections.Counter[str]()
        todo, in_hand = collections.deque(itertools.islice(left, 1)), 0
        done: list[tuple[Submission, Report]] = []
        while True:
            for worker in self._those("good"):
                if worker.submission is None and todo:
                    worker.submission = todo.popleft()
                    self._ask(worker, cluster_worker.judge, worker.opened, self._accepted, worker.submission)
                    in_hand += 1
                    todo.extend(itertools.islice(left, 1))
            yield from done  # meanwhile all of them work
            if not todo and not in_hand:
                return
            done, answered = [], self._next()
            if answered is None:
                continue
            in_hand -= 1
            submission, report = answered
            deaths[submission.id] += report is None
            if report is None and deaths[submission.id] < DEATHS:
                todo.append(submission)
            else:
                report = report or given_up(self.cases, self.settings, submission, tr(KILLERS))
                done = [(submission, report)]

    def _next(self) -> tuple[Submission, Report | None] | None:
        """The next submission and its report, None if its worker died; None if nothing came for a while."""
        if time.monotonic() > self._looked + LOOK:
            self._look()
        try:
            worker, answer = self._answers.get(timeout=LOOK)
        except queue.Empty:
            return None
        is_error, is_there = isinstance(answer, Exception), self._workers.get(worker.address) is worker
        if is_error and self._client.status != "running":  # the scheduler is gone
            raise SandboxError(GONE, place=self.place)
        if worker.submission is None:
            if is_there:
                self._opened(worker, answer)
            return None
        submission, worker.submission = worker.submission, None
        if is_error and is_there:  # its process has died, and a new one starts at the same address
            del self._workers[worker.address]
        return submission, None if is_error else answer

    def _look(self) -> None:
        """Look at who is connected: new workers open a judge, and tasks of workers that are gone are lost."""
        try:
            there = set(self._client.sync(self._client.nthreads, callback_timeout=SHORT))
        except Exception:  # each of Dask's transports has its own
            raise SandboxError(GONE, place=self.place) from None
        for address in self._workers.keys() - there:
            worker = self._workers.pop(address)
            worker.stop()
            self._answers.put((worker, OSError("it has disconnected")))
        for address in there - self._workers.keys():
            worker = self._workers[address] = _Worker(address)
            given = self.cases.assignment, self.settings, self._hidden
            worker.opened = self._submit(worker, cluster_worker.Opened, *given)
            self._ask(worker, getattr, worker.opened, "proof")
        self._looked = now = time.monotonic()
        if self._those("good"):
            self._since = now
        if now > self._since + READY:
            raise self._nobody(tr(SLOW_WORKERS, seconds=READY))
        if now > self._since + ARRIVE and not self._those("opening"):
            raise self._nobody(tr(NO_WORKER))

    def _those(self, *states: str) -> list[_Worker]:
        return [worker for worker in self._workers.values() if worker.state in states]

    def _opened(self, worker: _Worker, answer: Proof | Exception) -> None:
        """Keep a worker's proof, or why it has none: the sandbox, the gate, or another error there."""
        if not isinstance(answer, Exception):
            worker.proof = answer
            self._compare(worker)
            return
        expected = isinstance(answer, SandboxError | PatchError | BrokenGate | DeclarationError)
        self._leave_out(worker, answer if expected else SandboxError(_in_a_line(answer)))

    def _compare(self, worker: _Worker) -> None:
        """Leave out a worker whose proof differs from the accepted one."""
        found = [(name, worker.proof.get(name), want) for name, want in self._accepted.items()]
        other = [tr(ANOTHER, name=name, value=own, want=want) for name, own, want in found if own != want]
        if other:
            self._leave_out(worker, SandboxError(OTHERWISE, what=", ".join(other)))

    def _leave_out(self, worker: _Worker, why: Exception) -> None:
        worker.problem = why
        self._tell(tr(LEFT_OUT, address=worker.address, why=why))

    def _nobody(self, words: str = "") -> SandboxError:
        """Why no worker can grade: the problems of the connected ones, or else these words."""
        problems = sorted(
            (worker.address, worker.problem) for worker in self._workers.values() if worker.problem
        )
        why = " ".join(f"{address}: {tr(problem)}" for address, problem in problems[:3])
        return SandboxError(NOBODY, place=self.place, why=why or words)

    def _submit(self, worker: _Worker, function: Callable, *args: object) -> Any:
        return self._client.submit(function, *args, workers=[worker.address], pure=False, retries=0)

    def _ask(self, worker: _Worker, function: Callable, *args: object) -> None:
        future = self._submit(worker, function, *args)
        worker.task = asyncio.run_coroutine_threadsafe(
            self._answer(worker, future), self._client.loop.asyncio_loop
        )

    async def _answer(self, worker: _Worker, future: Any) -> None:
        """Fetch an answer, in Dask's thread."""
        try:
            self._answers.put((worker, await future))
        except Exception as error:
            self._answers.put((worker, error))

    def close(self) -> None:
        """End this run's judges; the workers stay."""
        for worker in self._workers.values():
            worker.stop()
        with contextlib.suppress(Exception):  # of a cluster that is gone
            self._client.close(timeout=SHORT)

    kill = close


def _in_a_line(error: Exception) -> str:
    """An unexpected error: its type, and the first line of its message."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"


def _connected(scheduler: Scheduler) -> Any:
    try:
        from distributed import Client
        from distributed.versions import VersionMismatchWarning
    except ImportError:
        raise SandboxError(MISSING) from None
    for name in ("distributed", "distributed.client"):  # we print errors as one line
        logging.getLogger(name).setLevel(logging.CRITICAL)
    where = {"scheduler_file" if Path(scheduler.place).is_file() else "address": scheduler.place}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VersionMismatchWarning)  # workers prove what counts
        try:
            return Client(**where, timeout=CONNECT, set_as_default=False)
        except Exception as error:
            raise SandboxError(UNREACHED, place=scheduler.place, why=_in_a_line(error)) from None
