"""What shows a fault: a small case that fails by itself, as words and as code.

Knows nothing of mistakes' names.  A worker that was asked before may have kept something: what is shown is
looked at in a fresh one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from autograder.authoring.expect import CLAIM
from autograder.judging import wording
from autograder.judging.check_runner import CheckRunner, Run
from autograder.judging.faults import Fault
from autograder.judging.snippet import snippet
from autograder.judging.trial import Trial

SEEN = {"differs", "beyond", "raised", "malformed"}  # faults that an input shows
OTHERS = (1, 3, 9, 27)  # places of cases, the smallest first, that may fail by themselves where one does not


@dataclass(frozen=True)
class Shown:
    """A fault as it is shown: with an input in words, and as lines for a notebook, where there are any."""

    fault: Fault | None
    example: str = ""
    code: str = ""


def shown(trial: Trial, check: CheckRunner, run: Run, case: dict, found: Fault) -> Shown:
    """How to see a fault which this case has shown.  Raises Ended."""
    if not check.is_drawn or found.kind == "ours":
        return Shown(found, wording.inputs(trial.exercise, case))
    drawn = [check.cases[run.case]] if check.cases[run.case] is not case else []
    others = [check.cases[check.order[i]] for i in OTHERS if i < len(check.order)]
    for one in (case, *drawn, *others):
        seen, question = trial.asked(check, one)
        if seen is not None and seen.kind in SEEN:
            is_changed = seen.kind == "differs" and seen.values["sort"] == CLAIM  # what became of the inputs
            code = snippet(trial.exercise, question, wording.comment(seen), is_changed)
            return Shown(seen, wording.inputs(trial.exercise, one), code)
    later = replace(found, values={**found.values, "later": True})
    return Shown(later, wording.inputs(trial.exercise, case))
