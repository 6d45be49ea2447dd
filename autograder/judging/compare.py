"""The answers of known mistakes, to name the one whose answers a submission has.  Knows no
words.
"""

import contextlib
import re
from collections.abc import Callable, Sequence
from typing import Any

import torch

from autograder import cache, wire
from autograder.authoring.exercise import Exercise
from autograder.authoring.mistakes import Mistake
from autograder.errors import SandboxError
from autograder.judging.check_runner import Judgment
from autograder.judging.faults import SIDE_EFFECT
from autograder.judging.trial import Trial


def are_close(a: Any, b: Any) -> bool:
    """Return whether answers are equal up to rounding; for errors, only the kind counts."""
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        return a.equal(b) or torch.allclose(
            a, b, rtol=1e-4, atol=1e-5, equal_nan=True
        )
    # Whether a tensor without axes is as good as its number, the failed checks tell.
    a = _as_number(a)
    b = _as_number(b)
    if {type(a), type(b)} == {int, float}:
        a, b = float(a), float(b)
    if type(a) is not type(b):
        return False
    match a:
        case wire.Raised():
            same_message = _without_numbers(a.message) == _without_numbers(
                b.message
            )
            return a.error == b.error and same_message
        case list() | tuple():
            return len(a) == len(b) and all(map(are_close, a, b))
        case dict():
            return a.keys() == b.keys() and all(
                are_close(value, b[key]) for key, value in a.items()
            )
        case float():
            is_nan = a != a and b != b
            return a == b or is_nan or abs(a - b) <= 1e-4 * abs(b) + 1e-5
    return bool(a == b)


def _as_number(value: Any) -> Any:
    if isinstance(value, torch.Tensor) and value.ndim == 0:
        return value.item()
    return value


def _without_numbers(message: str) -> str:
    """Return an exception's message without numbers; shapes such as 2x3 stay, for they show
    the order.
    """
    return re.sub(r"(?<![\dx])\d+(?![\dx])", "1", message)


class KnownMistakes:
    """The answers of known mistakes, asked when first needed.

    get_or_create: keeps them under names that begin with `key`.  trial: makes a trial of a
    wrong answer's source.
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
        self._fingerprints: dict[str, list[Any]] = {}

    def find(
        self, trial: Trial, judgments: Sequence[Judgment]
    ) -> Mistake | None:
        """Return the known mistake with the same answers as a submission in the checks that
        fail.
        """
        failed = _failed(judgments)
        if not failed or any(judgment.ended for judgment in judgments):
            return None
        names = {judgments[at].check.name for at in failed}
        for mistake in trial.exercise.mistakes:
            if mistake.fails != names:
                continue
            for source in mistake.sources:
                if self._is_alike(trial.exercise, judgments, source):
                    return mistake
        return None

    def does_nothing(
        self, trial: Trial, judgments: Sequence[Judgment], body: str = "pass"
    ) -> bool:
        """Return whether the submission answers as if its function did nothing, or returned an
        input.

        body: what does nothing.  A generator does nothing with "yield".
        """
        if len(_failed(judgments)) < len(judgments):
            return False
        exercise = trial.exercise
        signature = (
            f"def {exercise.function}({', '.join(exercise.parameters)}):"
        )
        sources = [f"{signature}\n    {body}\n"]
        for name in exercise.parameters:
            sources.append(f"{signature}\n    return {name}\n")
        return any(
            self._is_alike(exercise, judgments, source) for source in sources
        )

    def keep(
        self, exercise: Exercise, judgments: Sequence[Judgment], source: str
    ) -> None:
        """Keep the fingerprints of a wrong answer, also for other processes."""
        # as in `_is_alike`
        with contextlib.suppress(Exception):
            packed = wire.pack([judgment.fingerprint for judgment in judgments])
            name = self._name(exercise, source, len(judgments))
            self.get_or_create(name, lambda: {"fingerprints": packed})

    def _is_alike(
        self, exercise: Exercise, judgments: Sequence[Judgment], source: str
    ) -> bool:
        """Return whether a wrong answer's fingerprints of failed checks equal a submission's."""
        failed = _failed(judgments)
        try:
            # Nearly all differ where they first fail, so the rest is asked of few.
            for count in (failed[0] + 1, len(judgments)):
                wrong = self._of_source(exercise, source, count)
                for at in failed:
                    if at < count and not are_close(
                        judgments[at].fingerprint, wrong[at]
                    ):
                        return False
        except SandboxError:
            raise
        except Exception:
            # One has no such answers: infinite, of another form, or none.
            return False
        return True

    def _of_source(
        self, exercise: Exercise, source: str, count: int
    ) -> list[Any]:
        """Return a wrong answer's fingerprints of the first checks.  Raises Ended."""

        def asked() -> dict[str, bytes]:
            trial = self.trial(exercise, source)
            fingerprints = []
            try:
                for runner in trial.runners[:count]:
                    judgment = runner.run(trial.ready(), trial.passed)
                    fingerprints.append(judgment.fingerprint)
                return {"fingerprints": wire.pack(fingerprints)}
            finally:
                trial.end()

        name = self._name(exercise, source, count)
        if name not in self._fingerprints:
            frames = self.get_or_create(name, asked)
            self._fingerprints[name] = wire.opened(frames["fingerprints"])
        return self._fingerprints[name]

    def _name(self, exercise: Exercise, source: str, count: int) -> str:
        digest = cache.digest([], source)
        return f"{self.key}-{exercise.name}.{digest}.{count}"


def _failed(judgments: Sequence[Judgment]) -> list[int]:
    """Return the numbers of the checks that fail otherwise than by a side effect."""
    return [
        number
        for number, judgment in enumerate(judgments)
        if judgment.fault and judgment.fault.kind != SIDE_EFFECT
    ]
