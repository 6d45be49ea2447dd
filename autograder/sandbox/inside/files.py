"""Files that live in a worker's memory: student code writes to them and reads from them.

Any other file is read from the disk, or fails with Python's own error.  It opens nothing for writing, so no
sandbox layer depends on it; the worker's memory limits it.  `permits` installs it.
"""

import errno
import functools
import inspect
import io
import os
import stat
import tempfile
import time
from collections.abc import Callable
from typing import Any, NoReturn, cast

from autograder.sandbox.inside.limit_errors import NotServed

# Functions of `os` for the disk and the memory together.
FOR_BOTH = "listdir", "mkdir", "remove", "unlink"
# Those that have another form for a path in memory.
SERVED = "stat", "lstat", "rename", "replace", "chmod", "utime"
# For a file in memory, the kernel would answer that it does not exist, and many libraries accept that.
NOT_SERVED = ("access", "chdir", "link", "readlink", "rmdir", "symlink", "truncate")
_BUFFERS: dict[str, Any] = {
    "r": io.BufferedReader,
    **dict.fromkeys(("w", "a"), io.BufferedWriter),
    **dict.fromkeys(("r+", "w+", "a+"), io.BufferedRandom),
}


class _Content(bytearray):
    """A file's contents, shared by all who have it open."""

    changed = 0.0
    mode = stat.S_IFREG | 0o644
    is_picture = False  # one that nobody drew, so nobody may read it


class _Folder(_Content):
    mode = stat.S_IFDIR | 0o755


class _File(io.RawIOBase):
    """As `io.FileIO`, but in memory, and so without a descriptor; `limit_errors` reports what it lacks."""

    def __init__(self, name: Any, kind: str, content: _Content) -> None:
        self.name, self.mode, self._kind, self._content = name, f"{kind[0]}b{kind[1:]}", kind, content
        self._at = len(content) if "a" in kind else 0
        self.on_close: Callable[[], object] = lambda: None

    def close(self) -> None:
        if not self.closed:
            super().close()
            self.on_close()

    def readable(self) -> bool:
        return self._kind not in ("w", "a")

    def writable(self) -> bool:
        return self._kind != "r"

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self._content[self._at : self._at + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def write(self, data: Any) -> int:
        held = self._content
        if "a" in self._kind:
            self._at = len(held)
        held.extend(bytes(max(self._at - len(held), 0)))
        held[self._at : self._at + len(data)] = data
        held.changed = time.time()
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = max((0, self._at, len(self._content))[whence] + offset, 0)
        return self._at


class Files:
    """The files of one worker, on top of those that it may read; its methods replace functions of `os`.

    Writing a file also creates its folders, because the student's machine may have them.  An operation that
    files in memory do not have becomes a limit of the grader, never a wrong answer.  held: by absolute path.
    """

    def __init__(self) -> None:
        self._open = io.open
        self._temporary = inspect.signature(tempfile.NamedTemporaryFile)
        self._os = {name: getattr(os, name) for name in (*FOR_BOTH, "lstat")}
        self.held: dict[str | None, _Content] = {}
        self.refused: NotServed | None = None

    def key(self, path: object) -> str | None:
        """Return the absolute path; None for a descriptor, or anything else that is not a path."""
        if not isinstance(path, str | bytes | os.PathLike):
            return None
        path = os.fsdecode(path)
        return None if not path or "\0" in path else os.path.abspath(path)

    def holds(self, path: object) -> bool:
        """Return whether it is a file or folder in memory."""
        return self.key(path) in self.held

    def refuse(self, name: str) -> NoReturn:
        """Raise NotServed, and remember it, because a bare `except:` would swallow it."""
        self.refused = NotServed(name)
        raise self.refused

    def in_memory(self, function: Callable, inside: Callable | None = None, lists: bool = False) -> Callable:
        """Return the function, but for paths in memory another one; without that, they are refused.

        lists: also for folders that contain such files.
        """

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            for path in (*args, *kwargs.values()) or (".",):
                if self.holds(path) or (lists and self._names(path)):
                    return inside(*args, **kwargs) if inside else self.refuse(function.__name__)
            return function(*args, **kwargs)

        return called

    def open(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        **more: Any,
    ) -> Any:
        """Open like `io.open`: in memory if it writes or the file is in memory, else on the disk."""
        key, kind = self.key(file), mode.replace("b" if "b" in mode else "t", "", 1)
        is_odd = more or not buffering or kind not in _BUFFERS
        is_odd = is_odd or ("b" in mode and (encoding, errors, newline) != (None,) * 3)
        if is_odd or key is None or os.path.isdir(key):
            return self._open(file, mode, buffering, encoding, errors, newline, **more)
        if not ("w" in kind or key in self.held or ("a" in kind and not self._is_on_disk(key))):
            return self._open(file, mode, buffering, encoding, errors, newline, **more)
        raw = _File(file, kind, self._content(key, kind))
        binary = _BUFFERS[kind](raw, buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE)
        if "b" in mode:
            return binary
        encoding = "utf-8" if encoding in (None, "locale") else encoding
        text: Any = io.TextIOWrapper(binary, encoding, errors, newline, line_buffering=buffering == 1)
        text.mode = mode
        return text

    def temporary(self, *args: Any, **kwargs: Any) -> Any:
        """Open like `tempfile.NamedTemporaryFile`, in memory; gone when closed, unless `delete` is false."""
        given = self._temporary.bind(*args, **kwargs)
        given.apply_defaults()
        options = given.arguments
        prefix = options["prefix"] or tempfile.gettempprefix()
        path = tempfile.mktemp(options["suffix"] or "", prefix, options["dir"])
        names = "mode", "buffering", "encoding", "errors", "newline"
        file = self.open(path, **{name: options[name] for name in names})
        if options["delete"] and options.get("delete_on_close", True):
            raw = file.raw if "b" in options["mode"] else file.buffer.raw
            raw.on_close = lambda: self.held.pop(self.key(path), None)
        return file

    def _content(self, key: str, kind: str) -> _Content:
        self._add_folders(os.path.dirname(key))
        content = self.held.setdefault(key, _Content())
        if "w" in kind:
            content.clear()
            content.is_picture = False
        elif content.is_picture:
            self.refuse("open")
        if kind != "r":
            content.changed = time.time()
        return content

    def write_picture(self, path: object) -> None:
        """Write a file that nobody may read."""
        content = self._content(cast("str", self.key(path)), "w")
        content.extend(bytes(20_000))  # as large as most
        content.is_picture = True

    def _add_folders(self, key: str) -> None:
        while key not in self.held and not self._is_on_disk(key):
            self.held[key] = _Folder()
            key = os.path.dirname(key)

    def _is_on_disk(self, key: str) -> bool:
        try:
            return bool(self._os["lstat"](key))
        except OSError:
            return False

    def stat(self, path: Any, **kwargs: Any) -> os.stat_result:
        key = self.key(path)
        content = self.held[key]
        number, seconds = hash(key) & 0xFFFFFFFF, content.changed
        times = [*[int(seconds)] * 3, *[seconds] * 3, *[int(seconds * 1e9)] * 3]
        return os.stat_result((content.mode, number, 0, 1, 0, 0, len(content), *times))

    lstat = stat

    def _names(self, folder: object) -> list[str]:
        """Return the names of the files and folders in memory that are in it."""
        key = self.key(folder)
        return [os.path.basename(path) for path in filter(None, self.held) if os.path.dirname(path) == key]

    def _below(self, key: str | None) -> list[str]:
        """Return what is held at a path and below."""
        return [path for path in filter(None, self.held) if f"{path}/".startswith(f"{key}/")]

    def _has_file(self, key: str | None) -> bool:
        return type(self.held.get(key)) is _Content

    def listdir(self, path: Any = ".") -> list:
        names = self._names(path)
        try:
            real = self._os["listdir"](path)
        except OSError:  # it is only in memory, or may not be listed here
            if not names and type(self.held.get(self.key(path))) is not _Folder:
                raise
            real = []
        return [*dict.fromkeys([*real, *names])]

    def mkdir(self, path: Any, mode: int = 0o777, **kwargs: Any) -> None:
        key = self.key(path)
        if key is None or kwargs:
            self._os["mkdir"](path, mode, **kwargs)
        elif os.path.lexists(key):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        else:
            self._add_folders(key)

    def remove(self, path: Any, **kwargs: Any) -> None:
        key = self.key(path)
        if key and self._has_file(key) and not self._is_on_disk(key):
            del self.held[key]
        elif key is None or os.path.lexists(key):
            self._os["remove"](path, **kwargs)
        else:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)

    unlink = remove

    def rename(self, source: Any, target: Any, **kwargs: Any) -> None:
        old, new = self.key(source), self.key(target)
        if old is None or not self.holds(source) or new is None or self._is_on_disk(new):
            self.refuse("rename")
        if type(self.held.get(new)) is _Folder:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), source, None, target)
        self._add_folders(os.path.dirname(new))
        for path in self._below(old):
            self.held[new + path.removeprefix(old)] = self.held.pop(path)

    replace = rename

    def chmod(self, path: Any, mode: int, **kwargs: Any) -> None:
        content = self.held[self.key(path)]
        content.mode = stat.S_IFMT(content.mode) | mode

    def utime(self, path: Any, times: Any = None, **kwargs: Any) -> None:
        if "ns" in kwargs:
            changed = kwargs["ns"][1] / 1e9
        else:
            changed = times[1] if times else time.time()
        self.held[self.key(path)].changed = changed

    def rmtree(self, path: Any, *args: Any, **kwargs: Any) -> None:
        """Remove like `shutil.rmtree`, which needs descriptors."""
        key = self.key(path)
        if self._has_file(key):
            self.refuse("rmtree")
        for held in self._below(key):
            del self.held[held]
