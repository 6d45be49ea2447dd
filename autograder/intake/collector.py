"""From the paths that an instructor names to the submissions there, and whose they are.

A path is a student's file, or a folder: of one student, of a class in one of the `layouts`, or an nbgrader
course.  A .zip is unpacked first (`archives`).  Follows no link below a named path, because it may lead to
another student's work.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from autograder.intake import layouts, places
from autograder.intake.choice import choose, for_review, label, unique_names
from autograder.intake.layouts import COURSE, SUBMITTED
from autograder.intake.places import Kind, kind
from autograder.intake.search import Layout, Search
from autograder.intake.submission import SubmittedFile
from autograder.languages import N_, listed, tr
from autograder.platforms import READERS
from autograder.platforms.platform import Claim, Owner, confusable, named_after

MAX_FILES = 2000  # of one student, that are looked through
TOO_MANY = N_("The folder holds more than {most:,} files. Keep only the requested ones.")
OTHERS = N_("Only files of another assignment were submitted.")
ALIKE = N_(
    "The id {id} can be confused with {others}: only case, blanks, leading zeros or the form of letters "
    "differ. Rename one of them."
)
NO_FILE_OF = N_("No file {name}.ipynb or {name}.py in {folder}/.")
BOTH = N_("{one} and {other} both belong to {id}.")


@dataclass(frozen=True)
class Collection:
    """What was submitted."""

    files: tuple[SubmittedFile, ...]
    passed_over: tuple[str, ...] = ()  # names that may be submissions but are not taken for one
    layout: Layout | None = None  # of the last folder, so that later looks at a folder can keep it
    absent: tuple[str, ...] = ()  # who of the roster submitted nothing


def collect(search: Search) -> Collection:
    """Return what was submitted, one file per student, sorted by id.  Raises NothingFound, and WrongPath."""
    used: list[Layout] = []
    assignment, unpacked = search.assignment, search.unpacked
    submissions = _one_each(_submissions(search, used))
    if not submissions:
        names = f"<student>/{assignment}.ipynb (or .py), <student>/{assignment}/, <student>.ipynb"
        sentence = N_("No submission of {assignment} below {paths}. Expected one of: {names}.")
        shown = unpacked.shown(unpacked.paths[0])
        raise places.NothingFound(sentence, assignment=assignment, paths=shown, names=names)
    others = confusable(file.id for file in submissions)
    files = tuple(check_id(file, others[file.id]) for file in submissions)
    absent = search.roster.absent([(file.id, file.name) for file in files]) if search.roster else ()
    passed_over = tuple(dict.fromkeys(search.passed_over))
    return Collection(files, passed_over, used[-1] if used else None, tuple(absent))


def check_id(file: SubmittedFile, others: Sequence[str]) -> SubmittedFile:
    """Return the file; it needs review if there are other ids that could be confused with its id."""
    if not others:
        return file
    return replace(file, problem=tr(ALIKE, id=file.id, others=listed(others)), needs_review=True)


def folders_of(paths: Sequence[Path]) -> list[Path]:
    """Return the folders with students' files among paths to grade; for a course, submitted/.

    The folder of a single named file is not one of them: the instructor may have other files there.
    """
    folders = [path for path in paths if path.is_dir()]
    folders = [p / SUBMITTED if kind(p / SUBMITTED) is not Kind.NOTHING else p for p in folders]
    return folders + [path.parent for path in paths if len(paths) > 1 and not path.is_dir()]


def assignments_below(paths: Sequence[Path], names: Sequence[str]) -> list[str]:
    """Return the assignments that have submissions here, by names; of a course, in submitted/ alone."""
    present = {places.own_stem(path.name) for path in paths}
    for path in paths:
        left_out = set(COURSE) - {SUBMITTED} if kind(path / SUBMITTED) is Kind.FOLDER else set()
        for place, folders, files in places.walk(path):
            hidden = {name for name in folders if places.is_system(name) or name.startswith(".")}
            folders[:] = {*folders} - hidden - (left_out if place == path else set())
            present |= {*folders, *map(places.own_stem, filter(places.is_program, files))}
    return [name for name in names if name in present]


def _submissions(search: Search, used: list[Layout]) -> Iterator[SubmittedFile | None]:
    """Yield all submissions; several may have the same id.  used: gets the layouts."""
    paths, layout = search.unpacked.paths, search.layout
    several = len(paths) > 1  # as a shell expands `*`, with students' links too
    folders = [path for path in paths if path.is_dir() and not (several and path.is_symlink())]
    yield from _of_files([path for path in paths if path not in folders], search)
    if several and layout is None and any(map(search.is_students, folders)):  # then all are students'
        yield from _of_class(search, Layout.FOLDERS, paths[0].parent, folders)
        return
    for folder in folders:
        if why := places.why_unreadable(Path(os.path.realpath(folder))):
            raise places.WrongPath(why)
        if layout is None and _is_one_students(search, folder):
            owner = named_after(os.path.basename(os.path.abspath(folder)))  # it may be named `.`
            yield _of_student(search, folder, owner, [Claim(owner, path=folder)], Layout.FOLDERS)
            continue
        for root in layouts.class_folders(search, folder):
            used.append(layout or layouts.recognized(search, root))
            yield from _of_class(search, used[-1], root)


def _of_files(files: Sequence[Path], search: Search) -> Iterator[SubmittedFile | None]:
    """Yield the submissions in named files; of two students in different folders, each may have an ana.py."""
    by_folder: dict[Path, list[Path]] = {}
    for path in files:
        if not places.is_program(path.name) and not path.is_symlink():
            raise places.WrongPath(
                "{path} is not a notebook (.ipynb), Python file (.py), folder or .zip. Name one of these.",
                path=path.name,
            )
        by_folder.setdefault(path.parent, []).append(path)
    layout = Layout.FILES
    for platform in (Layout.MOODLE, Layout.CANVAS):
        claims = layouts.claims(search, platform, Path(), files)
        explained = {claim.path for claim in claims if claim.is_explained}
        layout = platform if explained and explained.issuperset(files) else layout
    for root, paths in by_folder.items():
        yield from _of_class(search, layout, root, paths)


def _is_one_students(search: Search, folder: Path) -> bool:
    """Return whether a folder is a student's own; in a class, a student may have the assignment's name."""
    paths = search.submittable(folder)
    stems = {places.split_name(p.name)[0] for p in paths if kind(p) is not Kind.FOLDER} - search.others
    is_named = search.assignment in stems and {search.assignment} == {*map(places.without_copy, stems)}
    return is_named and not any(map(search.is_students, paths))


def _of_class(
    search: Search, layout: Layout, folder: Path, paths: Sequence[Path] | None = None
) -> Iterator[SubmittedFile | None]:
    """Yield all submissions in a folder, or in these paths; what the layout does not explain needs review."""
    paths = search.children(folder) if paths is None else paths
    claims, root = layouts.claims(search, layout, folder, paths), layouts.root_of(layout, folder)
    claimed = {claim.path for claim in claims}
    for path in paths if layout is not Layout.NBGRADER else ():
        is_folder = kind(path) is Kind.FOLDER
        if path not in claimed and (is_folder or places.is_program(path.name)):
            search.passed_over.append(label(path, root) + ("/" if is_folder else ""))
    by_owner: dict[tuple[Owner, Path | None], list[Claim]] = {}
    for claim in claims:
        owner = replace(claim.owner, flags=())
        by_owner.setdefault((owner, None if claim.is_explained else claim.path), []).append(claim)
    for (owner, _), of_owner in by_owner.items():
        flags = tuple(dict.fromkeys(flag for claim in of_owner for flag in claim.owner.flags))
        yield _of_student(search, root, replace(owner, flags=flags), of_owner, layout)


def _of_student(
    search: Search, root: Path, owner: Owner, claims: Sequence[Claim], layout: Layout
) -> SubmittedFile | None:
    """Return the submission in a student's files and folders; None if all belong to other assignments."""
    for claim in claims:
        is_link = not claim.file and kind(claim.path) is Kind.LINK
        if why := places.a_link(label(claim.path, root)) if is_link else claim.why:
            return for_review(owner, claim.path, root, why)
    claims, flags = _newest(claims)
    owner = replace(owner, flags=(*owner.flags, *flags))
    files: dict[Path, str] = {}
    folders = [claim.path for claim in claims if not claim.file]
    loose = {claim.path for claim in claims if claim.file and layout not in READERS}
    for claim in claims:
        inside = search.inside(claim.path) if claim.file else ()
        files |= {path: claim.file if path == claim.path else path.name for path in inside}
    for folder in folders:
        below = list(islice(search.below(folder), MAX_FILES + 1))
        opened = [place for place in (folder / search.assignment, folder) if kind(place) is Kind.FOLDER]
        why = next(filter(None, map(places.why_unreadable, opened)), "")
        if why or len(below) > MAX_FILES:
            return for_review(owner, claims[0].path, root, why or tr(TOO_MANY, most=MAX_FILES))
        named = {path.parent for path in below if search.is_named(path)}
        if len(named) == 1:  # what lies elsewhere is no rival
            below = [path for path in below if path.parent in named]
        files |= {path: path.name for path in below}
    if chosen := choose(owner, files, search, root, loose):
        return chosen
    place = claims[0].path
    others = [folder / name for folder in folders for name in search.others]
    is_of_other = bool(files) or any(kind(path) is not Kind.NOTHING for path in others)
    if is_of_other and not any(kind(folder / search.assignment) is Kind.FOLDER for folder in folders):
        may_hold_several = layout not in READERS and len(folders) == len(claims)
        return None if may_hold_several else for_review(owner, place, root, tr(OTHERS))
    why = tr(NO_FILE_OF, name=search.assignment, folder=place.name)
    return replace(for_review(owner, place, root, why), needs_review=False)


def _newest(claims: Sequence[Claim]) -> tuple[list[Claim], list[str]]:
    """Return the claims without older versions of a file, and a flag for each that was submitted again."""
    newest: dict[str | Path, Claim] = {}
    flags: dict[str, None] = {}
    for claim in sorted(claims, key=lambda claim: claim.number):
        name = claim.file if claim.number else claim.path
        if name in newest:
            flags[tr("{file} was submitted more than once; the last one counts", file=name)] = None
        newest[name] = claim
    return [*newest.values()], [*flags]


def _one_each(files: Iterable[SubmittedFile | None]) -> list[SubmittedFile]:
    """Return one submission for each id, sorted.  Two of an id need review, if something was submitted."""
    by_id: dict[str, SubmittedFile] = {}
    for file in sorted(filter(None, files), key=lambda file: file.is_nothing):
        known = by_id.setdefault(file.id, file)
        if known.path != file.path and not file.is_nothing:
            both = [(known.path, known.root), (file.path, file.root)]
            rivals = unique_names([*known.rivals.values(), *file.rivals.values(), *both])
            names = {path: name for name, (path, _) in rivals.items()}
            why = tr(BOTH, one=names[known.path], other=names[file.path], id=file.id)
            by_id[file.id] = replace(known, problem=why, needs_review=True, rivals=rivals)
    return [by_id[id] for id in sorted(by_id)]
