"""What tests share: a judge for each assignment, with a sandbox of its own, once per session."""

import pytest

from autograder import exercises, patches
from autograder.judging import gate
from autograder.settings import Settings

with patches.without_iri_grammar():  # a second of each process that runs tests
    import nbformat  # noqa: F401

collect_ignore = ["another_course"]  # a course's own self-checks, which lie beside no selfcheck.py here


@pytest.fixture(scope="session")
def judges():
    """A judge for each assignment, by name."""
    settings = Settings()
    opened = {
        name: gate.open_judge(gate.cases_of(name, settings.seed), settings)
        for name in exercises.assignments()
    }
    yield opened
    for judge in opened.values():
        judge.close()
