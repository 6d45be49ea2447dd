"""What lies below a folder of a class, and at which level the students' folders are.

Told by the whole class, by names that an instructor or a platform gave, and by files that no student could
put there; never by what one student's folder holds.  Where that is not enough, nobody is guessed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from autograder.intake.choice import SUFFIXES, Found, Wanted
from autograder.intake.layouts import Layout
from autograder.intake.places import Kind, children_of, is_odd, is_system, kind, why_unreadable

DEEPEST = 6  # folders below a student's, in which the file is looked for
OURS = ("feedback", "handed_in")  # what lies in our results, and may look like a student
SUBMITTED = "submitted"  # nbgrader's folder of students
SECTION = "section"  # with which an instructor's name of a section begins
# How folders in a student's folder are called, and no student is.
NOBODY = frozenset(
    ("answer", "answers", "assignment", "assignments", "code", "homework", "notebook", "notebooks", "old")
    + ("solution", "solutions", "source", "src", "submission", "work")
)


@dataclass(frozen=True)
class Levels:
    """What lies below a folder of a class.

    out: where the results go, which are nobody's hand-in.
    """

    wanted: Wanted
    out: Path | None = None

    def children(self, folder: Path) -> list[Path]:
        """What lies in a folder and is no system's, and none of our results."""
        there = [path for path in children_of(folder) if not is_system(path.name)]
        return [path for path in there if not (self.is_out(path) or self.is_results(path))]

    def is_out(self, path: Path) -> bool:
        """Whether it is where the results go, lies in it, or holds nothing else."""
        if not self._outs or kind(path) is not Kind.FOLDER or why_unreadable(path):
            return False
        here = _identity(path)
        if here == self._outs[0] or (path.name in OURS and _identity(path.parent) == self._outs[0]):
            return True
        return here in self._outs and all(is_system(p.name) or self.is_out(p) for p in children_of(path))

    @cached_property
    def _outs(self):
        """The folder of the results and those above it, the nearest first; None for one that is not there."""
        return [_identity(place) for place in (self.out, *self.out.parents)] if self.out is not None else []

    def is_results(self, folder: Path) -> bool:
        """Whether this kit wrote a folder, as an earlier run's results; a student may hand in such files."""
        path = folder / "results.json"
        if kind(path) is not Kind.FILE or kind(folder / "feedback") is not Kind.FOLDER:
            return False
        try:
            with open(path, "rb") as file:
                return file.read(11) == b'{"schema": ' and not self.is_students(folder)
        except OSError:
            return False

    def is_named(self, file: Found) -> bool:
        """Whether a file is called as the assignment's."""
        return file.stem == self.wanted.assignment and file.suffix in SUFFIXES

    def below(self, folder: Path, depth: int = 0) -> Iterator[Found]:
        """All files of a student's folder, but those of another assignment's folder."""
        if why_unreadable(folder):
            return
        for path in self.children(folder):
            # a folder that is named as the file says so when it is opened
            if kind(path) is Kind.FOLDER and not self.is_named(Found(path, path.name)):
                if depth < DEEPEST and path.name not in self.wanted.others and not path.name.startswith("."):
                    yield from self.below(path, depth + 1)
            elif not is_odd(path):
                yield Found(path, path.name)

    def is_students(self, path: Path) -> bool:
        """Whether it is a folder with the assignment's file, whatever else its name begins like."""
        if kind(path) is not Kind.FOLDER or path.name.startswith((".", "__")) or why_unreadable(path):
            return False
        name = self.wanted.assignment
        return any(
            kind(place / (name + suffix)) is Kind.FILE for place in (path, path / name) for suffix in SUFFIXES
        )

    def holds(self, folder: Path) -> bool:
        """Whether a program of any assignment lies in it, or further down, or it cannot be known."""
        files = self.below(folder)
        inner = (path for place in self._assignments_in(folder) for path in self._programs_in(place))
        return bool(why_unreadable(folder)) or any(f.suffix in SUFFIXES for f in files) or any(inner)

    def students_at(self, folders: Sequence[Path]) -> Layout | None:
        """Whether these are students, or sections of students; None where they may be either.

        A program that lies in one of them itself shows that they are students: no student can put one into
        a section.
        """
        if any(self._is_students_for_sure(folder) for folder in folders):
            return Layout.FOLDERS
        if folders and all(folder.name.casefold().startswith(SECTION) for folder in folders):
            return Layout.SECTIONS
        inner = [names for folder in folders if (names := self._inner(folder))]
        generic = sum(any(name in self._no_students(inner) for name in names) for names in inner)
        several = sum(len(names) > 1 for names in inner)
        if several >= 2 and 2 * several >= len(inner):
            return None if generic else Layout.SECTIONS
        return Layout.FOLDERS if generic or not inner else None

    def _inner(self, folder):
        """The names of the folders just below that hold a program."""
        if why_unreadable(folder):
            return []
        there = [p for p in self.children(folder) if kind(p) is Kind.FOLDER and not is_odd(p)]
        return [path.name.casefold() for path in there if not why_unreadable(path) and self.holds(path)]

    def _no_students(self, inner):
        """Names that no student has here: those of tasks, and one that is the only folder of several."""
        alone = [names[0] for names in inner if len(names) == 1]
        again = {name for name in alone if alone.count(name) > 1}
        return NOBODY | again | {name.casefold() for name in self._names}

    @cached_property
    def _names(self):
        return (self.wanted.assignment, *self.wanted.others)

    def _is_students_for_sure(self, folder):
        """Whether a program lies in a folder itself, or in that of an assignment in it."""
        if kind(folder) is not Kind.FOLDER or why_unreadable(folder):
            return False
        return any(self._programs_in(place) for place in (folder, *self._assignments_in(folder)))

    def _assignments_in(self, folder):
        places = [folder / name for name in self._names]
        return [place for place in places if kind(place) is Kind.FOLDER and not why_unreadable(place)]

    def _programs_in(self, folder):
        there = [p for p in self.children(folder) if p.suffix.lower() in SUFFIXES and not is_odd(p)]
        return [path for path in there if kind(path) is not Kind.FOLDER]


def _identity(path):
    """Tells a folder from any other, by whatever path it is reached; None where there is none."""
    try:
        status = os.stat(path, follow_symlinks=False)
    except OSError:
        return None
    return status.st_dev, status.st_ino
