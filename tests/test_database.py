"""A course whose gradebook is in a database that cannot be used: one sentence, with what to do."""

import pytest
from cli_helpers import NAME, run
from course_helpers import answered, hand_in, new_course

from autograder.nbgrader_bridge.course import CourseError, open_course

AWAY = "c.CourseDirectory.db_url = 'postgresql+psycopg://nobody@127.0.0.1:1/grades'\n"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course whose database does not run."""
    folder = new_course(tmp_path_factory.mktemp("course"), (NAME,), AWAY)
    hand_in(folder, "ana", NAME, answered(folder, NAME))
    return folder


def test_a_database_that_does_not_run_is_one_sentence(course):
    """It does not advise to restore a backup."""
    done = run("grade", "--course", course)
    assert (2, 1) == (done.returncode, len(done.stderr.splitlines()))
    assert "The gradebook's database cannot be used (connection" in done.stderr
    assert "Start it, or correct" in done.stderr
    assert "backup" not in done.stderr


def test_a_missing_driver_is_one_sentence_with_what_to_install(course):
    """SQLAlchemy imports it only for the address of a database."""
    missing = ModuleNotFoundError("No module named 'psycopg'", name="psycopg")
    with (
        pytest.raises(CourseError, match=r"psycopg is missing.*pip install 'psycopg\[binary\]'"),
        open_course(course),
    ):
        raise missing
