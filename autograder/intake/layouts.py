"""Which layouts there are of a class's folder, and what names in it say.

Reads no submission.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Mapping
from pathlib import PurePath

from autograder.errors import N_
from autograder.platforms import PLATFORMS, entry
from autograder.platforms.platform import Owner, Platform

COPY = re.compile(r"(?i)^copy of |(?: - copy| copy|-copy) ?\d*(?: \(\d+\))?$| ?\(\d+\)$|(?<=^untitled)\d+$")


class Layout(enum.StrEnum):
    """How the files of a class are named, and so whose each is; README's table of what can be submitted."""

    MOODLE = "moodle"
    CANVAS = "canvas"
    GRADESCOPE = "gradescope"
    NBGRADER = "nbgrader"
    FOLDERS = "folders"  # a folder for each student, or a file
    FILES = "files"


PLATFORM_OF: Mapping[Layout, Platform] = {Layout(platform.name): platform for platform in PLATFORMS}
# In words, of the first {name} of a class.
MEANINGS: Mapping[Layout, str] = {
    Layout.MOODLE: N_("Moodle named the files"),
    Layout.CANVAS: N_("Canvas named the files"),
    Layout.GRADESCOPE: N_("Gradescope named the files"),
    Layout.NBGRADER: N_("a course with its students in submitted/"),
    Layout.FOLDERS: N_("{name} is a student"),
    Layout.FILES: N_("each file is named after a student"),
}


def as_taken(id: str) -> str:
    """The same for two ids of which some system, or some person, takes one for the other."""
    folded = unicodedata.normalize("NFKC", id).casefold()
    return unicodedata.normalize("NFKC", folded).casefold()  # what folds may need composing, and the reverse


def called(name: str) -> Owner:
    """Whose a file or a folder is that a student's own name stands on; macOS takes letters apart in it."""
    return Owner(unicodedata.normalize("NFC", name))


def stem(name: str) -> str:
    """A file's name without its ending, and without what a platform put before or behind it."""
    said = entry(name)
    return PurePath(said.file if said and said.file else name).stem


def without_copy(stem: str) -> str:
    """A file's name without what a browser, a system or an editor adds to that of a copy."""
    return COPY.sub("", stem)
