"""Decides which student owns each file of a class folder.

1. A platform's names say whose a file is, if a person named the platform or most names have
its form.
2. Otherwise each folder and each file is a student's, by its name.  A roster, or the ids
that most names
   have, says who that is.
3. Folders around the class, or around its groups, are looked through first (`class_folders`).

Names decide, and no student's name decides for another; no file is opened.  What is not
certain needs review.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.intake import class_names, places
from autograder.intake.places import Kind, WrongPath, is_odd, kind
from autograder.intake.search import Search
from autograder.languages import N_, tr
from autograder.platforms import PLATFORMS
from autograder.platforms.plain import PLAIN
from autograder.platforms.platform import Claim, Platform, named_after

SUBMITTED = "submitted"  # nbgrader's folder of students
CONFIG = "nbgrader_config.py"  # marks a folder as an nbgrader course
# below a course's root: a folder for each assignment, as `grade --out` makes it
RESULTS = "results"
# What else a course has in its root; the last three are this kit's own names.
COURSE = {
    *(SUBMITTED, "downloaded", "source", "release", "autograded", "feedback"),
    *("solutions", "assignments", "exercises"),
}
DEEP = N_(
    "No folder in {path} holds a file of the assignment itself. If {name}/ is one student, "
    "add --from plain. If it holds several students, name each such folder (of a "
    "zip, unpack it first)."
)
SEVERAL_OWNERS = N_("The name {name} can belong to {ids}. Ask whose file it is.")
UNEXPLAINED = N_("{name} does not fit the names of the others ({platform}).")
NOT_THERE = N_(
    "The platform lists {name}, which is not there. Export the submissions again."
)
NOT_NAMED = N_("not named as {platform} names submissions")
ODD = N_("its name is that of a test, of settings, or of a hidden file")


@dataclass(frozen=True)
class Owned:
    """A path in a class folder, and whose it is.  problem: why that is not certain, or ""."""

    path: Path
    claim: Claim
    problem: str = ""


def owners(
    search: Search, platform: Platform, folder: Path, paths: Sequence[Path]
) -> tuple[list[Owned], dict[Path, str]]:
    """Return whose each path in a folder is; and path -> why it was skipped, for all other
    paths.
    """
    if platform is PLAIN:
        owned = _by_name(search, paths)
    else:
        owned = _by_platform(platform, folder, paths)
    rest = {*paths}
    certain = []
    for item in owned:
        rest.discard(item.path)
        if kind(item.path) is Kind.LINK:
            item = replace(item, problem=places.a_link(item.path.name))
        certain.append(item)
    skipped = {}
    for path in rest:
        if is_odd(path):
            skipped[path] = tr(ODD)
        elif not search.may_hold_work(path):
            skipped[path] = tr(NOT_NAMED, platform=platform.name)
        else:
            problem = tr(UNEXPLAINED, name=path.name, platform=platform.name)
            certain.append(_unknown(path, problem))
    return certain, skipped


def _unknown(path: Path, problem: str) -> Owned:
    return Owned(path, Claim(named_after(path.stem), path.name), problem)


def recognized(search: Search, paths: Sequence[Path]) -> Platform:
    """Return the platform whose form most names have; PLAIN if there is none."""
    works = [
        path for path in paths if not is_odd(path) and search.may_hold_work(path)
    ] or paths
    for platform in PLATFORMS.values():
        count = 0
        for path in works:
            count += bool(platform.read(path.name, kind(path) is Kind.FOLDER))
        if 2 * count > len(works):
            return platform
    return PLAIN


def _by_platform(
    platform: Platform, folder: Path, paths: Sequence[Path]
) -> Iterator[Owned]:
    submitters = platform.submitters(folder)
    for path in paths:
        readings = platform.read(path.name, kind(path) is Kind.FOLDER)
        if not readings and kind(path) is Kind.LINK:  # it may be a file or a folder
            readings = platform.read(path.name, True)
        if len(readings) > 1:
            ids = tr(" or ").join(
                dict.fromkeys(reading.owner.id for reading in readings)
            )
            yield _unknown(path, tr(SEVERAL_OWNERS, name=path.name, ids=ids))
            continue
        for reading in readings:
            for owner in submitters.get(path.name) or (reading.owner,):
                yield Owned(path, replace(reading, owner=owner))
    for name, people in submitters.items():
        if platform.read(name, True) and kind(folder / name) is Kind.NOTHING:
            for owner in people:
                yield Owned(folder / name, Claim(owner), tr(NOT_THERE, name=name))


def _by_name(search: Search, paths: Sequence[Path]) -> Iterator[Owned]:
    names: dict[Path, str] = {}
    for path in paths:
        is_named = path in search.unpacked.paths  # by a person, and so it counts
        if kind(path) is Kind.FOLDER and (is_named or not is_odd(path)):
            names[path] = path.name
        elif is_named or not is_odd(path):
            names[path] = places.student_of(path.name)
    students = {*names.values()}
    for path, name in names.items():
        original = places.without_copy(name)
        if original in students:
            names[path] = original
    by_name, problems = class_names.owners(names.values(), search.roster)
    for path, name in names.items():
        file = "" if kind(path) is Kind.FOLDER else path.name
        yield Owned(path, Claim(by_name[name], file), problems.get(name, ""))


def class_folders(search: Search, folder: Path) -> list[Path]:
    """Return the folders whose paths are students': the inmost of folders around the class, or
    its groups.

    Raises WrongPath if its folders may be students' or groups', and their names do not say which.
    """
    while inner := _only_folder(search, folder):
        folder = inner
    if _is_course(search, folder):
        return [folder / SUBMITTED]
    works = search.works(folder)
    if search.platform or not works or recognized(search, works) is not PLAIN:
        return [folder]
    inside = []
    for path in works:
        if kind(path) is not Kind.FOLDER or search.is_students(path):
            return [folder]
        inside += [below.name for below in search.works(path)]
    if len(inside) > len(works) > 1 and _are_groups(
        [path.name for path in works], inside
    ):
        return works
    most = max(Counter(inside).values(), default=len(works))
    # what most folders hold a folder of is not a student's name
    if 2 * most <= len(works) and not any(map(search.direct, works)):
        raise WrongPath(DEEP, path=search.unpacked.shown(folder), name=works[0].name)
    return [folder]


def _are_groups(names: Sequence[str], inside: Sequence[str]) -> bool:
    """Return whether folders are groups: the names in them have ids, and their own have none."""
    students = [places.student_of(name) for name in inside]
    return class_names.have_ids(students) and not class_names.have_ids(names)


def _is_course(search: Search, folder: Path) -> bool:
    """Return whether it is an nbgrader course: it has submitted/, and nothing that is no course's.

    Without nbgrader's settings, submitted/ may be a student's.
    """
    inner = folder / SUBMITTED
    if not inner.is_dir() or not {path.name for path in search.works(folder)} <= COURSE:
        return False
    return kind(folder / CONFIG) is Kind.FILE or not search.is_students(inner)


def _only_folder(search: Search, folder: Path) -> Path | None:
    """Return the only folder or .zip in a folder, unless it is a student's."""
    works = search.works(folder)
    if any(path.name == search.assignment for path in works):
        works = [path for path in works if path.name not in search.others]
    if len(works) != 1:
        return None
    inner = search.unpacked.inside.get(works[0], works[0])
    if kind(inner) is not Kind.FOLDER or inner.name == SUBMITTED:
        return None
    if search.is_students(inner) or places.why_unreadable(inner):
        return None
    platforms = [search.platform] if search.platform else PLATFORMS.values()
    if any(platform.read(inner.name, True) for platform in platforms):
        return None
    if inner.name == search.assignment:
        return inner
    below = search.works(inner)
    is_deep = len(below) > 1 or any(kind(path) is Kind.FOLDER for path in below)
    return inner if is_deep else None
