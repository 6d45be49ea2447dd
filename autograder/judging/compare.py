"""The answers of known mistakes, to name the one whose answers a submission has.  Knows no
words.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Any

import torch

from autograder import wire
from autograder.authoring.exercise import Exercise
from autograder.authoring.mistakes import Mistake
from autograder.errors import SandboxError
from autograder.judging.faults import SIDE_EFFECT, Judgment
from autograder.judging.trial import Trial


def are_close(a: Any, b: Any) -> bool:
    """Return whether answers are equal up to rounding; for errors, only the kind counts."""
    if isinstance(a, torch.Tensor) != isinstance(b, torch.Tensor):
        a, b = _as_number(a), _as_number(b)
    elif isinstance(a, torch.Tensor):
        return (
            a.shape == b.shape
            and a.dtype == b.dtype
            and (
                a.equal(b)
                or torch.allclose(a, b, rtol=1e-4, atol=1e-5, equal_nan=True)
            )
        )
    if {type(a), type(b)} == {int, float}:
        a, b = float(a), float(b)
    if type(a) is not type(b):
        return False
    if type(a) is wire.Raised:
        return a.error == b.error and _without_numbers(
            a.message
        ) == _without_numbers(b.message)
    if type(a) in (list, tuple):
        return len(a) == len(b) and all(map(are_close, a, b))
    if type(a) is dict:
        return a.keys() == b.keys() and all(are_close(a[k], b[k]) for k in a)
    if type(a) is float:
        return (
            a == b or (a != a and b != b) or abs(a - b) <= 1e-4 * abs(b) + 1e-5
        )
    return bool(a == b)


def _as_number(value: Any) -> Any:
    """Return the number that a tensor without axes holds.  Whether that is right, the failed
    checks tell.
    """
    return (
        value.item()
        if isinstance(value, torch.Tensor) and value.ndim == 0
        else value
    )


def _without_numbers(message: str) -> str:
    """Return an exception's message without numbers; shapes such as 2x3 stay, for they show
    the order.
    """
    return re.sub(r"(?<![\dx])\d+(?![\dx])", "1", message)


def fingerprints(trial: Trial, judgments: Sequence[Judgment]) -> list:
    """Return what to compare of each check's answers with a mistake's; rare cases are
    left out.
    """
    compared = []
    for check, judgment in zip(trial.checks, judgments):
        some = (
            judgment.answers[check.check.rare :]
            if check.check.is_drawn
            else judgment.answers
        )
        plain = [
            [a.value if type(a) is wire.SideEffect else a for a in each]
            for each in some
        ]
        compared.append(check.check.fingerprint(plain))
    return compared


class KnownMistakes:
    """The answers of known mistakes, asked when first needed.

    get_or_create: keeps them under names that begin with `key`.  trial: makes a trial of a
    wrong answer's
    source.
    """

    def __init__(
        self,
        get_or_create: Callable,
        key: str,
        trial: Callable[[Exercise, str], Trial],
    ):
        self.get_or_create = get_or_create
        self.key = key
        self.trial = trial
        self._fingerprints: dict[str, list] = {}

    def fingerprints_of(
        self, exercise: Exercise, source: str, count: int
    ) -> list:
        """Return a wrong answer's fingerprints of the first checks.  Raises Ended."""
        name = self._name(exercise, source, count)
        if name not in self._fingerprints:
            frames = self.get_or_create(
                name, lambda: self._asked(exercise, source, count)
            )
            self._fingerprints[name] = wire.opened(frames["fingerprints"])
        return self._fingerprints[name]

    def keep(
        self, trial: Trial, judgments: Sequence[Judgment], source: str
    ) -> None:
        """Keep the fingerprints of a wrong answer; one that fails late is asked again."""
        seen = _fingerprints_or_none(trial, judgments)
        if seen is not None and _failed(judgments)[:1] != [len(judgments) - 1]:
            name = self._name(trial.exercise, source, len(judgments))
            self._fingerprints[name] = seen

    def _name(self, exercise: Exercise, source: str, count: int) -> str:
        digest = hashlib.blake2b(source.encode(), digest_size=8).hexdigest()
        return f"{self.key}-{exercise.name}.{digest}.{count}"

    def _asked(
        self, exercise: Exercise, source: str, count: int
    ) -> dict[str, bytes]:
        trial = self.trial(exercise, source)
        try:
            judgments = [
                check.run(trial.ready(), trial.passed)
                for check in trial.checks[:count]
            ]
            return {"fingerprints": wire.pack(fingerprints(trial, judgments))}
        finally:
            trial.end()

    def find(
        self, trial: Trial, judgments: Sequence[Judgment]
    ) -> Mistake | None:
        """Return the known mistake with the same answers as a submission in the checks that
        fail.
        """
        failed = _failed(judgments)
        if not failed or any(judgment.ended for judgment in judgments):
            return None
        names = {trial.checks[at].check.name for at in failed}
        exercise = trial.exercise
        candidates = [m for m in exercise.mistakes if m.fails == names]
        seen = candidates and _fingerprints_or_none(trial, judgments)
        for mistake in candidates:
            for source in mistake.sources:
                if self._answers_alike(exercise, source, seen, failed):
                    return mistake
        return None

    def is_idle(self, trial: Trial, judgments: Sequence[Judgment]) -> bool:
        """Return whether the submission answers as if its function did nothing, or returned an
        input.
        """
        failed = _failed(judgments)
        if len(failed) < len(judgments):
            return False
        exercise = trial.exercise
        seen = _fingerprints_or_none(trial, judgments)
        head = f"def {exercise.function}({', '.join(exercise.parameters)}):"
        bodies = ["pass", *(f"return {name}" for name in exercise.parameters)]
        for body in bodies:
            source = f"{head}\n    {body}\n"
            if self._answers_alike(exercise, source, seen, failed):
                return True
        return False

    def _answers_alike(
        self,
        exercise: Exercise,
        source: str,
        seen: Sequence[Any] | None,
        failed: Sequence[int],
    ) -> bool:
        """Return whether a wrong answer's fingerprints of failed checks equal a submission's."""
        if seen is None:
            return False
        try:
            # Nearly all differ where they first fail, so the rest is asked of few.
            for count in (failed[0] + 1, len(seen)):
                known = self.fingerprints_of(exercise, source, count)
                for at in failed:
                    if at < count and not are_close(seen[at], known[at]):
                        return False
        except SandboxError:
            raise
        except Exception:
            return False  # one has no such answers: infinite, of another form, or none
        return True


def _fingerprints_or_none(
    trial: Trial, judgments: Sequence[Judgment]
) -> list | None:
    """Return the fingerprints of a submission; None if its answers have no such parts."""
    try:
        return fingerprints(trial, judgments)
    except SandboxError:
        raise
    except Exception:
        return None


def _failed(judgments: Sequence[Judgment]) -> list[int]:
    """Return the numbers of the checks that fail otherwise than by a side effect."""
    return [
        at
        for at, judgment in enumerate(judgments)
        if judgment.fault is not None and judgment.fault.kind != SIDE_EFFECT
    ]
