"""Runs programs against the checks and an oracle, on all cores: is each right, and do the checks agree?

Knows nothing of files or pages.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path
from random import Random

from autograder import sentences
from autograder.auditing import gaps, inspection, oracle, programs, selfchecks, verdict_cache
from autograder.auditing.oracle import Oracle, faults_of, right_answer, trial_of
from autograder.auditing.verdicts import RIGHT_SORTS, Declared, Program, Verdict, Work
from autograder.authoring.exercise import Exercise, right_answers
from autograder.errors import Ended, KitError
from autograder.exercises import load as load_exercises
from autograder.judging import cases, gate, price
from autograder.judging.cases import cases_of
from autograder.judging.compare import are_close
from autograder.judging.explain import Explanation, explain, refine
from autograder.judging.faults import Run
from autograder.judging.judge import Judge
from autograder.judging.report import report_exercise
from autograder.judging.run import CheckRunner
from autograder.judging.trial import Trial
from autograder.reading.parsed import ParsedSubmission
from autograder.results import Slip
from autograder.settings import Settings

SEEDS = 30  # whose cases are looked at for tolerances that are too wide
RANDOM_SEEDS = 3  # where answers are random, what one seed's cases show may be luck


class Auditor:
    """Runs programs of one assignment against its checks, and against the oracles of its exercises.

    seeds: how many seeds the checks use: the course's, and others.  shares: whether to count the cases in
    which each check shows a fault.  Raises DeclarationError.
    """

    def __init__(self, assignment: str, settings: Settings, seeds: int = 1, shares: bool = False):
        self.assignment, self.settings, self.shares = assignment, settings, shares
        self.exercises = {exercise.name: exercise for exercise in load_exercises(assignment)}
        self.seeds = Random(settings.seed).sample(range(1 << 31), max(seeds, RANDOM_SEEDS) - 1)
        self.count = seeds - 1  # of them, where answers are not random
        self._others: dict[int, Judge] = {}
        self._random: dict[str, bool] = {}
        self._lost_by_right: set[str] | None = None

    def close(self) -> None:
        """End the sandbox that its judges share."""
        if "judge" in vars(self):  # it was asked for
            self.judge.close()

    @functools.cached_property
    def judge(self) -> Judge:
        """The course's judge."""
        return gate.open_judge(cases_of(self.assignment, self.settings.seed), self.settings)

    @functools.cached_property
    def oracle(self) -> Oracle:
        """What objects to programs apart from the checks."""
        return Oracle(self.judge)

    def draw_for_oracle(self) -> None:
        """Draw the oracle's cases for the cache, while another process finds what is wrong with them."""
        with contextlib.suppress(Exception):
            oracle.draw(self.assignment, self.settings.seed)

    def errors_of_files(self) -> list[str]:
        """Return what is wrong with the author's files, as far as a release and all else depend on it."""
        exercises = [*self.exercises.values()]
        cases.not_judged(self.assignment, "", "")  # for the cache: the release needs the points, too
        return (
            [*inspection.of_notebook(exercises)]
            or [*inspection.blanks(self.assignment)]
            or [*inspection.of_checks(self.judge)]
        )

    def programs(self, mutants: int, answers: Path) -> Work:
        """Return the programs to look at, and what is wrong with the files beside them.

        mutants: how many to make of each exercise.  answers: the folder of authors' answers.
        """
        exercises = [*self.exercises.values()]
        try:
            gate.check_files(self.judge)
            if errors := [*inspection.of_self_check(exercises)]:
                return Work(errors)
            if errors := [*programs.unread(self.judge, {*self.judge.functions}, answers)]:
                return Work(errors)
            some = [*programs.known(exercises, answers)]
        except KitError as error:
            return Work([error])
        parsed, _ = self.judge.parse(gate.reference(self.assignment))
        for e in exercises:
            some += [*programs.styled(self.judge, e), *programs.mutated(self.judge, e, mutants, answers)]
        options = self.settings.digest, str(self.shares), str([*self.seeds[: self.count]])
        key = verdict_cache.keys(self.assignment, exercises, parsed, *options)
        return Work(
            [*inspection.of_words(exercises, parsed)],
            [*inspection.same_words(exercises)],
            [Declared.of(e, bool(oracle.wider(e))) for e in exercises],
            {e.name: [(key(one), one) for one in some if one.exercise == e.name] for e in exercises},
        )

    def look(self, program: Program) -> Verdict:
        """Return both verdicts, and the self-check's objection to a program that the checks accept."""
        why, sort = "", program.sort
        explanation, paid = Explanation(), set[str]()
        exercise, parsed = self.exercises[program.exercise], self._parsed(program)
        is_random = self._is_random(exercise)
        shares = self.shares or is_random
        one_decides = sort in ("mutant", "wrong") and not shares
        with trial_of(self.judge, self.judge, exercise, parsed) as trial:
            runs = trial.runs(until_one_fails=one_decides)
            lost = _lost(trial, runs, shares)
            if lost and sort in ("mistake", "stub", "lazy", "half"):
                refine(trial, runs)
                explanation = explain(trial, runs, self.judge.mistakes)
                paid = price.lost([*lost], explanation.causes)
            if lost and sort in RIGHT_SORTS:
                first = next(r for r in report_exercise(trial, self.judge.mistakes, False) if r.fault)
                code = "; ".join(first.code.splitlines())
                why = sentences.message(first) + (f", for {code}" if code else "")
        others = self.seeds[: None if is_random else self.count]
        by_seed = {seed: self._lost_by(seed, exercise, parsed, shares) for seed in others}
        differs = [s for s, other in by_seed.items() if bool(other) != bool(lost)]
        if sort == "mistake":
            differs = [s for s, other in by_seed.items() if other.keys() != lost.keys()]
        if is_random:  # each share by the cases of all seeds
            by_all = [lost, *by_seed.values()]
            names = {name for shares_lost in by_all for name in shares_lost}
            lost = {name: sum(s.get(name, 0) for s in by_all) / len(by_all) for name in sorted(names)}
        decides = sort == "mutant" or (sort in RIGHT_SORTS and not exercise.oracles)
        explains = sort in ("wrong", "mistake") and not lost
        witness = self.oracle.objection(exercise, parsed) if decides or explains else ""
        if sort == "reference" and exercise.oracles and not lost:
            witness = self.oracle.dispute(exercise)
        gains = sort in ("stub", "lazy") and len(paid) < len(lost)
        if sort == "half" and explanation.slip:  # right without what it lacks: no idea of the exercise
            gains = _is_added_to(explanation.slip)
        points = {check.name: check.points for check in exercise.checks}
        return Verdict(
            program,
            witness=witness,
            lost=lost,
            named=explanation.mistake.name if explanation.mistake else "",
            price=sum(points[name] for name in paid),
            others=self._other_exercises_lost(program) if sort == "mistake" else (),
            seeds=tuple(differs),
            red="" if lost or sort in ("right", "half") else selfchecks.rejection(program),
            gains=gains,
            why=why,
            is_random=is_random,
        )

    def gaps(self) -> tuple[list[str], list[str]]:
        """Return how wide the tolerances are, with what only oracles draw; and those that are too wide."""
        exercises, seed = [*self.exercises.values()], self.settings.seed
        seeds = SEEDS if any(check.margin for e in exercises for check in e.checks) else 0
        lines, wrong = [], []
        for tolerance in gaps.widest(exercises, [cases_of(self.assignment, seed + k) for k in range(seeds)]):
            place = f"{tolerance.check}, {tolerance.case}"
            lines.append(f"  {place}: allows {tolerance.share:.2g} of the smallest fault, or less")
            if not tolerance.share < gaps.NARROW:
                wrong.append(f"{place} of seed {tolerance.seed} shows too little.")
        for exercise in exercises:
            asked, own = self.oracle.judge.checks[exercise.name], self.judge.checks[exercise.name]
            if exercise.oracles and (kinds := gaps.only_in(asked, own)):
                many = f"{len(kinds)} kinds of inputs are drawn only by the oracle, such as {kinds[0]}."
                lines.append(f"! {exercise.name}: {many}")
        return lines, wrong

    def _is_random(self, exercise: Exercise) -> bool:
        """Return whether its right answer gives something else when it is asked again."""
        if exercise.name not in self._random:
            with trial_of(self.judge, self.judge, exercise, right_answer(self.judge, exercise)) as trial:
                self._random[exercise.name] = any(_answers_differ(trial, check) for check in trial.checks)
        return self._random[exercise.name]

    def _parsed(self, program: Program) -> ParsedSubmission:
        parsed, _ = self.judge.parse(program.submission)
        return parsed

    def _lost_by(
        self, seed: int, exercise: Exercise, parsed: ParsedSubmission, shares: bool
    ) -> dict[str, float]:
        """Return the checks that fail by another seed's cases, and the share of these."""
        if seed not in self._others:
            self._others[seed] = Judge(self.judge.exercises, cases_of(self.assignment, seed), self.settings)
        with trial_of(self.judge, self._others[seed], exercise, parsed) as trial:
            return _lost(trial, trial.runs(), shares)

    def _other_exercises_lost(self, program: Program) -> tuple[str, ...]:
        """Return the exercises that call this one and lose points because of a known mistake."""
        every = self.judge.exercises
        own = [e for e in every if e.function == e.name]
        callers = [e.name for e in own if program.exercise in {part.name for part in e.parts}]
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
    faults = zip(faults_of(trial, check, run), check.is_edge_case)
    drawn = [fault is not None for fault, is_edge_case in faults if not is_edge_case]
    return sum(drawn) / len(drawn) if drawn else 1.0
