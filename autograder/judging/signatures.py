"""Finds out when a student's function has another name, or other parameters.

Searches a student's text only in linear time.  Knows nothing of mistakes' names or of results.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from autograder.authoring.exercise import Exercise
from autograder.judging.faults import Fault, Run, fault, not_permitted
from autograder.judging.trial import Loaded, Trial
from autograder.reading.near_names import means, near, stands_for
from autograder.reading.parsed import Lost, ParsedSubmission, Statement

# An exception's message about the type of an argument: arguments are probably swapped.
OF_AN_ARGUMENT = re.compile(r"\b(int|float|list|Tensor)\b|\bunexpected keyword\b")


def signature_mismatch(trial: Trial, runs: Sequence[Run]) -> Fault | None:
    """The fault that the function takes other parameters than it is called with, if that explains its faults.

    It does if the number differs; if a name is at another place, and the function passes more checks with
    its arguments in its own order; or if few names agree and it raised an exception about an argument's type.
    Different names alone explain nothing.
    """
    wrong = [run.fault for run in runs if run.fault is not None]
    own = trial.loaded.functions.get(trial.exercise.function) if trial.loaded else None
    asked = trial.exercise.parameters
    if own is None or not asked or not wrong or not all(f.kind in ("differs", "raised") for f in wrong):
        return None
    values = {"function": trial.exercise.function, "right": ", ".join(asked), "own": ", ".join(own["names"])}
    names = own["names"][: len(asked)]
    there = dict(zip(asked, names))  # the student's name at the place of each parameter
    is_moved = any(
        stands_for(name, other) and not stands_for(there[other], other) for name in names for other in there
    )
    most = len(asked) if own["most"] is None else own["most"]
    if not own["needed"] <= len(asked) <= most or (is_moved and _passes_more_in_order(trial, runs, names)):
        return fault("called_otherwise", **values)
    raised = next((f for f in wrong if f.kind == "raised"), None)
    agree = sum(means(name, other) for other, name in there.items())
    if raised is None or not names or 2 * agree >= len(asked):
        return None
    error, message = raised.values["error"], raised.values["message"][:2000]
    if error in ("TypeError", "AttributeError") and OF_AN_ARGUMENT.search(message):
        return fault("called_otherwise", **values, raised=raised)  # which it likely explains
    return None


def _passes_more_in_order(trial: Trial, runs: Sequence[Run], names: Sequence[str]) -> bool:
    """Whether the function passes more checks if it gets its arguments in the order of these parameters."""
    parsed, function, asked = trial.parsed, trial.exercise.function, trial.exercise.parameters
    number = max(
        (n for n in parsed.needs.get(function, ()) if function in parsed.statements[n].binds), default=-1
    )
    found = [next((i for i, other in enumerate(asked) if stands_for(name, other)), -1) for name in names]
    rest = [i for i in range(len(asked)) if i not in found]
    order = [i if i >= 0 else rest.pop(0) for i in found]
    if number < 0 or sorted(order) != [*range(len(asked))]:
        return True
    turned = f"(lambda own: lambda *given: own(*(given[i] for i in {order})))({function})"
    statements = [*parsed.statements]
    source = f"{statements[number].source}\n{function} = {turned}\n"
    statements[number] = replace(statements[number], source=source)
    budget = trial.budget.part(trial.settings.slip_seconds)
    again = trial.changed(replace(parsed, statements=tuple(statements)), budget)
    try:
        return sum(run.fault is None for run in again.runs()) > sum(run.fault is None for run in runs)
    finally:
        again.end()
        trial.cpu += again.cpu


def why_missing(
    exercise: Exercise, functions: Sequence[str], parsed: ParsedSubmission, loaded: Loaded | None
) -> Fault:
    """Why the function is missing: where it was lost, or a similar name."""
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
    name: str, parsed: ParsedSubmission, loaded: Loaded | None, lost: Lost | None = None
) -> Fault | None:
    """The limit that makes a name missing, also indirectly.  lost: the statement that would bind it."""
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
    """Whether a statement binds a name, or is an `import *`."""
    return statement is not None and (name in statement.binds or statement.head.endswith("import *"))


def statement_of(parsed: ParsedSubmission, lost: Lost) -> Statement | None:
    """The statement that failed as it was run."""
    return parsed.by_place.get((lost.place, lost.line))


def at(kind: str, function: str, lost: Lost, code: str, **more: object) -> Fault:
    """The fault of what was lost at a place."""
    words = {"place": lost.place, "line": lost.line, "code": code, "error": lost.kind}
    return fault(kind, function=function, message=lost.message, **words, **more)
