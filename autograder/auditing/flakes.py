"""Whether verdicts stand: programs judged again and again, in few processes and many, and by other seeds."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from autograder import exercises
from autograder.auditing.auditor import other_seeds
from autograder.auditing.programs import Program
from autograder.grading import machine
from autograder.grading.pool import parallel_map
from autograder.judging import cases
from autograder.judging.judge import Judge
from autograder.settings import Settings

SHARE = 5  # one in so many reruns has busy cores beside it, and there is a seed for so many
BUSY = "while True: pass"


@dataclass(frozen=True)
class Flip:
    """A verdict that was another in one rerun.  checks: those that gave other points."""

    program: Program
    checks: tuple[str, ...]
    when: str


@dataclass(frozen=True)
class Round:
    """Reruns in the same circumstances.  again: how often."""

    jobs: int
    seed: int
    again: int
    is_busy: bool = False


def rounds(count: int, jobs: int, seed: int) -> list[Round]:
    """`count` reruns with the course's seed, a fifth beside busy cores, and one for each of others."""
    busy = count // SHARE
    few = (count - busy) // 3
    own = [Round(jobs, seed, count - busy - few), Round(1, seed, few), Round(jobs, seed, busy, is_busy=True)]
    others = other_seeds(seed, max(1, count // SHARE))
    return [one for one in own if one.again] + [Round(jobs, other, 1) for other in others]


def flips(
    assignment: str,
    programs: Sequence[Program],
    settings: Settings,
    count: int,
    jobs: int,
    progress: Callable[[int, int], None],
) -> Iterator[Flip]:
    """Each verdict that is not that of the first judging.

    progress: called with how many were judged, and of how many.
    """
    planned = rounds(count, jobs, settings.seed)
    first: dict[str, dict] = {}
    done, total = 0, len(programs) * sum(one.again for one in planned)
    for one in planned:
        asked = [*programs] * one.again
        make = partial(_open, assignment, settings.with_options(seed=one.seed))
        when = f"jobs {one.jobs}{', busy cores' if one.is_busy else ''}"
        if one.seed != settings.seed:  # the course's own is a secret
            when += f", seed {one.seed}"
        with _busy_cores() if one.is_busy else contextlib.nullcontext():
            for program, points in zip(asked, parallel_map(make, _points, asked, one.jobs)):
                done += 1
                progress(done, total)
                known = first.setdefault(program.id, points)
                if other := tuple(name for name in points if points[name] != known.get(name)):
                    yield Flip(program, other, when)


def _open(assignment: str, settings: Settings, lend: Callable) -> Judge:
    """A judge that caches nothing: other seeds' entries would push out the course's own."""
    found = exercises.of(assignment)
    return Judge(found, cases.draw(assignment, found, settings.seed), settings, lend=lend)


def _points(judge: Judge, program: Program) -> dict[str, float]:
    report = judge.judge(program.submission)
    return {f"{r.exercise}.{r.check}": r.earned for r in report.results}


@contextlib.contextmanager
def _busy_cores():
    loops = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(machine.cores())]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
