"""Tries one exercise of one submission in a sandbox: loads statements, runs checks, ends workers.

Returns answers and faults; knows nothing of mistakes' names, of results or of words.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from autograder.authoring.exercise import Exercise
from autograder.authoring.proxy import StudentFunction
from autograder.errors import Ended, SandboxError
from autograder.figure import Figure
from autograder.judging.faults import (
    Judgment,
    ended,
    fault,
    outcome_of,
    statement,
)
from autograder.judging.run import CheckRunner
from autograder.reading.parsed import (
    FailedStatement,
    ParsedSubmission,
    Statement,
)
from autograder.reading.source import Change
from autograder.results import Fault, Outcome
from autograder.sandbox.client import Sandbox, Worker
from autograder.sandbox.deadline import Budget
from autograder.sandbox.inside.loading import compiled
from autograder.settings import Settings
from autograder.wire import fits

# Faults that other values may not have.
OF_VALUES = {"differs", "beyond", "raised", "malformed"}
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
    """Run the statements that an exercise needs.  beside: other exercises in this worker.  Raises
    Ended.
    """
    statements = [
        [s.place, s.line, s.source] for s in parsed.needed(exercise.function)
    ]
    probes = _compiled_probes((exercise, *beside))
    report = worker.load(
        statements,
        list(functions),
        _compiled_doubles(exercise),
        seconds,
        probes,
    )
    sent = Counter((place, line) for place, line, _ in statements)
    if (
        not fits(_LOADED, report)
        or not report["functions"].keys() <= {*functions}
        or not Counter(
            (each["place"], each["line"]) for each in report["faults"]
        )
        <= sent
    ):  # a statement that was not run, or is reported twice
        raise worker.protocol_error("load")
    lost = []
    for failure in report["faults"]:
        failed = parsed.by_place[failure["place"], failure["line"]]
        lost.append(
            FailedStatement(**failure, binds=failed.binds, code=failed.head)
        )
    return Loaded(report["functions"], tuple(lost))


@functools.lru_cache(maxsize=100)
def _compiled_doubles(exercise: Exercise) -> dict[str, dict]:
    """Return the doubles of each part, as a worker takes them."""
    doubles = {}
    for part, sources in exercise.double_sources.items():
        codes = {
            kind: text
            for kind, text in sources.items()
            if text and kind != "stands"
        }
        doubles[part] = sources | {
            kind: compiled(text, kind) for kind, text in codes.items()
        }
    return doubles


@functools.lru_cache(maxsize=100)
def _compiled_probes(exercises: tuple[Exercise, ...]) -> dict[str, str]:
    """Return the probes of these exercises and their parts."""
    asked = {
        one.name: one
        for exercise in exercises
        for one in (exercise, *exercise.parts)
    }
    probes = [probe for exercise in asked.values() for probe in exercise.probes]
    return {probe.key: compiled(probe.source, "probe") for probe in probes}


class TrialServices(Protocol):
    """What trials use of their judge.  functions: of all exercises of the assignment."""

    settings: Settings
    functions: list[str]
    checks: dict[str, list[CheckRunner]]

    @property
    def sandbox(self) -> Sandbox: ...

    def changes(
        self,
        exercise: Exercise,
        statement: Statement,
        known: Sequence[str],
        line: int,
        most: int,
    ) -> Sequence[Change]: ...


def _merit(judgments: Sequence[Judgment]) -> tuple[int, int]:
    """Return how many checks passed, and how many of the others compared a value."""
    kinds = [judgment.fault and judgment.fault.kind for judgment in judgments]
    return kinds.count(None), kinds.count("differs")


@dataclass(eq=False)
class Trial:
    """The runs of one exercise's checks: in one worker, or in a fresh one after a death.

    passed: the parts that passed all their own checks.  budget: of the submission.
    looking: the part of it for finding small cases, which grade nobody.
    """

    judge: TrialServices
    exercise: Exercise
    parsed: ParsedSubmission
    passed: frozenset[str]
    budget: Budget
    looking: Budget
    cpu: float = field(default=0.0, init=False)
    worker: Worker | None = field(default=None, init=False)
    loaded: Loaded | None = field(default=None, init=False)
    notes: dict[str, dict[str, float]] = field(default_factory=dict, init=False)
    logs: list[str] = field(
        default_factory=list, init=False
    )  # our own tracebacks
    figures: list[Figure] = field(default_factory=list, init=False)
    shown: dict[str, tuple[dict, Fault | None]] = field(
        default_factory=dict, init=False
    )  # by check

    def __post_init__(self) -> None:
        self.settings, self.functions = (
            self.judge.settings,
            self.judge.functions,
        )
        self.checks = self.judge.checks[self.exercise.name]
        self.figure_bodies = [
            *self.exercise.figure_bodies
        ]  # those not tried yet
        self.tries = self.settings.shrink_tries  # left

    def start(self, budget: Budget | None = None) -> Worker:
        """Return a new worker that has run the statements.  Raises Ended."""
        self.end()
        budget = budget or self.budget
        seconds = self.settings.load_seconds
        budget.bounded(seconds)
        worker = self.judge.sandbox.worker(budget)
        try:
            self.loaded = load(
                worker, self.exercise, self.parsed, self.functions, seconds
            )
        except BaseException:
            self.cpu += worker.close()["cpu"]
            raise
        self.worker = worker
        return worker

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
        judgments, function = (
            self._run_checks(until_one_fails),
            self.exercise.function,
        )
        lost = {
            judgment.fault.kind
            for judgment in judgments
            if judgment.fault is not None
        }
        if function in self.parsed.more and lost & {*OF_VALUES, "absent"}:
            judgments = self._with_more(judgments, until_one_fails)
        if not any(judgment.fault for judgment in judgments):
            self.end()
        return judgments

    def _with_more(
        self, judgments: list[Judgment], until_one_fails: bool
    ) -> list[Judgment]:
        """Run the checks again with all that may change what the function reads; keep what is
        better.

        A value counts for more than an exception, which may come from what was not run.  If
        it takes too long to load, nothing is known of the function's values.
        """
        function, few = self.exercise.function, self.parsed
        self.end()
        self.parsed = few.with_more(function)
        again = self._run_checks(until_one_fails)
        if _merit(again) > _merit(judgments):
            return again
        self.end()
        self.parsed = replace(few, more={})
        is_known = all(
            judgment.fault is None
            or outcome_of(judgment.fault) is not Outcome.TIMEOUT
            for judgment in again
        )
        for judgment in judgments:
            if (
                not is_known
                and judgment.fault is not None
                and judgment.fault.kind in OF_VALUES
            ):
                judgment.fault = fault(
                    "not_run",
                    function=function,
                    lost=statement(few.left_out(function)),
                )
                judgment.ended = True
        return judgments

    def _run_checks(self, until_one_fails: bool) -> list[Judgment]:
        judgments, hangs, dead = [], 0, None
        seconds = (
            8 * self.settings.check_seconds if self.parsed.extras else None
        )  # pictures take long
        for check in self.checks:
            dead = dead or self._why_not_ready()
            try:
                judgment = (
                    Judgment(dead, ended=True)
                    if dead
                    else check.run(self.ready(), self.passed, seconds)
                )
            except Ended as error:
                judgment = Judgment(ended(error), ended=True)
                hangs += outcome_of(ended(error)) is Outcome.TIMEOUT
                dead = fault("too_slow_before") if hangs == HANGS else None
            self.notes |= judgment.notes
            if judgment.fault is not None and "log" in judgment.fault.values:
                self.logs.append(judgment.fault.values["log"])
            judgments.append(judgment)
            if until_one_fails and judgment.fault is not None:
                break
        return judgments

    def _why_not_ready(self) -> Fault | None:
        try:
            self.ready()
        except Ended as error:
            return ended(error, loading=error.what != "spent")
        is_there = (
            self.loaded is not None
            and self.exercise.function in self.loaded.functions
        )
        return (
            None
            if is_there
            else fault("absent", function=self.exercise.function)
        )

    def changed(self, parsed: ParsedSubmission, budget: Budget) -> Trial:
        """Return a trial of the same exercise with other statements, on a part of its budget."""
        other = replace(self, parsed=replace(parsed, more={}), budget=budget)
        other.checks = self.checks
        return other

    def leave_out_style(self) -> None:
        """Keep only the checks of values from now on."""
        self.checks = [
            check for check in self.checks if not check.check.of_style
        ]

    def smallest(
        self, check: CheckRunner, judgment: Judgment
    ) -> tuple[dict, Fault | None]:
        """Return the smallest case found that fails, and its fault.  Raises Ended."""
        if check.check.name not in self.shown:
            worker = self.ready(self.looking)
            case, found, self.tries = check.smallest(
                judgment, worker, self.passed, self.tries
            )
            self.shown[check.check.name] = case, found
        return self.shown[check.check.name]

    def plot_figures(self, check: CheckRunner, found: Fault) -> None:
        """Keep the figures that show a fault of values, each once, without any that raises."""
        if found.kind not in ("differs", "beyond"):
            return
        while self.figure_bodies:
            body = self.figure_bodies.pop(0)
            try:
                asking = check.asking(
                    self.ready(self.looking), self.settings.check_seconds
                )
                figure = body(
                    StudentFunction(asking, {}, check.doubles[0], self.passed)
                )
            except SandboxError:
                raise
            except Exception:  # a student's answers can make it raise anything
                continue
            if figure is not None:
                self.figures.append(
                    replace(
                        figure,
                        exercise=self.exercise.name,
                        check=check.check.name,
                    )
                )
