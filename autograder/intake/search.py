"""Looks through folders for one assignment's submissions.  Follows no link, and opens no file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from autograder import courses
from autograder.intake import places
from autograder.intake.archives import Unpacked
from autograder.intake.places import (
    Kind,
    children_of,
    is_odd,
    is_program,
    is_system,
    kind,
)
from autograder.platforms.people import Roster
from autograder.platforms.platform import Platform

MAX_LEVELS = 6  # levels below a student's folder in which to look for the file


@dataclass(frozen=True)
class Search:
    """The search for submissions of one assignment."""

    assignment: str
    unpacked: Unpacked = field(default_factory=Unpacked)  # the paths
    out: Path | None = (
        None  # where results go, resolved; nothing there is a submission
    )
    # that named the files, as a person said; None to recognize it
    platform: Platform | None = None
    roster: Roster | None = None  # decides whose a file is
    _works: dict[Path, list[Path]] = field(default_factory=dict)

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
        if self.out is None or kind(folder) is not Kind.FOLDER:
            return False
        place = folder.resolve()
        if place == self.out:
            return True
        return place in self.out.parents and not self.works(folder)

    def below(self, folder: Path, depth: int = 0) -> Iterator[Path]:
        """Yield a student's files, except hidden ones and those of other assignments."""
        for path in self.children(folder):
            if path.name.startswith("."):
                continue
            # a folder with the file's name is reported when it is opened
            if kind(path) is not Kind.FOLDER or self.is_named(path):
                yield from self.inside(path, depth)
            elif depth < MAX_LEVELS and path.name not in self.others:
                yield from self.below(path, depth + 1)

    def inside(self, path: Path, depth: int = 0) -> list[Path]:
        """Return the file; for an archive, the files in it, if there are any."""
        folder = self.unpacked.inside.get(path)
        if folder is None or depth >= MAX_LEVELS:
            return [path]
        return [*self.below(folder, depth + 1)] or [path]

    def is_named(self, path: Path) -> bool:
        """Return whether it has the assignment's name, as a notebook or a program."""
        stem, _ = places.split_name(path.name)
        return is_program(path.name) and stem == self.assignment

    def direct(self, folder: Path) -> list[Path]:
        """Return the programs and archives in a folder, or in an assignment's folder in it."""
        files: list[Path] = []
        for name in (".", self.assignment, *self.others):
            if kind(folder / name) is Kind.FOLDER:
                files += filter(
                    self._is_file_of_work, self.children(folder / name)
                )
        return files

    def _is_file_of_work(self, path: Path) -> bool:
        is_wanted = is_program(path.name) or path in self.unpacked.inside
        is_file = kind(path) not in (Kind.FOLDER, Kind.UNSEEN)
        return is_wanted and is_file and not is_odd(path)

    def is_students(self, folder: Path) -> bool:
        """Return whether it is a folder with the assignment's file."""
        return any(map(self.is_named, self.direct(folder)))

    def works(self, folder: Path) -> list[Path]:
        """Return the paths in a folder that may be a submission, or hold one of any assignment."""
        if folder not in self._works:
            self._works[folder] = [*filter(self.is_work, self.children(folder))]
        return self._works[folder]

    def is_work(self, path: Path) -> bool:
        """Return whether it may hold work and is no test, settings file or hidden file."""
        return not is_odd(path) and self.may_hold_work(path)

    def may_hold_work(self, path: Path) -> bool:
        """Return whether a path may be a submission, or hold one of any assignment."""
        if kind(path) is not Kind.FOLDER:
            is_archive = (
                path in self.unpacked.inside or path in self.unpacked.refused
            )
            return is_archive or is_program(path.name)
        if self.direct(path) or places.why_unreadable(path):
            return True
        return any(is_program(file.name) for file in self.below(path))
