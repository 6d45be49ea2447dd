"""What lasts for one block: objects that close, and folders."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self


class Closing:
    """Closes itself at the end of a `with` block."""

    def close(self) -> object: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder for this block."""
    # tempfile.TemporaryDirectory would also remove it when a forked process ends
    folder = tempfile.mkdtemp(prefix="autograder-run-")
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
