"""A folder with a file for each student: what was judged, by what, and how it counted last.

A file is replaced as a whole, so a run that is killed leaves each student as before it or
as after it.  A damaged file is as good as none: its student is graded again.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from autograder.assessment import Decision, Lateness, decisions_from_json
from autograder.reporting import atomic
from autograder.results import Report
from autograder.sentences import reason
from autograder.temporary import Closing
from autograder.untrusted_text import is_whole_name, safe_name

SCHEMA = 1
SUFFIX = ".json"
LOCK = ".lock"
# fields that are JSON as they are
PLAIN = ("key", "run", "problem", "later_failure", "grade", "language")


@dataclass(frozen=True)
class Record:
    """What is kept about one student."""

    report: Report
    # a digest of the content and of everything else that the report depends on; "" for none
    key: str
    # the facts of the run that judged it
    run: dict[str, Any] = field(default_factory=dict)
    late: Lateness | None = None
    problem: str = ""  # why nothing that was judged may count
    # why a later grading failed; the report is of the earlier one
    later_failure: str = ""
    entered: tuple[Decision, ...] = ()  # decisions, as they were last
    grade: float | None = None  # as it was last
    language: str = ""  # of the student's page and text

    @property
    def failure(self) -> str:
        """Why it needs review, without what a person decided; "" if it does not."""
        return self.problem or reason(self.report)

    def to_json(self) -> dict[str, Any]:
        """Return JSON types."""
        tree = {name: getattr(self, name) for name in PLAIN}
        tree["assignment"] = self.report.assignment
        tree["report"] = self.report.to_json()
        tree["late"] = self.late and asdict(self.late)
        tree["decisions"] = [asdict(decision) for decision in self.entered]
        return {"schema": SCHEMA, **tree}

    @classmethod
    def from_json(cls, tree: dict[str, Any]) -> "Record":
        """Return the record that `to_json` gave.  Raises KeyError, TypeError or ValueError."""
        if tree["schema"] != SCHEMA:
            raise ValueError("another schema")
        return cls(
            report=Report.from_json(tree["report"]),
            late=tree["late"] and Lateness(**tree["late"]),
            entered=decisions_from_json(tree["decisions"]),
            **{name: tree[name] for name in PLAIN},
        )


class InUse(Exception):
    """Another process writes into the folder."""


class StudentFiles(Closing):
    """The files of one assignment, which one process writes.  Raises InUse and OSError."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._lock = os.open(folder / LOCK, flags, 0o666)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            self.close()
            raise InUse from None
        except OSError:
            pass  # the file system has no locks, and the instructor must not start two runs
        atomic.remove_unfinished(folder)
        self.find()

    def find(self) -> None:
        """Look which students have a file.  Raises OSError."""
        self._paths: dict[str, Path] = {}  # by id
        self.damaged: list[str] = []  # names of files that cannot be read
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            self._add(path)

    def _add(self, path: Path) -> None:
        if is_whole_name(path.stem):  # then it is the id
            self._paths[path.stem] = path
            return
        record = _read(path)
        if record is None:
            self.damaged.append(path.stem)
        else:
            self._paths[record.report.id] = path

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
        atomic.write(
            path, json.dumps(record.to_json(), ensure_ascii=False) + "\n"
        )
        self._paths[id] = path
        if path.stem in self.damaged:
            self.damaged.remove(path.stem)

    def __iter__(self) -> Iterator[Record]:
        """Yield what is kept about each student, by id, one at a time."""
        for id in self.ids():
            record = self.read(id)
            if record is not None:
                yield record

    def close(self) -> None:
        os.close(self._lock)


def _read(path: Path) -> Record | None:
    try:
        return Record.from_json(json.loads(path.read_bytes()))
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ):
        return None
