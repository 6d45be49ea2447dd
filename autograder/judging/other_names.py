"""Finds functions that have another name than was asked for by what they do.

The parser finds near names.  Here, each function that no exercise claims is tried as the
missing one, and is taken for it if it passes every check.  `repairs` charges the name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autograder.authoring.exercise import Exercise
from autograder.errors import Ended
from autograder.intake.submission import Submission
from autograder.reading.parsed import ParsedSubmission
from autograder.sandbox.deadline import Budget

if TYPE_CHECKING:
    from autograder.judging.judge import Judge

MAX_CANDIDATES = 10  # functions of a file that are tried for a missing one


def with_functions_found(
    judge: Judge,
    submission: Submission,
    parsed: ParsedSubmission,
    budget: Budget,
) -> tuple[ParsedSubmission, float]:
    """Return the submission with each missing function that it has under another name, and the
    CPU seconds that the search took.
    """
    cpu = 0.0
    budget = budget.portion(judge.settings.slip_seconds)
    for exercise in judge.exercises:
        if exercise.function != exercise.name or not _is_missing(
            exercise, parsed
        ):
            continue
        for name in _candidates(judge.functions, parsed):
            names = {**parsed.misnamed, exercise.function: name}
            renamed, seconds = judge.parse(submission, names)
            trial = judge.trial(exercise, renamed, budget=budget)
            try:
                trial.leave_out_style()
                is_right = not any(
                    run.fault for run in trial.run_checks(until_one_fails=True)
                )
            except Ended:
                return parsed, cpu
            finally:
                trial.end()
                cpu += seconds + trial.cpu
            if is_right:
                parsed = renamed
                break
    return parsed, cpu


def _is_missing(exercise: Exercise, parsed: ParsedSubmission) -> bool:
    function = exercise.function
    if any(function in failed.binds for failed in parsed.lost):
        return False
    return not any(
        function in needed.binds for needed in parsed.needed(function)
    )


def _candidates(
    functions: Sequence[str], parsed: ParsedSubmission
) -> list[str]:
    """Return the functions that no exercise claims, first those that the others call."""
    claimed = {*functions, *parsed.misnamed.values()}
    called = {
        name
        for statement in parsed.statements
        if statement.defines
        for name in statement.binds
    }
    unclaimed = [name for name in parsed.names if name not in claimed]
    unclaimed.sort(key=lambda name: name not in called)
    return unclaimed[:MAX_CANDIDATES]
