"""docs/Dockerfile: nothing of a clone but the kit enters a layer of the image."""

import re

import pytest
from course_helpers import ROOT

DOCKERFILE = (ROOT / "docs/Dockerfile").read_text()
IGNORED = [
    line
    for line in (ROOT / ".dockerignore").read_text().splitlines()
    if line[:1] not in ("#", "")
]


def is_sent(path):
    """Whether a file of the clone is sent to the build: the last pattern for it or a folder
    above counts.
    """
    sent = True
    for pattern in IGNORED:
        form = (
            re.escape(pattern.removeprefix("!"))
            .replace(r"\*\*/", "(?:.*/)?")
            .replace(r"\*", "[^/]*")
        )
        if re.fullmatch(f"{form}(?:/.*)?", path):
            sent = pattern.startswith("!")
    return sent


def test_the_image_s_last_stage_copies_a_wheel_alone():
    """A layer keeps what a later one deletes."""
    *_, last = re.split(r"(?m)^FROM ", DOCKERFILE)
    assert re.findall(r"(?m)^(?:COPY|ADD) .*", last) == [
        "COPY --from=build /wheels /wheels"
    ]


KIT = """autograder/settings.py pyproject.toml LICENSE
zh/solutions/vectorization/vectorization.ipynb"""
SECRETS = """autograder.toml solutions/autograder.toml gradebook.db .git/config
submitted/ana/a.ipynb results/grades.csv class.zip autograder/.env exercises/a.py
autograder/__pycache__/a.pyc"""


@pytest.mark.parametrize("path", KIT.split())
def test_the_build_gets_the_kit(path):
    """Else there would be no wheel."""
    assert (ROOT / path).is_file()
    assert is_sent(path)


@pytest.mark.parametrize("path", SECRETS.split())
def test_the_build_gets_no_secret_of_a_course(path):
    """Not even a stage that is thrown away."""
    assert not is_sent(path)
