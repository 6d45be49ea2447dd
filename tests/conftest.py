"""What tests share: a judge for each assignment, with a sandbox of its own, once per session."""

import pytest

from autograder import gate

ASSIGNMENTS = ("vectorization", "linear_regression")


@pytest.fixture(scope="session")
def judges():
    """A judge for each assignment, by name."""
    opened = {name: gate.open_judge(gate.exam_of(name)) for name in ASSIGNMENTS}
    yield opened
    for judge in opened.values():
        judge.close()
