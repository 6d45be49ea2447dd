"""What is made once and kept between runs, in the user's cache folder, where right answers lie too.

Knows nothing of what they mean.  No result depends on it: a file that is missing, damaged, of another
kit, or that somebody else may have put there is made anew.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import io
import os
import platform
import secrets
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import platformdirs

FILES = 2000  # kept: a few seeds and versions of the kit
KEY = "key"  # the file with this user's own, which every other is signed by
SIGNED = 16  # bytes of a signature


def folder() -> Path | None:
    """Where the files lie, as this system has it; None for a user without a home."""
    with contextlib.suppress(RuntimeError, KeyError):
        path = platformdirs.user_cache_path("autograder", appauthor=False)
        return path if path.is_absolute() else None
    return None


def made_once(name: str, make: Callable[[], dict[str, bytes]]) -> dict[str, bytes]:
    """What `make` gives, from an earlier run of the same kit where there was one."""
    found = kept(name)
    if found is not None:
        return found
    made = make()
    if folder() is not None:
        with contextlib.suppress(OSError, ValueError):
            _write(_path(name), made)
    return made


def kept(name: str) -> dict[str, bytes] | None:
    """What an earlier run of the same kit kept under this name; None where there is nothing to take."""
    if folder() is not None:
        with contextlib.suppress(OSError, ValueError):
            return _read(_path(name))
    return None


def _path(name):
    return folder() / f"{name}-{KIT}.frames"


def has(name: str) -> bool:
    """Whether an earlier run of the same kit kept it."""
    # pathlib's is_file raises where a folder above is closed, as another user's home that HOME still names.
    return folder() is not None and os.path.isfile(_path(name))


def _read(path):
    """Raises ValueError where a byte of it has changed, or it may be another's work."""
    _demand_own(os.stat(path.parent), stat.S_ISDIR)
    data = _own_bytes(path)
    if not secrets.compare_digest(_signature(path, data[SIGNED:]), data[:SIGNED]):
        raise ValueError(f"{path} is damaged")
    with zipfile.ZipFile(io.BytesIO(data[SIGNED:])) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _write(path, made):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in made.items():
            archive.writestr(name, data)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.stat(path.parent).st_uid == os.geteuid():
        os.chmod(path.parent, 0o700)  # an earlier version may have made it
    _demand_own(os.stat(path.parent), stat.S_ISDIR)
    if not os.path.lexists(path.parent / KEY):
        _put(path.parent / KEY, secrets.token_bytes(32))
    _put(path, _signature(path, packed.getvalue()) + packed.getvalue())
    others = [other for other in path.parent.iterdir() if other.name != KEY]
    for other in sorted(others, key=lambda other: other.lstat().st_mtime)[:-FILES]:
        other.unlink(missing_ok=True)


def _put(path, data):
    """Whole or not at all, whoever else writes it."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(data)
            file.close()
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def _signature(path, data):
    """By the user's own key, of a file's content under its name."""
    key = _own_bytes(path.parent / KEY)
    return hashlib.blake2b(path.name.encode() + b"\0" + data, digest_size=SIGNED, key=key[:64]).digest()


def _own_bytes(path):
    """The content of a file that nobody but this user can have made.  Raises ValueError, OSError."""
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        _demand_own(os.fstat(file.fileno()), stat.S_ISREG)
        return file.read()


def _demand_own(status, is_kind):
    if not is_kind(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise ValueError("what lies in the cache is not this user's own")


def sources() -> list[Path]:
    """The kit's own files."""
    return sorted(Path(__file__).parent.rglob("*.py"))


def digest(paths: Iterable[Path], *words: str) -> str:
    """Changes with the content of these files, and with the words."""
    found = hashlib.blake2b("\0".join(words).encode(), digest_size=6)
    for path in paths:
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


@functools.cache
def versions() -> dict[str, str]:
    """The versions of what a result may depend on."""
    return {name: version(name) for name in ("torch", "hypothesis", "numpy")}


def version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _kit():
    return digest(sources(), *versions().values(), platform.python_version())


KIT = _kit()  # of the code that runs: under a process that runs for long, the files may change
