"""Which layout the folder of a class has, where the instructor does not say: the one that explains all files.

By the names that an instructor or a platform gave, and by the whole class; where that is not enough, the
instructor is asked, and nobody is guessed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.intake.choice import PACKED, SUFFIXES, listed
from autograder.intake.layouts import (
    GRADESCOPE_EXPORT,
    MEANINGS,
    METADATA,
    Layout,
    is_feedback,
    without_copy,
)
from autograder.intake.levels import SUBMITTED, Levels
from autograder.intake.places import Kind, WrongPath, is_odd, kind, why_unreadable
from autograder.languages import N_, tr

# What lies beside nbgrader's submitted/, and is no student's; the last two are this kit's own names.
STEPS = ("downloaded", "source", "release", "autograded", "feedback", "solutions", "assignments")
CONFIG = "nbgrader_config.py"  # by which an instructor says that a folder is a course
PLATFORMS = (Layout.MOODLE, Layout.CANVAS, Layout.GRADESCOPE)
UNCLEAR = N_(
    "The names in {path} can be read in more than one way, and students would be mixed up. "
    "Choose one: {ways}."
)


@dataclass(frozen=True)
class Recognition:
    """Looks at a folder's names.  takes: of a platform's layout, which of the folder's children it named."""

    levels: Levels
    takes: Mapping[Layout, Callable[[Sequence[Path]], list[Path]]]

    def inmost(self, folder: Path, said: Layout | None) -> Path:
        """The class's own folder, where others lie around it whose names are no student's."""
        while True:
            own = [path for path in self.levels.children(folder) if self._counts(path)]
            inner = next((path for path in own if self._is_around(folder, path, own, said)), None)
            if inner is None:
                return folder
            folder = inner

    def _is_around(self, folder, path, own, said):
        """Whether a folder in a folder is no student, but holds the class: by its name alone."""
        if kind(path) is not Kind.FOLDER or self.levels.is_students(path) or why_unreadable(path):
            return False
        wanted = self.levels.wanted
        if path.name == wanted.assignment:  # and those beside are of other assignments
            return all(p.name in wanted.others for p in own if p != path)
        outer = os.path.basename(os.path.abspath(folder))
        by_name = path.name in (outer, without_copy(outer)) or GRADESCOPE_EXPORT.fullmatch(path.name)
        is_said = said in self.takes and not self.takes[said]([path])
        return len(own) == 1 and bool(by_name or is_said)

    def layout(self, folder: Path) -> Layout:
        """The one layout that explains all files.  Raises WrongPath where several may."""
        children = self.levels.children(folder)
        own = [path for path in children if self._counts(path)]
        if self._is_course(folder, own):
            return Layout.NBGRADER
        folders = [path for path in own if kind(path) is Kind.FOLDER]
        many = []
        for layout in PLATFORMS:
            taken = self.takes[layout](children)
            rest = [path for path in own if path not in taken and not is_feedback(path.name)]
            if taken and not rest:
                return layout
            many += [layout] if taken and len(taken) >= len(rest) else []
        if many:
            raise _unclear(folder, [*many, Layout.FOLDERS if folders else Layout.FILES], own)
        if not folders:
            return Layout.FILES
        if any(path.suffix.lower() in SUFFIXES for path in own if path not in folders):
            return Layout.FOLDERS  # as each file, so each folder is a student's
        return self._of_folders(folder, folders)

    def _of_folders(self, folder, folders):
        """Whether these are students or sections."""
        inside = [self.platform_in(path) for path in folders]
        if len(folders) == 1 and inside[0]:
            raise _unclear(folder, [Layout.FOLDERS, *inside], folders)
        if all(layout in PLATFORMS for layout in inside):
            return Layout.SECTIONS
        found = self.levels.students_at(folders)
        if found is None:
            raise _unclear(folder, [Layout.FOLDERS, Layout.SECTIONS], folders)
        return found

    def platform_in(self, folder: Path) -> Layout | None:
        """The platform, or nbgrader, that gave all names in a folder; None where none did."""
        children = self.levels.children(folder) if not why_unreadable(folder) else []
        own = [path for path in children if self._counts(path)]
        if any(path.name == SUBMITTED for path in own):
            return Layout.NBGRADER
        if any(path.name == METADATA for path in children):
            return Layout.GRADESCOPE
        found = (one for one in (Layout.MOODLE, Layout.CANVAS) if len(own) == len(self.takes[one](own)))
        return next(found, None) if own else None

    def _is_course(self, folder, own):
        """Whether the students are in submitted/: by nbgrader's settings, or since nothing else is here."""
        inner = folder / SUBMITTED
        if kind(folder / CONFIG) is Kind.FILE and os.path.isdir(inner):  # a course's own link is followed
            return True
        beside = [path for path in own if path.name not in (SUBMITTED, *STEPS)]
        return kind(inner) is Kind.FOLDER and not beside and not self.levels.is_students(inner)

    def _counts(self, path):
        """Whether it may be a hand-in, or hold one."""
        if kind(path) is Kind.FOLDER:
            return (not is_odd(path) or self.levels.is_students(path)) and self.levels.holds(path)
        return path.suffix.lower() in (*SUFFIXES, *PACKED) and not is_odd(path)


def _unclear(folder, fitting, own):
    first = listed([path.name + "/" * (kind(path) is Kind.FOLDER) for path in own][:1])
    ways = (f"--from {layout} ({tr(MEANINGS[layout], name=first)})" for layout in fitting)
    return WrongPath(tr(UNCLEAR, path=folder, ways=tr(" or ").join(ways)))
