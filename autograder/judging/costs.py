"""Decides what failed checks cost: one cause costs one check.  Knows nothing of how a cause was
found.
"""

from collections.abc import Sequence, Set


def costly(failed: Sequence[str], broken: Sequence[Set[str]]) -> set[str]:
    """Return which of the failed checks lose their points; the others are carried forward.

    failed: in the order of the exercise.  broken: for each cause, the checks that it breaks.
    It costs the first of them that no other cause costs.  A failed check that no cause breaks
    loses its points.

    >>> costly(["value", "float64"], [{"value", "float64"}])
    {'value'}
    """
    explained = set[str]().union(*broken)
    costly = {check for check in failed if check not in explained}
    for checks in broken:
        for check in failed:
            if check in checks and check not in costly:
                costly.add(check)
                break
    return costly
