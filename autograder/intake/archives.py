"""A platform's download as a .zip, unpacked so that nothing in it can do harm.

Only what may be a submission is unpacked: of all else an empty file keeps the place, since names alone are
looked at.  Knows nothing of layouts.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from autograder.intake.places import Kind, WrongPath, is_system, kind, walk
from autograder.intake.submission import MAX_FILE
from autograder.languages import N_, tr
from autograder.platforms.gradescope import METADATA

MAX_MEMBERS = 200_000  # files and folders: a course of 10,000 has some 50,000
MAX_TOTAL = 4 << 30  # bytes of all that would be unpacked: 10,000 notebooks with pictures
MAX_INSIDE, MAX_OF_ONE = 2000, 200 << 20  # the same of what a student packed
MAX_METADATA = 200 << 20  # bytes: it holds the results of each student's earlier submissions
WANTED = (".ipynb", ".py", ".zip")
UTF8 = 0x800  # the flag of a member whose name is UTF-8
UNFINISHED = ".unfinished-"


@dataclass(frozen=True)
class Unpacked:
    """Paths to read, in place of those that an instructor named.

    refused: files of which only the place is there, each with why.  left_out: members that have no place.
    inside: of each .zip in a folder, where it was unpacked.
    """

    paths: tuple[Path, ...]
    refused: Mapping[Path, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    inside: Mapping[Path, Path] = field(default_factory=dict)


def opened(paths: Sequence[Path], into: Path) -> Unpacked:
    """Each .zip among the paths unpacked into a folder of its own below `into`; the others as they are.

    So is each that lies in a folder, which a student packed; one that cannot be is refused.  What is there
    from an earlier run of the same .zip is used again.  Raises WrongPath.
    """
    found: list[Path] = []
    refused: dict[Path, str] = {}
    left_out: list[str] = []
    for path in paths:
        is_link = len(paths) > 1 and path.is_symlink()  # perhaps a student's, as the shell names them
        if path.suffix.lower() != ".zip" or is_link or not path.is_file():
            found.append(path)
            continue
        folder, members = _opened(path, into, MAX_MEMBERS, MAX_TOTAL)
        found.append(folder)
        for member in members:
            place, why = folder / member.place, member.why or _damage(member, folder)
            if why and kind(place) is Kind.FILE and member.place:
                refused[place] = why
            elif why:
                left_out.append(f"{member.name} ({why})")
    inside: dict[Path, Path] = {}
    left = MAX_TOTAL
    for path in [each for folder in found for each in _packed(folder, into) if each not in refused]:
        try:
            folder, members = _opened(path, into, MAX_INSIDE, min(left, MAX_OF_ONE))
        except WrongPath as error:
            refused[path] = tr(error)
            continue
        inside[path] = folder
        places = {folder / member.place: member.why or _damage(member, folder) for member in members}
        left -= sum(place.stat().st_size for place in places if kind(place) is Kind.FILE)
        refused |= {place: why for place, why in places.items() if why and kind(place) is Kind.FILE}
    return Unpacked(tuple(found), refused, tuple(left_out), inside)


def _packed(folder: Path, into: Path) -> Iterator[Path]:
    """The .zip files in a folder and below, but for those that we unpacked."""
    for place, folders, names in walk(folder) if folder.is_dir() else ():
        folders[:] = [name for name in folders if place / name != into and not is_system(name)]
        zips = (place / name for name in sorted(names) if name.lower().endswith(".zip"))
        yield from (path for path in zips if kind(path) is Kind.FILE)


def _opened(path: Path, into: Path, max_members: int, max_total: int) -> tuple[Path, list[_Member]]:
    """Where a .zip is unpacked, and what is in it.  Raises WrongPath."""
    try:
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8))
        name = path.stem.strip(". ") or "zip"
        digest.update(os.fsencode(name))
        folder = into / digest.hexdigest() / name
        with zipfile.ZipFile(path) as archive:
            members = _members(path, archive, max_members, max_total)
            if not folder.is_dir():
                _unpack(archive, members, folder)
        return folder, members
    except OSError as error:
        words = N_("Cannot unpack into {into} ({why}). Choose another folder with --out.")
        raise WrongPath(words, into=into, why=error.strerror) from None
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError):
        words = N_("{path} is not a complete zip file. Download it again.")
        raise WrongPath(words, path=path.name) from None


@dataclass
class _Member:
    """place: below the folder, "" for none.  why: it is not unpacked, and must be looked at; or ""."""

    info: zipfile.ZipInfo
    name: str
    place: str
    why: str = ""

    @property
    def is_folder(self):
        return self.name.endswith("/")

    @property
    def is_wanted(self):
        return self.place.endswith(METADATA) or self.place.lower().endswith(WANTED)


def _members(path, archive, max_members, max_total):
    """What is in the archive, by its own word.  Raises WrongPath where that is too much."""
    infos = archive.infolist()
    if len(infos) > max_members:
        raise WrongPath(
            "{path} holds {count:,} files, and the limit is {max_members:,}. Split it.",
            path=path.name,
            count=len(infos),
            max_members=max_members,
        )
    members: dict[str, _Member] = {}
    for info in infos:
        name = _name(info).replace("\\", "/")  # as some programs of Windows write
        if not name.strip("./") and not name.startswith(("/", "..")):
            continue  # the folder itself
        member = _Member(info, name, _place(name))
        key = member.place + "/" * member.is_folder
        if not member.place:
            member.why, key = tr("Its path leads outside the zip, or is too long."), f"/{len(members)}"
        elif key in members and not member.is_folder:
            members[key].why = tr(
                "{name} is in the zip more than once. Submit it once.", name=PurePath(name).name
            )
            continue
        elif not member.is_folder:
            member.why = _why_not(member)
        members[key] = member
    total = sum(m.info.file_size for m in members.values() if m.is_wanted and not m.why)
    if total > max_total:
        raise WrongPath(
            "{path} would unpack to {total} MB, and the limit is {max_total} MB. Split it.",
            path=path.name,
            total=total >> 20,
            max_total=max_total >> 20,
        )
    return list(members.values())


def _name(info):
    """A member's name, in the letters of whoever packed it.

    A zip says whether a name is UTF-8; macOS writes UTF-8 and does not say so, and a Chinese Windows
    writes GBK.  What is no text of either is what the standard says.
    """
    if info.flag_bits & UTF8 or info.filename.isascii():
        return info.filename
    for encoding in ("utf-8", "gb2312"):  # gb2312 alone of them: no two letters of Europe stand for one
        with contextlib.suppress(UnicodeError):
            return info.filename.encode("cp437").decode(encoding)
    return info.filename


def _place(name):
    """Where below a folder this lies; "" where it would lie elsewhere."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    odd = name.startswith("/") or "\0" in name or ".." in parts or any(":" in part for part in parts[:1])
    long = len(os.fsencode(name)) > 2000 or any(len(os.fsencode(part)) > 255 for part in parts)
    return "" if odd or long else "/".join(parts)


def _why_not(member):
    """Why a file is not unpacked, or ""."""
    info, name = member.info, PurePath(member.place).name
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        return tr("{name} is a link or a device in the zip. Submit the file itself.", name=name)
    if not member.is_wanted:
        return ""
    if info.flag_bits & 1:
        return tr("{name} is encrypted in the zip. Ask for it without a password.", name=name)
    if info.file_size > (MAX_METADATA if name == METADATA else MAX_FILE):
        return tr(
            "The file has {file_size} MB, and the limit is {max_file} MB. Clear its outputs first.",
            file_size=info.file_size >> 20,
            max_file=MAX_FILE >> 20,
        )
    return ""


def _unpack(archive, members, folder):
    """Write them into a folder that appears whole, or not at all."""
    above = folder.parent.parent
    above.mkdir(parents=True, exist_ok=True)
    for old in above.glob(f"{UNFINISHED}*"):  # of a run that was killed
        shutil.rmtree(old, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=above))
    try:
        root = unfinished / folder.name
        root.mkdir()
        for member in members:
            if member.place:
                _write(archive, member, root / member.place)
        unfinished.chmod(0o755)
        os.replace(unfinished, folder.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _write(archive, member, path):
    """What is damaged has too few bytes then; of a name that is a file's and a folder's the first stands."""
    with contextlib.suppress(FileExistsError, NotADirectoryError, IsADirectoryError):
        (path if member.is_folder else path.parent).mkdir(parents=True, exist_ok=True)
        if member.is_folder:
            return
        with open(path, "xb") as file:
            broken = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
            if member.is_wanted and not member.why:
                with contextlib.suppress(*broken), archive.open(member.info) as packed:
                    file.write(packed.read(member.info.file_size))


def _damage(member, folder):
    """Why it does not lie there as it should, or ""."""
    path = folder / member.place
    if member.is_folder:
        return ""
    if kind(path) is not Kind.FILE:
        return tr("It is both a file and a folder in the zip.")
    if member.is_wanted and path.stat().st_size != member.info.file_size:
        return tr("{path} is damaged in the zip. Download it again.", path=path.name)
    return ""
