"""Of what a student handed in, nbgrader takes files alone: it follows no link, and reads no device.

nbgrader copies what lies beside a notebook before any of our preprocessors is asked, and has no setting
that tells a link from a file.
"""

from __future__ import annotations

import contextlib
import fnmatch
import functools
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from nbgrader.converters import Autograde

from autograder import patches
from autograder.intake import released
from autograder.intake.places import Kind, a_link, kind, walk
from autograder.intake.submission import NO_FILE
from autograder.languages import tr
from autograder.nbgrader_bridge.handed_in import LONGEST_STAMP, NO_DATE, STAMP, NotJudged, linked, shut_out
from autograder.untrusted_text import escape_control_characters

MOST = 1000  # files beside a notebook


class _NoDate(SystemExit, Exception):
    """In place of the SystemExit by which nbgrader ends the whole run where a timestamp is no date.

    A loop over students catches Exception, and goes on with the next one; elsewhere the run still ends.
    """


def require() -> None:
    """From here on, in this process; an older nbgrader_config.py calls it.  Raises PatchError."""
    patches.replace_for_good(replacements())


def replacements() -> dict[patches.Patch, Callable]:
    """What stands in the place of nbgrader's methods, for the kit's assignments alone."""
    return {
        patches.COPIES: _copying,
        patches.STAMPS: _reading_in_folder,
        patches.LISTED_STAMPS: _reading_of_student,
    }


@contextlib.contextmanager
def looked_over(converter: Autograde) -> Iterator[None]:
    """While all are converted: what would stop the class is taken out, and who is passed over is told.

    Meanwhile no name of a student's file steers the terminal that shows the log.
    """
    seen = _Visible()
    converter.log.addFilter(seen)
    try:
        _look_over(converter)
        yield
    finally:
        converter.log.removeFilter(seen)


def _look_over(converter):
    for folder in [folder for folder in converter.assignments if "\n" in folder]:
        del converter.assignments[folder]  # nbgrader's pattern of a path would not fit, and all would end
        converter.log.error("Needs a person: %r: rename the folder, its name has a line's end", folder)
    for handin in shut_out(converter.coursedir, converter.coursedir.assignment_id):
        converter.log.error("Needs a person: %r: %s", handin.id, handin.problem)


class _Visible(logging.Filter):
    """Writes what steers a terminal, or begins another line, as its code."""

    def filter(self, record):
        if isinstance(record.args, tuple):
            named = (str, os.PathLike)
            record.args = tuple(
                escape_control_characters(str(a), "") if isinstance(a, named) else a for a in record.args
            )
        record.msg, record.args = escape_control_characters(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = escape_control_characters(logging.Formatter().formatException(record.exc_info))
        return True


def beside(folder: Path, ignored: list[str], largest: int) -> Iterator[tuple[Path, str]]:
    """What lies beside a notebook, each with why it is not to be copied, or "".

    ignored: patterns of names.  largest: bytes of all together.
    """
    count = size = 0
    for place, folders, files in walk(folder):
        folders[:] = sorted(name for name in folders if not _matches(name, ignored))
        for name in sorted(name for name in files if not _matches(name, ignored)):
            path = place / name
            if kind(path) is not Kind.FILE:
                yield path, "it is no file, but a link or a device"
                continue
            count, size = count + 1, size + path.lstat().st_size
            if count > MOST or size > largest:
                yield path, f"there are more than {MOST} files, or {largest / 1e6:.0f} MB"
                return
            yield path, ""


def _matches(name, patterns):
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def _copying(before):
    """In place of BaseConverter.init_assignment, which copies whatever lies beside a notebook."""

    @functools.wraps(before)
    def init_assignment(self, assignment_id, student_id):
        # An instructor's own links are followed, and so is whatever another assignment holds.
        if not isinstance(self, Autograde) or assignment_id not in released.names():
            return before(self, assignment_id, student_id)
        course = self.coursedir
        source = Path(self._format_source(assignment_id, student_id))
        target = Path(self._format_dest(assignment_id, student_id))
        _demand_files(student_id, linked(course, student_id, assignment_id), self.notebooks)
        largest = min(course.max_file_size, course.max_dir_size) * 1000
        for path, why in beside(source, [*course.ignore, "*.ipynb"], largest):
            if why:
                self.log.warning("Not copied: %s: %s", path, why)
                continue
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(copy):
                copy.unlink()
            self.log.info("Copying %s -> %s", path, copy)
            shutil.copy(path, copy)
        return None

    return init_assignment


def _demand_files(student, link, notebooks):
    """Raises NotJudged where nbgrader would follow a link, and give no points for one that leads nowhere."""
    if link:
        raise NotJudged(f"{student}: {a_link(link)}")
    odd = next((Path(path).name for path in notebooks if kind(path) is not Kind.FILE), "")
    if odd:
        raise NotJudged(f"{student}: {tr(NO_FILE, path=odd)}")


def _reading_in_folder(before):
    """In place of CourseDirectory.get_existing_timestamp."""

    @functools.wraps(before)
    def get_existing_timestamp(self, dest_path):
        if not _is_kits(self, dest_path):
            return before(self, dest_path)
        if not _is_short(Path(dest_path, STAMP)):
            return None
        try:
            return before(self, dest_path)
        except (Exception, SystemExit) as error:
            raise _NoDate(f"{Path(dest_path, STAMP)}: {NO_DATE}") from error

    return get_existing_timestamp


def _reading_of_student(before):
    """In place of NbGraderAPI.get_submitted_timestamp, by which formgrader lists who handed in."""

    @functools.wraps(before)
    def get_submitted_timestamp(self, assignment_id, student_id):
        if assignment_id not in released.names():
            return before(self, assignment_id, student_id)
        course = self.coursedir
        folder = course.format_path(course.submitted_directory, student_id, assignment_id)
        with contextlib.suppress(Exception):  # of one student: the list is of all
            return before(self, assignment_id, student_id) if _is_short(Path(folder, STAMP)) else None

    return get_submitted_timestamp


def _is_kits(course, folder):
    """Whether it is a student's folder of an assignment of the kit."""
    steps = (course.submitted_directory, course.autograded_directory)
    return any(
        re.fullmatch(course.format_path(step, ".*", name, escape=True), os.path.normpath(folder), re.DOTALL)
        for step in steps
        for name in released.names()
    )


def _is_short(path):
    """Whether it is a file that is read in no time."""
    return kind(path) is Kind.FILE and path.lstat().st_size <= LONGEST_STAMP
