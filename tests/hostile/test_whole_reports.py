"""A submission that attacks from any of its functions earns no more than one that fails there honestly,
and the honest students judged before and after it keep equal reports.
"""

from __future__ import annotations

import json

import pytest
from autograder import exercises
from autograder.intake.submission import Submission

# Each function that a student writes, and its assignment.
FUNCTIONS = {
    one.function: name
    for name in exercises.assignments()
    for one in exercises.of(name)
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
    "equals everything": """
    class Equal:
        def __getattr__(self, name):
            return Equal()
        def __call__(self, *a, **k):
            return Equal()
        def __eq__(self, other):
            return True
        def __iter__(self):
            return iter([Equal()] * 3)
        def __float__(self):
            return 0.0
        __hash__ = None
        __ne__ = lambda self, other: False
        __bool__ = lambda self: True
        __len__ = lambda self: 3
        __lt__ = __le__ = __gt__ = __ge__ = __eq__
        __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = lambda self, other: Equal()
    return Equal()
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


def answers(assignment: str, attacked: str = "", body: str = "") -> str:
    """Right answers of an assignment, with one function that attacks."""
    text = "import torch\n"
    for exercise in exercises.of(assignment):
        if exercise.name == attacked:
            text += f"def {attacked}(*args, **kwargs):\n{body}\n"
        elif exercise.function == exercise.name:
            text += exercise.right_source + "\n"
    return text


def earned(report) -> dict[str, float]:
    return {f"{r.exercise}.{r.check}": r.earned for r in report.results}


def as_bytes(report) -> bytes:
    """A report without what is measured and not graded."""
    tree = report.to_json()
    return json.dumps({k: v for k, v in tree.items() if k not in ("seconds", "timings", "figures")}).encode()


class Honest:
    """The report of an honest student, and the points of one who raises in a function: none for that one."""

    def __init__(self, judges):
        self.judges, self._before, self._raising = judges, {}, {}

    def before(self, name: str):
        if name not in self._before:
            report = self.judges[name].judge(Submission("honest", "a.py", answers(name)))
            assert report.score == report.max_score
            self._before[name] = report
        return self._before[name]

    def raising(self, function: str) -> dict[str, float]:
        if function not in self._raising:
            name = FUNCTIONS[function]
            source = Submission("raises", "b.py", answers(name, function, RAISES))
            points = earned(self.judges[name].judge(source))
            assert not any(v for k, v in points.items() if k.startswith(f"{function}."))
            self._raising[function] = points
        return self._raising[function]


@pytest.fixture(scope="module")
def honest(judges) -> Honest:
    return Honest(judges)


def attack(judges, honest, function, body):
    """Judge an attack between honest students.  Returns its report."""
    name = FUNCTIONS[function]
    judge, before, raising = judges[name], honest.before(name), honest.raising(function)
    sandbox = judge.sandbox
    report = judge.judge(Submission("attacks", "c.py", answers(name, function, body)))
    gained = {k for k, points in earned(report).items() if points > raising[k]}
    assert not gained, f"an attack in {function} gains {sorted(gained)}"
    assert not report.needs_a_person
    after = judge.judge(Submission("honest", "a.py", answers(name)))
    assert as_bytes(after) == as_bytes(before)
    assert judge.sandbox is sandbox
    return report


# Each attack in one function, in turn; every third by default.
NAMES = [*FUNCTIONS]
PAIRS = [
    pytest.param(NAMES[j % len(NAMES)], kind, marks=[pytest.mark.slow] * (j % 3 > 0))
    for j, kind in enumerate(ATTACKS)
]


@pytest.mark.parametrize(("function", "kind"), PAIRS)
def test_an_attack_gains_nothing_and_harms_nobody(judges, honest, function, kind):
    """Neither the next student, nor the sandbox."""
    attack(judges, honest, function, ATTACKS[kind])


@pytest.mark.slow
def test_a_function_without_end_costs_only_its_own(judges, honest):
    """Whoever is judged next finds the sandbox as it was."""
    report = attack(judges, honest, NAMES[0], HANGS)
    assert {r.outcome for r in report.results if r.exercise == NAMES[0]} == {"timeout"}
