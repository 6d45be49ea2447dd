"""The workers of a Dask cluster, as long as each is there: it proves itself, then judges one after another.

All that talks to Dask's scheduler is here.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.errors import BrokenGate, DeclarationError, SandboxError
from autograder.grading import cluster_worker
from autograder.grading.cluster_worker import Run, in_a_line
from autograder.intake.submission import Submission
from autograder.languages import N_, tr
from autograder.patches import PatchError
from autograder.results import Report

MISSING = N_("Grading on a cluster needs Dask. Run `pip install distributed`.")
UNREACHED = N_("No Dask scheduler at {place} ({why}). Start one with `dask scheduler`.")
OTHERWISE = N_("It would grade differently ({what}). Install the same kit and versions everywhere.")
ANOTHER = N_("{name} is {value} instead of {want}")
LEFT_OUT = N_("Worker {address} is not used. {why}")

LOOK = 1.0  # seconds between two looks at who is there
CONNECT = 10.0  # seconds for a scheduler to be found
SHORT = 20.0  # seconds for it to answer, and for what is to end
HERE = ("://127.", "://localhost:", "://[::1]:", "inproc://")

Proof = dict[str, str]
Heard = tuple[Submission, Report | None]  # None: a worker died while it judged this, and nothing else


class Members:
    """What a run needs of a cluster.  All attributes are replaced, and never changed, in Dask's thread.

    there: the workers' addresses.  proofs: of those that have a judge.  left_out: why others can grade
    nobody.  remembered: whether all of them had judged the reference before.  is_gone: whether the scheduler
    does not answer.

    A worker has one submission in hand, so that whatever it dies of is known; Dask would count its death for
    all that wait there, and for four of them.  tell: is called with a sentence about each that is left out.
    Raises SandboxError where no scheduler answers.
    """

    def __init__(self, place: str, file: Path | None, run: Run, tell: Callable[[str], None]):
        self.run, self._tell = run, tell
        self.there: frozenset[str] = frozenset()
        self.proofs: dict[str, Proof] = {}
        self.left_out: dict[str, Exception] = {}
        self.remembered, self.is_gone = True, False
        self._heard: queue.SimpleQueue[Heard | None] = queue.SimpleQueue()
        self._client = _connected(place, file)
        self._loop = self._client.loop.asyncio_loop
        self._todo: asyncio.Queue[Submission] = asyncio.Queue()
        self._accepted: asyncio.Future[Proof] = self._loop.create_future()
        self._watching = asyncio.run_coroutine_threadsafe(self._watch(), self._loop)

    @property
    def address(self) -> str:
        return self._client.scheduler.address

    @property
    def is_open_to_others(self) -> bool:
        """Whether what goes to the scheduler leaves this machine, and is not encrypted."""
        return not self.address.startswith("tls://") and not any(here in self.address for here in HERE)

    @property
    def opening(self) -> frozenset[str]:
        """Those that have not shown yet whether they can grade."""
        return self.there - self.proofs.keys() - self.left_out.keys()

    def accept(self, proof: Proof) -> None:
        """From now on, who gives this proof gets work, and who gives another is left out."""
        self._loop.call_soon_threadsafe(self._accepted.set_result, proof)

    def give(self, submission: Submission) -> None:
        """Have it judged by the next worker that has nothing in hand."""
        self._loop.call_soon_threadsafe(self._todo.put_nowait, submission)

    def next(self, seconds: float) -> Heard | None:
        """What came of a submission; None where something else has changed, or nothing for so long."""
        with contextlib.suppress(queue.Empty):
            return self._heard.get(timeout=seconds)
        return None

    def close(self) -> None:
        """Let go of all judges, which end then."""
        self._watching.cancel()
        with contextlib.suppress(Exception):  # of a cluster that is gone
            self._client.close(timeout=SHORT)

    async def _watch(self) -> None:
        """Look again and again who is there."""
        serving: dict[str, asyncio.Task] = {}
        try:
            while True:
                if self._client.status != "running":
                    raise OSError("the scheduler has closed the connection")
                there = frozenset(await asyncio.wait_for(self._client.nthreads(), SHORT))
                for address in serving.keys() - there:
                    serving.pop(address).cancel()
                left_out = {address: why for address, why in self.left_out.items() if address in there}
                self._change(there=there, left_out=left_out)
                for address in there - serving.keys():
                    serving[address] = asyncio.create_task(self._serve(address))
                await asyncio.sleep(LOOK)
        except Exception:  # each of Dask's transports has its own
            self._change(is_gone=True)
        finally:
            for task in serving.values():
                task.cancel()

    def _change(self, **attributes: Any) -> None:
        vars(self).update(attributes)
        self._heard.put(None)

    def _leave_out(self, address: str, why: Exception) -> None:
        try:
            self._tell(tr(LEFT_OUT, address=address, why=why))
        finally:  # else the run would wait for it without end
            self._change(left_out={**self.left_out, address: why})

    async def _serve(self, address: str) -> None:
        """Have a worker judge until it is gone; where only its process is, from the beginning."""
        while True:
            try:
                opened = self._submit(address, cluster_worker.Opened, self.run)
                proof, remembered = await self._submit(address, cluster_worker.prove, opened)
            except Exception as error:  # the sandbox, the gate, or whatever else is wrong with its kit
                if self._client.status == "running":  # else it is the scheduler's doing
                    self._leave_out(address, _expected(error))
                return
            self._change(proofs={**self.proofs, address: proof}, remembered=self.remembered and remembered)
            try:
                accepted = await asyncio.shield(self._accepted)
                if proof != accepted:
                    self._leave_out(address, SandboxError(_differences(proof, accepted)))
                    return
                await self._judge(address, opened, proof)
            finally:
                self._change(proofs={other: own for other, own in self.proofs.items() if other != address})

    async def _judge(self, address: str, opened: Any, proof: Proof) -> None:
        """One submission after another, until its process dies."""
        while True:
            submission = await self._todo.get()
            report = None
            try:
                report = await self._submit(address, cluster_worker.judge, opened, proof, submission)
            except Exception:
                return
            finally:  # also where it is cancelled, since the worker is no longer there
                self._heard.put((submission, report))

    def _submit(self, address: str, function: Callable, *args: object) -> Any:
        return self._client.submit(function, *args, workers=[address], pure=False, retries=0)


def _differences(proof: Proof, accepted: Proof) -> str:
    """What of a worker is other than here, in a sentence."""
    other = [name for name, want in accepted.items() if proof.get(name) != want]
    words = (tr(ANOTHER, name=name, value=proof.get(name), want=accepted[name]) for name in other)
    return tr(OTHERWISE, what=", ".join(words))


def _expected(error: Exception) -> Exception:
    """What a worker's judge may raise as it is; what Dask does, in a line."""
    if isinstance(error, SandboxError | PatchError | BrokenGate | DeclarationError):
        return error
    return SandboxError(in_a_line(error))


def _connected(place: str, file: Path | None) -> Any:
    try:
        from distributed import Client
        from distributed.versions import VersionMismatchWarning
    except ImportError:
        raise SandboxError(tr(MISSING)) from None
    for name in ("distributed", "distributed.client"):  # we say in a line what is wrong
        logging.getLogger(name).setLevel(logging.CRITICAL)
    where = {"scheduler_file": str(file)} if file else {"address": place}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VersionMismatchWarning)  # workers prove what counts
        try:
            return Client(**where, timeout=CONNECT, set_as_default=False)
        except Exception as error:
            raise SandboxError(tr(UNREACHED, place=place, why=in_a_line(error))) from None
