"""Runs the kit's checks on functions in this process: no worker, no sandbox, plain Hypothesis.

An instructor with the checks but no sandbox would write this.  A kernel's test cells import
it, and the benchmark compares the kit with them.
"""

import contextlib
import io

import torch
from hypothesis import HealthCheck, Phase, given, settings

from autograder import exercises
from autograder.authoring.proxy import StudentFunction
from autograder.sandbox.inside import loading, probes
from autograder.sandbox.inside.exceptions import described
from autograder.sandbox.inside.precompiled import compiled

EXERCISES = exercises.load("linear_regression")
# Leaves out what takes time without changing a grade, except shrinking: students should get
# the smallest example, as ours do.
PLAIN = settings(
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
PROBES = probes.load(
    {
        probe.key: compiled(probe.source, "probe")
        for exercise in EXERCISES
        for probe in exercise.probes.values()
    }
)


def points(name, names):
    """The points of an exercise for the functions in a namespace.

    A test cell ends in this call, and nbgrader takes its value as the score.
    """
    (exercise,) = (one for one in EXERCISES if one.name == name)
    earned = 0.0
    for check in exercise.checks:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            contextlib.suppress(Exception),
        ):
            holds(check, exercise, names)
            earned += check.points
    return earned


def doubles_of(exercise):
    """The compiled sources of what stands in for each part."""
    return {
        part: {
            kind: compiled(source, kind)
            for kind, source in sources.items()
            if source
        }
        for part, sources in exercise.double_sources().items()
    }


def holds(check, exercise, names):
    """Run a check's body on all its drawn cases.  Raises if one fails."""
    namespace = loading.Namespace()
    own = dict(names)
    namespace.load([], [], doubles_of(exercise))
    for part in exercise._replaceable.values():
        namespace.names[part.function].original = names[part.function]
        names[part.function] = namespace.names[part.function]

    def answer(question):
        # Two tensors are never one: a student may write into them.
        args = each_tensor(question.args, torch.clone)
        recorded = each_tensor(question.recorded, torch.clone)
        try:
            log = namespace.set_roles(question.roles, recorded)
            value = PROBES[question.probe](names[exercise.function], log, args)
            value = each_tensor(value, torch.detach)
        except Exception as error:
            value = described(error)
        return value, 0.0

    def body(case):
        check.body(
            StudentFunction(answer, {}, exercise.default_roles[0]), **case
        )

    probes.seed(0)
    try:
        if check.given is None:
            body({})
        else:
            settings(PLAIN, max_examples=check.cases)(
                given(check.given)(body)
            )()
    finally:
        names.update(own)


def each_tensor(value, change):
    """The same lists, tuples and dicts, each tensor in them changed."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if type(value) in (list, tuple):
        return type(value)(each_tensor(item, change) for item in value)
    if type(value) is dict:
        return {key: each_tensor(item, change) for key, item in value.items()}
    return value
