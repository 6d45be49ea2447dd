"""Adds an assignment of the kit to an existing nbgrader course, without overwriting a file.

Knows nothing of how it is graded there.
"""

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from autograder import courses
from autograder.cli.terminal import Stop
from autograder.intake import released
from autograder.intake.owners import CONFIG
from autograder.intake.places import is_system


def add(root: Path, assignment: str, language: str) -> list[Path]:
    """Copy an assignment's source in a language into a course, and configure the course.

    root: the course's, and the current folder.  Returns the files that were written,
    relative to it.
    """
    released.require(assignment)
    folder = _source_folder(root, assignment)
    place = Path(os.path.relpath(folder, root))
    if os.path.lexists(folder):
        raise Stop(
            "{path} already exists. Nothing was written. Move it away first.",
            path=place,
        )
    source = courses.edition(courses.SOLUTIONS, assignment, language)
    shutil.copytree(
        source, folder, ignore=_left_out, copy_function=shutil.copyfile
    )
    written = sorted(
        place / path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file()
    )
    if _configure(root / CONFIG):
        written.append(Path(CONFIG))
    return written


def _left_out(folder: str, names: Sequence[str]) -> list[str]:
    """Return the files of an editor or pytest."""
    return list(filter(is_system, names))


def _source_folder(root: Path, assignment: str) -> Path:
    """Return where a course has an assignment's source, by its settings, which are a program."""
    from traitlets.config import PyFileConfigLoader

    from autograder.nbgrader_bridge.course import CourseError, open_course
    from autograder.nbgrader_bridge.course_files import is_ours

    try:
        with open_course(root) as (_, course):
            # nbgrader goes on without a file that raises, and would use its default folders.
            PyFileConfigLoader(CONFIG, path=str(root)).load_config()
            if not is_ours(course, assignment):
                raise Stop(released.FOREIGN, assignment=assignment)
            folder = course.format_path(
                course.source_directory, ".", assignment
            )
            return Path(os.path.normpath(folder))
    except (CourseError, Stop):
        raise
    except (Exception, SystemExit) as error:
        why = str(error).strip().partition("\n")[0] or type(error).__name__
        raise Stop(
            "nbgrader cannot read {file} ({why}). Correct it, then run the command again.",
            file=CONFIG,
            why=why,
        ) from None


def _configure(config: Path) -> bool:
    """Add the lines that install the kit to a course's settings, unless they are there.

    Returns whether it did.
    """
    from autograder.nbgrader_bridge import guest

    text = config.read_text("utf-8", "replace")
    if (
        re.search(r"(?m)^\s*configure\(", text)
        and "autograder.nbgrader_bridge" in text
    ):
        return False
    with open(config, "a", encoding="utf-8") as file:
        if not text.endswith("\n"):
            file.write("\n")
        for line in ("", *guest.LINES):
            file.write(f"{line}\n")
    return True
