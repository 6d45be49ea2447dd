"""What a right submission costs, counted: a higher number is a line in the commit that needs it.

`WRITE_BUDGET=1 pytest tests/test_budget.py` writes tests/budget.json anew.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from file_helpers import read_json
from warm import judge_of

from autograder import courses
from autograder.judging import gate
from autograder.judging.report import report_exercise
from autograder.sandbox.client import Reply, Worker

BUDGET = Path(__file__).with_name("budget.json")
MODULES = """
import sys
from autograder.cli import grading, runs
print(sum(name.partition(".")[0] == "autograder" for name in sys.modules))
"""


def test_grading_costs_what_its_budget_says(monkeypatch):
    """Cases, calls, frames and workers of each exercise, and modules that `grade` imports."""
    counts = Counter()

    def count(owner, method, what, number=lambda *_: 1):
        original = getattr(owner, method)

        def counted(*args, **options):
            counts[what] += number(*args)
            return original(*args, **options)

        monkeypatch.setattr(owner, method, counted)

    count(Worker, "__init__", "workers")
    count(Worker, "reply_to", "frames")
    count(Reply, "values", "calls", lambda _, number: number)
    budget = {}
    for name in courses.names():
        judge = judge_of(name)
        # A busy machine gets further attempts to be fast enough.
        if timed := sys.modules.get(f"autograder.exercises.{name}.vector_add"):
            monkeypatch.setattr(timed, "ASKED", 0)
        parsed = judge.workers.parse(gate.reference(name))
        for exercise in judge.exercises:
            counts.clear()
            counts["cases"] = sum(
                len(runner.cases) for runner in judge.runners[exercise.name]
            )
            results = report_exercise(
                judge.trial(exercise, parsed), judge.mistakes
            )
            assert all(result.is_earned for result in results)
            budget[f"{name}.{exercise.name}"] = dict(counts)
    modules = subprocess.check_output([sys.executable, "-c", MODULES])
    budget["modules of the kit that grade imports"] = int(modules)
    if os.environ.get("WRITE_BUDGET"):
        lines = [
            f"{json.dumps(key)}: {json.dumps(value)}"
            for key, value in budget.items()
        ]
        BUDGET.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    assert budget == read_json(BUDGET)
