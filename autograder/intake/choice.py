"""Decides which of a student's files counts.

The file with the right name counts; of a notebook and a `.py`, the one that the student wrote
in, or the notebook if both.  If no file has the right name, the first with any of the
assignment's cells or functions counts under its own name, with a flag.  Three rules ask for a
person instead:

1. No file has a cell or a function of the assignment.
2. A file cannot be read, and no other one with the right name was written in.
3. Two files have different answers.
"""

import textwrap
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from autograder.errors import NO_PROBLEM, Message, NotANotebook
from autograder.intake import released
from autograder.intake.places import SUFFIXES, is_odd_file, split_name
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
GROUP = N_(
    "{said} both have answers. To grade a folder of several students, name that folder."
)


@dataclass(frozen=True)
class Candidate:
    """A file of a student's.

    name: the student's own.  is_loose: whether it has its student's name, in place of the
    assignment's.  answers: what the student wrote in it.  problem: why it cannot be read.
    """

    path: Path
    name: str
    stem: str
    suffix: str
    is_loose: bool
    is_named: bool  # it has the right name
    is_of_this: bool  # it is taken for one of this assignment
    answers: frozenset[str] = frozenset()
    problem: Message = NO_PROBLEM


def choose(
    owner: Owner, paths: Mapping[Path, str], search: Search, root: Path
) -> SubmittedFile | None:
    """Return the submission among a student's files; None if all belong to other assignments.

    paths: each with the student's own name of the file, which a platform may have changed; ""
    if it has its student's name.  root: people see file names relative to it.
    """
    files = []
    for path, name in paths.items():
        candidate = _candidate(path, name, search.assignment)
        if candidate.is_named or candidate.stem not in search.others:
            files.append(candidate)
    if not files:
        return None
    refused = search.unpacked.refused
    programs = _programs(files, refused)
    if len(programs) != 1 or not programs[0].is_named:
        programs = [
            _read(file, search.assignment, refused) for file in programs
        ]
    possible = [program for program in programs if program.is_of_this]
    labels = {}
    for program in programs:
        if program.path not in refused:
            labels[program.path] = label(program.path, root)
    rivals = unique_names(labels)
    if not possible:
        problem = _nothing(search.assignment, programs or files)
        chosen = for_review(owner, files[0].path, root, problem)
        return replace(chosen, rivals=rivals)
    written = [program for program in possible if program.answers]
    first = (written or possible)[0]
    problem = refused.get(first.path, NO_PROBLEM)
    problem = problem or _unread(first, possible) or _two_answers(written, root)
    chosen = for_review(owner, first.path, root, problem)
    chosen = replace(chosen, rivals=rivals)
    if problem:
        return chosen
    flags = _flags(first, possible, search.assignment, root)
    return replace(chosen, flags=(*owner.flags, *flags), needs_review=False)


def _candidate(path: Path, name: str, assignment: str) -> Candidate:
    is_loose = not name
    name = name or path.name
    stem, suffix = split_name(name)
    is_named = is_loose or stem == assignment
    return Candidate(path, name, stem, suffix, is_loose, is_named, is_named)


def _programs(
    files: Sequence[Candidate], refused: Collection[Path]
) -> list[Candidate]:
    """Return the programs and refused files, sorted; tests and settings if there is nothing else.

    Those with the right name come first, and notebooks before programs.
    """
    programs = []
    for file in files:
        if file.suffix in SUFFIXES or file.path in refused:
            programs.append(file)
    wanted = [file for file in programs if not is_odd_file(file.name)]

    def order(file: Candidate) -> tuple[bool, bool, str]:
        return not file.is_named, file.suffix != ".ipynb", file.name

    return sorted(wanted or programs, key=order)


def _read(
    file: Candidate, assignment: str, refused: Mapping[Path, Message]
) -> Candidate:
    """Return a file with what is in it."""
    problem = refused.get(file.path, NO_PROBLEM)
    answers: frozenset[str] = frozenset()
    is_of_this = file.is_named
    if not problem:
        try:
            text = text_of(file.path)
            pieces = released.pieces(text, suffix_of(text, file.suffix))
            release = released.release_of(assignment)
            answers = release.written(pieces)
            is_of_this |= release.has_any(pieces)
        except Unreadable as error:
            if error.needs_review:
                problem = error.message
        except NotANotebook as error:
            problem = error.message
    return replace(
        file,
        problem=problem,
        answers=answers,
        is_of_this=is_of_this or bool(problem),
    )


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
    stem = first.stem if first.is_named else assignment
    named = stem + first.suffix
    if not first.is_named or not first.name.lower().endswith(first.suffix):
        flags.append(Message(OTHER_NAME, {"file": first.name, "named": named}))
    return flags


def _nothing(assignment: str, files: Sequence[Candidate]) -> Message:
    """Return the sentence for files of which none has a cell or a function of the assignment."""
    names = ", ".join(file.name for file in files)
    names = textwrap.shorten(names, MAX_CHARACTERS, placeholder=" ...")
    if files[0].suffix in SUFFIXES:
        return Message(NO_CELL, {"names": names, "assignment": assignment})
    want = joined([assignment + suffix for suffix in SUFFIXES], N_(" or "))
    return Message(EXPECTED, {"want": want, "names": names})


def _unread(first: Candidate, possible: Sequence[Candidate]) -> Message:
    """Return why a person must look: a file that may be the right one cannot be read."""
    unread = [program for program in possible if program.problem]
    is_certain = first.is_named and bool(first.answers)
    if is_certain and not any(program.is_named for program in unread):
        return NO_PROBLEM
    if len(possible) < 2 or not unread:
        return NO_PROBLEM
    reasons = []
    for program in unread:
        values = {"name": program.name, "problem": program.problem}
        reasons.append(Message("{name}: {problem}", values))
    return Message(UNREAD, {"said": joined(reasons, " ")})


def _two_answers(written: Sequence[Candidate], root: Path) -> Message:
    """Return why a person must look: two files have different answers.

    A student's notebook and program of one name may both have them; but where files are named after
    students, anybody may have added the second.
    """
    different = []
    for program in written:
        first = written[0]
        is_pair = first.stem == program.stem and first.suffix != program.suffix
        is_equal = program.answers == first.answers
        if not is_equal and (first.is_loose or not is_pair):
            different.append(program)
    if not different:
        return NO_PROBLEM
    both = [first, *different[:2]]
    labels = [label(program.path, root) for program in both]
    said = {"said": joined(labels, N_(" and "))}
    owners = {name.partition("/")[0] for name in labels}
    folders = {program.path.parent for program in both}
    # In one student's folder, they may be several students'.
    if len(owners) == 1 and (len(folders) > 1 or not first.is_named):
        return Message(GROUP, said)
    return Message(BOTH, said)


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
    )


def label(path: Path, root: Path) -> str:
    """Return a path as people read it."""
    if path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    return "/".join(path.parts[-2:])


def unique_names(labels: Mapping[Path, str]) -> dict[str, Path]:
    """Return label -> path.  Labels that would be equal also have folders above."""
    names = dict(labels)
    while len(counts := Counter(names.values())) < len(names):
        for path, name in names.items():
            if counts[name] > 1:
                parts = len(PurePath(name).parts) + 1
                names[path] = "/".join(path.parts[-parts:])
    return {name: path for path, name in names.items()}
