"""What is at a path, and what its name says.  Follows no link: a student may have put it there."""

import enum
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePath

from autograder import courses
from autograder.errors import NO_PROBLEM, KitError, Message
from autograder.languages import N_
from autograder.platforms import PLATFORMS

# Files that a system, an editor or a server leaves in any folder.
SYSTEM = (
    *("__pycache__", "__MACOSX", ".git", ".ipynb_checkpoints", ".pytest_cache"),
    *(".hypothesis", ".venv", ".DS_Store", "Thumbs.db", "desktop.ini"),
    *("$RECYCLE.BIN", "lost+found"),
)
SETTINGS = (courses.FILE, "nbgrader_config.py")  # of a course
STAMP = "timestamp.txt"  # nbgrader's, in a student's folder
# nbgrader derives the name of a student's feedback from what is in it
SECRET = "submission_secret.txt"
SUFFIXES = (".ipynb", ".py")  # if a student wrote in both, the first counts
# what a browser adds to the name of a notebook or a program that it saves
SAVED = (".txt", ".json")
COPY = re.compile(
    r"(?i)^copy of |(?: - copy| copy|-copy) ?\d*(?: \(\d+\))?$| ?\(\d+\)$|(?<=^untitled)\d+$"
)
# of folders beside a notebook: thousands of nested ones would end the program
MAX_LEVELS = 40
LINK = N_("{name} is a link. Submit the file itself.")
CANNOT_BE_READ = N_(
    "Cannot read {name} ({why}). Make it readable, or submit it again."
)


class WrongPath(KitError):
    """A path without submissions, or a .zip that cannot be used; says what is expected."""


class NothingFound(WrongPath):
    """No submission of an assignment lies there."""


class Kind(enum.Enum):
    """What is there.

    OTHER is a pipe, a device or a socket; UNSEEN is in a folder that cannot be opened.
    """

    NOTHING, FILE, FOLDER, LINK, OTHER, UNSEEN = range(6)


KINDS = {
    stat.S_IFREG: Kind.FILE,
    stat.S_IFDIR: Kind.FOLDER,
    stat.S_IFLNK: Kind.LINK,
}


def kind(path: Path | str) -> Kind:
    """Return what is at a path; never raises."""
    try:
        mode = os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return Kind.NOTHING
    except OSError:
        return Kind.UNSEEN
    return KINDS.get(stat.S_IFMT(mode), Kind.OTHER)


def link_below(folder: Path, path: Path) -> str:
    """Return the first link on the way from a folder to a path below it, or "".

    The files behind it may be anybody's.
    """
    for place in way_to(path, folder):
        if kind(place) is Kind.LINK:
            return place.relative_to(folder).as_posix()
    return ""


def way_to(path: Path, folder: Path) -> list[Path]:
    """Return the folders between a folder and a path below it, and the path, from above."""
    way = (*reversed(path.parents), path)
    return [place for place in way if folder in place.parents]


def a_link(name: str) -> Message:
    """Return the sentence about a link in place of a file or a folder."""
    return Message(LINK, {"name": name})


def why_unreadable(path: Path) -> Message:
    """Return why a file or a folder cannot be read; an empty message if it can."""
    name = path.name
    try:
        if kind(path) is Kind.FOLDER:
            name += "/"
            # some folders can be listed but not entered
            next(path.iterdir(), path).lstat()
        elif kind(path) in (Kind.FILE, Kind.UNSEEN):
            os.close(os.open(path, os.O_RDONLY))
    except OSError as error:
        return Message(CANNOT_BE_READ, {"name": name, "why": error.strerror})
    return NO_PROBLEM


def children_of(folder: Path) -> list[Path]:
    """Return the paths in a folder, sorted; none if it cannot be read."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def walk(folder: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Yield what os.walk does of a folder, down to MAX_LEVELS; follows no link."""
    above = len(folder.parts)
    for place, folders, files in os.walk(folder):
        if len(Path(place).parts) - above >= MAX_LEVELS:
            folders.clear()
        yield Path(place), folders, files


def is_system(name: str) -> bool:
    """Return whether a system creates files of this name."""
    return name in SYSTEM or name.startswith("._")  # as macOS adds to a zip


def is_odd(path: Path) -> bool:
    """Return whether its name shows that nobody submitted it."""
    if path.name.startswith((".", "__")):
        return True
    if kind(path) is Kind.FOLDER:
        return False
    is_test = path.name.startswith(("test_", "conftest", "selfcheck."))
    return is_test or path.name in (*SETTINGS, STAMP, SECRET)


def split_name(name: str) -> tuple[str, str]:
    """Return a file name's stem and lowercase ending, without what a browser added.

    >>> split_name("ana.ipynb.txt")
    ('ana', '.ipynb')
    """
    path = PurePath(unicodedata.normalize("NFC", name))  # macOS splits letters
    inner = PurePath(path.stem)
    if path.suffix.lower() in SAVED and inner.suffix.lower() in SUFFIXES:
        path = inner
    return path.stem, path.suffix.lower()


def is_program(name: str) -> bool:
    """Return whether it is the name of a notebook or a Python file."""
    return split_name(name)[1] in SUFFIXES


def own_stem(name: str) -> str:
    """Return a file's name without its ending, and without what a platform added to it."""
    claims = []
    for platform in PLATFORMS.values():
        claims += platform.read(name, False)
    if len(claims) == 1 and claims[0].file:
        name = claims[0].file
    return split_name(name)[0]


def student_of(name: str) -> str:
    """Return the student after whom a file is named.

    >>> student_of("ana.ipynb"), student_of("ana.pdf"), student_of("ana.ipynb.bak")
    ('ana', 'ana', 'ana')
    """
    stem = split_name(name)[0]
    return split_name(stem)[0] if is_program(stem) else stem


def without_copy(stem: str) -> str:
    """Return a file's stem without what a browser or a system adds to the name of a copy.

    >>> without_copy("ana (1)"), without_copy("Copy of ana")
    ('ana', 'ana')
    """
    return COPY.sub("", stem)
