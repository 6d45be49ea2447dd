"""What tests share: a judge for each assignment, with a sandbox of its own, once per process.

And which files begin first.
"""

import gc

gc.disable()  # until all tests are collected: nothing of what they import is garbage

import pytest  # noqa: E402
import warm  # noqa: E402

from autograder import exercises, patches  # noqa: E402

with patches.without_iri_grammar():  # a second of each process that runs tests
    import nbformat  # noqa: F401

collect_ignore = ["another_course"]  # a course's own self-checks, which lie beside no selfcheck.py here

# What takes longest begins first: pytest-xdist would begin with the files of most tests, and one worker would
# wait for the other at the end.  The first file draws the large assignment's cases and learns how its known
# mistakes answer, which is kept for all; those that come next do without, so that no two do that at once.
FIRST = (
    *("test_nbgrader", "test_links_in_a_course", "test_executors", "test_audit", "test_places"),
    *("test_readme", "test_course", "test_cli", "test_determinism", "test_browser", "test_gate"),
    *("test_answers", "test_hostile", "test_odd_values", "test_another_course", "test_ablation"),
    *("test_cluster", "test_whole_reports", "test_selfcheck", "test_resume", "test_interruptions"),
    *("test_judge", "test_likeness", "test_exports", "test_gate_memory", "test_postgres"),
)


def pytest_configure(config):
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items):
    place = {name: i for i, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(FIRST)))


def pytest_collection_finish():
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def judges():
    """A judge for each assignment, by name."""
    opened = {name: warm.judge_of(name) for name in exercises.assignments()}
    yield opened
    for judge in opened.values():
        judge.close()
