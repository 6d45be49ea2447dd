"""Judges in the workers of a Dask cluster: each proves that it grades alike before it gets work.

Dask gives the submission of a worker that died to another one.
"""

import contextlib
import logging
import statistics
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

from autograder.errors import KitError, SandboxError
from autograder.grading import cluster_worker, provenance
from autograder.grading.executors import given_up
from autograder.intake.submission import Submission
from autograder.judging.cases import Cases
from autograder.languages import tr
from autograder.results import Report
from autograder.settings import Settings

CONNECT = 10.0  # seconds for a scheduler to be found
ANSWER = 20.0  # seconds for it to answer
ARRIVE = 30.0  # seconds to wait for a worker
OPEN = 120.0  # seconds for the first workers to open their judges
# seconds between two looks at which workers are connected
LOOK = 1.0
PRIVATE = ("://127.", "://localhost:", "://[::1]:", "inproc://", "tls://")


class Cluster:
    """Judges of one assignment, with the interface of LocalProcesses.

    hidden: what no student code may read.  place: the scheduler's address, or a file of
    `dask scheduler --scheduler-file`.  warn: gets warnings, a sentence each.  Raises
    SandboxError if no scheduler answers or no worker can grade, and DeclarationError if the
    reference is not graded as it must be.
    """

    def __init__(
        self,
        cases: Cases,
        settings: Settings,
        hidden: Sequence[Path],
        place: str,
        warn: Callable[[str], None],
    ):
        self.assignment = cases.assignment
        # Of one of its machines.
        self.speedups: dict[str, dict[str, float]] = {}
        self.place = place
        self._warn = warn
        self._run = cluster_worker.Run(
            uuid.uuid4().hex,
            cases.assignment,
            settings,
            tuple(hidden),
            provenance.facts(cases, settings),
        )
        # By address, why a worker is not used.
        self._unusable: dict[str, KitError] = {}
        self._last_usable = time.monotonic()
        self._client = _connected(place)
        try:
            self._warn_if_unencrypted()
            self.layers = self._common_layers()
            task = self._submit(self._usable(), self.layers)
            # The worker may end meanwhile, and this grades nobody.
            with contextlib.suppress(Exception):
                self.speedups = self._answer(task) or {}
        except BaseException:
            self.close()
            raise

    def reports(
        self, submissions: Iterable[Submission]
    ) -> Iterator[tuple[Submission, Report]]:
        """Yield reports, as they are done.

        Raises SandboxError if the scheduler or all workers end.
        """
        waiting = iter(submissions)
        again: list[Submission] = []
        tasks: dict[Any, Submission] = {}
        done: list[tuple[Submission, Report]] = []
        while True:
            usable = self._usable()
            # One for each worker: Dask blames a death on all that wait there.
            while len(tasks) < max(1, len(usable)):
                submission = again.pop() if again else next(waiting, None)
                if submission is None:
                    break
                # Without a need for it, since Dask would not lift it if all these end at once.
                workers = usable if self._unusable else None
                task = self._submit(workers, self.layers, submission)
                tasks[task] = submission
            # Meanwhile all of them work.
            yield from done
            if not tasks:
                return
            done = []
            for task in self._finished(tasks, LOOK, "FIRST_COMPLETED"):
                submission = tasks.pop(task)
                try:
                    report = self._answer(task)
                except Exception:
                    report = given_up(submission, self.assignment)
                if report is None:
                    again.append(submission)
                else:
                    done.append((submission, report))

    def close(self) -> None:
        """End this run's judges; the workers stay."""
        # The cluster may be gone.
        with contextlib.suppress(Exception):
            self._client.run(cluster_worker.close, self._run.id)
        with contextlib.suppress(Exception):
            self._client.close(timeout=ANSWER)

    def _common_layers(self) -> str:
        """Return the layers that most workers have, once those that are connected have judges."""
        layers: list[str] = []
        while not layers:
            opening = [self._submit([worker]) for worker in self._usable()]
            for task in self._finished(opening, OPEN, "ALL_COMPLETED"):
                # A submission that kills workers must not stop the run.
                with contextlib.suppress(Exception):
                    layers += filter(None, [self._answer(task)])
        return statistics.mode(sorted(layers))

    def _usable(self) -> list[str]:
        """Return the workers that may judge.

        Raises SandboxError if there was none for a while, or why all are refused.
        """
        try:
            connected = self._client.nthreads(callback_timeout=ANSWER)
        except Exception:
            # Each of Dask's transports has errors of its own.
            raise SandboxError(
                "The scheduler at {place} has disconnected. What was graded is saved; run the "
                "same command again to continue.",
                place=self.place,
            ) from None
        usable = sorted(connected.keys() - self._unusable.keys())
        if usable:
            self._last_usable = time.monotonic()
        elif connected:
            raise next(iter(self._unusable.values()))
        elif time.monotonic() > self._last_usable + ARRIVE:
            raise SandboxError(
                "No worker is ready. Start some with `dask worker`, or see the output of those "
                "that run. Then run the same command again."
            )
        else:
            time.sleep(LOOK)
        return usable

    def _submit(self, workers: list[str] | None, *arguments: object) -> Any:
        return self._client.submit(
            cluster_worker.answer,
            self._run,
            *arguments,
            workers=workers,
            # Others may take over if these end.
            allow_other_workers=workers is not None,
            pure=False,
        )

    def _finished(
        self, tasks: Iterable[Any], seconds: float, until: str
    ) -> list[Any]:
        """Wait for Dask's first result, or for all.  Returns the tasks that have one."""
        from distributed import wait

        waiting = list(tasks)
        # If the scheduler is gone, the next look at its workers says so.
        with contextlib.suppress(TimeoutError, CancelledError):
            wait(waiting, seconds, return_when=until)
        return [task for task in waiting if task.done()]

    def _answer(self, task: Any) -> Any:
        """Return what a worker answered; None if it is refused, or the answer was lost.

        Raises what Dask raises if workers died of the task.
        """
        try:
            address, answer = task.result(ANSWER)
        except (TimeoutError, CancelledError):
            return None
        if not isinstance(answer, KitError):
            return answer
        self._unusable[address] = answer
        sentence = tr(
            "Worker {address} is not used. {why}", address=address, why=answer
        )
        self._warn(sentence)
        return None

    def _warn_if_unencrypted(self) -> None:
        address = self._client.scheduler.address
        if not any(start in address for start in PRIVATE):
            sentence = tr(
                "The seed and the submissions go to {place} unencrypted. Use tls:// if others "
                "can read the network.",
                place=address,
            )
            self._warn(sentence)


def _connected(place: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise SandboxError(
            "Grading on a cluster needs Dask. Run `pip install distributed`."
        ) from None
    # We print errors as one line.
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    option = "scheduler_file" if Path(place).is_file() else "address"
    try:
        return Client(**{option: place}, timeout=CONNECT)
    except Exception as error:
        reason = cluster_worker.in_a_line(error)
        raise SandboxError(
            "No Dask scheduler at {place} ({why}). Start one with `dask scheduler`. With "
            "tls://, Dask's settings must name its certificates on this machine too.",
            place=place,
            why=reason,
        ) from None
