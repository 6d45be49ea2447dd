"""Template processes forked from one that this process has, where a test does not look at how
they start.

Importing torch anew takes two seconds.  And what a worker is told, as a judge does it.
Knows nothing of what runs in them.
"""

import ast
import copy

from autograder.judging import gate
from autograder.judging.cases import cases_of
from autograder.judging.judge import Judge
from autograder.sandbox import template
from autograder.sandbox.inside.loading import Namespace
from autograder.sandbox.inside.precompiled import compiled
from autograder.settings import Settings

INNER = tuple(name for name in template.LAYERS if name != "bwrap")


def inner(layers=INNER):
    """A template process without bubblewrap, also where that works."""
    template.start()
    return template.running[0].fork_sandbox(layers)


def statements(source, place="file"):
    """[place, line, text] of each statement, as the parser gives them."""
    nodes = ast.parse(source).body
    return [
        [place, node.lineno, ast.get_source_segment(source, node)]
        for node in nodes
    ]


def space_of(source, parts=None, functions=("whole",)):
    """The names of a submission; parts: for each, the sources of who may play it."""
    doubles = {
        name: {kind: compiled(text, kind) for kind, text in who.items() if text}
        for name, who in (parts or {}).items()
    }
    namespace = Namespace()
    namespace.load(statements(source), [*functions], doubles)
    return namespace


def called(sandbox, source, name, *args):
    """What one call of a function gives, in a worker of its own."""
    with sandbox.worker() as worker:
        worker.load([["file", 1, source]], [name], {}, 5.0)
        return worker.ask(name, [("call", args)], 5.0)[0]


def judge_of(assignment, settings=Settings()):  # noqa: B008 - it is frozen
    """A judge of an assignment as it is."""
    return gate.open_judge(cases_of(assignment, settings.seed), settings)


def altered(exercise, **attributes):
    """A copy with other values of these attributes, to judge by other checks or parts."""
    other = copy.copy(exercise)
    vars(other).update(attributes)
    return other


def beside(
    judge,
    exercises,
    cases=None,
    *given,
    **options,
):
    """A judge of other exercises in the same sandbox, which costs seconds to start."""
    return Judge(
        exercises,
        cases or judge.cases,
        *given,
        sandbox=judge.workers.sandbox,
        **options,
    )
