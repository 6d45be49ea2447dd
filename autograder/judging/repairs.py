"""Charges full-width signs, which the parser repairs before any function is judged.

They cost the first passed check of the function that has them.  All that uses the function
is judged as if they were narrow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from autograder.authoring.exercise import Exercise
from autograder.judging.faults import fault, statement
from autograder.judging.report import failed_by
from autograder.reading.parsed import FailedStatement, ParsedSubmission
from autograder.results import Result, Slip


def charged(
    results: Sequence[Result], exercises: Sequence[Exercise], parsed: ParsedSubmission
) -> list[Result]:
    """Return the results, with a check lost for each function whose signs were repaired."""
    charged_results = [*results]
    for exercise in exercises:
        misread = parsed.misread.get(exercise.function)
        if misread is None or exercise.name != exercise.function:
            continue
        for number, check in _passed(results, exercise):
            slip = _slip(parsed, exercise, misread)
            failed = statement(misread)
            lost = fault("lost_in_reading", function=exercise.function, lost=failed)
            if slip and slip.name:
                lost = fault(
                    "name_lost", name=slip.name, function=exercise.function, lost=failed
                )
            charged_results[number] = replace(
                failed_by(exercise, check, lost, "slip"), slip=slip
            )
            break
    return charged_results


def _passed(results: Sequence[Result], exercise: Exercise) -> Iterator:
    checks = {check.name: check for check in exercise.checks}
    for number, each in enumerate(results):
        if each.exercise == exercise.name and each.earned:
            yield number, checks[each.check]


def _slip(
    parsed: ParsedSubmission, exercise: Exercise, misread: FailedStatement
) -> Slip | None:
    """Return the line as the student typed it, and as Python takes it."""
    for needed in parsed.needed(exercise.function):
        lines = needed.source.split("\n")
        row = misread.line - needed.line
        if needed.place != misread.place or not 0 <= row < len(lines):
            continue
        head = next(i for i, line in enumerate(lines) if not line.startswith("@"))
        name = (
            "" if exercise.function in needed.binds else min(needed.binds, default="")
        )
        return Slip(row - head + 1, misread.code, "wide", lines[row].strip(), name)
    return None
