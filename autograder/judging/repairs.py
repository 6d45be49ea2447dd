"""Charges what is repaired before any function is judged: what Python cannot read, another name.

And parameters without the names by which the notebook calls them.  Each costs the first passed
check of its function.  All that uses the function is judged as if it were written as asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from autograder.authoring.exercise import Exercise
from autograder.judging.faults import cause_of, fault, outcome_of, statement
from autograder.judging.report import failed_by
from autograder.judging.signatures import other_keywords
from autograder.judging.slip_search import slip_in
from autograder.judging.trial import OF_CALLS, Trial
from autograder.reading.parsed import ParsedSubmission
from autograder.reading.repair import TABLE
from autograder.results import Fault, Result, Slip

# the faults of a function whose line Python could not read
OF_SYNTAX = {"lost_in_reading", "name_lost"}


def charged(trials: Sequence[Trial], parsed: ParsedSubmission) -> list[Result]:
    """Return the results of all trials, with a check lost for each repair of a function.

    A function that earns nothing under its other name, or once repaired, is missing.  What
    Python could not read is missing for all that calls it and fails, too.
    """
    results: list[Result] = []
    repaired: dict[str, Slip] = {}
    for trial in trials:
        exercise = trial.exercise
        first = len(results)
        results += trial.results
        if exercise.function != exercise.name:
            continue
        numbers = range(first, len(results))
        passed = [number for number in numbers if results[number].earned]
        is_right = len(passed) == len(numbers)
        costs = [*_costs(parsed, exercise.name)]
        if not passed:
            # The first repair is why all of them fail.
            costs = costs[:1] * len(numbers)
        for number, (cost, slip) in zip(passed or numbers, costs):
            check = exercise.checks[number - first]
            # A second mistake is not shown together with a line that passes every check.
            shown = slip if is_right or slip.sort == "wide" else None
            # One that is missing costs its points for that alone.
            cause = "slip" if passed else ""
            failed = failed_by(exercise, check, cost, cause)
            results[number] = replace(failed, slip=shown)
            repaired[exercise.name] = slip
        for number in passed[len(costs) :][:1]:
            if mismatch := other_keywords(trial):
                check = exercise.checks[number - first]
                results[number] = failed_by(exercise, check, mismatch)
    return _as_written(results, trials, repaired)


def _as_written(
    results: Sequence[Result],
    trials: Sequence[Trial],
    repaired: Mapping[str, Slip],
) -> list[Result]:
    """Return the results with faults of the file as it is, not as it was repaired."""
    of_syntax: dict[str, Fault] = {}
    parts: dict[str, Sequence[Exercise]] = {}
    for trial in trials:
        if not trial.exercise.has_doubles:
            parts[trial.exercise.name] = trial.exercise.parts
    for result in results:
        if result.fault and result.fault.kind in OF_SYNTAX:
            of_syntax[result.exercise] = result.fault
    as_written = []
    for result in results:
        problem = result.fault
        if problem and problem.kind in OF_CALLS:
            slip = repaired.get(result.exercise)
            place = problem.values.get("place", "")
            if slip and slip.fixed and place.endswith(slip.fixed):
                # Only the repaired line raises this.
                problem = of_syntax.get(result.exercise, problem)
            for part in parts.get(result.exercise, ()):
                problem = of_syntax.get(part.name, problem)
            if problem is not result.fault:
                result = replace(
                    result,
                    outcome=outcome_of(problem),
                    fault=problem,
                    cause=cause_of(problem),
                )
        as_written.append(result)
    return as_written


def _costs(
    parsed: ParsedSubmission, function: str
) -> Iterator[tuple[Fault, Slip]]:
    """Yield the fault and the slip of each repair of a function."""
    name = parsed.misnamed.get(function)
    needs = parsed.needed(function)
    named = [
        needed
        for needed in needs
        if needed.defines_function and name in needed.binds
    ]
    if named:
        last = named[-1]
        fixed = last.first_line.replace(str(name), function, 1)
        slip = slip_in(last, last.head_row, "spelling", fixed, function)
        yield fault("absent", function=function, near=name), slip
    misread = parsed.misread.get(function)
    for needed in needs:
        if misread is None or needed.place != misread.place:
            continue
        lines = needed.source.split("\n")
        row = misread.line - needed.line
        if not 0 <= row < len(lines):
            continue
        typed = misread.first_line
        fixed = lines[row].strip()
        sort = "syntax"
        if fixed == typed:
            fixed = ""
            sort = "indent"
        elif fixed.translate(TABLE) == typed.translate(TABLE):
            sort = "wide"
        slip = slip_in(needed, row, sort, fixed, function)
        slip = replace(slip, source=typed)
        cost = fault(
            "name_lost" if slip.name else "lost_in_reading",
            name=slip.name,
            function=function,
            lost=statement(misread),
        )
        yield cost, slip
