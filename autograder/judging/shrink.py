"""Finds the smallest case that fails a check, for a student to read.

In: a trial, and the judgment of a check that failed there.  Out: a case and its fault.
Hypothesis proposes smaller cases, and a worker answers each.  It decides no points.
"""

from typing import Any

from autograder.authoring import drawing
from autograder.errors import Ended
from autograder.judging.cases import size
from autograder.judging.check_runner import Judgment
from autograder.judging.trial import Trial
from autograder.results import Fault


def smallest(trial: Trial, judgment: Judgment) -> tuple[dict, Fault | None]:
    """Return the smallest case found that fails, and its fault.  Raises Ended."""
    if judgment.smallest is None:
        search = _Search(trial, judgment)
        if trial.shrink_tries and not search.is_done:
            search.run()
        judgment.smallest = search.case, search.fault
    return judgment.smallest


class _Search:
    """The smallest case so far that fails, and how to try another."""

    def __init__(self, trial: Trial, judgment: Judgment):
        self.trial = trial
        self.runner = judgment.runner
        self.case = self.runner.cases[judgment.case]
        self.fault = judgment.fault
        check = self.runner.check
        self.strategy: Any = check.simpler
        self.is_done = False
        if self.strategy is None:
            self.strategy = check.given
            self.is_done = judgment.case == self.runner.order[0]

    def run(self) -> None:
        """Try smaller cases, as many as are left to the trial."""
        trial = self.trial
        settings = trial.settings
        worker = trial.ready(trial.shrink_budget)
        self.dialog = self.runner.dialog(worker, settings.check_seconds)
        try:
            drawing.shrink(
                self.strategy,
                self.runner.seed,
                settings.shrink_tries,
                self._fails,
                trial.shrink_tries,
            )
        except Ended:
            # A case ended the worker: what was found before stays.
            trial.shrink_tries = 0

    def _fails(self, case: dict) -> bool:
        self.trial.shrink_tries -= 1
        fault = self.runner.fault_in(
            case, self.dialog.answer, self.trial.passed
        )
        if fault is not None and size(case) <= size(self.case):
            self.case = case
            self.fault = fault
        return fault is not None
