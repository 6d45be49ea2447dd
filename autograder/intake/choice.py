"""Decides which of a student's files counts, by a list of rules: the first that applies decides.

The file with the right name counts; of a notebook and a `.py`, the one that the student wrote in, or the
notebook if both.  If no file has the right name, the file with the assignment's cells or functions, and
more of them than of any other assignment, counts under its own name, with a flag.  If that is not certain,
the submission needs review: nothing is guessed.
"""

import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from autograder.errors import NotANotebook
from autograder.intake import filenames, released
from autograder.intake.filenames import PACKED, SUFFIXES
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


@dataclass(frozen=True)
class Case:
    """A student's files, as the rules see them."""

    assignment: str
    root: Path
    names: Sequence[str]  # of all files
    seen: Sequence[Candidate]  # the programs
    possible: Sequence[Candidate]  # those of this assignment
    written: Sequence[Candidate]  # those with answers
    first: Candidate | None  # the one that counts if no rule applies
    packed: Sequence[str]  # names of archives that were not opened
    loose: Collection[Path]  # files that have their student's name


def choose(
    owner: Owner, paths: Mapping[Path, str], search: Search, root: Path, loose: Collection[Path] = ()
) -> SubmittedFile | None:
    """Return the submission among a student's files; None if all belong to other assignments.

    paths: each with the student's own name of the file, which a platform may have changed.  root: people see
    file names relative to it.  loose: files that have their student's name in place of the assignment's.
    """
    refused, candidates, packed, names = search.unpacked.refused, [], [], {}
    for path, given in paths.items():
        name = PurePath(given).name
        stem, suffix = filenames.split(name)
        is_named = path in loose or stem == search.assignment
        if stem in search.others and not is_named:
            continue
        names[path] = name
        if suffix in SUFFIXES:
            candidates.append(Candidate(path, name, stem, suffix, is_named))
        elif suffix in PACKED:
            packed.append(name)
    candidates.sort(key=lambda file: (not file.is_named, SUFFIXES.index(file.suffix), file.name))
    is_alone = len(candidates) == 1 and candidates[0].is_named
    seen = [_read(candidate, search, is_alone) for candidate in candidates]
    possible = [file for file in seen if file.is_of_this]
    written = [file for file in possible if file.answers]
    first = next(iter([*written, *possible]), None)
    if not names or (seen and not possible and all(file.of_other for file in seen)):
        return None
    case = Case(search.assignment, root, [*names.values()], seen, possible, written, first, packed, loose)
    path = first.path if first else next(iter(names))
    why = refused.get(path) or next(filter(None, (rule(case) for rule in RULES)), "")
    rivals = named_apart((file.path, _root_of(file.path, root)) for file in seen if file.path not in refused)
    beside = next((file.path for file in possible if file.suffix == ".ipynb"), None)
    chosen = replace(needs_review(owner, path, root, why), rivals=rivals, beside=beside)
    if why or first is None:
        return chosen
    label_of_first = label(path, root)
    flags = [tr(TWO_FILES, one=label_of_first, other=label(f.path, root)) for f in possible if f is not first]
    if not first.is_named or not first.name.lower().endswith(first.suffix):
        right = (first.stem if first.is_named else search.assignment) + first.suffix
        flags.append(tr(OTHER_NAME, file=first.name, named=right))
    flags += [tr(NOT_OPENED, name=name) for name in packed]
    return replace(chosen, flags=(*owner.flags, *flags), needs_a_person=False)


def needs_review(owner: Owner, path: Path, root: Path, why: str) -> SubmittedFile:
    """Return a submission that needs review."""
    name, root = label(path, root), _root_of(path, root)
    return SubmittedFile(owner.id, path, name, owner.flags, why, True, owner.name, root)


def _root_of(path: Path, root: Path) -> Path:
    """Return the root; for a file elsewhere, such as in a student's .zip, its folder."""
    return root if path.is_relative_to(root) else path.parent


def label(path: Path, root: Path) -> str:
    """Return a path as people read it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else "/".join(path.parts[-2:])


def named_apart(files: Iterable[tuple[Path, Path | None]]) -> dict[str, tuple[Path, Path | None]]:
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
    wanted = released.of(search.assignment)
    try:
        text = text_of(candidate.path)
        if is_alone and any(f"def {function}(" in text for function in wanted.functions):
            return replace(candidate, marks=1)
        pieces = released.pieces(text, suffix_of(text, candidate.suffix))
        of_other = max((released.of(name).marks(pieces) for name in search.others), default=0)
        answers, lacks = wanted.written(pieces), wanted.lacks_functions(pieces)
        return replace(candidate, answers=answers, marks=wanted.marks(pieces), of_other=of_other, lacks=lacks)
    except Unreadable as error:
        return replace(candidate, why=tr(error) if error.needs_a_person else "")
    except NotANotebook as error:
        return replace(candidate, why=tr(error))


# The rules.  Each returns the reason for a review, or "".


def _holds_nothing(case: Case) -> str:
    """Ask if there is no notebook or program, or none with a cell or function of the assignment."""
    if case.possible:
        return ""
    if case.seen:
        names = _listed(file.name for file in case.seen)
        return tr("No cell or function of {assignment} in {names}.", names=names, assignment=case.assignment)
    if packed := [name for name in case.packed if not name.lower().endswith(".zip")]:
        sentence = N_("The grader cannot open {names}. Use .zip, or submit the file itself.")
        return tr(sentence, names=_listed(packed))
    want = tr(" or ").join((f"{case.assignment}.ipynb", f"{case.assignment}.py"))
    return tr("Expected {want}, got {names}.", want=want, names=_listed(case.names))


def _cannot_be_read(case: Case) -> str:
    """Ask if a file cannot be read.  It does not matter if only the file that counts has the right name."""
    broken = [file for file in case.possible if file.why]
    is_rivaled = any(file.is_named for file in broken if file is not case.first)
    first_counts = bool(case.written) and case.written[0].is_named
    if len(case.possible) < 2 or not broken or (first_counts and not is_rivaled):
        return ""
    said = " ".join(f"{file.name}: {file.why}" for file in broken)
    return tr("Not all of the files can be read. {said}", said=said)


def _are_of_several(case: Case) -> str:
    """Ask if files have different names, none of them the right one: they may be different students'."""
    if case.first is None or case.first.is_named:
        return ""
    alike = (filenames.without_copy(case.first.stem), case.assignment)
    unlike = [file.name for file in case.possible if filenames.without_copy(file.stem) not in alike]
    sentence = N_("No file is named {name}, but these may be it: {files}.")
    files = _listed([case.first.name, *unlike, *case.packed])
    return tr(sentence, name=case.assignment, files=files) if unlike or case.packed else ""


def _were_both_written_in(case: Case) -> str:
    """Ask if two files have answers.  Of a student's notebook and program of one name, the notebook counts.

    Where files are named after students, anybody may have added the second.
    """
    rivals = list(case.written[:1])
    for other in case.written[1:]:
        first = case.written[0]
        is_pair = first.stem == other.stem and first.suffix != other.suffix and first.path not in case.loose
        if other.answers != first.answers and not is_pair:
            rivals.append(other)
    said = tr(" and ").join(label(file.path, case.root) for file in rivals[:3])
    return tr("{said} both have answers.", said=said) if rivals[1:] else ""


def _has_no_function(case: Case) -> str:
    """Ask if it has code, but no function of this assignment."""
    counting = case.written[:1] or case.possible  # an untouched notebook beside it is no answer
    names = listed(released.of(case.assignment).functions)
    sentence = N_("{file} does not define {names}.")
    return next((tr(sentence, file=file.name, names=names) for file in counting if file.lacks), "")


RULES = _holds_nothing, _cannot_be_read, _are_of_several, _were_both_written_in, _has_no_function
