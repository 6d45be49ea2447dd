"""Finds the submissions below the paths that an instructor names, and their owners.

A path is a student's file, or a folder: of one student, of a class, or an nbgrader course.  A .zip is
unpacked first (`archives`).  Follows no link below a named path, because it may lead to another's work.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from autograder.intake import owners, places
from autograder.intake.choice import choose, for_review, label, unique_names
from autograder.intake.owners import COURSE, SUBMITTED, Owned
from autograder.intake.places import Kind, kind
from autograder.intake.search import Search
from autograder.intake.submission import SubmittedFile
from autograder.languages import N_, tr
from autograder.platforms.plain import PLAIN
from autograder.platforms.platform import Claim, Owner, named_after

MAX_FILES = 2000  # of one student, that are looked through
TOO_MANY = N_("The folder holds more than {most:,} files. Keep only the requested ones.")
OTHERS = N_("Only files of another assignment were submitted.")
NO_FILE_OF = N_("No file {name}.ipynb or {name}.py in {folder}/.")
BOTH = N_("{one} and {other} both belong to {id}.")
AGAIN = N_("{file} was submitted more than once; the last one counts")
COUNTS = N_("{file} counts")
NO_SUBMISSION = N_("neither a notebook (.ipynb) nor a Python file (.py)")
NO_PROGRAM = N_("{path} is not a notebook (.ipynb), Python file (.py), folder or .zip. Name one of these.")


@dataclass(frozen=True)
class Collection:
    """What was submitted.  skipped: all other paths in the class's folders -> the reason."""

    files: tuple[SubmittedFile, ...]
    skipped: Mapping[str, str]
    absent: tuple[str, ...] = ()  # who of the roster submitted nothing


def collect(search: Search) -> Collection:
    """Return what was submitted, one file per student, sorted by id.  Raises NothingFound, and WrongPath."""
    collector = _Collector(search)
    submissions = _one_each(collector.submissions())
    if not submissions:
        names = (
            f"<student>/{search.assignment}.ipynb (or .py), <student>/{search.assignment}/, <student>.ipynb"
        )
        sentence = N_("No submission of {assignment} below {paths}. Expected one of: {names}.")
        shown = search.unpacked.shown(search.unpacked.paths[0])
        raise places.NothingFound(sentence, assignment=search.assignment, paths=shown, names=names)
    students = [*collector.with_others, *((file.id, file.name) for file in submissions)]
    absent = search.roster.absent(students) if search.roster else ()
    skipped = search.unpacked.left_out | collector.skipped
    return Collection(tuple(submissions), skipped, tuple(absent))


def folders_of(paths: Sequence[Path]) -> list[Path]:
    """Return the folders with students' files among paths to grade; for a course, submitted/.

    The folder of a single named file is not one of them: the instructor may have other files there.
    """
    folders = []
    for path in paths:
        if path.is_dir():
            is_course = kind(path / SUBMITTED) is not Kind.NOTHING
            folders.append(path / SUBMITTED if is_course else path)
        elif len(paths) > 1:
            folders.append(path.parent)
    return folders


def assignments_below(paths: Sequence[Path], names: Sequence[str]) -> list[str]:
    """Return the assignments that have submissions here, by names; of a course, in submitted/ alone."""
    present = {places.own_stem(path.name) for path in paths}
    for path in paths:
        is_course = kind(path / SUBMITTED) is Kind.FOLDER
        for place, folders, files in places.walk(path):
            hidden = {name for name in folders if places.is_system(name) or name.startswith(".")}
            if is_course and place == path:
                hidden |= COURSE - {SUBMITTED}
            folders[:] = {*folders} - hidden
            present |= {*folders, *map(places.own_stem, filter(places.is_program, files))}
    return [name for name in names if name in present]


@dataclass
class _Collector:
    search: Search
    skipped: dict[str, str] = field(default_factory=dict)
    with_others: list[tuple[str, str]] = field(default_factory=list)  # who has only other assignments

    def submissions(self) -> Iterator[SubmittedFile]:
        """Yield all submissions; several may have the same id."""
        search = self.search
        paths = search.unpacked.paths
        is_expanded = len(paths) > 1  # by a shell's `*`, with students' links too
        folders = [path for path in paths if path.is_dir() and not (is_expanded and path.is_symlink())]
        yield from self._named_files([path for path in paths if path not in folders])
        if is_expanded and search.platform is None and any(map(search.is_students, folders)):
            yield from self._of_class(paths[0].parent, folders)  # if one is a student's, all are
            return
        for folder in folders:
            if why := places.why_unreadable(Path(os.path.realpath(folder))):
                raise places.WrongPath(why)
            if search.platform is None and self._is_one_students(folder):
                owner = named_after(os.path.basename(os.path.abspath(folder)))  # it may be named `.`
                if file := self._of_student(folder, owner, [Owned(folder, Claim(owner))], is_plain=True):
                    yield file
                continue
            for root in owners.class_folders(search, folder):
                yield from self._of_class(root, search.children(root))

    def _named_files(self, files: Sequence[Path]) -> Iterator[SubmittedFile]:
        """Yield the submissions in named files; two students may each have an ana.py, in their folders."""
        by_folder: dict[Path, list[Path]] = {}
        for path in files:
            if not places.is_program(path.name) and not path.is_symlink():
                raise places.WrongPath(NO_PROGRAM, path=path.name)
            by_folder.setdefault(path.parent, []).append(path)
        for folder, paths in by_folder.items():
            yield from self._of_class(folder, paths)

    def _is_one_students(self, folder: Path) -> bool:
        """Return whether a folder is one student's, and no class with a student of that name."""
        search = self.search
        works = search.works(folder)
        if any(map(search.is_students, works)):
            return False
        stems = {places.split_name(path.name)[0] for path in works if kind(path) is not Kind.FOLDER}
        stems -= search.others
        return search.assignment in stems and {search.assignment} == {*map(places.without_copy, stems)}

    def _of_class(self, folder: Path, paths: Sequence[Path]) -> Iterator[SubmittedFile]:
        """Yield a submission for each student who owns some of these paths in a folder."""
        platform = self.search.platform or owners.recognized(self.search, paths)
        owned, skipped = owners.owners(self.search, platform, folder, paths)
        for path, why in skipped.items():
            self._skip(folder, path, why)
        by_id: dict[str, list[Owned]] = {}
        for item in owned:
            if item.problem:
                yield for_review(item.claim.owner, item.path, folder, item.problem)
            else:
                by_id.setdefault(item.claim.owner.id, []).append(item)
        for items in by_id.values():
            file = self._of_student(folder, items[0].claim.owner, items, platform is PLAIN)
            if file is not None:
                yield file

    def _skip(self, root: Path, path: Path, why: str) -> None:
        ending = "/" if kind(path) is Kind.FOLDER else ""
        self.skipped[label(path, root) + ending] = why

    def _of_student(
        self, root: Path, owner: Owner, items: Sequence[Owned], is_plain: bool
    ) -> SubmittedFile | None:
        """Return the submission in a student's files and folders; None if all belong to other assignments."""
        search = self.search
        items, older = _newest(items)
        flags = [flag for item in items for flag in item.claim.owner.flags]
        for item in older:
            flags.append(tr(AGAIN, file=item.claim.file))
            self._skip(root, item.path, flags[-1])
        is_late = any(item.claim.owner.is_late for item in items)
        owner = replace(owner, flags=tuple(dict.fromkeys(flags)), is_late=is_late)
        folders = [item.path for item in items if not item.claim.file]
        place = items[0].path
        files: dict[Path, str] = {}  # with the student's own names
        for item in items:
            for path in search.inside(item.path) if item.claim.file else ():
                files[path] = item.claim.file if path == item.path else path.name
        for folder in folders:
            below = list(islice(search.below(folder), MAX_FILES + 1))
            if why := self._why_not(folder, len(below)):
                return for_review(owner, place, root, why)
            named = {path.parent for path in below if search.is_named(path)}
            if len(named) == 1:  # what lies elsewhere is no rival
                below = [path for path in below if path.parent in named]
            files |= {path: path.name for path in below}
        # Their names are the student's, and not the assignment's.
        loose = {item.path for item in items if is_plain and item.claim.file}
        if chosen := choose(owner, files, search, root, loose):
            self._skip_others(root, items, chosen)
            return chosen
        others = [folder / name for folder in folders for name in search.others]
        is_of_others = bool(files) or any(kind(path) is not Kind.NOTHING for path in others)
        if not is_of_others or any(kind(folder / search.assignment) is Kind.FOLDER for folder in folders):
            why = tr(NO_FILE_OF, name=search.assignment, folder=place.name)
            return replace(for_review(owner, place, root, why), needs_review=False)
        if not is_plain or len(folders) < len(items):
            return for_review(owner, place, root, tr(OTHERS))
        for folder in folders:
            self._skip(root, folder, tr(OTHERS))
        self.with_others.append((owner.id, owner.name))
        return None

    def _skip_others(self, root: Path, items: Sequence[Owned], chosen: SubmittedFile) -> None:
        """Say of each file beside the one that counts why it was skipped."""
        named = {chosen.path}
        reason = tr(COUNTS, file=chosen.file)
        if chosen.needs_review:  # its reason names all files that may count
            named |= {path for path, _ in chosen.rivals.values()}
            reason = tr(NO_SUBMISSION)
        for item in items:
            if item.claim.file and named.isdisjoint(self.search.inside(item.path)):
                self._skip(root, item.path, reason)

    def _why_not(self, folder: Path, count: int) -> str:
        """Return why nobody can look through a student's folder, or ""."""
        if count > MAX_FILES:
            return tr(TOO_MANY, most=MAX_FILES)
        for place in (folder / self.search.assignment, folder):
            if kind(place) is Kind.FOLDER and (why := places.why_unreadable(place)):
                return why
        return ""


def _newest(items: Sequence[Owned]) -> tuple[list[Owned], list[Owned]]:
    """Return the newest versions of files, and the older ones."""
    newest: dict[str, int] = {}
    for item in items:
        series = item.claim.series
        newest[series] = max(item.claim.number, newest.get(series, 0))
    latest = [item for item in items if item.claim.number == newest[item.claim.series]]
    return latest, [item for item in items if item not in latest]


def _one_each(files: Iterable[SubmittedFile]) -> list[SubmittedFile]:
    """Return one submission for each id, sorted.  Two of an id need review, if something was submitted."""
    by_id: dict[str, SubmittedFile] = {}
    for file in sorted(files, key=lambda file: file.is_nothing):
        first = by_id.setdefault(file.id, file)
        if first.path != file.path and not file.is_nothing:
            both = [(first.path, first.root), (file.path, file.root)]
            rivals = unique_names([*first.rivals.values(), *file.rivals.values(), *both])
            names = {path: name for name, (path, _) in rivals.items()}
            why = tr(BOTH, one=names[first.path], other=names[file.path], id=file.id)
            by_id[file.id] = replace(first, problem=why, needs_review=True, rivals=rivals)
    return [by_id[id] for id in sorted(by_id)]
