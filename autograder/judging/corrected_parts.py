"""Judges all functions together with the one wrong part as it would be without its cause.

A cause is paid for once, in its own function.  Where one function is at fault and the cause is
known, a check that fails for it alone is carried forward.  Knows no sentence.
"""

from collections.abc import Sequence
from dataclasses import replace

from autograder.errors import Ended
from autograder.judging.slip_search import changeable
from autograder.judging.trial import Trial
from autograder.reading.parsed import ParsedSubmission
from autograder.results import Fault, Outcome, Result


def with_part_corrected(trial: Trial, earlier: Sequence[Trial]) -> list[Result]:
    """Return the results of a trial that runs wrong parts, with checks carried forward.

    earlier: the trials of its parts, among others.  Two wrong parts, or one whose cause is not
    known, cost whatever fails.
    """
    wrong = [t for t in earlier if t.exercise.name in trial.wrong_parts]
    if len(wrong) != 1 or not wrong[0].is_explained:
        return trial.results
    corrected = _corrected(trial, wrong[0])
    if corrected is None:
        return trial.results
    try:
        judgments = corrected.run_checks()
    except Ended:
        return trial.results
    finally:
        corrected.end()
    part = wrong[0].exercise.name
    results = []
    for result, judgment in zip(trial.results, judgments, strict=True):
        if not result.is_earned and not judgment.fault:
            result = replace(
                result,
                earned=result.points,
                outcome=Outcome.CARRIED_FORWARD,
                fault=Fault("fix_part_first", {"part": part}),
                code="",
            )
        results.append(result)
    return results


def _corrected(trial: Trial, part: Trial) -> Trial | None:
    """Return a trial of the same exercise where its wrong part is right; None if nothing can
    take its place.

    The student's text without its slip was judged by that part's own checks.  For a known
    mistake a right function stands in, which keeps or zeroes gradients as the student's does.
    """
    right_part = ""
    parsed = part.without_slip
    if parsed is None and part.exercise.function == trial.exercise.function:
        parsed = _with_right_text(part)
        if parsed is None:
            return None
    elif parsed is None:
        parsed = trial.parsed
        right_part = part.exercise.name
    function = trial.exercise.function
    needed = {*trial.parsed.needs.get(function, ())}
    for exercise in (part.exercise, *part.exercise.parts):
        needed.update(parsed.needs.get(exercise.function, ()))
    parsed = replace(
        parsed, needs={**parsed.needs, function: sorted(needed)}, fallback={}
    )
    return replace(trial, parsed=parsed, right_part=right_part)


def _with_right_text(part: Trial) -> ParsedSubmission | None:
    """Return the submission with a right function where the student defines theirs last."""
    numbers = changeable(part)
    function = part.exercise.function
    for number in numbers[:1]:
        statement = part.parsed.statements[number]
        if function in statement.binds:
            statements = [*part.parsed.statements]
            statements[number] = replace(
                statement, source=part.exercise.right_source
            )
            return replace(part.parsed, statements=statements)
    return None
