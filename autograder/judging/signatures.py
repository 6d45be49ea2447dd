"""Finds out when a student's function has another name, or other parameters.

Searches a student's text only in linear time.  Knows nothing of mistakes' names or of results.
"""

import re
from collections.abc import Sequence

from autograder.judging.check_runner import Judgment
from autograder.judging.faults import fault, not_permitted, statement
from autograder.judging.trial import Trial
from autograder.reading.near_names import may_mean
from autograder.reading.parsed import FailedStatement
from autograder.results import Fault

# An exception's message about the type of an argument: arguments are probably swapped.
OF_AN_ARGUMENT = re.compile(
    r"(?:TypeError|AttributeError): .*(?:\b(?:int|float|list|Tensor)\b|unexpected keyword)"
    r"|RuntimeError: .*(?:accelerator|device type|device string)",
    re.DOTALL,
)
NOT_DEFINED = re.compile(r"name '(\w+)' is not defined")


def other_number(trial: Trial, judgments: Sequence[Judgment]) -> Fault | None:
    """Return the fault that the function takes another number of parameters than it gets."""
    signature = _own_parameters(trial, judgments)
    if signature is None:
        return None
    asked = len(trial.exercise.parameters)
    most = asked if signature["most"] is None else signature["most"]
    if signature["needed"] <= asked <= most:
        return None
    return fault("called_otherwise", **_shown(trial, signature))


def other_order(trial: Trial, judgments: Sequence[Judgment]) -> Fault | None:
    """Return the fault that few parameters have the names asked for, if that likely explains
    an exception.

    It does if the exception is about an argument's type.  Different names alone explain
    nothing; another order of the same names is a slip.
    """
    signature = _own_parameters(trial, judgments)
    exceptions = [
        judgment.fault.values
        for judgment in judgments
        if judgment.fault and judgment.fault.kind == "raised"
    ]
    if signature is None or not exceptions:
        return None
    asked = trial.exercise.parameters
    pairs = list(zip(asked, signature["names"]))
    agree = sum(may_mean(name, wanted) for wanted, name in pairs)
    if not pairs or 2 * agree >= len(asked):
        return None
    if OF_AN_ARGUMENT.match("{error}: {message}".format(**exceptions[0])):
        return fault(
            "called_otherwise",
            **_shown(trial, signature),
            raised={"kind": "raised", "values": exceptions[0]},
        )
    return None


def other_keywords(trial: Trial) -> Fault | None:
    """Return the fault that the notebook's own calls name parameters that the function lacks."""
    function = trial.exercise.function
    keywords = trial.judge.keywords.get(function)
    signature = trial.signature
    if not keywords or signature is None or signature["by_name"] is None:
        return None
    if keywords <= {*signature["by_name"]}:
        return None
    call = [
        f"{name}=..." if name in keywords else name
        for name in trial.exercise.parameters
    ]
    return fault(
        "called_otherwise",
        function=function,
        right=", ".join(call),
        own=signature["text"],
    )


def _own_parameters(trial: Trial, judgments: Sequence[Judgment]) -> dict | None:
    """Return the parameters of a student's function if they may explain all its faults."""
    kinds = {judgment.fault.kind for judgment in judgments if judgment.fault}
    if (
        trial.loaded is None
        or not trial.exercise.parameters
        or not kinds <= {"differs", "raised"}
    ):
        return None
    return trial.loaded.functions.get(trial.exercise.function)


def _shown(trial: Trial, signature: dict) -> dict[str, str]:
    return {
        "function": trial.exercise.function,
        "right": ", ".join(trial.exercise.parameters),
        "own": ", ".join(signature["names"]),
    }


def why_missing(trial: Trial) -> Fault:
    """Return why the function is missing: where it was lost, if it is in the file."""
    function = trial.exercise.function
    failed = all_lost(trial)
    for lost in failed:
        if function in lost.binds:
            if limit := limit_behind(function, failed, lost):
                return limit
            is_unread = lost in trial.parsed.failed
            kind = "lost_in_reading" if is_unread else "lost_in_loading"
            return fault(kind, function=function, lost=statement(lost))
    inside = re.compile(rf"\s+(def {function}\b|{function} = )")
    for outer in trial.parsed.statements:
        for line, code in enumerate(outer.source.split("\n"), outer.line):
            if inside.match(code):
                where = {"place": outer.place, "line": line, "code": code[:100]}
                return fault("absent", function=function, inside=where)
    return fault("absent", function=function)


def all_lost(trial: Trial) -> list[FailedStatement]:
    """Return what failed when it was run, and what could not be read."""
    failed = trial.loaded.failed if trial.loaded else ()
    return [*failed, *trial.parsed.failed]


def limit_behind(
    name: str,
    failed: Sequence[FailedStatement],
    lost: FailedStatement | None = None,
) -> Fault | None:
    """Return the limit that makes a name missing, also indirectly.  lost: what would bind it."""
    seen = set[str]()
    while name not in seen:
        seen.add(name)
        for candidate in failed:
            if name in candidate.binds or candidate.first_line.endswith(
                "import *"
            ):
                lost = lost or candidate
        if lost is None:
            return None
        if limit := not_permitted(
            lost.error, lost.message, lost=statement(lost)
        ):
            return limit
        match = NOT_DEFINED.match(lost.message)
        name, lost = match[1] if match else name, None
    return None
