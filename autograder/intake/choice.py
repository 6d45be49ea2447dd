"""Which of a student's files counts.  Where that is not certain a person must look: nobody is guessed.

1. The file that is named as the assignment counts; of a notebook and a `.py`, the one that was written
   in, and the notebook where both were.
2. Where no file is named so, the one that has the assignment's cells or functions, and more of them than
   of any other assignment's, counts under its own name, with a flag.
3. Where two files were written in that differ, or what lies there cannot be read, a person must look.
4. A file as it was released, or an empty one, is a zero, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from autograder.intake import released
from autograder.intake.layouts import Owner
from autograder.intake.released import Released
from autograder.intake.submission import Submission, Unreadable, open_submission, text_of
from autograder.sandbox.inside.notebooks import NotANotebook

SUFFIXES = (".ipynb", ".py")  # where a student has both and wrote in both, the first counts
PACKED = (".zip", ".rar", ".7z", ".gz", ".tgz", ".tar")
SHOWN = 3  # names of files in a sentence


@dataclass(frozen=True)
class Handin:
    """Where a submission lies.

    id: of the student, by the platform's own key.  name: a person's, "" where unknown.  problem: why there
    is none, in a sentence.  needs_a_person: whether that is no fault of the student's, so that there is no
    grade.
    """

    id: str
    path: Path
    file: str
    flags: tuple[str, ...] = ()
    problem: str = ""
    needs_a_person: bool = False
    name: str = ""

    def open(self) -> Submission:
        """Its text; where there is none, it says why."""
        if self.problem:
            return Submission(
                self.id, self.file, "", ".py", self.problem, self.flags, self.name, self.needs_a_person
            )
        return replace(open_submission(self.path, self.id, self.flags, self.file), name=self.name)


@dataclass(frozen=True)
class Wanted:
    """What is looked for: an assignment, and what tells its files from those of the others.

    refused: files that must not be read, each with why.
    """

    assignment: str
    others: frozenset[str] = frozenset()
    refused: Mapping[Path, str] = field(default_factory=dict)

    @property
    def released(self) -> Released:
        return released.of(self.assignment)

    def marks_more(self, text: str, suffix: str) -> tuple[int, int]:
        """How much a file has of this assignment, and at most of another.  Raises NotANotebook."""
        others = [released.of(name).marks(text, suffix) for name in self.others]
        return self.released.marks(text, suffix), max(others, default=0)


@dataclass(frozen=True)
class Found:
    """A file that may count.  name: as the student called it.  number: the higher, the newer."""

    path: Path
    name: str
    number: int = 0

    @property
    def suffix(self) -> str:
        return PurePath(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        return PurePath(self.name).stem

    @property
    def rank(self) -> tuple[int, str]:
        return (SUFFIXES.index(self.suffix) if self.suffix in SUFFIXES else len(SUFFIXES), self.name)


@dataclass(frozen=True)
class _Seen:
    """A file that was looked into.  own: what the student wrote in it.  why: it cannot be read."""

    file: Found
    own: frozenset[str] = frozenset()
    marks: int = 0
    of_others: int = 0
    why: str = ""


def choose(owner: Owner, files: Sequence[Found], wanted: Wanted, root: Path) -> Handin | None:
    """The hand-in among all that a student has in one place; None where all is another assignment's.

    root: from which the file is named to people.
    """
    newest, flags = _newest(files)
    flags = (*owner.flags, *flags)
    programs = [file for file in newest if file.suffix in SUFFIXES and file.stem not in wanted.others]
    named = sorted((f for f in programs if f.stem == wanted.assignment), key=lambda f: f.rank)
    packed = [file.name for file in newest if file.suffix in PACKED]
    if len(programs) == len(named) == 1:
        flags += tuple(f"{name} lies beside it, and was not opened" for name in packed)
        return handin(owner, named[0], root, flags)
    if not programs:
        return _without(owner, newest, wanted, root, flags)
    seen = [_look(file, wanted) for file in sorted(programs, key=lambda f: (f not in named, f.rank))]
    own = [one for one in seen if one.file in named or one.why or one.marks > one.of_others]
    if not own:
        if all(one.of_others for one in seen):
            return None
        names = listed(one.file.name for one in seen)
        return asked(
            owner, seen[0].file.path, root, f"{names}: no cell and no function of {wanted.assignment}", flags
        )
    return _of_several(owner, own, packed, wanted.assignment, root, flags)


def of_one_name(owner: Owner, files: Sequence[Found], wanted: Wanted, root: Path) -> Handin:
    """The hand-in of a student by whose name files are called: ana.ipynb, ana.py, or both."""
    newest, flags = _newest(files)
    if len(newest) == 1:
        return handin(owner, newest[0], root, owner.flags)
    seen = [_look(file, wanted) for file in sorted(newest, key=lambda file: file.rank)]
    return _of_several(owner, seen, [], newest[0].stem, root, (*owner.flags, *flags))


def handin(owner: Owner, file: Found, root: Path, flags: Sequence[str] = ()) -> Handin:
    """This file as a student's hand-in."""
    return Handin(owner.id, file.path, label(file.path, root), tuple(flags), name=owner.name)


def asked(owner: Owner, path: Path, root: Path, why: str, flags: Sequence[str] | None = None) -> Handin:
    """A hand-in that a person must look at."""
    flags = owner.flags if flags is None else tuple(flags)
    return Handin(owner.id, path, label(path, root), flags, why, True, owner.name)


def label(path: Path, root: Path) -> str:
    """A path as people read it."""
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.name


def listed(names) -> str:
    """Some names, and how many more."""
    names = list(dict.fromkeys(names))
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + rest


def _newest(files):
    """Of files that were handed in again, the last; and a flag for each."""
    last: dict[str, Found] = {}
    flags = []
    for file in sorted(files, key=lambda file: file.number):
        if file.name in last and file.number:
            flags.append(f"{file.name} was handed in more than once: the last counts")
            last[file.name] = file
        else:
            last[file.name if file.name not in last else str(file.path)] = file
    return list(last.values()), tuple(dict.fromkeys(flags))


def _look(file, wanted):
    """What a file holds."""
    why = wanted.refused.get(file.path)
    if why:
        return _Seen(file, why=why)
    try:
        text = text_of(file.path)
        own = wanted.released.written(text, file.suffix)
        return _Seen(file, own, *wanted.marks_more(text, file.suffix))
    except Unreadable as error:
        return _Seen(file, why=str(error)) if error.needs_a_person else _Seen(file)
    except NotANotebook as error:
        return _Seen(file, why=str(error))


def _of_several(owner, own, packed, stem, root, flags):
    """One of these, the first of which comes first where nothing else decides.

    stem: how the file should be called.
    """
    readable = [one for one in own if not one.why]
    broken = [one for one in own if one.why]
    written = [one for one in readable if one.own]
    chosen = (written or own)[0]
    is_named = chosen.file.stem == stem
    if broken and len(own) > 1 and not (written and is_named and all(b.file.stem != stem for b in broken)):
        said = "; ".join(f"{one.file.name}: {one.why}" for one in broken)
        return asked(owner, broken[0].file.path, root, f"not all of the files can be read: {said}", flags)
    if packed and not is_named:
        names = listed([chosen.file.name, *packed])
        return asked(owner, chosen.file.path, root, f"there is no file named {stem}, but {names}", flags)
    rivals = [one for one in written[1:] if one.own != chosen.own and not _are_a_pair(chosen.file, one.file)]
    if rivals:
        files = [one.file for one in (chosen, *rivals)]
        alike = len({file.name for file in files}) < len(files)
        names = " and ".join(label(file.path, root) if alike else file.name for file in files[:SHOWN])
        return asked(owner, chosen.file.path, root, f"{names} were both written in: say which counts", flags)
    file = chosen.file
    flags += tuple(_beside(chosen, one) for one in own if one is not chosen)
    if not is_named:
        flags += (f"its file is named {file.name}, not {stem}{file.suffix}",)
    flags += tuple(f"{name} lies beside it, and was not opened" for name in packed)
    return handin(owner, file, root, flags)


def _are_a_pair(one, other):
    """A notebook and a program of one name: the order of SUFFIXES decides."""
    return one.stem == other.stem and one.suffix != other.suffix


def _beside(chosen, other):
    """What is said of a file that does not count."""
    why = "" if other.own or other.why or not chosen.own else ", since nothing was written in it"
    return f"has two files: {chosen.file.name} counts, {other.file.name} does not{why}"


def _without(owner, files, wanted, root, flags):
    """What becomes of a student who has no program at all here."""
    names = [file.name for file in files if file.stem not in wanted.others]
    if files and not names:
        return None
    want = f"{wanted.assignment}.ipynb or {wanted.assignment}.py"
    packed = [name for name in names if PurePath(name).suffix.lower() in PACKED]
    if packed:
        why = f"{listed(packed)} is packed: unpack it, and put {want} in its place"
        return asked(owner, files[0].path, root, why, flags)
    if names:
        return asked(owner, files[0].path, root, f"there is no {want}, but {listed(names)}", flags)
    return None
