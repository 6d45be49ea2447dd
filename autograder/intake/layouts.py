"""Whose is what in the folder of a class: a function for each layout, and the only one that explains all.

The whole class decides, by names that an instructor or a platform gave, never by the contents of one
student's folder.  If that is not enough, an error asks the instructor.  What a layout does not explain needs
review.  Reads no file of a student's.
"""

from __future__ import annotations

import enum
import functools
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.intake import filenames
from autograder.intake.places import Kind, WrongPath, a_link, is_odd, kind, why_unreadable
from autograder.intake.search import Search
from autograder.languages import N_, tr
from autograder.platforms import READ, class_names, gradescope
from autograder.platforms.moodle import FEEDBACK
from autograder.platforms.platform import Entry, Owner

SUBMITTED = "submitted"  # nbgrader's folder of students
CONFIG = "nbgrader_config.py"  # marks a folder as an nbgrader course
# What else a course has in its root; the last two are this kit's own names.
COURSE = (
    *(SUBMITTED, CONFIG),
    *("downloaded", "source", "release", "autograded", "feedback", "solutions", "assignments"),
)
AMBIGUOUS = N_(
    "The names in {path} fit more than one layout, so files could go to the wrong students. "
    "Choose one: {ways}."
)
DEEP = N_(
    "No folder in {path} holds a file of the assignment itself. If {name}/ is one student, "
    "add --from folders. If it holds several students, name each such folder (of a zip, unpack it first)."
)
SEVERAL_OWNERS = N_("The name {name} can belong to {ids}. Ask whose file it is.")
NOT_THERE = N_("{metadata} lists {name}, which is not there. Export the submissions again.")


class Layout(enum.StrEnum):
    """How the files of a class are named, and so whose each is; see the table in docs/lms.md."""

    MOODLE = "moodle"
    CANVAS = "canvas"
    GRADESCOPE = "gradescope"
    NBGRADER = "nbgrader"
    FOLDERS = "folders"  # a folder for each student, or a file
    FILES = "files"


@dataclass(frozen=True)
class Claim:
    """A file or a folder that is a student's by its name.

    file: the student's own name of a file; "" for a folder.  number: a higher one is newer.  is_loose: the
    file has its student's name in place of the assignment's.  why: why nobody knows whose it is, or "".
    """

    owner: Owner
    path: Path
    file: str = ""
    number: int = 0
    is_loose: bool = False
    why: str = ""


@dataclass(frozen=True)
class Claims:
    """What a layout makes of a folder.  root: people see names relative to it.

    unexplained: what may be a submission, but is nobody's by this layout.  skipped: what nobody submits.
    """

    root: Path
    found: tuple[Claim, ...]
    unexplained: tuple[Path, ...] = ()
    skipped: tuple[Path, ...] = ()


def named_after(name: str) -> Owner:
    """Return the owner of what is named after a student; composes letters that macOS splits."""
    return Owner(unicodedata.normalize("NFC", name))


def claims(
    search: Search, layout: Layout, folder: Path, paths: Sequence[Path] | None = None, is_said: bool = True
) -> Claims:
    """Return whose each path in a folder is.  paths: by default, all.  is_said: a person chose the layout."""
    paths = search.children(folder) if paths is None else paths
    if layout is Layout.NBGRADER:
        inner = folder / SUBMITTED if (folder / SUBMITTED).is_dir() else folder  # a course may have a link
        of_students = claims(search, Layout.FOLDERS, inner)
        beside = [path for path in paths if inner != folder and path.name not in COURSE]
        return Claims(inner, of_students.found, tuple(filter(search.may_hold_work, beside)))
    found = tuple(CLAIMS[layout](search, folder, paths, is_said))
    taken = {claim.path for claim in found}
    unexplained, skipped = [], []
    for path in (path for path in paths if path not in taken):
        if not is_odd(path) and not FEEDBACK.fullmatch(path.name) and search.may_hold_work(path):
            unexplained.append(path)
        elif kind(path) is Kind.FOLDER or filenames.is_program(path.name):
            skipped.append(path)
    return Claims(folder, found, tuple(unexplained), tuple(skipped))


def _of_platform(
    read: Callable[[str, bool], list[Entry]], search: Search, folder: Path, paths: Sequence[Path], _: bool
) -> Iterator[Claim]:
    for path in paths:
        what = kind(path)
        entries = read(path.name, what is Kind.FOLDER)
        if not entries and what is Kind.LINK:  # it may be a file or a folder
            entries = read(path.name, True)
        owners = [owner for entry in entries for owner in entry.owners]
        if len(entries) > 1:
            ids = tr(" or ").join(dict.fromkeys(owner.id for owner in owners))
            why = tr(SEVERAL_OWNERS, name=path.name, ids=ids)
            yield Claim(named_after(path.stem), path, path.name, why=why)
        else:
            yield from (Claim(owner, path, entries[0].file, entries[0].number) for owner in owners)


def _of_gradescope(search: Search, folder: Path, paths: Sequence[Path], is_said: bool) -> Iterator[Claim]:
    """Yield claims of folders alone, unless a person chose this: a student's loose file renames nobody."""
    named = [path for path in paths if is_said or gradescope.read(path.name, True)]
    listed = gradescope.owners(folder, len(paths)) if named else {}
    for path in named:
        is_file = kind(path) is Kind.FILE
        owners = listed.get(path.name) or tuple(
            owner for entry in gradescope.read(path.name, not is_file) for owner in entry.owners
        )
        yield from (Claim(owner, path, path.name if is_file else "") for owner in owners)
    for name, owners in listed.items():
        if gradescope.read(name, True) and kind(folder / name) is Kind.NOTHING:
            why = tr(NOT_THERE, metadata=gradescope.METADATA, name=name)
            yield from (Claim(owner, folder / name, why=why) for owner in owners)


def _by_student(
    takes_folders: bool, search: Search, folder: Path, paths: Sequence[Path], _: bool
) -> Iterator[Claim]:
    """Yield a claim for each file, and perhaps for each folder, by the student's name."""
    stems: dict[Path, str] = {}
    for path in paths:
        is_submittable = filenames.can_be_submission(path.name) or path in search.unpacked.refused
        if is_odd(path) and path not in search.unpacked.paths:  # a file that was named counts
            continue
        if kind(path) is Kind.FOLDER:
            stems |= {path: path.name} if takes_folders else {}
        elif is_submittable or kind(path) is Kind.LINK:
            stems[path] = filenames.split(path.name)[0] if is_submittable else path.name
    known = set(stems.values())
    for path, stem in stems.items():
        original = filenames.without_copy(stem)
        stems[path] = original if original in known else stem
    owners, unknown = search.owners([*stems.values()])
    for path, stem in stems.items():
        is_file, is_link = kind(path) is not Kind.FOLDER, kind(path) is Kind.LINK
        why = a_link(path.name) if is_link else unknown.get(stem, "")
        yield Claim(owners[stem], path, path.name if is_file else "", is_loose=is_file, why=why)


CLAIMS: dict[Layout, Callable[[Search, Path, Sequence[Path], bool], Iterator[Claim]]] = {
    Layout.MOODLE: functools.partial(_of_platform, READ["moodle"]),
    Layout.CANVAS: functools.partial(_of_platform, READ["canvas"]),
    Layout.GRADESCOPE: _of_gradescope,
    Layout.FOLDERS: functools.partial(_by_student, True),
    Layout.FILES: functools.partial(_by_student, False),
}


def recognized(search: Search, folder: Path) -> Layout:
    """Return the only layout that explains all in a folder.  Raises WrongPath if several may be meant."""
    own = search.own(folder)
    folders = [path for path in own if kind(path) is Kind.FOLDER]
    plain, possible = Layout.FOLDERS if folders else Layout.FILES, []
    platforms = [Layout(name) for name in READ]
    for layout in [Layout.NBGRADER, *platforms] if _may_be_course(search, folder) else platforms:
        result = claims(search, layout, folder, is_said=False)
        if result.found and not result.unexplained:
            return layout
        if result.found and 2 * len(result.unexplained) <= len(own):
            possible.append(layout)
    if possible:
        ways = tr(" or ").join(f"--from {way}" for way in (*possible, plain))
        raise WrongPath(AMBIGUOUS, path=search.unpacked.shown(folder), ways=ways)
    if folders == own and not any(map(search.direct, folders)) and not _repeat_names(search, folders):
        raise WrongPath(DEEP, path=search.unpacked.shown(folder), name=folders[0].name)
    return plain


def _may_be_course(search: Search, folder: Path) -> bool:
    """Return whether students may be in submitted/; without nbgrader's settings, it may be a student's."""
    inner = folder / SUBMITTED
    return inner.is_dir() and (kind(folder / CONFIG) is Kind.FILE or not search.is_students(inner))


def _repeat_names(search: Search, folders: Sequence[Path]) -> bool:
    """Return whether most folders hold a folder of the same name, which so is not a student's."""
    count = Counter(path.name for folder in folders for path in search.own(folder))
    return not folders or max(count.values(), default=len(folders)) * 2 > len(folders)


def class_folders(search: Search, folder: Path, said: Layout | None) -> list[Path]:
    """Return the folders that hold the class: the inmost of folders around it, or those of its groups.

    A folder is a group's if its names have ids, and the groups' names have none.
    """
    folder = _inmost(search, folder, said)
    groups = search.own(folder)
    inner = [filenames.split(path.name)[0] for group in groups for path in search.own(group)]
    if said not in (None, Layout.FOLDERS, Layout.FILES) or any(map(search.is_students, groups)):
        return [folder]
    are_folders = all(kind(group) is Kind.FOLDER for group in groups) and len(inner) > len(groups) > 1
    has_ids = are_folders and not class_names.identifies([group.name for group in groups])
    return groups if has_ids and class_names.identifies(inner) else [folder]


def _inmost(search: Search, folder: Path, said: Layout | None) -> Path:
    """Return the class's own folder, inside all folders around it, each of which is the only one there."""
    while True:
        own = search.own(folder)
        if any(path.name == search.assignment for path in own):
            own = [path for path in own if path.name not in search.others]
        inner = search.unpacked.inside.get(own[0], own[0]) if len(own) == 1 else folder
        if inner == folder or not _is_around(search, inner, said):
            return folder
        folder = inner


def _is_around(search: Search, folder: Path, said: Layout | None) -> bool:
    """Return whether the only folder of a class is not a student's."""
    if kind(folder) is not Kind.FOLDER or search.is_students(folder) or why_unreadable(folder):
        return False
    if said is Layout.NBGRADER or folder.name == SUBMITTED:
        return folder.name != SUBMITTED
    if any(read(folder.name, True) for name, read in READ.items() if said in (None, name)):
        return False
    own = search.own(folder)
    return folder.name == search.assignment or len(own) > 1 or any(kind(p) is Kind.FOLDER for p in own)
