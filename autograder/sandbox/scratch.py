"""A folder for files that nobody needs later; where its owner was killed, the next one to make one sweeps it.

Whether an owner lives, a lock says that the kernel takes away with its process; that it is such a folder and
no person's, whatever its name, a file in it.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import shutil
import tempfile
import time
import weakref

PREFIX = "autograder-"
MAKING = ".making-"  # of a folder whose owner does not hold it yet
MARK = ".autograder-scratch"  # nothing is removed where it does not lie
AGE = 3600.0  # seconds after which one of these was left by a process that was killed
PATIENCE = 3.0  # seconds in which a process that is just ending may put something back


class Scratch:
    """A folder of this process's own, where temporary files lie, until it is closed.  Raises OSError.

    at_exit: whether it is closed when the process ends; else whoever made it sees to that.
    """

    def __init__(self, at_exit: bool = True):
        place = tempfile.gettempdir()
        _sweep(place)
        made = tempfile.mkdtemp(prefix=MAKING + PREFIX, dir=place)
        self._held = os.open(made, os.O_RDONLY | os.O_DIRECTORY)
        _hold(self._held)
        os.close(os.open(MARK, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600, dir_fd=self._held))
        self.path = os.path.join(place, os.path.basename(made).removeprefix(MAKING))
        os.rename(made, self.path)  # from now on it is seen by who sweeps, and is held
        removal = _remove, self.path, self._held
        # weakref's are no longer called when multiprocessing's are
        self._closing = weakref.finalize(self, *removal) if at_exit else functools.partial(*removal)

    def close(self) -> None:
        """Remove it, with all that is in it."""
        self._closing()

    def __enter__(self) -> Scratch:
        return self

    def __exit__(self, *_) -> None:
        self.close()


def _hold(folder: int) -> bool:
    """Whether it is now held by this process; where locks are not known, all are held by somebody."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove(path, held):
    end = time.monotonic() + PATIENCE
    while os.path.lexists(path) and time.monotonic() < end:
        shutil.rmtree(path, ignore_errors=True)
        if os.path.lexists(path):
            time.sleep(0.05)
    os.close(held)


def _sweep(place):
    """Remove the folders of this user's processes that were killed."""
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith((PREFIX, MAKING + PREFIX)):
                with contextlib.suppress(OSError):
                    _sweep_one(entry)


def _sweep_one(entry):
    status = entry.stat(follow_symlinks=False)
    is_young = entry.name.startswith(MAKING) and time.time() - status.st_mtime < AGE
    if status.st_uid != os.geteuid() or not entry.is_dir(follow_symlinks=False) or is_young:
        return
    folder = os.open(entry.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if not entry.name.startswith(MAKING):
            os.stat(MARK, dir_fd=folder, follow_symlinks=False)
        if _hold(folder):
            shutil.rmtree(entry.path, ignore_errors=True)
    finally:
        os.close(folder)
