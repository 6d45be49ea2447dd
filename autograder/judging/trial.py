"""Tries one exercise of one submission in a sandbox: loads statements, runs checks, ends workers.

Returns answers and faults; knows nothing of mistakes' names, of results or of words.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from autograder.authoring.exercise import Exercise
from autograder.authoring.proxy import Student
from autograder.errors import Ended, SandboxError
from autograder.judging.check_runner import CheckRunner, Run
from autograder.judging.faults import SIDE_EFFECT, Fault, ended, fault
from autograder.reading.parsed import Lost, ParsedSubmission, Statement
from autograder.reading.source import Change
from autograder.results import Figure, Outcome
from autograder.sandbox.client import Sandbox, Worker
from autograder.sandbox.deadline import Budget
from autograder.sandbox.inside.loading import compiled
from autograder.settings import Settings
from autograder.wire import fits

OF_VALUES = {"differs", "beyond", "raised", "malformed"}  # faults that other values may not have
# Makes changes of an exercise's statement, given the names that are bound, a line, and how many to make.
Changes = Callable[[Exercise, Statement, Sequence[str], int, int], Sequence[Change]]
HANGS = 2  # after so many checks of an exercise ran out of time, the others are not tried


@dataclass(frozen=True)
class Loaded:
    """The result of running statements: the functions, with `loading.parameters`, and what failed."""

    functions: Mapping[str, dict | None]
    lost: tuple[Lost, ...]


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
    """Run the statements that an exercise needs.  beside: other exercises in this worker.  Raises Ended."""
    statements = [[s.place, s.line, s.source] for s in parsed.needed(exercise.function)]
    probes = _compiled_probes((exercise, *beside))
    said = worker.load(statements, list(functions), _compiled_doubles(exercise), seconds, probes)
    if not fits(_LOADED, said) or not said["functions"].keys() <= {*functions}:
        raise worker.protocol_error("load")
    lost = tuple(Lost(**each) for each in said["faults"])
    sent = Counter((place, line) for place, line, _ in statements)
    if (
        not Counter((each.place, each.line) for each in lost) <= sent
    ):  # it reports statements that were not run, or one twice
        raise worker.protocol_error("load")
    return Loaded(said["functions"], lost)


@functools.lru_cache(maxsize=100)
def _compiled_doubles(exercise: Exercise) -> dict[str, dict]:
    """The doubles of each part, as a worker takes them."""
    return {
        part: {
            kind: compiled(source, kind) if source and kind != "stands" else source
            for kind, source in sources.items()
        }
        for part, sources in exercise.double_sources.items()
    }


@functools.lru_cache(maxsize=100)
def _compiled_probes(exercises: tuple[Exercise, ...]) -> dict[str, str]:
    """The probes of these exercises and their parts, without those that contain an answer to one of them."""
    asked = {one.name: one for exercise in exercises for one in (exercise, *exercise.parts)}
    functions = {exercise.function for exercise in exercises}
    probes = [probe for one in asked.values() for probe in one.probes if not probe.rights & functions]
    return {probe.key: compiled(probe.source, "probe") for probe in probes}


class Trial:
    """The runs of one exercise's checks: in one worker, or in a fresh one after a death.

    functions: of all exercises of the assignment.  passed: the parts that passed all their own checks.
    budget: of the submission.  looking: the part of it for finding small cases, which grade nobody.
    changes: makes the changes of a statement that may undo a slip; None if none is looked for.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        exercise: Exercise,
        checks: Sequence[CheckRunner],
        parsed: ParsedSubmission,
        functions: Sequence[str],
        settings: Settings,
        passed: frozenset[str] = frozenset(),
        budget: Budget | None = None,
        looking: Budget | None = None,
        changes: Changes | None = None,
    ):
        self.budget = budget or Budget(settings.submission_seconds)
        self.looking = looking or self.budget.part(settings.shrink_seconds)
        self.sandbox, self.exercise, self.checks, self.parsed = sandbox, exercise, checks, parsed
        self.functions, self.settings, self.passed = functions, settings, passed
        self.changes = changes
        self.cpu = 0.0
        self.worker: Worker | None = None
        self.loaded: Loaded | None = None
        self.notes: dict[str, float] = {}
        self.logs: list[str] = []  # our own tracebacks
        self.figures: list[Figure] = []
        self.drawings = [*exercise.drawings]  # those not tried yet
        self.tries = settings.shrink_tries  # left

    def start(self, budget: Budget | None = None) -> Worker:
        """A new worker with the submission's statements run, on its budget or a part.  Raises Ended."""
        self.end()
        budget, seconds = budget or self.budget, self.settings.load_seconds
        budget.bounded(seconds)
        worker = self.sandbox.worker(budget)
        try:
            self.loaded = load(worker, self.exercise, self.parsed, self.functions, seconds)
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
        """The worker, or a new one where it is gone, on its budget or a part.  Raises Ended."""
        if self.worker is None or self.worker.end:
            return self.start(budget)
        self.worker.budget = budget or self.budget
        return self.worker

    def runs(self) -> list[Run]:
        """The submission's run of each check; if the function is missing, each has that fault."""
        runs, hangs, dead = [], 0, None
        for check in self.checks:
            dead = dead or self._why_not_ready()
            if dead:
                runs.append(Run(dead, ended=True))
                continue
            try:
                run = check.run(self.ready(), self.passed)
                self.notes |= {f"{self.exercise.name}.{name}": x for name, x in run.notes.items()}
                if run.fault is not None and "log" in run.fault.values:
                    self.logs.append(run.fault.values["log"])
                runs.append(run)
            except Ended as error:
                found = ended(error)
                hangs += found.outcome is Outcome.TIMEOUT
                runs.append(Run(found, ended=True))
                if hangs == HANGS:
                    dead = fault("too_slow_before")
        _show_side_effects_once(runs)
        self._need_review_of_skipped(runs)
        if not any(run.fault for run in runs):
            self.end()
        return runs

    def _need_review_of_skipped(self, runs: Sequence[Run]) -> None:
        """Where a loop that is not run changes what the function reads, nothing is known of its values."""
        function = self.exercise.function
        skipped = self.parsed.skipped.get(function)
        for run in runs:
            if skipped and run.fault is not None and run.fault.kind in OF_VALUES:
                where = {"place": skipped.place, "line": skipped.line, "code": skipped.code}
                run.fault, run.ended = fault("not_run", function=function, **where), True

    def _why_not_ready(self) -> Fault | None:
        try:
            self.ready()
        except Ended as error:
            return ended(error, loading=error.what != "spent")
        is_there = self.loaded is not None and self.exercise.function in self.loaded.functions
        return None if is_there else fault("absent", function=self.exercise.function)

    def changed(self, parsed: ParsedSubmission, budget: Budget) -> Trial:
        """A trial of the same exercise with other statements, on a part of its budget."""
        given = self.functions, self.settings, self.passed, budget
        return Trial(self.sandbox, self.exercise, self.checks, parsed, *given)

    def draw(self, check: CheckRunner) -> None:
        """Keep the figures that show something, each once, for the check that was lost."""
        while self.drawings:
            drawing = self.drawings.pop(0)
            try:
                asking = check.asking(self.ready(self.looking), self.settings.check_seconds)
                student = Student(asking, {}, check.doubles[0], self.passed, names=self.exercise.parameters)
                found = drawing(student)
            except SandboxError:
                raise
            except Exception:  # a student's answers can make it raise anything; then there is no figure
                continue
            if found is not None:
                self.figures.append(replace(found, exercise=self.exercise.name, check=check.check.name))


def _show_side_effects_once(runs: Sequence[Run]) -> None:
    """Let side effects cost one check, or none if another fault is shown: they break no claim."""
    left = [run for run in runs if run.fault is not None and run.fault.kind == SIDE_EFFECT]
    others = any(run.fault is not None and run.fault.kind != SIDE_EFFECT for run in runs)
    for run in left[not others :]:
        run.fault = None
