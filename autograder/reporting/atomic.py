"""Files that are complete at any moment: one appears as a whole, or not at all."""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

UNFINISHED = ".unfinished-*.tmp"  # the names of unfinished files


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Yield a file that replaces the old one when the block ends."""
    name = path.parent / UNFINISHED.replace("*", secrets.token_hex(8))
    fd = os.open(
        name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666
    )
    try:
        with open(
            fd, "w", encoding="utf-8", errors="backslashreplace", newline=""
        ) as file:
            yield file
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def write(path: Path, content: str | bytes) -> None:
    """Write it whole.  Raises OSError."""
    with replacing(path) as file:
        if isinstance(content, bytes):
            file.buffer.write(content)
        else:
            file.write(content)


def remove_unfinished(folder: Path) -> None:
    """Remove what a run that was killed left in a folder.  Raises OSError."""
    if not folder.is_symlink():
        for path in folder.glob(UNFINISHED):
            path.unlink(missing_ok=True)


def open_to_append(path: Path) -> BinaryIO:
    """Open a file to append to.  An older one loses the rights that the umask forbids."""
    file = open(path, "a+b")  # noqa: SIM115 - the caller's
    umask = os.umask(0o077)  # there is no other way to read it
    os.umask(umask)
    mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    if mode & umask:
        with contextlib.suppress(OSError):  # it belongs to somebody else
            os.fchmod(file.fileno(), mode & ~umask)
    return file
