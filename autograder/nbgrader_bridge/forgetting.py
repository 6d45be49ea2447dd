"""Removes a student from an nbgrader course: results, gradebook, and the folders of each step."""

import contextlib
import glob
import os
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.utils import rmtree

from autograder.nbgrader_bridge.course import RESULTS, opened_course
from autograder.nbgrader_bridge.manual_grades import ManualGrades
from autograder.reporting import results_folder
from autograder.reporting.results_folder import ResultsFolder


def forget(folder: Path, student: str) -> bool:
    """Remove a student from a course for good, except from its exchange.  Returns whether anything was there.

    Raises CourseError, ResultsFolderError and OSError.
    """
    was_there = False
    with opened_course(folder) as (_, course), Gradebook(course.db_url, course.course_id) as gradebook:
        for path in sorted(Path(course.root, RESULTS).glob(f"*/{results_folder.RESULTS}")):
            with ResultsFolder(path.parent, "", ManualGrades(course, path.parent.name).of) as results:
                was_there = results.forget(student) or was_there
        for step in (course.submitted_directory, course.autograded_directory, course.feedback_directory):
            theirs = course.format_path(step, glob.escape(student), "*")
            for place in map(Path, glob.glob(os.path.relpath(theirs))):  # the root is the current folder
                was_there = True
                remove = os.unlink if place.is_symlink() or place.is_file() else rmtree
                remove(str(place))
                with contextlib.suppress(OSError):  # something else is in it
                    place.parent.rmdir()
        with contextlib.suppress(MissingEntry):
            gradebook.remove_student(student)
            was_there = True
        if gradebook.engine.dialect.name == "sqlite":  # which keeps what is removed in its free pages
            gradebook.db.commit()
            with gradebook.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM")
    return was_there
