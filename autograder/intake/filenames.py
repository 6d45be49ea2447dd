"""What a file's name says: its ending, the assignment that it names, and whose copy it is."""

import re
import unicodedata
from pathlib import PurePath

from autograder.platforms import READERS

SUFFIXES = (".ipynb", ".py")  # if a student wrote in both, the first counts
PACKED = (".zip", ".rar", ".7z", ".gz", ".tgz", ".tar")
SAVED = (".txt", ".json")  # what a browser adds to the name of a notebook or a program that it saves
COPY = re.compile(r"(?i)^copy of |(?: - copy| copy|-copy) ?\d*(?: \(\d+\))?$| ?\(\d+\)$|(?<=^untitled)\d+$")


def split(name: str) -> tuple[str, str]:
    """Return the stem and the lowercase ending, without what a browser added: x.ipynb.txt has .ipynb."""
    path = PurePath(unicodedata.normalize("NFC", name))  # macOS splits letters
    inner = PurePath(path.stem)
    if path.suffix.lower() in SAVED and inner.suffix.lower() in SUFFIXES:
        path = inner
    is_double = path.suffix.lower() == ".gz" and inner.suffix.lower() == ".tar"
    return inner.stem if is_double else path.stem, path.suffix.lower()


def is_program(name: str) -> bool:
    """Return whether it is the name of a notebook or a Python file."""
    return split(name)[1] in SUFFIXES


def can_be_submission(name: str) -> bool:
    """Return whether it is the name of a notebook, a Python file, or an archive that may hold one."""
    return split(name)[1] in (*SUFFIXES, *PACKED)


def own_stem(name: str) -> str:
    """Return a file's name without its ending, and without what a platform added to it."""
    files = [claim.file for read in READERS.values() for claim in read(name, False)]
    return split(files[0] if len(files) == 1 and files[0] else name)[0]


def without_copy(stem: str) -> str:
    """Return a file's name without the suffix that a browser, a system or an editor gives to a copy."""
    return COPY.sub("", stem)
