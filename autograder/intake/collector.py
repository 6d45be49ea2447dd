"""Finds the submissions below the paths that an instructor names.

A path is a student's file, or a folder: of one student, of a class, or an nbgrader course.  A
.zip is unpacked first (`archives`), and `owners` decides whose each file is.  Follows no link
below a named path, because it may lead to another's work.
"""

import contextlib
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from autograder.errors import KitError, Message, Unread
from autograder.intake import owners, places, released
from autograder.intake.choice import choose, label, submitted, unique_names
from autograder.intake.owners import COURSE, SUBMITTED
from autograder.intake.places import HIDDEN_PREFIXES, is_folder
from autograder.intake.search import Search
from autograder.intake.submission import (
    SubmittedFile,
    suffix_of,
    text_of,
)
from autograder.languages import N_, tr
from autograder.platforms import PLAIN
from autograder.platforms.platform import Owner

MAX_FILES = 2000  # of one student, that are looked through
TOO_MANY = N_(
    "The folder holds more than {most:,} files. Keep only the requested ones."
)
OF_ANOTHER = N_("Only files of another assignment were submitted.")


def folders_of(paths: Sequence[Path]) -> list[Path]:
    """Return the folders with students' files among paths to grade; for a course, submitted/.

    The folder of a single named file is not one of them: the instructor may have other files there.
    """
    folders = []
    for path in paths:
        submitted = path / SUBMITTED
        if os.path.lexists(submitted):
            folders.append(submitted)
        elif path.is_dir():
            folders.append(path)
        elif len(paths) > 1:
            folders.append(path.parent)
    return folders


def assignments_below(paths: Sequence[Path], names: Sequence[str]) -> list[str]:
    """Return the assignments that have submissions here, by names; of a course, in submitted/."""
    present = {places.own_stem(path.name) for path in paths}
    for path in paths:
        is_course = is_folder(path / SUBMITTED)
        for place, folders, files in places.walk(path):
            wanted = {
                name for name in folders if not name.startswith(HIDDEN_PREFIXES)
            }
            if is_course and place == path:
                wanted -= COURSE - {SUBMITTED}
            folders[:] = wanted
            present.update(folders)
            present.update(
                map(places.own_stem, filter(places.is_program, files))
            )
    return [name for name in names if name in present]


def assignments_inside(
    paths: Sequence[Path], names: Sequence[str]
) -> list[str]:
    """Return the assignments of which a file below the paths has a cell or a function."""
    present = set()
    for path in _programs_below(paths):
        # What cannot be read is reported when it is graded.
        with contextlib.suppress(Unread):
            text = text_of(path)
            _, suffix = places.split_name(path.name)
            pieces = released.pieces(text, suffix_of(text, suffix))
            for name in names:
                if released.release_of(name).has_any(pieces):
                    present.add(name)
    return [name for name in names if name in present]


def _programs_below(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if places.is_program(path.name) and not is_folder(path):
            yield path
        for place, _, files in places.walk(path):
            for name in files:
                if places.is_program(name) and not places.is_ignored_name(name):
                    yield place / name


class Submissions:
    """What was submitted to one assignment.  Raises KitError.

    files: one per student, sorted by id.  skipped: all other paths in the class's folders ->
    the reason.  absent: those of the roster who submitted nothing.
    """

    def __init__(self, search: Search) -> None:
        self.search = search
        self.skipped: dict[str, str] = {}
        for name, reason in search.unpacked.left_out.items():
            self.skipped[name] = tr(reason)
        self.files = _one_per_student(self._found())
        if not self.files:
            raise KitError(
                "No submission of {name} below {paths}. Expected one of: <student>/{name}.ipynb (or"
                " .py), <student>/{name}/, <student>.ipynb.",
                name=search.assignment,
                paths=search.unpacked.paths[0].name,
            )
        self.absent: list[str] = []
        if search.roster is not None:
            self.absent = search.roster.absent(
                (file.id, file.name) for file in self.files
            )

    def _found(self) -> Iterator[SubmittedFile]:
        """Yield all submissions; several may have the same id."""
        search = self.search
        paths = search.unpacked.paths
        # by a shell's `*`, with students' links too
        is_expanded = len(paths) > 1
        # Two students may each have an ana.py, in their folders.
        files: dict[Path, list[Path]] = {}
        folders = []
        for path in paths:
            is_link = is_expanded and path.is_symlink()
            if path.is_dir() and not is_link:
                folders.append(path)
            elif places.is_program(path.name) or is_link:
                files.setdefault(path.parent, []).append(path)
            else:
                raise KitError(
                    "{path} is not a notebook (.ipynb), Python file (.py), folder or .zip. Name "
                    "one of these.",
                    path=path.name,
                )
        for folder, named in files.items():
            yield from self._of_class(folder, named)
        has_students = any(map(search.is_students, folders))
        if is_expanded and search.platform is None and has_students:
            # If one of the folders is a student's, all are.
            yield from self._of_class(paths[0].parent, folders)
            return
        for folder in folders:
            # A person may have named it `.`, or by a link.
            yield from self._of_folder(folder.resolve())

    def _of_folder(self, folder: Path) -> Iterator[SubmittedFile]:
        """Yield the submissions in a named folder."""
        search = self.search
        if problem := places.why_unreadable(folder):
            raise KitError(problem.text, **problem.values)
        if search.platform is None and owners.is_one_students(search, folder):
            yield from self._of_class(folder.parent, [folder])
        else:
            for group in owners.groups(search, folder):
                yield from self._of_class(group, search.children(group))

    def _of_class(
        self, folder: Path, paths: Sequence[Path]
    ) -> Iterator[SubmittedFile]:
        """Yield a submission for each student who owns some of these paths in a folder."""
        search = self.search
        platform = search.platform or owners.recognized(search, paths)
        by_id: dict[str, list[tuple[Path, Owner]]] = {}
        unowned = {*paths}
        for path, owner in owners.owned(search, platform, folder, paths):
            unowned.discard(path)
            problem = owner.problem
            if os.path.islink(path):
                problem = places.a_link(path.name)
            if problem:
                yield submitted(owner, path, folder, problem)
            else:
                by_id.setdefault(owner.id, []).append((path, owner))
        for path in unowned:
            reason = Message(
                "not named as {platform} names submissions",
                {"platform": platform.name},
            )
            if places.is_ignored(path):
                reason = Message(
                    "its name is that of a test, of settings, or of a hidden file"
                )
            self._skip(folder, path, reason)
        for items in by_id.values():
            student = self._newest(folder, items)
            yield from self._of_student(folder, *student, platform is PLAIN)

    def _newest(
        self, folder: Path, items: Sequence[tuple[Path, Owner]]
    ) -> tuple[Owner, dict[Path, str]]:
        """Return a student, and the newest versions of their files with their own names.

        The student has what is remarkable of any of the files; the older files are skipped.
        """
        highest = defaultdict[str, int](int)
        for _, owner in items:
            series = owner.series
            highest[series] = max(highest[series], owner.number)
        paths: dict[Path, str] = {}
        flags: list[Message] = []
        is_late = False
        for path, owner in items:
            if owner.number < highest[owner.series]:
                again = Message(
                    "{file} was submitted more than once; the last one counts",
                    {"file": owner.file or path.name},
                )
                self._skip(folder, path, again)
                if again not in flags:
                    flags.append(again)
            else:
                paths[path] = owner.file
                flags += owner.flags
                is_late |= owner.is_late
        _, student = items[0]
        return replace(student, flags=tuple(flags), is_late=is_late), paths

    def _of_student(
        self,
        root: Path,
        owner: Owner,
        paths: Mapping[Path, str],
        is_plain: bool,
    ) -> Iterator[SubmittedFile]:
        """Yield the submission in a student's paths; none if all belong to other assignments."""
        search = self.search
        # with the student's own names
        files: dict[Path, str] = {}
        elsewhere: list[Path] = []
        first = next(iter(paths))
        for path, name in paths.items():
            below = [*islice(search.files(path, search.others), MAX_FILES + 1)]
            problem = places.why_unreadable(path / search.assignment)
            problem = problem or places.why_unreadable(path)
            if len(below) > MAX_FILES:
                problem = Message(TOO_MANY, {"most": MAX_FILES})
            if problem:
                yield submitted(owner, first, root, problem)
                return
            named = {file.parent for file in filter(search.is_named, below)}
            for file in below:
                if len(named) == 1 and file.parent not in named:
                    elsewhere.append(file)
                else:
                    files[file] = name if file == path else file.name
        if chosen := choose(owner, files, search, root):
            self._skip_others(root, [*files, *elsewhere], chosen)
            yield chosen
        elif not any(map(search.is_relevant, paths)):
            names = {"name": search.assignment, "folder": first.name}
            nothing = submitted(
                owner,
                first,
                root,
                Message(
                    "No file {name}.ipynb or {name}.py in {folder}/.", names
                ),
            )
            yield replace(nothing, needs_review=False)
        elif not is_plain:
            yield submitted(owner, first, root, Message(OF_ANOTHER))
        else:
            for path in paths:
                self._skip(root, path, Message(OF_ANOTHER))

    def _skip_others(
        self, root: Path, paths: Sequence[Path], chosen: SubmittedFile
    ) -> None:
        """Say of each file beside the one that counts why it was skipped."""
        named = {chosen.path}
        reason = Message("{file} counts", {"file": chosen.file})
        # Its reason names all files that may count.
        if chosen.needs_review:
            named |= chosen.choices.keys()
            reason = Message(
                "neither a notebook (.ipynb) nor a Python file (.py)"
            )
        for path in paths:
            if path not in named and not places.is_ignored(path):
                self._skip(root, path, reason)

    def _skip(self, root: Path, path: Path, reason: Message) -> None:
        name = label(path, root)
        if is_folder(path):
            name += "/"
        self.skipped[name] = tr(reason)


def _one_per_student(files: Iterable[SubmittedFile]) -> list[SubmittedFile]:
    """Return one submission for each id, sorted.

    Two of an id need review, if something was submitted.
    """
    by_id: dict[str, SubmittedFile] = {}
    for file in sorted(files, key=lambda file: file.is_nothing):
        first = by_id.setdefault(file.id, file)
        if first.path == file.path or file.is_nothing:
            continue
        labels = {first.path: first.file, file.path: file.file}
        names = unique_names({**labels, **first.choices, **file.choices})
        values = {
            "one": names[first.path],
            "other": names[file.path],
            "id": file.id,
        }
        problem = Message("{one} and {other} both belong to {id}.", values)
        by_id[file.id] = replace(
            first, problem=problem, needs_review=True, choices=names
        )
    return [by_id[id] for id in sorted(by_id)]
