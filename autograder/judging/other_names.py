"""Finds functions that are not written as asked, but right: under another name, or once repaired.

The parser finds near names, and takes the first repair of what Python cannot read.  Here, other
functions and repairs are tried, and taken if they pass every check.  `repairs` charges them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from autograder.authoring.exercise import Exercise
from autograder.errors import Ended
from autograder.intake.submission import Submission
from autograder.judging.slip_search import CHANGES_SECONDS
from autograder.reading.parsed import ParsedSubmission
from autograder.sandbox.deadline import Budget

if TYPE_CHECKING:
    from autograder.judging.judge import Judge

# functions of a file, or repairs, that are tried for one
MAX_CANDIDATES = 10


def with_functions_found(
    judge: Judge,
    submission: Submission,
    parsed: ParsedSubmission,
    budget: Budget,
) -> ParsedSubmission:
    """Return the submission with each function found that it has otherwise than asked."""
    budget = budget.portion(CHANGES_SECONDS)
    repaired: dict[str, int] = {}
    for exercise in judge.exercises:
        if exercise.function != exercise.name:
            continue
        for names, numbers in _candidates(exercise, parsed, judge.functions):
            misnamed = {**parsed.misnamed, **names}
            candidate = judge.workers.parse(
                submission, misnamed, repaired | numbers
            )
            if numbers and exercise.function not in candidate.misread:
                # The file has no further repair.
                break
            trial = judge.trial(exercise, candidate, budget=budget)
            try:
                trial.leave_out_style()
                judgments = trial.run_checks(until_one_fails=True)
            except Ended:
                return parsed
            finally:
                trial.end()
            if not any(judgment.fault for judgment in judgments):
                parsed = candidate
                repaired |= numbers
                break
    return parsed


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
