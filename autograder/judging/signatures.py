"""How a student's function is called, and what it is called: where its name or its parameters are others.

Matches a student's text by what is linear alone.  Knows nothing of mistakes' names or of results.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Any

from autograder.authoring.exercise import Exercise
from autograder.authoring.probes import NAMES_READ
from autograder.authoring.proxy import Student
from autograder.errors import SandboxError
from autograder.judging.check_runner import Run
from autograder.judging.faults import Fault, fault, not_permitted
from autograder.judging.trial import Loaded, Trial
from autograder.sandbox.inside.parsed import ParsedSubmission

LONGEST, MOST = 60, 1000  # letters of a name that is compared with others, and such names
ALIKE = 0.7  # of difflib's ratio


def called_otherwise(trial: Trial, runs: Sequence[Run]) -> Fault | None:
    """That it cannot be called with so many arguments, or that one of the names stands at another place."""
    wrong = [run.fault for run in runs if run.fault is not None]
    own = trial.loaded.functions.get(trial.exercise.function) if trial.loaded else None
    asked = trial.exercise.parameters
    if own is None or not asked or not wrong or not all(f.kind in ("differs", "raised") for f in wrong):
        return None
    names, others = [*map(letters, own["names"])], [*map(letters, asked)]
    there = dict(zip(others, names))  # by a name that is asked for, the one that stands in its place
    is_moved = any(there.get(name, name) != name != other for name, other in zip(names, others))
    most = len(asked) if own["most"] is None else own["most"]
    if own["needed"] <= len(asked) <= most and not is_moved:
        return None
    values = {"function": trial.exercise.function, "right": ", ".join(asked), "own": ", ".join(own["names"])}
    return fault("called_otherwise", **values)


def misspelt(trial: Trial, runs: Sequence[Run]) -> Fault | None:
    """That a parameter has another name than the body reads, which finds a global of the right one.

    The worker says what is read: a student may lie to themselves, and nobody is graded by it.
    """
    own = trial.loaded.functions.get(trial.exercise.function) if trial.loaded else None
    asked = trial.exercise.parameters
    if own is None or not any(run.fault and run.fault.kind in ("differs", "raised") for run in runs):
        return None
    others = [(name, other) for name, other in zip(own["names"], asked) if name != other]
    if not any(other not in own["names"] for _, other in others):
        return None
    check = trial.checks[0]
    try:
        asking = check.asking(trial.ready(trial.looking), trial.settings.check_seconds)
        read: Any = Student(asking, {}, check.doubles[0], trial.passed).ask(NAMES_READ, ())
    except SandboxError:
        raise
    except Exception:  # no function of Python's, or a worker that ended: then nothing is known
        return None
    for name, other in others:
        if name in read.unread and other in read.outside and other not in own["names"]:
            return fault("misspelt", function=trial.exercise.function, name=name, other=other)
    return None


def why_missing(
    exercise: Exercise, functions: Sequence[str], parsed: ParsedSubmission, loaded: Loaded | None
):
    """Why there is no such function: where it was lost, or a name that is near."""
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


def near(function: str, names: Iterable[str]) -> str:
    """The name by which a function was likely meant; "" for none."""
    meant, spelt = letters(function), {letters(name): name for name in sorted(names)[:MOST]}
    inside = [other for other in spelt if meant in other]
    found = [*inside, *difflib.get_close_matches(meant, spelt, 1, ALIKE)]
    return spelt[found[0]] if found else ""


def letters(name: str) -> str:
    """A name without what spellings differ in: linearReg and linear_reg are the same."""
    return re.sub(r"[_\d]", "", name[:LONGEST]).lower()


def limit_behind(name, parsed, loaded, lost=None):
    """The limit for which a name is not there, through others.  lost: the statement that would bind it."""
    seen, failed = set(), loaded.lost if loaded else ()
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


def _may_bind(statement, name):
    """Whether a statement binds a name, or all that some module has."""
    return statement is not None and (name in statement.binds or statement.head.endswith("import *"))


def statement_of(parsed: ParsedSubmission, lost):
    """The statement that failed as it was run."""
    return parsed.by_place.get((lost.place, lost.line))


def at(kind: str, function: str, lost, code: str, **more: object) -> Fault:
    """The fault of what was lost at a place."""
    words = {"place": lost.place, "line": lost.line, "code": code, "error": lost.kind}
    return fault(kind, function=function, message=lost.message, **words, **more)
