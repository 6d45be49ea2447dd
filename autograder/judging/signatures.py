"""Finds out when a student's function has another name, or other parameters.

Searches a student's text only in linear time.  Knows nothing of mistakes' names or of results.
"""

import re
from collections.abc import Sequence

from autograder.authoring.exercise import Exercise
from autograder.judging.faults import Fault, Run, fault, not_permitted
from autograder.judging.trial import Loaded, Trial
from autograder.reading.near_names import means, near
from autograder.reading.parsed import FailedStatement, ParsedSubmission

# An exception's message about the type of an argument: arguments are probably swapped.
OF_AN_ARGUMENT = re.compile(r"\b(int|float|list|Tensor)\b|\bunexpected keyword\b")
NOT_DEFINED = re.compile(r"name '(\w+)' is not defined")


def signature_mismatch(trial: Trial, runs: Sequence[Run]) -> Fault | None:
    """Return the fault that the function takes other parameters than it gets, if that explains its faults.

    It does if the number differs, or if few names agree and it raised an exception about an argument's type.
    Different names alone explain nothing; another order of the same names is a slip.
    """
    wrong = [run.fault for run in runs if run.fault is not None]
    own = trial.loaded.functions.get(trial.exercise.function) if trial.loaded else None
    asked = trial.exercise.parameters
    if own is None or not asked or not wrong or not all(f.kind in ("differs", "raised") for f in wrong):
        return None
    values = {"function": trial.exercise.function, "right": ", ".join(asked), "own": ", ".join(own["names"])}
    names = own["names"][: len(asked)]
    there = dict(zip(asked, names))  # the student's name at the place of each parameter
    most = len(asked) if own["most"] is None else own["most"]
    if not own["needed"] <= len(asked) <= most:
        return fault("called_otherwise", **values)
    raised = next((f for f in wrong if f.kind == "raised"), None)
    agree = sum(means(name, other) for other, name in there.items())
    if raised is None or not names or 2 * agree >= len(asked):
        return None
    error, message = raised.values["error"], raised.values["message"][:2000]
    if error in ("TypeError", "AttributeError") and OF_AN_ARGUMENT.search(message):
        return fault("called_otherwise", **values, raised=raised)  # which it likely explains
    return None


def why_missing(
    exercise: Exercise, functions: Sequence[str], parsed: ParsedSubmission, loaded: Loaded | None
) -> Fault:
    """Return why the function is missing: where it was lost, or a similar name."""
    function = exercise.function
    for lost in parsed.lost:
        if function in lost.binds:
            limit = not_permitted(lost.kind, lost.message, lost=lost)
            return limit or fault("lost_in_reading", function=function, lost=lost)
    for lost in loaded.lost if loaded else ():
        if re.search(rf"\b{function}\b", parsed.by_place[lost.place, lost.line].source):
            limit = limit_behind(function, all_lost(parsed, loaded), lost)
            return limit or fault("lost_in_loading", function=function, lost=lost)
    return fault("absent", function=function, near=near(function, set(parsed.names) - {*functions}))


def all_lost(parsed: ParsedSubmission, loaded: Loaded | None) -> list[FailedStatement]:
    """Return what failed when it was run, and what could not be read."""
    return [*(loaded.lost if loaded else ()), *parsed.lost]


def limit_behind(
    name: str, failed: Sequence[FailedStatement], lost: FailedStatement | None = None
) -> Fault | None:
    """Return the limit that makes a name missing, also indirectly.  lost: what would bind it."""
    seen = set[str]()
    while name not in seen:
        seen.add(name)
        for statement in failed:
            if name in statement.binds or statement.code.endswith("import *"):
                lost = lost or statement
        if lost is None:
            return None
        if limit := not_permitted(lost.kind, lost.message, lost=lost):
            return limit
        match = NOT_DEFINED.match(lost.message) if lost.kind == "NameError" else None
        name, lost = match[1] if match else name, None
    return None
