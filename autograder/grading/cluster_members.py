"""The workers of a Dask cluster, as long as each is there: it proves itself, then judges one after another.

All that talks to Dask's scheduler stands here; what happens is told to whoever runs the class.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import BrokenGate, DeclarationError, SandboxError
from autograder.grading import cluster_worker
from autograder.grading.cluster_worker import Run, in_a_line
from autograder.intake.submission import Submission
from autograder.languages import N_, tr
from autograder.patches import PatchError
from autograder.results import Report

MISSING = N_("to grade on a cluster, install Dask: pip install distributed")
UNREACHED = N_("there is no Dask scheduler at {place} ({why}): start one with `dask scheduler`")
OTHERWISE = N_("it would grade otherwise, since its {what}: install the same kit and versions everywhere")
ANOTHER = N_("{name} is {value}, here {want}")

LOOK = 1.0  # seconds between two looks at who is there
CONNECT = 10.0  # seconds for a scheduler to be found
SHORT = 20.0  # seconds for it to answer, and for what is to end
HERE = ("://127.", "://localhost:", "://[::1]:", "inproc://")


@dataclass(frozen=True)
class There:
    """Which workers there are."""

    addresses: frozenset[str]


@dataclass(frozen=True)
class Proved:
    """A worker has a judge; it gets work where its proof is the one that is demanded."""

    address: str
    proof: dict[str, str]
    remembered: bool


@dataclass(frozen=True)
class LeftOut:
    """A worker can give no judge that grades alike; it gets no work."""

    address: str
    error: Exception


@dataclass(frozen=True)
class Left:
    """A worker is gone, or its judge."""

    address: str


@dataclass(frozen=True)
class Done:
    """What came of a submission."""

    submission: Submission
    report: Report


@dataclass(frozen=True)
class Lost:
    """A worker died while it judged a submission, and nothing else."""

    submission: Submission


@dataclass(frozen=True)
class Gone:
    """The scheduler does not answer."""


class Members:
    """What a run needs of a cluster.  tell: hears of all that happens, in Dask's thread.

    A worker has one submission in hand, so that whatever it dies of is known; Dask would count its death for
    all that wait there, and for four of them.  Raises SandboxError where no scheduler answers.
    """

    def __init__(self, place: str, file: Path | None, run: Run, tell: Callable[[object], None]):
        self.run, self._tell = run, tell
        self._client = _connected(place, file)
        self._loop = self._client.loop.asyncio_loop
        self._todo: asyncio.Queue[Submission] = asyncio.Queue()
        self._demanded = self._loop.create_future()
        self._watching = asyncio.run_coroutine_threadsafe(self._watch(), self._loop)

    @property
    def address(self) -> str:
        return self._client.scheduler.address

    @property
    def is_open_to_others(self) -> bool:
        """Whether what goes to the scheduler leaves this machine, and is not encrypted."""
        return not self.address.startswith("tls://") and not any(here in self.address for here in HERE)

    def demand(self, proof: dict[str, str]) -> None:
        """From now on, who gives this proof gets work."""
        self._loop.call_soon_threadsafe(self._demanded.set_result, proof)

    def give(self, submission: Submission) -> None:
        """Have it judged by the next worker that has nothing in hand."""
        self._loop.call_soon_threadsafe(self._todo.put_nowait, submission)

    def close(self) -> None:
        """Let go of all judges, which end then."""
        self._watching.cancel()
        with contextlib.suppress(Exception):  # of a cluster that is gone
            self._client.close(timeout=SHORT)

    async def _watch(self):
        """Look again and again who is there."""
        serving: dict[str, asyncio.Task] = {}
        try:
            while True:
                if self._client.status != "running":
                    raise OSError("the scheduler has closed the connection")
                there = frozenset(await asyncio.wait_for(self._client.nthreads(), SHORT))
                for address in serving.keys() - there:
                    serving.pop(address).cancel()
                self._tell(There(there))
                for address in there - serving.keys():
                    serving[address] = asyncio.create_task(self._serve(address))
                await asyncio.sleep(LOOK)
        except Exception:  # each of Dask's transports has its own
            self._tell(Gone())
        finally:
            for task in serving.values():
                task.cancel()

    async def _serve(self, address):
        """Have a worker judge until it is gone; where only its process is, from the beginning."""
        while True:
            try:
                opened = self._submit(address, cluster_worker.Opened, self.run)
                proof, remembered = await self._submit(address, cluster_worker.prove, opened)
            except Exception as error:  # the walls, the gate, or whatever else is wrong with its kit
                if self._client.status == "running":  # else it is the scheduler's doing
                    self._tell(LeftOut(address, _expected(error)))
                return
            self._tell(Proved(address, proof, remembered))
            try:
                demanded = await asyncio.shield(self._demanded)
                if proof != demanded:
                    self._tell(LeftOut(address, SandboxError(_differences(proof, demanded))))
                    return
                await self._judge(address, opened, proof)
            finally:
                self._tell(Left(address))

    async def _judge(self, address, opened, proof):
        """One submission after another, until its process dies."""
        while True:
            submission = await self._todo.get()
            try:
                report = await self._submit(address, cluster_worker.judge, opened, proof, submission)
            except Exception:
                self._tell(Lost(submission))
                return
            except asyncio.CancelledError:  # it is no longer there
                self._tell(Lost(submission))
                raise
            self._tell(Done(submission, report))

    def _submit(self, address, function, *args):
        return self._client.submit(function, *args, workers=[address], pure=False, retries=0)


def _differences(proof, demanded):
    """What of a worker is other than here, in a sentence."""
    other = [name for name, want in demanded.items() if proof.get(name) != want]
    words = (tr(ANOTHER, name=name, value=proof.get(name), want=demanded[name]) for name in other)
    return tr(OTHERWISE, what=", ".join(words))


def _expected(error):
    """What a worker's judge may raise as it is; what Dask does, in a line."""
    if isinstance(error, SandboxError | PatchError | BrokenGate | DeclarationError):
        return error
    return SandboxError(in_a_line(error))


def _connected(place, file):
    try:
        from distributed import Client
        from distributed.versions import VersionMismatchWarning
    except ImportError:
        raise SandboxError(tr(MISSING)) from None
    for name in ("distributed", "distributed.client"):  # what is wrong is told in a line
        logging.getLogger(name).setLevel(logging.CRITICAL)
    where = {"scheduler_file": str(file)} if file else {"address": place}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VersionMismatchWarning)  # workers prove what counts
        try:
            return Client(**where, timeout=CONNECT, set_as_default=False)
        except Exception as error:
            raise SandboxError(tr(UNREACHED, place=place, why=in_a_line(error))) from None
