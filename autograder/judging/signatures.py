"""Finds out when a student's function has another name, or other parameters.

Searches a student's text only in linear time.  Knows nothing of mistakes' names or of results.
"""

import re
from collections.abc import Sequence

from autograder.authoring.exercise import Exercise
from autograder.judging.faults import Fault, Run, fault, not_permitted
from autograder.judging.trial import Loaded, Trial
from autograder.reading.near_names import means, near
from autograder.reading.parsed import FailedStatement, ParsedSubmission, Statement

# An exception's message about the type of an argument: arguments are probably swapped.
OF_AN_ARGUMENT = re.compile(r"\b(int|float|list|Tensor)\b|\bunexpected keyword\b")


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
    function, failed = exercise.function, loaded.lost if loaded else ()
    for lost in (*failed, *parsed.lost):
        if lost.defines == function:
            return at("lost_in_reading", function, lost, lost.code)
    for lost in failed:
        statement = statement_of(parsed, lost)
        if statement is not None and re.search(rf"\b{function}\b", statement.source):
            limit = limit_behind(function, parsed, loaded, lost)
            return limit or at("lost_in_loading", function, lost, statement.head)
    return fault("absent", function=function, near=near(function, set(parsed.names) - {*functions}))


def limit_behind(
    name: str, parsed: ParsedSubmission, loaded: Loaded | None, lost: FailedStatement | None = None
) -> Fault | None:
    """Return the limit that makes a name missing, also indirectly.  lost: what would bind it."""
    seen, failed = set[str](), loaded.lost if loaded else ()
    while name not in seen:
        seen.add(name)
        lost = lost or next((each for each in failed if _may_bind(statement_of(parsed, each), name)), None)
        if lost is None:
            return None
        statement = statement_of(parsed, lost)
        where = {"place": lost.place, "line": lost.line, "code": statement.head if statement else ""}
        if limit := not_permitted(lost.kind, lost.message, **where):
            return limit
        match = re.match(r"name '(\w+)' is not defined", lost.message) if lost.kind == "NameError" else None
        name, lost = match[1] if match else name, None
    return None


def _may_bind(statement: Statement | None, name: str) -> bool:
    """Return whether a statement binds a name, or is an `import *`."""
    return statement is not None and (name in statement.binds or statement.head.endswith("import *"))


def statement_of(parsed: ParsedSubmission, lost: FailedStatement) -> Statement | None:
    """Return the statement that failed as it was run."""
    return parsed.by_place.get((lost.place, lost.line))


def at(kind: str, function: str, lost: FailedStatement, code: str, **more: object) -> Fault:
    """Return the fault of what was lost at a place."""
    words = {"place": lost.place, "line": lost.line, "code": code, "error": lost.kind}
    return fault(kind, function=function, message=lost.message, **words, **more)
