"""One exercise of one submission, tried in a sandbox: statements loaded, checks run, workers ended.

Gives answers and faults; knows nothing of mistakes' names, of results or of words.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograder.authoring.checks import Drawing
from autograder.authoring.exercise import Exercise
from autograder.authoring.proxy import Question, Student
from autograder.errors import Ended, SandboxError
from autograder.judging.check_runner import CheckRunner, Run
from autograder.judging.faults import LEFT_BEHIND, Fault, ended, fault
from autograder.results import Figure, Outcome
from autograder.sandbox.client import Sandbox, Worker
from autograder.sandbox.deadline import Budget
from autograder.sandbox.inside.loading import compiled
from autograder.sandbox.inside.parsed import Lost, ParsedSubmission
from autograder.settings import Settings
from autograder.wire import fits

HANGS = 2  # checks of an exercise that may run out of time before the others are not tried
HURRY = 0.5  # of each deadline, where another exercise of the submission ran out of time, and one may


@dataclass(frozen=True)
class Loaded:
    """What running a submission's statements did: the functions that stand now, and what failed.

    functions: their parameters, as far as they can be told.
    """

    functions: Mapping[str, Parameters | None]
    lost: tuple[Lost, ...]


@dataclass(frozen=True)
class Parameters:
    """How a function can be called by place: its names, how many must be given, and how many can."""

    names: Sequence[str]
    needed: int
    most: int | None  # None where there is no bound

    def take(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        return self.needed <= count and (self.most is None or count <= self.most)


_LOADED = {
    "functions": {str: (None, {"names": [str], "needed": int, "most": (int, None)})},
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
    """Run the statements that an exercise needs.  Raises Ended: a worker may say anything in its place.

    beside: what else is tried in this worker.
    """
    statements = [[s.place, s.line, s.source] for s in parsed.needed(exercise.function)]
    probes = _compiled_probes((exercise, *beside))
    said = worker.load(statements, list(functions), _compiled_doubles(exercise), seconds, probes)
    if not fits(_LOADED, said) or not said["functions"].keys() <= {*functions}:
        raise worker.broken("load")
    found = {name: each and Parameters(**each) for name, each in said["functions"].items()}
    lost = tuple(Lost(**each) for each in said["faults"])
    sent = Counter((place, line) for place, line, _ in statements)
    if not Counter((each.place, each.line) for each in lost) <= sent:  # of what was not run, or twice
        raise worker.broken("load")
    return Loaded(found, lost)


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
    """The probes that may be asked of these, as a worker takes them.

    A check may ask those of its exercise's parts as well, but none that carries an answer to be judged here.
    """
    asked = {one.name: one for exercise in exercises for one in (exercise, *exercise.parts)}
    functions = {exercise.function for exercise in exercises}
    probes = [probe for one in asked.values() for probe in one.probes if not probe.rights & functions]
    return {probe.key: compiled(probe.source, "probe") for probe in probes}


class Trial:
    """The runs of one exercise's checks: in one worker, or in a fresh one after a death.

    checks: made ready.  functions: of all exercises of the assignment.  passed: the parts that passed
    all their own checks.  keep_answers: to compare them with others.  budget: of the submission.
    looking: of that, for small cases, by which nobody is graded.  hurried: another exercise of the submission
    ran out of time, and no submission may hold up a class.
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
        keep_answers: bool = False,
        budget: Budget | None = None,
        looking: Budget | None = None,
        hurried: bool = False,
    ):
        self.budget = budget or Budget(settings.submission_seconds)
        self.looking = looking or self.budget.part(settings.shrink_seconds)
        self.sandbox, self.exercise, self.checks, self.parsed = sandbox, exercise, checks, parsed
        self.functions, self.settings, self.passed = functions, settings, passed
        self.keep_answers, self.hurried = keep_answers, hurried
        self.cpu = 0.0
        self.worker: Worker | None = None
        self.loaded: Loaded | None = None
        self.notes: dict[str, float] = {}
        self.logs: list[str] = []  # tracebacks of ours
        self.figures: list[Figure] = []
        self.drawn: list[Drawing] = []  # those that were tried: one that shows nothing is tried once
        self.tries = settings.shrink_tries

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

    @property
    def is_there(self) -> bool:
        """Whether the function stands once the statements were run."""
        return self.loaded is not None and self.exercise.function in self.loaded.functions

    def runs(self) -> list[Run]:
        """What the submission answers to each check; without such a function, a fault says only that."""
        runs, hangs, dead = [], 0, None
        for check in self.checks:
            if dead:
                runs.append(Run(dead, ended=True))
                continue
            try:
                worker = self.ready()
            except Ended as error:
                dead = ended(error, loading=error.what != "spent")
                runs.append(Run(dead, ended=True))
                continue
            if not self.is_there:
                dead = fault("absent", function=self.exercise.function)
                runs.append(Run(dead, ended=True))
                continue
            try:
                seconds = check.seconds * HURRY if self.hurried else None
                run = check.run(worker, self.passed, seconds, keep_answers=self.keep_answers)
                self.notes |= {f"{self.exercise.name}.{name}": x for name, x in run.notes.items()}
                if run.fault is not None and "log" in run.fault.values:
                    self.logs.append(run.fault.values["log"])
                runs.append(run)
            except Ended as error:
                found = ended(error)
                hangs += found.outcome is Outcome.TIMEOUT
                runs.append(Run(found, ended=True))
                if hangs == (1 if self.hurried else HANGS):
                    dead = fault("too_slow_before")
        _say_once_what_was_left(runs)
        if self.keep_answers or not any(run.fault for run in runs):
            self.end()
        return runs

    def answers(self, check: CheckRunner, run: Run) -> list:
        """All answers to a check, asked again where only the verdict was remembered.  Raises Ended."""
        if not run.answers:
            run.answers = check.run(self.ready(), self.passed, keep_answers=True).answers
        return run.answers

    def example(self, check: CheckRunner, run: Run, known: dict | None) -> tuple[dict, Any]:
        """A small case that fails, and how; known: that of the same mistake.  Raises Ended."""
        worker = self.ready(self.looking)
        case, found, self.tries = check.smallest(run, worker, self.passed, self.tries, known)
        return case, found

    def asked(self, check: CheckRunner, *cases: dict) -> tuple[Fault | None, list[Question]]:
        """How the last of these cases fails after the others, in a fresh worker; what was asked for each.

        None where one before it fails as well.  Raises Ended.
        """
        worker, found, questions = self.start(self.looking), None, []
        for case in cases:
            if found is not None:
                return None, []
            found, question = check.asked(case, worker, self.passed)
            questions += [question] if question else []
        return found, questions

    def draw(self, drawing: Drawing, check: CheckRunner) -> None:
        """Keep what a drawing measures, if anything, for the check that was lost.

        Nobody is graded by it: whatever a student's answers do to it, there is no picture then.
        """
        self.drawn.append(drawing)
        try:
            asking = check.asking(self.ready(self.looking), self.settings.check_seconds)
            student = Student(asking, {}, check.doubles[0], self.passed)
            found = drawing.body(student)
        except SandboxError:
            raise
        except Exception:
            return
        if found is not None:
            self.figures.append(replace(found, exercise=self.exercise.name, check=check.check.name))

    def ending_case(self, check: CheckRunner) -> dict | None:
        """The case at which a worker ends, where one can be told."""
        return None if self.hurried else check.ending_case(lambda: self.start(self.looking), self.passed)


def _say_once_what_was_left(runs: Sequence[Run]) -> None:
    """Let what calls left behind cost one check, and none where another fault is told: it breaks no claim."""
    left = [run for run in runs if run.fault is not None and run.fault.kind == LEFT_BEHIND]
    others = any(run.fault is not None and run.fault.kind != LEFT_BEHIND for run in runs)
    for run in left[not others :]:
        run.fault = None
