"""Judges in the workers of a Dask cluster: each proves that it grades alike, then gets work
one by one.
"""

import collections
import contextlib
import itertools
import logging
import queue
import statistics
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import BrokenGate, KitError, SandboxError
from autograder.grading import cluster_worker, provenance
from autograder.grading.executors import given_up
from autograder.grading.provenance import OTHERWISE
from autograder.intake.submission import Submission
from autograder.judging.cases import Cases
from autograder.languages import N_, tr
from autograder.results import Report
from autograder.settings import Settings

NO_WORKER = N_(
    "No worker is ready. Start some with `dask worker`, or see the output of those that run. Then "
    "run the same command again."
)
GONE = N_(
    "The scheduler at {place} has disconnected. What was graded is saved; run the same "
    "command again to continue."
)

KILLERS = N_(
    "Three workers died while grading this submission. Grade it alone to see why."
)
DEATHS = 3  # of workers, after which a submission needs review
CONNECT = 10.0  # seconds for a scheduler to be found
ANSWER = 20.0  # seconds for it to answer
ARRIVE = 30.0  # seconds to wait for a worker
LOOK = 1.0  # seconds between two looks at which workers are connected
HERE = ("://127.", "://localhost:", "://[::1]:", "inproc://")


@dataclass(frozen=True)
class Scheduler:
    """place: an address, or a file of `dask scheduler --scheduler-file`.  warn: is given each
    warning.
    """

    place: str
    warn: Callable[[str], None] = lambda sentence: None


@dataclass(eq=False)
class _Worker:
    address: str
    judge: Any = None  # Dask's future of it
    task: Any = None  # Dask's future of the next answer
    layers: str = ""  # its sandbox layers, once it has proven itself
    submission: Submission | None = None
    problem: KitError | None = None  # why it is left out, if it is

    @property
    def state(self) -> str:
        if self.problem:
            return "left out"
        return "good" if self.layers else "opening"


class Cluster:
    """Judges of one assignment, with the interface of LocalProcesses.  hidden: what no student
    code may read.

    A worker gets one submission at a time, so that the one it dies of is known; Dask would
    blame all that wait there.  Raises SandboxError if no scheduler answers or no worker can
    grade, and BrokenGate if the reference is not graded as it must be.
    """

    def __init__(
        self,
        cases: Cases,
        settings: Settings,
        scheduler: Scheduler,
        hidden: Sequence[Path] = (),
    ):
        self.assignment = cases.assignment
        # of one of its machines
        self.speedups: dict[str, dict[str, float]] = {}
        self.place = scheduler.place
        self.layers = ""
        self._arguments = (
            cases.assignment,
            settings,
            tuple(hidden),
            provenance.proof(cases, settings),
        )
        self._warn = scheduler.warn
        self._workers: dict[str, _Worker] = {}
        self._answers: queue.SimpleQueue[tuple[_Worker, Any]] = (
            queue.SimpleQueue()
        )
        self._looked_at = 0.0
        self._last_alive = (
            time.monotonic()
        )  # when there was last a worker that judges, or may
        self._client = _connected(scheduler)
        try:
            address = self._client.scheduler.address
            if not address.startswith("tls://") and not any(
                here in address for here in HERE
            ):
                self._warn(
                    tr(
                        "The seed and the submissions go to {place} unencrypted. Use tls:// "
                        "if others "
                        "can read the network.",
                        place=address,
                    )
                )
            end = (
                time.monotonic() + ARRIVE
            )  # until then, all that are connected may prove themselves
            while not self._those("good") or (
                self._those("opening") and time.monotonic() < end
            ):
                self._next()
            good = self._those("good")
            self.layers = statistics.mode(
                sorted(worker.layers for worker in good)
            )  # the majority counts
            for worker in good:
                self._open(worker, worker.layers)
            first = self._those("good")[0]
            task = self._submit(first, cluster_worker.speedups, first.judge)
            # The worker may end meanwhile, and this grades nobody.
            with contextlib.suppress(Exception):
                self.speedups = task.result(ANSWER)
        except BaseException:
            self.close()
            raise

    def reports(
        self, submissions: Iterable[Submission]
    ) -> Iterator[tuple[Submission, Report]]:
        """Yield reports, as they are done.  Raises SandboxError if the scheduler or all workers
        end.
        """
        waiting = iter(submissions)
        todo = collections.deque(itertools.islice(waiting, 1))
        deaths = collections.Counter[str]()
        in_hand = 0
        done: list[tuple[Submission, Report]] = []
        while True:
            for worker in self._those("good"):
                if worker.submission is None and todo:
                    worker.submission = todo.popleft()
                    self._ask(
                        worker,
                        cluster_worker.judge,
                        worker.judge,
                        self.layers,
                        worker.submission,
                    )
                    in_hand += 1
                    todo.extend(itertools.islice(waiting, 1))
            yield from done  # meanwhile all of them work
            if not todo and not in_hand:
                return
            done = []
            answer = self._next()
            if answer is None:
                continue
            in_hand -= 1
            submission, report = answer
            if report is None:
                deaths[submission.id] += 1
                if deaths[submission.id] < DEATHS:
                    todo.append(submission)
                    continue
                why = tr(KILLERS)
                report = given_up(submission, self.assignment, why)
            done = [(submission, report)]

    def _next(self) -> tuple[Submission, Report | None] | None:
        """Return the next submission and its report, None if its worker died; None if nothing
        came.
        """
        if time.monotonic() > self._looked_at + LOOK:
            self._look()
        try:
            worker, task = self._answers.get(timeout=LOOK)
        except queue.Empty:
            return None
        is_connected = self._workers.get(worker.address) is worker
        answer: Any = OSError("it has disconnected")
        if is_connected:
            try:
                answer = task.result(ANSWER)
            except Exception as error:
                answer = error
        is_lost = isinstance(answer, Exception)
        if is_lost and self._client.status != "running":
            raise SandboxError(GONE, place=self.place)
        submission, worker.submission = worker.submission, None
        if submission is None:
            if is_connected:
                self._open(worker, answer)
            return None
        if is_lost and is_connected:
            # Its process has died; a new one may start at its address.
            del self._workers[worker.address]
        return submission, None if is_lost else answer

    def _look(self) -> None:
        """Look at who is connected: new workers open a judge, and tasks of workers that are
        gone are lost.
        """
        try:
            connected = set(
                self._client.sync(
                    self._client.nthreads, callback_timeout=ANSWER
                )
            )
        except Exception:  # each of Dask's transports has its own
            raise SandboxError(GONE, place=self.place) from None
        for address in self._workers.keys() - connected:
            worker = self._workers.pop(address)
            worker.task.cancel()
            self._answers.put((worker, None))
        for address in connected - self._workers.keys():
            worker = self._workers[address] = _Worker(address)
            worker.judge = self._submit(
                worker, cluster_worker.Opened, *self._arguments
            )
            self._ask(worker, getattr, worker.judge, "layers")
        self._looked_at = time.monotonic()
        if self._those("good") or self._those("opening"):
            self._last_alive = self._looked_at
        elif self._looked_at > self._last_alive + ARRIVE:
            raise self._nobody()

    def _nobody(self) -> KitError:
        """Return why no worker can grade."""
        sentences = []
        for worker in self._those("left out"):
            if isinstance(worker.problem, BrokenGate):
                return worker.problem
            sentences.append(f"{worker.address}: {tr(worker.problem or '')}")
        why = " ".join(sentences[:3]) or tr(NO_WORKER)
        return SandboxError(
            "No worker of {place} can grade. {why}", place=self.place, why=why
        )

    def _those(self, state: str) -> list[_Worker]:
        return [
            worker for worker in self._workers.values() if worker.state == state
        ]

    def _open(self, worker: _Worker, answer: str | Exception) -> None:
        """Keep the layers of a worker, or why it is left out: it may have others, or an error
        there.
        """
        if isinstance(answer, KitError):
            worker.problem = answer
        elif isinstance(answer, Exception):
            worker.problem = SandboxError(_in_a_line(answer))
        else:
            worker.layers = answer
            if self.layers and answer != self.layers:
                what = tr(
                    "its sandbox layers are {layers} instead of {wanted}",
                    layers=answer,
                    wanted=self.layers,
                )
                worker.problem = SandboxError(OTHERWISE, what=what)
        if worker.problem:
            self._warn(
                tr(
                    "Worker {address} is not used. {why}",
                    address=worker.address,
                    why=worker.problem,
                )
            )

    def _submit(
        self, worker: _Worker, function: Callable, *args: object
    ) -> Any:
        return self._client.submit(
            function, *args, workers=[worker.address], pure=False, retries=0
        )

    def _ask(self, worker: _Worker, function: Callable, *args: object) -> None:
        worker.task = self._submit(worker, function, *args)
        worker.task.add_done_callback(
            lambda task: self._answers.put((worker, task))
        )

    def close(self) -> None:
        """End this run's judges; the workers stay."""
        for worker in self._workers.values():
            worker.task.cancel()
        with contextlib.suppress(Exception):  # of a cluster that is gone
            self._client.close(timeout=ANSWER)


def _in_a_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"


def _connected(scheduler: Scheduler) -> Any:
    try:
        from distributed import Client
        from distributed.versions import VersionMismatchWarning
    except ImportError:
        raise SandboxError(
            "Grading on a cluster needs Dask. Run `pip install distributed`."
        ) from None
    for name in (
        "distributed",
        "distributed.client",
    ):  # we print errors as one line
        logging.getLogger(name).setLevel(logging.CRITICAL)
    place = scheduler.place
    name = "scheduler_file" if Path(place).is_file() else "address"
    with warnings.catch_warnings():
        # workers prove what counts
        warnings.simplefilter("ignore", VersionMismatchWarning)
        try:
            return Client(
                **{name: place}, timeout=CONNECT, set_as_default=False
            )
        except Exception as error:
            sentence = N_(
                "No Dask scheduler at {place} ({why}). Start one with `dask scheduler`."
            )
            if place.startswith("tls://"):
                sentence = N_(
                    "No connection to the scheduler at {place} ({why}). Check that it runs, and "
                    "that Dask's settings name its certificates on this machine too."
                )
            raise SandboxError(
                sentence, place=place, why=_in_a_line(error)
            ) from None
