"""What tests share: a judge for each assignment, with a sandbox of its own, once per process.

And which files begin first.
"""

import contextlib
import dataclasses
import gc
import os
import shutil
import tempfile

import pytest

from autograder import cache, patches
from autograder.errors import SandboxError
from autograder.sandbox import template

with patches.without_iri_grammar():  # a second of each process that runs tests
    import nbformat  # noqa: F401

collect_ignore = [
    "another_course"
]  # a course's own self-checks, which lie beside no selfcheck.py here

# What takes longest begins first: pytest-xdist would begin with the files of most tests,
# and one worker would wait for the other at the end.
FIRST = (
    "test_answers",
    "test_readme",
    "test_wheel",
    "test_course",
    "test_another_course",
    "test_nbgrader",
    "test_interruptions",
    "test_hostile",
    "test_gate",
    "test_browser",
)


def pytest_configure(config):
    if not hasattr(
        config, "workerinput"
    ):  # workers see the variables of who started them
        place = os.environ["GENERATED_COURSES"] = tempfile.mkdtemp(
            prefix="generated-"
        )
        config.add_cleanup(lambda: shutil.rmtree(place, ignore_errors=True))
    if not (
        hasattr(config, "workerinput")
        or getattr(config.option, "numprocesses", None)
    ):
        with contextlib.suppress(
            OSError, SandboxError
        ):  # whoever needs it starts it again, and says why
            template.start()  # on the other core, while this one imports what the tests do
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items):
    place = {name: i for i, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(FIRST)))


def pytest_collection_finish():
    gc.freeze()  # nothing of what tests import is garbage: looking for it was a twentieth of all


class Judges(dict):
    """A judge for each assignment, by name, opened when it is first asked for, for the whole
    session.

    Whoever replaces what it opens with asks for it before.
    """

    def __init__(self, opened):
        self.opened = opened

    def __missing__(self, name):
        self[name] = self.opened(name)
        return self[name]


@pytest.fixture(scope="session")
def judges():
    """A judge for each assignment, by name."""
    import warm  # torch, which other tests may do without

    found = Judges(warm.judge_of)
    yield found
    for judge in found.values():
        judge.close()


@pytest.fixture(scope="session")
def verdicts(judges):
    """The same, which look for neither smaller inputs nor slips: where wrong is told from right."""
    import warm

    def opened(name):
        judge = judges[name]
        settings = dataclasses.replace(
            judge.settings, shrink_tries=0, slip_changes=0
        )
        return warm.beside(
            judge, judge.exercises, None, settings, cache.get_or_create
        )

    return Judges(opened)
