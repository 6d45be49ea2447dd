"""What Python code gets for a file or folder in a worker's memory: an open file, an entry of a folder."""

from __future__ import annotations

import io
import os
import stat
import time
from collections.abc import Callable

LIKELY = 20_000  # bytes: the size of a picture that is not drawn yet


class Content:
    """What a file holds, for everybody who has it open.  later: gives it when it is first read."""

    def __init__(self, data: bytes):
        self._data, self.changed = bytearray(data), time.time()
        self.later: Callable[[], bytes] | None = None

    @property
    def data(self) -> bytearray:
        later, self.later = self.later, None
        if later is not None:
            self._data[:] = later()
        return self._data

    @property
    def size(self) -> int:
        return len(self._data) if self.later is None else LIKELY

    def empty(self) -> None:
        self.later = None
        self._data.clear()


class File(io.BufferedIOBase):
    """An open file in binary mode.  It has no descriptor: `fileno` raises, as for `io.BytesIO`."""

    def __init__(self, name, mode: str, content: Content):
        self.name, self.mode, self._content = name, mode, content
        self._at = len(content.data) if "a" in mode else 0

    def readable(self):
        return "r" in self.mode or "+" in self.mode

    def writable(self):
        return self.mode.strip("rbt") != ""

    def seekable(self):
        return True

    def _require(self, allowed, what):
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        if not allowed:
            raise io.UnsupportedOperation(what)

    def read(self, size=-1):
        self._require(self.readable(), "not readable")
        end = len(self._content.data) if size is None or size < 0 else self._at + size
        found = bytes(self._content.data[self._at : end])
        self._at += len(found)
        return found

    read1 = read

    def readline(self, size=-1):
        end = self._content.data.find(b"\n", self._at) + 1 or len(self._content.data)
        length = max(end - self._at, 0)
        return self.read(length if size is None or size < 0 else min(size, length))

    def write(self, data):
        self._require(self.writable(), "not writable")
        new, held = memoryview(data).tobytes(), self._content.data
        if "a" in self.mode:
            self._at = len(held)
        held.extend(bytes(max(self._at - len(held), 0)))
        held[self._at : self._at + len(new)] = new
        self._at += len(new)
        self._content.changed = time.time()
        return len(new)

    def seek(self, offset, whence=0):
        self._require(True, "")
        self._at = max((0, self._at, len(self._content.data))[whence] + offset, 0)
        return self._at

    def tell(self):
        self._require(True, "")
        return self._at

    def truncate(self, size=None):
        self._require(self.writable(), "not writable")
        size, held = self._at if size is None else size, self._content.data
        held.extend(bytes(max(size - len(held), 0)))
        del held[size:]
        return size


class Entry:
    """An entry of `os.scandir` for a file or folder in memory."""

    def __init__(self, folder, name, stat_of):
        self.name, self.path, self._stat = name, os.path.join(folder, name), stat_of

    def __fspath__(self):
        return self.path

    def stat(self, *, follow_symlinks=True):
        return self._stat(self.path)

    def inode(self):
        return self.stat().st_ino

    def is_dir(self, *, follow_symlinks=True):
        return stat.S_ISDIR(self.stat().st_mode)

    def is_file(self, *, follow_symlinks=True):
        return not self.is_dir()

    def is_symlink(self):
        return False

    is_junction = is_symlink


class Entries:
    """An iterator of entries that can be closed, as that of `os.scandir`."""

    def __init__(self, entries):
        self._left = iter(entries)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._left)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._left = iter(())
