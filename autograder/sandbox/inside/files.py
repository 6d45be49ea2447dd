"""Files that live in a worker's memory: what student code writes goes here, and is read back from here.

Reading anything else works as ever, and fails with Python's own error.  It opens nothing for writing, so
no layer of the sandbox depends on it, and memory bounds it.  What replaces which function: `permits`.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import time
from collections.abc import Callable


LIKELY = 20_000  # bytes of a picture that nobody has read yet


class _Content:
    """What a file holds, for all who have it open.  later: gives it when it is first asked for."""

    def __init__(self, data: bytes = b"", later: Callable[[], bytes] | None = None):
        self._data, self.later, self.changed = bytearray(data), later, time.time()

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


class _File(io.BufferedIOBase):
    """An open file in binary mode; it has no descriptor, and says so as `io.BytesIO` does."""

    def __init__(self, name, mode: str, content: _Content):
        self.name, self.mode, self._content = name, mode, content
        self._at = len(content.data) if "a" in mode else 0

    def readable(self):
        return "r" in self.mode or "+" in self.mode

    def writable(self):
        return self.mode.strip("rbt") != ""

    def seekable(self):
        return True

    def _demand(self, allowed, what):
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        if not allowed:
            raise io.UnsupportedOperation(what)

    def read(self, size=-1):
        self._demand(self.readable(), "not readable")
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
        self._demand(self.writable(), "not writable")
        new, held = memoryview(data).tobytes(), self._content.data
        if "a" in self.mode:
            self._at = len(held)
        held.extend(bytes(max(self._at - len(held), 0)))
        held[self._at : self._at + len(new)] = new
        self._at += len(new)
        self._content.changed = time.time()
        return len(new)

    def seek(self, offset, whence=0):
        self._demand(True, "")
        self._at = max((0, self._at, len(self._content.data))[whence] + offset, 0)
        return self._at

    def tell(self):
        self._demand(True, "")
        return self._at

    def truncate(self, size=None):
        self._demand(self.writable(), "not writable")
        size, held = self._at if size is None else size, self._content.data
        held.extend(bytes(max(size - len(held), 0)))
        del held[size:]
        return size


class _Entry:
    """What `os.scandir` gives for a file or folder in memory."""

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


class _Entries:
    """An iterator of entries that can be closed, as `os.scandir` gives it."""

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


class Files:
    """The files of one worker, above those that it may read.  Its methods are `open` and functions of `os`.

    A folder on the way to a file that is written comes to be with it: the student's machine may have it.
    """

    OF_OS = (
        *("stat", "lstat", "access", "chmod", "utime", "listxattr", "listdir", "scandir"),
        *("mkdir", "rmdir", "remove", "unlink", "rename", "replace"),
    )

    def __init__(self):
        self._open = io.open
        self._os = {name: getattr(os, name) for name in self.OF_OS}
        self.contents: dict[str, _Content] = {}
        self.folders: set[str] = set()

    def clear(self) -> None:
        """Forget all files."""
        self.contents.clear(), self.folders.clear()

    def key(self, path) -> str | None:
        """A path as it is kept here; None for a descriptor, and for what is no path."""
        if not isinstance(path, str | bytes | os.PathLike):
            return None
        path = os.fsdecode(path)
        return None if not path or "\0" in path else os.path.abspath(path)

    def holds(self, path) -> bool:
        """Whether it is a file or folder in memory."""
        key = self.key(path)
        return key in self.contents or key in self.folders

    def open(
        self,
        file,
        mode="r",
        buffering=-1,
        encoding=None,
        errors=None,
        newline=None,
        closefd=True,
        opener=None,
    ):
        """As `io.open`: in memory, where it writes or the file is there; else the real one."""
        key = self.key(file)
        words = (encoding, errors, newline) if "b" in mode else (buffering == 0 or None,)
        is_odd = opener is not None or not _is_mode(mode) or any(word is not None for word in words)
        reads_real = mode.strip("rbt") == "" and key not in self.contents and key not in self.folders
        if key is None or is_odd or reads_real:  # of what is wrong, Python complains before it opens
            return self._open(file, mode, buffering, encoding, errors, newline, closefd, opener)
        binary = _File(file, mode.replace("t", ""), self._content(key, file, mode))
        if "b" in mode:
            return binary
        encoding = "utf-8" if encoding in (None, "locale") else encoding
        text = io.TextIOWrapper(binary, encoding, errors, newline, line_buffering=buffering == 1)
        text.mode = mode
        return text

    def _content(self, key, file, mode):
        if key in self.folders or (key not in self.contents and os.path.isdir(key)):
            raise _failed(errno.EISDIR, file)
        if "x" in mode and os.path.exists(key):
            raise _failed(errno.EEXIST, file)
        if key not in self.contents:
            held = b""
            if "r" in mode or "a" in mode:  # what is really there, to be changed in memory alone
                try:
                    with self._open(file, "rb") as real:
                        held = real.read()
                except FileNotFoundError:
                    if "r" in mode:
                        raise
            self._add_folders(os.path.dirname(key))
            self.contents[key] = _Content(held)
        elif "w" in mode:
            self.contents[key].empty()
        return self.contents[key]

    def write_later(self, path, later: Callable[[], bytes]) -> None:
        """Write what `later` gives, as soon as somebody looks."""
        content = self._content(self.key(path), path, "w")
        content.later, content.changed = later, time.time()

    def _add_folders(self, key):
        while key not in self.folders and key != os.path.dirname(key):
            self.folders.add(key)
            key = os.path.dirname(key)

    def stat(self, path, *args, **kwargs):
        key = self.key(path)
        content = self.contents.get(key)
        if content is not None:
            mode, size, changed = stat.S_IFREG | 0o644, content.size, content.changed
            return os.stat_result((mode, id(content), 0, 1, 0, 0, size, changed, changed, changed))
        try:
            return self._os["stat"](path, *args, **kwargs)
        except OSError:
            if key not in self.folders:
                raise
            return os.stat_result((stat.S_IFDIR | 0o755, hash(key) & 0xFFFFFF, 0, 2, 0, 0, 0, 0, 0, 0))

    def lstat(self, path, *args, **kwargs):
        if self.holds(path):
            return self.stat(path)
        return self._os["lstat"](path, *args, **kwargs)

    def access(self, path, mode, *args, **kwargs):
        return self.holds(path) or self._os["access"](path, mode, *args, **kwargs)

    def chmod(self, path, *args, **kwargs):
        return None if self.holds(path) else self._os["chmod"](path, *args, **kwargs)

    def utime(self, path, *args, **kwargs):
        return None if self.holds(path) else self._os["utime"](path, *args, **kwargs)

    def listxattr(self, path=None, *args, **kwargs):
        return [] if self.holds(path) else self._os["listxattr"](path, *args, **kwargs)

    def _below(self, key):
        return [held for held in (*self.contents, *self.folders) if os.path.dirname(held) == key != held]

    def listdir(self, path="."):
        with self.scandir(path) as entries:
            return [entry.name for entry in entries]

    def scandir(self, path="."):
        if not self.holds(path):
            return self._os["scandir"](path)
        path, found = os.fsdecode(path), {}
        if self.key(path) in self.contents:
            raise _failed(errno.ENOTDIR, path)
        try:
            with self._os["scandir"](path) as real:
                found = {entry.name: entry for entry in real}
        except OSError:
            pass  # it is in memory alone, or what is really there may not be listed
        names = map(os.path.basename, self._below(self.key(path)))
        return _Entries({**found, **{name: _Entry(path, name, self.stat) for name in names}}.values())

    def mkdir(self, path, mode=0o777, *, dir_fd=None):
        key = self.key(path)
        if key is None or dir_fd is not None:
            return self._os["mkdir"](path, mode, dir_fd=dir_fd)
        if os.path.lexists(key):
            raise _failed(errno.EEXIST, path)
        self._add_folders(key)

    def rmdir(self, path, **kwargs):
        if self.key(path) not in self.folders:
            return self._really("rmdir", path, **kwargs)
        if self._below(self.key(path)):
            raise _failed(errno.ENOTEMPTY, path)
        self.folders.remove(self.key(path))

    def remove(self, path, **kwargs):
        key = self.key(path)
        if key in self.folders:
            raise _failed(errno.EISDIR, path)
        if key not in self.contents:
            return self._really("remove", path, **kwargs)
        del self.contents[key]

    unlink = remove

    def rename(self, src, dst, **kwargs):
        old, new = self.key(src), self.key(dst)
        if new is None or not self.holds(src):
            return self._really("rename", src, dst, **kwargs)
        if old in self.contents:
            self.contents[new] = self.contents.pop(old)
        inside = old + os.sep
        for held in [held for held in self.contents if held.startswith(inside)]:
            self.contents[new + held[len(old) :]] = self.contents.pop(held)
        for held in [held for held in self.folders if held == old or held.startswith(inside)]:
            self.folders.remove(held), self._add_folders(new + held[len(old) :])
        self._add_folders(os.path.dirname(new))

    replace = rename

    def rmtree(self, path, *args, **kwargs):
        """As `shutil.rmtree`, which needs descriptors; of what is really there it removes nothing."""
        key = self.key(path)
        if key not in self.folders:
            return self._really("rmdir", path)
        for held in [held for held in (*self.contents, *self.folders) if held.startswith(key + os.sep)]:
            self.contents.pop(held, None), self.folders.discard(held)
        self.folders.remove(key)

    def _really(self, name, path, *args, **kwargs):
        """The real function, for a path that is not in memory: the sandbox refuses it where there is such a file."""
        if self.key(path) is not None and not os.path.lexists(path):
            raise _failed(errno.ENOENT, path)
        return self._os[name](path, *args, **kwargs)


def _is_mode(mode):
    """Whether it is a mode of `open` that has a meaning."""
    return (
        set(mode) <= set("rwaxbt+")
        and len(set(mode)) == len(mode)
        and sum(letter in "rwax" for letter in mode) == 1
        and not {"b", "t"} <= set(mode)
    )


def _failed(number, path):
    """The exception that the operating system's own error would be."""
    return OSError(number, os.strerror(number), path)
