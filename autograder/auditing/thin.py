"""Checks that draw too few cases for the mutants that were seen."""

import math
from collections.abc import Iterator, Mapping, Sequence

from autograder.auditing.programs import Verdict
from autograder.authoring.checks import MISS, cases_for


def thin_checks(looked: Sequence[Verdict], drawn: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """A sentence for each such check.  drawn: the number of cases, by exercise and check.

    A check must find the mutants that no other check shows in more of its cases.  The rarest of them decides
    how many cases it needs, with a margin for a share that chance made too small.
    """
    for exercise, checks in drawn.items():
        mutants = [one for one in looked if one.program.exercise == exercise and one.program.sort == "mutant"]
        # A share of 0: an edge case shows it, and so does every run.
        lost = [one.lost for one in mutants if one.is_wrong and all(one.lost.values())]
        for name, count in checks.items():
            best = [some[name] for some in lost if some.get(name) == max(some.values(), default=0)]
            share = min(best, default=1.0)
            seen = share * count
            likely = min(1.0, (seen + 2 * math.sqrt(seen) + 2) / max(count, 1))
            if count and (1 - likely) ** count > MISS:
                yield (
                    f"{exercise}.{name} draws {count} cases, but a mutant that {share:.0%} of them reveal "
                    f"needs {cases_for(share)}. Set detection_rate={share:.2f}, or add an edge case."
                )
