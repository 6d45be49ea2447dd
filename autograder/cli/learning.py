"""`autograder learn`: how wrong answers behave, so that feedback names more of them."""

from __future__ import annotations

from collections.abc import Iterable

from autograder import exercises
from autograder.cli.progress import Count
from autograder.grading import learning
from autograder.grading.machine import judges
from autograder.languages import tr
from autograder.settings import Settings


def learn(names: Iterable[str], settings: Settings, *, mutants: int, jobs: int = 0) -> None:
    """Learn for each assignment, all by default, and say how many wrong answers are known then.

    Raises UnknownAssignment and what a judge raises.
    """
    for name in [*names] or exercises.assignments():
        with Count(tr("{assignment}: wrong answers tried", assignment=name)) as count:
            known = learning.learn(name, settings, mutants, judges(jobs), count.told)
        print(
            tr("{assignment}: {known} ways to be wrong are known.", assignment=name, known=known), flush=True
        )
