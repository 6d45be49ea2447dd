"""Adds an assignment of the kit to an existing nbgrader course, without overwriting a file.

Knows nothing of how it is graded there.
"""

import os
import re
import shutil
from pathlib import Path

from autograder import courses
from autograder.cli.terminal import Stop
from autograder.intake import released
from autograder.intake.owners import CONFIG
from autograder.intake.places import is_system
from autograder.languages import N_

NOT_LOADED = N_("nbgrader cannot read {file} ({why}). Correct it, then run the command again.")
EXISTS = N_("{path} already exists. Nothing was written. Move it away first.")


def add(root: Path, assignment: str) -> list[Path]:
    """Copy an assignment's source into a course, and configure it; the files that were written."""
    released.require(assignment)
    config = root / CONFIG
    folder = _source(root, assignment)
    if os.path.lexists(folder):
        raise Stop(EXISTS, path=os.path.relpath(folder, root))
    lines = _missing(config.read_text("utf-8", "replace"))
    try:
        shutil.copytree(
            courses.folder(courses.SOLUTIONS, assignment),
            folder,
            ignore=lambda place, names: [*filter(is_system, names)],  # of an editor, or pytest
            copy_function=shutil.copyfile,
        )
        if lines:
            text = config.read_bytes()
            with open(config, "ab") as file:  # its last line may lack a line break
                file.write("\n".join(["" if text.endswith(b"\n") else "\n", *lines, ""]).encode())
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)  # it was not there before
        raise
    written = sorted(path for path in folder.rglob("*") if path.is_file())
    return [Path(os.path.relpath(path, root)) for path in [*written, *([config] if lines else [])]]


def _source(root: Path, assignment: str) -> Path:
    """Where the course has an assignment's source, by all its settings."""
    from traitlets.config import PyFileConfigLoader

    from autograder.nbgrader_bridge.course import CourseError, open_course
    from autograder.nbgrader_bridge.course_files import is_ours

    try:
        with open_course(root) as (_, course):
            PyFileConfigLoader(CONFIG, path=str(root)).load_config()  # nbgrader itself goes on without it
            if not is_ours(course, assignment):
                raise Stop(released.FOREIGN, assignment=assignment)
            return Path(os.path.normpath(course.format_path(course.source_directory, ".", assignment)))
    except (CourseError, Stop):
        raise
    except (Exception, SystemExit) as error:  # the file is a program of somebody's
        why = str(error).strip().partition("\n")[0] or type(error).__name__
        raise Stop(NOT_LOADED, file=CONFIG, why=why) from None


def _missing(text: str) -> tuple[str, ...]:
    """Return the lines that the settings lack."""
    from autograder.nbgrader_bridge import guest

    if re.search(r"(?m)^\s*configure\(", text) and "autograder.nbgrader_bridge" in text:
        return ()
    first, second = guest.LINES
    return first, second if re.search(r"(?m)^c\s*=", text) else second.replace("(c)", "(get_config())")
