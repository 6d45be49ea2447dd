"""Template processes forked from one that this process has, where a test does not look at how they start.

Importing torch anew takes two seconds.  Knows nothing of what runs in them.
"""

import functools

from autograder.judging import gate
from autograder.judging.cases import cases_of
from autograder.judging.judge import Judge
from autograder.sandbox import template
from autograder.sandbox.template import PRELOAD
from autograder.settings import Settings


@functools.cache
def inner() -> template.Template:
    """One without bubblewrap, also where that works."""
    return template.Template(PRELOAD, bwrap=False)


def judge_of(assignment: str) -> Judge:
    """A judge of an assignment as it is, under the kit's own settings."""
    settings = Settings()
    return gate.open_judge(cases_of(assignment, settings.seed), settings)
