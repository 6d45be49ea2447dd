"""nbgrader's settings for a Chinese course: run its commands, or formgrader, from this folder."""

from autograder.nbgrader_bridge import (
    configure,
)  # install the kit where nbgrader runs

c = get_config()  # noqa: F821 - nbgrader puts it here
configure(c)

c.CourseDirectory.course_id = "linear-regression"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
