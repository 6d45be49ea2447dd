"""Runs programs against the checks and an oracle, on all cores: is each right, and do the checks agree?

Knows nothing of files or pages.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from random import Random

from autograder import cache
from autograder.auditing import gaps, selfchecks
from autograder.auditing.programs import Program, Verdict
from autograder.authoring.exercise import Exercise, right_answers
from autograder.errors import Ended
from autograder.exercises import of as exercises_of
from autograder.grading.pool import parallel_map
from autograder.judging import cases, gate, repair
from autograder.judging.cases import Cases, cases_of
from autograder.judging.check_runner import CheckRunner
from autograder.judging.diagnosis import claims_held
from autograder.judging.faults import Run
from autograder.judging.judge import Judge
from autograder.judging.known_mistakes import same, views
from autograder.judging.trial import Trial
from autograder.judging.wording import message
from autograder.results import Slip
from autograder.settings import Settings

PATIENCE = 4  # times the course's deadline: the oracle's inputs may be larger, and slow is not wrong
OTHER_SEED = 0x0AC1E  # the oracle's inputs grade nobody


def verdicts(
    assignment: str, programs: Iterable[Program], settings: Settings, jobs: int, shares: bool, seeds: int
) -> Iterator[Verdict]:
    """Return the verdict on each program, in their order.  shares, seeds: as for Auditor."""
    make = partial(Auditor, assignment, settings, seeds)
    return parallel_map(make, partial(_verdict, shares), programs, jobs)


def _verdict(shares: bool, program: Program, auditor: Auditor) -> Verdict:
    return auditor.look(program, shares)


class Auditor:
    """Runs programs of one assignment against its checks, and against the oracles of its exercises.

    seeds: how many seeds the checks use: the course's, and others.
    """

    def __init__(self, assignment: str, settings: Settings, seeds: int = 1):
        self.judge = gate.open_judge(cases_of(assignment, settings.seed), settings)
        exercises = self.judge.exercises
        patient = settings.with_options(check_seconds=PATIENCE * settings.check_seconds)
        self.oracle = Judge(_asked(exercises), _oracle_cases(assignment, settings.seed), patient)
        self.others = {
            seed: Judge(exercises, cases_of(assignment, seed), settings)
            for seed in Random(settings.seed).sample(range(1 << 31), seeds - 1)
        }
        self._right: dict[str, list] = {}

    def look(self, program: Program, shares: bool = False) -> Verdict:
        """Return both verdicts, and the self-check's objection to a program that the checks accept.

        shares: count the cases in which each check shows it.
        """
        lost, named, slip, sort = {}, None, None, program.sort
        held: set[str] = set()
        with self._trial(self.judge, program) as trial:
            runs = trial.runs()
            for check, run in zip(trial.checks, runs):
                if run.fault is not None:
                    lost[check.check.name] = _share(trial, check, run) if shares else 1.0
            if lost:
                named = self.judge.mistakes.name(trial, runs)
            if lost and sort in ("stub", "lazy", "half"):
                slip = repair.find(trial, runs)
                held = set() if named else claims_held(trial, runs)
            if slip and sort == "half" and not _is_added_to(slip):
                slip = None  # right without what it lacks: no idea of the exercise
        return Verdict(
            program,
            witness="" if sort in ("lazy", "half") else self._witness(program),
            lost=lost,
            named=named.name if named else "",
            others=self._other_exercises_lost(program) if sort == "mistake" else (),
            seeds=tuple(s for s, judge in self.others.items() if self._rejects(judge, program) != bool(lost)),
            red="" if lost or sort in ("right", "half") else selfchecks.rejection(program),
            slip=slip is not None or bool(held),
        )

    @contextlib.contextmanager
    def _trial(self, judge: Judge, program: Program) -> Iterator[Trial]:
        exercise = next(e for e in judge.exercises if e.name == program.exercise)
        parsed, _ = judge.parse(program.submission)
        judge.get_ready_for(parsed)
        trial = judge.trial(exercise, parsed, exercise.conditional)
        try:
            yield trial
        finally:
            trial.end()

    def _rejects(self, judge: Judge, program: Program) -> bool:
        with self._trial(judge, program) as trial:
            return any(run.fault is not None for run in trial.runs())

    def _other_exercises_lost(self, program: Program) -> tuple[str, ...]:
        """Return the other exercises that lose points because of a known mistake."""
        resting = {e.name for e in self.judge.exercises if e.function != e.name}
        results = self.judge.judge(program.submission).results
        lost = dict.fromkeys(r.exercise for r in results if r.earned < r.points)
        return tuple(name for name in lost if name != program.exercise and name not in resting)

    def _witness(self, program: Program) -> str:
        """Return the oracle's objection to a program, or "": the first of its claims that fails, and how.

        Without an oracle, the exercise's checks run on other cases, and all answers are compared with the
        right ones, because a check may look at only a part of an answer.
        """
        with self._trial(self.oracle, program) as trial:
            runs = trial.runs()
            for check, run in zip(trial.checks, runs):
                if run.fault is not None:
                    return f"{check.check.title}: {message(run.fault)}"
            if trial.exercise.oracles:
                return ""
            if program.exercise not in self._right:
                text = right_answers(self.judge.exercises)
                right = dataclasses.replace(program, text=text, suffix=".py")
                with self._trial(self.oracle, right) as right_trial:
                    self._right[program.exercise] = views(right_trial, right_trial.runs())
            for check, own, wanted in zip(trial.checks, views(trial, runs), self._right[program.exercise]):
                if not same(own, wanted):
                    return f"{check.check.title}: it answers otherwise than the right one"
        return ""


def _is_added_to(slip: Slip) -> bool:
    """Return whether undoing a slip writes anything new, and not only removes or moves what is there."""
    rest = iter(slip.source)
    return not all(character in rest for character in slip.fixed)


def _share(trial: Trial, check: CheckRunner, run: Run) -> float:
    """Return the share of a check's drawn cases that it fails in."""
    if run.ended or not check.check.is_drawn:
        return 1.0
    try:
        faults = check.each(trial.ready(), trial.passed, run)
        drawn = [fault for fault, is_edge_case in zip(faults, check.is_edge_case) if not is_edge_case]
        return sum(fault is not None for fault in drawn) / len(drawn)
    except Ended:
        return 1.0


def only_oracles_draw(exercises: Sequence[Exercise], settings: Settings) -> Iterator[tuple[str, list[str]]]:
    """Yield each of these exercises with an oracle that draws kinds of inputs which no check draws."""
    for exercise, oracle in zip(exercises, _asked(exercises)):
        if exercise.oracles:
            pairs = (
                (oracle, _oracle_cases(exercise.assignment, settings.seed)),
                (exercise, cases_of(exercise.assignment, settings.seed)),
            )
            runners = [[CheckRunner(e, check, drawn, settings) for check in e.checks] for e, drawn in pairs]
            if kinds := gaps.only_in(*runners):
                yield exercise.name, kinds


def _asked(exercises: Sequence[Exercise]) -> list[Exercise]:
    """Return the exercises with their oracles in place of their checks, if they declare any."""
    return [e.altered(checks=e.oracles or e.checks, mistakes=[]) for e in exercises]


def _oracle_cases(assignment: str, seed: int) -> Cases:
    """Return the cases that oracles, or checks in their place, draw from a seed that grades nobody."""
    asked, seed = _asked(exercises_of(assignment)), seed ^ OTHER_SEED
    checks = cache.digest([], *(f"{e.name}.{check.name}" for e in asked for check in e.checks))
    name = f"audit-{assignment}-{seed}-{checks}"
    return Cases(
        assignment, seed, cache.get_or_create(name, lambda: cases.draw(assignment, asked, seed).frames)
    )
