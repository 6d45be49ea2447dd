"""`autograder audit`: puts right and wrong programs to the checks, and prints how often these are wrong."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterable
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from autograder import cache, exercises
from autograder.auditing import auditor, flakes, programs
from autograder.auditing.summary import SORTS, AuditSummary, summary, write_results
from autograder.authoring import Exercise
from autograder.cli.stop import Stop
from autograder.cli.terminal import Count
from autograder.grading.machine import judges
from autograder.grading.provenance import proof
from autograder.judging import gate
from autograder.judging.cases import cases_of
from autograder.languages import plural
from autograder.settings import Settings

ANSWERS = Path("tests")  # of a clone: students' right and wrong answers
SAMPLE = 20  # programs of an assignment that are judged again and again
COLUMNS = [sort for sort in SORTS if sort != "doubted"]
SEEDS, FLIPS = plural("1 seed", "{n} seeds"), plural("1 verdict changed", "{n} verdicts changed")


def audit(
    names: Iterable[str],
    settings: Settings,
    *,
    mutants: int,
    out: Path,
    jobs: int = 0,
    known: bool = True,
    shares: bool = False,
    seeds: int = 1,
    reruns: int = 0,
) -> bool:
    """Audit each name, an assignment or `assignment.exercise`; whether all is as it should be.

    mutants: how many of each exercise.  known: look at what somebody has called right or wrong, too.
    shares: count cases.  seeds: by how many the checks draw.  reruns: in place of all that, judge some of
    these programs so often.  Raises UnknownAssignment, and Stop for an exercise that there is not.
    """
    fine = True
    for assignment, chosen in named(names).items():
        asked = _programs(assignment, chosen, mutants, known, settings)
        if reruns:
            fine = _stand(assignment, asked, reruns, judges(jobs), settings) and fine
        else:
            fine = _one(assignment, chosen, asked, out, judges(jobs), shares, seeds, settings) and fine
    return fine


def named(names: Iterable[str]) -> dict[str, list[Exercise]]:
    """The exercises that are named, by assignment: two of one assignment stand in one table and one page."""
    chosen: dict[str, list[Exercise]] = {}
    for name in [*names] or exercises.assignments():
        assignment, _, only = name.partition(".")
        there = exercises.of(assignment)
        found = [e for e in there if not only or e.name == only]
        if not found:
            names_there = ", ".join(e.name for e in there)
            raise Stop(f"{assignment} has no exercise {only!r}. Choose one of {names_there}.")
        some = chosen.setdefault(assignment, [])
        some += [e for e in found if e not in some]
    return chosen


def _stand(assignment, asked, reruns, jobs, settings):
    """Whether the verdicts on some of the programs stand; prints each that does not."""
    some = sorted(Random(0).sample(asked, min(SAMPLE, len(asked))), key=lambda program: program.id)
    found = []
    with Count(f"{assignment}: judged again") as count:
        for flip in flakes.flips(assignment, some, settings, reruns, jobs, count.show):
            found.append(flip)
            print(
                f"{flip.program.id} ({flip.program.origin}): {', '.join(flip.checks)}: {flip.when}",
                flush=True,
            )
    others = len({one.seed for one in flakes.rounds(reruns, jobs, settings.seed)}) - 1
    print(
        f"{assignment}: {len(some)} programs, {reruns} reruns ({reruns // flakes.SHARE} of them beside busy "
        f"cores), and {SEEDS(others)} more. {FLIPS(len(found))}.",
        flush=True,
    )
    return not found


def _programs(assignment, chosen, mutants, known, settings):
    folder = ANSWERS if (ANSWERS / "right_answers").is_dir() else None
    names = {e.name for e in chosen}
    with gate.open_judge(cases_of(assignment, settings.seed), settings) as judge:
        asked = [p for p in programs.known(judge.exercises, folder) if known and p.exercise in names]
        for exercise in chosen:
            asked += programs.mutated(judge, exercise, mutants, folder)
    return asked


def _one(assignment, chosen, asked, out, jobs, shares, seeds, settings):
    count = sum(p.sort == "mutant" for p in asked)
    print(f"{assignment}: {len(asked)} programs, {count} of them mutants", flush=True)
    looked = []
    for verdict in auditor.verdicts(assignment, asked, settings, jobs, shares, seeds):
        looked.append(verdict)
        if len(looked) % 100 == 0:
            print(f"{assignment}: {len(looked)} of {len(asked)}", flush=True)
    looked = auditor.with_selfchecks(assignment, looked, jobs)
    checks = {e.name: {c.name: _drawn(c) for c in e.checks} for e in chosen}
    found = summary(looked, checks, shares, auditor.only_oracles_draw(chosen, settings))
    today, drawn = datetime.date.today().isoformat(), cases_of(assignment, settings.seed)
    facts = {"date": today, **proof(drawn, settings), **cache.versions()}  # no seed: it is the course's
    try:
        paths = write_results(out, assignment, facts, found)
    except OSError as error:
        raise Stop(f"Cannot write to {out} ({error.strerror}). Choose another folder with --out.") from None
    _print(assignment, found, paths)
    return found.is_fine


def _drawn(check):
    return 0 if check.given is None or check.sequential else check.cases - len(check.edge_cases)


def _print(assignment: str, found: AuditSummary, paths: list[Path]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 80, highlight=False)
    form = {"box": None, "pad_edge": False, "collapse_padding": True, "header_style": "bold"}
    table = Table(title=assignment, title_justify="left", **form)
    table.add_column("exercise")
    for sort in COLUMNS:
        table.add_column(sort.replace(" ", "\n"), justify="right")
    for name, counts in (*found.counts.items(), ("all", found.totals)):
        table.add_row(name, *(str(counts[sort]) for sort in COLUMNS), style="bold" if name == "all" else "")
    console.print(table)
    for line in _lines(found):
        console.print(f"\n{line}")
    console.print(f"\nDetails of each program and check: {paths[-1]}", soft_wrap=True)


def _lines(found):
    """What is to be looked at, beside the numbers."""
    if idle := [f"{check.exercise}.{check.name}" for check in found.checks if not check.alone]:
        yield f"Checks that catch nothing that no other check catches: {', '.join(idle)}."
    for check in found.thin:
        yield (
            f"{check.exercise}.{check.name} draws {check.drawn} cases, but a mutant that "
            f"{check.share:.0%} of them reveal needs {check.needed}. Set detection_rate={check.share:.2f}, "
            "or add an edge case."
        )
    for name, kinds in found.undrawn.items():
        yield f"{name}: {len(kinds)} kinds of inputs are drawn only by the oracle, such as {kinds[0]}."
    for one in found.of("self-check red"):
        yield f"{one.program.id} is accepted, but fails the self-check: {one.red}"
    for one in found.of("seeds differ"):
        seeds = ", ".join(map(str, one.seeds))
        yield f"{one.program.id} is {one.kind.split()[1]}, but not with seed {seeds}."
