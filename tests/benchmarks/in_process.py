"""Runs the kit's checks on functions in this process: no worker, no sandbox, plain Hypothesis.

An instructor with the checks but no sandbox would write this.  A kernel's test cells import
it, and the benchmark compares the kit with them.
"""

import contextlib
import functools
import io
import time
from collections.abc import Callable, Iterator

import torch
from hypothesis import HealthCheck, Phase, given, settings

from autograder import exercises, wire
from autograder.authoring import Check, Exercise
from autograder.authoring.proxy import Student
from autograder.sandbox.inside import loading, probes

# Leaves out everything that takes time without changing a grade, except shrinking: students
# should get the smallest example, as ours do.
PLAIN = settings(
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)


class Grading:
    """The checks of an assignment, on the functions in a namespace.

    names: of a notebook's kernel or a module.  While a training loop runs, its parts can be
    replaced by
    doubles, as in a worker.
    """

    def __init__(self, names: dict, assignment: str = "linear_regression"):
        self.names, self.exercises = (
            names,
            {e.name: e for e in exercises.load(assignment)},
        )
        self.probes = probes_of(assignment)
        self.lost: set[str] = set()  # exercises of which a check did not hold

    def points(self, name: str) -> float:
        """The points of an exercise: a test cell ends in them, and nbgrader takes them as its
        score.
        """
        exercise, earned = self.exercises[name], 0.0
        passed = {
            part.name for part in exercise.parts
        } - self.lost  # a wrong one costs its own points only
        for check in exercise.checks:
            try:
                with _quiet(), self._bound(exercise) as space:
                    holds(check, exercise, space, self.probes, passed)
                earned += check.points
            except Exception:
                self.lost.add(name)
        return earned

    @contextlib.contextmanager
    def _bound(self, exercise: Exercise) -> Iterator[loading.Space]:
        space = loading.Space()
        space.load([], [], dict(_compiled(exercise)))  # it empties what it is given
        own = {
            part.function: self.names[part.function] for part in exercise.substituted
        }
        for name, function in own.items():
            space.names[name].own = function
            self.names[name] = space.names[name]
        space.names[exercise.function] = self.names[exercise.function]
        try:
            yield space
        finally:
            self.names.update(own)


@functools.cache
def _compiled(exercise):
    return {
        part: {
            kind: loading.compiled(source, kind)
            if source and kind != "stands"
            else source
            for kind, source in sources.items()
        }
        for part, sources in exercise.double_sources.items()
    }


def probes_of(assignment: str) -> dict[str, probes.Ready]:
    """The probes for the functions of an assignment, by key."""
    declared = [
        probe for exercise in exercises.load(assignment) for probe in exercise.probes
    ]
    return probes.load(
        {probe.key: loading.compiled(probe.source, "probe") for probe in declared}
    )


def holds(
    check: Check,
    exercise: Exercise,
    space: loading.Space,
    known: dict[str, probes.Ready],
    passed: set[str],
) -> None:
    """Run a check's body on all its drawn cases.  Raises if one fails.

    known: probes by their keys.  passed: the parts that passed their own checks.
    """

    def answer(question):
        # Two tensors are never one: a student may write into them.
        args = each_tensor(question.given, torch.clone)
        recordings, start = (
            each_tensor(question.recordings, torch.clone),
            time.thread_time(),
        )
        try:
            log = space.use(question.roles, recordings)
            value = known[question.probe](space.names[exercise.function], log, args)
            value = each_tensor(value, torch.detach)
        except Exception as error:
            value = wire.Raised(*loading.described(error))
        return value, time.thread_time() - start

    def body(case):
        check.body(Student(answer, {}, exercise.default_doubles[0], passed), **case)

    probes.seed(0)
    if check.given is None:
        body({})
    else:
        settings(PLAIN, max_examples=check.cases)(given(check.given)(body))()


def each_tensor(value: object, change: Callable) -> object:
    """The same lists, tuples and dicts, each tensor in them changed."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if type(value) in (list, tuple):
        return type(value)(each_tensor(one, change) for one in value)
    if type(value) is dict:
        return {name: each_tensor(one, change) for name, one in value.items()}
    return value


@contextlib.contextmanager
def _quiet():
    """Discard output and warnings of student code: nbgrader gives 0 for any stderr."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        yield
