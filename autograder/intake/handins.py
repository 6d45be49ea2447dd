"""From the paths that an instructor names to the hand-ins that lie there, and whose they are.

A path is a file of a student, or a folder: of one student, of a class (`classes`), or a course of
nbgrader's, with its `submitted/<id>/<assignment>/`.  A .zip is unpacked before (`archives`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.intake import layouts
from autograder.intake.choice import SUFFIXES, Found, Handin, Wanted, asked, choose, of_one_file
from autograder.intake.classes import Class
from autograder.intake.layouts import Layout
from autograder.intake.levels import SUBMITTED
from autograder.intake.places import (
    Kind,
    WrongPath,
    children_of,
    is_odd,
    is_system,
    kind,
    why_unreadable,
)
from autograder.intake.recognition import STEPS
from autograder.intake.submission import Unreadable, text_of
from autograder.languages import N_, tr

__all__ = ["Collection", "Handin", "WrongPath", "assignments_below", "collect"]

DEEPEST = 8  # folders, in which an assignment's name is looked for
LINKED = N_("{name} is a link and was named with other paths. Name what it leads to, or its folder.")
ALIKE = N_("The id {id} is the same as {others} but for the case or form of its letters. Ask who each is.")


@dataclass(frozen=True)
class Collection:
    """What was found.  passed_over: the names of what could have been handed in, but is not taken for it."""

    handins: tuple[Handin, ...]
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sources:
    """Where hand-ins are looked for.

    refused: files that must not be read, each with why.  out: where the results go, which are no hand-ins.
    layout: as the instructor said; None where it is to be found out.
    """

    paths: tuple[Path, ...]
    refused: Mapping[Path, str] = field(default_factory=dict)
    out: Path | None = None
    layout: Layout | None = None


def collect(paths: Sequence[Path] | Sources, assignment: str, others: Sequence[str] = ()) -> Collection:
    """The submissions of an assignment below these paths, one per student, sorted by id.

    others: the names of the other assignments, whose files are not taken for this one's.  Raises
    WrongPath where a path does not exist or nothing is found.
    """
    sources = paths if isinstance(paths, Sources) else Sources(tuple(paths))
    wanted = Wanted(assignment, frozenset(others), sources.refused)
    handins: dict[str, Handin] = {}
    passed_over: list[str] = []
    for path in sources.paths:
        if not os.path.lexists(path):  # unlike Path's own, it is false for what is shut
            raise WrongPath(tr("there is no file or folder {path}", path=path))
    for handin in _named(sources, wanted, passed_over):
        known = handins.get(handin.id)
        if known is None or (known.problem and not handin.problem):
            handins[handin.id] = handin
        elif known.path != handin.path:
            files = {"one": known.file, "other": handin.file}
            words = tr("has two files: {one} counts, {other} does not", **files)
            handins[handin.id] = replace(known, flags=(*known.flags, words))
    if not handins:
        names = f"<student>/{assignment}.ipynb (or .py), <student>/{assignment}/, <student>.ipynb"
        raise WrongPath(
            tr(
                "no submission of {assignment} below {paths}: expected {names}",
                assignment=assignment,
                paths=sources.paths[0],
                names=names,
            )
        )
    alike: dict[str, list[str]] = {}
    for id in sorted(handins):
        alike.setdefault(layouts.as_taken(id), []).append(id)
    readable = [_readable(handins[id], wanted) for id in sorted(handins)]
    found = [told_apart(handin, alike[layouts.as_taken(handin.id)]) for handin in readable]
    return Collection(tuple(found), tuple(dict.fromkeys(passed_over)))


def told_apart(handin: Handin, alike: Sequence[str]) -> Handin:
    """The same; it needs a person where others have ids that may be taken for this one.  alike: all those."""
    others = [id for id in alike if id != handin.id]
    if not others:
        return handin
    why = tr(ALIKE, id=handin.id, others=", ".join(others))
    return replace(handin, problem=why, needs_a_person=True)


def folders_of(paths: Sequence[Path]) -> list[Path]:
    """The folders in which students' files lie, of paths that are to be graded: of a course, submitted/.

    Beside a file that is named alone lies what an instructor put there.
    """
    folders = [path for path in paths if path.is_dir()]
    folders = [p / SUBMITTED if kind(p / SUBMITTED) is not Kind.NOTHING else p for p in folders]
    return folders + [path.parent for path in paths if len(paths) > 1 and not path.is_dir()]


def assignments_below(paths: Sequence[Path], names: Sequence[str]) -> list[str]:
    """Which assignments have submissions below these paths, by the names of files and folders."""
    found: set[str] = set()
    for path in paths:
        found.update({path.stem, layouts.stem(path.name)} & {*names})
        for name in _names_below(path) if os.path.isdir(path) else ():
            found.update({name, layouts.stem(name)} & {*names})
            if found.issuperset(names):
                break
    return [name for name in names if name in found]


def _names_below(folder):
    """The names of files and folders that may be an assignment's; of a course, those in submitted/."""
    above = len(folder.parts)
    is_course = kind(folder / SUBMITTED) is Kind.FOLDER
    for place, folders, files in os.walk(folder):
        left_out = STEPS if is_course and Path(place) == folder else ()
        folders[:] = [
            n for n in sorted(folders) if not is_system(n) and not n.startswith(".") and n not in left_out
        ]
        if len(Path(place).parts) - above >= DEEPEST:
            folders.clear()
        yield from folders
        yield from (name for name in files if name.lower().endswith(SUFFIXES))


def _named(sources, wanted, passed_over) -> Iterator[Handin]:
    """All that were handed in below the paths, of which several may be of one id."""
    several = len(sources.paths) > 1  # as a shell names all that lie in a folder, students' links too
    linked = [path for path in sources.paths if several and kind(path) is Kind.LINK]
    for path in linked:
        owner = layouts.called(path.stem if path.suffix.lower() in SUFFIXES else path.name)
        yield asked(owner, path, path.parent, tr(LINKED, name=path.name))
    folders = [path for path in sources.paths if path not in linked and path.is_dir()]
    files = [path for path in sources.paths if path not in linked and path not in folders]
    yield from _files(files, wanted)
    out = sources.out.resolve() if sources.out is not None else None
    classes = [Class(folder, wanted, passed_over, out, sources.layout) for folder in folders]
    alone = sources.layout is None and several
    if alone and any(one.levels.is_students(one.root) for one in classes):  # as one of them, so are all
        for one in classes:
            yield from one.student(layouts.called(_name(one.root)), one.root)
        return
    for one in classes:
        own = _of_one_student(one.root, wanted) if sources.layout is None else None
        yield from [own] if own else _one_each(one.handins())


def _files(paths, wanted):
    """The hand-ins in files that an instructor named."""
    for path in paths:
        if path.suffix.lower() not in SUFFIXES:
            raise WrongPath(
                tr("{path} is no notebook (.ipynb), program (.py), folder or .zip", path=path.name)
            )
    entries = [layouts.entry(path.name) for path in paths]
    for path, entry in zip(paths, entries):
        owner = entry.owner if entry and all(entries) else layouts.called(path.stem)
        yield of_one_file(owner, path, wanted)


def _name(folder):
    """How a folder is called that was named, perhaps as `.` or `..`."""
    return os.path.basename(os.path.abspath(folder))


def _of_one_student(folder, wanted):
    """The hand-in of a folder that is one student's; None where it is a class's.

    A class may have a student who is called as the assignment.
    """
    children = children_of(folder)
    own = [p for p in _programs(children, wanted) if _is_named_so(p, wanted)]
    if not any(path.stem == wanted.assignment for path in own) or _holds_others(children, wanted):
        return None
    return choose(layouts.called(_name(folder)), [Found(p, p.name) for p in own], wanted, folder)


def _holds_others(children, wanted):
    """Whether any of this may be handed in by others."""
    if any(not _is_named_so(path, wanted) for path in _programs(children, wanted)):
        return True
    return any(kind(p) is Kind.FOLDER and not is_odd(p) and _holds(p, wanted.assignment) for p in children)


def _programs(children, wanted):
    """The files that may be of this assignment, whatever their names."""
    found = [p for p in children if p.suffix.lower() in SUFFIXES and kind(p) is not Kind.FOLDER]
    return [p for p in found if p.stem not in wanted.others and not is_odd(p)]


def _is_named_so(path, wanted):
    """Whether a file is named as the assignment, or as a copy of it that an editor made."""
    rest = path.stem.removeprefix(wanted.assignment)
    return rest == "" or (
        rest != path.stem and rest.lower().startswith(("-copy", " copy", " (", "-checkpoint"))
    )


def _holds(folder, assignment):
    """Whether a student's folder has something of this assignment; one that is shut has not."""
    names = (assignment, *(assignment + suffix for suffix in SUFFIXES))
    return any(kind(folder / name) not in (Kind.NOTHING, Kind.UNSEEN) for name in names)


def _one_each(handins):
    """One of each id; where two of a class have the same, and not the same text, a person must look."""
    found: dict[str, Handin] = {}
    for handin in handins:
        known = found.get(handin.id)
        if known is None or (known.problem and not known.needs_a_person and not handin.problem):
            found[handin.id] = handin
        elif not (handin.problem and not handin.needs_a_person):
            files = {"one": known.file, "other": handin.file}
            flags = (*known.flags, tr("has two files: {one} counts, {other} does not", **files))
            both = tr("{one} and {other} are both of {id}", id=handin.id, **files)
            why = "" if _same(known, handin) else both
            found[handin.id] = replace(
                known,
                flags=known.flags if why else flags,
                problem=why or known.problem,
                needs_a_person=bool(why) or known.needs_a_person,
            )
    return found.values()


def _same(one, other):
    try:
        return text_of(one.path) == text_of(other.path)
    except Unreadable:
        return False


def _readable(handin, wanted):
    """The hand-in, or why it cannot be read: no student is to blame for that."""
    why = "" if handin.problem else wanted.refused.get(handin.path) or why_unreadable(handin.path)
    return replace(handin, problem=why, needs_a_person=True) if why else handin
