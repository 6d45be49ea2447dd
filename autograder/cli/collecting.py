"""From a command's paths to the submissions of each assignment.

Imports no exercise, and so no torch.
"""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import courses
from autograder.cli.terminal import say, say_some
from autograder.errors import KitError
from autograder.intake import archives, collector, released
from autograder.intake.collector import Submissions
from autograder.intake.owners import SUBMITTED
from autograder.intake.search import Search
from autograder.languages import listed, tr
from autograder.platforms.people import read_roster
from autograder.platforms.platform import Platform

# Folders with notebooks, as the kit and nbgrader name them.
STEPS = ("assignments", "release", "solutions", "source")


def ours(
    names: Iterable[str], is_ours: Callable[[str], bool | None]
) -> list[str]:
    """Return the assignments that are ours, and print which are left to nbgrader.

    Raises KitError if all are.
    """
    mine: list[str] = []
    foreign: list[str] = []
    for name in names:
        (mine if is_ours(name) else foreign).append(name)
    if foreign and not mine:
        raise KitError(released.LEFT_TO_NBGRADER, assignment=listed(foreign))
    for name in foreign:
        say(released.LEFT_TO_NBGRADER, sys.stderr, assignment=name)
    return mine


@dataclass(frozen=True)
class Request:
    """What a command was given to grade.  platform, roster: of the class, if given.

    assignment: "" for each that has submissions.  out: where results are kept, if they are.
    """

    paths: Sequence[Path]
    assignment: str = ""
    out: Path | None = None
    platform: Platform | None = None
    roster: Path | None = None

    def collected(self, into: Path) -> list[tuple[str, Submissions]]:
        """Return what was submitted to each assignment; each .zip is unpacked into an
        empty folder.
        """
        self._require_paths()
        unpacked = archives.unpack_all(self.paths, into)
        people = None
        if self.roster is not None:
            people = read_roster(self.roster)
        names = [self.assignment]
        if not self.assignment:
            names = collector.assignments_below(unpacked.paths, courses.names())
        if not names:
            names = [self._unnamed(unpacked.paths)]
        released.require(*names)
        out = self.out and self.out.resolve()
        collections = []
        for name in ours(names, self._is_ours):
            search = Search(name, unpacked, out, self.platform, people)
            collection = Submissions(search)
            say_some(tr("Submitted nothing"), collection.absent, between="; ")
            collections.append((name, collection))
        _leave_out_taken(collections)
        return collections

    def _unnamed(self, paths: Sequence[Path]) -> str:
        """Return the assignment of files that are named after students.  Raises KitError.

        It is the course's only one, or the only one of which they define a function.
        """
        possible = courses.own_names()
        if len(possible) > 1:
            possible = collector.assignments_inside(paths, possible)
        if len(possible) != 1:
            raise KitError(
                "Nothing below {paths} is named after an assignment. Name one with "
                "--assignment ({known}).",
                paths=self.paths[0],
                known=listed(possible or courses.own_names()),
            )
        return possible[0]

    def _require_paths(self) -> None:
        """Raise KitError unless there is something to grade, and results go elsewhere."""
        exists = os.path.exists
        # A link that leads nowhere is one student's problem among several files.
        if len(self.paths) > 1:
            exists = os.path.lexists
        for path in self.paths:
            if not exists(path):
                raise KitError(
                    "No file or folder {path}. Check the path.", path=path
                )
            if self.out and path.resolve() == self.out.resolve():
                raise KitError(
                    "{out} holds the submissions. Choose another folder with --out.",
                    out=self.out,
                )

    def _is_ours(self, assignment: str) -> bool:
        return all(
            released.is_ours(assignment, *_places(path, assignment))
            for path in self.paths
        )


def _leave_out_taken(collections: Sequence[tuple[str, Submissions]]) -> None:
    """Of two assignments in one folder, each skips what is the other's: nobody needs to know."""
    skipped_by_all = set.intersection(
        *({*collection.skipped} for _, collection in collections)
    )
    for _, collection in collections:
        for path in collection.skipped.keys() - skipped_by_all:
            del collection.skipped[path]


def _places(path: Path, assignment: str) -> list[Path]:
    """Return where the nbgrader course around a path may have an assignment.

    Its settings, which could say so, are a program and not run.
    """
    for place in (path / SUBMITTED, path, *path.absolute().parents):
        if place.name == SUBMITTED and place.is_dir():
            return [place.parent / step / assignment for step in STEPS]
    return []
