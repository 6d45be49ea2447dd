"""Reads a submission's text from its file, and only decodes it.  Runs and parses no statement."""

import codecs
import contextlib
import errno
import hashlib
import os
import stat
import tokenize
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Self

from autograder.errors import NO_PROBLEM, KitError, Message, NotANotebook
from autograder.intake.places import (
    CANNOT_BE_READ,
    LINK,
    link_below,
    split_name,
)
from autograder.languages import N_
from autograder.reading.notebooks import cells_of

MAX_FILE = 20 << 20  # bytes; a notebook with pictures in its outputs has 1-5 MB
# Encodings that a file may declare: others, such as punycode, take time quadratic in its size.
ENCODINGS = (
    *("utf-8", "ascii", "gb", "big5", "cp", "iso8859"),
    *("euc_", "shift_jis", "koi8", "mac", "hz"),
)
TOO_LARGE = N_(
    "The file has {size}, and the limit is {limit}. Clear its outputs first."
)
NO_FILE = N_("{path} is a link, a folder or a device. Submit the file itself.")
IS_NO_FILE = (errno.ELOOP, errno.ENXIO, errno.EISDIR)
NO_WAITING = os.O_NOFOLLOW | os.O_NONBLOCK
A_NOTEBOOK = N_("a notebook, although its name ends with .py")
# the start of a web page that a browser saved instead of a file
WEB_PAGES = ("<!doctype html", "<html")


class Unreadable(KitError):
    """The file contains no readable submission; the sentence says why, and what to do."""

    needs_review = True  # it may be right, so it is not a zero


class EmptyFile(Unreadable):
    """Nothing was submitted."""

    needs_review = False


@dataclass(frozen=True)
class Submission:
    """A submission's text."""

    id: str
    file: str  # its name, as people see it
    text: str = ""
    suffix: str = ".py"
    problem: Message = NO_PROBLEM  # why there is no text
    flags: tuple[Message, ...] = ()  # what an instructor should know
    name: str = ""  # of the person, where the platform says it
    # It is no zero: an unreadable file may be right.
    needs_review: bool = False
    content: str = ""  # a digest of the file as it was submitted


@dataclass(frozen=True)
class SubmittedFile:
    """The file of a submission; fields that it shares with Submission mean the same."""

    id: str
    path: Path
    file: str
    flags: tuple[Message, ...] = ()
    problem: Message = NO_PROBLEM
    needs_review: bool = False
    name: str = ""
    is_late: bool = False  # the platform says so; else nobody knows
    # The folder that a person named.  No link below it is followed; without a root, the file
    # itself must be no link.
    root: Path | None = None
    # name -> file and its root, of all files that an instructor may choose
    rivals: Mapping[str, tuple[Path, Path | None]] = field(
        default_factory=dict, compare=False
    )

    @property
    def is_nothing(self) -> bool:
        """Return whether the student submitted nothing, which is no rival of a file elsewhere."""
        return bool(self.problem) and not self.needs_review

    @property
    def content(self) -> str:
        """A digest of the file, or of all files to choose from; "" without a file."""
        if not os.path.lexists(self.path):
            return ""
        paths = [self.path]
        if self.problem and self.rivals:
            paths = sorted(path for path, _ in self.rivals.values())
        digest = hashlib.blake2b(digest_size=8)
        for path in paths:
            digest.update(_content_of(path))
        return digest.hexdigest()

    def decided(self, choice: Callable[[str, Sequence[str], str], str]) -> Self:
        """Return the file that the instructor chose.

        choice: takes an id, names, and the digest of these files; returns one of the names or "".
        """
        name = choice(self.id, list(self.rivals), self.content)
        if not name:
            return self
        path, root = self.rivals[name]
        chosen = replace(self, path=path, root=root, file=name)
        return replace(chosen, problem=NO_PROBLEM, needs_review=False)

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
            except Unreadable as error:
                problem = error.message
                needs_review = error.needs_review
        if suffix_of(text, suffix) != suffix:
            suffix = suffix_of(text, suffix)
            flags += (Message(A_NOTEBOOK),)
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
        if self.root is not None and (
            link := link_below(self.root, self.path.parent)
        ):
            raise Unreadable(LINK, name=link)
        return text_of(self.path)


def open_submission(path: Path, id: str) -> Submission:
    """Return the submission in a file, or why there is none."""
    return SubmittedFile(id, path, path.name).open()


def suffix_of(text: str, suffix: str) -> str:
    """Return the suffix to read a file by: .ipynb for a `.py` that contains a notebook."""
    if suffix == ".py" and text.lstrip("\ufeff \t\r\n").startswith("{"):
        with contextlib.suppress(NotANotebook):
            cells_of(text)
            return ".ipynb"
    return suffix


def text_of(path: Path) -> str:
    """Return a file's text, in any of students' encodings.

    Raises Unreadable, also for a link or a pipe.
    """
    data, size = _read(path)
    if size > MAX_FILE:
        limit = f"{MAX_FILE >> 20} MB"
        raise Unreadable(
            TOO_LARGE, size=f"{size / (1 << 20):.0f} MB", limit=limit
        )
    if not data.strip():
        raise EmptyFile(N_("The file is empty."))
    text = _decoded(data)
    if text.lstrip()[:20].lower().startswith(WEB_PAGES):
        raise Unreadable(
            "The file is a web page, such as a login page. Download the file itself again."
        )
    return text


def _content_of(path: Path) -> bytes:
    """Return what was submitted there: a file's bytes and size, or why it cannot be read."""
    try:
        data, size = _read(path)
    except Unreadable as error:
        return str(error).encode()
    return data + str(size).encode()


def _read(path: Path) -> tuple[bytes, int]:
    """Return at most MAX_FILE bytes of a file, and its size.  Raises Unreadable."""
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable(NO_FILE, path=path.name)
            return file.read(MAX_FILE), status.st_size
    except FileNotFoundError:  # it was there when listed
        raise Unreadable("No file {path}.", path=path.name) from None
    except OSError as error:
        if error.errno in IS_NO_FILE:
            raise Unreadable(NO_FILE, path=path.name) from None
        why = error.strerror
        raise Unreadable(CANNOT_BE_READ, name=path.name, why=why) from None


def _without_waiting(path: str, flags: int) -> int:
    """Open a file, but follow no link, and wait for no pipe.  Raises OSError."""
    return os.open(path, flags | NO_WAITING)


def _decoded(data: bytes) -> str:
    # A byte order mark says more than a declaration in the text.
    if data.startswith(codecs.BOM_UTF8):
        return data.decode("utf-8-sig", "replace").replace("\x00", "")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").replace("\x00", "")
    if b"\x00" in data:
        raise Unreadable(
            "The file is not text. Submit a notebook (.ipynb) or a Python file (.py)."
        )
    declared = "utf-8"
    with contextlib.suppress(SyntaxError, LookupError):
        cookie, _ = tokenize.detect_encoding(BytesIO(data).readline)
        declared = codecs.lookup(cookie).name
    for encoding in (declared, "utf-8", "gb18030"):
        if encoding.startswith(ENCODINGS):
            with contextlib.suppress(UnicodeError):
                return data.decode(encoding)
    return data.decode("latin-1")
