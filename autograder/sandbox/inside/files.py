"""Files that live in a worker's memory: what student code writes goes here, and is read back from here.

Reading anything else works as ever, and fails with Python's own error.  It opens nothing for writing, so
no layer of the sandbox depends on it, and memory bounds it.  What replaces which function: `permits`.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import itertools
import os
import shutil
import stat
import time
from collections.abc import Callable
from typing import Any

_MODES = {
    "".join(m)
    for one in "rwax"
    for more in ("", *"bt+", "b+", "t+")
    for m in itertools.permutations(one + more)
}
_LIKELY = 20_000  # bytes of a picture that nobody has read yet


class File(io.BytesIO):
    """An open file in binary mode, and what it holds once it is closed."""

    def __init__(self, name: Any, mode: str, content: bytes):
        super().__init__(content)
        self.name, self._mode, self._closed_with = name, mode, b""
        if "a" in mode:
            self.seek(0, os.SEEK_END)

    @property
    def mode(self) -> str:
        return self._mode

    def readable(self) -> bool:
        return "r" in self.mode or "+" in self.mode

    def writable(self) -> bool:
        return self.mode.strip("rb") != ""

    def write(self, data: Any) -> int:
        if "a" in self.mode:
            self.seek(0, os.SEEK_END)
        return super().write(data)

    def close(self) -> None:
        self._closed_with = self.content()
        super().close()

    def content(self) -> bytes:
        """What it holds now."""
        return self._closed_with if self.closed else self.getvalue()


class Files:
    """The files of one worker, above those that it may read.  Its methods are `open` and functions of `os`.

    A folder on the way to a file that is written comes to be with it: the student's machine may have it.
    """

    OF_OS = ("stat", "listdir", "mkdir", "remove", "unlink", "rename", "replace")

    def __init__(self) -> None:
        self._open, self._rmtree = io.open, shutil.rmtree
        self._os = {name: getattr(os, name) for name in self.OF_OS}
        self.contents: dict[str, File | Callable[[], bytes]] = {}  # a picture is drawn when it is read
        self.folders: set[str] = set()

    def clear(self) -> None:
        """Forget all files."""
        self.contents.clear()
        self.folders.clear()

    def key(self, path: Any) -> str:
        """A path as it is known here; "" for a descriptor, and for what is no path."""
        if not isinstance(path, str | bytes | os.PathLike):
            return ""
        path = os.fsdecode(path)
        return os.path.abspath(path) if path and "\0" not in path else ""

    def holds(self, path: Any) -> bool:
        """Whether it is a file or folder in memory."""
        key = self.key(path)
        return key in self.contents or key in self.folders

    def open(self, file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, *rest, **options):
        """As `io.open`: in memory, where it writes or the file is there; else the real one."""
        key, reads = self.key(file), not {*mode} & {*"wax+"}
        is_ours = key and mode in _MODES and (self.holds(file) or not reads)
        if not is_ours or rest or options:  # of a mode that is wrong, Python complains before it opens
            return self._open(file, mode, buffering, encoding, errors, newline, *rest, **options)
        if key in self.folders or (key not in self.contents and os.path.isdir(key)):
            raise _failed(errno.EISDIR, file)
        if "x" in mode and os.path.exists(key):
            raise _failed(errno.EEXIST, file)
        content = b"" if {*mode} & {*"wx"} else self._content(key, file, mode)
        binary = File(file, mode.replace("t", ""), content)
        if not reads:
            self._add_folders(os.path.dirname(key))
            self.contents[key] = binary
        if "b" in mode:
            return binary
        encoding = "utf-8" if encoding in (None, "locale") else encoding
        text = io.TextIOWrapper(binary, encoding, errors, newline, line_buffering=buffering == 1)
        text.mode = mode
        return text

    def _content(self, key, file, mode):
        if key in self.contents:
            content = self.contents[key]
            return content.content() if isinstance(content, File) else content()
        try:  # what is really there, to be changed in memory alone
            with self._open(file, "rb") as real:
                return real.read()
        except FileNotFoundError:
            if "r" in mode:
                raise
            return b""

    def write_later(self, path: Any, later: Callable[[], bytes]) -> None:
        """Write what `later` gives, as soon as somebody reads it."""
        self.open(path, "wb").close()
        self.contents[self.key(path)] = functools.cache(later)

    def _add_folders(self, key):
        while key not in self.folders and key != os.path.dirname(key):
            self.folders.add(key)
            key = os.path.dirname(key)

    def stat(self, path, *args, **kwargs):
        key, now = self.key(path), time.time()
        content = self.contents.get(key)
        if content is None:
            try:
                return self._os["stat"](path, *args, **kwargs)
            except OSError:
                if key not in self.folders:
                    raise
        size = len(content.content()) if isinstance(content, File) else _LIKELY
        mode = stat.S_IFDIR | 0o755 if content is None else stat.S_IFREG | 0o644
        return os.stat_result((mode, hash(key) & 0xFFFFFFFF, 0, 1, 0, 0, size, now, now, now))

    def listdir(self, path="."):
        key, names = self.key(path), []
        if key not in self.folders:
            return self._os["listdir"](path)
        with contextlib.suppress(OSError):  # it is in memory alone, or what is really there may not be listed
            names = self._os["listdir"](path)
        held = (held for held in (*self.contents, *self.folders) if os.path.dirname(held) == key != held)
        return [*dict.fromkeys([*names, *map(os.path.basename, held)])]

    def mkdir(self, path, mode=0o777, **options):
        if os.path.exists(path):
            raise _failed(errno.EEXIST, path)
        self._add_folders(self.key(path))

    def remove(self, path, **options):
        if self.key(path) not in self.contents:
            self._refused("remove", path, **options)
        self.contents.pop(self.key(path), None)

    unlink = remove

    def rename(self, src, dst, **options):
        if not self.holds(src):
            self._refused("rename", src, dst, **options)
        old, new = self.key(src), self.key(dst)
        self._add_folders(os.path.dirname(new))
        for held in self._below(old):
            if held in self.contents:
                self.contents[new + held[len(old) :]] = self.contents.pop(held)
            else:
                self.folders.remove(held), self._add_folders(new + held[len(old) :])

    replace = rename

    def rmtree(self, path, *args, **kwargs):
        """As `shutil.rmtree`; of what is really there it removes nothing."""
        if not self.holds(path):
            self._rmtree(path, *args, **kwargs)
        for held in self._below(self.key(path)):
            self.contents.pop(held, None), self.folders.discard(held)

    def _below(self, key):
        """A file or folder in memory, and all that is in it."""
        return [
            held for held in (*self.contents, *self.folders) if f"{held}{os.sep}".startswith(f"{key}{os.sep}")
        ]

    def _refused(self, name, path, *args, **kwargs):
        """Ask for the real thing, which the sandbox refuses, where there is such a file."""
        if self.key(path) and not os.path.exists(path):
            raise _failed(errno.ENOENT, path)
        self._os[name](path, *args, **kwargs)


def _failed(number, path):
    """The exception that the operating system's own error would be."""
    return OSError(number, os.strerror(number), path)
