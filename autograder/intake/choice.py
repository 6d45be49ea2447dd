"""Which of a student's files counts.  Where that is not certain a person must look: nobody is guessed.

1. The file that is named as the assignment counts; of a notebook and a `.py`, the one that was written
   in, and the notebook where both were.
2. Where no file is named so, the one that has the assignment's cells or functions, and more of them than
   of any other assignment's, counts under its own name, with a flag.
3. Where two files were written in that differ, or what lies there cannot be read, a person must look.
4. A file as it was released, or an empty one, is a zero, and says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from autograder.errors import NotANotebook
from autograder.intake import released
from autograder.intake.layouts import Owner, without_copy
from autograder.intake.places import a_link, link_below
from autograder.intake.released import Released
from autograder.intake.submission import Submission, Unreadable, open_submission, suffix_of, text_of
from autograder.languages import N_, tr

SUFFIXES = (".ipynb", ".py")  # where a student has both and wrote in both, the first counts
PACKED = (".zip", ".rar", ".7z", ".gz", ".tgz", ".tar")
SHOWN = 3  # names of files in a sentence
OF_ANOTHER = N_("{file} holds {other}, and nothing of what was asked here")
SEVERAL = N_(
    "there is no file named {name}, but {files}: say which counts; "
    "if they are several students', grade their folder by itself"
)


@dataclass(frozen=True)
class Handin:
    """Where a submission lies.

    id: of the student, by the platform's own key.  name: a person's, "" where unknown.  problem: why there
    is none, in a sentence.  needs_a_person: whether that is no fault of the student's, so that there is no
    grade.  root: the folder that was named, below which no link is followed; None: only the file is none.
    """

    id: str
    path: Path
    file: str
    flags: tuple[str, ...] = ()
    problem: str = ""
    needs_a_person: bool = False
    name: str = ""
    root: Path | None = None

    def open(self) -> Submission:
        """Its text; where there is none, it says why."""
        if self.problem:
            return Submission(
                self.id, self.file, "", ".py", self.problem, self.flags, self.name, self.needs_a_person
            )
        link = link_below(self.root, self.path.parent) if self.root is not None else ""
        if link:
            return replace(self, problem=a_link(link), needs_a_person=True).open()
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
        flags += tuple(tr("{name} lies beside it, and was not opened", name=name) for name in packed)
        return _alone(owner, named[0], wanted, root, flags)
    if not programs:
        return _without(owner, newest, wanted, root, flags)
    seen = [_look(file, wanted) for file in sorted(programs, key=lambda f: (f not in named, f.rank))]
    own = [one for one in seen if one.file in named or one.why or one.marks > one.of_others]
    if not own:
        if all(one.of_others for one in seen):
            return None
        names = listed(one.file.name for one in seen)
        return asked(
            owner,
            seen[0].file.path,
            root,
            tr("{names}: no cell and no function of {assignment}", names=names, assignment=wanted.assignment),
            flags,
        )
    return _of_several(owner, own, packed, wanted, wanted.assignment, root, flags)


def of_one_name(owner: Owner, files: Sequence[Found], wanted: Wanted, root: Path) -> Handin:
    """The hand-in of a student by whose name files are called: ana.ipynb, ana.py, or both."""
    newest, flags = _newest(files)
    if len(newest) == 1:
        return _alone(owner, newest[0], wanted, root, owner.flags)
    stem = newest[0].stem
    seen = [_look(file, wanted) for file in sorted(newest, key=lambda f: (f.stem != stem, f.rank))]
    return _of_several(owner, seen, [], wanted, stem, root, (*owner.flags, *flags))


def of_one_file(owner: Owner, path: Path, wanted: Wanted) -> Handin:
    """The hand-in in a file that an instructor named."""
    return _alone(owner, Found(path, path.name), wanted, path.parent, owner.flags)


def handin(owner: Owner, file: Found, root: Path, flags: Sequence[str] = ()) -> Handin:
    """This file as a student's hand-in."""
    return Handin(owner.id, file.path, label(file.path, root), tuple(flags), name=owner.name, root=root)


def asked(owner: Owner, path: Path, root: Path, why: str, flags: Sequence[str] | None = None) -> Handin:
    """A hand-in that a person must look at."""
    flags = owner.flags if flags is None else tuple(flags)
    return Handin(owner.id, path, label(path, root), flags, why, True, owner.name, root)


def label(path: Path, root: Path) -> str:
    """A path as people read it."""
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.name


def listed(names) -> str:
    """Some names, and how many more."""
    names = list(dict.fromkeys(names))
    rest = tr(" and {count} more", count=len(names) - SHOWN) if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + rest


def _newest(files):
    """Of files that were handed in again, the last; and a flag for each."""
    last: dict[str, Found] = {}
    flags = []
    for file in sorted(files, key=lambda file: file.number):
        if file.name in last and file.number:
            flags.append(tr("{file} was handed in more than once: the last counts", file=file.name))
            last[file.name] = file
        else:
            last[file.name if file.name not in last else str(file.path)] = file
    return list(last.values()), tuple(dict.fromkeys(flags))


def _alone(owner, file, wanted, root, flags):
    """The hand-in of a student who has one file, which is called as it should be."""
    other = _other_in(file, wanted)
    if other:
        return asked(owner, file.path, root, tr(OF_ANOTHER, file=file.name, other=other), flags)
    return handin(owner, file, root, flags)


def _other_in(file, wanted):
    """The assignment that a file holds in place of this one; "" where it has anything of this, or of none."""
    own = wanted.released
    if not own.functions or file.path in wanted.refused:
        return ""
    try:
        text = text_of(file.path)
        if any(f"def {name}(" in text for name in own.functions):  # nearly always, and parsing takes time
            return ""
        suffix = suffix_of(text, file.suffix)
        if own.marks(text, suffix):
            return ""
        return next((n for n in sorted(wanted.others) if released.of(n).marks(text, suffix)), "")
    except (Unreadable, NotANotebook):
        return ""  # it says so when it is opened


def _look(file, wanted):
    """What a file holds."""
    why = wanted.refused.get(file.path)
    if why:
        return _Seen(file, why=why)
    try:
        text = text_of(file.path)
        suffix = suffix_of(text, file.suffix)
        own = wanted.released.written(text, suffix)
        return _Seen(file, own, *wanted.marks_more(text, suffix))
    except Unreadable as error:
        return _Seen(file, why=str(error)) if error.needs_a_person else _Seen(file)
    except NotANotebook as error:
        return _Seen(file, why=tr(error))


def _of_several(owner, own, packed, wanted, stem, root, flags):
    """One of these, the first of which comes first where nothing else decides.

    stem: how the file should be called.
    """
    readable = [one for one in own if not one.why]
    broken = [one for one in own if one.why]
    written = [one for one in readable if one.own]
    chosen = (written or own)[0]
    file, is_named = chosen.file, chosen.file.stem == stem

    def ask(why, path=file.path):
        return asked(owner, path, root, why, flags)

    if broken and len(own) > 1 and not (written and is_named and all(b.file.stem != stem for b in broken)):
        said = "; ".join(f"{one.file.name}: {one.why}" for one in broken)
        return ask(tr("not all of the files can be read: {said}", said=said), broken[0].file.path)
    if packed and not is_named:
        return ask(
            tr("there is no file named {stem}, but {names}", stem=stem, names=listed([file.name, *packed]))
        )
    unlike = [one.file for one in own if without_copy(one.file.stem) not in (without_copy(file.stem), stem)]
    if unlike and not is_named:
        return ask(tr(SEVERAL, name=stem, files=listed(f.name for f in (file, *unlike))))
    rivals = [one for one in written[1:] if one.own != chosen.own and not _are_a_pair(file, one.file)]
    names = _names([chosen, *own], root)
    if rivals:
        said = " and ".join(names[one.file.path] for one in (chosen, *rivals[: SHOWN - 1]))
        return ask(tr("{said} were both written in: say which counts", said=said))
    if chosen.of_others and not chosen.marks:
        other = _other_in(file, wanted)
        if other:
            return ask(tr(OF_ANOTHER, file=file.name, other=other))
    flags += tuple(_beside(chosen, one, names) for one in own if one is not chosen)
    if not is_named:
        flags += (
            tr("its file is named {file}, not {stem}{suffix}", file=file.name, stem=stem, suffix=file.suffix),
        )
    flags += tuple(tr("{name} lies beside it, and was not opened", name=name) for name in packed)
    return handin(owner, file, root, flags)


def _names(seen, root):
    """Path -> how a file is named to people: by its folders, too, where others are called alike."""
    files = {one.file.path: one.file for one in seen}
    alike = Counter(file.name for file in files.values())
    return {path: label(path, root) if alike[file.name] > 1 else file.name for path, file in files.items()}


def _are_a_pair(one, other):
    """A notebook and a program of one name: the order of SUFFIXES decides."""
    return one.stem == other.stem and one.suffix != other.suffix


def _beside(chosen, other, names):
    """What is said of a file that does not count."""
    why = "" if other.own or other.why or not chosen.own else tr(", since nothing was written in it")
    return tr(
        "has two files: {one} counts, {other} does not{why}",
        one=names[chosen.file.path],
        other=names[other.file.path],
        why=why,
    )


def _without(owner, files, wanted, root, flags):
    """What becomes of a student who has no program at all here."""
    names = [file.name for file in files if file.stem not in wanted.others]
    if files and not names:
        return None
    want = f"{wanted.assignment}.ipynb or {wanted.assignment}.py"
    packed = [name for name in names if PurePath(name).suffix.lower() in PACKED]
    if packed:
        why = tr(
            "{packed} is packed: unpack it, and put {want} in its place", packed=listed(packed), want=want
        )
        return asked(owner, files[0].path, root, why, flags)
    if names:
        return asked(
            owner,
            files[0].path,
            root,
            tr("there is no {want}, but {names}", want=want, names=listed(names)),
            flags,
        )
    return None
