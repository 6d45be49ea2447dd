"""Why a check is not passed, as data; `wording` writes the sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.errors import Ended
from autograder.results import Outcome
from autograder.sandbox.inside.limits import KIND

SIDE_EFFECT = "left_behind"  # a kind that breaks no claim: a call has an effect on later calls

# What can go wrong -> how the check ended.
KINDS = {
    "differs": Outcome.FAILED,  # words: of what differs; sort, of: as of a Difference
    "beyond": Outcome.FAILED,
    "raised": Outcome.ERROR,  # error, message, place
    SIDE_EFFECT: Outcome.FAILED,  # what: as `wire.SIDE_EFFECTS` names it; function
    "malformed": Outcome.ERROR,
    "not_written": Outcome.ERROR,
    "still_raises": Outcome.ERROR,  # function: it is written, but ends in the raise
    "part_not_written": Outcome.ERROR,  # part
    "name_lost": Outcome.ERROR,  # name, code, error, message: of the statement that would bind it
    "called_otherwise": Outcome.ERROR,  # function, right, own: the names of parameters; raised
    "too_slow_before": Outcome.TIMEOUT,  # an earlier check of the function ran out of time
    "unreadable": Outcome.MISSING,  # problem: of the whole file
    "absent": Outcome.MISSING,  # function, near
    "lost_in_reading": Outcome.MISSING,  # function, place, line, code, error, message
    "lost_in_loading": Outcome.MISSING,  # the same
    "not_permitted": Outcome.GRADER_ERROR,  # limit, name, and where, as for "raised" or "name_lost"
    "not_run": Outcome.GRADER_ERROR,  # function, place, line, code: of a loop that changes what it reads
    "unread": Outcome.GRADER_ERROR,  # problem: of the whole file, which may be right all the same
    "ours": Outcome.GRADER_ERROR,  # error, message, log
}
# The values that distinguish causes of one kind; `Fault.cause` handles "differs" and "raised" itself.
CAUSES = {
    "ended": ("words",),
    SIDE_EFFECT: ("what",),
    "name_lost": ("name",),
    "not_permitted": ("limit", "name"),
}
# What cannot be permitted, as `sandbox.inside.limits` reports it; a forged report can only cause a review.
LIMITS = "package", "file", "write", "thread", "process", "network", "gpu", "call"
ENDS = {"timeout": Outcome.TIMEOUT, "crashed": Outcome.CRASHED, "protocol": Outcome.ERROR}


@dataclass(frozen=True)
class Fault:
    """kind: a key of KINDS, or "ended".  values: for the sentence.

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


def fault(kind: str, **values: object) -> Fault:
    """A fault of this kind."""
    return Fault(kind, KINDS[kind], values)


def not_permitted(error: str, message: str, **where: object) -> Fault | None:
    """The fault of a sandbox limit that a worker reported; None for any other exception."""
    limit, _, name = message.partition(":")
    is_named = name.isidentifier() if limit == "package" else bool(name) == (limit in ("file", "write"))
    if error != KIND or limit not in LIMITS or not is_named:
        return None
    return fault("not_permitted", limit=limit, name=name[:100], **where)


def ended(error: Ended, loading: bool = False) -> Fault:
    """The fault of a worker that ended.  loading: whether it was still running its statements."""
    return Fault("ended", ENDS[error.kind], {"words": error.message, "loading": loading})
