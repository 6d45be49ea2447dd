"""A file that appears whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

PREFIX, SUFFIX = ".unfinished-", ".tmp"  # of files that are being written
UNFINISHED = f"{PREFIX}*{SUFFIX}"


@contextlib.contextmanager
def replacing(path: Path, binary: bool = False) -> Iterator[IO]:
    """A file to write, which takes its place when all is written; who may read it, the umask says.

    Raises OSError.
    """
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
