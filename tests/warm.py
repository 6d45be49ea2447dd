"""Template processes forked from one that this process has, where a test does not look at how they start.

Importing torch anew takes two seconds.  Knows nothing of what runs in them.
"""

import functools

from autograder.authoring import Exercise
from autograder.judging import gate
from autograder.judging.cases import Cases, cases_of
from autograder.judging.judge import Judge
from autograder.sandbox import template
from autograder.sandbox.template import PRELOAD
from autograder.settings import Settings


@functools.cache
def inner() -> template.Template:
    """One without bubblewrap, also where that works."""
    return template.Template(PRELOAD, bwrap=False)


def judge_of(assignment: str, settings: Settings = Settings()) -> Judge:  # noqa: B008 - it is frozen
    """A judge of an assignment as it is."""
    return gate.open_judge(cases_of(assignment, settings.seed), settings)


def beside(judge: Judge, exercises: list[Exercise], cases: Cases | None = None, *given, **options) -> Judge:
    """A judge of other exercises in the same sandbox, which costs seconds to start."""
    other = Judge(exercises, cases or judge.cases, *given, **options)
    other._sandbox = judge.sandbox
    return other
