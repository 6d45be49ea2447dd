"""Looks below a folder for what students submitted: without a system's files, our results, or any link.

Reads no file, and does not know whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from autograder import courses
from autograder.intake.archives import Unpacked
from autograder.intake.places import Kind, children_of, is_odd, is_system, kind, why_unreadable

SUFFIXES = (".ipynb", ".py")  # if a student wrote in both, the first counts
PACKED = (".zip", ".rar", ".7z", ".gz", ".tgz", ".tar")
DEEPEST = 6  # levels below a student's folder in which to look for the file
OURS = ("feedback", "unpacked")  # folders in our results that may look like a student's


@dataclass(frozen=True)
class Search:
    """What is looked for, and questions about what is below a folder.

    unpacked: the contents of each .zip.  out: where results go; nothing there is a submission.
    passed_over: collects names that may be submissions but are not taken for one.
    """

    assignment: str
    unpacked: Unpacked = field(default_factory=Unpacked)
    out: Path | None = None
    passed_over: list[str] = field(default_factory=list)

    @cached_property
    def others(self) -> frozenset[str]:
        """All other assignments, whose files are not taken for this one's."""
        return frozenset(courses.names()) - {self.assignment}

    def children(self, folder: Path) -> list[Path]:
        """The paths in a folder, without system files and our results."""
        return [p for p in children_of(folder) if not is_system(p.name) and not self._is_out(p)]

    def _is_out(self, path: Path) -> bool:
        """Whether it is the results folder, one of our folders in it, or contains nothing else."""
        if self.out is None or kind(path) is not Kind.FOLDER:
            return False
        here = path.resolve()
        if here == self.out or (here.parent == self.out and path.name in OURS):
            return True
        return here in self.out.parents and not self.own(path)

    def below(self, folder: Path, depth: int = 0) -> Iterator[Path]:
        """All files in a student's folder, except in folders of other assignments."""
        for path in self.children(folder):
            # a folder with the file's name is reported when it is opened
            if kind(path) is Kind.FOLDER and not self.is_named(path):
                if depth < DEEPEST and path.name not in self.others and not path.name.startswith("."):
                    yield from self.below(path, depth + 1)
            elif not is_odd(path):
                yield from self.inside(path, depth)

    def inside(self, path: Path, depth: int = 0) -> list[Path]:
        """The file; for an archive, the files in it, if there are any."""
        folder = self.unpacked.inside.get(path)
        return list(self.below(folder, depth + 1) if folder and depth < DEEPEST else ()) or [path]

    def is_named(self, path: Path) -> bool:
        """Whether it has the assignment's name, as a notebook or a program."""
        return path.stem == self.assignment and path.suffix.lower() in SUFFIXES

    def direct(self, folder: Path) -> list[Path]:
        """The programs and archives directly in a folder, or in an assignment's folder in it."""
        places = [folder, *(folder / name for name in (self.assignment, *self.others))]
        there = [path for place in places if kind(place) is Kind.FOLDER for path in self.children(place)]
        there = [path for path in there if path.suffix.lower() in SUFFIXES or path in self.unpacked.inside]
        return [p for p in there if not is_odd(p) and kind(p) not in (Kind.FOLDER, Kind.UNSEEN)]

    def is_students(self, folder: Path) -> bool:
        """Whether it is a folder with the assignment's file."""
        return any(map(self.is_named, self.direct(folder)))

    def own(self, folder: Path) -> list[Path]:
        """The paths in a folder that may be a submission, or hold one of any assignment."""
        return [path for path in self.children(folder) if not is_odd(path) and self._counts(path)]

    def _counts(self, path):
        if kind(path) is not Kind.FOLDER:
            return path.suffix.lower() in (*SUFFIXES, *PACKED)
        own = self.direct(path) or (file for file in self.below(path) if file.suffix.lower() in SUFFIXES)
        return any(own) or bool(why_unreadable(path))
