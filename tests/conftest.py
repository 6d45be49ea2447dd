"""What tests share: a judge for each assignment, with a sandbox of its own, once per process.

And which files begin first.
"""

import gc

gc.disable()  # until all tests are collected: nothing of what they import is garbage

import contextlib  # noqa: E402
from collections.abc import Mapping  # noqa: E402

import pytest  # noqa: E402

from autograder import patches  # noqa: E402
from autograder.errors import SandboxError  # noqa: E402
from autograder.sandbox import template  # noqa: E402

with patches.without_iri_grammar():  # a second of each process that runs tests
    import nbformat  # noqa: F401

collect_ignore = ["another_course"]  # a course's own self-checks, which lie beside no selfcheck.py here

# What takes longest begins first: pytest-xdist would begin with the files of most tests, and one worker would
# wait for the other at the end.
FIRST = (
    *("test_nbgrader", "test_links_in_a_course", "test_executors", "test_audit", "test_places"),
    *("test_readme", "test_course", "test_cli", "test_determinism", "test_browser", "test_gate"),
    *("test_answers", "test_another_course", "test_cluster", "test_selfcheck", "test_resume"),
    *("test_hostile", "test_odd_values", "test_ablation", "test_whole_reports"),
    *("test_interruptions", "test_judge", "test_exports", "test_postgres"),
)


def pytest_configure(config):
    if not (hasattr(config, "workerinput") or getattr(config.option, "numprocesses", None)):
        with contextlib.suppress(OSError, SandboxError):  # whoever needs it starts it again, and says why
            template.start(judges=False)  # on the other core, while this one imports what the tests do
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items):
    place = {name: i for i, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(FIRST)))


def pytest_collection_finish():
    gc.freeze()
    gc.set_threshold(20_000)  # looking for garbage was a twentieth of all
    gc.enable()


class Judges(Mapping):
    """A judge for each assignment, by name, opened when it is first asked for, for the whole session.

    Whoever replaces what it opens with asks for it before.
    """

    def __init__(self):
        self.opened = {}

    def __getitem__(self, name):
        import warm  # torch, which other tests may do without

        if name not in self.opened:
            self.opened[name] = warm.judge_of(name)
        return self.opened[name]

    def __iter__(self):
        from autograder import exercises

        return iter(exercises.assignments())

    def __len__(self):
        return len([*self])


@pytest.fixture(scope="session")
def judges():
    """A judge for each assignment, by name."""
    found = Judges()
    yield found
    for judge in found.opened.values():
        judge.close()
