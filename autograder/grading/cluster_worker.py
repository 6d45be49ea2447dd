"""What a worker process of a Dask cluster does: it owns one judge, for one run at a time.

Before it gets work it proves that it would grade alike.  Knows nothing of Dask.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import cache, patches
from autograder.grading import provenance
from autograder.intake.submission import Submission
from autograder.judging.kept import cases_of
from autograder.results import Report
from autograder.settings import Settings

if TYPE_CHECKING:
    from autograder.judging.judge import Judge

IDLE = 300.0  # seconds without work, after which a judge is ended: whoever ran it may have died


@dataclass(frozen=True)
class Run:
    """What a judge is opened for.  id: of this run alone.  hidden: what no student code may read."""

    id: str
    assignment: str
    settings: Settings
    hidden: tuple[Path, ...] = ()


class _Own:
    """The judge of this process; one thread at a time asks it."""

    lock = threading.Lock()
    run: Run | None = None
    judge: Judge | None = None
    proof: Mapping[str, str]
    timer: threading.Timer | None = None


def prove(run: Run) -> dict[str, str]:
    """What all judges of a run must have in common: digests, versions, and which walls stand here.

    Raises SandboxError where they do not stand.
    """
    with _Own.lock:
        _open(run)
        return dict(_Own.proof)


def open_gate(run: Run) -> bool:
    """Judge the reference and the stub; whether that was remembered.  Raises BrokenGate."""
    from autograder.judging import gate_memory

    with _Own.lock:
        return gate_memory.check(_open(run))


def judge(run: Run, proof: Mapping[str, str], submission: Submission) -> Report | None:
    """The report; None where this process, which may be a new one, would grade otherwise."""
    with _Own.lock:
        judge = _open(run)
        return judge.judge(submission) if dict(proof) == dict(_Own.proof) else None


def end(run: Run) -> None:
    """End the judge of this run."""
    with _Own.lock:
        if _Own.run == run:
            _close()


def _open(run):
    from autograder.judging import gate

    if _Own.timer is not None:
        _Own.timer.cancel()
    if _Own.run != run:
        _close()
        patches.check()
        cases = cases_of(run.assignment, run.settings.seed)
        own = gate.open_judge(cases, run.settings)
        try:
            gate.check_walls(own, run.hidden)
            walls = str(own.sandbox.walls)
        except BaseException:
            own.close()
            raise
        _Own.judge, _Own.run = own, run
        _Own.proof = {**provenance.proof(cases, run.settings), **cache.versions(), "walls": walls}
    _Own.timer = threading.Timer(IDLE, end, [run])
    _Own.timer.daemon = True
    _Own.timer.start()
    return _Own.judge


def _close():
    if _Own.judge is not None:
        _Own.judge.close()
    _Own.judge = _Own.run = None
