"""Judges in separate processes, each of which proves that it would grade alike before it gets work.

A task contains text, never a path.  Slow imports happen in the judges' processes, not in the one that
starts them.
"""

import os
import shutil
import signal
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from autograder.errors import N_, SandboxError
from autograder.grading import provenance
from autograder.grading.pool import Died, Pool, no_processes
from autograder.intake.submission import Submission
from autograder.judging.cases import Cases, cases_of
from autograder.languages import speak, tr
from autograder.results import Report
from autograder.sandbox.template import Lent
from autograder.settings import Settings

OTHERWISE = N_("A judge would grade differently (other {names}). Install the same kit everywhere.")
DIED_TWICE = N_("The judge died twice on this submission. Grade it alone to see why.")


class _Own:
    """The judge of one process, with its proof."""

    judge: Any = None  # until it is open

    def __init__(self, folder: str, assignment: str, settings: Settings, lend: Callable[[], Lent]):
        from autograder.judging import gate

        tempfile.tempdir = folder
        speak(settings.language)  # its errors too, outside of any report
        signal.signal(signal.SIGTERM, self._end_now)
        cases = cases_of(assignment, settings.seed)
        self.judge, self.proof = gate.open_judge(cases, settings, lend), provenance.proof(cases, settings)

    def _end_now(self, number: int, frame: FrameType | None) -> None:
        """End the sandbox too: one that still imports torch would notice the end of its judge late."""
        if self.judge is not None:
            self.judge.kill()
        shutil.rmtree(str(tempfile.tempdir), ignore_errors=True)
        os._exit(128 + number)

    def close(self) -> None:
        self.judge.close()


def _prepare(hidden: Sequence[Path], with_gate: bool, own: _Own) -> str:
    from autograder.judging import gate

    return gate.prepare(own.judge, hidden, with_gate)


def _judge(submission: Submission, proof: Mapping[str, str], own: _Own) -> Report:
    """The report.  Raises SandboxError if this judge would grade differently from the run."""
    names = sorted(name for name, digest in proof.items() if own.proof.get(name) != digest)
    if names:
        raise SandboxError(OTHERWISE, names=", ".join(names))
    return own.judge.judge(submission)


class LocalProcesses:
    """`jobs` judges of one assignment, each in a process of its own.  Raises as `gate.prepare`."""

    def __init__(
        self,
        cases: Cases,
        settings: Settings,
        jobs: int,
        hidden: Sequence[Path] = (),
        with_gate: bool = True,
    ):
        self.cases, self.settings = cases, settings
        self.proof = provenance.proof(cases, settings)
        # The judges' temporary folder: a judge that is killed leaves its files here.
        self._folder = tempfile.TemporaryDirectory(prefix="autograder-", ignore_cleanup_errors=True)
        self._pool = Pool(partial(_Own, self._folder.name, cases.assignment, settings), jobs)
        try:
            self.walls = self._only(partial(_prepare, hidden, with_gate))
        except BaseException:
            self.kill()
            raise

    def _only(self, call: Callable[[_Own], Any]) -> Any:
        """The answer to one call.  Raises SandboxError if its process ends."""
        calls = iter([(None, call)])
        ((_, answer),) = self._pool.run(lambda: next(calls, None))
        if isinstance(answer, Died):
            raise no_processes()
        return answer

    def reports(self, submissions: Iterable[Submission]) -> Iterator[tuple[Submission, Report]]:
        """Reports, as they are done and read.  A submission whose judge dies is judged once more."""
        left, again, died = iter(submissions), deque[Submission](), set[str]()

        def next_call() -> tuple[Submission, Callable[[_Own], Report]] | None:
            submission = again.popleft() if again else next(left, None)
            return None if submission is None else (submission, partial(_judge, submission, self.proof))

        for submission, answer in self._pool.run(next_call):
            if not isinstance(answer, Died):
                yield submission, answer
            elif submission.id not in died:
                died.add(submission.id)
                again.append(submission)
            else:
                yield submission, given_up(self.cases, self.settings, submission, tr(DIED_TWICE))

    def close(self) -> None:
        self._pool.close()
        self._folder.cleanup()

    def kill(self) -> None:
        self._pool.kill()
        self._folder.cleanup()


def given_up(cases: Cases, settings: Settings, submission: Submission, why: str) -> Report:
    """The report of a submission that killed its judges: it needs review."""
    from autograder.judging import gate

    return gate.open_judge(cases, settings).failure(submission, why, "")
