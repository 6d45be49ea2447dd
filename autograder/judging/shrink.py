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
        judgment.smallest = _search(trial, judgment)
    return judgment.smallest


def _search(trial: Trial, judgment: Judgment) -> tuple[dict, Fault | None]:
    """Try smaller cases, as many as are left to the trial."""
    runner = judgment.runner
    smallest_case = runner.cases[judgment.case]
    smallest_fault = judgment.fault
    strategy: Any = runner.check.simpler
    if strategy is None:
        strategy = runner.check.given
        if judgment.case == runner.order[0]:
            return smallest_case, smallest_fault
    if not trial.shrink_tries:
        return smallest_case, smallest_fault
    settings = trial.settings
    worker = trial.ready(trial.shrink_budget)
    dialog = runner.dialog(worker, settings.check_seconds)

    def fails(case: dict) -> bool:
        nonlocal smallest_case, smallest_fault
        trial.shrink_tries -= 1
        fault = runner.fault_in(case, dialog.answer, trial.passed, {})
        if fault and size(case) <= size(smallest_case):
            smallest_case = case
            smallest_fault = fault
        return fault is not None

    try:
        drawing.shrink(
            strategy,
            runner.seed,
            settings.shrink_tries,
            fails,
            trial.shrink_tries,
        )
    except Ended:
        # A case ended the worker: what was found before stays.
        trial.shrink_tries = 0
    return smallest_case, smallest_fault
