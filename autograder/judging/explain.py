"""Looks for what explains failed checks: a mistake, a slip, a side effect, another signature.

Knows nothing of points or of words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.authoring.mistakes import Mistake
from autograder.judging import faults, signatures, slip_search
from autograder.judging.check_runner import Judgment
from autograder.judging.compare import KnownMistakes
from autograder.judging.faults import SIDE_EFFECT, fault
from autograder.judging.trial import Trial
from autograder.results import Fault, Slip

UNWRITTEN = {"not_written", "absent"}


@dataclass(frozen=True)
class Explanation:
    """What explains the failed checks of a function.

    broken: for each cause, the checks that it breaks.  mismatch: what is said in place of
    every fault.
    """

    broken: tuple[frozenset[str], ...] = ()
    mistake: Mistake | None = None
    slip: Slip | None = None
    mismatch: Fault | None = None

    def mistake_in(self, judgment: Judgment) -> Mistake | None:
        """Return the known mistake, if it breaks this check."""
        if self.mistake and judgment.check.name in self.mistake.fails:
            return self.mistake
        return None

    def fault_of(self, judgment: Judgment) -> Fault:
        fault = self.mismatch or judgment.fault
        assert fault
        return fault

    def cause_of(self, judgment: Judgment) -> str:
        """Return what is equal for checks that fail for the same reason."""
        if self.slip:
            return "slip"
        if mistake := self.mistake_in(judgment):
            return f"mistake:{mistake.name}"
        return faults.cause_of(self.fault_of(judgment))


def explain(
    trial: Trial, judgments: Sequence[Judgment], mistakes: KnownMistakes
) -> Explanation:
    """Return what explains the failed checks of a function, whose faults are detailed.

    A signature that differs comes first.  A slip is looked for unless one cause explains all.
    """
    failed = {}
    for judgment in judgments:
        if judgment.fault:
            failed[judgment.check.name] = judgment.fault
    if mismatch := signatures.other_number(trial, judgments):
        return Explanation(mismatch=mismatch)
    mistake = None
    # Code that is not written is no known mistake, so the stub does not cost a comparison
    # with them all.
    if any(fault.kind not in UNWRITTEN for fault in failed.values()):
        mistake = mistakes.find(trial, judgments)
    broken = _side_effects(failed)
    # Who writes nothing makes it, too.
    if mistake is not None and not mistakes.does_nothing(trial, judgments):
        broken += mistake.broken
    is_one = len(broken) == 1 and failed.keys() <= broken[0]
    slip = None if is_one else slip_search.find(trial, judgments)
    if slip is not None:
        return Explanation((frozenset(failed),), slip=slip)
    if mistake is None:
        mismatch = signatures.other_order(trial, judgments)
    return Explanation(tuple(broken), mistake, mismatch=mismatch)


def _side_effects(failed: dict[str, Fault]) -> list[frozenset[str]]:
    """Return the checks that each side effect breaks."""
    broken: dict[str, set[str]] = {}
    for name, effect in failed.items():
        if effect.kind == SIDE_EFFECT:
            broken.setdefault(effect.values["what"], set()).add(name)
    return [*map(frozenset, broken.values())]


def add_details(trial: Trial, judgments: Sequence[Judgment]) -> None:
    """Add details from the submission's statements to the faults of its judgments."""
    for judgment in judgments:
        if judgment.fault:
            judgment.fault = detailed(judgment.fault, trial)


def detailed(original: Fault, trial: Trial) -> Fault:
    """Return the fault with details from the submission's statements."""
    if original.kind == "absent":
        return signatures.why_missing(trial)
    if original.kind.endswith("not_written"):
        part = original.values.get("part", trial.exercise.function)
        if part in trial.parsed.written:
            return fault("still_raises")
        return original
    if original.kind != "raised" or original.values["error"] != "NameError":
        return original
    match = signatures.NOT_DEFINED.match(original.values["message"])
    name = match[1] if match else ""
    failed = signatures.all_lost(trial)
    if limit := signatures.limit_behind(name, failed):
        return limit
    for lost in failed:
        if name in lost.binds:
            return fault(
                "name_lost",
                function=trial.exercise.function,
                lost=faults.statement(lost),
                name=name,
            )
    return original
