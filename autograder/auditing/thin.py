"""Checks that draw too few cases for the mutants that were seen."""

import math
from collections.abc import Iterator, Mapping, Sequence

from autograder.auditing.programs import Verdict
from autograder.authoring.checks import MISS, cases_for


def thin_checks(looked: Sequence[Verdict], drawn: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """A sentence for each, from verdicts with shares; drawn: for each exercise and check, its cases.

    The share of a check is the smallest that shows a mutant which no other check sees more often.
    """
    for exercise, checks in drawn.items():
        mutants = [one for one in looked if one.program.exercise == exercise and one.program.sort == "mutant"]
        # What extra cases show has a share of 0: they show it in each run.
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
    """Also if the share was seen a little too small by chance."""
    seen = share * drawn
    likely = min(1.0, (seen + 2 * math.sqrt(seen) + 2) / drawn)
    return (1 - likely) ** drawn > MISS
