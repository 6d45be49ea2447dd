"""The code in a worker of a Dask cluster: opens a judge, proves that it grades alike, and judges.

Imports nothing that takes long, because Dask's scheduler imports it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from autograder.errors import KitError, SandboxError
from autograder.grading import executors, machine
from autograder.grading.provenance import require_same
from autograder.intake.submission import Submission
from autograder.languages import in_language
from autograder.results import Report
from autograder.settings import Settings

if TYPE_CHECKING:
    from autograder.judging.judge import Judge

# One thread opens, uses and closes all judges of this process, because the language is a
# setting of the whole process.
_THREAD = ThreadPoolExecutor(1, "judge")
# Runs whose judges this process keeps: a run that was killed closes none.
RUNS = 2
_judges: dict[str, Judge] = {}
Answer = str | dict[str, dict[str, float]] | Report | KitError


class Run(NamedTuple):
    """What a judge of a run is made of.  hidden: what no student code may read."""

    id: str
    assignment: str
    settings: Settings
    hidden: tuple[Path, ...]
    facts: Mapping[str, object]


def answer(
    run: Run, layers: str = "", submission: Submission | None = None
) -> tuple[str, Answer]:
    """Return this worker's address, and the report.

    layers: those of the run; without a submission, the answer is how fast right answers are
    on this machine, and without both, its sandbox layers.  A KitError: this worker cannot judge.
    """
    from distributed import get_worker

    task = _THREAD.submit(_answer, run, layers, submission)
    return get_worker().address, task.result()


def _answer(run: Run, layers: str, submission: Submission | None) -> Answer:
    from autograder.judging import gate

    try:
        with in_language(run.settings.language):
            judge = _judge_of(run)
            active = str(judge.workers.sandbox.layers)
            if not layers:
                return active
            require_same({"layers": layers}, {"layers": active})
            if submission is None:
                return gate.speedups(judge)
            return judge.judge(submission)
    except KitError as error:
        return error
    except Exception as error:
        return SandboxError(in_a_line(error))


def _judge_of(run: Run) -> Judge:
    """Return this process's judge of a run, which the first call opens."""
    from autograder.judging import gate

    if run.id not in _judges:
        if len(_judges) == RUNS:
            _judges.pop(next(iter(_judges))).close()
        machine.require_memory()
        judge = executors.open_judge(run.assignment, run.settings, run.facts)
        try:
            gate.prepare(judge, run.hidden)
        except BaseException:
            judge.close()
            raise
        _judges[run.id] = judge
    return _judges[run.id]


def close(id: str) -> None:
    """Close the judge of a run, if there is one, once it has nothing in hand."""

    def close_in_thread() -> None:
        if id in _judges:
            _judges.pop(id).close()

    _THREAD.submit(close_in_thread)


def in_a_line(error: Exception) -> str:
    """Return an exception's type and the first line of its message."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"
