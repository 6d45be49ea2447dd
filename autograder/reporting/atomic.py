"""Files that are whole at any moment: one that appears at once, and a journal that one process adds lines to.

Knows nothing of what stands in them.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

HELD = (errno.EAGAIN, errno.EACCES)
PREFIX, SUFFIX = ".unfinished-", ".tmp"  # of files that are being written
UNFINISHED = f"{PREFIX}*{SUFFIX}"


@contextlib.contextmanager
def replacing(path: Path, binary: bool = False) -> Iterator[IO]:
    """A file that takes its place when all is written; the umask says who may read it."""
    name = path.parent / f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}"
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
    text: dict[str, Any] = (
        {} if binary else {"encoding": "utf-8", "errors": "backslashreplace", "newline": ""}
    )
    try:
        with os.fdopen(fd, "wb" if binary else "w", **text) as file:
            yield file
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def write(path: Path, content: str | bytes) -> None:
    """Write it whole.  Raises OSError."""
    with replacing(path, binary=isinstance(content, bytes)) as file:
        file.write(content)


class InUse(Exception):
    """Another process writes into the file."""


class Journal:
    """A file that lines are added to; nobody else has it until it is closed.  Raises InUse, and OSError."""

    def __init__(self, path: Path):
        self.end = 0  # how far it was read
        self._file = open(path, "a+b")  # noqa: SIM115 - it is closed by `close`
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in HELD:
                self.close()
                raise InUse from None
            # else the file system knows no locks: it is the instructor's own care, as it always was

    def new_lines(self) -> Iterator[tuple[int, bytes]]:
        """What was not read yet, and where each begins; what was left half-written at the end is cut off."""
        self._file.seek(self.end)
        for raw in self._file:
            if not raw.endswith(b"\n"):
                self._file.truncate(self.end)
                break
            yield self.end, raw
            self.end += len(raw)

    def line(self, start: int) -> bytes:
        """The line that begins there."""
        self._file.seek(start)
        return self._file.readline()

    def append(self, line: bytes) -> None:
        """Add a line; of one that does not fit nothing is left.  Raises OSError."""
        view = memoryview(line)
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
