"""From the paths that an instructor names to the submissions there, and whose they are.

A path is a student's file, or a folder: of one student, of a class (`classes`), or an nbgrader course with
its `submitted/<id>/<assignment>/`.  A .zip is unpacked first (`archives`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.intake import layouts
from autograder.intake.archives import Unpacked
from autograder.intake.choice import SUFFIXES, Candidate, Wanted, asked, choose, named_apart
from autograder.intake.classes import Class
from autograder.intake.layouts import Layout
from autograder.intake.places import (
    Kind,
    NothingFound,
    WrongPath,
    is_system,
    kind,
    walk,
    why_unreadable,
)
from autograder.intake.recognition import STEPS, SUBMITTED
from autograder.intake.submission import SubmittedFile, Unreadable, text_of
from autograder.languages import N_, tr
from autograder.platforms import entry

LINKED = N_("{name} is a link, and several paths were given. Name its target, or its folder.")
ALIKE = N_("The id {id} differs from {others} only in upper and lower case or accents. Ask who each one is.")
COPIES = ("-copy", " copy", " (", "-checkpoint")  # what an editor or a browser puts behind a copy's name


@dataclass(frozen=True)
class Collection:
    """What was found.  passed_over: names that may be submissions but are not taken for one."""

    files: tuple[SubmittedFile, ...]
    passed_over: tuple[str, ...] = ()


def collect(
    paths: Sequence[Path],
    assignment: str,
    *,
    unpacked: Unpacked | None = None,
    out: Path | None = None,
    layout: Layout | None = None,
) -> Collection:
    """The submissions of an assignment below these paths, one per student, sorted by id.

    unpacked: the contents of each .zip.  out: where results go; nothing there is a submission.  layout: as
    the instructor said, or None to recognize it.  Raises NothingFound, and WrongPath.
    """
    refused, inside = (unpacked.refused, unpacked.inside) if unpacked else ({}, {})
    wanted, passed_over = Wanted(assignment, refused, inside), list[str]()
    found = _one_each(_named(paths, out, layout, wanted, passed_over))
    if not found:
        names = f"<student>/{assignment}.ipynb (or .py), <student>/{assignment}/, <student>.ipynb"
        words = N_("No submission of {assignment} below {paths}. Expected one of: {names}.")
        raise NothingFound(words, assignment=assignment, paths=paths[0], names=names)
    alike: dict[str, list[str]] = {}
    for one in found:
        alike.setdefault(layouts.as_taken(one.id), []).append(one.id)
    files = (checked_against(_readable(one, wanted), alike[layouts.as_taken(one.id)]) for one in found)
    return Collection(tuple(files), tuple(dict.fromkeys(passed_over)))


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
    """The assignments with submissions below these paths, by the names of files and folders."""
    found: set[str] = set()
    for path in paths:
        found |= {path.stem, layouts.stem(path.name)}
        for name in _names_below(path):
            found |= {name, layouts.stem(name)}.intersection(names)
            if found.issuperset(names):
                break
    return [name for name in names if name in found]


def _names_below(folder):
    """The names of files and folders that may be an assignment's; of a course, those in submitted/."""
    is_course = kind(folder / SUBMITTED) is Kind.FOLDER
    for place, folders, files in walk(folder):
        left_out = STEPS if is_course and place == folder else ()
        folders[:] = [n for n in folders if not is_system(n) and not n.startswith(".") and n not in left_out]
        yield from folders
        yield from (name for name in files if name.lower().endswith(SUFFIXES))


def _named(paths, out, layout, wanted, passed_over) -> Iterator[SubmittedFile]:
    """All submissions below the paths; several may have the same id."""
    several = len(paths) > 1  # as a shell expands `*`, with students' links too
    linked = [path for path in paths if several and kind(path) is Kind.LINK]
    for path in linked:
        owner = layouts.called(path.stem if path.suffix.lower() in SUFFIXES else path.name)
        yield asked(owner, path, path.parent, tr(LINKED, name=path.name))
    folders = [path for path in paths if path not in linked and path.is_dir()]
    files = [path for path in paths if path not in linked and path not in folders]
    yield from _files(files, wanted)
    out = out.resolve() if out is not None else None
    classes = [Class(folder, wanted, passed_over, out, layout) for folder in folders]
    students = [one for one in classes if layout is None and several and one.levels.is_students(one.root)]
    if students:  # if one path is a student's, all are
        for one in classes:
            yield from one.student(layouts.called(_name(one.root)), [one.root])
        return
    for one in classes:
        if why := why_unreadable(Path(os.path.realpath(one.root))):
            raise WrongPath(why)
        if layout is None and _is_one_students(one):
            yield from one.student(layouts.called(_name(one.root)), [one.root])
        else:
            yield from one.submissions()


def _files(paths, wanted):
    for path in paths:
        if path.suffix.lower() not in SUFFIXES:
            raise WrongPath(
                "{path} is not a notebook (.ipynb), Python file (.py), folder or .zip. Name one of these.",
                path=path.name,
            )
    entries = [entry(path.name) for path in paths]
    of_each: dict[tuple, list[Path]] = {}
    for path, said in zip(paths, entries):
        owner = said.owners[0] if said and all(entries) else layouts.called(path.stem)
        of_each.setdefault((owner, path.parent), []).append(path)
    for (owner, parent), own in of_each.items():
        files = [Candidate(path, path.name) for path in own]
        yield choose(owner, files, wanted, parent, files[0].stem)


def _name(folder):
    """The real name of a folder that was given, perhaps as `.` or `..`."""
    return os.path.basename(os.path.abspath(folder))


def _is_one_students(one: Class) -> bool:
    """Whether a folder is a student's own; in a class, a student may have the assignment's name."""
    name, own = one.wanted.assignment, one.levels.own(one.root)
    files = [p for p in own if kind(p) is not Kind.FOLDER and p.suffix.lower() in SUFFIXES]
    files = [path for path in files if path.stem not in one.wanted.others]
    return (
        any(path.stem == name for path in files)
        and all(_is_named_so(path.stem, name) for path in files)
        and not any(map(one.levels.is_students, own))
    )


def _is_named_so(stem, name):
    rest = stem.removeprefix(name)
    return stem == name or (rest != stem and rest.lower().startswith(COPIES))


def _one_each(found: Iterable[SubmittedFile]) -> list[SubmittedFile]:
    """One submission for each id, sorted.  Two with different texts need review."""
    kept: dict[str, SubmittedFile] = {}
    for one in found:
        known = kept.get(one.id)
        if known is None or (_is_nothing(known) and not one.problem):
            kept[one.id] = one
        elif known.path != one.path and not _is_nothing(one):
            both = [(known.path, known.root), (one.path, one.root)]
            rivals = named_apart([*known.rivals.values(), *one.rivals.values(), *both])
            name_of = {path: name for name, (path, _) in rivals.items()}
            names = {"one": name_of[known.path], "other": name_of[one.path]}
            if _same(known, one):
                flag = tr("has two files: {one} counts, {other} does not", **names)
                kept[one.id] = replace(known, flags=(*known.flags, flag))
            else:
                why = tr(
                    "{one} and {other} both belong to {id}. Keep the one that counts.", id=one.id, **names
                )
                kept[one.id] = replace(known, problem=why, needs_a_person=True, rivals=rivals)
    return [kept[id] for id in sorted(kept)]


def _is_nothing(file):
    return bool(file.problem) and not file.needs_a_person


def _same(one, other):
    try:
        return text_of(one.path) == text_of(other.path)
    except Unreadable:
        return False


def _readable(file, wanted):
    """The submission, or why it cannot be read, which is not the student's fault."""
    why = "" if file.problem else wanted.refused.get(file.path) or why_unreadable(file.path)
    return replace(file, problem=why, needs_a_person=True) if why else file
