"""Decides which of a student's files counts, by a list of rules: the first that applies decides.

The file with the right name counts; of a notebook and a `.py`, the one that the student wrote in, or the
notebook if both.  If no file has the right name, the file with the assignment's cells or functions, and
more of them than of any other assignment, counts under its own name, with a flag.  If that is not certain,
the submission needs review: nothing is guessed.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from autograder.errors import NotANotebook
from autograder.intake import released
from autograder.intake.layouts import PACKED, SUFFIXES, Search, without_copy
from autograder.intake.submission import SubmittedFile, Unreadable, suffix_of, text_of
from autograder.languages import N_, tr
from autograder.platforms.platform import Owner

SHOWN = 200  # letters of names of files in a sentence


def choose(
    owner: Owner, paths: Mapping[Path, str], search: Search, root: Path, title: str = ""
) -> SubmittedFile | None:
    """The submission among a student's files; None if all belong to other assignments.

    paths: each with the student's own name of the file, which a platform may have changed.  root: people see
    file names relative to it.  title: the right name of the file; by default the assignment's.
    """
    title = title or search.assignment
    named = [(path, PurePath(name)) for path, name in paths.items()]
    files = [_File(path, name.name, name.stem, name.suffix.lower()) for path, name in named]
    files = [file for file in files if file.stem == title or file.stem not in search.others]
    programs = [file for file in files if file.suffix in SUFFIXES]
    programs.sort(key=lambda file: (file.stem != title, SUFFIXES.index(file.suffix), file.name))
    is_alone = len(programs) == 1 and programs[0].stem == title
    seen = [_look(file, search, is_alone) for file in programs]
    own = [one for one in seen if one.stem == title or one.why or one.marks > one.of_other]
    if not files or (seen and not own and all(one.of_other for one in seen)):
        return None
    written = [one for one in own if one.own and not one.why]
    packed = [file.name for file in files if file.suffix in PACKED]
    first, refused = [*written, *own, *files][0], search.unpacked.refused
    case = _Case(title, search.assignment, root, first, files, seen, own, written, packed)
    why = refused.get(first.path) or next(filter(None, (rule(case) for rule in RULES)), "")
    beside = next((one.path for one in own if one.suffix == ".ipynb"), None)
    rivals = named_apart((one.path, _root_of(one.path, root)) for one in seen if one.path not in refused)
    found = replace(asked(owner, first.path, root, why), rivals=rivals, beside=beside)
    if why:
        return found
    words = N_("has two files: {one} counts, {other} does not")
    name = label(first.path, root)
    flags = [tr(words, one=name, other=label(one.path, root)) for one in own if one is not first]
    if first.stem != title:
        flags.append(tr("its file is named {file}, not {named}", file=first.name, named=title + first.suffix))
    flags += [tr("the archive {name} was not opened", name=name) for name in packed]
    return replace(found, flags=(*owner.flags, *flags), needs_a_person=False)


def asked(owner: Owner, path: Path, root: Path, why: str) -> SubmittedFile:
    """A submission that needs review."""
    name, root = label(path, root), _root_of(path, root)
    return SubmittedFile(owner.id, path, name, owner.flags, why, True, owner.name, root)


def _root_of(path, root):
    """The root; for a file elsewhere, such as in a student's .zip, its folder."""
    return root if path.is_relative_to(root) else path.parent


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


def _listed(names):
    return textwrap.shorten(", ".join(names), SHOWN, placeholder=" ...")


@dataclass(frozen=True)
class _File:
    """A file.  name: the student's own.  own: what the student wrote in it.  why: it cannot be read, or "".

    marks: how many cells or functions of this assignment it has; of_other: of the other assignment of which
    it has most.  lacks: as `Released.lacks_functions`.
    """

    path: Path
    name: str
    stem: str
    suffix: str
    own: frozenset[str] = frozenset()
    marks: int = 0
    of_other: int = 0
    lacks: bool = False
    why: str = ""


@dataclass(frozen=True)
class _Case:
    """A student's files, as the rules see them.

    first: the file that counts if no rule applies.  seen: the programs; own: those of this assignment;
    written: those with answers.  packed: names of archives that were not opened.
    """

    title: str
    assignment: str
    root: Path
    first: _File
    files: Sequence[_File]
    seen: Sequence[_File]
    own: Sequence[_File]
    written: Sequence[_File]
    packed: Sequence[str]


def _look(file, search, is_alone):
    """The file with its contents.  is_alone: it has the right name and no rival, so it need not be parsed."""
    if file.path in search.unpacked.refused:
        return replace(file, why=search.unpacked.refused[file.path])
    wanted = released.of(search.assignment)
    try:
        text = text_of(file.path)
        if is_alone and any(f"def {function}(" in text for function in wanted.functions):
            return replace(file, marks=1)
        pieces = released.pieces(text, suffix_of(text, file.suffix))
        of_other = max((released.of(name).marks(pieces) for name in search.others), default=0)
        own, lacks = wanted.written(pieces), wanted.lacks_functions(pieces)
        return replace(file, own=own, marks=wanted.marks(pieces), of_other=of_other, lacks=lacks)
    except Unreadable as error:
        return replace(file, why=tr(error) if error.needs_a_person else "")
    except NotANotebook as error:
        return replace(file, why=tr(error))


def _holds_nothing(case):
    """No notebook or program, or none with a cell or function of the assignment."""
    names = _listed(file.name for file in case.seen or case.files)
    if case.seen:
        words = N_("No cell or function of {assignment} in {names}. Submit the right file.")
        return "" if case.own else tr(words, names=names, assignment=case.assignment)
    want = tr(" or ").join((f"{case.title}.ipynb", f"{case.title}.py"))
    return tr("Expected {want}, got {names}. Submit the right file.", want=want, names=names)


def _cannot_be_read(case):
    """A file cannot be read.  It does not matter if only the file that counts has the right name."""
    broken = [one for one in case.own if one.why]
    named = [one for one in (case.first, *broken) if one.stem == case.title]
    if len(case.own) < 2 or not broken or (case.written and named == [case.first]):
        return ""
    said = " ".join(f"{one.name}: {one.why}" for one in broken)
    return tr("Not all of the files can be read. {said}", said=said)


def _are_of_several(case):
    """Files with different names, none of them the right one, may belong to different students."""
    alike = (without_copy(case.first.stem), case.title)
    unlike = [one.name for one in case.own if without_copy(one.stem) not in alike] + case.packed
    if case.first.stem == case.title or not unlike:
        return ""
    words = N_("No file is named {name}, but these may be it: {files}. Rename the right one.")
    return tr(words, name=case.title, files=_listed([case.first.name, *unlike]))


def _were_both_written_in(case):
    """Two files have answers.  Of a notebook and a program of the same name, the notebook counts."""
    one = case.first
    rivals = [
        other
        for other in case.written[1:]
        if other.own != one.own and not (one.stem == other.stem and one.suffix != other.suffix)
    ]
    said = tr(" and ").join(label(file.path, case.root) for file in (one, *rivals[:2]))
    return tr("{said} both have answers. Keep the one that counts.", said=said) if rivals else ""


def _has_no_function(case):
    """It has code, but no function of this assignment."""
    counting = [case.first] if case.written else case.own  # an untouched notebook beside it is no answer
    names = ", ".join(released.of(case.assignment).functions)
    words = N_("{file} does not define {names}. Correct the file, then submit it again.")
    return next((tr(words, file=one.name, names=names) for one in counting if one.lacks), "")


# Each returns the reason for a review, or "".
RULES: tuple[Callable[[_Case], str], ...] = (
    _holds_nothing,
    _cannot_be_read,
    _are_of_several,
    _were_both_written_in,
    _has_no_function,
)
