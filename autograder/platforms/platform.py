"""A platform as data: how to read its names, and how to fill its gradebook."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

Row = Mapping[str, str]  # a line of a table: title in small letters -> cell without blanks around it


class Target(enum.StrEnum):
    """Where points go."""

    CANVAS = "canvas"
    MOODLE = "moodle"


class Unread(enum.StrEnum):
    """What to do with a score while an answer is not read yet."""

    ZERO = "zero"
    LEAVE = "leave"


@dataclass(frozen=True)
class Owner:
    """The owner of a submission.  id: the platform's own key.  name: the person's, or ""."""

    id: str
    name: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One reading of the name of a file or a folder.

    owners: several for a group's submission.  file: the student's own name of it, "" for a folder.
    number: a higher one is newer.  is_text: it was typed into the platform, and is not a file.
    """

    owners: tuple[Owner, ...]
    file: str = ""
    number: int = 0
    is_text: bool = False


Read = Callable[[str, bool], list[Entry]]


@dataclass(frozen=True)
class Names:
    """The names in one folder.

    read: returns all readings of a name, given whether it is a folder's; there are several if a student's or
    a file's name looks like what the platform adds.  expected: names that should be there -> owner.
    """

    read: Read
    expected: Mapping[str, tuple[Owner, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Gradebook:
    """The format of a gradebook file; column titles are in lowercase.

    keys: columns with a person's ids, login and e-mail.  names: columns with a person's name, in one of two
    forms.  expected: the columns that an instructor must export, in words.  required: columns that every
    such file has.  title: the assignment's name in a column's title.  column: for a file of a single
    assignment, the title of its points.  worth: the points of a column.  is_person: whether a row is a
    student's.  key: the id in a cell.  kept: entries of an instructor in place of points, which stay.
    excused: the entry for a student who needs no grade; "" leaves the cell.  sections: columns with a part of
    the class, or with the grader.
    """

    keys: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    expected: str
    title: Callable[[str], str]
    worth: Callable[[Sequence[Row], str], float | None]
    column: Callable[[Set[str]], str] = lambda titles: ""
    is_person: Callable[[Row], bool] = lambda row: True
    key: Callable[[str, str], str] = lambda title, cell: cell
    required: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    excused: str = ""
    sections: tuple[str, ...] = ()


@dataclass(frozen=True)
class Platform:
    """names: reads the names in a folder.  metadata: a file there with the owners, or "".

    gradebook: None if points go back in another way.
    """

    name: str
    names: Callable[[Path], Names]
    metadata: str = ""
    gradebook: Gradebook | None = None
