"""From a command's paths to the submissions of each assignment; imports no exercise, and so no
torch.
"""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder import courses
from autograder.cli.terminal import Stop, say, say_some
from autograder.intake import archives, collector, released
from autograder.intake.collector import Collection
from autograder.intake.owners import SUBMITTED
from autograder.intake.places import WrongPath
from autograder.intake.search import Search
from autograder.languages import N_, listed, tr
from autograder.platforms.people import read_roster
from autograder.platforms.platform import Platform

NO_ASSIGNMENT = N_(
    "Nothing below {paths} is named after an assignment. Name one with --assignment ({known})."
)


def ours(names: Iterable[str], is_ours: Callable[[str], bool | None]) -> list[str]:
    """Return the assignments that are ours, and say which are left to nbgrader.  Raises Stop if
    all are.
    """
    names = [*names]
    mine = [*filter(is_ours, names)]
    foreign = [name for name in names if name not in mine]
    if foreign and not mine:
        raise Stop(released.FOREIGN, assignment=listed(foreign))
    for name in foreign:
        say(released.FOREIGN, sys.stderr, assignment=name)
    return mine


@dataclass(frozen=True)
class ClassFiles:
    """What a command was given to grade.  platform, roster: of the class, if given.

    assignment: "" for each one found.  out: where results are kept, if they are.
    """

    paths: Sequence[Path]
    assignment: str = ""
    out: Path | None = None
    platform: Platform | None = None
    roster: Path | None = None

    def collected(self, into: Path) -> list[tuple[str, Collection]]:
        """Return what was submitted to each assignment; each .zip is unpacked into a folder."""
        for path in self.paths:
            exists = os.path.lexists if len(self.paths) > 1 else os.path.exists
            if not exists(path):
                raise Stop("No file or folder {path}. Check the path.", path=path)
        out = self.out.resolve() if self.out is not None else None
        if out in [path.resolve() for path in self.paths]:
            raise Stop(
                "{out} holds the submissions. Choose another folder with --out.",
                out=self.out,
            )
        known = courses.names()
        unpacked = archives.unpack_all(self.paths, into)
        people = read_roster(self.roster) if self.roster is not None else None
        names = (
            [self.assignment]
            if self.assignment
            else collector.assignments_below(unpacked.paths, known)
        )
        if not names:
            raise WrongPath(NO_ASSIGNMENT, paths=self.paths[0], known=listed(known))
        released.require(*names)
        collections = []
        for name in ours(names, self._is_ours):
            found = collector.collect(
                Search(name, unpacked, out, self.platform, people)
            )
            say_some(tr("Submitted nothing"), found.absent, between="; ")
            collections.append((name, found))
        archives.remove_others(into, unpacked)
        return _without_taken(collections)

    def _is_ours(self, assignment: str) -> bool:
        return all(
            released.is_ours(assignment, *_places(path, assignment))
            for path in self.paths
        )


def _without_taken(
    collections: Sequence[tuple[str, Collection]],
) -> list[tuple[str, Collection]]:
    """Return the collections; a path that one assignment takes is skipped by none."""
    left = []
    for name, found in collections:
        skipped = {}
        for path, why in found.skipped.items():
            if all(path in other.skipped for _, other in collections):
                skipped[path] = why
        left.append((name, replace(found, skipped=skipped)))
    return left


def _places(path: Path, assignment: str) -> list[Path]:
    """Return where the nbgrader course around a path has an assignment, without running its
    settings.
    """
    places = path / SUBMITTED, path, *path.absolute().parents
    root = next((p.parent for p in places if p.name == SUBMITTED and p.is_dir()), None)
    steps = (
        "assignments",
        "release",
        "solutions",
        "source",
    )  # as the kit and nbgrader name them
    return [root / step / assignment for step in steps] if root else []
