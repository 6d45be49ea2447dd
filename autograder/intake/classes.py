"""Whose files lie in the folder of a class, by its layout: a table, a line for each.

The layout is said by the instructor, or it is the only one that explains all files (`recognition`); one
student's own folder never tells it.  Follows no link below a path that was named: it may lead to
another's work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import islice
from pathlib import Path

from autograder.intake import layouts
from autograder.intake.choice import (
    PACKED,
    SUFFIXES,
    Found,
    Handin,
    Wanted,
    asked,
    choose,
    label,
    listed,
    of_one_name,
)
from autograder.intake.layouts import (
    GRADESCOPE_FOLDER,
    METADATA,
    Layout,
    NoMetadata,
    Owner,
    readings,
    submitters,
    without_copy,
)
from autograder.intake.levels import SUBMITTED, Levels
from autograder.intake.places import Kind, a_link, children_of, is_odd, kind, why_unreadable
from autograder.intake.recognition import PLATFORMS, Recognition
from autograder.languages import N_, tr

MOST = 2000  # files of a student's, which are looked through
TOO_MANY = N_("the folder holds more than {most:,} files: leave only those that were asked for")
TYPED = N_("only a text was typed into the platform, and no file handed in")
OTHERS = N_("only files of another assignment were handed in")
UNKNOWN = N_("whose it is does not stand in {metadata}")
NOT_THERE = N_("{name} stands in {metadata}, but nothing lies there: export the submissions again")
TWO_READINGS = N_("The name {name} can be read as that of {ids}. Ask whose file it is.")


@dataclass(frozen=True)
class Class:
    """A folder of students.

    root: from which files are named to people.  out: where the results go, which are nobody's hand-in.
    passed_over: what may be a hand-in, but is not taken for one; is added to.  layout: as the instructor
    said; None where it is to be found out.
    """

    root: Path
    wanted: Wanted
    passed_over: list[str]
    out: Path | None = None
    layout: Layout | None = None

    @cached_property
    def levels(self) -> Levels:
        """What lies below."""
        return Levels(self.wanted, self.out)

    @cached_property
    def _recognition(self):
        return Recognition(self.levels, {layout: partial(_taken, layout) for layout in NAMED})

    def handins(self) -> list[Handin]:
        """All hand-ins of the class, of which several may be of one id.  Raises WrongPath."""
        folder = self._recognition.inmost(self.root, self.layout)
        earlier = (p for p in children_of(folder) if self.levels.is_results(p) and not self.levels.is_out(p))
        self.passed_over.extend(tr("{path}/ (results)", path=label(path, self.root)) for path in earlier)
        layout = self.layout or self._recognition.layout(folder)
        return TABLE[layout](replace(self, root=folder), self.levels.children(folder))

    def by_names(self, children: Sequence[Path], layout: Layout) -> list[Handin]:
        """Where Moodle or Canvas named the files and folders."""
        found: list[Handin] = []
        by_owner: dict[str, list[tuple[layouts.Entry, Path]]] = {}
        for path in children:
            entries = _read(layout, path)
            if len(entries) > 1:
                ids = tr(" or ").join(dict.fromkeys(entry.owner.id for entry in entries))
                why = tr(TWO_READINGS, name=path.name, ids=ids)
                found.append(asked(layouts.called(path.stem), path, self.root, why))
            elif entries:
                by_owner.setdefault(entries[0].owner.id, []).append((entries[0], path))
            else:
                self._pass_over(path)
        return found + [self._of_platform(entries) for entries in by_owner.values()]

    def of_gradescope(self, children: Sequence[Path]) -> list[Handin]:
        """Where Gradescope's metadata say whose each folder is."""
        metadata, flags = _metadata(children)
        found: list[Handin] = []
        for path in children:
            if kind(path) is Kind.FOLDER and GRADESCOPE_FOLDER.fullmatch(path.name):
                owners = metadata.get(path.name) or (_numbered(path.name, flags),)
                found += [handin for owner in owners for handin in self.student(owner, path, sure=True)]
            elif kind(path) is Kind.LINK and path.name in metadata:
                found += [self.linked(owner, path) for owner in metadata[path.name]]
            elif path.name in metadata:
                files = [Found(path, path.name)]
                found += [self._loose(owner, files) for owner in metadata[path.name]]
            elif path.name != METADATA:
                self._pass_over(path)
        for name in metadata.keys() - {path.name for path in children}:
            if GRADESCOPE_FOLDER.fullmatch(name):
                why = tr(NOT_THERE, name=name, metadata=METADATA)
                found += [asked(o, self.root / name, self.root, why) for o in metadata[name]]
        return found

    def of_course(self, children: Sequence[Path]) -> list[Handin]:
        """Where nbgrader put a folder for each student into submitted/."""
        inner = next((path for path in children if path.name == SUBMITTED), None)
        return [] if inner is None else replace(self, root=inner).in_folders(self.levels.children(inner))

    def in_sections(self, children: Sequence[Path]) -> list[Handin]:
        """Where each folder holds students, or what a platform gave of some."""
        found: list[Handin] = []
        for path in children:
            why = why_unreadable(path)
            if self.levels.is_students(path):  # a student among sections
                found += self.student(layouts.called(path.name), path)
            elif kind(path) is Kind.FOLDER and not is_odd(path) and not why:
                layout, inner = self._recognition.platform_in(path), self.levels.children(path)
                known = layout in PLATFORMS
                found += TABLE[layout](self, inner) if known else self.in_folders(inner)
            elif kind(path) is Kind.FOLDER and why:
                found.append(asked(layouts.called(path.name), path, self.root, why))
            elif kind(path) is Kind.LINK:
                found.append(self.linked(layouts.called(path.name), path))
            else:
                self._pass_over(path)
        return found

    def in_folders(self, children: Sequence[Path]) -> list[Handin]:
        """Where each folder is called by its student, and so is each file."""
        folders = [path for path in children if kind(path) is Kind.FOLDER]
        students = [path for path in folders if not is_odd(path) or self.levels.is_students(path)]
        found = self.in_files([path for path in children if path not in students])
        return found + [
            handin for path in students for handin in self.student(layouts.called(path.name), path)
        ]

    def in_files(self, children: Sequence[Path]) -> list[Handin]:
        """Where each file is called by its student."""
        found, loose = [], dict[str, list[Found]]()
        for path in children:
            is_file = kind(path) is not Kind.FOLDER and not is_odd(path)
            if is_file and (path.suffix.lower() in (*SUFFIXES, *PACKED) or path in self.wanted.refused):
                loose.setdefault(path.stem, []).append(Found(path, path.name))
            elif kind(path) is Kind.LINK and not is_odd(path):
                found.append(self.linked(layouts.called(path.name), path))
            else:
                self._pass_over(path)
        for stem in [stem for stem in loose if without_copy(stem) != stem and without_copy(stem) in loose]:
            loose[without_copy(stem)] += loose.pop(stem)
        return found + [self._loose(layouts.called(stem), files) for stem, files in loose.items()]

    def _pass_over(self, path):
        """Say that it is taken for nobody's, if it may be somebody's all the same."""
        if kind(path) is Kind.FOLDER or path.suffix.lower() in SUFFIXES:
            slash = "/" if kind(path) is Kind.FOLDER and not (is_odd(path) or _is_feedback(path)) else ""
            self.passed_over.append(label(path, self.root) + slash)

    def _loose(self, owner, files):
        """What a student handed in whose name the files have."""
        programs = [file for file in files if file.suffix in SUFFIXES]
        packed = [file.name for file in files if file.suffix in PACKED]
        if not programs:
            why = self.wanted.refused.get(files[0].path) or tr(
                "{packed} is packed: unpack it first", packed=listed(packed)
            )
            return asked(owner, files[0].path, self.root, why)
        handin = of_one_name(owner, programs, self.wanted, self.root)
        return replace(
            handin, flags=(*handin.flags, *(tr("{name} was not opened", name=name) for name in packed))
        )

    def _of_platform(self, entries):
        """What Moodle or Canvas have of one student."""
        owner = entries[0][0].owner
        owner = replace(owner, flags=tuple(dict.fromkeys(f for e, _ in entries for f in e.owner.flags)))
        links = [path for entry, path in entries if kind(path) is Kind.LINK and not entry.file]
        if links:
            return self.linked(owner, links[0])
        there = [(entry, path) for entry, path in entries if entry.file and not entry.is_text]
        files = [Found(path, entry.file, entry.number) for entry, path in there]
        folders = [path for entry, path in entries if not entry.file and not entry.is_text]
        if not files and not folders:
            return asked(owner, entries[0][1], self.root, tr(TYPED))
        if not files and len(folders) == 1:
            return next(iter(self.student(owner, folders[0], sure=True)))
        files += [file for folder in folders for file in self.levels.below(folder)]
        handin = choose(owner, files, self.wanted, self.root)
        return handin or asked(owner, entries[0][1], self.root, tr(OTHERS))

    def student(self, owner: Owner, folder: Path, sure: bool = False) -> list[Handin]:
        """The hand-in of a student's folder, if it holds not only other assignments.

        sure: that a platform gave it as this assignment's.
        """
        inner, links = folder / self.wanted.assignment, []
        for place in (inner, folder):
            if kind(place) is Kind.LINK:
                links.append(place)
            if kind(place) is not Kind.FOLDER:
                continue
            why = why_unreadable(place)
            if why:
                return [asked(owner, place, self.root, why)]
        files = list(islice(self.levels.below(folder), MOST + 1))
        if len(files) > MOST:
            return [asked(owner, folder, self.root, tr(TOO_MANY, most=MOST))]
        if links and not any(f.suffix in SUFFIXES and f.stem not in self.wanted.others for f in files):
            return [self.linked(owner, links[0])]
        places = {file.path.parent for file in files if self.levels.is_named(file)}
        if len(places) == 1:  # what lies elsewhere is no rival
            files = [file for file in files if file.path.parent in places]
        handin = choose(owner, files, self.wanted, self.root)
        if handin is not None:
            return [handin]
        names = [name + suffix for name in self.wanted.others for suffix in ("", *SUFFIXES)]
        if kind(inner) is not Kind.FOLDER and any(kind(folder / n) is not Kind.NOTHING for n in names):
            return self._of_others(owner, folder, sure)
        name = self.wanted.assignment
        words = tr("there is no file {name}.ipynb or {name}.py in {folder}/", name=name, folder=folder.name)
        path = folder / f"{name}.ipynb"
        file = label(folder, self.root)
        return [Handin(owner.id, path, file, owner.flags, words, name=owner.name, root=self.root)]

    def _of_others(self, owner, folder, sure):
        return [asked(owner, folder, self.root, tr(OTHERS))] if sure else []

    def linked(self, owner: Owner, path: Path) -> Handin:
        """The hand-in of a student in whose place a link lies, which is not followed."""
        return asked(owner, path, self.root, a_link(label(path, self.root)))


def _numbered(folder, flags):
    """The owner of a submission of which Gradescope's metadata do not say whose it is."""
    return Owner(GRADESCOPE_FOLDER.fullmatch(folder)["id"], flags=flags)


def _read(layout, path):
    """What Moodle or Canvas say by a name, by what lies there; a link may stand for either."""
    what = kind(path)
    found = readings(layout, path.name, what is Kind.FOLDER)
    return found or (readings(layout, path.name, True) if what is Kind.LINK else [])


def _is_feedback(path):
    return layouts.is_feedback(path.name)


def _metadata(children):
    """Gradescope's word on who handed in what, and what is to be told where there is none."""
    path = next((path for path in children if path.name == METADATA), None)
    if path is None or kind(path) is not Kind.FILE:
        return {}, ()
    try:
        return submitters(path.read_text("utf-8", "replace")), (tr(UNKNOWN, metadata=METADATA),)
    except (OSError, NoMetadata):
        return {}, (tr("{metadata} cannot be read: whose it is is not known", metadata=METADATA),)


def _taken(layout, children):
    """Those of these that a platform named."""
    if layout is Layout.GRADESCOPE:
        there = any(path.name == METADATA for path in children)
        named = _metadata(children)[0]
        return [p for p in children if there and (GRADESCOPE_FOLDER.fullmatch(p.name) or p.name in named)]
    if layout is Layout.NBGRADER:
        return [path for path in children if path.name == SUBMITTED]
    return [path for path in children if _read(layout, path)]


NAMED = (*PLATFORMS, Layout.NBGRADER)
TABLE: Mapping[Layout, Callable[[Class, Sequence[Path]], list[Handin]]] = {
    Layout.MOODLE: partial(Class.by_names, layout=Layout.MOODLE),
    Layout.CANVAS: partial(Class.by_names, layout=Layout.CANVAS),
    Layout.GRADESCOPE: Class.of_gradescope,
    Layout.NBGRADER: Class.of_course,
    Layout.FOLDERS: Class.in_folders,
    Layout.SECTIONS: Class.in_sections,
    Layout.FILES: Class.in_files,
}
