"""What platforms have in common: what a file's name says, and what a gradebook looks like."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import NO_PROBLEM, Message
from autograder.platforms.people import ClassTable

NEVER = re.compile("(?!)")


@dataclass(frozen=True)
class Owner:
    """Whose a file or a folder is, as its name says.

    id: the platform's own key.  name: the person's, or "".  file: the student's own name of a
    file, if the platform adds something to it.  Of a student's files and folders with the same
    series, only those of the highest number count, such as the time of an attempt.  problem: why
    the owner is not certain.
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
class Platform:
    """A learning platform: its name in options, how it names files, and its gradebook.

    pattern: where a name may have what the platform adds to it.
    owner: returns whose a file or a folder is, by such a place in its name; None if it is not one.
    submitters: returns name in a folder -> who submitted it, by a file of the platform's beside
    the submissions.
    """

    name: str
    pattern: re.Pattern[str] = NEVER
    owner: Callable[[re.Match[str], bool], Owner | None] = (
        lambda match, folder: None
    )
    submitters: Callable[[Path], dict[str, list[Owner]]] = lambda folder: {}
    # It exports a gradebook file, which `export` fills.
    has_gradebook: bool = True
    # in this file, what a title has besides the assignment's name
    extra: re.Pattern[str] = NEVER
    # entries in place of points, in capitals, which stay; the first excuses a student
    entries: tuple[str, ...] = ()
    # The points that a column says it is worth.
    worth: Callable[[ClassTable, int], float | None] = lambda table, column: (
        None
    )

    def owners_in(self, name: str, is_folder: bool) -> list[Owner]:
        """Return all owners that the name of a file or a folder may have.

        There are several if a student's or a file's name looks like what the platform adds.
        """
        owners = []
        # macOS splits letters from their accents.
        for match in self.pattern.finditer(unicodedata.normalize("NFC", name)):
            if owner := self.owner(match, is_folder):
                owners.append(owner)
        return owners
