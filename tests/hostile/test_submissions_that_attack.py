"""A submission that attacks, or answers oddly, from any of its functions: no gain, no failure
of ours.

An attack earns no more than one that fails there honestly, and the honest students judged
before and after it keep equal reports.  Odd values are infinite and NaN data, dtypes and
shapes that no check expects.
"""

import functools
import json
import math

import pytest
from autograder import courses, exercises
from autograder.assessment import Assessment
from autograder.intake.submission import Submission
from autograder.results import Outcome

# Each function that a student writes, and its assignment.
FUNCTIONS = {
    one.function: name
    for name in courses.names()
    for one in exercises.load(name)
    if one.function == one.name
}

# Each is the body of a function that gets any arguments.
RAISES = "    raise ValueError('no')\n"
ATTACKS = {
    "patches torch": """
    import builtins, time
    torch.equal = torch.allclose = torch.Tensor.equal = torch.Tensor.allclose = lambda *a, **k: True
    torch.Tensor.__eq__ = lambda a, b: torch.ones(1, dtype=torch.bool)
    for name in ("thread_time", "process_time", "monotonic", "perf_counter", "time"):
        setattr(time, name, lambda: 0.0)
    builtins.isinstance = lambda *a: True
    return args[0]
""",
    "forges frames": """
    import os, struct, sys
    frame, n = sys._getframe(), 1
    while frame:
        n = max(n, len(frame.f_locals.get("questions", ())))
        frame = frame.f_back
    for value in ("true", '{"dict":[["value",true],["seconds",0],["plain",1],["passed",true]]}'):
        tree = ("[" + ",".join([value] * n) + "]").encode()
        os.write(3, struct.pack("<II", len(tree), 0) + tree)
    return True
""",
    "writes the judge's words": """
    import sys
    wire = sys.modules["autograder.wire"]
    wire.pack_each = wire.pack = lambda values: wire.HEAD.pack(6, 0) + b"[true]"
    frame = sys._getframe()
    while frame:
        by_key = frame.f_locals.get("by_key")
        for key in list(by_key or ()):
            by_key[key] = lambda f, log, args: {"value": None, "seconds": 0.0, "plain": 1.0}
        frame = frame.f_back
    return True
""",
}


HANGS = "    while True:\n        pass\n"

# The same, where the right answer is `value`.
VALUES = {
    "infinite": "return changed(value, lambda t: t / 0)",
    "NaN": "return changed(value, lambda t: t * float('nan'))",
    "complex": "return changed(value, lambda t: t.to(torch.complex64))",
    "data changed to infinity": """
    for t in tensors_in(args):
        t.data /= 0
    return value""",
    "gradients of infinity": """
    for t in tensors_in(args):
        if t.grad is not None:
            t.grad /= 0
    return value""",
    "clocks of NaN": """
    import time
    for name in ("thread_time", "process_time", "monotonic", "perf_counter", "time"):
        setattr(time, name, lambda: float("nan"))
    return value""",
}

# What the worker sends in the place of each number, whoever makes it.
VALUES["all numbers are of many bits"] = """
    import sys
    wire = sys.modules["autograder.wire"]
    node = wire._node
    wire._node = lambda v, *rest: 1 << 4000 if type(v) in (int, float) else node(v, *rest)
    return value"""

TOOLS = """
import types

def tensors_in(values):
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from tensors_in(value)

def changed(value, change):
    if isinstance(value, types.GeneratorType):
        return [changed(each, change) for each in value]
    if isinstance(value, (list, tuple)):
        return type(value)(changed(each, change) for each in value)
    if isinstance(value, float):
        value = torch.tensor(value)
    return change(value) if isinstance(value, torch.Tensor) else value
"""


def answers(assignment: str, attacked: str = "", body: str = "") -> str:
    """Right answers of an assignment; one function is another, and knows the right one as
    `right_one`.
    """
    text = "import torch\n" + TOOLS
    for exercise in exercises.load(assignment):
        if exercise.function == exercise.name:
            text += exercise.right_source + "\n"
        if exercise.name == attacked:
            text += f"right_one = {attacked}\ndef {attacked}(*args, **kwargs):\n{body}\n"
    return text


def earned(report) -> dict[str, float]:
    return {f"{r.exercise}.{r.check}": r.earned for r in report.results}


def as_bytes(report) -> bytes:
    """A report without what is measured and not graded."""
    tree = Assessment(report).to_json()
    return json.dumps(
        {
            k: v
            for k, v in tree.items()
            if k not in ("seconds", "timings", "figures")
        }
    ).encode()


@functools.cache
def honest(judge, name: str):
    """The report of an honest student."""
    report = judge.judge(Submission("honest", "a.py", answers(name)))
    assert report.score == report.max_score
    return report


@functools.cache
def raising(judge, function: str) -> dict[str, float]:
    """The points of one who raises in a function: none for that one."""
    points = earned(
        judge.judge(
            Submission(
                "raises", "b.py", answers(FUNCTIONS[function], function, RAISES)
            )
        )
    )
    assert not any(v for k, v in points.items() if k.startswith(f"{function}."))
    return points


def attack(verdicts, function, body):
    """Judge an attack between honest students.  Returns its report."""
    name = FUNCTIONS[function]
    judge = verdicts[name]
    before, without, sandbox = (
        honest(judge, name),
        raising(judge, function),
        judge.workers.sandbox,
    )
    report = judge.judge(
        Submission("attacks", "c.py", answers(name, function, body))
    )
    gained = {k for k, points in earned(report).items() if points > without[k]}
    assert not gained, f"an attack in {function} gains {sorted(gained)}"
    assert not report.needs_review
    after = judge.judge(Submission("honest", "a.py", answers(name)))
    assert as_bytes(after) == as_bytes(before)
    assert judge.workers.sandbox is sandbox
    return report


def pairs(kinds, step):
    """Each kind in one function, in turn; most are slow tests."""
    return [
        pytest.param(
            NAMES[j % len(NAMES)],
            kind,
            marks=[pytest.mark.slow] * (j % step > 0),
        )
        for j, kind in enumerate(kinds)
    ]


NAMES = [*FUNCTIONS]


@pytest.mark.parametrize(("function", "kind"), pairs(ATTACKS, 4))
def test_an_attack_gains_nothing_and_harms_nobody(verdicts, function, kind):
    """Neither the next student, nor the sandbox."""
    attack(verdicts, function, ATTACKS[kind])


@pytest.mark.exhaustive
def test_a_function_without_end_costs_only_its_own(verdicts):
    """Whoever is judged next finds the sandbox as it was."""
    report = attack(verdicts, NAMES[0], HANGS)
    assert {r.outcome for r in report.results if r.exercise == NAMES[0]} == {
        "timeout"
    }


@pytest.mark.parametrize(("function", "kind"), pairs(VALUES, 9))
def test_an_odd_value_is_an_answer_like_any(verdicts, function, kind):
    """Nothing fails but what is wrong, the sandbox lives on, and the report is JSON."""
    judge = verdicts[FUNCTIONS[function]]
    sandbox = judge.workers.sandbox
    body = f"    value = right_one(*args)\n    {VALUES[kind]}"
    report = judge.judge(
        Submission(
            "odd", "odd.py", answers(FUNCTIONS[function], function, body)
        )
    )
    assert Assessment(report).reason == ""
    assert sandbox is judge.workers.sandbox
    tree = json.loads(json.dumps(Assessment(report).to_json(), allow_nan=False))
    for _, numbers in tree["timings"].values():
        assert all(map(math.isfinite, numbers.values()))
    others = [
        r
        for r in report.results
        if r.exercise not in (function, "train", "end_to_end")
    ]
    assert all(r.outcome is Outcome.PASSED for r in others)
