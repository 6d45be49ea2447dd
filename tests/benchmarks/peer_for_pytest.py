"""What an instructor with pytest would write: copied beside each student's file, a test for each check."""

import in_process
import linear_regression
import pytest

GRADING = in_process.Grading(vars(linear_regression))
CHECKS = [(e.name, check.name) for e in GRADING.exercises.values() for check in e.checks]


@pytest.mark.parametrize(("exercise", "check"), CHECKS)
def test_holds(exercise, check):
    """Each check is a test, in the exercises' order."""
    GRADING.demand(exercise, check)
