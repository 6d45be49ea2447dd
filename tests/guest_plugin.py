"""A pytest plugin for nbgrader's own tests: each of their courses has the kit's two lines as
well.
"""

import pytest

from autograder.nbgrader_bridge import release


@pytest.fixture(autouse=True)
def _with_the_two_lines(request):
    """Below what nbgrader's fixture writes, above what the test itself appends."""
    if "temp_cwd" in request.fixturenames:
        request.getfixturevalue(
            "temp_cwd"
        )  # it also makes this the current folder
        with open("nbgrader_config.py", "a", encoding="utf-8") as file:
            file.write(f"\n{release.LINES}")
