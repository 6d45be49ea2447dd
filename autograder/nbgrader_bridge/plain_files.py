"""Lets nbgrader copy only a student's plain files: no link is followed, and no device is read.

nbgrader copies the files beside a notebook before it calls any of our preprocessors, and has no setting that
distinguishes a link from a file.
"""

import contextlib
import fnmatch
import logging
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde

from autograder.intake.places import SYSTEM, Kind, a_link, kind, walk
from autograder.intake.submission import NO_FILE
from autograder.languages import N_, tr
from autograder.nbgrader_bridge import placeholders
from autograder.nbgrader_bridge.placeholders import Waiting
from autograder.nbgrader_bridge.submissions import (
    NeedsReview,
    assignments_of,
    link_to,
    submissions,
    why_missing,
    why_no_date,
)
from autograder.patches import lent
from autograder.untrusted_text import escape_control_characters

MOST = 1000  # files beside a notebook
RENAME = N_("{folder} needs review, because its name has a line break. Rename the folder.")


@contextlib.contextmanager
def reviewed(converter: Autograde) -> Iterator[None]:
    """While a class is graded: remove what would stop it, and report the students whom nbgrader skips.

    Within the block, the log contains no control characters from students' file names, and a submission that
    needs review is one sentence there.
    """
    converter.log.addFilter(_plain)
    try:
        for folder in [folder for folder in converter.assignments if "\n" in folder]:
            del converter.assignments[folder]  # it would end the run, as nbgrader cannot match it
            converter.log.error("%s", tr(RENAME, folder=repr(folder)))
        known = {Path(folder) for folder in converter.assignments}
        assignment = converter.coursedir.assignment_id
        for found in submissions(converter.coursedir, assignment):
            placeholders.remove(converter, assignment, found.id)
            if found.path.parent in known:
                continue
            problem = found.problem or (why_missing(found.path) if kind(found.path) is Kind.NOTHING else "")
            if problem:
                converter.log.error("Needs review: %s: %s", found.id, problem)
                placeholders.add(converter, Waiting(assignment, found.id, problem))
        yield
    finally:
        converter.log.removeFilter(_plain)


def _plain(record: logging.LogRecord) -> bool:
    """Escape control characters and line breaks, and replace the traceback of a review by its reason."""
    error = sys.exception()
    if isinstance(error, NeedsReview) and str(record.msg).startswith("Traceback"):
        record.msg, record.args = "Needs review: %s", (str(error),)
    if isinstance(record.args, tuple):
        named = (str, os.PathLike)
        record.args = tuple(
            escape_control_characters(str(a), "") if isinstance(a, named) else a for a in record.args
        )
    sentence = re.sub("(the )+above traceback", "the messages above", record.getMessage())  # its last line
    record.msg, record.args = escape_control_characters(sentence), ()
    if record.exc_info:
        record.exc_text = escape_control_characters(logging.Formatter().formatException(record.exc_info))
    return True


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


def _known(converter, assignment_id):
    """Whether nbgrader can grade one of the notebooks that a student submitted."""
    names = {Path(path).stem for path in converter.notebooks}
    if assignment_id in names:
        return True
    course = converter.coursedir
    with Gradebook(course.db_url, course.course_id) as gradebook, contextlib.suppress(MissingEntry):
        return any(each.name in names for each in gradebook.find_assignment(assignment_id).notebooks)
    return True  # not generated, as nbgrader says


def init_assignment(before, converter, assignment_id, student_id):
    """Replaces BaseConverter's, which copies the files beside a notebook: without links and caches."""
    if assignment_id not in assignments_of(converter.coursedir):
        return before(converter, assignment_id, student_id)
    course = converter.coursedir
    if not isinstance(converter, Autograde):
        with lent(course, ignore=[*course.ignore, *SYSTEM]):
            return before(converter, assignment_id, student_id)
    source, target = (
        Path(course.format_path(step, student_id, assignment_id))
        for step in (course.submitted_directory, course.autograded_directory)
    )
    link = link_to(course, student_id, assignment_id)
    odd = [path for path in converter.notebooks if kind(path) is not Kind.FILE]
    if link:  # nbgrader would follow it
        raise NeedsReview(f"{student_id}: {a_link(link)}")
    problem = tr(NO_FILE, path=Path(odd[0]).name) if odd else why_no_date(source)
    if not problem and not _known(converter, assignment_id):
        problem = why_missing(source / f"{assignment_id}.ipynb")
    if problem:  # nbgrader would give no points for a link that leads nowhere, and end the run without a date
        placeholders.add(converter, Waiting(assignment_id, student_id, problem))
        raise NeedsReview(f"{student_id}: {problem}")
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
