"""Tries one exercise of one submission: loads its statements into a worker, and runs its checks.

In: a parsed submission, and the parts that are right.  Out: a judgment of each check.  It starts
another worker after one ends.  It knows no known mistake, no points and no sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from autograder.authoring.exercise import Exercise
from autograder.errors import Ended
from autograder.figure import Figure
from autograder.judging.check_runner import CheckRunner, Judgment
from autograder.judging.faults import ended, fault, outcome_of, statement
from autograder.judging.load import Loaded, load
from autograder.reading.parsed import ParsedSubmission
from autograder.results import Fault, Outcome, Result
from autograder.sandbox.client import Worker
from autograder.sandbox.deadline import Budget

if TYPE_CHECKING:
    from autograder.judging.judge import Judge

# Faults that other values may not have.
OF_CALLS = {"differs", "beyond", "raised", "malformed"}
# Faults that other statements, run before, may change.
MAY_CHANGE = OF_CALLS | {"absent"}
# After so many checks of an exercise ran out of time, the others are not tried.
MAX_TIMEOUTS = 2


@dataclass(eq=False)
class Trial:
    """One exercise of one submission, in one worker, or in a new one after a death.

    passed: the parts that passed all their own checks.  wrong_parts: those that did not.
    right_part: of these, the one for which a right one stands.
    budget: of the submission.  shrink_budget: the portion of it for finding small cases,
    which grade nobody.
    """

    judge: Judge
    exercise: Exercise
    parsed: ParsedSubmission
    passed: frozenset[str]
    budget: Budget
    shrink_budget: Budget
    wrong_parts: tuple[str, ...] = ()
    right_part: str = ""

    def __post_init__(self) -> None:
        self.settings = self.judge.settings
        self.functions = self.judge.functions
        self.runners = self.judge.runners_of(self.exercise, self.right_part)
        self.shrink_tries = self.settings.shrink_tries  # left
        self.worker: Worker | None = None
        self.loaded: Loaded | None = None
        self.measured: dict[str, dict[str, float]] = {}
        # our own tracebacks
        self.logs: list[str] = []
        # if tried
        self.figures: list[Figure] | None = None
        # of each check, once they are known
        self.results: list[Result] = []
        # whether known causes explain all that failed
        self.is_explained = False
        # of the function as it is judged, that is, without its slip; None if it is missing
        self.signature: dict | None = None
        # with the change that undoes a slip, if one was found
        self.without_slip: ParsedSubmission | None = None

    @property
    def is_knock_on(self) -> bool:
        """Whether it runs wrong parts, which show with smaller cases what is wrong."""
        return bool(self.wrong_parts) and not self.exercise.has_doubles

    @property
    def is_right(self) -> bool:
        """Whether it passed its checks of values: no caller of a function needs a docstring."""
        for check, result in zip(self.exercise.checks, self.results):
            if result.outcome is not Outcome.PASSED and not check.of_style:
                return False
        return True

    def leave_out_style(self) -> None:
        """Keep only the checks of values from now on."""
        self.runners = [
            runner for runner in self.runners if not runner.check.of_style
        ]

    def changed(self, parsed: ParsedSubmission, budget: Budget) -> Trial:
        """Return a trial of the same exercise with other statements, on a portion of its budget."""
        parsed = replace(parsed, fallback={})
        trial = replace(self, parsed=parsed, budget=budget)
        trial.runners = self.runners
        return trial

    def run_checks(self, until_one_fails: bool = False) -> list[Judgment]:
        """Return the judgment of each check; if the function is missing, each has that fault.

        The worker runs on if a check fails, so that causes can be looked for.
        """
        judgments = self._run_checks(until_one_fails)
        if self._may_need_fallback(judgments):
            judgments = self._with_fallback(judgments, until_one_fails)
        if self.loaded is not None:
            self.signature = self.loaded.functions.get(self.exercise.function)
        if not any(judgment.fault for judgment in judgments):
            self.end()
        return judgments

    def _run_checks(self, until_one_fails: bool) -> list[Judgment]:
        judgments: list[Judgment] = []
        problem: Fault | None = None
        timeouts = 0
        for runner in self.runners:
            problem = problem or self._why_not_ready()
            if problem is not None:
                judgment = Judgment(runner, problem, ended=True)
            else:
                judgment = self._run(runner)
                timeouts += _is_timeout(judgment)
                if timeouts == MAX_TIMEOUTS:
                    problem = fault("too_slow_before")
            judgments.append(judgment)
            if until_one_fails and judgment.fault:
                break
        return judgments

    def _why_not_ready(self) -> Fault | None:
        """Return the fault of a submission that does not load, or lacks the function."""
        try:
            self.ready()
        except Ended as error:
            return ended(error, loading=error.what != "spent")
        function = self.exercise.function
        if self.loaded is None or function not in self.loaded.functions:
            return fault("absent", function=function)
        return None

    def _run(self, runner: CheckRunner) -> Judgment:
        seconds = None
        # Pictures take long to import.
        if self.parsed.needs_slow_imports:
            seconds = 8 * self.settings.check_seconds
        try:
            judgment = runner.run(self.ready(), self.passed, seconds)
        except Ended as error:
            return Judgment(runner, ended(error), ended=True)
        self.measured |= judgment.measured
        if judgment.fault and "log" in judgment.fault.values:
            self.logs.append(judgment.fault.values["log"])
        return judgment

    def _may_need_fallback(self, judgments: Sequence[Judgment]) -> bool:
        if self.exercise.function not in self.parsed.fallback:
            return False
        return any(
            judgment.fault and judgment.fault.kind in MAY_CHANGE
            for judgment in judgments
        )

    def _with_fallback(
        self, judgments: list[Judgment], until_one_fails: bool
    ) -> list[Judgment]:
        """Run the checks again with all that may change what the function reads; keep what is
        better.

        A value counts for more than an exception, which may come from what was not run, and
        any other exception for more than a name that is not defined.  If
        it takes too long to load, nothing is known of the function's values.
        """
        function = self.exercise.function
        first_parsed = self.parsed
        self.end()
        self.parsed = first_parsed.with_fallback(function)
        second = self._run_checks(until_one_fails)
        if _merit(second) > _merit(judgments):
            return second
        self.end()
        self.parsed = replace(first_parsed, fallback={})
        if not any(map(_is_timeout, second)):
            return judgments
        for judgment in judgments:
            if judgment.fault and judgment.fault.kind in OF_CALLS:
                judgment.fault = fault(
                    "not_run",
                    function=function,
                    lost=statement(first_parsed.last_fallback(function)),
                )
                judgment.ended = True
        return judgments

    def ready(self, budget: Budget | None = None) -> Worker:
        """Return the worker, or a new one if it is gone.  Raises Ended."""
        if self.worker is None or self.worker.end:
            return self.start(budget)
        self.worker.budget = budget or self.budget
        return self.worker

    def start(self, budget: Budget | None = None) -> Worker:
        """Return a new worker that has run the statements.  Raises Ended."""
        self.end()
        budget = budget or self.budget
        seconds = self.settings.load_seconds
        budget.allow(seconds)
        self.worker = self.judge.workers.sandbox.worker(budget)
        try:
            self.loaded = load(
                self.worker,
                self.exercise,
                self.parsed,
                self.functions,
                seconds,
                right_part=self.right_part,
            )
        except BaseException:
            self.end()
            raise
        return self.worker

    def end(self) -> None:
        """End the worker, where there is one."""
        if self.worker is not None:
            self.worker.close()
            self.worker = None


def _is_timeout(judgment: Judgment) -> bool:
    return (
        judgment.fault is not None
        and outcome_of(judgment.fault) is Outcome.TIMEOUT
    )


def _merit(judgments: Sequence[Judgment]) -> tuple[int, int, int]:
    """Return how many checks passed, how many of the others compared a value, and how many
    missed no name.
    """
    faults = [judgment.fault for judgment in judgments if judgment.fault]
    passed = len(judgments) - len(faults)
    differ = sum(fault.kind == "differs" for fault in faults)
    missing = sum(fault.values.get("error") == "NameError" for fault in faults)
    return passed, differ, -missing
