"""Unpacks a platform's .zip so that nothing in it can do harm.

Only possible submissions are unpacked; in place of other files, whose names alone matter,
stand empty ones.
"""

import contextlib
import os
import stat
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from zipfile import ZipFile, ZipInfo

from autograder.errors import NO_PROBLEM, KitError, Message
from autograder.intake.places import (
    CANNOT_BE_READ,
    is_program,
    walk,
    without_links,
)
from autograder.intake.submission import MAX_FILE, NO_FILE, too_large
from autograder.platforms.gradescope import MAX_METADATA, METADATA

# files and folders: a course of 10,000 has some 50,000
MAX_MEMBERS = 200_000
# bytes of all that would be unpacked: 10,000 notebooks with pictures
MAX_TOTAL = 4 << 30
MAX_INSIDE = 2000  # files and folders of what a student packed
MAX_INSIDE_TOTAL = 200 << 20
MAX_PATH, MAX_NAME = 2000, 255  # bytes, as Linux limits them
UTF8 = 0x800  # the flag of a member whose name is UTF-8


@dataclass
class Unpacked:
    """Paths to read, in place of those that an instructor named."""

    paths: tuple[Path, ...] = ()
    # a .zip -> where it was unpacked
    folders: dict[Path, Path] = field(default_factory=dict)
    # a .zip that was not unpacked, or an empty file in place of a member -> why
    refused: dict[Path, Message] = field(default_factory=dict)
    # members without even an empty file -> why
    left_out: dict[str, Message] = field(default_factory=dict)
    # bytes that may still be unpacked
    remaining: int = field(default_factory=lambda: MAX_TOTAL)

    def add(
        self, path: Path, into: Path, max_members: int, max_bytes: int
    ) -> Path:
        """Unpack a .zip below a folder, and return where.  Raises KitError."""
        name = path.name
        try:
            with ZipFile(path, metadata_encoding=_encoding(path)) as archive:
                members = archive.infolist()
                self._require_room(name, members, max_members, max_bytes)
                into.mkdir(exist_ok=True)
                folder = Path(mkdtemp(dir=into), path.stem.strip(". ") or "zip")
                folder.mkdir()
                for member in members:
                    self._put(archive, member, folder)
        except OSError as error:
            raise KitError(
                CANNOT_BE_READ, name=name, why=error.strerror
            ) from None
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError):
            raise KitError(
                "{path} is not a complete zip file. Download it again.",
                path=name,
            ) from None
        self.folders[path] = folder
        return folder

    def _require_room(
        self,
        name: str,
        members: Sequence[ZipInfo],
        max_members: int,
        max_bytes: int,
    ) -> None:
        """Raise KitError if so much may not be unpacked."""
        total = 0
        for member in members:
            if member.file_size <= _limit(member.filename):
                total += member.file_size
        most = min(max_bytes, self.remaining)
        if len(members) > max_members or total > most:
            raise KitError(
                "{path} has {count:,} files and {total} MB. The limit is {files:,} and {most} "
                "MB. Split it.",
                path=name,
                count=len(members),
                total=total >> 20,
                files=max_members,
                most=most >> 20,
            )
        self.remaining -= total

    def _put(self, archive: ZipFile, member: ZipInfo, folder: Path) -> None:
        """Put a member into a folder, or an empty file in place of an unwanted one."""
        # some programs of Windows write backslashes
        name = member.filename.replace("\\", "/")
        if not _is_inside(name):
            self.left_out[name] = Message(
                "Its path leads outside the zip, or is too long."
            )
            return
        path = folder / name
        try:
            if name.endswith("/"):
                path.mkdir(parents=True, exist_ok=True)
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(exist_ok=False)
        except (FileExistsError, NotADirectoryError):
            problem = Message(
                "{name} is in the zip more than once. Submit it once.",
                {"name": path.name},
            )
            if path.is_file():
                self.refused[path] = problem
            else:
                self.left_out[name] = problem
            return
        if problem := _unpack(archive, member, path):
            self.refused[path] = problem


def unpack_all(paths: Sequence[Path], into: Path) -> Unpacked:
    """Unpack each .zip among the paths into its own folder below `into`, which is empty.

    Other paths stay as they are.  A .zip inside a folder, which a student packed, is unpacked
    too, or refused if that fails.  Raises KitError.
    """
    unpacked = Unpacked()
    into = without_links(into)
    for path in paths:
        path = without_links(path)
        # Of several, as a shell names them, a link may be a student's.
        if _is_zip(path) and not (len(paths) > 1 and path.is_symlink()):
            path = unpacked.add(path, into, MAX_MEMBERS, MAX_TOTAL)
        unpacked.paths += (path,)
    packed: list[Path] = []
    for path in unpacked.paths:
        for place, _, files in walk(path):
            packed += filter(_is_zip, (place / name for name in files))
    # The smallest first, so that a bomb takes no room from the others.
    for path in sorted(packed, key=lambda path: path.lstat().st_size):
        if path in unpacked.refused or path.is_symlink():
            continue
        try:
            unpacked.add(path, into, MAX_INSIDE, MAX_INSIDE_TOTAL)
        except KitError as error:
            unpacked.refused[path] = error.message
    return unpacked


def _is_zip(path: Path) -> bool:
    """Return whether there is a file with this ending, and no pipe that would be waited for."""
    return path.suffix.lower() == ".zip" and path.is_file()


def _encoding(path: Path) -> str:
    """Return the encoding of all names that are not flagged as UTF-8.

    macOS writes UTF-8 without the flag, and Chinese Windows writes GBK.  No two letters of
    Europe stand for one of GB2312, which has most Chinese letters; GB18030 has all.
    """
    names = []
    with ZipFile(path) as archive:
        for member in archive.infolist():
            name = member.orig_filename
            if not member.flag_bits & UTF8 and not name.isascii():
                names.append(name.encode("cp437"))
    chinese = [name for name in names if _can_be(name, "gb2312")]
    possible = ["utf-8"]
    if 2 * len(chinese) > len(names):
        possible.append("gb18030")
    for encoding in possible:
        if all(_can_be(name, encoding) for name in names):
            return encoding
    return "cp437"


def _can_be(name: bytes, encoding: str) -> bool:
    try:
        name.decode(encoding)
    except UnicodeError:
        return False
    return True


def _limit(name: str) -> int:
    """Return the most bytes of a member; 0 for one of which only the name matters."""
    name = name.lower()
    if name.endswith(METADATA):
        return MAX_METADATA
    if is_program(name) or name.endswith(".zip"):
        return MAX_FILE
    return 0


def _is_inside(name: str) -> bool:
    """Return whether a member's path stays in its folder, and is not too long."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or ":" in parts[0]:
        return False
    longest = max(len(os.fsencode(part)) for part in parts)
    return len(os.fsencode(name)) <= MAX_PATH and longest <= MAX_NAME


def _unpack(archive: ZipFile, member: ZipInfo, path: Path) -> Message:
    """Write a wanted member into its file.  Returns why it needs review, or an empty message."""
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
        return Message(NO_FILE, {"path": path.name})
    size = member.file_size
    limit = _limit(member.filename)
    if not limit:
        return NO_PROBLEM
    if size > limit:
        return too_large(size)
    data = b""
    # Of what is damaged, each way to pack has its own error.
    with contextlib.suppress(Exception), archive.open(member) as packed:
        # `archive.read` unpacks all that is there, whatever the zip says
        data = packed.read(size)
    path.write_bytes(data)
    if len(data) == size:
        return NO_PROBLEM
    return Message(
        "{name} is damaged or encrypted in the zip. Submit it again, without a password.",
        {"name": path.name},
    )
