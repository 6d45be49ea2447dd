"""What lies below a folder of a class, and which layout it has where the instructor does not say.

Told by the whole class, by names that an instructor or a platform gave, and by files that no student could
put there; never by what one student's folder holds.  Where that is not enough, the instructor is asked, and
nobody is guessed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.intake.choice import PACKED, SUFFIXES, Candidate, Wanted, listed
from autograder.intake.layouts import MEANINGS, PLATFORM_OF, Layout, without_copy
from autograder.intake.places import Kind, WrongPath, children_of, is_odd, is_system, kind, why_unreadable
from autograder.languages import tr
from autograder.platforms import gradescope
from autograder.platforms.moodle import is_feedback
from autograder.platforms.platform import Entry, Names

DEEPEST = 6  # folders below a student's, in which the file is looked for
OURS = ("feedback", "handed_in")  # what lies in our results, and may look like a student
SUBMITTED = "submitted"  # nbgrader's folder of students
# What lies beside it, and is no student's; the last two are this kit's own names.
STEPS = ("downloaded", "source", "release", "autograded", "feedback", "solutions", "assignments")
CONFIG = "nbgrader_config.py"  # by which an instructor says that a folder is a course
SECTION = "section"  # with which an instructor's name of a section begins
# How folders in a student's folder are called, and no student is.
NOBODY = frozenset(
    ("answer", "answers", "assignment", "assignments", "code", "homework", "notebook", "notebooks", "old")
    + ("solution", "solutions", "source", "src", "submission", "work")
)


def readings(names: Names, path: Path) -> list[Entry]:
    """What a platform says by a name, by what lies there; a link may stand for a file or a folder."""
    what = kind(path)
    found = names.read(path.name, what is Kind.FOLDER)
    return found or (names.read(path.name, True) if what is Kind.LINK else [])


@dataclass(frozen=True)
class Levels:
    """What lies below a folder of a class.

    out: where the results go, which are nobody's submission.
    """

    wanted: Wanted
    out: Path | None = None

    def children(self, folder: Path) -> list[Path]:
        """What lies in a folder and is no system's, and none of our results."""
        there = [path for path in children_of(folder) if not is_system(path.name)]
        return [path for path in there if not (self.is_out(path) or self.is_results(path))]

    def is_out(self, path: Path) -> bool:
        """Whether it is where the results go, lies in it, or holds nothing else."""
        if self.out is None or kind(path) is not Kind.FOLDER:
            return False
        here = path.resolve()
        if here == self.out or (here.parent == self.out and path.name in OURS):
            return True
        return here in self.out.parents and all(
            is_system(p.name) or self.is_out(p) for p in children_of(path)
        )

    def is_results(self, folder: Path) -> bool:
        """Whether this kit wrote a folder, as an earlier run's results; a student may submit such files."""
        path = folder / "results.json"
        if kind(path) is not Kind.FILE or kind(folder / "feedback") is not Kind.FOLDER:
            return False
        try:
            with open(path, "rb") as file:
                return file.read(11) == b'{"schema": ' and not self.is_students(folder)
        except OSError:
            return False

    def is_named(self, file: Candidate) -> bool:
        """Whether a file is called as the assignment's."""
        return file.stem == self.wanted.assignment and file.is_program

    def below(self, folder: Path, depth: int = 0) -> Iterator[Candidate]:
        """All files of a student's folder, but those of another assignment's folder."""
        for path in self.children(folder):
            # a folder that is named as the file says so when it is opened
            if kind(path) is Kind.FOLDER and not self.is_named(Candidate(path, path.name)):
                if depth < DEEPEST and path.name not in self.wanted.others and not path.name.startswith("."):
                    yield from self.below(path, depth + 1)
            elif not is_odd(path):
                yield Candidate(path, path.name)

    def is_students(self, path: Path) -> bool:
        """Whether it is a folder with the assignment's file, whatever else its name begins like."""
        if kind(path) is not Kind.FOLDER or path.name.startswith((".", "__")):
            return False
        name = self.wanted.assignment
        return any(
            kind(place / (name + suffix)) is Kind.FILE for place in (path, path / name) for suffix in SUFFIXES
        )

    def holds(self, folder: Path) -> bool:
        """Whether a program of any assignment lies in it, or further down, or it cannot be known."""
        return (
            bool(why_unreadable(folder))
            or any(file.is_program for file in self.below(folder))
            or self.holds_itself(folder)
        )

    def holds_itself(self, folder: Path) -> bool:
        """Whether a program lies in a folder itself, or in that of an assignment in it."""
        inner = (folder / name for name in (self.wanted.assignment, *self.wanted.others))
        places = [folder, *(place for place in inner if kind(place) is Kind.FOLDER)]
        there = [p for place in places for p in self.children(place) if p.suffix.lower() in SUFFIXES]
        return any(kind(p) not in (Kind.FOLDER, Kind.UNSEEN) and not is_odd(p) for p in there)

    def counts(self, path: Path) -> bool:
        """Whether it may be a submission, or hold one."""
        if kind(path) is Kind.FOLDER:
            return (not is_odd(path) or self.is_students(path)) and self.holds(path)
        return path.suffix.lower() in (*SUFFIXES, *PACKED) and not is_odd(path)

    def own(self, folder: Path) -> list[Path]:
        """What lies in a folder that counts."""
        return [path for path in self.children(folder) if self.counts(path)]

    def named_by(self, layout: Layout, folder: Path) -> list[Path]:
        """What in a folder a platform named."""
        platform, children = PLATFORM_OF[layout], self.children(folder)
        if platform.metadata and platform.metadata not in [path.name for path in children]:
            return []
        names = platform.names(folder)
        return [path for path in children if readings(names, path)]

    def platform_in(self, folder: Path) -> Layout | None:
        """The platform, or nbgrader, that gave all names in a folder; None where none did."""
        own = self.own(folder)
        if any(path.name == SUBMITTED for path in own):
            return Layout.NBGRADER
        for layout, platform in PLATFORM_OF.items():
            named = self.named_by(layout, folder)
            if named and own and (platform.metadata or set(named).issuperset(own)):
                return layout
        return None


def inmost(levels: Levels, folder: Path, said: Layout | None) -> Path:
    """The class's own folder, where others lie around it whose names are no student's."""
    while True:
        own = levels.own(folder)
        inner = next((path for path in own if _is_around(levels, folder, path, own, said)), None)
        if inner is None:
            return folder
        folder = inner


def _is_around(levels, folder, path, own, said):
    """Whether a folder in a folder is no student, but holds the class: by its name alone."""
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
    """The one layout that explains all files.  Raises WrongPath where several may."""
    own = levels.own(folder)
    found = next(filter(None, (rule(levels, folder, own) for rule in RULES)))
    if len(found) > 1:
        first = listed([path.name + "/" * (kind(path) is Kind.FOLDER) for path in own][:1])
        ways = (f"--from {layout} ({tr(MEANINGS[layout], name=first)})" for layout in found)
        raise WrongPath(
            tr(
                "The names in {path} can be read in more than one way, and students would be mixed up. "
                "Choose one: {ways}.",
                path=folder,
                ways=tr(" or ").join(ways),
            )
        )
    return found[0]


def _a_course(levels, folder, own):
    """The students are in submitted/: by nbgrader's settings, or since nothing else is here."""
    inner = folder / SUBMITTED
    beside = [path for path in own if path.name not in (SUBMITTED, *STEPS)]
    said = kind(folder / CONFIG) is Kind.FILE and os.path.isdir(inner)  # a course's own link is followed
    alone = kind(inner) is Kind.FOLDER and not beside and not levels.is_students(inner)
    return [Layout.NBGRADER] if said or alone else []


def _a_platforms(levels, folder, own):
    """A platform gave all names; where it gave only half of them, who can tell."""
    many = []
    for layout in PLATFORM_OF:
        named = levels.named_by(layout, folder)
        rest = [path for path in own if path not in named and not is_feedback(path.name)]
        if named and not rest:
            return [layout]
        many += [layout] if named and len(named) >= len(rest) else []
    with_folders = any(kind(path) is Kind.FOLDER for path in own)
    return [*many, Layout.FOLDERS if with_folders else Layout.FILES] if many else []


def _loose_files(levels, folder, own):
    return [] if any(kind(path) is Kind.FOLDER for path in own) else [Layout.FILES]


def _files_beside_folders(levels, folder, own):
    """As each file, so each folder is a student's."""
    beside = [path for path in own if kind(path) is not Kind.FOLDER and path.suffix.lower() in SUFFIXES]
    return [Layout.FOLDERS] if beside else []


def _platforms_in_sections(levels, folder, own):
    """What a platform gave of some students lies in each folder; in a single one, who can tell."""
    inside = [levels.platform_in(path) for path in own if kind(path) is Kind.FOLDER]
    if len(inside) == 1 and inside[0]:
        return [Layout.FOLDERS, *inside]
    return [Layout.SECTIONS] if all(layout in PLATFORM_OF for layout in inside) else []


def _folders_with_programs(levels, folder, own):
    """As a program shows that lies in one of them: no student can put one into a section."""
    return [Layout.FOLDERS] if any(levels.holds_itself(p) for p in own if kind(p) is Kind.FOLDER) else []


def _called_sections(levels, folder, own):
    named = [p.name.casefold().startswith(SECTION) for p in own if kind(p) is Kind.FOLDER]
    return [Layout.SECTIONS] if all(named) else []


def _folders_in_folders(levels, folder, own):
    """Whether several hold several, and whether any inner name is no student's."""
    either = [Layout.FOLDERS, Layout.SECTIONS]
    inner = [names for path in own if kind(path) is Kind.FOLDER if (names := _inner(levels, path))]
    alone = [names[0] for names in inner if len(names) == 1]
    again = {name for name in alone if alone.count(name) > 1}  # the only folder of several
    tasks = {name.casefold() for name in (levels.wanted.assignment, *levels.wanted.others)}
    no_students = any((NOBODY | again | tasks).intersection(names) for names in inner)
    several = sum(len(names) > 1 for names in inner)
    if several >= 2 and 2 * several >= len(inner):
        return either if no_students else [Layout.SECTIONS]
    return [Layout.FOLDERS] if no_students or not inner else either


def _inner(levels: Levels, folder: Path) -> list[str]:
    """The names of the folders just below that hold a program."""
    there = [p for p in levels.children(folder) if kind(p) is Kind.FOLDER and not is_odd(p)]
    return [path.name.casefold() for path in there if not why_unreadable(path) and levels.holds(path)]


# Each gives the layouts that explain the files, one or several, or none where another must.
RULES: Sequence[Callable[[Levels, Path, Sequence[Path]], list[Layout]]] = (
    _a_course,
    _a_platforms,
    _loose_files,
    _files_beside_folders,
    _platforms_in_sections,
    _folders_with_programs,
    _called_sections,
    _folders_in_folders,
)
