"""An audit on all cores: each process owns an auditor, and gets programs as text."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from multiprocessing import util

from autograder.grading import fork_server
from autograder.grading.executors import NO_JUDGES
from autograder.judging.audit import Auditor
from autograder.judging.verdicts import Program, Verdict
from autograder.sandbox.ended import SandboxError
from autograder.settings import Settings

WHOLE = 5  # of so many mutants one is judged with all its functions: what a mistake costs elsewhere


class _Own:
    auditor: Auditor


def _open(assignment: str, settings: Settings) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _Own.auditor = Auditor(assignment, settings)
    util.Finalize(None, _Own.auditor.close, exitpriority=1)


def _look(program: Program, shares: bool) -> Verdict:
    whole = program.sort != "mutant" or int(program.id[-4:], 16) % WHOLE == 0
    return _Own.auditor.look(program, shares=shares, whole=whole)


def verdicts(
    assignment: str, programs: Iterable[Program], settings: Settings, jobs: int, shares: bool = False
) -> Iterator[Verdict]:
    """The verdict on each program of an assignment, in their order.

    shares: count the cases that show each mutant.  Raises what an Auditor raises.
    """
    context = fork_server.start()
    with ProcessPoolExecutor(jobs, context, _open, (assignment, settings)) as pool:
        waiting = [pool.submit(_look, program, shares) for program in programs]
        try:
            for future in waiting:
                yield future.result()
        except BrokenExecutor:
            raise SandboxError(NO_JUDGES) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
