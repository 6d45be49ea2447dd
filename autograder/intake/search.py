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
    is_odd,
    is_program,
    is_system,
)
from autograder.platforms.people import Roster
from autograder.platforms.platform import Platform

MAX_LEVELS = 6  # levels below a student's folder in which to look for the file


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
    roster: Roster | None = None

    @cached_property
    def others(self) -> frozenset[str]:
        """Return all other assignments, whose files are not taken for one of this."""
        return frozenset(courses.names()) - {self.assignment}

    def children(self, folder: Path) -> list[Path]:
        """Return the paths in a folder, without system files and our results."""
        paths = []
        for path in children_of(folder):
            if not is_system(path.name) and not self._is_out(path):
                paths.append(path)
        return paths

    def _is_out(self, folder: Path) -> bool:
        """Return whether it is, or has nothing but, our results."""
        if self.out is None or not is_folder(folder):
            return False
        place = folder.resolve()
        is_around = place in self.out.parents
        return place == self.out or (is_around and not self.works(folder))

    def files(self, path: Path) -> Iterator[Path]:
        """Yield the file; of a folder or a .zip, what may be of this assignment in it."""
        if is_folder(path):
            return self._below(path, self.others)
        return self._inside(path, self.others)

    def _below(
        self, folder: Path, left_out: Collection[str], depth: int = 0
    ) -> Iterator[Path]:
        """Yield the files in a folder, except in hidden ones and in those that are left out."""
        if depth > MAX_LEVELS:
            return
        for path in self.children(folder):
            if path.name.startswith("."):
                continue
            # A folder with the file's name is reported when it is opened.
            if not is_folder(path) or self.is_named(path):
                yield from self._inside(path, left_out, depth)
            elif path.name not in left_out:
                yield from self._below(path, left_out, depth + 1)

    def _inside(
        self, path: Path, left_out: Collection[str], depth: int = 0
    ) -> Iterator[Path]:
        """Yield the file; of a .zip, the files in it, if there are any."""
        folder = self.unpacked.folders.get(path)
        files = []
        if folder is not None:
            files = [*self._below(folder, left_out, depth + 1)]
        yield from files or [path]

    def is_named(self, path: Path) -> bool:
        """Return whether it has the assignment's name, as a notebook or a program."""
        stem, _ = places.split_name(path.name)
        return is_program(path.name) and stem == self.assignment

    def is_students(self, folder: Path) -> bool:
        """Return whether the assignment's file is in a folder, or in a folder of its name in it."""
        for place in (folder, folder / self.assignment):
            if is_folder(place):
                for path in self.children(place):
                    if self.is_named(path) and not is_folder(path):
                        return True
        return False

    def works(self, folder: Path) -> list[Path]:
        """Return the paths in a folder that may be a submission, or hold one of any assignment."""
        return [*filter(self.is_work, self.children(folder))]

    def is_work(self, path: Path) -> bool:
        """Return whether it may be or hold a submission of any assignment, by the names."""
        if is_odd(path):
            return False
        if places.why_unreadable(path):
            return True
        files = self._below(path, ()) if is_folder(path) else [path]
        return any(map(self._is_file_of_work, files))

    def _is_file_of_work(self, path: Path) -> bool:
        unpacked = self.unpacked
        is_archive = path in unpacked.folders or path in unpacked.refused
        return is_archive or is_program(path.name)
