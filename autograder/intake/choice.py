"""Decides which of a student's files counts, by a list of rules: the first that applies decides.

The file with the right name counts; of a notebook and a `.py`, the one that the student wrote in, or the
notebook if both.  If no file has the right name, the file with the assignment's cells or functions, and
more of them than of any other assignment, counts under its own name, with a flag.  If that is not certain,
the submission needs review: nothing is guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePath

from autograder import courses
from autograder.errors import NotANotebook
from autograder.intake import released
from autograder.intake.layouts import without_copy
from autograder.intake.near_names import near
from autograder.intake.submission import SubmittedFile, Unreadable, suffix_of, text_of
from autograder.languages import N_, tr
from autograder.platforms.platform import Owner

SUFFIXES = (".ipynb", ".py")  # if a student wrote in both, the first counts
PACKED = (".zip", ".rar", ".7z", ".gz", ".tgz", ".tar")
SHOWN = 3  # names of files in a sentence


@dataclass(frozen=True)
class Wanted:
    """The assignment that is looked for.

    refused: files that must not be read, each with why.  inside: for a student's .zip, where it was unpacked.
    """

    assignment: str
    refused: Mapping[Path, str] = field(default_factory=dict)
    inside: Mapping[Path, Path] = field(default_factory=dict)

    @cached_property
    def _unpacked(self):
        return frozenset(self.inside.values())

    def root_of(self, path: Path, root: Path) -> Path:
        """The folder relative to which people see a file's name: the .zip that contains it, or the root."""
        return next((place for place in path.parents if place in self._unpacked), root)

    @cached_property
    def others(self) -> frozenset[str]:
        """All other assignments, whose files are not taken for this one's."""
        return frozenset(courses.names()) - {self.assignment}


@dataclass(frozen=True)
class Candidate:
    """A file that may count.  name: the student's own.  number: a higher one is newer."""

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
    def is_program(self) -> bool:
        return self.suffix in SUFFIXES


def choose(
    owner: Owner, files: Sequence[Candidate], wanted: Wanted, root: Path, title: str = ""
) -> SubmittedFile | None:
    """The submission among a student's files; None if all belong to other assignments.

    root: people see file names relative to it.  title: the right name of the file; by default the
    assignment's.
    """
    case = _Case(files, wanted, root, title or wanted.assignment)
    if case.is_of_others:
        return None
    flags = (*owner.flags, *case.again)
    why = next(filter(None, (rule(case) for rule in RULES)), "")
    paths = [one.file.path for one in case.seen if one.file.path not in wanted.refused]
    rivals = named_apart((path, wanted.root_of(path, root)) for path in paths)
    beside = next((one.file.path for one in case.own if one.file.suffix == ".ipynb"), None)
    root = wanted.root_of(case.first, root)
    if why:
        found = asked(replace(owner, flags=flags), case.first, root, why)
        return replace(found, rivals=rivals, beside=beside)
    file = case.chosen.file
    flags += tuple(case.beside(one) for one in case.own if one is not case.chosen)
    if not case.is_named:
        named = case.title + file.suffix
        flags += (tr("its file is named {file}, not {named}", file=file.name, named=named),)
    flags += tuple(tr("the archive {name} was not opened", name=name) for name in case.packed)
    found = SubmittedFile(owner.id, file.path, label(file.path, root), flags, name=owner.name, root=root)
    return replace(found, rivals=rivals, beside=beside)


def asked(owner: Owner, path: Path, root: Path, why: str) -> SubmittedFile:
    """A submission that needs review."""
    return SubmittedFile(owner.id, path, label(path, root), owner.flags, why, True, owner.name, root)


def label(path: Path, root: Path) -> str:
    """A path as people read it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else "/".join(path.parts[-2:])


def named_apart(files: Iterable[tuple[Path, Path | None]]) -> dict[str, tuple[Path, Path | None]]:
    """Name -> file and root.  Names that would be equal also have the folders above the root."""
    roots = dict(files)
    names = {path: label(path, root or path.parent) for path, root in roots.items()}
    while len(count := Counter(names.values())) < len(names):
        for path, name in names.items():
            if count[name] > 1:
                names[path] = "/".join(path.parts[-len(PurePath(name).parts) - 1 :])
    return {name: (path, roots[path]) for path, name in names.items()}


def listed(names: Iterable[str]) -> str:
    """Some names, and how many more."""
    names = list(dict.fromkeys(names))
    rest = tr(" and {count} more", count=len(names) - SHOWN) if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + rest


@dataclass(frozen=True)
class _Seen:
    """A file's contents.  own: what the student wrote in it.  why: why it cannot be read, or "".

    marks: how many cells or functions of this assignment it has.  other: the other assignment of which it
    has most, `of_other`; or "".
    instead: as `Released.defined_instead`.
    """

    file: Candidate
    own: frozenset[str] = frozenset()
    marks: int = 0
    other: str = ""
    of_other: int = 0
    instead: frozenset[str] | None = None
    why: str = ""


class _Case:
    """A student's files, as the rules see them."""

    def __init__(self, files, wanted, root, title):
        self.wanted, self.root, self.title = wanted, root, title
        last: dict[str, Candidate] = {}
        again = set()
        for file in sorted(files, key=lambda file: file.number):
            if file.number and file.name in last:
                again.add(tr("{file} was submitted more than once; the last one counts", file=file.name))
            last[file.name if file.number or file.name not in last else str(file.path)] = file
        self.again = sorted(again)
        self.files = [f for f in last.values() if f.stem == title or f.stem not in wanted.others]
        programs = sorted((f for f in self.files if f.is_program), key=self._order)
        self.packed = [file.name for file in self.files if file.suffix in PACKED]
        is_alone = len(programs) == 1 and programs[0].stem == title
        self.seen = [_look(file, wanted, is_alone) for file in programs]
        self.own = [s for s in self.seen if s.file.stem == title or s.why or s.marks > s.of_other]
        self.written = [one for one in self.own if one.own and not one.why]
        self.broken = [one for one in self.own if one.why]

    def _order(self, file):
        return file.stem != self.title, SUFFIXES.index(file.suffix), file.name

    @property
    def is_of_others(self):
        """Whether all files belong to other assignments."""
        return not self.files or (bool(self.seen) and not self.own and all(one.of_other for one in self.seen))

    @property
    def chosen(self):
        return (self.written or self.own)[0]

    @property
    def is_named(self):
        return self.chosen.file.stem == self.title

    @property
    def first(self):
        """The path to look at first in a review."""
        return self.chosen.file.path if self.own else self.files[0].path

    def name(self, file):
        """A file's name for people, with its folders if another file has the same name."""
        alike = [one for one in self.own if one.file.name == file.name]
        return label(file.path, self.root) if len(alike) > 1 else file.name

    def beside(self, other):
        """The sentence about a file that does not count."""
        why = "" if other.own or other.why or not self.chosen.own else tr(", because it was not attempted")
        names = {"one": self.name(self.chosen.file), "other": self.name(other.file)}
        return tr("has two files: {one} counts, {other} does not{why}", why=why, **names)


def _look(file, wanted, is_alone):
    """What a file holds.  is_alone: it has the right name and no rival, so it need not be parsed."""
    if file.path in wanted.refused:
        return _Seen(file, why=wanted.refused[file.path])
    own = released.of(wanted.assignment)
    try:
        text = text_of(file.path)
        if is_alone and any(f"def {name}(" in text for name in own.functions):
            return _Seen(file, marks=1)
        suffix = suffix_of(text, file.suffix)
        others = [(released.of(name).marks(text, suffix), name) for name in sorted(wanted.others)]
        of_other, other = max(others, default=(0, ""))
        instead = own.defined_instead(text, suffix)
        return _Seen(file, own.written(text, suffix), own.marks(text, suffix), other, of_other, instead)
    except Unreadable as error:
        return _Seen(file, why=tr(error) if error.needs_a_person else "")
    except NotANotebook as error:
        return _Seen(file, why=tr(error))


def _holds_nothing(case):
    """No notebook or program, or none with a cell or function of the assignment."""
    want = tr(" or ").join((f"{case.title}.ipynb", f"{case.title}.py"))
    if case.seen:
        names = listed(one.file.name for one in case.seen)
        words = N_("No cell or function of {assignment} in {names}. Submit the right file.")
        return "" if case.own else tr(words, names=names, assignment=case.wanted.assignment)
    for file in case.files:
        if file.path in case.wanted.refused:
            return case.wanted.refused[file.path]
    if case.packed:
        words = N_("{packed} is an archive. Unpack it, and put {want} in its place.")
        return tr(words, packed=listed(case.packed), want=want)
    return tr(
        "Expected {want}, got {names}. Submit the right file.",
        want=want,
        names=listed(file.name for file in case.files),
    )


def _cannot_be_read(case):
    """A file cannot be read.  It does not matter if only the file that counts has the right name."""
    if len(case.own) < 2 or (
        case.written and case.is_named and all(one.file.stem != case.title for one in case.broken)
    ):
        return ""
    said = " ".join(f"{one.file.name}: {one.why}" for one in case.broken)
    return tr("Not all of the files can be read. {said}", said=said) if said else ""


def _may_be_the_packed_one(case):
    if case.is_named or not case.packed:
        return ""
    names = listed([case.chosen.file.name, *case.packed])
    return tr(
        "No file is named {stem}, but these may be it: {names}. Rename the right one.",
        stem=case.title,
        names=names,
    )


def _are_of_several(case):
    """Files with different names, none of them the right one, may belong to different students."""
    alike = (without_copy(case.chosen.file.stem), case.title)
    unlike = [one.file.name for one in case.own if without_copy(one.file.stem) not in alike]
    if case.is_named or not unlike:
        return ""
    return tr(
        "No file is named {name}, but these may be it: {files}. Rename the right one; if "
        "several students wrote them, grade their folder by itself.",
        name=case.title,
        files=listed([case.chosen.file.name, *unlike]),
    )


def _were_both_written_in(case):
    """Two files have answers.  Of a notebook and a program of the same name, the notebook counts."""
    one = case.chosen.file
    rivals = [
        other.file
        for other in case.written[1:]
        if other.own != case.chosen.own
        and not (one.stem == other.file.stem and one.suffix != other.file.suffix)
    ]
    said = tr(" and ").join(case.name(file) for file in (one, *rivals[: SHOWN - 1]))
    return tr("{said} both have answers. Keep the one that counts.", said=said) if rivals else ""


def _has_no_function(case):
    """It has no function of this assignment, but code of another assignment or of none."""
    one, words = case.chosen, N_("{file} belongs to {other}. Submit the file of this assignment.")
    if one.of_other and not one.marks:
        return tr(words, file=one.file.name, other=one.other)
    counting = [one] if case.written else case.own  # an untouched notebook beside it is no answer
    one = next((each for each in counting if each.instead is not None), None)
    if one is None:
        return ""
    functions = released.of(case.wanted.assignment).functions
    meant = {function: near(function, one.instead) for function in functions}
    pairs = [tr("`{near}` to `{name}`", near=meant[name], name=name) for name in functions if meant[name]]
    words = N_("{file} does not define {names}. Correct the file, then submit it again.")
    if pairs:
        words = N_("{file} does not define {names}. Rename {pairs}. Then submit it again.")
    return tr(words, file=one.file.name, names=", ".join(functions), pairs=", ".join(pairs))


# Each returns the reason for a review, or "".
RULES: tuple[Callable[[_Case], str], ...] = (
    _holds_nothing,
    _cannot_be_read,
    _may_be_the_packed_one,
    _are_of_several,
    _were_both_written_in,
    _has_no_function,
)
