"""What lies below a folder of a class, how names there are meant, and the only layout that explains all.

The whole class decides, by names that an instructor or a platform gave, never by the contents of one
student's folder.  If that is not enough, an error asks the instructor.  Reads no file of a student's.
"""

from __future__ import annotations

import enum
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePath

from autograder import courses
from autograder.intake.archives import Unpacked
from autograder.intake.places import Kind, WrongPath, children_of, is_odd, is_system, kind, why_unreadable
from autograder.languages import N_, tr
from autograder.platforms import READ, gradescope
from autograder.platforms.moodle import FEEDBACK
from autograder.platforms.platform import Entry, Owner

SUFFIXES = (".ipynb", ".py")  # if a student wrote in both, the first counts
PACKED = (".zip", ".rar", ".7z", ".gz", ".tgz", ".tar")
DEEPEST = 6  # levels below a student's folder in which to look for the file
OURS = ("feedback", "unpacked")  # folders in our results that may look like a student's
COPY = re.compile(r"(?i)^copy of |(?: - copy| copy|-copy) ?\d*(?: \(\d+\))?$| ?\(\d+\)$|(?<=^untitled)\d+$")
SUBMITTED = "submitted"  # nbgrader's folder of students
# Folders beside it that are not students'; the last two are this kit's own names.
STEPS = ("downloaded", "source", "release", "autograded", "feedback", "solutions", "assignments")
CONFIG = "nbgrader_config.py"  # marks a folder as an nbgrader course
AMBIGUOUS = N_(
    "The names in {path} fit more than one platform, so files could go to the wrong students. "
    "Choose one: {ways}."
)
DEEP = N_(
    "No folder in {path} holds a file of the assignment itself. If {name}/ is one student, "
    "add --from folders. If it holds several students, name each such folder: {path}/*."
)


@dataclass(frozen=True)
class Search:
    """What is looked for, and questions about what is below a folder.

    unpacked: the contents of each .zip.  out: where results go; nothing there is a submission.
    passed_over: collects names that may be submissions but are not taken for one.
    """

    assignment: str
    unpacked: Unpacked = field(default_factory=Unpacked)
    out: Path | None = None
    passed_over: list[str] = field(default_factory=list)

    @cached_property
    def others(self) -> frozenset[str]:
        """All other assignments, whose files are not taken for this one's."""
        return frozenset(courses.names()) - {self.assignment}

    def children(self, folder: Path) -> list[Path]:
        """The paths in a folder, without system files and our results."""
        return [p for p in children_of(folder) if not is_system(p.name) and not self._is_out(p)]

    def _is_out(self, path: Path) -> bool:
        """Whether it is the results folder, one of our folders in it, or contains nothing else."""
        if self.out is None or kind(path) is not Kind.FOLDER:
            return False
        here = path.resolve()
        if here == self.out or (here.parent == self.out and path.name in OURS):
            return True
        return here in self.out.parents and not self.own(path)

    def below(self, folder: Path, depth: int = 0) -> Iterator[Path]:
        """All files in a student's folder, except in folders of other assignments."""
        for path in self.children(folder):
            # a folder with the file's name is reported when it is opened
            if kind(path) is Kind.FOLDER and not self.is_named(path):
                if depth < DEEPEST and path.name not in self.others and not path.name.startswith("."):
                    yield from self.below(path, depth + 1)
            elif not is_odd(path):
                yield from self.inside(path, depth)

    def inside(self, path: Path, depth: int = 0) -> list[Path]:
        """The file; for an archive, the files in it, if there are any."""
        folder = self.unpacked.inside.get(path)
        return list(self.below(folder, depth + 1) if folder and depth < DEEPEST else ()) or [path]

    def is_named(self, path: Path) -> bool:
        """Whether it has the assignment's name, as a notebook or a program."""
        return path.stem == self.assignment and path.suffix.lower() in SUFFIXES

    def direct(self, folder: Path) -> list[Path]:
        """The programs and archives directly in a folder, or in an assignment's folder in it."""
        places = [folder, *(folder / name for name in (self.assignment, *self.others))]
        there = [path for place in places if kind(place) is Kind.FOLDER for path in self.children(place)]
        there = [path for path in there if path.suffix.lower() in SUFFIXES or path in self.unpacked.inside]
        return [p for p in there if not is_odd(p) and kind(p) not in (Kind.FOLDER, Kind.UNSEEN)]

    def is_students(self, folder: Path) -> bool:
        """Whether it is a folder with the assignment's file."""
        return any(map(self.is_named, self.direct(folder)))

    def own(self, folder: Path) -> list[Path]:
        """The paths in a folder that may be a submission, or hold one of any assignment."""
        return [path for path in self.children(folder) if not is_odd(path) and self._counts(path)]

    def _counts(self, path):
        if kind(path) is not Kind.FOLDER:
            return path.suffix.lower() in (*SUFFIXES, *PACKED)
        own = self.direct(path) or (file for file in self.below(path) if file.suffix.lower() in SUFFIXES)
        return any(own) or bool(why_unreadable(path))


class Layout(enum.StrEnum):
    """How the files of a class are named, and so whose each is; see the table in docs/lms.md."""

    MOODLE = "moodle"
    CANVAS = "canvas"
    GRADESCOPE = "gradescope"
    NBGRADER = "nbgrader"
    FOLDERS = "folders"  # a folder for each student, or a file
    FILES = "files"


def as_taken(id: str) -> str:
    """A form that is equal for two ids that a system or a person could confuse."""
    # what folds may need composing, and the reverse
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", id).casefold()).casefold()


def called(name: str) -> Owner:
    """The owner of a file or folder that is named after a student; composes letters that macOS splits."""
    return Owner(unicodedata.normalize("NFC", name))


def stem(name: str) -> str:
    """A file's name without its ending, and without what a platform added to it."""
    files = [one.file for read in READ.values() for one in read(name, False)]
    return PurePath(files[0] if len(files) == 1 and files[0] else name).stem


def without_copy(stem: str) -> str:
    """A file's name without the suffix that a browser, a system or an editor gives to a copy."""
    return COPY.sub("", stem)


def entries(platform: str, folder: Path, paths: Iterable[Path]) -> dict[Path, list[Entry]]:
    """Path -> all readings of its name on a platform; also of names that Gradescope's metadata lists."""
    owners = gradescope.owners(folder) if platform == Layout.GRADESCOPE else {}
    found = {folder / name: [Entry(of)] for name, of in owners.items() if gradescope.FOLDER.fullmatch(name)}
    for path in paths:
        what, of = kind(path), owners.get(path.name)
        is_folder = what is Kind.FOLDER
        read = [Entry(of, "" if is_folder else path.name)] if of else READ[platform](path.name, is_folder)
        # a link may be read as a file or as a folder
        found[path] = read or (READ[platform](path.name, True) if what is Kind.LINK else [])
    return found


def inmost(search: Search, folder: Path, said: Layout | None) -> Path:
    """The class's own folder, inside folders around it whose names are not students'."""
    while True:
        own = search.own(folder)
        inner = next((path for path in own if _is_around(search, folder, path, own, said)), None)
        if inner is None:
            return folder
        folder = inner


def _is_around(search, folder, path, own, said):
    """Whether a folder is not a student's but contains the class, judged by its name alone."""
    if kind(path) is not Kind.FOLDER or search.is_students(path) or why_unreadable(path):
        return False
    if path.name == search.assignment:  # and those beside are of other assignments
        return all(p.name in search.others for p in own if p != path)
    outer = os.path.basename(os.path.abspath(folder))
    if path.name in (outer, without_copy(outer)) or gradescope.EXPORT.fullmatch(path.name):
        return len(own) == 1
    if said in READ:
        return len(own) == 1 and not entries(said, folder, own)[path]
    return len(own) == 1 and said is Layout.NBGRADER and path.name != SUBMITTED


def recognized(search: Search, folder: Path) -> Layout:
    """The only layout that explains all files.  Raises WrongPath if several do."""
    own = search.own(folder)
    if _is_course(search, folder, own):
        return Layout.NBGRADER
    folders = [path for path in own if kind(path) is Kind.FOLDER]
    plain, possible = Layout.FOLDERS if folders else Layout.FILES, []
    for layout in map(Layout, READ):
        named = _named_by(layout, search, folder)
        rest = [path for path in own if path not in named and not FEEDBACK.fullmatch(path.name)]
        if named and not rest:
            return layout
        if named and len(named) >= len(rest):
            possible.append(layout)
        elif own and own == folders[:1] and _named_by(layout, search, own[0]):
            possible.append(layout)  # a download that was unpacked into a folder
    if possible:
        ways = tr(" or ").join(f"--from {way}" for way in (*possible, plain))
        raise WrongPath(AMBIGUOUS, path=folder, ways=ways)
    has_loose = any(path.suffix.lower() in SUFFIXES for path in {*own}.difference(folders))
    # no student can put a program into a section
    if folders and not has_loose and not any(map(search.direct, folders)):
        raise WrongPath(DEEP, path=folder, name=folders[0].name)
    return plain


def _named_by(platform, search, folder):
    """The paths in a folder with a name that this platform gives."""
    return {path for path, found in entries(platform, folder, search.children(folder)).items() if found}


def _is_course(search, folder, own):
    """Whether the students are in submitted/: nbgrader's settings are here, or nothing else is."""
    inner = folder / SUBMITTED
    if kind(folder / CONFIG) is Kind.FILE:
        return os.path.isdir(inner)  # a course's own link is followed
    beside = [path for path in own if path.name not in (SUBMITTED, *STEPS)]
    return kind(inner) is Kind.FOLDER and not beside and not search.is_students(inner)
