"""Looks below a folder of a class, and recognizes its layout if the instructor does not name it.

The whole class decides, by names that an instructor or a platform gave, never by the contents of one
student's folder.  If that is not enough, an error asks the instructor.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from autograder.intake.choice import PACKED, SUFFIXES, Candidate, Wanted
from autograder.intake.layouts import MEANINGS, PLATFORM_OF, Layout, without_copy
from autograder.intake.places import Kind, WrongPath, children_of, is_odd, is_system, kind, why_unreadable
from autograder.languages import N_, tr
from autograder.platforms import gradescope
from autograder.platforms.moodle import is_feedback
from autograder.platforms.platform import Entry, Names

DEEPEST = 6  # levels below a student's folder in which to look for the file
OURS = ("feedback", "unpacked")  # folders in our results that may look like a student's
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


def readings(names: Names, path: Path) -> list[Entry]:
    """All readings of a path's name on a platform; a link may be read as a file or as a folder."""
    what = kind(path)
    found = names.read(path.name, what is Kind.FOLDER)
    return found or (names.read(path.name, True) if what is Kind.LINK else [])


@dataclass(frozen=True)
class Levels:
    """Questions about what is below a folder of a class.

    out: where results go; nothing there is a submission.
    """

    wanted: Wanted
    out: Path | None = None

    def children(self, folder: Path) -> list[Path]:
        """The paths in a folder, without system files and our results."""
        return [p for p in children_of(folder) if not is_system(p.name) and not self.is_out(p)]

    def is_out(self, path: Path) -> bool:
        """Whether it is the results folder, one of our folders in it, or contains nothing else."""
        if self.out is None or kind(path) is not Kind.FOLDER:
            return False
        here = path.resolve()
        if here == self.out or (here.parent == self.out and path.name in OURS):
            return True
        return here in self.out.parents and all(
            is_system(p.name) or self.is_out(p) for p in children_of(path)
        )

    def is_named(self, file: Candidate) -> bool:
        """Whether a file has the assignment's name."""
        return file.stem == self.wanted.assignment and file.is_program

    def below(self, folder: Path, depth: int = 0) -> Iterator[Candidate]:
        """All files in a student's folder, except in folders of other assignments."""
        for path in self.children(folder):
            # a folder with the file's name is reported when it is opened
            if kind(path) is Kind.FOLDER and not self.is_named(Candidate(path, path.name)):
                if depth < DEEPEST and path.name not in self.wanted.others and not path.name.startswith("."):
                    yield from self.below(path, depth + 1)
            elif not is_odd(path):
                yield from self.unpacked(Candidate(path, path.name), depth)

    def unpacked(self, file: Candidate, depth: int = 0) -> Iterator[Candidate]:
        """The file; for an archive, also the files in it."""
        inside = self.wanted.inside.get(file.path)
        inner = self.below(inside, depth + 1) if inside and depth < DEEPEST else iter(())
        first = next(inner, None)
        there = [file] if first is None else chain([first], inner)
        yield from (replace(one, number=file.number) for one in there)

    def is_students(self, path: Path) -> bool:
        """Whether it is a folder with the assignment's file, even if its name looks odd."""
        if kind(path) is not Kind.FOLDER or path.name.startswith((".", "__")):
            return False
        name = self.wanted.assignment
        return any(
            kind(place / (name + suffix)) is Kind.FILE for place in (path, path / name) for suffix in SUFFIXES
        )

    def holds_itself(self, folder: Path) -> bool:
        """Whether a program is directly in a folder, or in an assignment's folder in it."""
        inner = (folder / name for name in (self.wanted.assignment, *self.wanted.others))
        places = [folder, *(place for place in inner if kind(place) is Kind.FOLDER)]
        inside = self.wanted.inside
        there = [p for q in places for p in self.children(q) if p.suffix.lower() in SUFFIXES or p in inside]
        return any(kind(p) not in (Kind.FOLDER, Kind.UNSEEN) and not is_odd(p) for p in there)

    def counts(self, path: Path) -> bool:
        """Whether it may be a submission, or hold one of any assignment."""
        if kind(path) is not Kind.FOLDER:
            return path.suffix.lower() in (*SUFFIXES, *PACKED) and not is_odd(path)
        return (not is_odd(path) or self.is_students(path)) and (
            bool(why_unreadable(path))
            or any(file.is_program for file in self.below(path))
            or self.holds_itself(path)
        )

    def own(self, folder: Path) -> list[Path]:
        """The paths in a folder that count."""
        return [path for path in self.children(folder) if self.counts(path)]

    def named_by(self, layout: Layout, folder: Path) -> list[Path]:
        """The paths in a folder with a name that this platform gives."""
        platform, children = PLATFORM_OF[layout], self.children(folder)
        if platform.metadata and platform.metadata not in [path.name for path in children]:
            return []
        names = platform.names(folder)
        return [path for path in children if readings(names, path)]


def inmost(levels: Levels, folder: Path, said: Layout | None) -> Path:
    """The class's own folder, inside folders around it whose names are not students'."""
    while True:
        own = levels.own(folder)
        inner = next((path for path in own if _is_around(levels, folder, path, own, said)), None)
        if inner is None:
            return folder
        folder = inner


def _is_around(levels, folder, path, own, said):
    """Whether a folder is not a student's but contains the class, judged by its name alone."""
    if kind(path) is not Kind.FOLDER or levels.is_students(path) or why_unreadable(path):
        return False
    if path.name == levels.wanted.assignment:  # and those beside are of other assignments
        return all(p.name in levels.wanted.others for p in own if p != path)
    outer = os.path.basename(os.path.abspath(folder))
    if path.name in (outer, without_copy(outer)) or gradescope.EXPORT.fullmatch(path.name):
        return len(own) == 1
    if said in PLATFORM_OF:
        return len(own) == 1 and not readings(PLATFORM_OF[said].names(folder), path)
    return len(own) == 1 and said is Layout.NBGRADER and path.name != SUBMITTED


def recognized(levels: Levels, folder: Path) -> Layout:
    """The only layout that explains all files.  Raises WrongPath if several do."""
    own = levels.own(folder)
    if _is_course(levels, folder, own):
        return Layout.NBGRADER
    folders = [path for path in own if kind(path) is Kind.FOLDER]
    plain, possible = Layout.FOLDERS if folders else Layout.FILES, []
    for layout in PLATFORM_OF:
        named = set(levels.named_by(layout, folder))
        rest = [path for path in own if path not in named and not is_feedback(path.name)]
        if named and not rest:
            return layout
        if named and len(named) >= len(rest):
            possible.append(layout)
        elif own == folders and len(own) == 1 and levels.named_by(layout, own[0]):
            possible.append(layout)  # a download that was unpacked into a folder
    if possible:
        first = own[0].name + "/" * (own[0] in folders)
        ways = [f"--from {way} ({tr(MEANINGS[way], name=first)})" for way in (*possible, plain)]
        raise WrongPath(AMBIGUOUS, path=folder, ways=tr(" or ").join(ways))
    has_loose = any(path.suffix.lower() in SUFFIXES for path in {*own}.difference(folders))
    # no student can put a program into a section
    if folders and not has_loose and not any(map(levels.holds_itself, folders)):
        raise WrongPath(DEEP, path=folder, name=folders[0].name)
    return plain


def _is_course(levels, folder, own):
    """Whether the students are in submitted/: nbgrader's settings are here, or nothing else is."""
    inner = folder / SUBMITTED
    if kind(folder / CONFIG) is Kind.FILE:
        return os.path.isdir(inner)  # a course's own link is followed
    beside = [path for path in own if path.name not in (SUBMITTED, *STEPS)]
    return kind(inner) is Kind.FOLDER and not beside and not levels.is_students(inner)
