"""Adds an assignment of the kit to an existing nbgrader course, without overwriting a file.

Knows nothing of how it is graded there.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from pathlib import Path

from autograder import courses
from autograder.cli.collecting import demand_known
from autograder.cli.stop import Stop
from autograder.intake.places import is_system, walk
from autograder.languages import N_

CONFIG = "nbgrader_config.py"
NO_COURSE = N_(
    "{folder} is not an nbgrader course, because it has no nbgrader_config.py. Use the folder that has one."
)
NOT_LOADED = N_("nbgrader cannot read {file} ({why}). Correct it, then run the command again.")
EXISTS = N_("{path} already exists. Nothing was written. Move it away first.")
NOT_WRITTEN = N_(
    "Cannot write {path} ({why}). Nothing was added. Make it writable, then run the command again."
)


def add(root: Path, assignment: str) -> list[Path]:
    """Copy an assignment's source into a course, and configure it; the files that were written."""
    demand_known(assignment)
    config = root / CONFIG
    if not config.is_file():
        raise Stop(NO_COURSE, folder=root)
    course = _course(root)
    folder = Path(os.path.normpath(course.format_path(course.source_directory, ".", assignment)))
    if os.path.lexists(folder):
        raise Stop(EXISTS, path=_short(folder, root))
    lines = _missing(config.read_text("utf-8", "replace"))
    try:
        written = list(_copied(courses.folder(courses.SOLUTIONS, assignment), folder))
        if lines:
            text = config.read_bytes()
            with open(config, "ab") as file:  # its last line may lack a line break
                file.write("\n".join(["" if text.endswith(b"\n") else "\n", *lines, ""]).encode())
            written.append(config)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)  # it was not there before
        raise Stop(NOT_WRITTEN, path=error.filename, why=error.strerror) from None
    return [_short(path, root) for path in written]


def _course(root):
    """The course as nbgrader sees it, by all its settings."""
    from nbgrader.apps import NbGrader
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import PyFileConfigLoader

    try:
        PyFileConfigLoader(CONFIG, path=str(root)).load_config()  # nbgrader itself goes on without it
        app = NbGrader()
        app.log.setLevel(logging.CRITICAL)
        app.load_config_file()
        return CourseDirectory(parent=app)
    except (Exception, SystemExit) as error:  # the file is a program of somebody's
        why = str(error).strip().partition("\n")[0] or type(error).__name__
        raise Stop(NOT_LOADED, file=CONFIG, why=why) from None


def _copied(source, target):
    """What students and nbgrader need, and nothing that an editor or pytest left beside it."""
    for folder, folders, names in walk(source):
        folders[:] = [name for name in folders if not is_system(name)]
        for name in sorted(name for name in names if not is_system(name)):
            copy = target / (folder / name).relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, copy)
            yield copy


def _missing(text):
    """The lines that the settings lack."""
    from autograder.nbgrader_bridge import guest

    if re.search(r"(?m)^\s*configure\(", text) and "autograder.nbgrader_bridge" in text:
        return ()
    first, second = guest.LINES
    return first, second if re.search(r"(?m)^c\s*=", text) else second.replace("(c)", "(get_config())")


def _short(path, root):
    return path.relative_to(root) if path.is_relative_to(root) else path
