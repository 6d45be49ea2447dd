"""What is looked for, and what is below a folder; follows no link, and opens no file."""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from autograder import courses
from autograder.intake import places
from autograder.intake.archives import Unpacked
from autograder.intake.places import Kind, children_of, is_odd, is_system, kind, why_unreadable
from autograder.platforms import class_names
from autograder.platforms.platform import Owner, named_after

MAX_LEVELS = 6  # levels below a student's folder in which to look for the file
OURS = ("feedback", "unpacked")  # folders in our results that may look like a student's


class Layout(enum.StrEnum):
    """How the files of a class are named, and so whose each is; see the table in docs/lms.md."""

    MOODLE = "moodle"
    CANVAS = "canvas"
    GRADESCOPE = "gradescope"
    NBGRADER = "nbgrader"
    FOLDERS = "folders"  # a folder for each student, or a file
    FILES = "files"


@dataclass(frozen=True)
class Search:
    """The search for submissions of one assignment.

    is_whole: the whole class is there, so that ids and names may be found by what all names have in common;
    without it, later files would change them.
    """

    assignment: str
    unpacked: Unpacked = field(default_factory=Unpacked)  # the paths
    out: Path | None = None  # where results go, resolved; nothing there is a submission
    layout: Layout | None = None  # as a person said, or None to recognize it
    roster: class_names.Roster | None = None  # decides whose a file is
    is_whole: bool = False
    # collects names that may be submissions but are not taken for one
    passed_over: list[str] = field(default_factory=list)
    _submittable: dict[Path, list[Path]] = field(default_factory=dict)

    @cached_property
    def others(self) -> frozenset[str]:
        """Return all other assignments, whose files are not taken for this one's."""
        return frozenset(courses.names()) - {self.assignment}

    def owners(self, names: Sequence[str]) -> tuple[dict[str, Owner], dict[str, str]]:
        """Return name of a file or folder -> whose it is; and why nobody knows, where that is so."""
        if self.roster is not None:
            return self.roster.owners(names)
        if self.is_whole:
            return class_names.owners(names), {}
        return {name: named_after(name) for name in names}, {}

    def children(self, folder: Path) -> list[Path]:
        """Return the paths in a folder, without system files and our results."""
        return [p for p in children_of(folder) if not is_system(p.name) and not self._is_out(p)]

    def _is_out(self, path: Path) -> bool:
        """Return whether it is, is in, or has nothing but, our results."""
        if self.out is None or kind(path) is not Kind.FOLDER:
            return False
        here = path.resolve()
        is_ours = here == self.out or (here.parent == self.out and path.name in OURS)
        return is_ours or (here in self.out.parents and not self.submittable(path))

    def below(self, folder: Path, depth: int = 0) -> Iterator[Path]:
        """Yield all files in a student's folder, except in folders of other assignments."""
        for path in self.children(folder):
            # a folder with the file's name is reported when it is opened
            if kind(path) is Kind.FOLDER and not self.is_named(path):
                if depth < MAX_LEVELS and path.name not in self.others and not path.name.startswith("."):
                    yield from self.below(path, depth + 1)
            elif not is_odd(path):
                yield from self.inside(path, depth)

    def inside(self, path: Path, depth: int = 0) -> list[Path]:
        """Return the file; for an archive, the files in it, if there are any."""
        folder = self.unpacked.inside.get(path)
        return list(self.below(folder, depth + 1) if folder and depth < MAX_LEVELS else ()) or [path]

    def is_named(self, path: Path) -> bool:
        """Return whether it has the assignment's name, as a notebook or a program."""
        return places.is_program(path.name) and places.split_name(path.name)[0] == self.assignment

    def direct(self, folder: Path) -> Iterator[Path]:
        """Yield the programs and archives directly in a folder, or in an assignment's folder in it."""
        around = [folder, *(folder / name for name in (self.assignment, *self.others))]
        for path in (path for place in around if kind(place) is Kind.FOLDER for path in self.children(place)):
            is_wanted = places.is_program(path.name) or path in self.unpacked.inside
            if is_wanted and not is_odd(path) and kind(path) not in (Kind.FOLDER, Kind.UNSEEN):
                yield path

    def is_students(self, folder: Path) -> bool:
        """Return whether it is a folder with the assignment's file."""
        return any(map(self.is_named, self.direct(folder)))

    def submittable(self, folder: Path) -> list[Path]:
        """Return the paths in a folder that may be a submission, or hold one of any assignment."""
        if folder not in self._submittable:
            paths = (path for path in self.children(folder) if not is_odd(path))
            self._submittable[folder] = [*filter(self.may_hold_work, paths)]
        return self._submittable[folder]

    def may_hold_work(self, path: Path) -> bool:
        """Return whether a path may be a submission, or hold one of any assignment."""
        if kind(path) is not Kind.FOLDER:
            return places.can_be_submission(path.name)
        programs = (file for file in self.below(path) if places.is_program(file.name))
        return any(self.direct(path)) or any(programs) or bool(why_unreadable(path))
