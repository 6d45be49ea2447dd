"""Finds the first question that a check asks in each case, and packs them for a worker.

In: a check's runner.  Out: frames, which are packed once, so that every submission gets the same
questions and one message asks many cases.  It asks no worker, and knows no answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from autograder import wire
from autograder.authoring.proxy import Question
from autograder.errors import N_, DeclarationError
from autograder.sandbox.client import questions_frame

if TYPE_CHECKING:
    from autograder.judging.check_runner import CheckRunner

# Of a frame's inputs: its answers have results, inputs and gradients.
MAX_ROWS = wire.MAX_ROWS // 4
ASKS_NOTHING = N_(
    "{file}, line {line}: {where} asks nothing{why}. Call the student's function in it."
)
IS_RANDOM = N_(
    "{file}, line {line}: {where} asks something else each time. Let given= draw what is random."
)


def frames(
    runner: CheckRunner, passed: frozenset[str]
) -> list[tuple[bytes, int]]:
    """Return the first questions of all cases as frames, each with their number.

    Raises DeclarationError if a body asks nothing, or draws random inputs of its own.
    """
    questions = [
        _first_question(runner, number, passed)
        for number in range(len(runner.cases))
    ]
    again = _first_question(runner, -1, passed)
    if wire.pack(questions[-1]) != wire.pack(again):
        raise _error(runner, IS_RANDOM)
    waiting = iter(questions)
    packed = []
    for group in runner.groups:
        for count in _counts(group):
            frame = questions_frame(
                runner.exercise.function, [*islice(waiting, count)]
            )
            packed.append((frame, count))
    return packed


class _FirstQuestion(BaseException):
    """Ends a body at its first question.  No check's `except Exception` catches it."""

    def __init__(self, question: Question):
        self.question = question


def _first_question(
    runner: CheckRunner, number: int, passed: frozenset[str]
) -> Question:
    try:
        fault = runner.fault_in(
            runner.cases[number], _stop, passed, runner.right_values[number]
        )
    except _FirstQuestion as stopped:
        return stopped.question
    reason = fault and fault.values.get("message")
    raise _error(runner, ASKS_NOTHING, why=f" ({reason})" if reason else "")


def _stop(question: Question) -> tuple[Any, float]:
    raise _FirstQuestion(question)


def _error(
    runner: CheckRunner, text: str, **values: object
) -> DeclarationError:
    code = runner.check.body.__code__
    return DeclarationError(
        text,
        runner.exercise.place("check", runner.check.name),
        file=Path(code.co_filename).name,
        line=code.co_firstlineno,
        **values,
    )


def _counts(cases: Sequence[Mapping[str, Any]]) -> Iterator[int]:
    """Yield how many cases go into each frame, so that their answers fit into one, too."""
    count = rows = 0
    for case in cases:
        rows_of_case = 0
        for value in case.values():
            if isinstance(value, torch.Tensor):
                rows_of_case += math.prod(value.shape[:-1])
        if count and rows + rows_of_case > MAX_ROWS:
            yield count
            count = rows = 0
        count += 1
        rows += rows_of_case
    yield count
