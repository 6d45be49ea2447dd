"""Learns on all cores how mutants of right answers behave: feedback can then say what an answer is like."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from autograder import cache, exercises
from autograder.grading.pool import parallel_map
from autograder.judging import gate, likeness
from autograder.judging.judge import Judge
from autograder.judging.likeness import Likenesses
from autograder.settings import Settings


def _open(assignment: str, settings: Settings, lend: Callable) -> Judge:
    return gate.open_judge(gate.cases_of(assignment, settings.seed), settings, lend)


def _ask(judge: Judge, item: tuple) -> tuple[str, likeness.Row] | None:
    name, mutant = item
    exercise = next(e for e in judge.exercises if e.name == name)
    row = judge.behaviour(exercise, mutant)
    return None if row is None else (name, row)


def learn(
    assignment: str, settings: Settings, count: int, jobs: int, told: Callable[[int, int], None]
) -> int:
    """Ask `count` mutants of each exercise, where an earlier run has not; how many are known now.

    told: called with how many were asked, and of how many.  Raises UnknownAssignment, SandboxError.
    """
    found, drawn = exercises.of(assignment), gate.cases_of(assignment, settings.seed)

    def answers():
        asked = [(e.name, mutant) for e in found for mutant in likeness.chosen(found, e, count)]
        rows = parallel_map(partial(_open, assignment, settings), _ask, asked, jobs)
        for number, row in enumerate(rows, start=1):
            told(number, len(asked))
            if row is not None:
                yield row

    known = Likenesses(lambda what, make: cache.made_once(drawn.kept_as(what, settings), make))
    return known.learn(answers)
