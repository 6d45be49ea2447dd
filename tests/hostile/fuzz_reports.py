"""Whole reports of submissions put together at random from attacks, odd values, slips and right functions.

python tests/hostile/fuzz_reports.py 10000 --seed 1

Ends at the first that makes the judge fail, or whose report is no JSON; prints pace and memory as it goes.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path

from autograder import exercises
from autograder.intake.submission import Submission
from autograder.judging import gate
from autograder.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from test_odd_values import TOOLS, VALUES
from test_whole_reports import ATTACKS, HANGS, RAISES

TOP = [
    "import nowhere\n",
    "raise SystemExit\n",
    "import sys; sys.modules.clear()\n",
    "torch.Tensor.__add__ = None\n",
    "def half(:\n",
    "x = 1 / 0\n",
    "__import__('os')._exit(3)\n",
    "del torch\n",
    "print('[' * 100000)\n",
]
OFTEN = [
    RAISES,
    "    pass\n",
    "    return args[0]\n",
    "    return torch.zeros(3, 1)\n",
    "    raise KeyboardInterrupt\n",
]


def drawn(rng: random.Random, assignment: str) -> str:
    """A submission; each function is right, wrong, odd or hostile."""
    text = "import torch\n" + TOOLS
    for exercise in exercises.of(assignment):
        if exercise.function != exercise.name:
            continue
        name, kind = exercise.name, rng.random()
        if kind < 0.35:
            text += exercise.right_source
        elif kind < 0.55 and exercise.mistakes:
            text += rng.choice(exercise.mistakes).source
        elif kind < 0.75:
            text += exercise.right_source + f"right_one_{name} = {name}\n"
            body = rng.choice(list(VALUES.values())).replace("right_one(", f"right_one_{name}(")
            text += f"def {name}(*args):\n    value = right_one_{name}(*args)\n    {body}\n"
        else:
            body = HANGS if rng.random() < 0.01 else rng.choice([*ATTACKS.values(), *OFTEN])
            text += f"def {name}(*args, **kwargs):\n    NAME = {name!r}\n{body}\n"
        if rng.random() < 0.05:
            text += rng.choice(TOP)
    return text


def memory() -> int:
    """MiB of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) >> 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    rng, settings, start = random.Random(asked.seed), Settings(), time.monotonic()
    judges = {n: gate.open_judge(gate.cases_of(n, settings.seed), settings) for n in exercises.assignments()}
    names, most = sorted(judges), 0
    for number in range(1, asked.count + 1):
        assignment = rng.choice(names)
        text = drawn(rng, assignment)
        report = judges[assignment].judge(Submission("fuzz", "fuzz.py", text))
        json.dumps(report.to_json(), allow_nan=False)
        if report.needs_a_person or report.log:
            Path("failing.py").write_text(text)
            sys.exit(f"number {number}, kept in failing.py: {report.reason}\n{report.log}")
        most = max(most, memory())
        if number % 100 == 0 or number == asked.count:
            pace = number / (time.monotonic() - start)
            print(f"{number} reports, {pace:.1f} a second, {memory()} MiB now, {most} at most", flush=True)
    for judge in judges.values():
        judge.close()


if __name__ == "__main__":
    main()
