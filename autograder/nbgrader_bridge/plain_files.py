"""Lets nbgrader copy only a student's plain files: no link is followed, and no device is read.

nbgrader copies the files beside a notebook before it calls any of our preprocessors, and has no setting that
distinguishes a link from a file.
"""

import fnmatch
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from nbgrader.converters import Autograde

from autograder.intake.places import SYSTEM, Kind, kind, walk
from autograder.nbgrader_bridge.submissions import assignments_of
from autograder.patches import lent

MOST = 1000  # files beside a notebook


def init_assignment(before, converter, assignment_id, student_id):
    """Replaces BaseConverter's, which copies the files beside a notebook: without links and caches."""
    course = converter.coursedir
    if assignment_id not in assignments_of(course):
        return before(converter, assignment_id, student_id)
    if not isinstance(converter, Autograde):
        with lent(course, ignore=[*course.ignore, *SYSTEM]):
            return before(converter, assignment_id, student_id)
    source, target = (
        Path(course.format_path(step, student_id, assignment_id))
        for step in (course.submitted_directory, course.autograded_directory)
    )
    largest = min(course.max_file_size, course.max_dir_size) * 1000
    for path, problem in beside(source, [*course.ignore, *SYSTEM, "*.ipynb"], largest):
        if problem:
            converter.log.warning("Not copied: %s: %s", path, problem)
            continue
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(copy):
            copy.unlink()
        converter.log.info("Copying %s -> %s", path, copy)
        shutil.copy(path, copy)
    return None


def beside(folder: Path, ignored: list[str], largest: int) -> Iterator[tuple[Path, str]]:
    """The files beside a notebook, each with why not to copy it, or "".  largest: bytes of all."""
    count = size = 0
    for place, folders, files in walk(folder):
        folders[:] = sorted(name for name in folders if not _matches(name, ignored))
        for name in sorted(name for name in files if not _matches(name, ignored)):
            path = place / name
            if kind(path) is not Kind.FILE:
                yield path, "it is a link or a device, not a file"
                continue
            count, size = count + 1, size + path.lstat().st_size
            if count > MOST or size > largest:
                yield path, f"the folder has more than {MOST} files or {largest / 1e6:.0f} MB"
                return
            yield path, ""


def _matches(name, patterns):
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
