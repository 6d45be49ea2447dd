"""What a worker process of a Dask cluster does: it opens a judge, proves that it grades alike, and judges.

Knows nothing of who asks.  Imports nothing that takes long, since Dask's scheduler imports it too.
"""

from __future__ import annotations

import contextlib
import platform
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import util
from pathlib import Path

from autograder import cache, patches
from autograder.grading import provenance
from autograder.intake.submission import Submission
from autograder.judging.cases import LIKENESSES, Cases
from autograder.judging.kept import cases_of
from autograder.languages import spoken
from autograder.results import Report
from autograder.sandbox.ended import SandboxError
from autograder.settings import Settings

# A worker process may have several threads, and a language is spoken by a whole process.
_TURN = threading.Lock()


@dataclass(frozen=True)
class Run:
    """What a judge is opened for.

    hidden: what no student code may read.  learned: what `autograder learn` kept where the run was started.
    """

    assignment: str
    settings: Settings
    hidden: Sequence[Path] = ()
    learned: Mapping[str, bytes] = field(default_factory=dict)


class Opened:
    """A judge of this process, with its warm zygote: it ends when Dask lets go of it, or the process ends.

    Dask does when a run is over, and when whoever ran it has died.  proof: what all judges of a run have
    in common.  remembered: whether the reference was judged here before.  Raises SandboxError, PatchError and
    BrokenGate, each with one sentence.
    """

    def __init__(self, run: Run):
        from autograder.judging import gate, gate_memory

        with _TURN, spoken(run.settings.language):
            patches.check()
            cases = cases_of(run.assignment, run.settings.seed)
            if run.learned:
                cache.made_once(cases.kept_as(LIKENESSES, run.settings), lambda: dict(run.learned))
            judge = gate.open_judge(cases, run.settings)
            try:
                gate.check_walls(judge, run.hidden)
                self.remembered = gate_memory.check(judge)
                self.proof = proof_of(cases, run.settings, str(judge.sandbox.walls))
            except BaseException:
                judge.close()
                raise
        self._judge = judge
        util.Finalize(self, _end, [judge], exitpriority=1)  # a nanny's worker never comes to atexit

    def judge(self, submission: Submission) -> Report:
        """The report of one submission; whatever happens, there is one."""
        with _TURN:
            return self._judge.judge(submission)

    def __reduce__(self):
        """Neither to another worker nor to the disk, as Dask does where memory becomes short."""
        raise TypeError("a judge stays in the memory of its process")


def _end(judge):
    """In a thread of its own, since Dask lets go in the one that answers its scheduler."""
    with contextlib.suppress(RuntimeError):  # where Python ends, and begins no thread
        threading.Thread(target=judge.close).start()
        return
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
        raise SandboxError("this judge has not proved itself")
    return opened.judge(submission)
