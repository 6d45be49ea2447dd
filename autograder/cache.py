"""A cache between runs, in the user's cache folder, for what takes long to make.

A name contains a digest of everything that the content depends on.  No result depends on
the cache: what is missing or damaged, or could be another user's, is made again.
"""

import contextlib
import functools
import hashlib
import importlib.metadata
import os
import platform
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import platformdirs

from autograder import atomic, courses

# after which what was not made again is of an earlier seed or version of the kit
MAX_AGE = 90 * 86_400  # seconds


def folder() -> Path | None:
    """Return the folder of its files, as this system has it; None for a user without a home."""
    with contextlib.suppress(RuntimeError, KeyError):
        path = platformdirs.user_cache_path("autograder", appauthor=False)
        if path.is_absolute():
            return path
        return None
    return None


def get_or_create(
    name: str, make: Callable[[], dict[str, bytes]]
) -> dict[str, bytes]:
    """Return what `make` does, or did in an earlier run of the same kit, with the same course."""
    name = f"{name}-{_course(courses.root())}"
    content = read(name)
    if content is None:
        content = make()
        write(name, content)
    return content


def read(name: str) -> dict[str, bytes] | None:
    """Return what was written under this name, whatever the course; None if it cannot be read."""
    # A damaged file makes zipfile raise many kinds.
    with contextlib.suppress(Exception), zipfile.ZipFile(_path(name)) as file:
        return {entry: file.read(entry) for entry in file.namelist()}
    return None


def write(name: str, content: dict[str, bytes]) -> None:
    """Keep this under a name, if the cache can be written."""
    with contextlib.suppress(OSError):
        path = _path(name)
        with (
            atomic.replacing(path) as file,
            zipfile.ZipFile(file.buffer, "w") as archive,
        ):
            for entry, data in content.items():
                archive.writestr(entry, data)
        for sibling in path.parent.iterdir():
            if sibling.lstat().st_mtime < time.time() - MAX_AGE:
                sibling.unlink(missing_ok=True)


def _path(name: str) -> Path:
    """Return where this is kept, in a folder of this user's own.  Raises OSError.

    Raises PermissionError if another user could write the folder, or read it: it contains answers.
    """
    place = folder()
    if place is None:
        raise FileNotFoundError("no cache folder")
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = place.stat()
    if status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise PermissionError(f"{place} is not this user's own")
    return place / f"{name}-{KIT}.zip"


def sources() -> list[Path]:
    """Return the modules of the kit."""
    return sorted(Path(__file__).parent.rglob("*.py"))


def digest(paths: Iterable[Path], *words: str) -> str:
    """Return a digest of the content of these files, and of the words."""
    text = "\0".join(words).encode("utf-8", "surrogatepass")
    hashed = hashlib.blake2b(text, digest_size=8)
    for path in paths:
        hashed.update(path.name.encode() + b"\0" + path.read_bytes())
    return hashed.hexdigest()


@functools.cache
def versions() -> dict[str, str]:
    """Return the versions of what a result may depend on."""
    return {name: version(name) for name in ("torch", "hypothesis", "numpy")}


def version(package: str) -> str:
    """Return the version of an installed package; "unknown" for any other."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


@functools.cache
def _course(root: Path | None) -> str:
    """Return a digest of a course's own exercises, with everything that they import."""
    return digest(courses.sources())


def _kit() -> str:
    return digest(sources(), *versions().values(), platform.python_version())


# Read once, for the code that runs: the files can change while a long process runs.
KIT = _kit()
