"""What platforms have in common: what a file's name says, and what a gradebook looks like."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import NO_PROBLEM, Message
from autograder.platforms.people import ClassTable


@dataclass(frozen=True)
class Owner:
    """Whose a file or a folder is, as its name says.

    id: the platform's own key.  name: the person's, or "".  file: the student's own name of a
    file, if the platform adds something to it.  Of a student's files with the same series, only
    those of the highest number count.  problem: why the owner is not certain.
    """

    id: str
    name: str = ""
    file: str = ""
    series: str = ""
    number: int = 0
    is_late: bool = False  # the name says so; else nobody knows
    flags: tuple[Message, ...] = ()
    problem: Message = NO_PROBLEM


def named_after(name: str) -> Owner:
    """Return the owner of what is named after a student; composes letters that macOS splits."""
    return Owner(unicodedata.normalize("NFC", name))


@dataclass(frozen=True)
class Gradebook:
    """The format of a gradebook file."""

    # what a title has besides the assignment's name
    added: re.Pattern[str] = re.compile(r"$^")
    # entries in place of points, which stay; the first excuses a student
    kept: tuple[str, ...] = ()
    # The points that a column says it is worth.
    worth: Callable[[ClassTable, int], float | None] = lambda table, column: (
        None
    )


def no_submitters(folder: Path) -> dict[str, tuple[Owner, ...]]:
    """Return that no file in the folder says whose the others are."""
    return {}


@dataclass(frozen=True)
class Platform:
    """A learning platform: its name in options, how it names files, and its gradebook.

    read: returns all readings of a name, given whether it is a folder's.  There are several if a
    student's or a file's name looks like what the platform adds.
    submitters: returns name in a folder -> who submitted it, by a file of the platform's beside
    the submissions.
    """

    name: str
    read: Callable[[str, bool], list[Owner]]
    gradebook: Gradebook | None = None
    submitters: Callable[[Path], dict[str, tuple[Owner, ...]]] = no_submitters
