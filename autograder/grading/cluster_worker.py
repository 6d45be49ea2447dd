"""The code in a worker of a Dask cluster: opens a judge, proves that it grades alike, and judges.

Imports nothing that takes long, because Dask's scheduler imports it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import util
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from autograder.grading import executors, machine
from autograder.intake.submission import Submission
from autograder.languages import in_language
from autograder.results import Report
from autograder.settings import Settings

if TYPE_CHECKING:
    from autograder.judging.judge import Judge

# One thread opens, uses and closes all judges of this process, which may belong to two
# runs: the language is a setting of the whole process, and the frames of Dask's own threads
# would keep a judge alive.
_THREAD = ThreadPoolExecutor(1, "judge")


class Opened:
    """A judge of this process, with its sandbox, until Dask releases it at a run's end, or the
    process ends.

    layers: its active sandbox layers.  hidden: what no student code may read.  proof: of the run.
    """

    def __init__(
        self,
        assignment: str,
        settings: Settings,
        hidden: Sequence[Path],
        proof: Mapping[str, str],
    ):
        self.judge, self.layers = _THREAD.submit(
            _open, assignment, settings, hidden, proof
        ).result()
        util.Finalize(
            self, _end, [self.judge], exitpriority=1
        )  # a nanny's worker never comes to atexit

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: Dask would move it to another worker or the disk when memory
        is short.
        """
        raise TypeError("a judge stays in the memory of its process")


def _open(
    assignment: str,
    settings: Settings,
    hidden: Sequence[Path],
    proof: Mapping[str, str],
) -> tuple[Judge, str]:
    from autograder.judging import gate

    with in_language(settings.language):
        machine.require_memory()
        judge = executors.open_judge(assignment, settings, proof)
        try:
            return judge, gate.prepare(judge, hidden)
        except BaseException:
            judge.close()
            raise


def _end(judge: Judge) -> None:
    """Close it in our own thread: Dask releases it in the thread that answers the scheduler."""
    try:
        _THREAD.submit(judge.close)
    except RuntimeError:  # the process ends
        judge.close()


def judge(opened: Opened, layers: str, submission: Submission) -> Report:
    """Return the report.  Raises RuntimeError if a new process at the address has other sandbox
    layers.
    """
    if opened.layers != layers:
        raise RuntimeError("another judge is at this address")
    return _THREAD.submit(opened.judge.judge, submission).result()


def speedups(opened: Opened) -> dict[str, dict[str, float]]:
    """Return how fast right answers are on this worker's machine."""
    from autograder.judging import gate

    return _THREAD.submit(gate.speedups, opened.judge).result()
