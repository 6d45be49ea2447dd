"""Checks that draw too few cases for the mutants that were seen."""

import math
from collections.abc import Iterator, Mapping, Sequence

from autograder.auditing.programs import Verdict
from autograder.authoring.checks import MISS, cases_for


def thin_checks(looked: Sequence[Verdict], drawn: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """A sentence for each such check.  drawn: the number of cases, by exercise and check.

    A check must find the mutants that no other check shows in more of its cases.  The rarest of them decides
    how many cases it needs.
    """
    for exercise, checks in drawn.items():
        mutants = [one for one in looked if one.program.exercise == exercise and one.program.sort == "mutant"]
        # A share of 0: an edge case shows it, and so does every run.
        lost = [one.lost for one in mutants if one.is_wrong and all(one.lost.values())]
        for name, count in checks.items():
            share = min(
                (some[name] for some in lost if some.get(name) == max(some.values(), default=0)), default=1.0
            )
            if count and _is_thin(share, count):
                yield (
                    f"{exercise}.{name} draws {count} cases, but a mutant that {share:.0%} of them reveal "
                    f"needs {cases_for(share)}. Set detection_rate={share:.2f}, or add an edge case."
                )


def _is_thin(share: float, drawn: int) -> bool:
    """Whether it draws too few cases, with a margin for a share that chance made too small."""
    seen = share * drawn
    likely = min(1.0, (seen + 2 * math.sqrt(seen) + 2) / drawn)
    return (1 - likely) ** drawn > MISS
