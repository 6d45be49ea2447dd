"""A gradebook in a database that cannot be used: one sentence, with what to do."""

import pytest
from cli_helpers import NAME, run
from course_helpers import answered, hand_in, new_course


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (
            "mysql+pymysql://nobody@127.0.0.1:1/grades",
            "No module named 'pymysql'",
        ),
        ("sqlite:////proc/grades.db", "unable to open database file"),
    ],
)
def test_a_database_that_cannot_be_opened_is_one_sentence(tmp_path, url, why):
    """Its server may not run, or its driver may be missing."""
    course = new_course(
        tmp_path / "course", (NAME,), f"c.CourseDirectory.db_url = {url!r}\n"
    )
    hand_in(course, "ana", NAME, answered(course, NAME))
    done = run("grade", "--course", course)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert f"The gradebook cannot be used ({why}" in done.stderr
    assert "check c.CourseDirectory.db_url" in done.stderr
