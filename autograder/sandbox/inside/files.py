"""Files that live in a worker's memory: student code writes to them and reads from them.

Any other file is read from the disk, or fails with Python's own error.  Opens nothing for writing, so no
sandbox layer depends on it; the worker's memory limits it.  `permits` puts it in place.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import time
from collections.abc import Callable

from autograder.sandbox.inside.in_memory import Content, Entries, Entry, File


class Files:
    """The files of one worker, on top of those that it may read; its methods replace functions of `os`.

    Writing a file also makes its folders, since the student's machine may have them.
    """

    OF_OS = (
        *("stat", "lstat", "access", "chmod", "utime", "listxattr", "listdir", "scandir"),
        *("mkdir", "rmdir", "remove", "unlink", "rename", "replace"),
    )

    def __init__(self):
        self._open = io.open
        self._os = {name: getattr(os, name) for name in self.OF_OS}
        self.contents: dict[str, Content] = {}
        self.folders: set[str] = set()

    def clear(self) -> None:
        """Forget all files."""
        self.contents.clear()
        self.folders.clear()

    def key(self, path) -> str | None:
        """The absolute path; None for a descriptor, or anything else that is not a path."""
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
        """As `io.open`: in memory if it writes or the file is in memory, else the real one."""
        key = self.key(file)
        is_odd = (encoding, errors, newline) != (None,) * 3 if "b" in mode else buffering == 0
        is_odd = is_odd or opener is not None or not _is_mode(mode)
        reads_real = mode.strip("rbt") == "" and not self.holds(file)
        if key is None or is_odd or reads_real:  # Python raises for a wrong argument
            return self._open(file, mode, buffering, encoding, errors, newline, closefd, opener)
        binary = File(file, mode.replace("t", ""), self._content(key, file, mode))
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
            if "r" in mode or "a" in mode:  # a copy of the real file
                try:
                    with self._open(file, "rb") as real:
                        held = real.read()
                except FileNotFoundError:
                    if "r" in mode:
                        raise
            self._add_folders(os.path.dirname(key))
            self.contents[key] = Content(held)
        elif "w" in mode:
            self.contents[key].empty()
        return self.contents[key]

    def write_later(self, path, later: Callable[[], bytes]) -> None:
        """Write what `later` returns, once the file is read."""
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

    def _children(self, key):
        return [held for held in (*self.contents, *self.folders) if os.path.dirname(held) == key != held]

    def _below(self, key):
        """A file or folder in memory, and all that is in it."""
        return [held for held in (*self.contents, *self.folders) if f"{held}/".startswith(f"{key}/")]

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
            pass  # it is only in memory, or the real one may not be listed
        names = map(os.path.basename, self._children(self.key(path)))
        return Entries({**found, **{name: Entry(path, name, self.stat) for name in names}}.values())

    def mkdir(self, path, mode=0o777, *, dir_fd=None):
        key = self.key(path)
        if key is None or dir_fd is not None:
            self._os["mkdir"](path, mode, dir_fd=dir_fd)
        elif os.path.lexists(key):
            raise _failed(errno.EEXIST, path)
        else:
            self._add_folders(key)

    def rmdir(self, path, **kwargs):
        key = self.key(path)
        if key not in self.folders:
            self._refused("rmdir", path, **kwargs)
        elif self._children(key):
            raise _failed(errno.ENOTEMPTY, path)
        else:
            self.folders.remove(key)

    def remove(self, path, **kwargs):
        key = self.key(path)
        if key in self.folders:
            raise _failed(errno.EISDIR, path)
        if key in self.contents:
            del self.contents[key]
        else:
            self._refused("remove", path, **kwargs)

    unlink = remove

    def rename(self, src, dst, **kwargs):
        old, new = self.key(src), self.key(dst)
        if new is None or not self.holds(src):
            self._refused("rename", src, dst, **kwargs)
        else:
            self._add_folders(os.path.dirname(new))
            for held in self._below(old):
                if held in self.contents:
                    self.contents[new + held[len(old) :]] = self.contents.pop(held)
                else:
                    self.folders.remove(held)
                    self._add_folders(new + held[len(old) :])

    replace = rename

    def rmtree(self, path, ignore_errors=False, *args, **kwargs):
        """As `shutil.rmtree`, which needs descriptors; removes nothing from the disk."""
        key = self.key(path)
        if key not in self.folders and not ignore_errors:
            self._refused("rmdir", path)
        for held in self._below(key):
            self.contents.pop(held, None)
            self.folders.discard(held)

    def _refused(self, name, path, *args, **kwargs):
        """Call the real function, which the sandbox refuses, unless there is no such file."""
        if self.key(path) is not None and not os.path.lexists(path):
            raise _failed(errno.ENOENT, path)
        self._os[name](path, *args, **kwargs)


def _is_mode(mode):
    """Whether `open` accepts this mode."""
    return (
        set(mode) <= set("rwaxbt+")
        and len(set(mode)) == len(mode)
        and sum(letter in "rwax" for letter in mode) == 1
        and not {"b", "t"} <= set(mode)
    )


def _failed(number, path):
    """The exception that the operating system would raise."""
    return OSError(number, os.strerror(number), path)
