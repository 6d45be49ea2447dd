"""Whose is what in the folder of a class: a function for each layout, and the only one that explains all.

The whole class decides, by names that an instructor or a platform gave, never by the contents of one
student's folder.  If that is not enough, an error asks the instructor.  What a layout does not explain needs
review.  Reads no file of a student's.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from autograder.intake import places
from autograder.intake.places import Kind, WrongPath, a_link, is_odd, kind, why_unreadable
from autograder.intake.search import Layout, Search
from autograder.languages import N_, tr
from autograder.platforms import READERS, class_names, gradescope
from autograder.platforms.moodle import FEEDBACK
from autograder.platforms.platform import Claim, named_after

SUBMITTED = "submitted"  # nbgrader's folder of students
CONFIG = "nbgrader_config.py"  # marks a folder as an nbgrader course
RESULTS = "results"  # below a course's root: a folder for each assignment, as `grade --out` makes it
# What else a course has in its root; the last two are this kit's own names.
COURSE = (
    *(SUBMITTED, CONFIG),
    *("downloaded", "source", "release", "autograded", "feedback", "solutions", "assignments"),
)
AMBIGUOUS = N_(
    "The names in {path} fit more than one layout, so files could go to the wrong students. "
    "Choose one: {ways}."
)
DEEP = N_(
    "No folder in {path} holds a file of the assignment itself. If {name}/ is one student, "
    "add --from folders. If it holds several students, name each such folder (of a zip, unpack it first)."
)
SEVERAL_OWNERS = N_("The name {name} can belong to {ids}. Ask whose file it is.")
UNEXPLAINED = N_("{name} does not fit the layout of the others ({layout}).")
NOT_THERE = N_("{metadata} lists {name}, which is not there. Export the submissions again.")


def root_of(layout: Layout, folder: Path) -> Path:
    """Return the folder that has the students' files or folders; people see names relative to it."""
    inner = folder / SUBMITTED
    return inner if layout is Layout.NBGRADER and inner.is_dir() else folder  # a course may have a link


def claims(search: Search, layout: Layout, folder: Path, paths: Sequence[Path] | None = None) -> list[Claim]:
    """Return whose each path in a folder is, or may be, by this layout.  paths: by default, all."""
    paths = search.children(folder) if paths is None else paths
    root = root_of(layout, folder)
    if layout is Layout.NBGRADER:
        claimed = claims(search, Layout.FOLDERS, root)
        rest = [path for path in paths if root != folder and path.name not in COURSE]
    else:
        if layout is Layout.GRADESCOPE:
            claimed = [*_of_gradescope(folder, paths, search.layout is layout)]
        elif layout in READERS:
            claimed = [*_of_platform(READERS[layout], paths)]
        else:
            claimed = [*_by_student(search, paths, layout is Layout.FOLDERS)]
        taken = {claim.path for claim in claimed}
        rest = [p for p in paths if p not in taken and not is_odd(p) and not FEEDBACK.fullmatch(p.name)]
    for path in filter(search.may_hold_work, rest):
        why = tr(UNEXPLAINED, name=path.name, layout=layout)
        claimed.append(Claim(named_after(path.stem), path.name, 0, path, why, is_explained=False))
    return claimed


def _of_platform(read: Callable[[str, bool], list[Claim]], paths: Iterable[Path]) -> Iterator[Claim]:
    for path in paths:
        readings = read(path.name, kind(path) is Kind.FOLDER)
        if not readings and kind(path) is Kind.LINK:  # it may be a file or a folder
            readings = read(path.name, True)
        if len(readings) > 1:
            ids = tr(" or ").join(dict.fromkeys(claim.owner.id for claim in readings))
            why = tr(SEVERAL_OWNERS, name=path.name, ids=ids)
            yield Claim(named_after(path.stem), path.name, path=path, why=why)
        elif readings:
            yield replace(readings[0], path=path)


def _of_gradescope(folder: Path, paths: Sequence[Path], is_chosen: bool) -> Iterator[Claim]:
    """Yield claims of folders alone, unless a person chose this: a student's loose file renames nobody."""
    named = [path for path in paths if is_chosen or gradescope.read(path.name, True)]
    listed = gradescope.owners(folder, len(paths)) if named else {}
    for path in named:
        is_file = kind(path) is Kind.FILE
        by_number = [claim.owner for claim in gradescope.read(path.name, not is_file)]
        for owner in listed.get(path.name) or by_number:
            yield Claim(owner, path.name if is_file else "", path=path)
    for name, owners in listed.items():
        if gradescope.read(name, True) and kind(folder / name) is Kind.NOTHING:
            why = tr(NOT_THERE, metadata=gradescope.METADATA, name=name)
            yield from (Claim(owner, path=folder / name, why=why) for owner in owners)


def _by_student(search: Search, paths: Iterable[Path], takes_folders: bool) -> Iterator[Claim]:
    """Yield a claim for each file, and perhaps for each folder, by the student's name."""
    stems: dict[Path, str] = {}
    for path in paths:
        is_submittable = places.can_be_submission(path.name) or path in search.unpacked.refused
        if is_odd(path) and path not in search.unpacked.paths:  # a file that was named counts
            continue
        if kind(path) is Kind.FOLDER:
            stems |= {path: path.name} if takes_folders else {}
        elif is_submittable or kind(path) is Kind.LINK:
            stems[path] = places.split_name(path.name)[0] if is_submittable else path.name
    known = set(stems.values())
    for path, stem in stems.items():
        original = places.without_copy(stem)
        stems[path] = original if original in known else stem
    owners, unknown = search.owners([*stems.values()])
    for path, stem in stems.items():
        is_file = kind(path) is not Kind.FOLDER
        why = a_link(path.name) if kind(path) is Kind.LINK else unknown.get(stem, "")
        yield Claim(owners[stem], path.name if is_file else "", path=path, why=why)


def recognized(search: Search, folder: Path) -> Layout:
    """Return the only layout that explains all in a folder.  Raises WrongPath if several may be meant."""
    paths = search.submittable(folder)
    folders = [path for path in paths if kind(path) is Kind.FOLDER]
    plain, possible = Layout.FOLDERS if folders else Layout.FILES, []
    layouts, inner = [Layout(name) for name in READERS], folder / SUBMITTED
    # without nbgrader's settings, submitted/ may be a student's
    if inner.is_dir() and (kind(folder / CONFIG) is Kind.FILE or not search.is_students(inner)):
        layouts.insert(0, Layout.NBGRADER)
    for layout in layouts:
        claimed = claims(search, layout, folder)
        unexplained = sum(not claim.is_explained for claim in claimed)
        if claimed and not unexplained:
            return layout
        if unexplained < len(claimed) and 2 * unexplained <= len(paths):
            possible.append(layout)
    if possible:
        ways = tr(" or ").join(f"--from {way}" for way in (*possible, plain))
        raise WrongPath(AMBIGUOUS, path=search.unpacked.shown(folder), ways=ways)
    if folders == paths and not any(any(search.direct(each)) for each in folders):
        # what most folders hold a folder of is not a student's name
        count = Counter(path.name for folder in folders for path in search.submittable(folder))
        if folders and max(count.values(), default=len(folders)) * 2 <= len(folders):
            raise WrongPath(DEEP, path=search.unpacked.shown(folder), name=folders[0].name)
    return plain


def class_folders(search: Search, folder: Path) -> list[Path]:
    """Return the folders that hold the class: the inmost of folders around it, or those of its groups.

    A folder is a group's if its names have ids, and the groups' names have none.
    """
    while inner := _folder_inside(search, folder):
        folder = inner
    groups = search.submittable(folder)
    names = [places.split_name(path.name)[0] for group in groups for path in search.submittable(group)]
    if search.layout not in (None, Layout.FOLDERS, Layout.FILES) or any(map(search.is_students, groups)):
        return [folder]
    are_folders = all(kind(group) is Kind.FOLDER for group in groups) and len(names) > len(groups) > 1
    has_ids = are_folders and not class_names.identifies([group.name for group in groups])
    return groups if has_ids and class_names.identifies(names) else [folder]


def _folder_inside(search: Search, folder: Path) -> Path | None:
    """Return the only folder or .zip in a folder, unless it is a student's."""
    paths = search.submittable(folder)
    if any(path.name == search.assignment for path in paths):
        paths = [path for path in paths if path.name not in search.others]
    inner = search.unpacked.inside.get(paths[0], paths[0]) if len(paths) == 1 else folder / "nothing"
    if kind(inner) is not Kind.FOLDER or search.is_students(inner) or why_unreadable(inner):
        return None
    if search.layout is Layout.NBGRADER or inner.name == SUBMITTED:
        return inner if inner.name != SUBMITTED else None
    if any(read(inner.name, True) for name, read in READERS.items() if search.layout in (None, name)):
        return None
    below = search.submittable(inner)
    is_deep = len(below) > 1 or any(kind(path) is Kind.FOLDER for path in below)
    return inner if is_deep or inner.name == search.assignment else None
