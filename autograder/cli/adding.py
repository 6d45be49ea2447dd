"""Adds an assignment of the kit to an existing nbgrader course, without overwriting a file.

Knows nothing of how it is graded there.
"""

import os
import shutil
from pathlib import Path

from autograder import courses
from autograder.errors import KitError
from autograder.intake import released
from autograder.intake.owners import CONFIG
from autograder.intake.places import SYSTEM


def add(root: Path, assignment: str, language: str) -> list[Path]:
    """Copy an assignment's source in a language into a course, and configure the course.

    root: the course's, and the current folder.  Returns what was written, relative to it.
    """
    # nbgrader takes a second to import
    from autograder.nbgrader_bridge import guest
    from autograder.nbgrader_bridge.course import open_course

    released.require(assignment)
    with open_course(root) as (_, course):
        folder = course.format_path(course.source_directory, ".", assignment)
    place = Path(os.path.relpath(folder, root))
    if os.path.lexists(folder):
        raise KitError(
            "{path} already exists. Nothing was written. Move it away first.",
            path=place,
        )
    source = courses.edition(courses.SOLUTIONS, assignment, language)
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(*SYSTEM))
    written = [place]
    config = root / CONFIG
    text = config.read_text("utf-8", "replace")
    lines = "\n".join(guest.LINES)
    if lines not in text:
        config.write_text(f"{text.rstrip()}\n\n{lines}\n", "utf-8")
        written.append(Path(CONFIG))
    return written
