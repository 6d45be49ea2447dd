"""Copies only a student's plain files: no link is followed, even one made meanwhile, no device is read."""

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter
from sqlalchemy.exc import OperationalError

from autograder.intake.places import MAX_LEVELS, SYSTEM, Kind, a_link, kind
from autograder.intake.submission import NO_FILE, Unreadable, text_of
from autograder.languages import N_, tr
from autograder.nbgrader_bridge.course_files import SECRET, STAMP, autograded_folder
from autograder.patches import temporarily_set

# Errors that a student can cause: a link, a closed file, a pipe, ...
STUDENTS_ERRORS = (errno.ELOOP, errno.EACCES, errno.ENXIO, errno.ENAMETOOLONG)
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
MAX_ENTRIES = 1000  # files and folders beside a notebook
TOO_MUCH = N_(
    "It is larger than CourseDirectory.max_dir_size allows, or has more than {most} files and folders, or "
    "more than {deepest} folders inside each other. Ask for a smaller submission."
)


class PlainFiles(BaseConverter):
    """A converter that copies only the plain files beside a student's notebook."""

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """As nbgrader's."""
        course = self.coursedir
        source = Path(course.format_path(course.submitted_directory, student_id, assignment_id))
        target = autograded_folder(course, assignment_id, student_id)
        largest = min(course.max_file_size, course.max_dir_size) * 1000
        for why in copy_plain_files(source, target, largest, [*course.ignore, *SYSTEM, "*.ipynb"]):
            self.log.warning("Not copied: %s: %s", source, why)
        add_missing_files(source, target)


class PlainAutograde(Autograde, PlainFiles):
    """nbgrader's Autograde, with only a student's plain files, and the released ones in place of these."""

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """As nbgrader's, which would take files of the source: English in a Chinese course too."""
        with temporarily_set(self.coursedir, source_directory=self.coursedir.release_directory):
            super().init_assignment(assignment_id, student_id)


def add_missing_files(source: Path | None, target: Path) -> None:
    """Copy, or make, the two files without which nbgrader's release_feedback ends for all other students.

    A student may have deleted one, or put a link in its place.  source: the submission, None if nobody may
    open it.
    """
    target.mkdir(parents=True, exist_ok=True)
    for name, instead in (STAMP, ""), (SECRET, secrets.token_hex(16)):
        if kind(target / name) is Kind.FILE:
            continue
        text = instead
        if source is not None:
            with contextlib.suppress(Unreadable):
                text = text_of(source / name)
        (target / name).write_text(text, "utf-8")


def copy_plain_files(
    source: Path,
    target: Path,
    largest: int,
    ignored: Iterable[str] = (),
    check: Callable[[os.stat_result], None] = lambda status: None,
) -> Iterator[str]:
    """Copy a folder's files, and yield why one of them, or the rest, is not copied; in sentences.

    largest: bytes of all.  ignored: patterns of names.  check: is called with the folder's own status.
    Raises OSError.
    """
    left, count = largest, 0
    for place, folders, files, at in os.fwalk(source, follow_symlinks=False):
        below = Path(place).relative_to(source)
        if below == Path():
            check(os.fstat(at))
        for names in folders, files:
            names[:] = sorted(name for name in names if not any(fnmatch(name, each) for each in ignored))
        yield from (a_link(name) for name in folders if stat.S_ISLNK(os.lstat(name, dir_fd=at).st_mode))
        count += len(folders) + len(files)
        if count > MAX_ENTRIES or len(below.parts) > MAX_LEVELS:
            yield tr(TOO_MUCH, most=MAX_ENTRIES, deepest=MAX_LEVELS)
            return
        (target / below).mkdir(parents=True, exist_ok=True)
        for name in files:
            try:
                fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
            except OSError as error:
                if error.errno not in STUDENTS_ERRORS:
                    raise
                yield a_link(name) if error.errno == errno.ELOOP else f"{name}: {error.strerror}"
                continue
            with open(fd, "rb") as file:
                status = os.fstat(fd)
                left -= status.st_size
                if not stat.S_ISREG(status.st_mode):
                    yield tr(NO_FILE, path=name)
                    continue
                if left < 0:
                    yield tr(TOO_MUCH, most=MAX_ENTRIES, deepest=MAX_LEVELS)
                    return
                copy = target / below / name
                copy.unlink(missing_ok=True)
                copy.write_bytes(file.read(status.st_size))  # no more, though it may grow
                os.utime(copy, ns=(status.st_mtime_ns, status.st_mtime_ns))


def make_folder(folder: Path, make: Callable[[], None]) -> str:
    """Make a student's folder.  Returns why it could not be made, or "".  Raises what stops a class."""
    try:
        make()
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        is_full = isinstance(error, OSError) and error.errno in FULL
        if is_full or isinstance(error, OperationalError) or not isinstance(error, Exception):
            raise
        return str(error).strip().partition("\n")[0] or type(error).__name__
    return ""
