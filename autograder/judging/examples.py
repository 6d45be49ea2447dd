"""What shows a fault: a small case that fails by itself, or else a pair of calls, as words and as code.

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
    if not check.check.is_drawn or found.kind == "ours":
        return Shown(found, wording.inputs(trial.exercise, case))
    for cases in _attempts(check, run, case):
        seen, questions = trial.asked(check, *cases)
        if seen is not None and seen.kind in SEEN:
            if len(cases) > 1:
                seen = replace(seen, values={**seen.values, "later": "first"})
            code = snippet(trial.exercise, questions, wording.comment(seen), _is_changed(seen))
            return Shown(seen, wording.inputs(trial.exercise, *cases), code)
    later = replace(found, values={**found.values, "later": "several"})
    return Shown(later, wording.inputs(trial.exercise, case))


def _attempts(check, run, case):
    """Each is one case, or one before another: first those of which least is to be read."""
    drawn = [check.cases[run.case]] if check.cases[run.case] is not case else []
    others = [check.cases[check.order[i]] for i in OTHERS if i < len(check.order)]
    yield from ([one] for one in (case, *drawn, *others))
    yield from ([one, one] for one in (case, *drawn))
    yield from ([one, case] for one in others[:2])


def _is_changed(found):
    """Whether it is no value that is wrong, but what became of the inputs."""
    return found.kind == "differs" and found.values["sort"] == CLAIM
