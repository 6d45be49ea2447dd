"""What a worker process of a Dask cluster does: it opens a judge, proves that it grades alike, and judges.

Knows nothing of who asks.  Imports nothing that takes long, since Dask's scheduler imports it too.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import util
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import patches
from autograder.errors import BrokenGate, DeclarationError, SandboxError
from autograder.grading import machine, provenance
from autograder.intake.submission import Submission
from autograder.judging.cases import Cases, cases_of
from autograder.languages import spoken
from autograder.results import Report
from autograder.settings import Settings

if TYPE_CHECKING:
    from autograder.judging.judge import Judge

# All judges of this process, as it may have those of two runs, are opened, used and ended in this one thread:
# a language is spoken by a whole process, and the frames of a thread of Dask's would keep what it opened.
_THREAD = ThreadPoolExecutor(1, "judge")


@dataclass(frozen=True)
class Run:
    """What a judge is opened for.

    hidden: what no student code may read.
    """

    assignment: str
    settings: Settings
    hidden: Sequence[Path] = ()


class Opened:
    """A judge of this process, with its sandbox: it ends when Dask lets go of it, or the process ends.

    Dask does when a run is over, and when whoever ran it has died.  proof: what all judges of a run have
    in common.  remembered: whether the reference was judged here before.  Raises SandboxError, PatchError,
    BrokenGate and DeclarationError, each with one sentence, and nothing else: of what cannot be pickled, Dask
    would never tell.
    """

    def __init__(self, run: Run):
        problem: Exception | None = None
        try:
            self._judge, self.proof, self.remembered = _THREAD.submit(_open, run).result()
        except (SandboxError, patches.PatchError, BrokenGate, DeclarationError) as error:
            problem = error
        except Exception as error:
            problem = SandboxError(in_a_line(error))
        if problem is not None:
            problem.__cause__ = problem.__context__ = None  # these would be sent along
            raise problem
        util.Finalize(self, _end, [self._judge], exitpriority=1)  # a nanny's worker never comes to atexit

    def judge(self, submission: Submission) -> Report:
        """The report of one submission; whatever happens, there is one."""
        return _THREAD.submit(self._judge.judge, submission).result()

    def __reduce__(self):
        """Neither to another worker nor to the disk, as Dask does where memory becomes short."""
        raise TypeError("a judge stays in the memory of its process")


def _open(run: Run) -> tuple[Judge, dict[str, str], bool]:
    from autograder.judging import gate

    with spoken(run.settings.language):
        machine.demand_memory()
        cases = cases_of(run.assignment, run.settings.seed)
        judge = gate.open_judge(cases, run.settings)
        try:
            walls, remembered = gate.prepare(judge, run.hidden)
            return judge, proof_of(cases, run.settings, walls), remembered
        except BaseException:
            judge.close()
            raise


def in_a_line(error: Exception) -> str:
    """What nobody expected: its type, and the first line of what it says."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"


def _end(judge: Judge) -> None:
    """Not in the thread that answers Dask's scheduler, which is the one that lets go."""
    try:
        _THREAD.submit(judge.close)
    except RuntimeError:  # the process ends
        judge.close()


def proof_of(cases: Cases, settings: Settings, walls: str) -> dict[str, str]:
    """All that decides a report, by name: a judge where any is another would grade otherwise."""
    facts = provenance.facts(cases, settings, walls)
    del facts["settings"]  # of which there is a digest
    return {name: str(value) for name, value in facts.items()} | {"python": platform.python_version()}


def prove(opened: Opened) -> tuple[dict[str, str], bool]:
    """What a judge has in common with others, and whether its gate was remembered."""
    return opened.proof, opened.remembered


def judge(opened: Opened, proof: Mapping[str, str], submission: Submission) -> Report:
    """The report.  Raises SandboxError where this judge has not given this proof.

    Where a process was started anew at the address of one that died, Dask opens its judge anew too.
    """
    if opened.proof != proof:
        raise SandboxError("this judge has not passed its checks")
    return opened.judge(submission)
