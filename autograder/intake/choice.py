"""Decides which of a student's files counts.

The file with the right name counts; of a notebook and a `.py`, the one that the student wrote
in, or the notebook if both.  If no file has the right name, the one with most of the
assignment's cells or functions counts under its own name, with a flag.  Three rules ask for a
person instead:

1. No file has a cell or a function of the assignment.
2. A file cannot be read, and no other one with the right name was written in.
3. Two files have different answers.
"""

import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from autograder.errors import NO_PROBLEM, Message, NotANotebook
from autograder.intake import released
from autograder.intake.places import SUFFIXES, is_odd, split_name
from autograder.intake.search import Search
from autograder.intake.submission import (
    SubmittedFile,
    Unreadable,
    suffix_of,
    text_of,
)
from autograder.languages import N_, joined
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
    problem: Message = NO_PROBLEM  # why it cannot be read

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
    root: people see file names relative to it.  loose: files that have their student's name in
    place of the assignment's.
    """
    names = []
    programs = []
    for path, given in paths.items():
        name = PurePath(given).name
        stem, suffix = split_name(name)
        is_loose = path in loose
        is_named = is_loose or stem == search.assignment
        if stem in search.others and not is_named:
            continue
        names.append((path, name))
        if suffix in SUFFIXES or path in search.unpacked.refused:
            programs.append(
                Candidate(path, name, stem, suffix, is_named, is_loose)
            )
    if not names:
        return None
    programs = _read(programs, search)
    possible = [program for program in programs if program.is_of_this]
    rivals = _rivals(programs, search, root)
    if not possible:
        if programs and all(program.of_other for program in programs):
            return None
        problem = _nothing(
            search.assignment, programs, [name for _, name in names]
        )
        return replace(
            for_review(owner, names[0][0], root, problem), rivals=rivals
        )
    written = [program for program in possible if program.answers]
    first = (written or possible)[0]
    problem = search.unpacked.refused.get(first.path, NO_PROBLEM)
    problem = problem or _unread(first, possible) or _two_answers(written, root)
    chosen = replace(
        for_review(owner, first.path, root, problem), rivals=rivals
    )
    if problem:
        return chosen
    flags = (*owner.flags, *_flags(first, possible, search.assignment, root))
    return replace(chosen, flags=flags, needs_review=False)


def _flags(
    first: Candidate, possible: Sequence[Candidate], assignment: str, root: Path
) -> list[Message]:
    """Return what an instructor should know of the file that counts."""
    flags = []
    for other in possible:
        if other is not first:
            labels = {
                "one": label(first.path, root),
                "other": label(other.path, root),
            }
            flags.append(Message(TWO_FILES, labels))
    if not first.is_named or not first.name.lower().endswith(first.suffix):
        stem = first.stem if first.is_named else assignment
        names = {"file": first.name, "named": stem + first.suffix}
        flags.append(Message(OTHER_NAME, names))
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
    """Return the files with their contents, sorted.

    Tests and settings are left out if there are other files.
    """
    wanted = [program for program in programs if not is_odd(Path(program.name))]
    wanted = wanted or [*programs]
    is_read = [
        program.path not in search.unpacked.refused for program in wanted
    ]
    if is_read == [True] and wanted[0].is_named:
        return wanted  # the only one counts, whatever is in it

    def order(program: Candidate) -> tuple[bool, bool, str]:
        return not program.is_named, program.suffix != ".ipynb", program.name

    return [
        _with_content(program, search) for program in sorted(wanted, key=order)
    ]


def _with_content(program: Candidate, search: Search) -> Candidate:
    if problem := search.unpacked.refused.get(program.path):
        return replace(program, problem=problem)
    try:
        text = text_of(program.path)
        pieces = released.pieces(text, suffix_of(text, program.suffix))
    except Unreadable as error:
        return (
            replace(program, problem=error.message)
            if error.needs_review
            else program
        )
    except NotANotebook as error:
        return replace(program, problem=error.message)
    release = released.release_of(search.assignment)
    of_other = 0
    for name in search.others:
        of_other = max(of_other, released.release_of(name).marks(pieces))
    answers = release.written(pieces)
    marks = release.marks(pieces)
    return replace(program, answers=answers, marks=marks, of_other=of_other)


def _nothing(
    assignment: str, programs: Sequence[Candidate], names: Sequence[str]
) -> Message:
    """Return the sentence for files of which none has a cell or a function of the assignment."""
    named = [program.name for program in programs] or names
    listed = textwrap.shorten(
        ", ".join(named), MAX_CHARACTERS, placeholder=" ..."
    )
    if programs:
        return Message(NO_CELL, {"names": listed, "assignment": assignment})
    want = joined([assignment + suffix for suffix in SUFFIXES], N_(" or "))
    return Message(EXPECTED, {"want": want, "names": listed})


def _unread(first: Candidate, possible: Sequence[Candidate]) -> Message:
    """Return why a person must look: a file that may be the right one cannot be read."""
    if len(possible) < 2:
        return NO_PROBLEM
    is_certain = bool(first.answers) and first.is_named
    reasons = []
    for program in possible:
        if program.problem:
            values = {"name": program.name, "problem": program.problem}
            reasons.append(Message("{name}: {problem}", values))
            is_certain &= not program.is_named
    if not reasons or is_certain:
        return NO_PROBLEM
    return Message(UNREAD, {"said": joined(reasons, " ")})


def _two_answers(written: Sequence[Candidate], root: Path) -> Message:
    """Return why a person must look: two files have different answers.

    A student's notebook and program of one name may both have them; but where files are named after
    students, anybody may have added the second.
    """
    labels = []
    for program in written:
        first = written[0]
        is_pair = first.stem == program.stem and first.suffix != program.suffix
        is_same = program.answers == first.answers or (
            is_pair and not first.is_loose
        )
        if program is first or not is_same:
            labels.append(label(program.path, root))
    if len(labels) < 2:
        return NO_PROBLEM
    return Message(BOTH, {"said": joined(labels[:3], N_(" and "))})


def for_review(
    owner: Owner, path: Path, root: Path, problem: Message
) -> SubmittedFile:
    """Return a submission that needs review."""
    return SubmittedFile(
        id=owner.id,
        path=path,
        file=label(path, root),
        flags=owner.flags,
        problem=problem,
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
    """Return name -> file and root.  Names that would be equal also have folders above the root."""
    roots = dict(files)
    names = {}
    for path, root in roots.items():
        names[path] = label(path, root or path.parent)
    while len(counts := Counter(names.values())) < len(names):
        for path, name in names.items():
            if counts[name] > 1:
                parts = len(PurePath(name).parts) + 1
                names[path] = "/".join(path.parts[-parts:])
    return {name: (path, roots[path]) for path, name in names.items()}
