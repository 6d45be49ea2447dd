"""An audit on all cores: each process owns an auditor, and gets programs as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from autograder.grading import bench
from autograder.judging.audit import Auditor
from autograder.judging.verdicts import Program, Verdict
from autograder.settings import Settings

WHOLE = 5  # of so many mutants one is judged with all its functions: what a mistake costs elsewhere


def _look(auditor: Auditor, program: Program, shares: bool) -> Verdict:
    whole = program.sort != "mutant" or int(program.id[-4:], 16) % WHOLE == 0
    return auditor.look(program, shares=shares, whole=whole)


def verdicts(
    assignment: str, programs: Iterable[Program], settings: Settings, jobs: int, shares: bool = False
) -> Iterator[Verdict]:
    """The verdict on each program of an assignment, in their order.

    shares: count the cases that show each mutant.  Raises what an Auditor raises.
    """
    return bench.each(partial(Auditor, assignment, settings), partial(_look, shares=shares), programs, jobs)
