"""What lasts for one block: objects that close, and folders, which go however a process ends."""

import contextlib
import fcntl
import functools
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

PREFIX = "autograder-run-"
SETTLED = 60.0  # seconds after which a folder is locked, if anybody uses it


class Closing:
    """Closes itself at the end of a `with` block."""

    def close(self) -> object: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder for this block.  The first call removes those of processes that were killed."""
    _remove_abandoned(tempfile.gettempdir())
    folder = tempfile.mkdtemp(prefix=PREFIX)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):  # the file system has no locks
            fcntl.flock(lock, fcntl.LOCK_SH)
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


@functools.cache
def _remove_abandoned(place: str) -> None:
    """Remove this user's own folders that no process has locked."""
    for folder in Path(place).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                status = os.fstat(lock)
                is_settled = status.st_mtime < time.time() - SETTLED
                if is_settled and status.st_uid == os.geteuid():
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)
