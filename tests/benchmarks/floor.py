"""The floor: a class's functions called once on each drawn case, in one process, and nothing else.

`floor.py FOLDER OUT` writes the seconds of the calls alone to OUT: no drawing, copying, comparing,
loading or starting.  What is above this, a grader could save.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from pathlib import Path

import torch
from in_process import each_tensor

from autograder import exercises, gate, wire
from autograder.proxy import Question, Student
from autograder.sandbox import loading, probes


def questions(assignment: str) -> dict[str, list[tuple]]:
    """Exercise -> the first question of each case of its checks: all that a right answer is asked.

    Checks that are like others share their cases, and so their calls, as in the kit.
    """
    exam, found = gate.exam_of(assignment), {}
    for exercise in exercises.of(assignment):
        asked = {}
        for check in exercise.checks:
            for case in [case for group in exam.groups(check) for case in group]:
                try:
                    check.body(Student(_asks, {}, "own"), **case)
                except Question as question:
                    asked[wire.pack(question.pair)] = question.pair
        found[exercise.name] = list(asked.values())
    return found


def _asks(probe, args):
    raise Question(probe, args)


def seconds(code: str, assignment: str, asked: dict[str, list[tuple]]) -> tuple[float, float]:
    """CPU and wall seconds of the calls of one submission."""
    cpu = wall = 0.0
    for exercise in exercises.of(assignment):
        space = loading.Space()
        parts = [part for part in exercise.parts if part.function != exercise.function]
        sources = {part.function: part.source if exercise.lends else "" for part in parts}
        space.load([["file", 1, code]], [exercise.function], sources)
        pairs = [(probe, each_tensor(args, torch.clone)) for probe, args in asked[exercise.name]]
        probes.seed(0)
        start = time.perf_counter(), time.thread_time()
        for probe, args in pairs:
            with contextlib.suppress(Exception):
                probes.BY_NAME[probe](space, exercise.function, *args)
        wall += time.perf_counter() - start[0]
        cpu += time.thread_time() - start[1]
    return cpu, wall


def main() -> None:
    torch.set_num_threads(1)
    folder, out = map(Path, sys.argv[1:])
    asked = questions("linear_regression")
    files = sorted(folder.glob("*.py"))
    with contextlib.redirect_stdout(io.StringIO()):
        seconds(files[0].read_text("utf-8"), "linear_regression", asked)  # warm
        times = [seconds(path.read_text("utf-8"), "linear_regression", asked) for path in files]
    cpu, wall = map(sum, zip(*times))
    calls = sum(map(len, asked.values()))
    out.write_text(json.dumps({"cpu": cpu, "wall": wall, "submissions": len(files), "calls": calls}))


if __name__ == "__main__":
    main()
