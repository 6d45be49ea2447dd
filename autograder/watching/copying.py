"""Copies a folder that its owner may change meanwhile; follows no link, and reads no device."""

import errno
import os
import stat
from pathlib import Path

from autograder.errors import N_, KitError
from autograder.intake.places import CANNOT_BE_READ, MAX_LEVELS
from autograder.intake.submission import NO_FILE

# Errors that the owner can cause: a link, a closed file, a pipe, ...
OWNERS_ERRORS = (errno.EACCES, errno.ENXIO, errno.ENAMETOOLONG)
MAX_ENTRIES = 1000  # files and folders
TOO_MUCH = N_(
    "It is larger than CourseDirectory.max_dir_size allows, or has more than {most} "
    "files and folders, or "
    "more than {deepest} folders inside each other. Ask for a smaller submission."
)


class NotCollected(KitError):
    """A submission is not collected; the message says why."""


def copy_plain_files(
    source: Path, target: Path, max_bytes: int
) -> os.stat_result | None:
    """Copy a folder of plain files, and return its status; None if it is not a folder.

    Raises NotCollected for any other content, and OSError.
    """
    status = None
    count = size = 0
    for place, folders, files, descriptor in os.fwalk(
        source, follow_symlinks=False
    ):
        status = status or os.fstat(descriptor)
        below = Path(place).relative_to(source)
        count += len(folders) + len(files)
        if count > MAX_ENTRIES or len(below.parts) > MAX_LEVELS:
            raise NotCollected(TOO_MUCH, most=MAX_ENTRIES, deepest=MAX_LEVELS)
        for name in folders:
            if stat.S_ISLNK(os.lstat(name, dir_fd=descriptor).st_mode):
                raise NotCollected(NO_FILE, path=name)
        (target / below).mkdir(parents=True)
        for name in files:
            content = _content(name, descriptor, max_bytes - size)
            size += len(content)
            (target / below / name).write_bytes(content)
    return status


def _content(name: str, folder: int, max_bytes: int) -> bytes:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(name, flags, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotCollected(NO_FILE, path=name) from None
        if error.errno in OWNERS_ERRORS:
            raise NotCollected(
                CANNOT_BE_READ, name=name, why=error.strerror
            ) from None
        raise
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotCollected(NO_FILE, path=name)
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise NotCollected(TOO_MUCH, most=MAX_ENTRIES, deepest=MAX_LEVELS)
    return content
