"""Tells right programs from wrong ones, apart from the checks, by an exercise's oracles.

Where it has none, one is made of its checks, with other and larger inputs.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from hypothesis import strategies as st

from autograder import cache, wire
from autograder.authoring import expect
from autograder.authoring.checks import Check
from autograder.authoring.exercise import Exercise, right_answers
from autograder.authoring.strategies import LARGE, given_of
from autograder.errors import N_, DeclarationError, Ended
from autograder.exercises import load as load_exercises
from autograder.intake.submission import Submission
from autograder.judging import cases, gate
from autograder.judging.cases import Cases
from autograder.judging.compare import are_close, views
from autograder.judging.faults import Run
from autograder.judging.judge import Judge
from autograder.judging.run import CheckRunner
from autograder.judging.trial import Trial
from autograder.reading.parsed import ParsedSubmission
from autograder.results import Fault
from autograder.sentences import sentence

PATIENCE = 4  # times the course's deadline: an oracle's inputs may be larger, and slow is not wrong
OTHER_SEED = 0x0AC1E  # an oracle's inputs grade nobody
WIDER = " of larger inputs"  # ends the names of checks that are asked about such
EACH = 20  # wider cases of each kind
RAISES = N_("{where} raises {error} for the reference: {message}. Correct it.")


class Oracle:
    """What objects to programs of an assignment.  course: the judge whose reference and sandbox it uses."""

    def __init__(self, course: Judge):
        self.course, self._right, self._disputes = course, dict[str, list](), dict[str, str]()
        settings = course.settings
        patient = settings.with_options(check_seconds=PATIENCE * settings.check_seconds)
        drawn = draw(course.cases.assignment, settings.seed)
        self.judge = Judge(_asked(course.exercises), drawn, patient)
        for name, checks in self.judge.checks.items():
            self.judge.checks[name] = [check for check in checks if _can_ask(check)]

    def objection(self, exercise: Exercise, parsed: ParsedSubmission) -> str:
        """Return how a program is wrong, or "": the first of the oracle's claims that fails, and how.

        Without an oracle, the exercise's checks run on other cases, and all answers are compared with the
        right ones, because a check may look at only a part of an answer; so are those to the same questions
        about larger inputs, whose own claims say nothing, because they may hold for small ones alone.
        """
        if exercise.oracles:
            self.dispute(exercise)
        with trial_of(self.course, self.judge, exercise, parsed) as trial:
            for asked, run in zip(trial.checks, trial.runs(until_one_fails=True)):
                if run.fault is not None and not asked.check.name.endswith(WIDER):
                    return f"{asked.check.title}: {sentence(run.fault)}"
            if exercise.oracles:
                return ""
            if exercise.name not in self._right:
                answer = right_answer(self.course, exercise)
                with trial_of(self.course, self.judge, exercise, answer) as right:
                    self._right[exercise.name] = views(right, right.runs())
            every = zip(trial.checks, views(trial, trial.runs()), self._right[exercise.name])
            for asked, own, wanted in every:
                if not are_close(own, wanted):
                    where = _where(asked, own, wanted)
                    return f"{asked.check.title}: it answers otherwise than the right one{where}"
        return ""

    def dispute(self, exercise: Exercise) -> str:
        """Return how an oracle objects to the reference, or "", and ask it no more where it does.

        Its author calls both right, as the gradient of a maximum where both sides are equal.  The checks
        stand for an oracle that no case is left of, or whose cases cannot be told apart.  Raises
        DeclarationError for an oracle that itself raises.
        """
        if exercise.name not in self._disputes:
            self._disputes[exercise.name] = ""
            runners, kept = self.judge.checks[exercise.name], []
            reference, _ = self.course.parse(gate.reference(self.course.cases.assignment))
            with trial_of(self.course, self.judge, exercise, reference) as trial:
                for check, run in zip(runners, trial.runs()):
                    if run.fault is None:
                        kept.append(check)
                        continue
                    if run.fault.kind == "ours":
                        where, why = exercise.place("oracle", check.check.name), run.fault.values
                        raise DeclarationError(RAISES, where, error=why["error"], message=why["message"])
                    reason, faults = sentence(run.fault), faults_of(trial, check, run)
                    left = [case for case, fault in zip(check.cases, faults) if fault is None]
                    if 0 < len(left) < len(check.cases):
                        reason += f", for {inputs(check.exercise, check.cases[run.case])}"
                        asked = dataclasses.replace(check.check, same_cases_as=())
                        frames = {f"{asked.exercise}.{asked.name}": wire.pack(left)}
                        drawn = dataclasses.replace(self.judge.cases, frames=frames)
                        kept.append(CheckRunner(check.exercise, asked, drawn, check.settings))
                    else:
                        reason += f'. The checks stand for "{check.check.title}"'
                        kept += self.course.checks[exercise.name]
                    self._disputes[exercise.name] = reason
            self.judge.checks[exercise.name] = kept
        return self._disputes[exercise.name]


@contextlib.contextmanager
def trial_of(course: Judge, judge: Judge, exercise: Exercise, parsed: ParsedSubmission) -> Iterator[Trial]:
    """Try an exercise with a judge's checks, in the sandbox that the course's judge has now."""
    asked = next(e for e in judge.exercises if e.name == exercise.name)
    trial = course.trial(asked, parsed, asked.conditional)
    trial.settings, trial.checks = judge.settings, judge.checks[asked.name]
    try:
        yield trial
    finally:
        trial.end()


def right_answer(judge: Judge, exercise: Exercise) -> ParsedSubmission:
    """Return the right answers to an exercise and its parts, as a submission."""
    parsed, _ = judge.parse(Submission("", "", right_answers([*exercise.parts, exercise])))
    return parsed


def faults_of(trial: Trial, check: CheckRunner, run: Run) -> list[Fault | None]:
    """Return the fault of each case; none where they cannot be told apart."""
    with contextlib.suppress(Ended):
        if check.check.is_drawn and not run.ended:
            return check.each(trial.ready(), trial.passed, run)
    return []


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


def draw(assignment: str, seed: int) -> Cases:
    """Return the cases that oracles, or checks in their place, draw from a seed that grades nobody."""
    asked, seed = _asked(load_exercises(assignment)), seed ^ OTHER_SEED
    checks = cache.digest([], *(f"{e.name}.{check.name}" for e in asked for check in e.checks))
    name = f"audit-{assignment}-{seed}-{checks}"
    frames = cache.get_or_create(name, lambda: cases.draw(assignment, asked, seed).frames)
    return Cases(assignment, seed, frames)


def _asked(exercises: Sequence[Exercise]) -> list[Exercise]:
    """Return the exercises with their oracles in place of their checks, or with wider checks."""
    return [e.altered(checks=e.oracles or [*e.checks, *wider(e)], mistakes=[]) for e in exercises]


def _can_ask(check: CheckRunner) -> bool:
    try:
        check.first_questions(check.exercise.conditional)
    except DeclarationError:
        return not check.check.name.endswith(WIDER)
    return True


def _where(check: CheckRunner, own: Any, wanted: Any) -> str:
    """Return the first input whose answers differ, in words; "" if they are not compared case by case."""
    compared = check.cases[check.check.rare :]
    if type(own) is not list or len(own) != len(compared):
        return ""
    differ = (case for case, *pair in zip(compared, own, wanted) if not are_close(*pair))
    return f", for {inputs(check.exercise, next(differ))}"


def inputs(exercise: Exercise, case: dict) -> str:
    """Return a case as an author reads it: without the hidden inputs."""
    shown = []
    for name, value in case.items():
        if name not in exercise.hidden_inputs:
            text = expect.shown(value) if isinstance(value, torch.Tensor) else repr(value)
            shown.append(f"{name} = {text}")
    return ", ".join(shown)
