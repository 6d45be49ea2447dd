"""Why a check is not passed, as data; `wording` writes the sentences."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from autograder.authoring.exercise import Exercise
from autograder.authoring.proxy import Question
from autograder.errors import N_, NOT_PERMITTED, Ended
from autograder.results import Outcome
from autograder.sandbox.client import Reply
from autograder.wire import Raised

MAX_MESSAGE = 150  # characters of an exception's message from a worker that has right answers in it
SIDE_EFFECT = "left_behind"  # a kind that breaks no claim: a call has an effect on later calls

# How a check ended, by what went wrong.
KINDS = {
    **dict.fromkeys(("differs", "beyond", SIDE_EFFECT), Outcome.FAILED),
    **dict.fromkeys(("raised", "malformed", "name_lost", "called_otherwise"), Outcome.ERROR),
    **dict.fromkeys(("not_written", "still_raises", "part_not_written"), Outcome.ERROR),
    "too_slow_before": Outcome.TIMEOUT,
    "ended": Outcome.CRASHED,  # or another, by ENDS
    **dict.fromkeys(("unreadable", "absent", "lost_in_reading", "lost_in_loading"), Outcome.MISSING),
    **dict.fromkeys(("not_permitted", "not_run", "unread", "ours"), Outcome.GRADER_ERROR),
}
# The values that distinguish causes of one kind; `Fault.cause` handles "differs" and "raised" itself.
CAUSES = {
    "ended": ("words",),
    SIDE_EFFECT: ("what",),
    "name_lost": ("name",),
    "not_permitted": ("limit", "name"),
}
# What cannot be permitted, as `limit_errors` reports it; a forged report can only cause a review.
LIMITS = {
    "package": N_("the package `{name}`"),
    "python": N_("Python {name}"),  # the first that reads the code
    "file": N_("the file `{name}`"),
    "write": N_("changes to `{name}` on the disk"),
    "thread": N_("new threads"),
    "process": N_("new processes"),
    "network": N_("the network"),
    "gpu": N_("a GPU"),
    "call": N_("this system call"),
}
ENDS = {"timeout": Outcome.TIMEOUT, "crashed": Outcome.CRASHED, "protocol": Outcome.ERROR}


@dataclass(frozen=True)
class Fault:
    """Why a check is not passed.  kind: a key of KINDS.  values: for the sentence.

    In values, "later" is "first" or "several" if a fault shows only after the first call, or several calls.
    """

    kind: str
    outcome: Outcome
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cause(self) -> str:
        """Equal for faults of one exercise with the same cause, which is shown once."""
        values = self.values
        if self.kind == "differs":
            # A failed claim without a name for its cause counts as a separate cause.
            rest = [values["sort"], values["of"] or (values["words"] if values["sort"] == "claim" else "")]
        elif self.kind == "raised":
            rest = [values["error"], re.sub(r"\d+", "1", str(values["message"])), values["place"]]
        else:
            rest = [values[name] for name in CAUSES.get(self.kind, ())]
        return ":".join([self.kind, *map(str, rest)])


@dataclass
class Run:
    """The answers of one submission to one check."""

    fault: Fault | None = None
    case: int = 0  # the smallest one drawn that shows the fault
    replies: list[tuple[Reply, int]] = field(default_factory=list)  # to the first questions, and their number
    ended: bool = False  # a fault that ended the worker: no case to look at
    notes: dict[str, float] = field(default_factory=dict)  # what the check measured
    log: list[tuple[Question, object]] = field(default_factory=list)  # of a sequential check

    @cached_property
    def answers(self) -> list:
        """The answer to the first question of each drawn case, or all answers to a sequential check."""
        first = [[value] for reply, count in self.replies for value in reply.values(count)]
        return first or [[value for _, value in self.log]]


def fault(kind: str, **values: object) -> Fault:
    """Return a fault of this kind."""
    return Fault(kind, KINDS[kind], values)


def not_permitted(error: str, message: str, **where: object) -> Fault | None:
    """Return the fault of a sandbox limit that a worker reported; None for any other exception."""
    limit, _, name = message.partition(":")
    is_named = (
        name.isidentifier() if limit == "package" else bool(name) == (limit in ("file", "write", "python"))
    )
    if error != NOT_PERMITTED or limit not in LIMITS or not is_named:
        return None
    return fault("not_permitted", limit=limit, name=name[:100], **where)


def raised(answer: Raised, exercise: Exercise) -> Fault:
    """Return the fault of an exercise's function that raised an exception."""
    # torch raises it too, with a long message, for a dtype that an operation lacks
    if answer.error == "NotImplementedError" and (answer.message or "x").isidentifier():
        if answer.message in {part.function for part in exercise.parts}:
            return fault("part_not_written", part=answer.message)
        return fault("not_written")
    if limit := not_permitted(answer.error, answer.message, place=answer.place):
        return limit
    message = answer.message
    if exercise.has_doubles and len(message) > MAX_MESSAGE:  # its worker has right answers
        message = message[: MAX_MESSAGE - 1] + "…"
    return fault("raised", error=answer.error, message=message, place=answer.place)


def ended(error: Ended, loading: bool = False) -> Fault:
    """Return the fault of a worker that ended.  loading: whether it was still running its statements."""
    return Fault("ended", ENDS[error.kind], {"words": error.message, "loading": loading})
