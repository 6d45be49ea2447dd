"""nbgrader's settings for this course: run its commands, or formgrader, from this folder."""

c = get_config()  # noqa: F821 - nbgrader puts it here

c.CourseDirectory.course_id = "linear-regression"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    ".pytest_cache",
    ".hypothesis",
]
# The line below it in each stub raises NotImplementedError with the function's own name.
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE, in place of this line and the next"}
