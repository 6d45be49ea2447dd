"""Measures how often the checks are wrong: prints the table of docs/measured.md, and each
wrong verdict.

    python tests/audit [ASSIGNMENT...] [--mutants 300] [--seeds 3] [--shares]

For the kit's maintainers.  --shares counts in what share of a check's drawn cases each
wrong answer shows. It lists checks that draw too few cases, and tolerances that are too
wide.
"""

import argparse
import functools
import math
import sys
from collections import Counter, defaultdict
from pathlib import Path

import looking
import margins
from looking import Looker

from autograder import courses, exercises
from autograder.grading.machine import judges
from autograder.grading.pool import Pool
from autograder.settings import Settings

TESTS = Path(__file__).parent.parent
KINDS = (
    "right, accepted",
    "right, rejected",
    "wrong, accepted",
    "wrong, rejected",
)
MISS = (
    1e-6  # the largest chance that a wrong answer slips through all drawn cases
)


def kind_of(look):
    """Return the column of the table: by the course's seed."""
    lost = next(iter(look.lost.values()))
    return f"{'wrong' if look.is_wrong else 'right'}, {'rejected' if lost else 'accepted'}"


def problems(looks):
    """Yield each verdict that is wrong, or changes with the seed."""
    for look in looks:
        what = (
            f"{look.program.exercise}: {look.program.kind} {look.program.name}"
        )
        kind, lost = kind_of(look), [*look.lost.values()]
        if kind in ("right, rejected", "wrong, accepted"):
            yield f"{what} is {kind}: {look.objection or [*lost[0]]}"
        elif look.objection and not look.is_wrong:
            yield f"{what} is right, but the oracle objects: {look.objection}"
        elif len({bool(checks) for checks in lost}) > 1:
            yield f"{what} is decided otherwise with another seed."


def thin_checks(owner, looks):
    """Yield the checks that draw too few cases for the wrong answer that is hardest to see.

    A check must find what no other check shows in more of its cases.  A share that chance
    made too small is given a margin.  A share of 0 is of an edge case, which every run
    draws.
    """
    rarest = {check.name: 1.0 for check in owner.checks}
    for look in looks:
        if look.program.exercise != owner.name or not look.is_wrong:
            continue
        names = {name for checks in look.lost.values() for name in checks}
        shares = {
            n: sum(c.get(n, 0) for c in look.lost.values()) / len(look.lost)
            for n in names
        }
        if shares and all(shares.values()):
            best = max(shares, key=lambda name: shares[name])
            rarest[best] = min(rarest[best], shares[best])
    for check in owner.checks:
        share, count = rarest[check.name], check.cases - len(check.edge_cases)
        seen = share * count
        likely = min(1.0, (seen + 2 * math.sqrt(seen) + 2) / count)
        if share < 1 and check.is_drawn and (1 - likely) ** count > MISS:
            needed = math.ceil(math.log(MISS) / math.log1p(-share))
            what = f"{owner.name}.{check.name} draws {count} cases"
            yield f"{what}, but {share:.1%} show a wrong answer: it needs {needed}."


def audit(assignment, mutants, seeds, is_counting):
    """Return all looks at an assignment's programs, and what is wrong."""
    numbers = [Settings().seed + number for number in range(seeds)]
    make = functools.partial(Looker, assignment, numbers, is_counting)
    pool = Pool(make, judges(0))
    try:
        (programs,) = pool.map(looking.all_programs, [(mutants, TESTS)])
        looks = [*pool.map(looking.look, programs)]
    finally:
        pool.close()
    wrong = [*problems(looks)]
    if is_counting:
        for owner in exercises.load(assignment):
            wrong += thin_checks(owner, looks)
        wrong += margins.too_wide(assignment)
    return looks, wrong


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=courses.names())
    parser.add_argument("--mutants", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--shares", action="store_true")
    options = parser.parse_args()
    table = defaultdict(Counter)
    wrong = []
    for name in options.names:
        looks, found = audit(
            name, options.mutants, options.seeds, options.shares
        )
        wrong += found
        for look in looks:
            for row in (look.program.exercise, "all"):
                table[row][kind_of(look)] += 1
    table["all"] = table.pop("all")
    print(f"| exercise | {' | '.join(KINDS)} |\n|---|{'---:|' * len(KINDS)}")
    for name, counts in table.items():
        print(f"| {name} | {' | '.join(str(counts[kind]) for kind in KINDS)} |")
    print("\n".join(wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
