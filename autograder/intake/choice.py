"""Decides which of a student's files counts.

The file with the right name counts; of a notebook and a `.py`, the one that the student wrote
in, or the notebook if both.  If no file has the right name, the first with any of the
assignment's cells or functions counts under its own name, with a flag.  Three rules ask for a
person instead:

1. No file has a cell or a function of the assignment.
2. A file cannot be read, and no other one with the right name was written in.
3. Two files have different answers.
"""

import os
import textwrap
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from autograder.errors import NO_PROBLEM, Message, Unread
from autograder.intake import released
from autograder.intake.places import SUFFIXES, is_ignored_name, split_name
from autograder.intake.search import Search
from autograder.intake.submission import (
    SubmittedFile,
    suffix_of,
    text_of,
)
from autograder.languages import N_, joined
from autograder.platforms.platform import Owner

MAX_CHARACTERS = 200  # of names of files in a sentence


class Candidate:
    """A file of a student's.

    name: the student's own; "" if it has its student's name, in place of the assignment's.
    root: people read the path, its label, relative to it.  own_code: what the student wrote in
    it.  problem: why it cannot be read.
    """

    def __init__(self, path: Path, name: str, assignment: str, root: Path):
        self.path = path
        self.name = name or path.name
        self.label = label(path, root)
        self.stem, self.suffix = split_name(self.name)
        self.has_students_name = not name
        # It has the right name.
        self.is_named = self.has_students_name or self.stem == assignment
        # It is taken for one of this assignment.
        self.is_possible = self.is_named
        self.own_code: frozenset[str] = frozenset()
        self.problem = NO_PROBLEM

    def read(self, assignment: str) -> None:
        """Find what the student wrote in it."""
        try:
            text = text_of(self.path)
            if not text:
                return
            pieces = released.pieces(text, suffix_of(text, self.suffix))
        except Unread as error:
            self.problem = error.message
            self.is_possible = True
            return
        release = released.release_of(assignment)
        self.own_code = release.own_code(pieces)
        self.is_possible |= release.has_any(pieces)


def choose(
    owner: Owner, paths: Mapping[Path, str], search: Search, root: Path
) -> SubmittedFile | None:
    """Return the submission among a student's files; None if all belong to other assignments.

    paths: each with the student's own name of the file, which a platform may have changed; ""
    if it has its student's name.  root: people see file names relative to it.
    """
    assignment = search.assignment
    files = []
    for path, name in paths.items():
        file = Candidate(path, name, assignment, root)
        if file.is_named or file.stem not in search.others:
            files.append(file)
    if not files:
        return None
    refused = search.unpacked.refused
    programs = _programs(files, refused)
    choices = {}
    for file in programs:
        if file.path in refused:
            file.problem = refused[file.path]
            file.is_possible = True
            continue
        choices[file.path] = file.label
        # The only one counts, whatever is in it.
        if len(programs) > 1 or not file.is_named:
            file.read(assignment)
    possible = [file for file in programs if file.is_possible]
    written = [file for file in possible if file.own_code]
    first = (written or possible or files)[0]
    if not possible:
        problem = _nothing(assignment, programs or files)
    elif first.path in refused:
        problem = first.problem
    else:
        problem = _cannot_be_read(first, possible) or _two_answers(written)
    flags = [] if problem else _flags(first, possible, assignment)
    return replace(
        submitted(owner, first.path, root, problem),
        flags=(*owner.flags, *flags),
        choices=unique_names(choices),
    )


def _programs(
    files: Sequence[Candidate], refused: Collection[Path]
) -> list[Candidate]:
    """Return the programs and refused files, sorted; tests and settings if there is nothing else.

    Those with the right name come first, and notebooks before programs.
    """
    programs = []
    wanted = []
    for file in files:
        if file.suffix in SUFFIXES or file.path in refused:
            programs.append(file)
            if not is_ignored_name(file.name):
                wanted.append(file)

    def order(file: Candidate) -> tuple[bool, bool, str]:
        return not file.is_named, file.suffix != ".ipynb", file.name

    return sorted(wanted or programs, key=order)


def _flags(
    first: Candidate, possible: Sequence[Candidate], assignment: str
) -> list[Message]:
    """Return what an instructor should know of the file that counts."""
    flags = []
    for other in possible:
        if other is not first:
            labels = {"one": first.label, "other": other.label}
            flags.append(
                Message("has two files: {one} counts, {other} does not", labels)
            )
    stem = first.stem if first.is_named else assignment
    named = stem + first.suffix
    if not first.is_named or not first.name.lower().endswith(first.suffix):
        flags.append(
            Message(
                "its file is named {file}, not {named}",
                {"file": first.name, "named": named},
            )
        )
    return flags


def _nothing(assignment: str, files: Sequence[Candidate]) -> Message:
    """Return the sentence for files of which none has a cell or a function of the assignment."""
    names = ", ".join(file.name for file in files)
    names = textwrap.shorten(names, MAX_CHARACTERS, placeholder=" ...")
    if files[0].suffix in SUFFIXES:
        return Message(
            "No cell or function of {assignment} in {names}.",
            {"names": names, "assignment": assignment},
        )
    return Message(
        "Expected {assignment}.ipynb or {assignment}.py, got {names}.",
        {"assignment": assignment, "names": names},
    )


def _cannot_be_read(first: Candidate, possible: Sequence[Candidate]) -> Message:
    """Return why a person must look: a file that may be the right one cannot be read."""
    unread = [file for file in possible if file.problem]
    if first.is_named and first.own_code:
        unread = [file for file in unread if file.is_named]
    if len(possible) < 2 or not unread:
        return NO_PROBLEM
    reasons = []
    for file in unread:
        values = {"name": file.name, "problem": file.problem}
        reasons.append(Message("{name}: {problem}", values))
    return Message(
        "Not all of the files can be read. {said}",
        {"said": joined(reasons, " ")},
    )


def _two_answers(written: Sequence[Candidate]) -> Message:
    """Return why a person must look: two files have different answers.

    A student's notebook and program of one name may both have them; but where files are named after
    students, anybody may have added the second.
    """
    both = [*written[:1]]
    for file in written:
        first = both[0]
        is_pair = first.stem == file.stem and first.suffix != file.suffix
        if file.own_code != first.own_code and (
            first.has_students_name or not is_pair
        ):
            both.append(file)
    if len(both) < 2:
        return NO_PROBLEM
    labels = [file.label for file in both[:3]]
    values = {"said": joined(labels, N_(" and "))}
    common = os.path.commonpath(labels)
    # Folders in one student's folder may be several students'.
    if common and common != os.path.dirname(labels[0]):
        return Message(
            "{said} both have answers. To grade a folder of several students, name that folder.",
            values,
        )
    return Message("{said} both have answers.", values)


def submitted(
    owner: Owner, path: Path, root: Path, problem: Message
) -> SubmittedFile:
    """Return a submission, which needs review if it has a problem."""
    return SubmittedFile(
        id=owner.id,
        path=path,
        file=label(path, root),
        flags=owner.flags,
        problem=problem,
        needs_review=bool(problem),
        name=owner.name,
        is_late=owner.is_late,
    )


def label(path: Path, root: Path) -> str:
    """Return a path as people read it."""
    if path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    return "/".join(path.parts[-2:])


def unique_names(labels: Mapping[Path, str]) -> dict[Path, str]:
    """Return path -> label.  Labels that would be equal also have folders above."""
    names = dict(labels)
    while len(counts := Counter(names.values())) < len(names):
        for path, name in names.items():
            if counts[name] > 1:
                parts = len(PurePath(name).parts) + 1
                names[path] = "/".join(path.parts[-parts:])
    return names
