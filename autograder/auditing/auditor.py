"""Runs programs against the checks and an oracle, on all cores: is each right, and do the checks agree?

Knows nothing of files or pages.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from functools import partial
from random import Random
from typing import Any

from hypothesis import strategies as st

from autograder import cache
from autograder.auditing import gaps, selfchecks
from autograder.auditing.programs import RIGHT_SORTS, Program, Verdict
from autograder.auditing.verdict_cache import VerdictCache
from autograder.authoring.checks import Check
from autograder.authoring.exercise import Exercise, right_answers
from autograder.authoring.strategies import given_of
from autograder.errors import DeclarationError, Ended
from autograder.exercises import load as load_exercises
from autograder.grading.pool import parallel_map
from autograder.judging import cases, gate, slip_search
from autograder.judging.cases import Cases, cases_of
from autograder.judging.check_runner import CheckRunner
from autograder.judging.diagnosis import claims_held, results
from autograder.judging.faults import Run
from autograder.judging.judge import Judge
from autograder.judging.known_mistakes import are_close, views
from autograder.judging.trial import Trial
from autograder.judging.wording import inputs, message
from autograder.results import Slip
from autograder.settings import Settings

RANDOM_SEEDS = 3  # where answers are random, what one seed's cases show may be luck
PATIENCE = 4  # times the course's deadline: the oracle's inputs may be larger, and slow is not wrong
OTHER_SEED = 0x0AC1E  # the oracle's inputs grade nobody
WIDER = " of larger inputs"  # ends the names of checks that are asked about such
LARGE, EACH = 1500, 20  # a size beyond any loop or table in a wrong answer; cases of each kind


def verdicts(
    assignment: str, programs: Sequence[Program], settings: Settings, jobs: int, shares: bool, seeds: int
) -> Iterator[Verdict]:
    """Yield the verdict on each program, in their order.  shares, seeds: as for Auditor.

    Those of earlier runs are kept, also of a run that was stopped.
    """
    earlier = VerdictCache(assignment, load_exercises(assignment), settings.digest, str(shares), str(seeds))
    known = [earlier.get(program) for program in programs]  # before any is added: two may have one text
    unknown = [program for program, verdict in zip(programs, known) if verdict is None]
    make = partial(Auditor, assignment, settings, seeds)
    judged = parallel_map(make, partial(_verdict, shares), unknown, jobs) if unknown else iter(())
    try:
        for verdict in known:
            yield verdict or earlier.add(next(judged))
    finally:
        earlier.save()


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
        for name, checks in self.oracle.checks.items():
            self.oracle.checks[name] = [check for check in checks if _can_ask(check)]
        self.seeds = Random(settings.seed).sample(range(1 << 31), max(seeds, RANDOM_SEEDS) - 1)
        self.count = seeds - 1  # of them, where answers are not random
        self._others: dict[int, Judge] = {}
        self._right: dict[str, list] = {}
        self._random: dict[str, bool] = {}
        self._lost_by_right: set[str] | None = None

    def look(self, program: Program, shares: bool = False) -> Verdict:
        """Return both verdicts, and the self-check's objection to a program that the checks accept.

        shares: count the cases in which each check shows it.
        """
        named, slip, why, sort = None, None, "", program.sort
        held: set[str] = set()
        is_random = self._is_random(program)
        shares |= is_random
        with self._trial(self.judge, program) as trial:
            runs = trial.runs()
            lost = _lost(trial, runs, shares)
            if lost:
                named = self.judge.mistakes.find(trial, runs)
            if lost and sort in ("stub", "lazy", "half"):
                slip = slip_search.find(trial, runs)
                held = set() if named else claims_held(trial, runs)
            if slip and sort == "half" and not _is_added_to(slip):
                slip = None  # right without what it lacks: no idea of the exercise
            if lost and sort in RIGHT_SORTS:
                first = next(r for r in results(trial, self.judge.mistakes, False) if r.message)
                why = f"{first.message}, for {first.example}" if first.example else first.message
        by_seed = {seed: self._lost_by(seed, program, shares) for seed in self._other_seeds(is_random)}
        differs = [s for s, other in by_seed.items() if bool(other) != bool(lost)]
        if sort == "mistake":
            differs = [s for s, other in by_seed.items() if other.keys() != lost.keys()]
        if is_random:  # each share by the cases of all seeds
            by_all = [lost, *by_seed.values()]
            names = {name for shares_lost in by_all for name in shares_lost}
            lost = {name: sum(s.get(name, 0) for s in by_all) / len(by_all) for name in sorted(names)}
        return Verdict(
            program,
            witness="" if sort in ("lazy", "half") else self._witness(program),
            lost=lost,
            named=named.name if named else "",
            others=self._other_exercises_lost(program) if sort == "mistake" else (),
            seeds=tuple(differs),
            red="" if lost or sort in ("right", "half") else selfchecks.rejection(program),
            slip=slip is not None or bool(held),
            why=why,
            is_random=is_random,
        )

    def _other_seeds(self, is_random: bool) -> list[int]:
        return self.seeds[: None if is_random else self.count]

    def _is_random(self, program: Program) -> bool:
        """Return whether the right answer to its exercise gives something else when it is asked again."""
        if program.exercise not in self._random:
            with self._trial(self.judge, self._right_program(program)) as trial:
                self._random[program.exercise] = any(_answers_differ(trial, check) for check in trial.checks)
        return self._random[program.exercise]

    def _right_program(self, program: Program) -> Program:
        exercise = next(e for e in self.judge.exercises if e.name == program.exercise)
        return dataclasses.replace(program, text=right_answers([*exercise.parts, exercise]), suffix=".py")

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

    def _lost_by(self, seed: int, program: Program, shares: bool) -> dict[str, float]:
        """Return the checks that fail by another seed's cases, and the share of these."""
        if seed not in self._others:
            drawn = cases_of(program.assignment, seed)
            self._others[seed] = Judge(self.judge.exercises, drawn, self.judge.settings)
        with self._trial(self._others[seed], program) as trial:
            return _lost(trial, trial.runs(), shares)

    def _other_exercises_lost(self, program: Program) -> tuple[str, ...]:
        """Return the exercises that call this one and lose points because of a known mistake."""
        every = self.judge.exercises
        callers = [e.name for e in every if program.exercise in {part.name for part in e.parts}]
        callers = [e.name for e in every if e.name in callers and e.function == e.name]
        if not callers:
            return ()
        right = right_answers(every)
        lost = self._exercises_lost(dataclasses.replace(program, text=right + program.text))
        if lost and self._lost_by_right is None:
            self._lost_by_right = self._exercises_lost(dataclasses.replace(program, text=right))
        return tuple(name for name in callers if name in lost - (self._lost_by_right or set()))

    def _exercises_lost(self, program: Program) -> set[str]:
        results = self.judge.judge(program.submission).results
        return {r.exercise for r in results if r.earned < r.points} - {program.exercise}

    def _witness(self, program: Program) -> str:
        """Return the oracle's objection to a program, or "": the first of its claims that fails, and how.

        Without an oracle, the exercise's checks run on other cases, and all answers are compared with the
        right ones, because a check may look at only a part of an answer; so are those to the same questions
        about larger inputs, whose own claims say nothing, because they may hold for small ones alone.
        """
        with self._trial(self.oracle, program) as trial:
            runs = trial.runs()
            for check, run in zip(trial.checks, runs):
                if run.fault is not None and not check.check.name.endswith(WIDER):
                    return f"{check.check.title}: {message(run.fault)}"
            if trial.exercise.oracles:
                return ""
            if program.exercise not in self._right:
                with self._trial(self.oracle, self._right_program(program)) as right_trial:
                    self._right[program.exercise] = views(right_trial, right_trial.runs())
            for check, own, wanted in zip(trial.checks, views(trial, runs), self._right[program.exercise]):
                if not are_close(own, wanted):
                    where = _where(check, own, wanted)
                    return f"{check.check.title}: it answers otherwise than the right one{where}"
        return ""


def _lost(trial: Trial, runs: Sequence[Run], shares: bool) -> dict[str, float]:
    """Return the failed checks, and the share of cases that show it: 1 if they are not counted."""
    failed = [(check, run) for check, run in zip(trial.checks, runs) if run.fault is not None]
    return {check.check.name: _share(trial, check, run) if shares else 1.0 for check, run in failed}


def _answers_differ(trial: Trial, check: CheckRunner) -> bool:
    """Return whether the question about its largest case, asked twice, gets two answers."""
    if not check.check.is_drawn:
        return False
    question = check.first_questions(trial.passed)[check.order[-1]]
    try:
        asked = trial.ready().ask(trial.exercise.function, [question] * 2, check.settings.check_seconds)
    except Ended:
        return False
    return not are_close(*asked)


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


def _where(check: CheckRunner, own: Any, wanted: Any) -> str:
    """Return the first input whose answers differ, in words; "" if they are not compared case by case."""
    cases = check.cases[check.check.rare :]
    if type(own) is not list or len(own) != len(cases):
        return ""
    differ = (case for case, *pair in zip(cases, own, wanted) if not are_close(*pair))
    return f", for {inputs(check.exercise, next(differ))}"


def _asked(exercises: Sequence[Exercise]) -> list[Exercise]:
    """Return the exercises with their oracles in place of their checks, or with wider checks."""
    return [e.altered(checks=e.oracles or [*e.checks, *wider(e)], mistakes=[]) for e in exercises]


def wider(exercise: Exercise) -> list[Check]:
    """Return checks that ask what its checks do, of larger inputs, where the axes of the inputs are known."""
    found = []
    for check in exercise.checks:
        drawn = given_of(check.given)
        if drawn is not None and check.is_drawn:
            sizes: list[dict[str, tuple[int, ...]]] = [{axis: (LARGE,)} for axis in drawn.names]
            sizes.append(dict.fromkeys(drawn.names, (1, 2, 3, 7)))
            kinds = [drawn.varied(s, dtypes=(drawn.dtype,), scales=(1.0, 4.0), zeros=False) for s in sizes]
            options: dict[str, Any] = {"given": st.one_of(kinds), "cases": EACH * len(kinds)}
            found.append(dataclasses.replace(check, name=check.name + WIDER, edge_cases=(), **options))
    return found


def _can_ask(check: CheckRunner) -> bool:
    try:
        check.first_questions(check.exercise.conditional)
    except DeclarationError:
        return not check.check.name.endswith(WIDER)
    return True


def _oracle_cases(assignment: str, seed: int) -> Cases:
    """Return the cases that oracles, or checks in their place, draw from a seed that grades nobody."""
    asked, seed = _asked(load_exercises(assignment)), seed ^ OTHER_SEED
    checks = cache.digest([], *(f"{e.name}.{check.name}" for e in asked for check in e.checks))
    name = f"audit-{assignment}-{seed}-{checks}"
    return Cases(
        assignment, seed, cache.get_or_create(name, lambda: cases.draw(assignment, asked, seed).frames)
    )
