"""What a platform is: one value, of how its names are read and how its gradebook is filled."""

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
    """What becomes of a score without an answer that nobody has read."""

    ZERO = "zero"
    LEAVE = "leave"


@dataclass(frozen=True)
class Owner:
    """Whose a submission is.  id: the platform's own key.  name: a person's, "" where unknown."""

    id: str
    name: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One reading of the name of a file or a folder.

    owners: several where a group submitted it.  file: its name as the student gave it, "" for a folder.
    number: the higher, the newer.  is_text: it was typed into the platform, and is no file.
    """

    owners: tuple[Owner, ...]
    file: str = ""
    number: int = 0
    is_text: bool = False


Read = Callable[[str, bool], list[Entry]]


@dataclass(frozen=True)
class Names:
    """The names in one folder.

    read: all readings of a name, and whether it is a folder's; several where a student's own name, or that
    of their file, looks like what the platform adds.  expected: names that should be there -> whose.
    """

    read: Read
    expected: Mapping[str, tuple[Owner, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Gradebook:
    """A gradebook's file, of which titles of columns stand in small letters.

    keys: columns with a person's ids, login and e-mail.  names: columns with a person's name, one form or
    the other.  expected: those that an instructor must have exported, in words.  required: those without
    which the file is another.  title: the assignment's name in a column's title.  column: of all titles,
    the one of the points in a file of a single assignment.  worth: what a column is worth.  is_person:
    whether a row is a student's.  key: the id in a title's cell.  kept: what an instructor wrote in place
    of points, which stays.  excused: what stands there of somebody who needs no grade; "" leaves the cell.
    sections: columns with a part of the class, or whose it is to grade.
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
    """names: those in a folder.  metadata: a file beside them that says whose they are, "" for none.

    gradebook: None where points go back by another way.
    """

    name: str
    names: Callable[[Path], Names]
    metadata: str = ""
    gradebook: Gradebook | None = None
