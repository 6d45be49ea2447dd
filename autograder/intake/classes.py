"""Whose files lie in the folder of a class, by its layout: a table, a line for each.

The layout is said by the instructor, or it is the only one that explains all files (`recognition`); one
student's own folder never tells it.  Follows no link below a path that was named: it may lead to
another's work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path

from autograder.intake.choice import PACKED, SUFFIXES, Candidate, Wanted, asked, choose, label
from autograder.intake.layouts import PLATFORM_OF, Layout, called, without_copy
from autograder.intake.places import Kind, a_link, children_of, is_odd, kind, why_unreadable
from autograder.intake.recognition import SUBMITTED, Levels, inmost, readings, recognized
from autograder.intake.submission import SubmittedFile
from autograder.languages import N_, tr
from autograder.platforms.platform import Entry, Owner, Platform

MOST = 2000  # files of a student's, which are looked through
TOO_MANY = N_("the folder holds more than {most:,} files: leave only those that were asked for")
OTHERS = N_("only files of another assignment were submitted")


@dataclass(frozen=True)
class Class:
    """A folder of students.

    root: from which files are named to people.  out: where the results go, which are nobody's submission.
    passed_over: what may be a submission, but is not taken for one; is added to.  layout: as the instructor
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

    def submissions(self) -> list[SubmittedFile]:
        """All submissions of the class, of which several may be of one id.  Raises WrongPath."""
        folder = inmost(self.levels, self.root, self.layout)
        earlier = (p for p in children_of(folder) if self.levels.is_results(p) and not self.levels.is_out(p))
        self.passed_over.extend(tr("{path}/ (results)", path=label(path, self.root)) for path in earlier)
        return replace(self, root=folder).read(folder, self.layout or recognized(self.levels, folder))

    def read(self, folder: Path, layout: Layout) -> list[SubmittedFile]:
        """The submissions in a folder of this layout."""
        if layout in PLATFORM_OF:
            return self.of_platform(folder, PLATFORM_OF[layout])
        return TABLE[layout](self, folder)

    def of_platform(self, folder: Path, platform: Platform) -> list[SubmittedFile]:
        """Where a platform named the files and folders."""
        names, children = platform.names(folder), self.levels.children(folder)
        found: list[SubmittedFile] = []
        of_each: dict[tuple[str, str], list[tuple[Owner, Entry, Path]]] = {}
        for path in children:
            entries = readings(names, path)
            if len(entries) > 1:
                ids = tr(" or ").join(dict.fromkeys(one.id for entry in entries for one in entry.owners))
                words = N_("The name {name} can be read as that of {ids}. Ask whose file it is.")
                why = tr(words, name=path.name, ids=ids)
                found.append(asked(called(path.stem), path, self.root, why))
            elif entries:
                for owner in entries[0].owners:
                    of_each.setdefault((owner.id, owner.name), []).append((owner, entries[0], path))
            else:
                self._pass_over(path)
        missing = names.expected.keys() - {path.name for path in children}
        for name, owner in ((n, owner) for n in sorted(missing) for owner in names.expected[n]):
            why = tr(
                "{name} stands in {metadata}, but nothing lies there: export the submissions again",
                name=name,
                metadata=platform.metadata,
            )
            found.append(asked(owner, folder / name, self.root, why))
        return found + [one for entries in of_each.values() for one in self._of_entries(entries)]

    def _of_entries(self, entries):
        """What a platform has of one student."""
        flags = tuple(dict.fromkeys(flag for owner, *_ in entries for flag in owner.flags))
        owner = replace(entries[0][0], flags=flags)
        there = [(entry.file, path, entry.number) for _, entry, path in entries if not entry.is_text]
        if not there:
            why = tr("only a text was typed into the platform, and no file submitted")
            return [asked(owner, entries[0][2], self.root, why)]
        files = [Candidate(path, file, number) for file, path, number in there if file]
        return self.student(owner, [path for file, path, _ in there if not file], files, is_sure=True)

    def in_course(self, folder: Path) -> list[SubmittedFile]:
        """Where nbgrader put a folder for each student into submitted/."""
        inner = folder / SUBMITTED
        return replace(self, root=inner).in_folders(inner)

    def in_sections(self, folder: Path) -> list[SubmittedFile]:
        """Where each folder holds students, or what a platform gave of some."""
        found: list[SubmittedFile] = []
        for path in self.levels.children(folder):
            what = kind(path)
            is_shut = what is Kind.FOLDER and why_unreadable(path)
            if self.levels.is_students(path) or what is Kind.LINK or is_shut:
                found += self.student(called(path.name), [path])
            elif what is Kind.FOLDER and not is_odd(path):
                layout = self.levels.platform_in(path)
                found += self.read(path, layout if layout and layout in PLATFORM_OF else Layout.FOLDERS)
            else:
                self._pass_over(path)
        return found

    def in_folders(self, folder: Path) -> list[SubmittedFile]:
        """Where each folder is called by its student, and so is each file."""
        children = self.levels.children(folder)
        folders = [path for path in children if kind(path) is Kind.FOLDER]
        students = [path for path in folders if not is_odd(path) or self.levels.is_students(path)]
        found = self._in_files([path for path in children if path not in students])
        return found + [one for path in students for one in self.student(called(path.name), [path])]

    def in_files(self, folder: Path) -> list[SubmittedFile]:
        """Where each file is called by its student."""
        return self._in_files(self.levels.children(folder))

    def _in_files(self, children):
        found, loose = [], dict[str, list[Candidate]]()
        for path in children:
            is_file = kind(path) is not Kind.FOLDER and not is_odd(path)
            if is_file and (path.suffix.lower() in (*SUFFIXES, *PACKED) or path in self.wanted.refused):
                loose.setdefault(path.stem, []).append(Candidate(path, path.name))
            elif kind(path) is Kind.LINK and not is_odd(path):
                found += self.student(called(path.name), [path])
            else:
                self._pass_over(path)
        for stem in [stem for stem in loose if without_copy(stem) != stem and without_copy(stem) in loose]:
            loose[without_copy(stem)] += loose.pop(stem)
        return found + [
            choose(called(stem), files, self.wanted, self.root, stem)
            or asked(called(stem), files[0].path, self.root, tr(OTHERS))
            for stem, files in loose.items()
        ]

    def _pass_over(self, path):
        """Say that it is taken for nobody's, if it may be somebody's all the same."""
        if kind(path) is Kind.FOLDER or path.suffix.lower() in SUFFIXES:
            self.passed_over.append(label(path, self.root) + "/" * (kind(path) is Kind.FOLDER))

    def student(
        self, owner: Owner, folders: Sequence[Path], files: Sequence[Candidate] = (), is_sure: bool = False
    ) -> list[SubmittedFile]:
        """The submission in a student's folders, and files beside, if not all is of other assignments.

        is_sure: that a platform gave it as this assignment's.
        """
        name = self.wanted.assignment
        place = folders[0] if folders else files[0].path
        links = [folder for folder in folders if kind(folder) is Kind.LINK]
        if links:
            return [asked(owner, links[0], self.root, a_link(label(links[0], self.root)))]
        places = [place for folder in folders for place in (folder / name, folder)]
        below = [file for folder in folders for file in islice(self.levels.below(folder), MOST + 1)]
        files = [*files, *below]
        why = next(filter(None, (why_unreadable(p) for p in places if kind(p) is Kind.FOLDER)), "")
        why = tr(TOO_MANY, most=MOST) if len(below) > MOST else why
        links = [place for place in places if kind(place) is Kind.LINK]
        if links and not any(f.is_program and f.stem not in self.wanted.others for f in files):
            place, why = links[0], a_link(label(links[0], self.root))
        if why:
            return [asked(owner, place, self.root, why)]
        named = {file.path.parent for file in below if self.levels.is_named(file)}
        if len(named) == 1:  # what lies elsewhere is no rival
            files = [file for file in files if file.path.parent in named]
        chosen = choose(owner, files, self.wanted, self.root)
        if chosen is not None:
            return [chosen]
        others = [f / n for f in folders for n in self.wanted.others if kind(f / n) is not Kind.NOTHING]
        if (files or others) and not any(kind(f / name) is Kind.FOLDER for f in folders):
            return [asked(owner, place, self.root, tr(OTHERS))] if is_sure else []
        return [_none(owner, place, self.root, name)]


def _none(owner, folder, root, name):
    """A student who submitted nothing: a zero, which says so."""
    words = tr("there is no file {name}.ipynb or {name}.py in {folder}/", name=name, folder=folder.name)
    return SubmittedFile(
        owner.id,
        folder / f"{name}.ipynb",
        label(folder, root),
        owner.flags,
        words,
        name=owner.name,
        root=root,
    )


TABLE: Mapping[Layout, Callable[[Class, Path], list[SubmittedFile]]] = {
    Layout.NBGRADER: Class.in_course,
    Layout.FOLDERS: Class.in_folders,
    Layout.SECTIONS: Class.in_sections,
    Layout.FILES: Class.in_files,
}
