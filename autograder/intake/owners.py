"""Decides which student owns each file of a class folder.

1. A platform's names say whose a file is, if a person named the platform or most names have its
   form.
2. Otherwise each folder and each file is a student's, by its name.  A roster, or the ids that
   most names have, says who that is.
3. Folders around the class are looked through first (`only_folder`).

Names decide, and no student's name decides for another; no file is opened.  What is not certain
needs review.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from autograder.errors import NO_PROBLEM, Message
from autograder.intake import class_names, places
from autograder.intake.places import is_folder, is_ignored
from autograder.intake.search import Search
from autograder.languages import N_, joined
from autograder.platforms import PLAIN, PLATFORMS
from autograder.platforms.platform import Owner, Platform, named_after

SUBMITTED = "submitted"  # nbgrader's folder of students
# Marks a folder as an nbgrader course.
CONFIG = "nbgrader_config.py"
# below a course's root: a folder for each assignment, as `grade --out` makes it
RESULTS = "results"
# What else a course has in its root; the last three are this kit's own names.
COURSE = {
    *(SUBMITTED, "downloaded", "source", "release", "autograded", "feedback"),
    *("solutions", "assignments", "exercises"),
}


def owned(
    search: Search, platform: Platform, folder: Path, paths: Sequence[Path]
) -> Iterator[tuple[Path, Owner]]:
    """Yield paths in a folder, each with an owner; of a group's folder, with each member."""
    if platform is PLAIN:
        yield from _by_name(search, paths)
        return
    submitters = platform.submitters(folder)
    for path in paths:
        owners = platform.owners_in(path.name, is_folder(path))
        # A link may be to a file or to a folder.
        if not owners and os.path.islink(path):
            owners = platform.owners_in(path.name, True)
        problem = NO_PROBLEM
        if len(owners) > 1:
            ids = [*dict.fromkeys(owner.id for owner in owners)]
            several = {"name": path.name, "ids": joined(ids, N_(" or "))}
            problem = Message(
                "The name {name} can belong to {ids}. Ask whose file it is.",
                several,
            )
        elif not owners and search.is_relevant(path):
            names = {"name": path.name, "platform": platform.name}
            problem = Message(
                "{name} does not fit the names of the others ({platform}).",
                names,
            )
        if problem:
            owners = [replace(named_after(path.stem), problem=problem)]
        for owner in submitters.get(path.name) or owners:
            yield path, owner
    for name, people in submitters.items():
        if not os.path.lexists(folder / name):
            for owner in people:
                problem = Message(
                    "The platform lists {name}, which is not there. Export the submissions "
                    "again.",
                    {"name": name},
                )
                yield folder / name, replace(owner, problem=problem)


def recognized(search: Search, paths: Sequence[Path]) -> Platform:
    """Return the platform whose form most names have; PLAIN if there is none."""
    possible = [path for path in paths if search.is_relevant(path)] or paths
    for platform in PLATFORMS.values():
        named = []
        for path in possible:
            named += platform.owners_in(path.name, is_folder(path))[:1]
        if 2 * len(named) > len(possible):
            return platform
    return PLAIN


def _by_name(
    search: Search, paths: Sequence[Path]
) -> Iterator[tuple[Path, Owner]]:
    names: dict[Path, str] = {}
    for path in paths:
        # what a person named counts, whatever its name
        if not is_ignored(path) or path in search.unpacked.paths:
            names[path] = path.name
            if not is_folder(path):
                names[path], _ = places.split_name(path.name)
    students = {*names.values()}
    for path, name in names.items():
        original = places.without_copy(name)
        if original in students:
            names[path] = original
    by_name = class_names.owners(names.values(), search.roster)
    for path, name in names.items():
        yield path, by_name[name]


def is_one_students(search: Search, folder: Path) -> bool:
    """Return whether a folder is one student's, and no class with a student of that name."""
    stems = set()
    for path in search.relevant(folder):
        if search.is_students(path):
            return False
        if not is_folder(path):
            stem, _ = places.split_name(path.name)
            stems.add(places.without_copy(stem))
    return stems - search.others == {search.assignment}


def class_folder(search: Search, folder: Path) -> Path:
    """Return the folder whose paths are students', in folders around the class, or in a course."""
    relevant = search.relevant(folder)
    while inner := _only_folder(search, relevant):
        folder = inner
        relevant = search.relevant(folder)
    submitted = folder / SUBMITTED
    # A course has nothing that is no course's; and submitted/ may be a student's.
    is_course = {path.name for path in relevant} <= COURSE
    if submitted.is_dir() and is_course and not search.is_students(submitted):
        return submitted
    return folder


def groups(search: Search, folder: Path) -> list[Path]:
    """Return the folders of a class's groups, as in `计科1班/2023010101_张三`; else the class's."""
    folder = class_folder(search, folder)
    relevant = search.relevant(folder)
    inside: list[str] = []
    for path in relevant:
        inside += [below.name for below in search.relevant(path)]
    # Only the names in groups are those of people.
    if _are_people(inside) and not _are_people(
        [path.name for path in relevant]
    ):
        return relevant
    return [folder]


def _are_people(names: Sequence[str]) -> bool:
    owners = class_names.owners(names)
    return any(owner.name for owner in owners.values())


def _only_folder(search: Search, relevant: Sequence[Path]) -> Path | None:
    """Return the only folder or .zip among these, unless it is a student's."""
    if len(relevant) != 1:
        return None
    inner = search.unpacked.folders.get(relevant[0], relevant[0])
    if not is_folder(inner) or inner.name == SUBMITTED:
        return None
    if search.is_students(inner):
        return None
    for platform in PLATFORMS.values():
        if platform.owners_in(inner.name, True):
            return None
    below = search.relevant(inner)
    is_deep = len(below) > 1 or any(map(is_folder, below))
    if is_deep:
        return inner
    return None
