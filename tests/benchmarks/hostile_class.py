"""One right student among thirty hostile ones, each kind in turn: what it earns, and what the class takes.

python tests/benchmarks/hostile_class.py [--each 30] [--jobs 2] [--only "never ends" sleeps]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

from autograder import exercises
from autograder.grading.machine import cores
from autograder.grading.session import Session
from autograder.intake.submission import Submission
from autograder.settings import Settings

sys.path.insert(0, str(Path(__file__).parents[1] / "hostile"))
from test_whole_reports import ATTACKS, HANGS

ASSIGNMENT = max(exercises.assignments(), key=lambda name: len(exercises.of(name)))
FUNCTIONS = [e for e in exercises.of(ASSIGNMENT) if e.function == e.name]
RIGHT = "import torch\n" + "".join(e.right_source for e in FUNCTIONS)
KINDS = {
    "right, for comparison": None,
    **ATTACKS,
    "never ends": HANGS,
    "sleeps": "    import time\n    time.sleep(1.9)\n    return args[0]\n",
    "takes all memory": "    return [torch.ones(1 << 28) for _ in range(100)]\n",
    "answers at length": "    return [torch.ones(1 << 20) for _ in range(4)]\n",
    "claims many rows": "    return torch.zeros(1 << 24, 0)\n",
    "has words without end": """
    class Endless(Exception):
        def __str__(self):
            while True:
                pass
    raise Endless
""",
    "is slow alone": """
    import time
    torch.calls = getattr(torch, "calls", 0) + 1
    if torch.calls > 100:
        time.sleep(1.9)
    return args[0]
""",
}


def hostile(body: str | None) -> str:
    """A submission all of whose functions do this."""
    if body is None:
        return RIGHT
    names = (e.name for e in FUNCTIONS)
    return "import torch\n" + "".join(f"def {n}(*args, **kw):\n    NAME = {n!r}\n{body}\n" for n in names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--each", type=int, default=30)
    parser.add_argument("--jobs", type=int, default=cores())
    parser.add_argument("--only", nargs="+", choices=[*KINDS], default=[*KINDS], metavar="KIND")
    asked = parser.parse_args()
    print(f"{ASSIGNMENT}: {asked.each} of a kind and one right, {asked.jobs} judges\n")
    heads = "right one", "others, most", "a person", "s in all", "CPU s each"
    print("{:26} {:>10} {:>13} {:>9} {:>9} {:>11}".format("kind", *heads))
    with Session(ASSIGNMENT, Settings(), jobs=asked.jobs) as session:
        list(session.reports([Submission("first", "a.py", RIGHT)]))  # the gate is open
        for kind in asked.only:
            files = [Submission(f"h{i:02}", "h.py", hostile(KINDS[kind])) for i in range(asked.each)]
            files.insert(asked.each // 2, Submission("right", "r.py", RIGHT))
            start = time.monotonic()
            reports = {report.id: report for _, report in session.reports(files)}
            seconds = time.monotonic() - start
            right = reports.pop("right")
            others = list(reports.values())
            earned = f"{right.score:g} of {right.max_score:g}"
            most, persons = max(r.score for r in others), sum(r.needs_a_person for r in others)
            cpu = statistics.mean(r.seconds for r in others)
            print(f"{kind:26} {earned:>10} {most:13g} {persons:9} {seconds:9.1f} {cpu:11.2f}", flush=True)


if __name__ == "__main__":
    main()
