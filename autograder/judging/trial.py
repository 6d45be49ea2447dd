"""Tries one exercise of one submission in a sandbox: loads statements, runs checks, ends workers.

Returns answers and faults; knows nothing of mistakes' names, of results or of words.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from autograder.authoring import drawing
from autograder.authoring.exercise import Exercise
from autograder.errors import Ended
from autograder.figure import Figure
from autograder.judging.cases import size
from autograder.judging.faults import ended, fault, outcome_of, statement
from autograder.judging.run import CheckRunner, Judgment
from autograder.reading.parsed import FailedStatement, ParsedSubmission
from autograder.results import Fault, Outcome
from autograder.sandbox.client import Worker
from autograder.sandbox.deadline import Budget
from autograder.sandbox.inside.loading import compiled
from autograder.wire import fits

if TYPE_CHECKING:
    from autograder.judging.judge import Judge

# Faults that other values may not have.
OF_VALUES = {"differs", "beyond", "raised", "malformed"}
# Faults that other statements, run before, may change.
MAY_CHANGE = OF_VALUES | {"absent"}
# After so many checks of an exercise ran out of time, the others are not tried.
HANGS = 2


@dataclass(frozen=True)
class Loaded:
    """What running statements gave: functions with their `loading.parameters`, and failures."""

    functions: Mapping[str, dict | None]
    lost: tuple[FailedStatement, ...]


_LOADED = {
    "functions": {str: {"names": [str], "needed": int, "most": (int, None)}},
    "faults": [{"place": str, "line": int, "kind": str, "message": str}],
}


def load(
    worker: Worker,
    exercise: Exercise,
    parsed: ParsedSubmission,
    functions: Sequence[str],
    seconds: float,
    beside: tuple[Exercise, ...] = (),
) -> Loaded:
    """Run the statements that an exercise needs.  Raises Ended.

    beside: other exercises in this worker.
    """
    statements = [
        [needed.place, needed.line, needed.source]
        for needed in parsed.needed(exercise.function)
    ]
    report = worker.load(
        statements,
        list(functions),
        _compiled_doubles(exercise),
        seconds,
        _compiled_probes((exercise, *beside)),
    )
    if not fits(_LOADED, report) or not report["functions"].keys() <= {
        *functions
    }:
        raise worker.protocol_error("load")
    sent = Counter((place, line) for place, line, _ in statements)
    lost = []
    for failure in report["faults"]:
        at = failure["place"], failure["line"]
        sent[at] -= 1
        # It was not run, or is reported twice.
        if sent[at] < 0:
            raise worker.protocol_error("load")
        failed = parsed.by_place[at]
        lost.append(
            FailedStatement(**failure, binds=failed.binds, code=failed.head)
        )
    return Loaded(report["functions"], tuple(lost))


@functools.lru_cache(maxsize=100)
def _compiled_doubles(exercise: Exercise) -> dict[str, dict]:
    """Return the doubles of each part, as a worker takes them."""
    doubles: dict[str, dict] = {}
    for part, sources in exercise.double_sources.items():
        doubles[part] = dict(sources)
        for kind, text in sources.items():
            if text and kind != "stands":
                doubles[part][kind] = compiled(text, kind)
    return doubles


@functools.lru_cache(maxsize=100)
def _compiled_probes(exercises: tuple[Exercise, ...]) -> dict[str, str]:
    """Return the probes of these exercises and their parts."""
    probes: dict[str, str] = {}
    for exercise in exercises:
        for owner in (exercise, *exercise.parts):
            for probe in owner.probes:
                if probe.key not in probes:
                    probes[probe.key] = compiled(probe.source, "probe")
    return probes


def _is_timeout(judgment: Judgment) -> bool:
    return (
        judgment.fault is not None
        and outcome_of(judgment.fault) is Outcome.TIMEOUT
    )


def _merit(judgments: Sequence[Judgment]) -> tuple[int, int]:
    """Return how many checks passed, and how many of the others compared a value."""
    kinds = [judgment.fault and judgment.fault.kind for judgment in judgments]
    return kinds.count(None), kinds.count("differs")


@dataclass(eq=False)
class Trial:
    """The judgments of one exercise's checks: in one worker, or in a fresh one after a death.

    passed: the parts that passed all their own checks.  budget: of the submission.
    looking: the portion of it for finding small cases, which grade nobody.
    """

    judge: Judge
    exercise: Exercise
    parsed: ParsedSubmission
    passed: frozenset[str]
    budget: Budget
    looking: Budget
    cpu: float = field(default=0.0, init=False)
    worker: Worker | None = field(default=None, init=False)
    loaded: Loaded | None = field(default=None, init=False)
    notes: dict[str, dict[str, float]] = field(default_factory=dict, init=False)
    # our own tracebacks
    logs: list[str] = field(default_factory=list, init=False)
    # if tried
    figures: list[Figure] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.settings = self.judge.settings
        self.functions = self.judge.functions
        self.checks = self.judge.checks[self.exercise.name]
        self.tries = self.settings.shrink_tries  # left

    def start(self, budget: Budget | None = None) -> Worker:
        """Return a new worker that has run the statements.  Raises Ended."""
        self.end()
        budget = budget or self.budget
        seconds = self.settings.load_seconds
        budget.bounded(seconds)
        self.worker = self.judge.sandbox.worker(budget)
        try:
            self.loaded = load(
                self.worker,
                self.exercise,
                self.parsed,
                self.functions,
                seconds,
            )
        except BaseException:
            self.end()
            raise
        return self.worker

    def end(self) -> None:
        """End the worker, where there is one."""
        if self.worker is not None:
            self.cpu += self.worker.close()["cpu"]
            self.worker = None

    def ready(self, budget: Budget | None = None) -> Worker:
        """Return the worker, or a new one if it is gone.  Raises Ended."""
        if self.worker is None or self.worker.end:
            return self.start(budget)
        self.worker.budget = budget or self.budget
        return self.worker

    def run_checks(self, until_one_fails: bool = False) -> list[Judgment]:
        """Return the judgment of each check; if the function is missing, each has that fault."""
        judgments = self._run_checks(until_one_fails)
        if self.exercise.function in self.parsed.fallback:
            for judgment in judgments:
                if judgment.fault and judgment.fault.kind in MAY_CHANGE:
                    judgments = self._with_fallback(judgments, until_one_fails)
                    break
        if not any(judgment.fault for judgment in judgments):
            self.end()
        return judgments

    def _with_fallback(
        self, judgments: list[Judgment], until_one_fails: bool
    ) -> list[Judgment]:
        """Run the checks again with all that may change what the function reads; keep what is
        better.

        A value counts for more than an exception, which may come from what was not run.  If
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
            if judgment.fault and judgment.fault.kind in OF_VALUES:
                judgment.fault = fault(
                    "not_run",
                    function=function,
                    lost=statement(first_parsed.left_out(function)),
                )
                judgment.ended = True
        return judgments

    def _run_checks(self, until_one_fails: bool) -> list[Judgment]:
        judgments = []
        problem: Fault | None = None
        hangs = 0
        for check in self.checks:
            problem = problem or self._why_not_ready()
            if problem is not None:
                judgment = Judgment(check, problem, ended=True)
            else:
                judgment = self._run(check)
                hangs += _is_timeout(judgment)
                if hangs == HANGS:
                    problem = fault("too_slow_before")
            judgments.append(judgment)
            if until_one_fails and judgment.fault is not None:
                break
        return judgments

    def _run(self, check: CheckRunner) -> Judgment:
        seconds = None
        # Pictures take long to import.
        if self.parsed.extras:
            seconds = 8 * self.settings.check_seconds
        try:
            judgment = check.run(self.ready(), self.passed, seconds)
        except Ended as error:
            return Judgment(check, ended(error), ended=True)
        self.notes |= judgment.notes
        if judgment.fault is not None and "log" in judgment.fault.values:
            self.logs.append(judgment.fault.values["log"])
        return judgment

    def _why_not_ready(self) -> Fault | None:
        try:
            self.ready()
        except Ended as error:
            return ended(error, loading=error.what != "spent")
        function = self.exercise.function
        if self.loaded is None or function not in self.loaded.functions:
            return fault("absent", function=function)
        return None

    def changed(self, parsed: ParsedSubmission, budget: Budget) -> Trial:
        """Return a trial of the same exercise with other statements, on a portion of its budget."""
        trial = replace(
            self, parsed=replace(parsed, fallback={}), budget=budget
        )
        trial.checks = self.checks
        return trial

    def leave_out_style(self) -> None:
        """Keep only the checks of values from now on."""
        self.checks = [
            runner for runner in self.checks if not runner.check.of_style
        ]

    def smallest(self, judgment: Judgment) -> tuple[dict, Fault | None]:
        """Return the smallest case found that fails, and its fault.  Raises Ended."""
        if judgment.smallest is None:
            judgment.smallest = self._shrunk(judgment)
        return judgment.smallest

    def _shrunk(self, judgment: Judgment) -> tuple[dict, Fault | None]:
        runner = judgment.runner
        smallest = runner.cases[judgment.case]
        smallest_fault = judgment.fault
        strategy: Any = runner.check.simpler
        is_simplest = strategy is None and judgment.case == runner.order[0]
        if is_simplest or not self.tries:
            return smallest, smallest_fault
        if strategy is None:
            strategy = runner.check.given
        answer = runner.asking(
            self.ready(self.looking), self.settings.check_seconds
        )

        def fails(case: dict) -> bool:
            nonlocal smallest, smallest_fault
            self.tries -= 1
            case_fault = runner.fault_in(case, {}, self.passed, answer)
            if case_fault is not None and size(case) <= size(smallest):
                smallest, smallest_fault = case, case_fault
            return case_fault is not None

        try:
            drawing.shrink(
                strategy,
                runner.seed,
                self.settings.shrink_tries,
                fails,
                self.tries,
            )
        except Ended:
            # A case ended the worker: what was found before stays.
            self.tries = 0
        return smallest, smallest_fault
