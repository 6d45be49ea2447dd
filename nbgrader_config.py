"""nbgrader's settings for this course: run its commands, or formgrader, from this folder."""

import contextlib
from pathlib import Path

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
# A fresh clone has assignments/ already, but no gradebook: made anew, as by formgrader, both have it.
c.GenerateAssignment.force = True

# The gradebook is gradebook.db in this folder.  For PostgreSQL, install the extra "postgres" and write:
# c.CourseDirectory.db_url = "postgresql+psycopg://user:password@host/gradebook"

# The line below it in each stub raises NotImplementedError with the function's own name.
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE, in place of this line and the next"}

# Reads whatever was handed in: a broken file stops no class, and needs a person.
c.Autograde.exporter_class = "autograder.nbgrader_bridge.TolerantExporter"
c.Autograde.sanitize_preprocessors = [
    "autograder.nbgrader_bridge.RepairCells",  # first: one mangled notebook would stop the whole class
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "autograder.nbgrader_bridge.SanitizeSubmission",  # before our own HTML: a student's runs in no page
    "autograder.nbgrader_bridge.JudgeFunctions",  # in place of Execute: no student's cell runs in a kernel
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# What a student may hand in beside the notebook stays the student's.
c.Autograde.exclude_overwriting = {
    folder.name: [f"{folder.name}.py"]
    for folder in Path(__file__).resolve().parent.glob(f"{c.CourseDirectory.source_directory}/*")
    if folder.is_dir()
}
c.GenerateFeedback.exporter_class = "autograder.nbgrader_bridge.FeedbackExporter"
c.GenerateFeedback.preprocessors = [
    "autograder.nbgrader_bridge.HideTests",  # students read checks' titles and hints, not our cells
    "nbgrader.preprocessors.GetGrades",
]
c.HTMLExporter.exclude_anchor_links = True  # no pilcrow after each heading

# No student's link is followed.  Grading sees to that itself; formgrader lists before it grades.
with contextlib.suppress(Exception):  # where it cannot be, grading says so, and does not start
    from autograder.nbgrader_bridge import plain_files

    plain_files.require()
