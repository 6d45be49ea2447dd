"""What is at a path, and what its name says.  Follows no link: a student may have put it there."""

import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePath

from autograder import courses
from autograder.errors import NO_PROBLEM, Message
from autograder.languages import N_

# Files that a system, an editor or a server leaves in any folder.
SYSTEM = (
    *("__pycache__", "__MACOSX", ".git", ".ipynb_checkpoints", ".pytest_cache"),
    *(".hypothesis", ".venv", ".DS_Store", "Thumbs.db", "desktop.ini"),
    *("$RECYCLE.BIN", "lost+found"),
)
HIDDEN_PREFIXES = (".", "__")
TESTS = ("test_", "conftest", "selfcheck.")
STAMP = "timestamp.txt"  # nbgrader's, in a student's folder
# nbgrader derives the name of a student's feedback from what is in it
SECRET = "submission_secret.txt"
OF_COURSE = (courses.FILE, "nbgrader_config.py", STAMP, SECRET)
# If a student wrote in both, the first counts.
SUFFIXES = (".ipynb", ".py")
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


def is_folder(path: Path) -> bool:
    """Return whether there is a folder, and no link to one; never raises."""
    return os.path.isdir(path) and not os.path.islink(path)


def without_links(path: Path) -> Path:
    """Return an absolute path without links above its end, which may be one."""
    return path.parent.resolve() / path.name


def way_to(path: Path, folder: Path) -> list[Path]:
    """Return the folders between a folder and a path below it, and the path, from above."""
    way = (*reversed(path.parents), path)
    return [place for place in way if folder in place.parents]


def a_link(name: str) -> Message:
    """Return the sentence about a link in place of a file or a folder."""
    return Message(LINK, {"name": name})


def why_unreadable(folder: Path) -> Message:
    """Return why a folder cannot be listed or entered; an empty message if it can, or is none."""
    if is_folder(folder):
        try:
            # Some folders can be listed but not entered.
            next(folder.iterdir(), folder).lstat()
        except OSError as error:
            values = {"name": f"{folder.name}/", "why": error.strerror}
            return Message(CANNOT_BE_READ, values)
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
    # macOS adds these to a zip.
    return name in SYSTEM or name.startswith("._")


def is_ignored(path: Path) -> bool:
    """Return whether its name shows that nobody submitted it."""
    if is_folder(path):
        return path.name.startswith(HIDDEN_PREFIXES)
    return is_ignored_name(path.name)


def is_ignored_name(name: str) -> bool:
    """Return whether it is the name of a test, of settings or of a hidden file."""
    return name.startswith((*HIDDEN_PREFIXES, *TESTS)) or name in OF_COURSE


def split_name(name: str) -> tuple[str, str]:
    """Return a file name's stem and lowercase ending, without what a browser added.

    A backup of a program has the program's stem, so both are of one student.

    >>> split_name("ana.ipynb.txt"), split_name("ana.py.bak")
    (('ana', '.ipynb'), ('ana', '.bak'))
    """
    # macOS splits letters from their accents.
    path = PurePath(unicodedata.normalize("NFC", name))
    suffix = path.suffix.lower()
    inner = PurePath(path.stem)
    inner_suffix = inner.suffix.lower()
    if inner_suffix not in SUFFIXES:
        return path.stem, suffix
    if suffix in SAVED:
        suffix = inner_suffix
    return inner.stem, suffix


def is_program(name: str) -> bool:
    """Return whether it is the name of a notebook or a Python file."""
    return split_name(name)[1] in SUFFIXES


def own_stem(name: str) -> str:
    """Return a file's name without its ending, and without what a platform added to it."""
    # Judges read no such names.
    from autograder.platforms import PLATFORMS

    owners = []
    for platform in PLATFORMS.values():
        owners += platform.owners_in(name, False)
    if len(owners) == 1:
        name = owners[0].file
    return split_name(name)[0]


def without_copy(stem: str) -> str:
    """Return a file's stem without what a browser or a system adds to the name of a copy.

    >>> without_copy("ana (1)"), without_copy("Copy of ana")
    ('ana', 'ana')
    """
    return COPY.sub("", stem)
