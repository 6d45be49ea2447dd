"""Charges what the parser repairs before any function is judged: full-width signs, another name.

Each costs the first passed check of its function.  All that uses the function is judged as if it
were written as asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from autograder.authoring.exercise import Exercise
from autograder.judging.faults import fault, statement
from autograder.judging.report import failed_by
from autograder.reading.parsed import FailedStatement, ParsedSubmission
from autograder.results import Fault, Result, Slip


def charged(
    results: Sequence[Result],
    exercises: Sequence[Exercise],
    parsed: ParsedSubmission,
) -> list[Result]:
    """Return the results, with a check lost for each repair of a function.

    A function that earns nothing under its other name is missing.
    """
    charged_results = [*results]
    for exercise in exercises:
        checks = {check.name: check for check in exercise.checks}
        own = [
            n for n, one in enumerate(results) if one.exercise == exercise.name
        ]
        earned = [number for number in own if results[number].earned]
        costs = [*_costs(parsed, exercise)] if earned else []
        if exercise.name != exercise.function:
            costs = []
        for number, (lost, slip) in zip(earned, costs):
            check = checks[results[number].check]
            # A second mistake is not shown together with a line that passes every check.
            slip = slip if earned == own or lost.kind != "absent" else None
            charged_results[number] = replace(
                failed_by(exercise, check, lost, "slip"), slip=slip
            )
        if not earned and exercise.function in parsed.misnamed:
            absent = _absent(parsed, exercise.function)
            for number in own:
                check = checks[results[number].check]
                charged_results[number] = failed_by(exercise, check, absent)
    return charged_results


def _costs(
    parsed: ParsedSubmission, exercise: Exercise
) -> Iterator[tuple[Fault, Slip | None]]:
    """Yield the fault and the slip of each repair of a function."""
    function = exercise.function
    if function in parsed.misnamed:
        yield _absent(parsed, function), _slip_of_name(parsed, function)
    misread = parsed.misread.get(function)
    if misread is not None:
        slip = _slip_of_signs(parsed, exercise, misread)
        failed = statement(misread)
        if slip and slip.name:
            yield (
                fault(
                    "name_lost", name=slip.name, function=function, lost=failed
                ),
                slip,
            )
        else:
            yield fault("lost_in_reading", function=function, lost=failed), slip


def _absent(parsed: ParsedSubmission, function: str) -> Fault:
    return fault("absent", function=function, near=parsed.misnamed[function])


def _slip_of_name(parsed: ParsedSubmission, function: str) -> Slip | None:
    """Return the line that defines a function under another name, and that name in it."""
    name = parsed.misnamed[function]
    for needed in reversed(parsed.needed(function)):
        if needed.defines and name in needed.binds:
            head = needed.head
            return Slip(1, head, "spelling", head.replace(name, function, 1))
    return None


def _slip_of_signs(
    parsed: ParsedSubmission, exercise: Exercise, misread: FailedStatement
) -> Slip | None:
    """Return the line as the student typed it, and as Python takes it."""
    for needed in parsed.needed(exercise.function):
        lines = needed.source.split("\n")
        row = misread.line - needed.line
        if needed.place != misread.place or not 0 <= row < len(lines):
            continue
        head = next(
            i for i, line in enumerate(lines) if not line.startswith("@")
        )
        name = (
            ""
            if exercise.function in needed.binds
            else min(needed.binds, default="")
        )
        return Slip(
            row - head + 1, misread.code, "wide", lines[row].strip(), name
        )
    return None
