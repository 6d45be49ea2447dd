"""Looks through folders for one assignment's submissions.  Follows no link, and opens no file."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from autograder import courses
from autograder.intake import places
from autograder.intake.archives import Unpacked
from autograder.intake.places import (
    children_of,
    is_folder,
    is_ignored,
    is_program,
    is_system,
)
from autograder.platforms.people import People
from autograder.platforms.platform import Platform

# levels below a student's folder in which to look for the file
MAX_DEPTH = 6


@dataclass(frozen=True)
class Search:
    """The search for submissions of one assignment.

    out: where results go, resolved; nothing there is a submission.  platform: that named the
    files, as a person said; None to recognize it.  roster: decides whose a file is.
    """

    assignment: str
    unpacked: Unpacked = field(default_factory=Unpacked)
    out: Path | None = None
    platform: Platform | None = None
    roster: People | None = None

    @cached_property
    def others(self) -> frozenset[str]:
        """Return all other assignments, whose files are not taken for one of this."""
        return frozenset(courses.names()) - {self.assignment}

    def children(self, folder: Path) -> list[Path]:
        """Return the paths in a folder, without system files and our results."""
        return [
            path
            for path in children_of(folder)
            if not is_system(path.name) and not self._is_out(path)
        ]

    def _is_out(self, folder: Path) -> bool:
        """Return whether it is, or has nothing but, our results."""
        if self.out is None or not is_folder(folder):
            return False
        place = folder.resolve()
        is_around = place in self.out.parents
        return place == self.out or (is_around and not self.relevant(folder))

    def files(
        self, path: Path, left_out: Collection[str], depth: int = 0
    ) -> Iterator[Path]:
        """Yield the file; of a folder or a .zip, the files in it, or else the .zip.

        Hidden paths, and those with a name in `left_out`, are left out.
        """
        folder = self.unpacked.folders.get(path, path)
        # A folder with the file's name is reported when it is opened.
        is_file_named = depth > 0 and self.is_named(path)
        if is_file_named or not is_folder(folder):
            yield path
            return
        is_empty = True
        children = self.children(folder) if depth <= MAX_DEPTH else []
        for child in children:
            if not child.name.startswith(".") and child.name not in left_out:
                for file in self.files(child, left_out, depth + 1):
                    is_empty = False
                    yield file
        if is_empty and folder != path:
            yield path

    def is_named(self, path: Path) -> bool:
        """Return whether it has the assignment's name, as a notebook or a program."""
        stem, _ = places.split_name(path.name)
        return is_program(path.name) and stem == self.assignment

    def is_students(self, folder: Path) -> bool:
        """Return whether the assignment's file is in a folder, or in a folder of its name in it."""
        for place in (folder, folder / self.assignment):
            if is_folder(place):
                named = filter(self.is_named, self.children(place))
                if not all(map(is_folder, named)):
                    return True
        return False

    def relevant(self, folder: Path) -> list[Path]:
        """Return the paths in a folder that may be a submission, or hold one of any assignment."""
        return [*filter(self.is_relevant, self.children(folder))]

    def is_relevant(self, path: Path) -> bool:
        """Return whether it may be or hold a submission of any assignment, by the names."""
        if is_ignored(path):
            return False
        if places.why_unreadable(path):
            return True
        unpacked = self.unpacked
        for file in self.files(path, ()):
            is_archive = file in unpacked.folders or file in unpacked.refused
            if is_archive or is_program(file.name):
                return True
        return False
