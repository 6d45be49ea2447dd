"""From the paths that an instructor names to the files that lie there, and whose they are.

Knows the three usual layouts: `<id>/<assignment>.ipynb`, nbgrader's `<id>/<assignment>/...`, and
loose files named by student.  Follows no link below a path that was named: it may lead to another's work.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.intake.places import CANNOT_BE_READ, LINK, Kind, kind, why_unreadable
from autograder.intake.submission import Submission, open_submission

SUFFIXES = (".ipynb", ".py")  # where a student has both, the first counts
SUBMITTED = "submitted"
# What lies beside nbgrader's submitted/, and is no student's; the last two are this kit's own names.
STEPS = ("source", "release", "autograded", "feedback", "solutions", "assignments")
# What a system or an editor leaves in any folder.
SYSTEM = ("__pycache__", "__MACOSX", ".git", ".ipynb_checkpoints", ".pytest_cache", ".hypothesis", ".venv")


class WrongPath(ValueError):
    """A path that holds no submissions; the message says what is expected there."""


@dataclass(frozen=True)
class Handin:
    """Where a submission lies.

    problem: why there is none, in a sentence.  needs_a_person: whether that is no fault of the student's,
    so that there is no grade.
    """

    id: str
    path: Path
    file: str
    flags: tuple[str, ...] = ()
    problem: str = ""
    needs_a_person: bool = False

    def open(self) -> Submission:
        """Its text; where there is none, it says why."""
        if self.problem:
            return Submission(self.id, self.file, problem=self.problem, flags=self.flags)
        return open_submission(self.path, self.id, self.flags, self.file)


@dataclass(frozen=True)
class Collection:
    """What was found.  passed_over: the names of what could have been handed in, but is not taken for it."""

    handins: tuple[Handin, ...]
    passed_over: tuple[str, ...] = ()


def collect(paths: Sequence[Path], assignment: str, others: Sequence[str] = ()) -> Collection:
    """The submissions of an assignment below these paths, one per student, sorted by id.

    others: the names of the other assignments, whose files are not taken for this one's.  Raises
    WrongPath where a path does not exist or nothing is found.
    """
    handins: dict[str, Handin] = {}
    passed_over: list[str] = []
    for path in paths:
        if not os.path.exists(path):  # unlike Path's own, it is false for what is shut
            raise WrongPath(f"there is no file or folder {path}")
        if path.is_dir():
            found = _Below(path, assignment, frozenset(others), passed_over).handins()
        else:
            found = [_file(path, path.parent)]
        for handin in found:
            known = handins.get(handin.id)
            if known is None or (known.problem and not handin.problem):
                handins[handin.id] = handin
            elif known.path != handin.path:
                words = f"has two files: {known.file} counts, {handin.file} does not"
                handins[handin.id] = replace(known, flags=(*known.flags, words))
    if not handins:
        names = f"<student>/{assignment}.ipynb (or .py), <student>/{assignment}/, <student>.ipynb"
        raise WrongPath(f"no submission of {assignment} below {paths[0]}: expected {names}")
    return Collection(
        tuple(_readable(handins[id]) for id in sorted(handins)), tuple(dict.fromkeys(passed_over))
    )


def assignments_below(paths: Sequence[Path], names: Sequence[str]) -> list[str]:
    """Which assignments have submissions below these paths, by the names of files and folders."""
    found = set()
    for path in paths:
        found.update(name for name in names if path.stem == name)
        folders = [folder for folder in (path, path / SUBMITTED) if os.path.isdir(folder)]
        for folder in folders:
            if why_unreadable(folder):
                continue
            for child in _listed(folder):
                if folder is path and child.stem in names and _is_program(child):
                    found.add(child.stem)
                found.update(name for name in names if name not in found and _holds(child, name))
    return [name for name in names if name in found]


@dataclass(frozen=True)
class _Below:
    """What lies below a folder that an instructor named: a class, or one student's files.

    passed_over: is added to.
    """

    root: Path
    assignment: str
    others: frozenset[str]
    passed_over: list[str]

    def handins(self) -> list[Handin]:
        """All that were handed in, of which several may be of one id."""
        places = self._places()
        if len(places) == 1:
            (folder,) = places
            children = _listed(folder)
            own = _named(children, self.assignment)
            # a class may have a student who is called as the assignment
            if own and not self._of_others(children):
                return [_choice(folder.resolve().name, own, folder)]
        return [handin for folder in places for handin in self._class(folder, places)]

    def _places(self):
        """The folders whose children are students: nbgrader's submitted/, unless a student is called so."""
        inner = self.root / SUBMITTED
        if not os.path.isdir(inner):
            return [self.root]
        if os.path.isfile(self.root / "nbgrader_config.py"):
            return [inner]
        beside = [path for path in _listed(self.root) if path.name not in (SUBMITTED, *STEPS)]
        if not self._of_others(beside, own=True):
            return [inner]
        # nobody is left out: where both may hold students, both do
        return [self.root] if kind(inner) is Kind.LINK or self._is_students(inner) else [self.root, inner]

    def _is_students(self, folder):
        """Whether this is the folder of one student, with their file of this assignment."""
        for place in (folder, folder / self.assignment):
            if kind(place) is Kind.FOLDER and not why_unreadable(place):
                children = _listed(place)
                if _named(children, self.assignment) or len({p.stem for p in self._loose(children)}) == 1:
                    return True
        return False

    def _of_others(self, children, own=False):
        """Whether any of this was handed in.  own: the file that is named as the assignment counts too."""
        if any(own or path.stem != self.assignment for path in self._loose(children)):
            return True
        return any(kind(p) is Kind.FOLDER and not _is_odd(p) and _holds(p, self.assignment) for p in children)

    def _loose(self, children):
        """The files that may be of this assignment, whatever their names."""
        return [p for p in children if _is_program(p) and p.stem not in self.others and not _is_odd(p)]

    def _class(self, folder, places):
        found = []
        for child in _listed(folder):
            what, program = kind(child), _is_program(child)
            if child in places:
                continue
            if _is_odd(child) or (len(places) > 1 and folder == self.root and child.name in STEPS):
                if (program or what is Kind.FOLDER) and child.name not in SYSTEM:
                    self.passed_over.append(_label(child, self.root))
            elif program:
                found.append(_file(child, folder))
            elif what is Kind.FOLDER:
                found += self._student(child, folder)
            elif what is Kind.LINK and not os.path.isfile(child):
                found.append(_linked(child.name, child, folder))
        return _merged(found)

    def _student(self, folder, root):
        """The hand-in of a student's folder, if it holds not only other assignments."""
        id, inner, links = folder.name, folder / self.assignment, []
        for place in (inner, folder):
            if kind(place) is Kind.LINK:
                links.append(place)
            if kind(place) is not Kind.FOLDER:
                continue
            why = why_unreadable(place)
            if why:
                return [Handin(id, place, _label(place, root), problem=why, needs_a_person=True)]
            children = _listed(place)
            named = _named(children, self.assignment)
            if named:
                return [_choice(id, named, root)]
            loose = self._loose(children)
            if len({p.stem for p in loose}) == 1:
                handin = _choice(id, sorted(loose, key=_rank), root)
                words = f"its file is named {handin.path.name}, not {self.assignment}{handin.path.suffix}"
                return [replace(handin, flags=(*handin.flags, words))]
            if len(loose) > 1 and place != folder:
                break
        if links:
            return [_linked(id, links[0], root)]
        names = [name + suffix for name in self.others for suffix in ("", *SUFFIXES)]
        if kind(inner) is not Kind.FOLDER and any(kind(folder / n) is not Kind.NOTHING for n in names):
            return []
        words = f"there is no file {self.assignment}.ipynb or {self.assignment}.py in {id}/"
        return [Handin(id, folder / f"{self.assignment}.ipynb", _label(folder, root), problem=words)]


def _listed(folder):
    """What lies in a folder, sorted.  Raises WrongPath where that cannot be known."""
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise WrongPath(CANNOT_BE_READ.format(name=folder, why=error.strerror)) from None


def _holds(folder, assignment):
    """Whether a student's folder has something of this assignment; one that is shut has not."""
    names = (assignment, *(assignment + suffix for suffix in SUFFIXES))
    return any(kind(folder / name) not in (Kind.NOTHING, Kind.UNSEEN) for name in names)


def _named(children, assignment):
    """The files that are named as the assignment, the one that counts first."""
    wanted = [assignment + suffix for suffix in SUFFIXES]
    return sorted((path for path in children if path.name in wanted), key=_rank)


def _choice(id, paths: Iterable[Path], root):
    """The first, with a flag where there is another."""
    first, *more = paths
    flags = (f"has two files: {first.name} counts, {more[0].name} does not",) if more else ()
    return Handin(id, first, _label(first, root), flags)


def _linked(id, path, root):
    label = _label(path, root)
    return Handin(id, path, label, problem=LINK.format(name=label))


def _readable(handin):
    """The hand-in, or why it cannot be read: no student is to blame for that."""
    why = "" if handin.problem else why_unreadable(handin.path)
    return replace(handin, problem=why, needs_a_person=True) if why else handin


def _merged(handins):
    """Loose files of one student, alice.py and alice.ipynb, are one hand-in."""
    merged: dict[str, Handin] = {}
    for handin in sorted(handins, key=lambda e: (e.id, _rank(e.path))):
        known = merged.get(handin.id)
        if known is None:
            merged[handin.id] = handin
        else:
            words = f"has two files: {known.file} counts, {handin.file} does not"
            merged[handin.id] = replace(known, flags=(*known.flags, words))
    return list(merged.values())


def _file(path, root):
    return Handin(path.stem, path, _label(path, root))


def _label(path, root):
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.name


def _rank(path):
    suffix = path.suffix.lower()
    return SUFFIXES.index(suffix) if suffix in SUFFIXES else len(SUFFIXES)


def _is_program(path):
    """Whether it is named as what students hand in, and is no folder."""
    return path.suffix.lower() in SUFFIXES and kind(path) is not Kind.FOLDER


def _is_odd(path):
    """Whether its name says that nobody handed it in."""
    return path.name.startswith((".", "__", "test_", "conftest", "selfcheck."))
