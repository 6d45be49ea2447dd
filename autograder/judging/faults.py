"""Makes faults, and says how a check with one ended; `sentences` makes sentences of them."""

import re
from typing import Any

from autograder.authoring.exercise import Exercise
from autograder.authoring.expect import CLAIM
from autograder.errors import NOT_PERMITTED, Ended, as_data
from autograder.reading.parsed import FailedStatement
from autograder.results import Fault, Outcome
from autograder.wire import Raised

# characters of an exception's message from a worker that has right answers in it
MAX_MESSAGE = 150
# Breaks no claim: a call has an effect on later calls.
SIDE_EFFECT = "left_behind"

# How a check ended, by what went wrong; `ended` has its own outcome.
OUTCOMES = {
    **dict.fromkeys(("differs", "beyond", SIDE_EFFECT), Outcome.FAILED),
    **dict.fromkeys(
        (
            "raised",
            "malformed",
            "name_lost",
            "called_otherwise",
            "not_written",
            "still_raises",
            "part_not_written",
        ),
        Outcome.ERROR,
    ),
    "too_slow_before": Outcome.TIMEOUT,
    **dict.fromkeys(
        ("unreadable", "absent", "lost_in_reading", "lost_in_loading"),
        Outcome.MISSING,
    ),
    **dict.fromkeys(
        ("not_permitted", "not_run", "unread", "ours"), Outcome.GRADER_ERROR
    ),
}
# The values that distinguish causes of one kind; `cause_of` adds a message to some.
CAUSES = {
    "differs": ("sort", "of"),
    "raised": ("error", "place"),
    "ended": ("what",),
    SIDE_EFFECT: ("what",),
    "name_lost": ("name",),
    "not_permitted": ("limit", "name"),
}
# What a sandbox does not permit, as `exceptions` reports it, and whether a name follows.  A
# forged report can only cause a review.
LIMITS = {
    **dict.fromkeys(("package", "python", "file", "write"), True),
    **dict.fromkeys(("thread", "process", "network", "gpu", "call"), False),
}


def outcome_of(fault: Fault) -> Outcome:
    """Return how a check with this fault ended."""
    if fault.kind != "ended":
        return OUTCOMES[fault.kind]
    return Outcome(fault.values["kind"])


def cause_of(fault: Fault) -> str:
    """Return what is equal for faults of one exercise with the same cause, which is shown once."""
    values = fault.values
    words = [fault.kind]
    for name in CAUSES.get(fault.kind, ()):
        words.append(str(values[name]))
    if fault.kind == "differs" and values["sort"] == CLAIM and not values["of"]:
        # A failed claim without a name for its cause counts as a separate cause.
        words.append(values["message"]["text"])
    if fault.kind == "raised":
        words.append(re.sub(r"\d+", "1", values["message"]))
    return ":".join(words)


def fault(kind: str, /, **values: object) -> Fault:
    """Return a fault of this kind, whose values become JSON types."""
    return Fault(kind, as_data(values))


def statement(lost: FailedStatement) -> dict[str, Any]:
    """Return a statement that failed as values of a fault."""
    where = {
        "place": lost.place,
        "line": lost.line,
        "code": lost.first_line[:100],
    }
    return where | {"error": lost.error, "message": lost.message}


def not_permitted(error: str, message: str, **where: object) -> Fault | None:
    """Return the fault of a sandbox limit that a worker reported; None for any other exception."""
    limit, _, name = message.partition(":")
    if error != NOT_PERMITTED or LIMITS.get(limit) != bool(name):
        return None
    if limit == "package" and not name.isidentifier():
        return None
    return fault("not_permitted", limit=limit, name=name[:100], **where)


def raised(answer: Raised, exercise: Exercise) -> Fault:
    """Return the fault of an exercise's function that raised an exception."""
    # torch raises it too, with a long message, for a dtype that an operation lacks
    if (
        answer.error == "NotImplementedError"
        and (answer.message or "x").isidentifier()
    ):
        if answer.message in {part.function for part in exercise.parts}:
            return fault("part_not_written", part=answer.message)
        return fault("not_written")
    if limit := not_permitted(answer.error, answer.message, place=answer.place):
        return limit
    message = answer.message
    if exercise.has_doubles and len(message) > MAX_MESSAGE:
        message = message[: MAX_MESSAGE - 1] + "…"
    return fault(
        "raised",
        error=answer.error,
        message=message,
        place=answer.place,
        names=answer.names,
    )


def ended(error: Ended, loading: bool = False) -> Fault:
    """Return the fault of a worker that ended.  loading: whether it was still running its
    statements.
    """
    return fault(
        "ended",
        kind=error.outcome,
        what=error.what,
        message=error.message,
        loading=loading,
    )
