"""Template processes forked from one that this process has, where a test does not look at how they start.

Importing torch anew takes two seconds.  Knows nothing of what runs in them.
"""

from __future__ import annotations

from autograder.judging import gate
from autograder.judging.cases import cases_of
from autograder.judging.judge import Judge
from autograder.sandbox import template
from autograder.sandbox.client import Sandbox
from autograder.sandbox.template import PRELOAD
from autograder.settings import Settings


def lend() -> template.Lent | None:
    """One of its taker's own, with all walls and all that a judge has imported before the first fork."""
    template.start(judges=False)
    return template.lend()


def sandbox(**options) -> Sandbox:
    """A sandbox around such a one."""
    return Sandbox(PRELOAD, **options, lent=lend())


def judge_of(assignment: str) -> Judge:
    """A judge of an assignment as it is, under the kit's own settings."""
    settings = Settings()
    return gate.open_judge(cases_of(assignment, settings.seed), settings, lend)
