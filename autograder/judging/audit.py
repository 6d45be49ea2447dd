"""One program put to the checks and to an oracle: is it right or wrong, and do the checks say so?

Knows nothing of processes, files or pages.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from random import Random

from autograder import cache
from autograder.authoring.exercise import Exercise, right_answers
from autograder.exercises import of as exercises_of
from autograder.judging import cases, draws, gate
from autograder.judging.cases import Cases
from autograder.judging.diagnosis import same, views
from autograder.judging.judge import Judge
from autograder.judging.prepared import PreparedCheck, Run
from autograder.judging.trial import Trial
from autograder.judging.verdicts import Program, Verdict
from autograder.judging.wording import message
from autograder.sandbox.ended import Ended
from autograder.sandbox.template import Lent
from autograder.settings import Settings

PATIENCE = 4
OTHER_SEED = 0x0AC1E  # the oracle's inputs are none that anybody is graded by


class Auditor:
    """Puts programs of one assignment to its checks, and to the oracles of its exercises.

    seeds: by how many the checks draw: the course's, and others beside it.  lend: gives a template process
    that runs already, where there is one.
    """

    def __init__(
        self,
        assignment: str,
        settings: Settings,
        seeds: int = 1,
        lend: Callable[[], Lent | None] = lambda: None,
    ):
        drawn = gate.cases_of(assignment, settings.seed)
        self.judge = gate.open_judge(drawn, settings, lend)
        self.exercises = {exercise.name: exercise for exercise in self.judge.exercises}
        asked = _asked(self.judge.exercises)
        # Its inputs may be larger, and a right answer that is slow on them is right all the same.
        patient = settings.with_options(check_seconds=PATIENCE * settings.check_seconds)
        self.oracle = Judge(asked, _other_cases(assignment, asked, settings.seed), patient, lend=lend)
        self.others = {
            seed: Judge(
                self.judge.exercises, _cases_by(assignment, self.judge.exercises, seed), settings, lend=lend
            )
            for seed in other_seeds(settings.seed, seeds - 1)
        }
        self._right: dict[str, list] = {}

    def close(self) -> None:
        """End all sandboxes."""
        for judge in (self.judge, self.oracle, *self.others.values()):
            judge.close()

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
        seeds = tuple(s for s, judge in self.others.items() if self._rejects(judge, program) != bool(lost))
        verdict = Verdict(program, witness, lost, named.name if named else "", seeds=seeds)
        return self._judged_whole(verdict) if whole else verdict

    def _rejects(self, judge, program):
        """Whether a check of this judge's rejects a program."""
        trial = self._trial(judge, self.exercises[program.exercise], program)
        try:
            return any(run.fault is not None for run in trial.runs())
        finally:
            trial.end()

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
        """What the oracle has against a program, or "": the first of its claims that is broken, and how.

        Where an exercise declares no oracle, its checks ask other cases, and its answers are compared with
        the right one's: a check that looks at little hides nothing.
        """
        exercise = next(e for e in self.oracle.exercises if e.name == program.exercise)
        trial = self._trial(self.oracle, exercise, program)
        try:
            runs = trial.runs()
            for check, run in zip(trial.checks, runs):
                if run.fault is not None:
                    return f"{check.check.title}: {message(run.fault)}"
            if self.exercises[exercise.name].oracles:
                return ""
            for check, own, right in zip(trial.checks, views(trial, runs), self._views_of_right(exercise)):
                if not same(own, right):
                    return f"{check.check.title}: it answers otherwise than the right one"
            return ""
        finally:
            trial.end()

    def _views_of_right(self, exercise):
        if exercise.name not in self._right:
            text = right_answers(self.judge.exercises)
            right = Program(exercise.assignment, exercise.name, "right", "the answer", text)
            trial = self._trial(self.oracle, exercise, right)
            try:
                self._right[exercise.name] = views(trial, trial.runs())
            finally:
                trial.end()
        return self._right[exercise.name]

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


def _asked(exercises: Sequence[Exercise]) -> list[Exercise]:
    """The exercises with their oracles in place of their checks, where they declare any."""
    return [dataclasses.replace(e, checks=e.oracles or e.checks, mistakes=[]) for e in exercises]


def only_oracles_draw(assignment: str, settings: Settings) -> dict[str, list[str]]:
    """For each exercise with an oracle, the kinds of inputs that its checks never draw."""
    found, drawn = {}, gate.cases_of(assignment, settings.seed)
    exercises = exercises_of(assignment)
    asked = _asked(exercises)
    other = _other_cases(assignment, asked, settings.seed)
    for exercise, oracle in zip(exercises, asked):
        if exercise.oracles:
            oracles = [PreparedCheck(oracle, check, other, settings) for check in oracle.checks]
            checks = [PreparedCheck(exercise, check, drawn, settings) for check in exercise.checks]
            found[exercise.name] = draws.only_in(oracles, checks)
    return found


def other_seeds(seed: int, count: int) -> list[int]:
    """So many seeds of other courses, the same ones for a course each time."""
    return Random(seed).sample(range(1 << 31), count)


def _cases_by(assignment: str, exercises: Sequence[Exercise], seed: int) -> Cases:
    """What the checks draw by another course's seed."""
    name = f"audit-{assignment}-{seed}"
    made = cache.made_once(name, lambda: cases.draw(assignment, exercises, seed).frames)
    return Cases(assignment, seed, made)


def _other_cases(assignment: str, asked: Sequence[Exercise], seed: int) -> Cases:
    """Cases that nobody is graded by."""
    kind = "own" if any(e.oracles for e in asked) else "checks"
    name = f"oracle-{kind}-{assignment}-{seed}"
    made = cache.made_once(name, lambda: cases.draw(assignment, asked, seed ^ OTHER_SEED).frames)
    return Cases(assignment, seed, made)
