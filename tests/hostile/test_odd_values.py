"""Whatever values a function answers with, they are judged like any answer: no failure of ours, and no gain.

Infinite and NaN data, whole numbers of thousands of bits, dtypes and shapes that no check expects.
"""

from __future__ import annotations

import json
import math

import pytest
from autograder import exercises
from autograder.intake.submission import Submission
from autograder.results import Outcome

FUNCTIONS = {
    one.function: name
    for name in exercises.assignments()
    for one in exercises.of(name)
    if one.function == one.name
}

# Each is the body of a function that gets any arguments; RIGHT is the right one.
VALUES = {
    "infinite": "return changed(value, lambda t: t / 0)",
    "NaN": "return changed(value, lambda t: t * float('nan'))",
    "huge": "return changed(value, lambda t: t * 3e38 if t.is_floating_point() else t)",
    "complex": "return changed(value, lambda t: t.to(torch.complex64))",
    "without dimensions": "return changed(value, lambda t: torch.tensor(1e30))",
    "without elements": "return changed(value, lambda t: t.new_zeros(*t.shape[:-1], 0))",
    "numpy": "return changed(value, lambda t: t.detach().numpy())",
    "numbers of many bits": "return changed(value, lambda t: 1 << 4000)",
    "numbers of 64 bits": "return [2 ** 63, -(2 ** 63) - 1, 2 ** 63 - 1]",
    "rows without elements": "return torch.zeros(1 << 24, 0)",
    "pairs of odd things": "return [(None, 'a'), (b'', {}), ({1: 2}, ...)]",
    "data changed to infinity": """
    for t in tensors_in(args):
        t.data /= 0
    return value""",
    "data changed to rows without elements": """
    for t in tensors_in(args):
        t.data = torch.zeros(1 << 24, 0)
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
NUMBERS = ["1 << 4000", "float('nan')", "None"]
VALUES |= {
    f"all numbers are {number}": f"""
    import sys
    wire = sys.modules["autograder.wire"]
    node = wire._node
    wire._node = lambda v, *rest: {number} if type(v) in (int, float) else node(v, *rest)
    return value"""
    for number in NUMBERS
}

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


def answers(assignment: str, odd: str, body: str) -> str:
    """Right answers of an assignment, with one function that answers oddly."""
    text = "import torch\n" + TOOLS
    for exercise in exercises.of(assignment):
        if exercise.function == exercise.name:
            text += exercise.right_source + "\n"
            if exercise.name == odd:
                text += f"right_one = {odd}\ndef {odd}(*args):\n    value = right_one(*args)\n    {body}\n"
    return text


# Each value in one function, and each function with some of them; most are slow tests.
PAIRS = [
    pytest.param([*FUNCTIONS][j % len(FUNCTIONS)], kind, marks=[pytest.mark.slow] * bool(j % 5))
    for j, kind in enumerate(VALUES)
]


@pytest.mark.parametrize(("function", "kind"), PAIRS)
def test_an_odd_value_is_an_answer_like_any(judges, function, kind):
    """Nothing fails but what is wrong, the sandbox lives on, and the report is JSON."""
    assignment = FUNCTIONS[function]
    judge = judges[assignment]
    sandbox = judge.sandbox
    report = judge.judge(Submission("odd", "odd.py", answers(assignment, function, VALUES[kind])))
    assert "" == report.reason
    assert sandbox is judge.sandbox
    tree = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert all(math.isfinite(x) for x in tree["timings"].values())
    others = [r for r in report.results if r.exercise not in (function, "train", "end_to_end")]
    assert all(r.outcome is Outcome.PASSED for r in others)
