"""An audit on all cores: each process owns an auditor, and gets programs as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from autograder.grading import selfchecks
from autograder.grading.pool import parallel_map
from autograder.judging.audit import Auditor
from autograder.judging.verdicts import Program, Verdict
from autograder.settings import Settings

WHOLE = 5  # of so many mutants one is judged with all its functions: what a mistake costs elsewhere


def _look(auditor: Auditor, program: Program, shares: bool) -> Verdict:
    whole = program.sort != "mutant" or int(program.id[-4:], 16) % WHOLE == 0
    return auditor.look(program, shares=shares, whole=whole)


def verdicts(
    assignment: str,
    programs: Iterable[Program],
    settings: Settings,
    jobs: int,
    shares: bool = False,
    seeds: int = 1,
) -> Iterator[Verdict]:
    """The verdict on each program of an assignment, in their order.

    shares: count the cases that show each mutant.  seeds: by how many the checks draw.  Raises what an
    Auditor raises.
    """
    make = partial(Auditor, assignment, settings, seeds)
    return parallel_map(make, partial(_look, shares=shares), programs, jobs)


def with_selfchecks(assignment: str, looked: Sequence[Verdict], jobs: int) -> list[Verdict]:
    """The verdicts, and what the visible self-check says of each program that the checks accept.

    Unless somebody has said that it is right.
    """
    accepted = [i for i, one in enumerate(looked) if not one.lost and one.program.sort != "right"]
    said = selfchecks.rejections(assignment, [looked[i].program for i in accepted], jobs)
    red = dict(zip(accepted, said))
    return [replace(one, red=red.get(i, "")) for i, one in enumerate(looked)]
