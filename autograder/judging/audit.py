"""One program put to the checks and to an oracle: is it right or wrong, and do the checks say so?

Knows nothing of processes, files or pages.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from autograder import cache, wire
from autograder.authoring import strategies
from autograder.authoring.exercise import Check, Exercise
from autograder.intake.submission import Submission
from autograder.judging import cases, gate
from autograder.judging.cases import Cases, number_of
from autograder.judging.diagnosis import same, view
from autograder.judging.judge import Judge
from autograder.judging.prepared import PreparedCheck, Run
from autograder.judging.trial import Trial
from autograder.judging.wording import message
from autograder.sandbox.ended import Ended
from autograder.settings import Settings

OTHER_SEED = 0x0AC1E  # the oracle's inputs are none that anybody is graded by


@dataclass(frozen=True)
class Program:
    """A submission whose answer to one exercise is looked at.

    origin: where it comes from.  diff, words: of a mutant.
    """

    id: str
    assignment: str
    exercise: str
    text: str
    origin: str
    operator: str = ""
    words: str = ""
    diff: str = ""


@dataclass(frozen=True)
class Verdict:
    """What the oracle and the checks say of a program.

    witness: how it is wrong, or "" where the oracle finds nothing.  lost: for each check that it fails
    the share of its cases that show it, 1 where the worker ended.  named: the known mistake.
    """

    program: Program
    witness: str
    lost: dict[str, float] = field(default_factory=dict)
    named: str = ""

    @property
    def kind(self) -> str:
        """Right or wrong, accepted or rejected."""
        return f"{'wrong' if self.witness else 'right'} {'rejected' if self.lost else 'accepted'}"


class Auditor:
    """Puts programs of one assignment to its checks, and to the oracles of its exercises."""

    def __init__(self, assignment: str, settings: Settings):
        drawn = gate.cases_of(assignment, settings.seed)
        self.judge = gate.open_judge(drawn, settings)
        self.exercises = {exercise.name: exercise for exercise in self.judge.exercises}
        asked = [dataclasses.replace(e, checks=oracles(e), mistakes=[]) for e in self.judge.exercises]
        self.oracle = Judge([e for e in asked if e.checks], _drawn(assignment, asked, settings), settings)
        self._right: dict[str, list] = {}

    def close(self) -> None:
        """End both sandboxes."""
        self.judge.close()
        self.oracle.close()

    def look(self, program: Program, shares: bool = True) -> Verdict:
        """Both verdicts.  shares: in how many cases each check shows it; else 1 for each that does."""
        witness = self.witness(program)
        exercise = self.exercises[program.exercise]
        trial = self._trial(self.judge, exercise, program)
        try:
            runs = trial.runs()
            lost = {}
            for check, run in zip(trial.checks, runs):
                if run.fault is not None:
                    lost[check.check.name] = self._share(trial, check, run) if shares else 1.0
            named = self.judge.mistakes.name(trial, runs) if lost else None
        finally:
            trial.end()
        return Verdict(program, witness, lost, named.name if named else "")

    def witness(self, program: Program) -> str:
        """What the oracle has against a program, or "": the first of its claims that is broken, and how."""
        exercise = next(e for e in self.oracle.exercises if e.name == program.exercise)
        trial = self._trial(self.oracle, exercise, program)
        try:
            for check, run in zip(trial.checks, trial.runs()):
                if run.fault is not None:
                    return f"{check.check.title}: {message(run.fault)}"
            return self._differs(trial, exercise) if not self.exercises[exercise.name].oracles else ""
        finally:
            trial.end()

    def _differs(self, trial, exercise):
        """Where an exercise declares no oracle, its answers are compared with the right one's."""
        if exercise.name not in self._right:
            text = "import torch\n" + "".join(e.right_source for e in self.exercises.values())
            self._right[exercise.name] = self._views(
                self._trial(self.oracle, exercise, Program("", "", "", text, ""))
            )
        for check, own, right in zip(trial.checks, self._views(trial), self._right[exercise.name]):
            if not same(own, right):
                return f"{check.check.title}: it answers otherwise than the right one"
        return ""

    def _views(self, trial):
        try:
            return [view(c, trial.answers(c, run)) for c, run in zip(trial.checks, trial.runs())]
        finally:
            trial.end()

    def _trial(self, judge: Judge, exercise: Exercise, program: Program) -> Trial:
        parsed, _ = judge.parse(Submission(program.id, "", program.text))
        return judge.trial(exercise, parsed, exercise.conditional, keep_answers=True)

    def _share(self, trial: Trial, check: PreparedCheck, run: Run) -> float:
        """The share of a check's drawn cases that it fails in."""
        count = len(check.cases) - len(check.check.beyond)
        if run.ended or not check.is_drawn:
            return 1.0
        try:
            answers, worker = trial.answers(check, run), trial.ready()
            ask = check._asking(worker, 60.0)
            failed = 0
            for i in range(count):
                first = iter(answers[i][:1])
                found = check.judged(
                    check.cases[i], check.known[i], _first_then(first, ask), trial.passed
                )
                failed += found is not None
            return failed / count
        except Ended:
            return 1.0


def _first_then(first, ask):
    def answer(question):
        for value in first:
            return value, 0.0
        return ask(question)

    return answer


def oracles(exercise: Exercise) -> list[Check]:
    """An exercise's own oracles, or its checks' questions, of larger and other inputs."""
    if exercise.oracles:
        return exercise.oracles
    return [c for c in exercise.checks if c.given is not None and not c.same_cases_as]


def _drawn(assignment, exercises, settings) -> Cases:
    def made():
        frames = {}
        for check in (check for exercise in exercises for check in exercise.checks):
            number = number_of(check, settings.seed ^ OTHER_SEED)
            found = strategies.draw(check.given, cases.AMONG if check.alone else check.cases, number)
            frames[f"{check.exercise}.{check.name}"] = wire.pack(found[-1:] if check.alone else found)
        return frames

    return Cases(assignment, settings.seed, cache.made_once(f"oracle-{assignment}-{settings.seed}", made))
