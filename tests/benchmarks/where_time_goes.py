"""Where the time of a further submission goes: seconds of each phase, for right and for wrong answers.

    python tests/benchmarks/where_time_goes.py [--students 40] [--rounds 2]

One judge in this process grades a class round after round; the first round warms up and is not counted.
A phase's time is its own: what it calls that is a phase too counts there.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import time
from collections import defaultdict

from classes import ASSIGNMENT, a_class

from autograder.intake.submission import Submission
from autograder.judging import diagnosis, gate, trial
from autograder.judging.diagnosis import KnownMistakes
from autograder.judging.judge import Judge
from autograder.judging.prepared import PreparedCheck
from autograder.sandbox.client import Sandbox
from autograder.sandbox.worker import Worker
from autograder.settings import Settings

# What is wrapped: the owner, the function, and the phase as the table names it.
PHASES = (
    (Judge, "parse", "reading the file"),
    (Sandbox, "worker", "a worker: fork and walls"),
    (trial, "load", "running its statements"),
    (Worker, "exchange", "the student's calls, and the wire"),
    (Worker, "close", "ending a worker"),
    (PreparedCheck, "judged", "judging answers"),
    (PreparedCheck, "smallest", "smaller inputs"),
    (PreparedCheck, "ending_case", "smaller inputs"),
    (KnownMistakes, "name", "naming mistakes"),
    (diagnosis, "result", "words"),
)


class Stopwatch:
    """Seconds by phase, each without the phases inside it."""

    def __init__(self):
        self.seconds, self.calls = defaultdict(float), defaultdict(int)
        self._stack: list[list] = []

    @contextlib.contextmanager
    def phase(self, name: str):
        """Count what runs in here for a phase."""
        start = time.perf_counter()
        self._stack.append([0.0])
        try:
            yield
        finally:
            spent = time.perf_counter() - start
            (inside,) = self._stack.pop()
            self.seconds[name] += spent - inside
            self.calls[name] += 1
            if self._stack:
                self._stack[-1][0] += spent

    def wrap(self, owner, function: str, name: str) -> None:
        """Count each call of a function for a phase."""
        plain = getattr(owner, function)

        @functools.wraps(plain)
        def counted(*args, **options):
            with self.phase(name):
                return plain(*args, **options)

        setattr(owner, function, counted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    watch = Stopwatch()
    for owner, function, name in PHASES:
        watch.wrap(owner, function, name)
    students, settings = a_class(options.students), Settings()
    kinds = {"right": [s for s in students if not s.wrong], "wrong": [s for s in students if s.wrong]}
    with gate.open_judge(gate.cases_of(ASSIGNMENT, settings.seed), settings) as judge:
        _round(judge, students)
        for kind, those in kinds.items():
            watch.seconds.clear(), watch.calls.clear()
            cpu = sum(_round(judge, those, watch) for _ in range(options.rounds))
            _show(watch, kind, len(those) * options.rounds, cpu)


def _round(judge, students, watch=None):
    """CPU seconds of all processes, as the reports say."""
    cpu = 0.0
    for student in students:
        submission = Submission(student.student, f"{student.student}.py", student.code)
        with watch.phase("all else") if watch else contextlib.nullcontext():
            cpu += judge.judge(submission).seconds
    return cpu


def _show(watch, kind, count, cpu):
    wall = sum(watch.seconds.values()) / count
    print(f"{count} {kind} submissions: {wall:.3f} s each, {cpu / count:.3f} CPU s")
    for name, seconds in sorted(watch.seconds.items(), key=lambda pair: -pair[1]):
        print(f"  {1000 * seconds / count:7.1f} ms  {watch.calls[name] / count:6.1f} times  {name}")


if __name__ == "__main__":
    main()
