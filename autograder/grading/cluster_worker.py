"""What a worker process of a Dask cluster does: it opens a judge, proves that it grades alike, and judges.

Knows nothing of who asks.  Imports nothing that takes long, since Dask's scheduler imports it too.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import util
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.grading import machine, provenance
from autograder.intake.submission import Submission
from autograder.judging.cases import Cases, cases_of
from autograder.languages import spoken
from autograder.results import Report
from autograder.settings import Settings

if TYPE_CHECKING:
    from autograder.judging.judge import Judge

Proof = dict[str, str]

# All judges of this process, as it may have those of two runs, are opened, used and ended in this one thread:
# a language is spoken by a whole process, and the frames of a thread of Dask's would keep what it opened.
_THREAD = ThreadPoolExecutor(1, "judge")


class Opened:
    """A judge of this process, with its sandbox: it ends when Dask lets go of it, or the process ends.

    Dask does when a run is over, and when whoever ran it has died.  proof: what all judges of a run have
    in common.  hidden: what no student code may read.
    """

    def __init__(self, assignment: str, settings: Settings, hidden: Sequence[Path]):
        self.judge, self.proof = _THREAD.submit(_open, assignment, settings, hidden).result()
        util.Finalize(self, _end, [self.judge], exitpriority=1)  # a nanny's worker never comes to atexit

    def __reduce__(self):
        """Neither to another worker nor to the disk, as Dask does where memory becomes short."""
        raise TypeError("a judge stays in the memory of its process")


def _open(assignment: str, settings: Settings, hidden: Sequence[Path]) -> tuple[Judge, Proof]:
    from autograder.judging import gate

    with spoken(settings.language):
        machine.demand_memory()
        cases = cases_of(assignment, settings.seed)
        judge = gate.open_judge(cases, settings)
        try:
            return judge, proof_of(cases, settings, gate.prepare(judge, hidden))
        except BaseException:
            judge.close()
            raise


def _end(judge: Judge) -> None:
    """Not in the thread that answers Dask's scheduler, which is the one that lets go."""
    try:
        _THREAD.submit(judge.close)
    except RuntimeError:  # the process ends
        judge.close()


def proof_of(cases: Cases, settings: Settings, walls: str) -> Proof:
    """All that decides a report, by name: a judge where any is another would grade otherwise."""
    facts = provenance.facts(cases, settings, walls)
    del facts["settings"]  # of which there is a digest
    return {name: str(value) for name, value in facts.items()} | {"python": platform.python_version()}


def judge(opened: Opened, proof: Proof, submission: Submission) -> Report:
    """The report.  Raises RuntimeError where this judge has not given this proof.

    Where a process was started anew at the address of one that died, Dask opens its judge anew too.
    """
    if opened.proof != proof:
        raise RuntimeError("another judge is at this address")
    return _THREAD.submit(opened.judge.judge, submission).result()
