"""Reads a submission's text from its file, and only decodes it: runs no statement, and parses
none.
"""

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

from autograder.errors import KitError, NotANotebook
from autograder.intake.places import CANNOT_BE_READ, a_link, link_below, split_name
from autograder.languages import N_, tr
from autograder.reading.notebooks import cells_of

MAX_FILE = 20 << 20  # bytes; a notebook with pictures in its outputs has 1-5 MB
# Encodings that a file may declare: others, such as punycode, take time quadratic in its size.
ENCODINGS = (
    "utf-8",
    "ascii",
    "gb",
    "big5",
    "cp",
    "iso8859",
    "euc_",
    "shift_jis",
    "koi8",
    "mac",
    "hz",
)
TOO_LARGE = N_(
    "The file has {size}, and the limit is {limit}. Clear its outputs first."
)
NO_FILE = N_("{path} is a link, a folder or a device. Submit the file itself.")
NO_WAITING = os.O_NOFOLLOW | os.O_NONBLOCK
A_NOTEBOOK = "a notebook, although its name ends with .py"
PAGES = (
    "<!doctype html",
    "<html",
)  # the start of a web page that a browser saved instead of a file


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
    problem: str = ""  # why there is no text, in a sentence
    flags: tuple[str, ...] = ()  # what an instructor should know
    name: str = ""  # of the person, where the platform says it
    needs_review: bool = (
        False  # it needs review and is no zero: an unreadable file may be right
    )
    content: str = ""  # a digest of the file as it was submitted


@dataclass(frozen=True)
class SubmittedFile:
    """The file of a submission; fields that it shares with Submission mean the same."""

    id: str
    path: Path
    file: str
    flags: tuple[str, ...] = ()
    problem: str = ""
    needs_review: bool = False
    name: str = ""
    is_late: bool = False  # the platform says so; else nobody knows
    root: Path | None = (
        None  # the named folder: no link below it is followed; None: only the file is none
    )
    # name -> file and its root, for all files that an instructor may choose
    rivals: Mapping[str, tuple[Path, Path | None]] = field(
        default_factory=dict, compare=False
    )

    @property
    def is_nothing(self) -> bool:
        """Return whether the student submitted nothing, which is no rival of a file elsewhere."""
        return bool(self.problem) and not self.needs_review

    @property
    def content(self) -> str:
        """A digest of the file, or of all of which the instructor must choose one; "" without
        a file.
        """
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
        return replace(
            self, path=path, root=root, file=name, problem="", needs_review=False
        )

    def open(self) -> Submission:
        """Read its text, or say why there is none."""
        suffix, text = split_name(self.path.name)[1], ""
        problem, ask = self.problem, self.needs_review
        if (
            not problem
            and self.root is not None
            and (link := link_below(self.root, self.path.parent))
        ):
            problem, ask = a_link(link), True
        if not problem:
            text, problem, ask = _read(self.path)
        inside = suffix_of(text, suffix)
        flags = self.flags if inside == suffix else (*self.flags, A_NOTEBOOK)
        return Submission(
            self.id,
            self.file,
            text,
            inside,
            problem,
            flags,
            self.name,
            ask,
            self.content,
        )


def open_submission(path: Path, id: str) -> Submission:
    """Return the submission in a file, or why there is none."""
    return SubmittedFile(id, path, path.name).open()


def suffix_of(text: str, suffix: str) -> str:
    """Return the suffix to read a file by: a `.py` that contains a notebook is read as a
    notebook.
    """
    if suffix == ".py" and text.lstrip("\ufeff \t\r\n").startswith("{"):
        with contextlib.suppress(NotANotebook):
            cells_of(text)
            return ".ipynb"
    return suffix


def _read(path: Path) -> tuple[str, str, bool]:
    """Return the text, or why there is none, and whether that needs review."""
    try:
        return text_of(path), "", False
    except Unreadable as error:
        return "", tr(error), error.needs_review


def _content_of(path: Path) -> bytes:
    """Return what was submitted there: a file's bytes, or why it cannot be read."""
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return NO_FILE.encode()
            return file.read(MAX_FILE) + str(status.st_size).encode()
    except OSError as error:
        return str(error.errno).encode()


def _without_waiting(path: str, flags: int) -> int:
    """Open a file, but follow no link, and wait for no pipe.  Raises OSError."""
    return os.open(path, flags | NO_WAITING)


def text_of(path: Path) -> str:
    """Return a file's text, in any of students' encodings.  Raises Unreadable, also for a link or
    a pipe.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable(NO_FILE, path=path.name)
            if status.st_size > MAX_FILE:
                size = f"{status.st_size / (1 << 20):.0f} MB"
                raise Unreadable(TOO_LARGE, size=size, limit=f"{MAX_FILE >> 20} MB")
            data = file.read(MAX_FILE)
    except FileNotFoundError:
        raise Unreadable(
            "No file {path}.", path=path.name
        ) from None  # it was there when listed
    except OSError as error:
        sentence = (
            NO_FILE
            if error.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR)
            else CANNOT_BE_READ
        )
        raise Unreadable(
            sentence, path=path.name, name=path.name, why=error.strerror
        ) from None
    if not data.strip():
        raise EmptyFile(N_("The file is empty."))
    text = _decoded(data)
    if text.lstrip()[:20].lower().startswith(PAGES):
        raise Unreadable(
            "The file is a web page, such as a login page. Download the file itself again."
        )
    return text


def _decoded(data: bytes) -> str:
    if data.startswith(
        (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    ):  # more than a cookie
        encoding = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-16"
        return data.decode(encoding, "replace").replace("\x00", "")
    if b"\x00" in data:
        raise Unreadable(
            "The file is not text. Submit a notebook (.ipynb) or a Python file (.py)."
        )
    declared = "utf-8"
    with contextlib.suppress(SyntaxError, LookupError):
        declared = codecs.lookup(
            tokenize.detect_encoding(BytesIO(data).readline)[0]
        ).name
    for name in (declared, "utf-8", "gb18030"):
        with contextlib.suppress(UnicodeError):
            if name.startswith(ENCODINGS):
                return data.decode(name)
    return data.decode("latin-1")
