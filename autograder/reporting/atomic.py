"""Files that are complete at any moment: one appears as a whole, or not at all."""

import contextlib
import fcntl
import json
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

UNFINISHED = ".unfinished-*.tmp"  # the names of unfinished files


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Yield a file that replaces the old one when the block ends; the umask decides who may read it."""
    name = path.parent / UNFINISHED.replace("*", secrets.token_hex(8))
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
    try:
        with os.fdopen(fd, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            yield file
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def write(path: Path, content: str | bytes) -> None:
    """Write it whole.  Raises OSError."""
    with replacing(path) as file:
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
        file.buffer.write(raw)


def remove_unfinished(folder: Path) -> None:
    """Remove what a run that was killed left in a folder.  Raises OSError."""
    for path in folder.glob(UNFINISHED) if not folder.is_symlink() else ():
        path.unlink(missing_ok=True)


def open_to_append(path: Path) -> BinaryIO:
    """Open a file for reading and appending.  An older one loses the rights that the umask forbids."""
    file = open(path, "a+b")  # noqa: SIM115 - the caller's
    umask = os.umask(0o077)  # there is no other way to read it
    os.umask(umask)
    mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    if mode & umask:
        with contextlib.suppress(OSError):  # it belongs to somebody else
            os.fchmod(file.fileno(), mode & ~umask)
    return file


class InUse(Exception):
    """Another process writes into the file."""


class Journal:
    """A file for appending lines of JSON, locked until it is closed.  Raises InUse, and OSError."""

    def __init__(self, path: Path):
        self._path = path
        self._open()

    def _open(self) -> None:
        self.end = 0  # how far it was read
        self._file = open_to_append(self._path)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            self.close()
            raise InUse from None
        except OSError:
            pass  # the file system has no locks, and the instructor must not start two runs

    def new_entries(self) -> Iterator[tuple[int, dict]]:
        """Yield (offset, entry) of what was not read yet; cut off an incomplete last line."""
        self._file.seek(self.end)
        for raw in self._file:
            if not raw.endswith(b"\n"):
                self._file.truncate(self.end)
                break
            with contextlib.suppress(ValueError):
                entry = json.loads(raw)
                if isinstance(entry, dict):
                    yield self.end, entry
            self.end += len(raw)

    def entry(self, start: int) -> dict:
        """Return the entry that begins there."""
        self._file.seek(start)
        return json.loads(self._file.readline())

    def append(self, entry: dict) -> None:
        """Append an entry, or nothing of it if the disk is full.  Raises OSError."""
        line = json.dumps(entry, ensure_ascii=False) + "\n"
        view = memoryview(line.encode("utf-8", "backslashreplace"))
        self._file.seek(0, os.SEEK_END)  # forgets what was read, since the next step moves the file's place
        try:
            while view:
                view = view[os.write(self._file.fileno(), view) :]
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file.fileno(), self.end)
            raise

    def close(self) -> None:
        self._file.close()
