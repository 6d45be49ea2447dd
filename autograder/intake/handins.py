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
from autograder.intake.choice import SUFFIXES, Found, Handin, Wanted, choose, label, of_one_file
from autograder.intake.classes import Class
from autograder.intake.places import (
    Kind,
    WrongPath,
    children_of,
    is_odd,
    is_system,
    kind,
    why_unreadable,
)
from autograder.intake.submission import Unreadable, text_of
from autograder.languages import tr

__all__ = ["Collection", "Handin", "WrongPath", "assignments_below", "collect"]

SUBMITTED = "submitted"
# What lies beside nbgrader's submitted/, and is no student's; the last two are this kit's own names.
STEPS = ("downloaded", "source", "release", "autograded", "feedback", "solutions", "assignments")
DEEPEST = 8  # folders, in which an assignment's name is looked for


@dataclass(frozen=True)
class Collection:
    """What was found.  passed_over: the names of what could have been handed in, but is not taken for it."""

    handins: tuple[Handin, ...]
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sources:
    """Where hand-ins are looked for.

    refused: files that must not be read, each with why.  out: where the results go, which are no hand-ins.
    """

    paths: tuple[Path, ...]
    refused: Mapping[Path, str] = field(default_factory=dict)
    out: Path | None = None


def collect(paths: Sequence[Path] | Sources, assignment: str, others: Sequence[str] = ()) -> Collection:
    """The submissions of an assignment below these paths, one per student, sorted by id.

    others: the names of the other assignments, whose files are not taken for this one's.  Raises
    WrongPath where a path does not exist or nothing is found.
    """
    sources = paths if isinstance(paths, Sources) else Sources(tuple(paths))
    wanted = Wanted(assignment, frozenset(others), sources.refused)
    out = sources.out.resolve() if sources.out is not None else None
    handins: dict[str, Handin] = {}
    passed_over: list[str] = []
    for path in sources.paths:
        if not os.path.exists(path):  # unlike Path's own, it is false for what is shut
            raise WrongPath(tr("there is no file or folder {path}", path=path))
        for handin in _below(path, wanted, passed_over, out):
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
    found = tuple(_readable(handins[id], wanted) for id in sorted(handins))
    return Collection(found, tuple(dict.fromkeys(passed_over)))


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
    is_course = os.path.isdir(folder / SUBMITTED)
    for place, folders, files in os.walk(folder):
        left_out = STEPS if is_course and Path(place) == folder else ()
        folders[:] = [
            n for n in sorted(folders) if not is_system(n) and not n.startswith(".") and n not in left_out
        ]
        if len(Path(place).parts) - above >= DEEPEST:
            folders.clear()
        yield from folders
        yield from (name for name in files if name.lower().endswith(SUFFIXES))


def _below(path, wanted, passed_over, out) -> Iterator[Handin]:
    """All that were handed in below a path, of which several may be of one id."""
    if not path.is_dir():
        if path.suffix.lower() not in SUFFIXES:
            raise WrongPath(
                tr("{path} is no notebook (.ipynb), program (.py), folder or .zip", path=path.name)
            )
        entry = layouts.entry(path.name)
        yield of_one_file(entry.owner if entry else layouts.called(path.stem), path, wanted)
        return
    path = _course_in(path)
    places = _places(path, wanted)
    if len(places) == 1 and (own := _of_one_student(places[0], wanted)):
        yield own
        return
    for folder in places:
        left_out = frozenset(places)
        if len(places) > 1 and folder == path:
            steps = [p for p in children_of(path) if p.name in STEPS and kind(p) is Kind.FOLDER]
            passed_over += [label(step, path) for step in steps]
            left_out |= {*steps}
        yield from _one_each(Class(folder, wanted, passed_over, out).handins(folder, left_out))


def _course_in(folder):
    """The course that alone lies in a folder, as in a .zip of one; else the folder itself."""
    there = [path for path in children_of(folder) if not is_system(path.name)]
    is_course = len(there) == 1 and kind(there[0]) is Kind.FOLDER and os.path.isdir(there[0] / SUBMITTED)
    return there[0] if is_course else folder


def _places(root, wanted):
    """The folders whose children are students: nbgrader's submitted/, unless a student is called so."""
    inner = root / SUBMITTED
    if not os.path.isdir(inner):
        return [root]
    if os.path.isfile(root / "nbgrader_config.py"):
        return [inner]
    beside = [path for path in children_of(root) if path.name not in (SUBMITTED, *STEPS)]
    if not _holds_others(beside, wanted, own=True):
        return [inner]
    # nobody is left out: where both may hold students, both do
    return [root] if kind(inner) is Kind.LINK or _is_students(inner, wanted) else [root, inner]


def _of_one_student(folder, wanted):
    """The hand-in of a folder that is one student's; None where it is a class's.

    A class may have a student who is called as the assignment.
    """
    children = children_of(folder)
    own = [p for p in _programs(children, wanted) if _is_named_so(p, wanted)]
    if not any(path.stem == wanted.assignment for path in own) or _holds_others(children, wanted):
        return None
    return choose(layouts.called(folder.resolve().name), [Found(p, p.name) for p in own], wanted, folder)


def _is_students(folder, wanted):
    """Whether this is the folder of one student, with their file of this assignment."""
    for place in (folder, folder / wanted.assignment):
        if kind(place) is Kind.FOLDER and not why_unreadable(place):
            children = children_of(place)
            named = any(path.name in (wanted.assignment + s for s in SUFFIXES) for path in children)
            if named or len({path.stem for path in _programs(children, wanted)}) == 1:
                return True
    return False


def _holds_others(children, wanted, own=False):
    """Whether any of this was handed in by others.  own: what is named as the assignment, too."""
    if any(own or not _is_named_so(path, wanted) for path in _programs(children, wanted)):
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
