"""Finds the submissions below the paths that an instructor names.

A path is a student's file, or a folder: of one student, of a class, or an nbgrader course.  A
.zip is unpacked first (`archives`), and `owners` decides whose each file is.  Follows no link
below a named path, because it may lead to another's work.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from autograder.errors import NO_PROBLEM, Message
from autograder.intake import owners, places
from autograder.intake.choice import choose, for_review, label, unique_names
from autograder.intake.owners import COURSE, SUBMITTED, Owned, Work
from autograder.intake.places import Kind, kind
from autograder.intake.search import Search
from autograder.intake.submission import SubmittedFile
from autograder.languages import N_, tr
from autograder.platforms.platform import Claim, named_after

MAX_FILES = 2000  # of one student, that are looked through
TOO_MANY = N_(
    "The folder holds more than {most:,} files. Keep only the requested ones."
)
OTHERS = N_("Only files of another assignment were submitted.")
NO_FILE_OF = N_("No file {name}.ipynb or {name}.py in {folder}/.")
BOTH = N_("{one} and {other} both belong to {id}.")
COUNTS = N_("{file} counts")
NOTHING = N_(
    "No submission of {assignment} below {paths}. Expected one of: {names}."
)
NO_SUBMISSION = N_("neither a notebook (.ipynb) nor a Python file (.py)")
NO_PROGRAM = N_(
    "{path} is not a notebook (.ipynb), Python file (.py), folder or .zip. Name one of these."
)


@dataclass(frozen=True)
class Collection:
    """What was submitted.  skipped: all other paths in the class's folders -> the reason."""

    files: tuple[SubmittedFile, ...]
    skipped: Mapping[str, str]
    absent: tuple[str, ...] = ()  # who of the roster submitted nothing


def collect(search: Search) -> Collection:
    """Return what was submitted, one file per student, sorted by id.

    Raises NothingFound, and WrongPath.
    """
    collector = _Collector(search)
    submissions = _one_per_student(collector.submissions())
    unpacked = search.unpacked
    if not submissions:
        name = search.assignment
        names = f"<student>/{name}.ipynb (or .py), <student>/{name}/, <student>.ipynb"
        shown = unpacked.shown(unpacked.paths[0])
        raise places.NothingFound(
            NOTHING, assignment=name, paths=shown, names=names
        )
    absent: list[str] = []
    if search.roster:
        students = [(file.id, file.name) for file in submissions]
        absent = search.roster.absent([*students, *collector.with_others])
    skipped = unpacked.left_out | collector.skipped
    reasons = {name: tr(reason) for name, reason in skipped.items()}
    return Collection(tuple(submissions), reasons, tuple(absent))


def folders_of(paths: Sequence[Path]) -> list[Path]:
    """Return the folders with students' files among paths to grade; for a course, submitted/.

    The folder of a single named file is not one of them: the instructor may have other files there.
    """
    folders = []
    for path in paths:
        submitted = path / SUBMITTED
        if kind(submitted) is not Kind.NOTHING:
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
        is_course = kind(path / SUBMITTED) is Kind.FOLDER
        for place, folders, files in places.walk(path):
            wanted = {name for name in folders if not name.startswith(".")}
            if is_course and place == path:
                wanted -= COURSE - {SUBMITTED}
            folders[:] = [name for name in wanted if not places.is_system(name)]
            present.update(folders)
            present.update(
                map(places.own_stem, filter(places.is_program, files))
            )
    return [name for name in names if name in present]


@dataclass
class _Collector:
    search: Search
    skipped: dict[str, Message] = field(default_factory=dict)
    # who has only other assignments
    with_others: list[tuple[str, str]] = field(default_factory=list)

    def submissions(self) -> Iterator[SubmittedFile]:
        """Yield all submissions; several may have the same id."""
        search = self.search
        paths = search.unpacked.paths
        is_expanded = (
            len(paths) > 1
        )  # by a shell's `*`, with students' links too
        files = []
        folders = []
        for path in paths:
            is_link = is_expanded and path.is_symlink()
            if path.is_dir() and not is_link:
                folders.append(path)
            else:
                files.append(path)
        yield from self._named_files(files)
        has_students = any(
            map(search.is_students, folders)
        )  # then all of them are
        if is_expanded and search.platform is None and has_students:
            yield from self._of_class(paths[0].parent, folders)
            return
        for folder in folders:
            yield from self._of_folder(folder)

    def _of_folder(self, folder: Path) -> Iterator[SubmittedFile]:
        """Yield the submissions in a named folder."""
        search = self.search
        if problem := places.why_unreadable(Path(os.path.realpath(folder))):
            raise places.WrongPath(problem.text, **problem.values)
        if search.platform is None and owners.is_one_students(search, folder):
            # a person may have named it `.`
            owner = named_after(os.path.basename(os.path.abspath(folder)))
            yield from self._of_student(
                folder, Work(owner, [Owned(folder, Claim(owner))])
            )
            return
        for root in owners.class_folders(search, folder):
            yield from self._of_class(root, search.children(root))

    def _named_files(self, files: Sequence[Path]) -> Iterator[SubmittedFile]:
        """Yield the submissions in named files.

        Two students may each have an ana.py, in their folders.
        """
        by_folder: dict[Path, list[Path]] = {}
        for path in files:
            if not places.is_program(path.name) and not path.is_symlink():
                raise places.WrongPath(NO_PROGRAM, path=path.name)
            by_folder.setdefault(path.parent, []).append(path)
        for folder, paths in by_folder.items():
            yield from self._of_class(folder, paths)

    def _of_class(
        self, folder: Path, paths: Sequence[Path]
    ) -> Iterator[SubmittedFile]:
        """Yield a submission for each student who owns some of these paths in a folder."""
        works, skipped = owners.works(self.search, folder, paths)
        for path, reason in skipped.items():
            self._skip(folder, path, reason)
        for work in works:
            if work.problem:
                path = work.paths[0].path
                yield for_review(work.owner, path, folder, work.problem)
            else:
                yield from self._of_student(folder, work)

    def _skip(self, root: Path, path: Path, reason: Message) -> None:
        name = label(path, root)
        if kind(path) is Kind.FOLDER:
            name += "/"
        self.skipped[name] = reason

    def _of_student(self, root: Path, work: Work) -> Iterator[SubmittedFile]:
        """Yield the submission in a student's paths; none if all belong to other assignments."""
        search = self.search
        for item in work.older:
            self._skip(
                root,
                item.path,
                Message(owners.AGAIN, {"file": item.claim.file}),
            )
        files: dict[Path, str] = {}  # with the student's own names
        loose = set()  # their names are the student's, and not the assignment's
        elsewhere: list[Path] = []
        for item in work.paths:
            if item.claim.file:
                for path in search.inside(item.path):
                    files[path] = path.name
                if item.path in files:
                    files[item.path] = item.claim.file
                if work.is_plain:
                    loose.add(item.path)
                continue
            below = list(islice(search.below(item.path), MAX_FILES + 1))
            if problem := self._why_not(item.path, len(below)):
                yield for_review(work.owner, work.paths[0].path, root, problem)
                return
            named = {path.parent for path in below if search.is_named(path)}
            for path in below:
                if len(named) == 1 and path.parent not in named:
                    elsewhere.append(path)  # no rival
                else:
                    files[path] = path.name
        if chosen := choose(work.owner, files, search, root, loose):
            self._skip_others(root, [*files, *elsewhere], chosen)
            yield chosen
        else:
            yield from self._without_file(root, work, has_files=bool(files))

    def _without_file(
        self, root: Path, work: Work, has_files: bool
    ) -> Iterator[SubmittedFile]:
        """Yield why a student has no file of this assignment; nothing if that is no surprise."""
        search = self.search
        place = work.paths[0].path
        folders = [item.path for item in work.paths if not item.claim.file]
        is_of_others = has_files
        has_own = False
        for folder in folders:
            has_own |= kind(folder / search.assignment) is Kind.FOLDER
            for name in search.others:
                is_of_others |= kind(folder / name) is not Kind.NOTHING
        if has_own or not is_of_others:
            names = {"name": search.assignment, "folder": place.name}
            nothing = for_review(
                work.owner, place, root, Message(NO_FILE_OF, names)
            )
            yield replace(nothing, needs_review=False)
        elif not work.is_plain or len(folders) < len(work.paths):
            yield for_review(work.owner, place, root, Message(OTHERS))
        else:
            for folder in folders:
                self._skip(root, folder, Message(OTHERS))
            self.with_others.append((work.owner.id, work.owner.name))

    def _skip_others(
        self, root: Path, paths: Sequence[Path], chosen: SubmittedFile
    ) -> None:
        """Say of each file beside the one that counts why it was skipped."""
        named = {chosen.path}
        reason = Message(COUNTS, {"file": chosen.file})
        if chosen.needs_review:  # its reason names all files that may count
            named |= {path for path, _ in chosen.rivals.values()}
            reason = Message(NO_SUBMISSION)
        for path in paths:
            if path not in named and not places.is_odd(path):
                self._skip(root, path, reason)

    def _why_not(self, folder: Path, count: int) -> Message:
        """Return why nobody can look through a student's folder."""
        if count > MAX_FILES:
            return Message(TOO_MANY, {"most": MAX_FILES})
        for place in (folder / self.search.assignment, folder):
            if kind(place) is Kind.FOLDER and (
                problem := places.why_unreadable(place)
            ):
                return problem
        return NO_PROBLEM


def _one_per_student(files: Iterable[SubmittedFile]) -> list[SubmittedFile]:
    """Return one submission for each id, sorted.

    Two of an id need review, if something was submitted.
    """
    by_id: dict[str, SubmittedFile] = {}
    for file in sorted(files, key=lambda file: file.is_nothing):
        first = by_id.setdefault(file.id, file)
        if first.path == file.path or file.is_nothing:
            continue
        both = [(first.path, first.root), (file.path, file.root)]
        rivals = unique_names(
            [*first.rivals.values(), *file.rivals.values(), *both]
        )
        names = {path: name for name, (path, _) in rivals.items()}
        values = {
            "one": names[first.path],
            "other": names[file.path],
            "id": file.id,
        }
        problem = Message(BOTH, values)
        by_id[file.id] = replace(
            first, problem=problem, needs_review=True, rivals=rivals
        )
    return [by_id[id] for id in sorted(by_id)]
