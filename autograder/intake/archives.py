"""Unpacks a platform's .zip so that nothing in it can do harm.

Only possible submissions are unpacked; in place of other files, whose names alone matter,
stand empty ones.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import stat
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from autograder.errors import Message
from autograder.intake.places import (
    Kind,
    WrongPath,
    children_of,
    is_program,
    is_system,
    kind,
    walk,
)
from autograder.intake.submission import MAX_FILE, NO_FILE, TOO_LARGE
from autograder.languages import N_
from autograder.platforms.gradescope import MAX_METADATA, METADATA

MAX_MEMBERS = 200_000  # files and folders: a course of 10,000 has some 50,000
# bytes of all that would be unpacked: 10,000 notebooks with pictures
MAX_TOTAL = 4 << 30
MAX_INSIDE = 2000  # files and folders of what a student packed
MAX_INSIDE_TOTAL = 200 << 20
MAX_PATH, MAX_NAME = 2000, 255  # bytes, as Linux limits them
UTF8 = 0x800  # the flag of a member whose name is UTF-8
UNPACKED = "unpacked"  # below the results: what was unpacked
REFUSED = ".refused.json"  # beside what was unpacked; complete once all is
DAMAGED = N_(
    "{name} is damaged or encrypted in the zip. Submit it again, without a password."
)
TWICE = N_("{name} is in the zip more than once. Submit it once.")
TOO_MUCH = N_(
    "{path} has {count:,} files and {total} MB. The limit is {files:,} and {most} MB. Split it."
)
OUTSIDE = N_("Its path leads outside the zip, or is too long.")
CANNOT_UNPACK = N_(
    "Cannot unpack into {into} ({why}). Choose another folder with --out."
)
NOT_WHOLE = N_("{path} is not a complete zip file. Download it again.")


@dataclass
class Unpacked:
    """Paths to read, in place of those that an instructor named."""

    paths: tuple[Path, ...] = ()
    # a file that was not unpacked, left empty -> why
    refused: dict[Path, Message] = field(default_factory=dict)
    # members without even that -> why
    left_out: dict[str, Message] = field(default_factory=dict)
    # a .zip in a folder -> where it was unpacked
    inside: dict[Path, Path] = field(default_factory=dict)
    zips: dict[Path, Path] = field(
        default_factory=dict
    )  # folder -> the named .zip
    remaining: int = MAX_TOTAL  # bytes that may still be unpacked

    def shown(self, path: Path) -> str:
        """Return a path as the instructor knows it: that of the .zip, not of what was unpacked."""
        for folder, archive in self.zips.items():
            if path.is_relative_to(folder):
                return (archive / path.relative_to(folder)).as_posix()
        return str(path)

    def add(
        self, path: Path, into: Path, max_members: int, max_bytes: int
    ) -> Path:
        """Unpack a .zip below a folder, and return where.  Raises WrongPath."""
        name = path.stem.strip(". ") or "zip"
        try:
            folder = into / _digest(path, name)
            with zipfile.ZipFile(path) as archive:
                self._require_room(
                    path, archive.infolist(), max_members, max_bytes
                )
                folder.mkdir(parents=True, exist_ok=True)
                refused = _unpack_once(archive, folder, name)
        except OSError as error:
            raise WrongPath(
                CANNOT_UNPACK, into=into, why=error.strerror
            ) from None
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError):
            raise WrongPath(NOT_WHOLE, path=path.name) from None
        for member, why in refused:
            place = folder / name / (_place(member) or "")
            if kind(place) is Kind.FILE:
                self.refused[place] = why
            else:
                self.left_out[member] = why
        return folder / name

    def _require_room(
        self,
        path: Path,
        infos: Sequence[ZipInfo],
        max_members: int,
        max_bytes: int,
    ) -> None:
        """Raise WrongPath if so much may not be unpacked."""
        total = 0
        for info in infos:
            if info.file_size <= _limit(info.filename):
                total += info.file_size
        most = min(max_bytes, self.remaining)
        if len(infos) > max_members or total > most:
            raise WrongPath(
                TOO_MUCH,
                path=path.name,
                count=len(infos),
                total=total >> 20,
                files=max_members,
                most=most >> 20,
            )
        self.remaining -= total


def unpack_all(paths: Sequence[Path], into: Path) -> Unpacked:
    """Unpack each .zip among the paths into its own folder below `into`.

    Other paths stay as they are.  A .zip inside a folder, which a student packed, is unpacked
    too, or refused if that fails.  What an earlier run unpacked from the same .zip is used
    again.  Raises WrongPath.
    """
    unpacked = Unpacked()
    for path in paths:
        # perhaps a student's, as the shell names them
        is_link = len(paths) > 1 and path.is_symlink()
        if path.suffix.lower() == ".zip" and path.is_file() and not is_link:
            folder = unpacked.add(path, into, MAX_MEMBERS, MAX_TOTAL)
            unpacked.zips[folder] = path
            path = folder
        unpacked.paths += (path,)
    packed = []
    for folder in unpacked.paths:
        packed += _packed(folder, into)
    # The smallest first, so that a bomb takes no room from the others.
    for path in sorted(packed, key=lambda path: path.lstat().st_size):
        if path in unpacked.refused:
            continue
        try:
            folder = unpacked.add(path, into, MAX_INSIDE, MAX_INSIDE_TOTAL)
            unpacked.inside[path] = folder
        except WrongPath as error:
            unpacked.refused[path] = error.message
    return unpacked


def remove_others(into: Path, unpacked: Unpacked) -> None:
    """Remove what earlier runs unpacked below `into` from files that are no longer there."""
    used = {
        folder.parent for folder in (*unpacked.paths, *unpacked.inside.values())
    }
    for folder in children_of(into):
        if folder not in used and kind(folder / REFUSED) is Kind.FILE:
            shutil.rmtree(folder, ignore_errors=True)


def _digest(path: Path, name: str) -> str:
    with open(path, "rb") as file:
        digest = hashlib.file_digest(
            file, lambda: hashlib.blake2b(digest_size=8)
        )
    digest.update(os.fsencode(name))
    return digest.hexdigest()


def _packed(folder: Path, into: Path) -> list[Path]:
    """Return the .zip files in a folder and below, without those in what we unpacked."""
    packed = []
    for place, folders, files in walk(folder):
        hidden = {
            name for name in folders if place / name == into or is_system(name)
        }
        folders[:] = [name for name in folders if name not in hidden]
        for name in sorted(files):
            if (
                name.lower().endswith(".zip")
                and kind(place / name) is Kind.FILE
            ):
                packed.append(place / name)
    return packed


def _unpack_once(
    archive: ZipFile, folder: Path, name: str
) -> list[tuple[str, Message]]:
    """Unpack into a folder of this name, unless an earlier run did.

    Returns the refused members, with why.
    """
    with open(folder / REFUSED, "a+") as file:
        with contextlib.suppress(OSError):  # some file systems know no locks
            fcntl.flock(file, fcntl.LOCK_EX)  # until it is closed
        file.seek(0)
        text = file.read()
        if not text.endswith("\n"):
            shutil.rmtree(
                folder / name, ignore_errors=True
            )  # what a stopped run left
            file.truncate(0)
            (folder / name).mkdir()
            refused = []
            for member, info in names(archive.infolist()):
                if why := _put(archive, info, member, folder / name):
                    refused.append((member, why))
            text = json.dumps(refused) + "\n"
            file.write(text)
    return [(member, Message(*why)) for member, why in json.loads(text)]


def names(infos: Sequence[ZipInfo]) -> list[tuple[str, ZipInfo]]:
    """Return each member with its name, in the encoding of the program that packed all of them.

    A zip flags names in UTF-8, but macOS writes UTF-8 without the flag, and Chinese Windows
    writes GBK.  No two letters of Europe stand for one of GB2312, which has most Chinese
    letters; GB18030 has all.
    """
    unflagged = []
    for info in infos:
        if not info.flag_bits & UTF8 and not info.filename.isascii():
            unflagged.append(info.filename.encode("cp437"))
    chinese = [raw for raw in unflagged if _can_be(raw, "gb2312")]
    encodings = ["utf-8", "cp437"]
    if 2 * len(chinese) > len(unflagged):
        encodings.insert(0, "gb18030")
    members = []
    for info in infos:
        name = info.filename
        if not info.flag_bits & UTF8:
            raw = name.encode("cp437")
            name = raw.decode(
                next(code for code in encodings if _can_be(raw, code))
            )
        # some programs of Windows write backslashes
        members.append((name.replace("\\", "/"), info))
    return members


def _can_be(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeError:
        return False
    return True


def _limit(name: str) -> int:
    """Return the most bytes of a member; 0 for one of which only the name matters."""
    if name.lower().endswith(METADATA):
        return MAX_METADATA
    is_wanted = is_program(name) or name.lower().endswith(".zip")
    return MAX_FILE if is_wanted else 0


def _place(name: str) -> str | None:
    """Return the path below a folder; None if it would lead outside, or is too long."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or "\0" in name or ".." in parts:
        return None
    if parts and ":" in parts[0]:
        return None
    longest = max((len(os.fsencode(part)) for part in parts), default=0)
    if len(os.fsencode(name)) > MAX_PATH or longest > MAX_NAME:
        return None
    return "/".join(parts)


def _put(
    archive: ZipFile, info: ZipInfo, member: str, root: Path
) -> Message | None:
    """Put a member into a folder, or an empty file in place of an unwanted one.

    Returns why it needs review, or None.
    """
    place = _place(member)
    if place is None:
        return Message(OUTSIDE)
    path = root / place
    is_folder = member.endswith("/")
    try:
        (path if is_folder else path.parent).mkdir(parents=True, exist_ok=True)
        if is_folder:
            return None
        with open(path, "xb") as file:
            if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
                return Message(NO_FILE, {"path": path.name})
            size = info.file_size
            limit = _limit(info.filename)
            if not limit:
                return None
            if size > limit:
                sizes = {
                    "size": f"{size >> 20} MB",
                    "limit": f"{MAX_FILE >> 20} MB",
                }
                return Message(TOO_LARGE, sizes)
            data = b""
            # Of what is damaged, each way to pack has its own error.
            with contextlib.suppress(Exception), archive.open(info) as packed:
                # `archive.read` unpacks all that is there, whatever the zip says
                data = packed.read(size)
            file.write(data)
    except (FileExistsError, NotADirectoryError):
        return None if is_folder else Message(TWICE, {"name": path.name})
    return None if len(data) == size else Message(DAMAGED, {"name": path.name})
