"""Which folders of a class are students, and which only hold them.

Where no folder of a level has the assignment's file itself, but folders in it have, these are the students,
and the level above are sections: `section1/ana/`.  Unless all of them have the same name, as in `ana/task/`
and `bo/task/`, or one that nobody has, as in `ana/submission/`: then the level above are the students.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.intake import layouts
from autograder.intake.choice import SUFFIXES, Found, Wanted
from autograder.intake.layouts import METADATA, without_copy
from autograder.intake.places import Kind, children_of, is_odd, is_system, kind, why_unreadable

DEEPEST = 6  # folders below a student's, in which the file is looked for
OURS = ("feedback", "handed_in")  # what lies in our results, and may look like a student
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
        if self.out is None or kind(path) is not Kind.FOLDER or why_unreadable(path):
            return False
        here = path.resolve()
        if here == self.out or (here.parent == self.out and path.name in OURS):
            return True
        return self.out.is_relative_to(here) and all(
            is_system(p.name) or self.is_out(p) for p in children_of(path)
        )

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

    def is_platforms(self, folder: Path) -> bool:
        """Whether what lies in it has names that a platform gave."""
        if why_unreadable(folder):
            return False
        return any(p.name == METADATA or layouts.entry(p.name) for p in self.children(folder))

    def sections(self, folders: Sequence[Path], nobody: frozenset[str]) -> list[Path]:
        """Which of these are no students, but hold them.  nobody: names that no student has here."""
        by_platform = [folder for folder in folders if self.is_platforms(folder)]
        rest = [folder for folder in folders if folder not in by_platform]
        if any(why_unreadable(folder) or self._has(folder) for folder in rest):
            return []  # they are students, whatever names of a platform's one of them gave to files
        holding = {folder: self.holding(folder) for folder in rest}
        names = [path.name for paths in holding.values() for path in paths]
        once = all(len(paths) <= 1 for paths in holding.values())
        alike = once and len(names) > 1 and len(set(names)) == 1
        nobody |= self._no_students
        found = [f for f in rest if self._is_class_of(f) or (not alike and self._holds_students(f, nobody))]
        return by_platform + found if found or not names else []  # where others are students, so is each

    def holding(self, folder: Path) -> list[Path]:
        """The folders just below that hold a program, here or further down."""
        inner = [p for p in self.children(folder) if kind(p) is Kind.FOLDER]
        inner = [p for p in inner if not is_odd(p) or self.is_students(p)]
        return [path for path in inner if not why_unreadable(path) and next(self._programs(path), None)]

    def in_all(self, sections: Sequence[Path]) -> frozenset[str]:
        """The name that the only folder of every student has: nobody's."""
        students = [student for section in sections for student in self.holding(section)]
        inner = [[path.name for path in self.holding(student)] for student in students]
        names = {name for one in inner for name in one}
        alike = len(inner) > 1 and len(names) == 1 and all(len(one) == 1 for one in inner)
        return frozenset(name.casefold() for name in names) if alike else frozenset()

    @property
    def _no_students(self):
        return NOBODY | {name.casefold() for name in (self.wanted.assignment, *self.wanted.others)}

    def _holds_students(self, folder, nobody, depth=0):
        """Whether a folder below may be a student's by its name, or holds such a one."""
        return any(
            path.name.casefold() not in nobody
            or (depth < DEEPEST and self._holds_students(path, nobody, depth + 1))
            for path in self.holding(folder)
        )

    def _has(self, folder):
        """Whether a folder is a student's by what lies in it: the assignment's file, or a program of one."""
        names = (self.wanted.assignment, *self.wanted.others)
        inner = [folder / name for name in names if kind(folder / name) is not Kind.NOTHING]
        if inner and not all(self._is_class_of(path) for path in inner):
            return True
        own = self._own(folder)
        if any(path.stem == self.wanted.assignment for path in own):
            return True
        if not own or self._is_class_of(folder):
            return False
        return not any(file.stem == self.wanted.assignment for file in self.below(folder))

    def _is_class_of(self, folder):
        """Whether it is called as the assignment, and holds several students."""
        if folder.name != self.wanted.assignment or kind(folder) is not Kind.FOLDER or why_unreadable(folder):
            return False
        own = self._own(folder)
        if own:
            stems = {without_copy(path.stem) for path in own}
            return len(stems) > 1 and self.wanted.assignment not in stems
        students = [p for p in self.holding(folder) if p.name.casefold() not in self._no_students]
        return len(students) > 1

    def _own(self, folder):
        """The programs that lie in a folder itself."""
        there = [p for p in children_of(folder) if p.suffix.lower() in SUFFIXES and not is_odd(p)]
        return [path for path in there if path.stem not in self.wanted.others]

    def _programs(self, folder):
        for file in self.below(folder):
            if file.suffix in SUFFIXES and file.stem not in self.wanted.others:
                yield file
