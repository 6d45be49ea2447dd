"""Decides which of a student's files counts.

The file with the right name counts; of a notebook and a `.py`, the one that the student
wrote in, or the notebook if both.  If no file has the right name, the one with most of the
assignment's cells or functions counts under its own name, with a flag.  Three rules ask for
a person instead:

1. No file has a cell or a function of the assignment.
2. A file cannot be read, and no other one with the right name was written in.
3. Two files have different answers.
"""

import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from autograder.errors import NotANotebook
from autograder.intake import released
from autograder.intake.places import SUFFIXES, is_odd, split_name
from autograder.intake.search import Search
from autograder.intake.submission import SubmittedFile, Unreadable, suffix_of, text_of
from autograder.languages import N_, listed, tr
from autograder.platforms.platform import Owner

MAX_CHARACTERS = 200  # of names of files in a sentence
TWO_FILES = N_("has two files: {one} counts, {other} does not")
OTHER_NAME = N_("its file is named {file}, not {named}")
NO_CELL = N_("No cell or function of {assignment} in {names}.")
EXPECTED = N_("Expected {want}, got {names}.")
UNREAD = N_("Not all of the files can be read. {said}")
BOTH = N_("{said} both have answers.")


@dataclass(frozen=True)
class Candidate:
    """A program of a student's."""

    path: Path
    name: str  # the student's own
    stem: str
    suffix: str
    is_named: bool  # it has the right name
    is_loose: bool  # it has its student's name in place of the assignment's
    answers: frozenset[str] = frozenset()  # what the student wrote in it
    marks: int = 0  # how many cells or functions of this assignment it has
    of_other: int = 0  # the same of the other assignment of which it has most
    problem: str = ""  # why it cannot be read

    @property
    def is_of_this(self) -> bool:
        """Return whether it is taken for one of this assignment."""
        return self.is_named or bool(self.problem) or self.marks > self.of_other


def choose(
    owner: Owner,
    paths: Mapping[Path, str],
    search: Search,
    root: Path,
    loose: Collection[Path] = (),
) -> SubmittedFile | None:
    """Return the submission among a student's files; None if all belong to other assignments.

    paths: each with the student's own name of the file, which a platform may have changed.
    root: people see
    file names relative to it.  loose: files that have their student's name in place of the
    assignment's.
    """
    refused = search.unpacked.refused
    names = {}
    programs = []
    for path, given in paths.items():
        name = PurePath(given).name
        stem, suffix = split_name(name)
        is_named = path in loose or stem == search.assignment
        if stem in search.others and not is_named:
            continue
        names[path] = name
        if suffix in SUFFIXES or path in refused:
            programs.append(
                Candidate(path, name, stem, suffix, is_named, path in loose)
            )
    if not names:
        return None
    programs = _read(programs, search)
    possible = [program for program in programs if program.is_of_this]
    if not possible:
        if programs and all(program.of_other for program in programs):
            return None
        problem = _nothing(search.assignment, programs, [*names.values()])
        chosen = for_review(owner, next(iter(names)), root, problem)
        return replace(chosen, rivals=_rivals(programs, search, root))
    written = [program for program in possible if program.answers]
    first = (written or possible)[0]
    problem = refused.get(first.path, "")
    problem = problem or _unread(first, possible) or _two_answers(written, root)
    chosen = for_review(owner, first.path, root, problem)
    chosen = replace(chosen, rivals=_rivals(programs, search, root))
    if problem:
        return chosen
    flags = [*owner.flags, *_flags(first, possible, search.assignment, root)]
    return replace(chosen, flags=tuple(flags), needs_review=False)


def _flags(
    first: Candidate, possible: Sequence[Candidate], assignment: str, root: Path
) -> list[str]:
    """Return what an instructor should know of the file that counts."""
    flags = []
    for other in possible:
        if other is not first:
            counted = label(first.path, root)
            flags.append(tr(TWO_FILES, one=counted, other=label(other.path, root)))
    if not first.is_named or not first.name.lower().endswith(first.suffix):
        stem = first.stem if first.is_named else assignment
        flags.append(tr(OTHER_NAME, file=first.name, named=stem + first.suffix))
    return flags


def _rivals(
    programs: Sequence[Candidate], search: Search, root: Path
) -> dict[str, tuple[Path, Path | None]]:
    """Return the files that an instructor may choose."""
    files = []
    for program in programs:
        if program.path not in search.unpacked.refused:
            files.append((program.path, _root_of(program.path, root)))
    return unique_names(files)


def _read(programs: Sequence[Candidate], search: Search) -> list[Candidate]:
    """Return the files with their contents, sorted; without tests and settings, if there are
    others.
    """
    wanted = [
        program for program in programs if not is_odd(Path(program.name))
    ] or programs
    if (
        len(wanted) == 1
        and wanted[0].is_named
        and wanted[0].path not in search.unpacked.refused
    ):
        return [*wanted]  # the only one counts, whatever is in it
    by_name = sorted(wanted, key=lambda program: program.name)
    notebooks_first = sorted(by_name, key=lambda program: program.suffix != ".ipynb")
    named_first = sorted(notebooks_first, key=lambda program: not program.is_named)
    return [_with_content(program, search) for program in named_first]


def _with_content(program: Candidate, search: Search) -> Candidate:
    if problem := search.unpacked.refused.get(program.path):
        return replace(program, problem=problem)
    try:
        text = text_of(program.path)
        pieces = released.pieces(text, suffix_of(text, program.suffix))
    except Unreadable as error:
        return replace(program, problem=tr(error) if error.needs_review else "")
    except NotANotebook as error:
        return replace(program, problem=tr(error))
    release = released.release_of(search.assignment)
    of_other = 0
    for name in search.others:
        of_other = max(of_other, released.release_of(name).marks(pieces))
    return replace(
        program,
        answers=release.written(pieces),
        marks=release.marks(pieces),
        of_other=of_other,
    )


def _nothing(
    assignment: str, programs: Sequence[Candidate], names: Sequence[str]
) -> str:
    """Return the sentence for files of which none has a cell or a function of the assignment."""
    if programs:
        names = [program.name for program in programs]
        return tr(NO_CELL, names=_listed(names), assignment=assignment)
    want = tr(" or ").join(assignment + suffix for suffix in SUFFIXES)
    return tr(EXPECTED, want=want, names=_listed(names))


def _unread(first: Candidate, possible: Sequence[Candidate]) -> str:
    """Return why a person must look: a file that may be the right one cannot be read; else ""."""
    if len(possible) < 2:
        return ""
    is_certain = bool(first.answers) and first.is_named
    reasons = []
    for program in possible:
        if program.problem:
            reasons.append(f"{program.name}: {program.problem}")
            is_certain &= not program.is_named
    if not reasons or is_certain:
        return ""
    return tr(UNREAD, said=" ".join(reasons))


def _two_answers(written: Sequence[Candidate], root: Path) -> str:
    """Return why a person must look: two files have different answers; else "".

    A student's notebook and program of one name may both have them; but where files are named after
    students, anybody may have added the second.
    """
    names = []
    for program in written:
        first = written[0]
        is_pair = (
            first.stem == program.stem
            and first.suffix != program.suffix
            and not first.is_loose
        )
        is_rival = program.answers != first.answers and not is_pair
        if program is first or is_rival:
            names.append(label(program.path, root))
    if len(names) < 2:
        return ""
    return tr(BOTH, said=tr(" and ").join(names[:3]))


def for_review(owner: Owner, path: Path, root: Path, problem: str) -> SubmittedFile:
    """Return a submission that needs review."""
    return SubmittedFile(
        owner.id,
        path,
        label(path, root),
        owner.flags,
        problem,
        needs_review=True,
        name=owner.name,
        is_late=owner.is_late,
        root=_root_of(path, root),
    )


def _root_of(path: Path, root: Path) -> Path:
    """Return the root; for a file elsewhere, such as in a student's .zip, its folder."""
    return root if path.is_relative_to(root) else path.parent


def label(path: Path, root: Path) -> str:
    """Return a path as people read it."""
    if path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    return "/".join(path.parts[-2:])


def unique_names(
    files: Iterable[tuple[Path, Path | None]],
) -> dict[str, tuple[Path, Path | None]]:
    """Return name -> file and root.  Names that would be equal also have the folders above the
    root.
    """
    roots = dict(files)
    names = {path: label(path, root or path.parent) for path, root in roots.items()}
    while len(count := Counter(names.values())) < len(names):
        for path, name in names.items():
            if count[name] > 1:
                parts = len(PurePath(name).parts) + 1
                names[path] = "/".join(path.parts[-parts:])
    return {name: (path, roots[path]) for path, name in names.items()}


def _listed(names: Iterable[str]) -> str:
    return textwrap.shorten(listed(names), MAX_CHARACTERS, placeholder=" ...")
