"""Finds functions that are not written as asked: under another name, or right once repaired.

The parser finds near names, and takes the first repair of what Python cannot read.  Here, other
functions and repairs are tried, and taken if they pass every check.  Of the functions that others
use in place of a missing one, the best is taken also if it is wrong.  `repairs` charges them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from autograder.authoring.exercise import Exercise
from autograder.errors import Ended
from autograder.intake.submission import Submission
from autograder.judging import slip_search
from autograder.judging.trial import Trial
from autograder.reading.parsed import ParsedSubmission
from autograder.sandbox.deadline import Budget

if TYPE_CHECKING:
    from autograder.judging.judge import Judge

# functions of a file, or repairs, that are tried for one
MAX_CANDIDATES = 10
# the likeness of a function that passes every check
RIGHT = math.inf


def with_functions_found(
    judge: Judge,
    submission: Submission,
    parsed: ParsedSubmission,
    budget: Budget,
) -> ParsedSubmission:
    """Return the submission with each function found that it has otherwise than asked."""
    budget = budget.portion(slip_search.CHANGES_SECONDS)
    repaired: dict[str, int] = {}
    for exercise in judge.exercises:
        if exercise.function != exercise.name:
            continue
        used = _used_in_its_place(exercise, judge.exercises, parsed)
        best = parsed
        most = 0.0
        for names, numbers in _candidates(exercise, parsed, judge.functions):
            misnamed = {**parsed.misnamed, **names}
            candidate = judge.workers.parse(
                submission, misnamed, repaired | numbers
            )
            if numbers and exercise.function not in candidate.misread:
                # The file has no further repair.
                break
            may_be_wrong = not used.isdisjoint(names.values())
            trial = judge.trial(exercise, candidate, budget=budget)
            try:
                likeness = _likeness(trial, may_be_wrong)
            except Ended:
                return best
            finally:
                trial.end()
            if likeness > most:
                best = candidate
                most = likeness
            if likeness == RIGHT:
                repaired |= numbers
                break
        parsed = best
    return parsed


def _used_in_its_place(
    exercise: Exercise, exercises: Sequence[Exercise], parsed: ParsedSubmission
) -> set[str]:
    """Return the functions that are used where an exercise's function is a part."""
    used: set[str] = set()
    for caller in exercises:
        if exercise in caller.parts:
            for statement in parsed.needed(caller.function):
                if statement.defines_function:
                    used.update(statement.binds)
    return used


def _likeness(trial: Trial, may_be_wrong: bool) -> float:
    """Return how much a function resembles the one that was asked for; 0 if it may be another.

    A wrong one resembles it if it passes some checks, which each ask for the whole right
    answer, answers as a known mistake does, or is right but for a slip.  Raises Ended.
    """
    trial.leave_out_style()
    judgments = trial.run_checks(until_one_fails=not may_be_wrong)
    if not any(judgment.fault for judgment in judgments):
        return RIGHT
    if not may_be_wrong:
        return 0
    if passed := sum(judgment.fault is None for judgment in judgments):
        return 1 + passed
    mistakes = trial.judge.mistakes
    if mistakes.does_nothing(trial, judgments):
        return 0
    is_known = mistakes.find(trial, judgments) is not None
    return is_known or slip_search.find(trial, judgments) is not None


def _candidates(
    exercise: Exercise, parsed: ParsedSubmission, functions: Sequence[str]
) -> Iterator[tuple[dict[str, str], dict[str, int]]]:
    """Yield other names and other repairs with which a function may be right."""
    function = exercise.function
    misread = parsed.misread.get(function)
    if misread is not None:
        for number in range(MAX_CANDIDATES):
            yield {}, dict.fromkeys(misread.binds, number)
    elif _is_missing(function, parsed):
        for name in _unclaimed(functions, parsed):
            yield {function: name}, {}


def _is_missing(function: str, parsed: ParsedSubmission) -> bool:
    if any(function in failed.binds for failed in parsed.failed):
        return False
    return not any(
        function in needed.binds for needed in parsed.needed(function)
    )


def _unclaimed(functions: Sequence[str], parsed: ParsedSubmission) -> list[str]:
    """Return the functions that no exercise claims, first those that the others call."""
    claimed = {*functions, *parsed.misnamed.values()}
    called: set[str] = set()
    for statement in parsed.statements:
        if statement.defines_function:
            called.update(statement.binds)
    names = [name for name in parsed.names if name not in claimed]
    names.sort(key=lambda name: name not in called)
    return names[:MAX_CANDIDATES]
