"""Makes faults, and says how a check with one ended; `reporting.sentences` makes sentences of
them.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from autograder.authoring.exercise import Exercise
from autograder.authoring.proxy import Question
from autograder.errors import NOT_PERMITTED, Ended, as_data
from autograder.reading.parsed import FailedStatement
from autograder.results import Fault, Outcome
from autograder.sandbox.client import Reply
from autograder.wire import Raised

MAX_MESSAGE = 150  # characters of an exception's message from a worker that has right answers in it
SIDE_EFFECT = "left_behind"  # a kind that breaks no claim: a call has an effect on later calls

# How a check ended, by what went wrong.
KINDS = {
    **dict.fromkeys(("differs", "beyond", SIDE_EFFECT), Outcome.FAILED),
    **dict.fromkeys(
        ("raised", "malformed", "name_lost", "called_otherwise"), Outcome.ERROR
    ),
    **dict.fromkeys(
        ("not_written", "still_raises", "part_not_written"), Outcome.ERROR
    ),
    "too_slow_before": Outcome.TIMEOUT,
    "ended": Outcome.CRASHED,  # or as ENDS says
    **dict.fromkeys(
        ("unreadable", "absent", "lost_in_reading", "lost_in_loading"),
        Outcome.MISSING,
    ),
    **dict.fromkeys(
        ("not_permitted", "not_run", "unread", "ours"), Outcome.GRADER_ERROR
    ),
}
# The values that distinguish causes of one kind; `cause_of` handles "differs" and "raised" itself.
CAUSES = {
    "ended": ("what",),
    SIDE_EFFECT: ("what",),
    "name_lost": ("name",),
    "not_permitted": ("limit", "name"),
}
# What a sandbox does not permit, as `limit_errors` reports it, and the values that distinguish
# what a worker
# may report.  A forged report can only cause a review.
LIMITS = {
    "package",
    "python",
    "file",
    "write",
    "thread",
    "process",
    "network",
    "gpu",
    "call",
}
ENDS = {
    "timeout": Outcome.TIMEOUT,
    "crashed": Outcome.CRASHED,
    "protocol": Outcome.ERROR,
}


def outcome_of(found: Fault) -> Outcome:
    """Return how a check with this fault ended."""
    return (
        ENDS[found.values["kind"]]
        if found.kind == "ended"
        else KINDS[found.kind]
    )


def cause_of(found: Fault) -> str:
    """Return what is equal for faults of one exercise with the same cause, which is shown once."""
    values = found.values
    if found.kind == "differs":
        # A failed claim without a name for its cause counts as a separate cause.
        is_unnamed = values["sort"] == "claim" and not values["of"]
        rest = [
            values["sort"],
            values["of"] or (values["message"]["text"] if is_unnamed else ""),
        ]
    elif found.kind == "raised":
        rest = [
            values["error"],
            re.sub(r"\d+", "1", str(values["message"])),
            values["place"],
        ]
    else:
        rest = [values[name] for name in CAUSES.get(found.kind, ())]
    return ":".join([found.kind, *map(str, rest)])


@dataclass
class Judgment:
    """The answers of one submission to one check."""

    fault: Fault | None = None
    case: int = 0  # the smallest one drawn that shows the fault
    replies: list[tuple[Reply, int]] = field(
        default_factory=list
    )  # to the first questions, and their number
    ended: bool = False  # a fault that ended the worker: no case to look at
    # what the check measured: a sentence -> its numbers
    notes: dict[str, dict[str, float]] = field(default_factory=dict)
    log: list[tuple[Question, object]] = field(
        default_factory=list
    )  # of a sequential check

    @cached_property
    def answers(self) -> list:
        """The answer to the first question of each drawn case, or all answers to a sequential
        check.
        """
        first = [
            [value]
            for reply, count in self.replies
            for value in reply.values(count)
        ]
        return first or [[value for _, value in self.log]]


def fault(kind: str, /, **values: object) -> Fault:
    """Return a fault of this kind, whose values become JSON types."""
    return Fault(kind, as_data(values))


def statement(lost: FailedStatement) -> dict[str, Any]:
    """Return a statement that failed as values of a fault."""
    where = {"place": lost.place, "line": lost.line, "code": lost.code[:100]}
    return where | {"error": lost.kind, "message": lost.message}


def not_permitted(error: str, message: str, **where: object) -> Fault | None:
    """Return the fault of a sandbox limit that a worker reported; None for any other exception."""
    limit, _, name = message.partition(":")
    is_named = (
        name.isidentifier()
        if limit == "package"
        else bool(name) == (limit in ("file", "write", "python"))
    )
    if error != NOT_PERMITTED or limit not in LIMITS or not is_named:
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
    if (
        exercise.has_doubles and len(message) > MAX_MESSAGE
    ):  # its worker has right answers
        message = message[: MAX_MESSAGE - 1] + "…"
    place = answer.place
    # A right part raises as well if it is called wrongly; a wrong one is told of at its exercise.
    parts = {part.function for part in exercise.parts}
    if exercise.has_doubles and place.partition(":")[0] in parts:
        place = ""
    return fault("raised", error=answer.error, message=message, place=place)


def ended(error: Ended, loading: bool = False) -> Fault:
    """Return the fault of a worker that ended.  loading: whether it was still running its
    statements.
    """
    return fault(
        "ended",
        kind=error.kind,
        what=error.what,
        message=error.message,
        loading=loading,
    )
