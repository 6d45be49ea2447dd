"""Looks for what explains failed checks: a mistake, a slip, a side effect, another signature.

Knows nothing of points or of words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.authoring.mistakes import Mistake
from autograder.judging import signatures, slip_search
from autograder.judging.compare import KnownMistakes
from autograder.judging.faults import SIDE_EFFECT, Judgment, cause_of, fault
from autograder.judging.faults import statement as values_of
from autograder.judging.trial import Trial
from autograder.results import Fault, Slip

UNWRITTEN = {"not_written", "absent"}


@dataclass(frozen=True)
class Explanation:
    """What explains the failed checks of a function.

    causes: for each cause, the checks that it breaks.  mismatch: what is said in place of
    every fault.
    """

    causes: tuple[frozenset[str], ...] = ()
    mistake: Mistake | None = None
    slip: Slip | None = None
    mismatch: Fault | None = None


def explain(
    trial: Trial, judgments: Sequence[Judgment], known: KnownMistakes
) -> Explanation:
    """Return what explains the failed checks of a function, whose faults are refined.

    A signature that differs comes first.  A slip is looked for unless one cause explains all.
    """
    failed = {
        check.check.name: judgment.fault
        for check, judgment in zip(trial.checks, judgments)
        if judgment.fault is not None
    }
    if mismatch := signatures.other_number(trial, judgments):
        return Explanation(mismatch=mismatch)
    mistake = None
    # Code that is not written is no known mistake, so the stub does not cost a comparison
    # with them all.
    if any(found.kind not in UNWRITTEN for found in failed.values()):
        mistake = known.find(trial, judgments)
    causes = _side_effects(failed)
    if mistake is not None and not known.is_idle(
        trial, judgments
    ):  # who writes nothing makes it, too
        causes += mistake.causes
    is_one = len(causes) == 1 and failed.keys() <= causes[0]
    slip = None if is_one else slip_search.find(trial, judgments)
    if slip is not None:
        return Explanation((frozenset(failed),), slip=slip)
    mismatch = None if mistake else signatures.other_order(trial, judgments)
    return Explanation(tuple(causes), mistake, mismatch=mismatch)


def _side_effects(failed: dict[str, Fault]) -> list[frozenset[str]]:
    """Return the checks that each side effect breaks."""
    broken: dict[str, set[str]] = {}
    for name, found in failed.items():
        if found.kind == SIDE_EFFECT:
            broken.setdefault(cause_of(found), set()).add(name)
    return [frozenset(names) for names in broken.values()]


def refine(trial: Trial, judgments: Sequence[Judgment]) -> None:
    """Add details from the submission's statements to the faults of its runs."""
    for judgment in judgments:
        judgment.fault = judgment.fault and refined(judgment.fault, trial)


def refined(found: Fault, trial: Trial) -> Fault:
    """Return the fault with details from the submission's statements."""
    exercise = trial.exercise
    parsed = trial.parsed
    if found.kind == "absent":
        return signatures.why_missing(exercise, parsed, trial.loaded)
    if (
        found.kind.endswith("not_written")
        and found.values.get("part", exercise.function) in parsed.written
    ):
        return fault("still_raises")
    if found.kind != "raised" or found.values["error"] != "NameError":
        return found
    match = signatures.NOT_DEFINED.match(found.values["message"])
    name = match[1] if match else ""
    failed = signatures.all_lost(parsed, trial.loaded)
    if limit := signatures.limit_behind(name, failed):
        return limit
    for statement in failed:
        if name in statement.binds:
            return fault(
                "name_lost",
                function=exercise.function,
                lost=values_of(statement),
                name=name,
            )
    return found
