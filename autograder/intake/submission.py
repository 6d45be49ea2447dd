"""Reads a submission's text from its file, and only decodes it.  Runs and parses no statement."""

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from autograder.errors import NO_PROBLEM, Message, Unread
from autograder.intake.places import (
    CANNOT_BE_READ,
    LINK,
    split_name,
    without_links,
)
from autograder.languages import N_
from autograder.reading.notebooks import cells_of
from autograder.untrusted_text import decoded

# bytes; a notebook with pictures in its outputs has 1-5 MB
MAX_FILE = 20 << 20
NO_FILE = N_("{path} is a link, a folder or a device. Submit the file itself.")
IS_NO_FILE = (errno.ELOOP, errno.ENXIO, errno.EISDIR)
# the start of a web page that a browser saved instead of a file
WEB_PAGES = ("<!doctype html", "<html")


@dataclass(frozen=True)
class Submission:
    """A submission's text."""

    id: str
    file: str  # its name, as people see it
    text: str = ""
    suffix: str = ".py"
    problem: Message = NO_PROBLEM  # why there is no text
    # what an instructor should know
    flags: tuple[Message, ...] = ()
    name: str = ""  # of the person, where the platform says it
    # It is no zero: an unreadable file may be right.
    needs_review: bool = False
    content: str = ""  # a digest of the file as it was submitted


@dataclass(frozen=True)
class SubmittedFile:
    """The file of a submission; fields that it shares with Submission mean the same.

    path: absolute and without links.  A link on it since then may lead to another's work.
    """

    id: str
    path: Path
    file: str
    flags: tuple[Message, ...] = ()
    problem: Message = NO_PROBLEM
    needs_review: bool = False
    name: str = ""
    # the platform says so; else nobody knows
    is_late: bool = False
    # file -> its name, of all files that an instructor may choose
    choices: Mapping[Path, str] = field(default_factory=dict, compare=False)

    @property
    def is_nothing(self) -> bool:
        """Return whether the student submitted nothing; a file elsewhere counts then."""
        return bool(self.problem) and not self.needs_review

    @property
    def content(self) -> str:
        """A digest of the file, or of all files to choose from; "" without a file."""
        if not os.path.lexists(self.path):
            return ""
        paths = [self.path]
        if self.problem and self.choices:
            paths = sorted(self.choices, key=self.choices.__getitem__)
        digest = hashlib.blake2b(digest_size=8)
        for path in paths:
            digest.update(_content_of(path))
        return digest.hexdigest()

    def decided(self, decide: Callable[[str, Sequence[str], str], str]) -> Self:
        """Return the file that the instructor chose.

        decide: takes an id, names, and the digest of these files; returns one of the names or "".
        """
        names = [*self.choices.values()]
        name = decide(self.id, names, self.content)
        for path, choice in self.choices.items():
            if choice == name:
                return replace(
                    self,
                    path=path,
                    file=name,
                    problem=NO_PROBLEM,
                    needs_review=False,
                )
        return self

    def open(self) -> Submission:
        """Read its text, or say why there is none."""
        problem = self.problem
        needs_review = self.needs_review
        suffix = split_name(self.path.name)[1]
        flags = self.flags
        text = ""
        if not problem:
            try:
                text = self._text()
                if not text:
                    problem = Message("The file is empty.")
            except Unread as error:
                problem = error.message
                needs_review = True
        if suffix_of(text, suffix) != suffix:
            suffix = ".ipynb"
            flags += (Message("a notebook, although its name ends with .py"),)
        return Submission(
            id=self.id,
            file=self.file,
            text=text,
            suffix=suffix,
            problem=problem,
            flags=flags,
            name=self.name,
            needs_review=needs_review,
            content=self.content,
        )

    def _text(self) -> str:
        folder = self.path.parent
        if os.path.realpath(folder) != str(folder):
            raise Unread(LINK, name=folder.name)
        return text_of(self.path)


def open_submission(path: Path, id: str) -> Submission:
    """Return the submission in a file, or why there is none."""
    return SubmittedFile(id, without_links(path), path.name).open()


def suffix_of(text: str, suffix: str) -> str:
    """Return the suffix to read a file by: .ipynb for a `.py` that contains a notebook."""
    if suffix == ".py" and text.lstrip("\ufeff \t\r\n").startswith("{"):
        with contextlib.suppress(Unread):
            cells_of(text)
            return ".ipynb"
    return suffix


def text_of(path: Path) -> str:
    """Return a file's text, in any of students' encodings; "" if it has only blanks.

    Raises Unread, also for a link or a pipe.
    """
    data, size = _read(path)
    if size > MAX_FILE:
        problem = too_large(size)
        raise Unread(problem.text, **problem.values)
    if not data.strip():
        return ""
    text, _ = decoded(data)
    if "\0" in text:
        raise Unread(
            "The file is not text. Submit a notebook (.ipynb) or a Python file (.py)."
        )
    if text.lstrip()[:20].lower().startswith(WEB_PAGES):
        raise Unread(
            "The file is a web page, such as a login page. Download the file itself again."
        )
    return text


def too_large(size: int) -> Message:
    """Return the sentence about a file with too many bytes."""
    return Message(
        "The file has {size} MB, and the limit is {limit} MB. Clear its outputs first.",
        {"size": size >> 20, "limit": MAX_FILE >> 20},
    )


def _content_of(path: Path) -> bytes:
    """Return what was submitted there: a file's bytes and size, or why it cannot be read."""
    try:
        data, size = _read(path)
    except Unread as error:
        return str(error).encode()
    return data + str(size).encode()


def _read(path: Path) -> tuple[bytes, int]:
    """Return at most MAX_FILE bytes of a file, and its size.  Raises Unread."""
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            status = os.fstat(file.fileno())
            if stat.S_ISREG(status.st_mode):
                return file.read(MAX_FILE), status.st_size
    except OSError as error:
        if error.errno not in IS_NO_FILE:
            reason = error.strerror
            raise Unread(CANNOT_BE_READ, name=path.name, why=reason) from None
    raise Unread(NO_FILE, path=path.name)


def _without_waiting(path: str, flags: int) -> int:
    """Open a file, but follow no link, and wait for no pipe.  Raises OSError."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
