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
from autograder.judging.faults import SIDE_EFFECT, Run
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


def views(trial: Trial, runs: Sequence[Run]) -> list:
    """Return the parts of each check's answers to compare with a mistake's; rare cases are
    left out.
    """
    compared = []
    for check, run in zip(trial.checks, runs):
        some = (
            run.answers[check.check.rare :]
            if check.check.is_drawn
            else run.answers
        )
        plain = [
            [a.value if type(a) is wire.SideEffect else a for a in each]
            for each in some
        ]
        compared.append(check.check.view(plain))
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
        self._views: dict[str, list] = {}

    def views_of(self, exercise: Exercise, source: str, count: int) -> list:
        """Return a wrong answer's views of the first checks.  Raises Ended if its worker ends."""
        name = self._name(exercise, source, count)
        if name not in self._views:
            frames = self.get_or_create(
                name, lambda: self._asked(exercise, source, count)
            )
            self._views[name] = wire.opened(frames["views"])
        return self._views[name]

    def keep(self, trial: Trial, runs: Sequence[Run], source: str) -> None:
        """Keep the views of a wrong answer that was tried, unless its first fault is in the last
        check.
        """
        seen = _views_or_none(trial, runs)
        if seen is not None and _failed(runs)[:1] != [len(runs) - 1]:
            self._views[self._name(trial.exercise, source, len(runs))] = seen

    def _name(self, exercise: Exercise, source: str, count: int) -> str:
        digest = hashlib.blake2b(source.encode(), digest_size=8).hexdigest()
        return f"{self.key}-{exercise.name}.{digest}.{count}"

    def _asked(
        self, exercise: Exercise, source: str, count: int
    ) -> dict[str, bytes]:
        trial = self.trial(exercise, source)
        try:
            runs = [
                check.run(trial.ready(), trial.passed)
                for check in trial.checks[:count]
            ]
            return {"views": wire.pack(views(trial, runs))}
        finally:
            trial.end()

    def find(self, trial: Trial, runs: Sequence[Run]) -> Mistake | None:
        """Return the known mistake with the same answers as a submission in the checks that
        fail.
        """
        failed = _failed(runs)
        if not failed or any(run.ended for run in runs):
            return None
        names = {trial.checks[at].check.name for at in failed}
        seen = _views_or_none(trial, runs)
        for mistake in trial.exercise.mistakes:
            if seen is not None and mistake.fails == names:
                for source in mistake.sources:
                    if self._answers_alike(
                        trial.exercise, source, seen, failed
                    ):
                        return mistake
        return None

    def is_idle(self, trial: Trial, runs: Sequence[Run]) -> bool:
        """Return whether the submission answers as if its function did nothing, or returned an
        input.
        """
        failed = _failed(runs)
        if len(failed) < len(runs):
            return False
        exercise = trial.exercise
        seen = _views_or_none(trial, runs)
        if seen is None:
            return False
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
        seen: Sequence[Any],
        failed: Sequence[int],
    ) -> bool:
        """Return whether a wrong answer's views of the failed checks are those of a submission."""
        try:
            # Nearly all differ where they first fail, so the rest is asked of few.
            for count in (failed[0] + 1, len(seen)):
                known = self.views_of(exercise, source, count)
                for at in failed:
                    if at < count and not are_close(seen[at], known[at]):
                        return False
        except SandboxError:
            raise
        except Exception:
            return False  # one has no such answers: infinite, of another form, or none
        return True


def _views_or_none(trial: Trial, runs: Sequence[Run]) -> list | None:
    """Return the views of a submission; None if its answers have no such parts."""
    try:
        return views(trial, runs)
    except SandboxError:
        raise
    except Exception:
        return None


def _failed(runs: Sequence[Run]) -> list[int]:
    """Return the numbers of the checks that fail otherwise than by a side effect."""
    return [
        at
        for at, run in enumerate(runs)
        if run.fault is not None and run.fault.kind != SIDE_EFFECT
    ]
