"""A folder with a file for each student: what was judged, by what, and how it counted last.

A file is replaced as a whole, so a run that is killed leaves each student as before it or
as after it.  A damaged file is as good as none: its student is graded again.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder import atomic
from autograder.assessment import Assessment
from autograder.data import bytes_of, from_json
from autograder.errors import KitError
from autograder.results import Report
from autograder.temporary import Closing
from autograder.untrusted_text import is_whole_name, safe_name

SUFFIX = ".json"
LOCK = ".lock"


@dataclass(frozen=True)
class Record:
    """What is kept about one student."""

    # as it counted last, and so what the student's page shows
    assessment: Assessment
    # a digest of the content and of everything else that the report depends on; "" for none
    key: str
    # the facts of the run that judged it
    run: dict[str, Any] = field(default_factory=dict)
    language: str = ""  # of the student's page and text

    @property
    def report(self) -> Report:
        return self.assessment.report

    @property
    def failure(self) -> str:
        """Why it needs review, without what a person decided; "" if it does not."""
        return replace(self.assessment, entered=()).reason


class StudentFiles(Closing):
    """The files of one assignment, which one process writes.

    Raises KitError if another one does, and OSError.
    """

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = os.open(
            folder / LOCK,
            os.O_RDWR | os.O_CREAT,
            0o666,
        )
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            self.close()
            raise KitError(
                "Another run is writing to {folder}. Wait until it ends.",
                folder=folder.parent,
            ) from None
        except OSError:
            # The file system has no locks, so the instructor must not start two runs.
            pass
        atomic.remove_unfinished(folder)
        self.find()

    def find(self) -> None:
        """Look which students have a file.  Raises OSError."""
        self._paths: dict[str, Path] = {}  # by id
        # names of files that cannot be read
        self.damaged: list[str] = []
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            # Such a name is the id itself.
            if is_whole_name(path.stem):
                self._paths[path.stem] = path
            elif record := _read(path):
                self._paths[record.report.id] = path
            else:
                self.damaged.append(path.stem)

    def ids(self) -> list[str]:
        """Return the ids of all students with a file."""
        return sorted(self._paths)

    def read(self, id: str) -> Record | None:
        """Return what is kept about a student; None if nothing is, or if it is damaged."""
        path = self._paths.get(id)
        if path is None:
            return None
        record = _read(path)
        if record is None or record.report.id != id:
            self.damaged.append(path.stem)
            del self._paths[id]
            return None
        return record

    def write(self, record: Record) -> None:
        """Replace a student's file.  Raises OSError; then the earlier one stays."""
        id = record.report.id
        path = self._folder / (safe_name(id) + SUFFIX)
        tree = asdict(record)
        del tree["assessment"]["report"]["log"]
        atomic.write(path, json.dumps(tree, ensure_ascii=False) + "\n")
        self._paths[id] = path
        if path.stem in self.damaged:
            self.damaged.remove(path.stem)

    def __iter__(self) -> Iterator[Record]:
        """Yield what is kept about each student, by id, one at a time."""
        yield from filter(None, map(self.read, self.ids()))

    def close(self) -> None:
        os.close(self._lock)


def _read(path: Path) -> Record | None:
    # a damaged file raises many kinds
    with contextlib.suppress(Exception):
        record: Record = from_json(Record, json.loads(bytes_of(path)))
        return record
    return None
