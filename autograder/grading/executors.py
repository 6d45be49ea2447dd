"""Judges in processes that import what is slow; each proves that it would grade alike before it
gets work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.errors import SandboxError
from autograder.grading import provenance
from autograder.grading.pool import DIED, NO_JUDGES, Pool
from autograder.intake.submission import Submission
from autograder.judging.cases import Cases, cases_of, not_judged
from autograder.judging.reports import report_of
from autograder.languages import set_language, tr
from autograder.results import Report
from autograder.settings import Settings

if TYPE_CHECKING:
    from autograder.judging.judge import Judge


def open_judge(
    assignment: str, settings: Settings, facts: Mapping[str, Any]
) -> Judge:
    """Open the judge of one process.

    Raises SandboxError if it would grade differently from the run with these facts.
    """
    from autograder.judging import gate

    # Errors outside of any report are in this language, too.
    set_language(settings.language)
    cases = cases_of(assignment, settings.seed)
    provenance.require_same(facts, provenance.facts(cases, settings))
    return gate.open_judge(cases, settings)


def _prepare(
    hidden: Sequence[Path], judge: Judge
) -> tuple[str, dict[str, dict[str, float]]]:
    """Return the layers of a judge's sandbox, and how fast right answers are on this machine."""
    from autograder.judging import gate

    return gate.prepare(judge, hidden), gate.speedups(judge)


def _pass_gate(judge: Judge) -> None:
    from autograder.judging import gate

    gate.check(judge)


class LocalProcesses:
    """`jobs` judges of one assignment, each in a process of its own.  Raises as `gate.prepare`."""

    def __init__(
        self,
        cases: Cases,
        settings: Settings,
        jobs: int,
        hidden: Sequence[Path],
    ):
        self.assignment = cases.assignment
        facts = provenance.facts(cases, settings)
        self._pool = Pool(
            partial(open_judge, cases.assignment, settings, facts), jobs
        )
        try:
            # One alone measures how fast right answers are: side by side, judges slow each other.
            first = 0, partial(_prepare, hidden)
            gates = [(number, _pass_gate) for number in range(1, jobs)]
            answers = dict(self._pool.run([first, *gates]))
            if answers[0] is DIED:
                raise SandboxError(NO_JUDGES)
            self.layers, self.speedups = answers[0]
        except BaseException:
            self.close()
            raise

    def reports(
        self, submissions: Iterable[Submission]
    ) -> Iterator[tuple[Submission, Report]]:
        """Yield reports, as they are done and read."""
        calls = (
            (submission, methodcaller("judge", submission))
            for submission in submissions
        )
        for submission, report in self._pool.run(calls):
            if report is DIED:
                report = given_up(submission, self.assignment)
            yield submission, report

    def close(self) -> None:
        """End the judges now, also in the middle of their work."""
        self._pool.close()


def given_up(submission: Submission, assignment: str) -> Report:
    """Return the report of a submission that killed its judges: it needs review."""
    reason = tr(
        "The judge died more than once on this submission. Grade it alone to see why."
    )
    results = not_judged(assignment, reason, "ours")
    return report_of(submission, assignment, results)
