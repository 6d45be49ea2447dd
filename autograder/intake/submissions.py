"""From the paths that an instructor names to the submissions there, and whose they are.

A path is a student's file, or a folder: of one student, of a class in one of the `layouts`, or an nbgrader
course.  A .zip is unpacked first (`archives`).  Follows no link below a named path, because it may lead to
another student's work.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from autograder.intake import layouts
from autograder.intake.archives import Unpacked
from autograder.intake.choice import asked, choose, label, named_apart
from autograder.intake.layouts import PACKED, STEPS, SUBMITTED, SUFFIXES, Layout, Search, called, without_copy
from autograder.intake.places import (
    Kind,
    NothingFound,
    WrongPath,
    a_link,
    is_odd,
    is_system,
    kind,
    walk,
    why_unreadable,
)
from autograder.intake.submission import SubmittedFile
from autograder.languages import N_, tr
from autograder.platforms import READ
from autograder.platforms.gradescope import METADATA

MOST = 2000  # files of one student that are looked through
TOO_MANY = N_("The folder holds more than {most:,} files. Keep only the requested ones.")
OTHERS = N_("Only files of another assignment were submitted. Submit the right one.")
ALIKE = N_("The id {id} differs from {others} only in upper and lower case or accents. Ask who each one is.")


@dataclass(frozen=True)
class Collection:
    """What was found.  passed_over: names that may be submissions but are not taken for one."""

    files: tuple[SubmittedFile, ...]
    passed_over: tuple[str, ...] = ()


def collect(
    unpacked: Unpacked, assignment: str, out: Path | None = None, layout: Layout | None = None
) -> Collection:
    """The submissions of an assignment below the unpacked paths, one per student, sorted by id.

    out: where results go; nothing there is a submission.  layout: as the instructor said, or None to
    recognize it.  Raises NothingFound, and WrongPath.
    """
    search, paths = Search(assignment, unpacked, out.resolve() if out is not None else None), unpacked.paths
    found = _one_each(_named(paths, layout, search))
    if not found:
        names = f"<student>/{assignment}.ipynb (or .py), <student>/{assignment}/, <student>.ipynb"
        words = N_("No submission of {assignment} below {paths}. Expected one of: {names}.")
        raise NothingFound(words, assignment=assignment, paths=paths[0], names=names)
    alike: dict[str, list[str]] = {}
    for one in found:
        alike.setdefault(layouts.as_taken(one.id), []).append(one.id)
    files = (checked_against(one, alike[layouts.as_taken(one.id)]) for one in found)
    return Collection(tuple(files), tuple(dict.fromkeys(search.passed_over)))


def checked_against(file: SubmittedFile, alike: Sequence[str]) -> SubmittedFile:
    """The file; it needs review if other students' ids could be confused with its id.  alike: these ids."""
    others = [id for id in alike if id != file.id]
    if not others:
        return file
    why = tr(ALIKE, id=file.id, others=", ".join(others))
    return replace(file, problem=why, needs_a_person=True)


def folders_of(paths: Sequence[Path]) -> list[Path]:
    """The folders with students' files among paths to grade; for a course, submitted/.

    The folder of a single named file is not one of them: the instructor may have other files there.
    """
    folders = [path for path in paths if path.is_dir()]
    folders = [p / SUBMITTED if kind(p / SUBMITTED) is not Kind.NOTHING else p for p in folders]
    return folders + [path.parent for path in paths if len(paths) > 1 and not path.is_dir()]


def assignments_below(paths: Sequence[Path], names: Sequence[str]) -> list[str]:
    """The assignments with submissions below these paths, by the names of files and folders.

    In a course, only those in submitted/ count.
    """
    found = {layouts.stem(path.name) for path in paths}
    for path in paths:
        left_out = STEPS if kind(path / SUBMITTED) is Kind.FOLDER else ()
        for place, folders, files in walk(path):
            here = left_out if place == path else ()
            folders[:] = [n for n in folders if not is_system(n) and not n.startswith(".") and n not in here]
            found |= {*folders, *(layouts.stem(n) for n in files if n.lower().endswith(SUFFIXES))}
    return [name for name in names if name in found]


def _named(paths, layout, search) -> Iterator[SubmittedFile | None]:
    """All submissions below the paths; several may have the same id."""
    several = len(paths) > 1  # as a shell expands `*`, with students' links too
    folders = [path for path in paths if path.is_dir() and not (several and path.is_symlink())]
    files = [path for path in paths if path not in folders]
    for path in files:
        if path.suffix.lower() not in SUFFIXES and not path.is_symlink():
            raise WrongPath(
                "{path} is not a notebook (.ipynb), Python file (.py), folder or .zip. Name one of these.",
                path=path.name,
            )
    ways = (Layout.MOODLE, Layout.CANVAS)
    way = next((way for way in ways if all(layouts.entries(way, Path(), files).values())), None)
    folders_of_files: dict[Path, list[Path]] = {}  # of two students, each may have an ana.py
    for path in files:
        folders_of_files.setdefault(path.parent, []).append(path)
    for root, here in folders_of_files.items():
        yield from _of_platform(search, root, way, here) if way else _in_files(search, root, here)
    if several and layout is None and any(map(search.is_students, folders)):
        yield from _in_folders(search, paths[0].parent, folders)  # if one folder is a student's, all are
        return
    for folder in folders:
        if why := why_unreadable(Path(os.path.realpath(folder))):
            raise WrongPath(why)
        if layout is None and _is_one_students(search, folder):
            yield _student(search, folder, called(_name(folder)), [folder])
        else:
            yield from _of_class(search, folder, layout)


def _name(folder):
    """The real name of a folder that was given, perhaps as `.` or `..`."""
    return os.path.basename(os.path.abspath(folder))


def _is_one_students(search, folder):
    """Whether a folder is a student's own; in a class, a student may have the assignment's name."""
    own = search.own(folder)
    stems = [p.stem for p in own if kind(p) is not Kind.FOLDER and p.suffix.lower() in SUFFIXES]
    stems = [stem for stem in stems if stem not in search.others]
    is_named = search.assignment in stems and {search.assignment} == {*map(without_copy, stems)}
    return is_named and not any(map(search.is_students, own))


def _of_class(search, folder, layout):
    """All submissions of a class.  Raises WrongPath."""
    root = layouts.inmost(search, folder, layout)
    layout = layout or layouts.recognized(search, root)
    root = root / SUBMITTED if layout is Layout.NBGRADER else root
    children = search.children(root)
    if layout in READ:
        return _of_platform(search, root, layout, children)
    return (_in_files if layout is Layout.FILES else _in_folders)(search, root, children)


def _of_platform(search, root, platform, paths):
    """The submissions if a platform named the files."""
    of_each: dict[tuple[str, str], list[tuple]] = {}
    for path, entries in layouts.entries(platform, root, paths).items():
        owners = [owner for entry in entries for owner in entry.owners]
        if not entries:
            _pass_over(search, root, path)
        elif len(entries) > 1:
            words = N_("The name {name} can belong to {ids}. Ask whose file it is.")
            ids = tr(" or ").join(dict.fromkeys(owner.id for owner in owners))
            yield asked(called(path.stem), path, root, tr(words, name=path.name, ids=ids))
        elif kind(path) is Kind.NOTHING:
            words = N_("{metadata} lists {name}, which is not there. Export the submissions again.")
            why = tr(words, metadata=METADATA, name=path.name)
            yield from (asked(owner, path, root, why) for owner in owners)
        else:
            for owner in owners:
                of_each.setdefault((owner.id, owner.name), []).append((owner, entries[0], path))
    yield from (_of_entries(search, root, found) for found in of_each.values())


def _of_entries(search, root, found):
    """A student's submission in what a platform named; of a file submitted again, the newest counts."""
    flags = dict.fromkeys(flag for owner, *_ in found for flag in owner.flags)
    newest: dict[str | Path, tuple[Path, str]] = {}
    for _, entry, path in sorted(found, key=lambda one: one[1].number):
        if entry.number and entry.file in newest:
            flags[tr("{file} was submitted more than once; the last one counts", file=entry.file)] = None
        newest[entry.file if entry.number else path] = (path, entry.file)
    owner = replace(found[0][0], flags=tuple(flags))
    folders = [path for path, name in newest.values() if not name]
    return _student(search, root, owner, folders, {path: name for path, name in newest.values() if name})


def _in_folders(search, root, paths):
    """The submissions if each folder or file is named after its student."""
    students = dict.fromkeys(p for p in paths if kind(p) is Kind.FOLDER and not is_odd(p))
    yield from _in_files(search, root, [path for path in paths if path not in students])
    yield from (_student(search, path.parent, called(_name(path)), [path]) for path in students)


def _in_files(search, root, paths):
    """The submissions if each file is named after its student."""
    loose: dict[str, list[Path]] = {}
    for path in paths:
        is_file = path.suffix.lower() in (*SUFFIXES, *PACKED) or path in search.unpacked.refused
        passes_over = is_odd(path) and path not in search.unpacked.paths  # a file that was named counts
        if passes_over or kind(path) is Kind.FOLDER or not (is_file or kind(path) is Kind.LINK):
            _pass_over(search, root, path)
        elif kind(path) is Kind.LINK:
            yield asked(called(path.stem if is_file else path.name), path, root, a_link(path.name))
        else:
            loose.setdefault(path.stem, []).append(path)
    for stem in [stem for stem in loose if without_copy(stem) != stem and without_copy(stem) in loose]:
        loose[without_copy(stem)] += loose.pop(stem)
    for stem, files in loose.items():
        inner = {one: one.name for file in files for one in search.inside(file)}
        found = choose(called(stem), inner, search, files[0].parent, stem if [*inner] == files else "")
        yield found or asked(called(stem), files[0], root, tr(OTHERS))


def _pass_over(search, root, path):
    """Record a path that is taken for nobody's, but may be a submission after all."""
    if kind(path) is Kind.FOLDER or path.suffix.lower() in SUFFIXES:
        search.passed_over.append(label(path, root) + "/" * (kind(path) is Kind.FOLDER))


def _student(search, root, owner, folders, names=None):
    """The submission in a student's folders and files, if any.

    names: the student's own name of each file, if a platform says whose it is.
    """
    name, place = search.assignment, [*folders, *(names or ())][0]
    links = [folder for folder in folders if kind(folder) is Kind.LINK]
    if links:
        return asked(owner, links[0], root, a_link(label(links[0], root)))
    below = [file for folder in folders for file in islice(search.below(folder), MOST + 1)]
    files = {one: (names or {}).get(one, one.name) for path in names or () for one in search.inside(path)}
    files |= {path: path.name for path in below}
    places = [place for folder in folders for place in (folder / name, folder)]
    why = next(filter(None, (why_unreadable(p) for p in places if kind(p) is Kind.FOLDER)), "")
    if why or len(below) > MOST:
        return asked(owner, place, root, why or tr(TOO_MANY, most=MOST))
    named = {path.parent for path in below if search.is_named(path)}
    if len(named) == 1:  # what lies elsewhere is no rival
        files = {path: name for path, name in files.items() if path.parent in named}
    chosen = choose(owner, files, search, root)
    if chosen is not None:
        return chosen
    others = [f / n for f in folders for n in search.others if kind(f / n) is not Kind.NOTHING]
    if (files or others) and not any(kind(f / name) is Kind.FOLDER for f in folders):
        return asked(owner, place, root, tr(OTHERS)) if names is not None else None
    words = tr("No file {name}.ipynb or {name}.py in {folder}/.", name=name, folder=place.name)
    return replace(asked(owner, place, root, words), needs_a_person=False)


def _one_each(found: Iterable[SubmittedFile | None]) -> list[SubmittedFile]:
    """One submission for each id, sorted.  Two of an id need review."""
    kept: dict[str, SubmittedFile] = {}
    for one in sorted(filter(None, found), key=_is_nothing):
        known = kept.setdefault(one.id, one)
        if known.path != one.path and not _is_nothing(one):
            both = [(known.path, known.root), (one.path, one.root)]
            rivals = named_apart([*known.rivals.values(), *one.rivals.values(), *both])
            names = {path: name for name, (path, _) in rivals.items()}
            words = N_("{one} and {other} both belong to {id}. Keep the one that counts.")
            why = tr(words, one=names[known.path], other=names[one.path], id=one.id)
            kept[one.id] = replace(known, problem=why, needs_a_person=True, rivals=rivals)
    return [kept[id] for id in sorted(kept)]


def _is_nothing(file):
    """Whether a student submitted nothing, which is no rival of a file elsewhere."""
    return bool(file.problem) and not file.needs_a_person
