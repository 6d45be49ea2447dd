"""Decides which of a student's files counts, by a list of rules: the first that applies decides.

The file with the right name counts; of a notebook and a `.py`, the one that the student wrote in, or the
notebook if both.  If no file has the right name, the file with the assignment's cells or functions, and
more of them than of any other assignment, counts under its own name, with a flag.  If that is not certain,
the submission needs review: nothing is guessed.
"""

import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from autograder.errors import NotANotebook
from autograder.intake import released
from autograder.intake.places import PACKED, SUFFIXES, split_name, without_copy
from autograder.intake.search import Search
from autograder.intake.submission import SubmittedFile, Unreadable, suffix_of, text_of
from autograder.languages import N_, listed, tr
from autograder.platforms.platform import Owner

MAX_CHARACTERS = 200  # of names of files in a sentence
TWO_FILES = N_("has two files: {one} counts, {other} does not")
OTHER_NAME = N_("its file is named {file}, not {named}")
NOT_OPENED = N_("the archive {name} was not opened")


@dataclass(frozen=True)
class Candidate:
    """A program of a student's."""

    path: Path
    name: str  # the student's own
    stem: str
    suffix: str
    is_named: bool  # it has the right name
    answers: frozenset[str] = frozenset()  # what the student wrote in it
    marks: int = 0  # how many cells or functions of this assignment it has
    of_other: int = 0  # the same of the other assignment of which it has most
    lacks: bool = False  # as `Released.lacks_functions`
    why: str = ""  # why it cannot be read

    @property
    def is_of_this(self) -> bool:
        """Return whether it is taken for one of this assignment."""
        return self.is_named or bool(self.why) or self.marks > self.of_other


class _Choice:
    """A student's files, and the rules, each of which returns the reason for a review, or ""."""

    def __init__(self, paths: Mapping[Path, str], search: Search, root: Path, loose: Collection[Path]):
        self.assignment, self.root, self.loose = search.assignment, root, loose
        self.names: dict[Path, str] = {}  # of all files
        self.packed: list[str] = []  # names of archives that were not opened
        programs = []
        for path, given in paths.items():
            name = PurePath(given).name
            stem, suffix = split_name(name)
            is_named = path in loose or stem == search.assignment
            if stem in search.others and not is_named:
                continue
            self.names[path] = name
            if suffix in SUFFIXES:
                programs.append(Candidate(path, name, stem, suffix, is_named))
            elif suffix in PACKED:
                self.packed.append(name)
        programs.sort(key=lambda file: (not file.is_named, SUFFIXES.index(file.suffix), file.name))
        is_alone = len(programs) == 1 and programs[0].is_named
        self.seen = [_read(program, search, is_alone) for program in programs]  # the programs
        self.possible = [file for file in self.seen if file.is_of_this]  # those of this assignment
        self.written = [file for file in self.possible if file.answers]  # those with answers
        self.first = next(iter([*self.written, *self.possible]), None)  # it counts if no rule applies

    def holds_nothing(self) -> str:
        """Return why a person must look: no file has a cell or function of the assignment; else ""."""
        if self.possible:
            return ""
        if self.seen:
            names = _listed(file.name for file in self.seen)
            sentence = N_("No cell or function of {assignment} in {names}.")
            return tr(sentence, names=names, assignment=self.assignment)
        if packed := [name for name in self.packed if not name.lower().endswith(".zip")]:
            sentence = N_("The grader cannot open {names}. Use .zip, or submit the file itself.")
            return tr(sentence, names=_listed(packed))
        want = tr(" or ").join((f"{self.assignment}.ipynb", f"{self.assignment}.py"))
        return tr("Expected {want}, got {names}.", want=want, names=_listed(self.names.values()))

    def cannot_be_read(self) -> str:
        """Return why a person must look: a file cannot be read; else "".

        One that can be read counts all the same if it alone has answers and the right name.
        """
        broken = [file for file in self.possible if file.why]
        is_rivaled = any(file.is_named for file in broken if file is not self.first)
        first_counts = bool(self.written) and self.written[0].is_named
        if len(self.possible) < 2 or not broken or (first_counts and not is_rivaled):
            return ""
        said = " ".join(f"{file.name}: {file.why}" for file in broken)
        return tr("Not all of the files can be read. {said}", said=said)

    def are_of_several(self) -> str:
        """Return why a person must look: files may be different students'; else "".

        They have different names, none of them the right one.
        """
        if self.first is None or self.first.is_named:
            return ""
        alike = (without_copy(self.first.stem), self.assignment)
        unlike = [file.name for file in self.possible if without_copy(file.stem) not in alike]
        sentence = N_("No file is named {name}, but these may be it: {files}.")
        files = _listed([self.first.name, *unlike, *self.packed])
        return tr(sentence, name=self.assignment, files=files) if unlike or self.packed else ""

    def were_both_written_in(self) -> str:
        """Return why a person must look: two files have answers; else "".

        A student's notebook and program of one name may both have them; but where files are named after
        students, anybody may have added the second.
        """
        rivals = list(self.written[:1])
        for other in self.written[1:]:
            first = self.written[0]
            is_pair = first.stem == other.stem and first.suffix != other.suffix
            if other.answers != first.answers and (not is_pair or first.path in self.loose):
                rivals.append(other)
        said = tr(" and ").join(label(file.path, self.root) for file in rivals[:3])
        return tr("{said} both have answers.", said=said) if rivals[1:] else ""

    def has_no_function(self) -> str:
        """Return why a person must look: its code has no function of this assignment; else ""."""
        counting = self.written[:1] or self.possible  # an untouched notebook beside it is no answer
        names = listed(released.release_of(self.assignment).functions)
        sentence = N_("{file} does not define {names}.")
        return next((tr(sentence, file=file.name, names=names) for file in counting if file.lacks), "")

    RULES = holds_nothing, cannot_be_read, are_of_several, were_both_written_in, has_no_function


def choose(
    owner: Owner, paths: Mapping[Path, str], search: Search, root: Path, loose: Collection[Path] = ()
) -> SubmittedFile | None:
    """Return the submission among a student's files; None if all belong to other assignments.

    paths: each with the student's own name of the file, which a platform may have changed.  root: people see
    file names relative to it.  loose: files that have their student's name in place of the assignment's.
    """
    choice = _Choice(paths, search, root, loose)
    names, seen, possible, first = choice.names, choice.seen, choice.possible, choice.first
    if not names or (seen and not possible and all(file.of_other for file in seen)):
        return None
    refused, path = search.unpacked.refused, first.path if first else next(iter(names))
    why = refused.get(path) or next(filter(None, (rule(choice) for rule in choice.RULES)), "")
    rivals = unique_names((file.path, _root_of(file.path, root)) for file in seen if file.path not in refused)
    chosen = replace(for_review(owner, path, root, why), rivals=rivals)
    if why or first is None:
        return chosen
    label_of_first = label(path, root)
    flags = [tr(TWO_FILES, one=label_of_first, other=label(f.path, root)) for f in possible if f is not first]
    if not first.is_named or not first.name.lower().endswith(first.suffix):
        right = (first.stem if first.is_named else search.assignment) + first.suffix
        flags.append(tr(OTHER_NAME, file=first.name, named=right))
    flags += [tr(NOT_OPENED, name=name) for name in choice.packed]
    return replace(chosen, flags=(*owner.flags, *flags), needs_review=False)


def for_review(owner: Owner, path: Path, root: Path, why: str) -> SubmittedFile:
    """Return a submission that needs review."""
    name, root = label(path, root), _root_of(path, root)
    return SubmittedFile(owner.id, path, name, owner.flags, why, True, owner.name, owner.is_late, root)


def _root_of(path: Path, root: Path) -> Path:
    """Return the root; for a file elsewhere, such as in a student's .zip, its folder."""
    return root if path.is_relative_to(root) else path.parent


def label(path: Path, root: Path) -> str:
    """Return a path as people read it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else "/".join(path.parts[-2:])


def unique_names(files: Iterable[tuple[Path, Path | None]]) -> dict[str, tuple[Path, Path | None]]:
    """Return name -> file and root.  Names that would be equal also have the folders above the root."""
    roots = dict(files)
    names = {path: label(path, root or path.parent) for path, root in roots.items()}
    while len(count := Counter(names.values())) < len(names):
        for path, name in names.items():
            if count[name] > 1:
                names[path] = "/".join(path.parts[-len(PurePath(name).parts) - 1 :])
    return {name: (path, roots[path]) for path, name in names.items()}


def _listed(names: Iterable[str]) -> str:
    return textwrap.shorten(listed(names), MAX_CHARACTERS, placeholder=" ...")


def _read(candidate: Candidate, search: Search, is_alone: bool) -> Candidate:
    """Return the file with its contents.  is_alone: it has the right name and no rival; parse no text."""
    if candidate.path in search.unpacked.refused:
        return replace(candidate, why=search.unpacked.refused[candidate.path])
    wanted = released.release_of(search.assignment)
    try:
        text = text_of(candidate.path)
        if is_alone and any(f"def {function}(" in text for function in wanted.functions):
            return replace(candidate, marks=1)
        pieces = released.pieces(text, suffix_of(text, candidate.suffix))
        of_other = max((released.release_of(name).marks(pieces) for name in search.others), default=0)
        answers, lacks = wanted.written(pieces), wanted.lacks_functions(pieces)
        return replace(candidate, answers=answers, marks=wanted.marks(pieces), of_other=of_other, lacks=lacks)
    except Unreadable as error:
        return replace(candidate, why=tr(error) if error.needs_review else "")
    except NotANotebook as error:
        return replace(candidate, why=tr(error))
