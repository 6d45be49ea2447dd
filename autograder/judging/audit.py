"""One program put to the checks and to an oracle: is it right or wrong, and do the checks say so?

Knows nothing of processes, files or pages.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from autograder import cache, wire
from autograder.authoring import strategies
from autograder.authoring.exercise import Check, Exercise
from autograder.judging import cases, gate
from autograder.judging.cases import Cases, number_of
from autograder.judging.diagnosis import same, view
from autograder.judging.judge import Judge
from autograder.judging.prepared import PreparedCheck, Run
from autograder.judging.programs import Program
from autograder.judging.trial import Trial
from autograder.judging.wording import message
from autograder.sandbox.ended import Ended
from autograder.settings import Settings

OTHER_SEED = 0x0AC1E  # the oracle's inputs are none that anybody is graded by


@dataclass(frozen=True)
class Verdict:
    """What the oracle and the checks say of a program.

    witness: how it is wrong, or "" where the oracle finds nothing.  lost: for each check that it fails
    the share of its drawn cases that show it; 1 where they were not counted, or the worker ended.
    named: the known mistake that answers alike.  earned, points: where the whole submission was judged,
    of this exercise; others: the exercises that lost points beside it.
    """

    program: Program
    witness: str
    lost: dict[str, float] = field(default_factory=dict)
    named: str = ""
    earned: float | None = None
    points: float = 0
    others: tuple[str, ...] = ()

    @property
    def is_wrong(self) -> bool:
        """By who wrote it, else by the oracle."""
        return bool(self.witness) if self.program.sort == "mutant" else self.program.sort == "wrong"

    @property
    def kind(self) -> str:
        """One of the four fields of a confusion matrix."""
        return f"{'wrong' if self.is_wrong else 'right'} {'rejected' if self.lost else 'accepted'}"


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

    def look(self, program: Program, shares: bool = False, whole: bool = False) -> Verdict:
        """Both verdicts.

        shares: count the cases in which each check shows it.  whole: judge all of the submission too.
        """
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
        verdict = Verdict(program, witness, lost, named.name if named else "")
        return self._judged_whole(verdict) if whole else verdict

    def _judged_whole(self, verdict: Verdict) -> Verdict:
        report, name = self.judge.judge(verdict.program.submission), verdict.program.exercise
        own = [r for r in report.results if r.exercise == name]
        resting = {e.name for e in self.judge.exercises if e.function != e.name}
        lost = [r.exercise for r in report.results if r.earned < r.points]
        return dataclasses.replace(
            verdict,
            earned=sum(r.earned for r in own),
            points=sum(r.points for r in own),
            others=tuple(dict.fromkeys(e for e in lost if e != name and e not in resting)),
        )

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
            right = Program(exercise.assignment, exercise.name, "right", "the answer", text)
            self._right[exercise.name] = self._views(self._trial(self.oracle, exercise, right))
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
        parsed, _ = judge.parse(program.submission)
        judge.get_ready_for(parsed)
        return judge.trial(exercise, parsed, exercise.conditional, keep_answers=True)

    def _share(self, trial: Trial, check: PreparedCheck, run: Run) -> float:
        """The share of a check's drawn cases that it fails in."""
        if run.ended or not check.is_drawn:
            return 1.0
        try:
            faults = check.each(trial.ready(), trial.passed, trial.answers(check, run))
            drawn = [fault for fault, beyond in zip(faults, check.is_beyond) if not beyond]
            return sum(fault is not None for fault in drawn) / len(drawn)
        except Ended:
            return 1.0


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

    own = "own" if any(e.oracles for e in exercises) else "checks"
    name = f"oracle-{own}-{assignment}-{settings.seed}"
    return Cases(assignment, settings.seed, cache.made_once(name, made))
