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
from classes import ASSIGNMENT
from in_process import crew_of, each_tensor, probes_of

from autograder import exercises, settings, wire
from autograder.authoring.proxy import Question, Student
from autograder.judging.cases import cases_of
from autograder.sandbox.inside import loading, probes


def questions(assignment: str) -> dict[str, list[Question]]:
    """Exercise -> the first question of each case of its checks: all that a right answer is asked.

    Checks that share their cases share their calls, as in the kit.
    """
    cases, found = cases_of(assignment, settings.PUBLIC_SEED), {}
    for exercise in exercises.of(assignment):
        asked = {}
        for check in exercise.checks:
            for case in [case for group in cases.groups(check) for case in group]:
                try:
                    check.body(Student(_asks, {}, exercise.default_doubles[0], exercise.conditional), **case)
                except Question as question:
                    asked[wire.pack(question.packed)] = question
        found[exercise.name] = list(asked.values())
    return found


def _asks(question):
    raise question


def seconds(code: str, assignment: str, asked: dict[str, list[Question]], known: dict) -> tuple[float, float]:
    """CPU and wall seconds of the calls of one submission.  known: probes by their keys."""
    cpu = wall = 0.0
    for exercise in exercises.of(assignment):
        space = loading.Space()
        space.load([["file", 1, code]], [exercise.function], crew_of(exercise))
        calls = [
            (known[question.probe], *map(_cloned, (question.given, question.recordings)), question.roles)
            for question in asked[exercise.name]
        ]
        probes.seed(0)
        start = time.perf_counter(), time.thread_time()
        for probe, args, recordings, roles in calls:
            with contextlib.suppress(Exception):
                log = space.use(roles, recordings)
                probe(space[exercise.function], log, args)
        wall += time.perf_counter() - start[0]
        cpu += time.thread_time() - start[1]
    return cpu, wall


def _cloned(value):
    return each_tensor(value, torch.clone)  # a student may write into them


def main() -> None:
    torch.set_num_threads(1)
    folder, out = map(Path, sys.argv[1:])
    asked, known = questions(ASSIGNMENT), probes_of(ASSIGNMENT)
    files = sorted(folder.glob("*.py"))
    with contextlib.redirect_stdout(io.StringIO()):
        seconds(files[0].read_text("utf-8"), ASSIGNMENT, asked, known)  # warm
        times = [seconds(path.read_text("utf-8"), ASSIGNMENT, asked, known) for path in files]
    cpu, wall = map(sum, zip(*times))
    calls = sum(map(len, asked.values()))
    out.write_text(json.dumps({"cpu": cpu, "wall": wall, "submissions": len(files), "calls": calls}))


if __name__ == "__main__":
    main()
