"""The layouts of a class's folder, and the meaning of names in it.

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
    """How the files of a class are named, and so whose each is; see the table in docs/lms.md."""

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
    """A form that is equal for two ids that a system or a person could confuse."""
    folded = unicodedata.normalize("NFKC", id).casefold()
    return unicodedata.normalize("NFKC", folded).casefold()  # what folds may need composing, and the reverse


def called(name: str) -> Owner:
    """The owner of a file or folder that is named after a student; composes letters that macOS splits."""
    return Owner(unicodedata.normalize("NFC", name))


def stem(name: str) -> str:
    """A file's name without its ending, and without what a platform added to it."""
    said = entry(name)
    return PurePath(said.file if said and said.file else name).stem


def without_copy(stem: str) -> str:
    """A file's name without the suffix that a browser, a system or an editor gives to a copy."""
    return COPY.sub("", stem)
