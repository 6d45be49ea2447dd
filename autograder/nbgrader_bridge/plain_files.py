"""Copies only a student's plain files: no link is followed, even one made meanwhile, no device is read."""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

from autograder.intake.places import MAX_LEVELS, a_link
from autograder.intake.submission import NO_FILE
from autograder.languages import N_, tr

# Errors that a student can cause: a link, a closed file, a pipe, ...
STUDENTS_ERRORS = (errno.ELOOP, errno.EACCES, errno.ENXIO, errno.ENAMETOOLONG)
MAX_ENTRIES = 1000  # files and folders beside a notebook
TOO_MUCH = N_(
    "It is larger than CourseDirectory.max_dir_size allows, or has more than {most} files and folders, or "
    "more than {deepest} folders inside each other. Ask for a smaller submission."
)


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
