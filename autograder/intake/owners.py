"""Decides which student owns each file of a class folder.

1. A platform's names say whose a file is, if a person named the platform or most names have its
   form.
2. Otherwise each folder and each file is a student's, by its name.  A roster, or the ids that
   most names have, says who that is.
3. Folders around the class, or around its groups, are looked through first (`class_folders`).

Names decide, and no student's name decides for another; no file is opened.  What is not certain
needs review.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.errors import NO_PROBLEM, Message
from autograder.intake import class_names, places
from autograder.intake.places import Kind, WrongPath, is_odd, kind
from autograder.intake.search import Search
from autograder.languages import N_, joined
from autograder.platforms import PLATFORMS
from autograder.platforms.plain import PLAIN
from autograder.platforms.platform import Claim, Owner, Platform, named_after

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
SEVERAL_OWNERS = N_(
    "The name {name} can belong to {ids}. Ask whose file it is."
)
UNEXPLAINED = N_("{name} does not fit the names of the others ({platform}).")
NOT_THERE = N_(
    "The platform lists {name}, which is not there. Export the submissions again."
)
NOT_NAMED = N_("not named as {platform} names submissions")
ODD = N_("its name is that of a test, of settings, or of a hidden file")
AGAIN = N_("{file} was submitted more than once; the last one counts")


@dataclass(frozen=True)
class Owned:
    """A path in a class folder, and whose it is.  problem: why that is not certain."""

    path: Path
    claim: Claim
    problem: Message = NO_PROBLEM


@dataclass(frozen=True)
class Work:
    """All paths of one student.  problem: why it is not certain that they are.

    is_plain: whether their names are the student's, and no platform's.
    """

    owner: Owner
    paths: Sequence[Owned]  # of each file the newest version
    older: Sequence[Owned] = ()
    is_plain: bool = True
    problem: Message = NO_PROBLEM


def works(
    search: Search, folder: Path, paths: Sequence[Path]
) -> tuple[list[Work], dict[Path, Message]]:
    """Return what each student has of the paths in a folder; and path -> why it was skipped."""
    platform = search.platform or recognized(search, paths)
    is_plain = platform is PLAIN
    if is_plain:
        owned = _by_name(search, paths)
    else:
        owned = _by_platform(platform, folder, paths)
    rest = {*paths}
    works = []
    by_id: dict[str, list[Owned]] = {}
    for item in owned:
        rest.discard(item.path)
        owner = item.claim.owner
        problem = item.problem
        if kind(item.path) is Kind.LINK:
            problem = places.a_link(item.path.name)
        if problem:
            works.append(Work(owner, [item], problem=problem))
        else:
            by_id.setdefault(owner.id, []).append(item)
    skipped = {}
    for path in rest:
        if is_odd(path):
            skipped[path] = Message(ODD)
        elif not search.may_hold_work(path):
            skipped[path] = Message(NOT_NAMED, {"platform": platform.name})
        else:
            names = {"name": path.name, "platform": platform.name}
            unknown = _unknown(path, Message(UNEXPLAINED, names))
            works.append(
                Work(unknown.claim.owner, [unknown], problem=unknown.problem)
            )
    for items in by_id.values():
        newest, older = _newest(items)
        works.append(Work(_owner(newest, older), newest, older, is_plain))
    return works, skipped


def _newest(items: Sequence[Owned]) -> tuple[list[Owned], list[Owned]]:
    """Return the newest versions of files, and the older ones."""
    highest: dict[str, int] = {}
    for item in items:
        series = item.claim.series
        highest[series] = max(item.claim.number, highest.get(series, 0))
    newest: list[Owned] = []
    older: list[Owned] = []
    for item in items:
        is_newest = item.claim.number == highest[item.claim.series]
        (newest if is_newest else older).append(item)
    return newest, older


def _owner(newest: Sequence[Owned], older: Sequence[Owned]) -> Owner:
    """Return the owner of a student's paths, with what is remarkable of any of them."""
    owner = newest[0].claim.owner
    flags: list[Message] = []
    for item in newest:
        flags += item.claim.owner.flags
    for item in older:
        flags.append(Message(AGAIN, {"file": item.claim.file}))
    different: list[Message] = []
    for flag in flags:
        if flag not in different:
            different.append(flag)
    is_late = any(item.claim.owner.is_late for item in newest)
    return replace(owner, flags=tuple(different), is_late=is_late)


def _unknown(path: Path, problem: Message) -> Owned:
    return Owned(path, Claim(named_after(path.stem), path.name), problem)


def recognized(search: Search, paths: Sequence[Path]) -> Platform:
    """Return the platform whose form most names have; PLAIN if there is none."""
    possible = [path for path in paths if search.is_work(path)] or paths
    for platform in PLATFORMS.values():
        count = 0
        for path in possible:
            count += bool(platform.read(path.name, kind(path) is Kind.FOLDER))
        if 2 * count > len(possible):
            return platform
    return PLAIN


def _by_platform(
    platform: Platform, folder: Path, paths: Iterable[Path]
) -> Iterator[Owned]:
    submitters = platform.submitters(folder)
    for path in paths:
        readings = platform.read(path.name, kind(path) is Kind.FOLDER)
        if (
            not readings and kind(path) is Kind.LINK
        ):  # it may be a file or a folder
            readings = platform.read(path.name, True)
        if len(readings) > 1:
            ids = dict.fromkeys(reading.owner.id for reading in readings)
            several = {"name": path.name, "ids": joined([*ids], N_(" or "))}
            yield _unknown(path, Message(SEVERAL_OWNERS, several))
            continue
        for reading in readings:
            for owner in submitters.get(path.name) or (reading.owner,):
                yield Owned(path, replace(reading, owner=owner))
    for name, people in submitters.items():
        if platform.read(name, True) and kind(folder / name) is Kind.NOTHING:
            problem = Message(NOT_THERE, {"name": name})
            for owner in people:
                yield Owned(folder / name, Claim(owner), problem)


def _by_name(search: Search, paths: Iterable[Path]) -> Iterator[Owned]:
    names: dict[Path, str] = {}
    for path in paths:
        # what a person named counts, whatever its name
        if is_odd(path) and path not in search.unpacked.paths:
            continue
        is_folder = kind(path) is Kind.FOLDER
        names[path] = path.name if is_folder else places.student_of(path.name)
    students = {*names.values()}
    for path, name in names.items():
        original = places.without_copy(name)
        if original in students:
            names[path] = original
    by_name, problems = class_names.owners(names.values(), search.roster)
    for path, name in names.items():
        file = "" if kind(path) is Kind.FOLDER else path.name
        problem = problems.get(name, NO_PROBLEM)
        yield Owned(path, Claim(by_name[name], file), problem)


def is_one_students(search: Search, folder: Path) -> bool:
    """Return whether a folder is one student's, and no class with a student of that name."""
    stems = set()
    for path in search.works(folder):
        if search.is_students(path):
            return False
        if kind(path) is not Kind.FOLDER:
            stems.add(places.split_name(path.name)[0])
    stems -= search.others
    originals = {places.without_copy(stem) for stem in stems}
    return search.assignment in stems and originals == {search.assignment}


def class_folders(search: Search, folder: Path) -> list[Path]:
    """Return the folders whose paths are students': the inmost around the class, or its groups.

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
    names = [path.name for path in works]
    if len(inside) > len(works) > 1 and _are_groups(names, inside):
        return works
    # What most folders hold a folder of is not a student's name.
    most = max(Counter(inside).values(), default=len(works))
    if 2 * most <= len(works) and not any(map(search.direct, works)):
        raise WrongPath(DEEP, path=search.unpacked.shown(folder), name=names[0])
    return [folder]


def _are_groups(names: Sequence[str], inside: Sequence[str]) -> bool:
    """Return whether folders are groups: the names in them have ids, and their own have none."""
    students = map(places.student_of, inside)
    return class_names.have_ids(students) and not class_names.have_ids(names)


def _is_course(search: Search, folder: Path) -> bool:
    """Return whether it is an nbgrader course: it has submitted/, and nothing that is no course's.

    Without nbgrader's settings, submitted/ may be a student's.
    """
    inner = folder / SUBMITTED
    if (
        not inner.is_dir()
        or not {path.name for path in search.works(folder)} <= COURSE
    ):
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
