"""Files that are complete at any moment: one appears as a whole, or not at all."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from errno import EISDIR
from pathlib import Path
from typing import TextIO

UNFINISHED = ".unfinished-*.tmp"  # the names of unfinished files


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Yield a file that replaces the old one when the block ends.  Raises OSError."""
    if not path.name:  # such as ".", which is a folder
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))
    unfinished = path.with_name(UNFINISHED.replace("*", secrets.token_hex(8)))
    try:
        with open(
            unfinished,
            "x",
            encoding="utf-8",
            errors="backslashreplace",
            newline="",
        ) as file:
            yield file
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
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
    for path in folder.glob(UNFINISHED):
        path.unlink(missing_ok=True)
