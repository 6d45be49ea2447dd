"""Finds whose file is whose in the folder of a class, by its layout.

The instructor names the layout, or it is the only one that explains all files (`recognition`).  Follows no
link below a named path, because it may lead to another student's work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path

from autograder.intake.choice import PACKED, SUFFIXES, Candidate, Wanted, asked, choose, label
from autograder.intake.layouts import PLATFORM_OF, Layout, called, without_copy
from autograder.intake.places import Kind, a_link, is_odd, kind, why_unreadable
from autograder.intake.recognition import SUBMITTED, Levels, inmost, readings, recognized
from autograder.intake.submission import SubmittedFile
from autograder.languages import N_, tr
from autograder.platforms.platform import Entry, Owner, Platform

MOST = 2000  # files of one student that are looked through
TOO_MANY = N_("The folder holds more than {most:,} files. Keep only the requested ones.")
OTHERS = N_("Only files of another assignment were submitted. Submit the right one.")


@dataclass(frozen=True)
class Class:
    """A folder of students.

    root: people see file names relative to it.  out: where results go; nothing there is a submission.
    passed_over: collects names that may be submissions but are not taken for one.  layout: as the
    instructor said, or None to recognize it.
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
        """All submissions of the class; several may have the same id.  Raises WrongPath."""
        folder = inmost(self.levels, self.root, self.layout)
        here, layout = replace(self, root=folder), self.layout or recognized(self.levels, folder)
        if layout in PLATFORM_OF:
            return here._of_platform(PLATFORM_OF[layout])
        if layout is Layout.NBGRADER:
            here = replace(self, root=folder / SUBMITTED)
        if layout is Layout.FILES:
            return here._in_files(here.levels.children(folder))
        return here._in_folders()

    def _of_platform(self, platform: Platform) -> list[SubmittedFile]:
        folder = self.root
        names, children = platform.names(folder), self.levels.children(folder)
        found: list[SubmittedFile] = []
        of_each: dict[tuple[str, str], list[tuple[Owner, Entry, Path]]] = {}
        for path in children:
            entries = readings(names, path)
            if len(entries) > 1:
                ids = tr(" or ").join(dict.fromkeys(one.id for entry in entries for one in entry.owners))
                words = N_("The name {name} can belong to {ids}. Ask whose file it is.")
                why = tr(words, name=path.name, ids=ids)
                found.append(asked(called(path.stem), path, self.root, why))
            elif entries:
                for owner in entries[0].owners:
                    of_each.setdefault((owner.id, owner.name), []).append((owner, entries[0], path))
            else:
                self._pass_over(path)
        missing = names.expected.keys() - {path.name for path in children}
        for name, owner in ((n, owner) for n in sorted(missing) for owner in names.expected[n]):
            words = N_("{metadata} lists {name}, which is not there. Export the submissions again.")
            why = tr(words, name=name, metadata=platform.metadata)
            found.append(asked(owner, folder / name, self.root, why))
        return found + [one for entries in of_each.values() for one in self._of_entries(entries)]

    def _of_entries(self, entries):
        flags = tuple(dict.fromkeys(flag for owner, *_ in entries for flag in owner.flags))
        owner = replace(entries[0][0], flags=flags)
        there = [(entry.file, path, entry.number) for _, entry, path in entries if not entry.is_text]
        if not there:
            why = tr("A text was typed into the platform, and no file was submitted. Submit the file.")
            return [asked(owner, entries[0][2], self.root, why)]
        files = [Candidate(path, file, number) for file, path, number in there if file]
        return self.student(owner, [path for file, path, _ in there if not file], files, is_sure=True)

    def _in_folders(self) -> list[SubmittedFile]:
        """The submissions if each folder or file is named after its student."""
        children = self.levels.children(self.root)
        students = dict.fromkeys(
            p for p in children if kind(p) is Kind.FOLDER and (not is_odd(p) or self.levels.is_students(p))
        )
        found = self._in_files([path for path in children if path not in students])
        return found + [one for path in students for one in self.student(called(path.name), [path])]

    def _in_files(self, paths: Sequence[Path]) -> list[SubmittedFile]:
        """The submissions if each file is named after its student."""
        found, loose = [], dict[str, list[Candidate]]()
        for path in paths:
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
            choose(called(stem), inner, self.wanted, self.root, stem if inner == files else "")
            or asked(called(stem), files[0].path, self.root, tr(OTHERS))
            for stem, files in loose.items()
            for inner in [self._unpacked(files)]
        ]

    def _unpacked(self, files):
        return [one for file in files for one in self.levels.unpacked(file)]

    def _pass_over(self, path):
        """Record a path that is taken for nobody's, but may be a submission after all."""
        if kind(path) is Kind.FOLDER or path.suffix.lower() in SUFFIXES:
            self.passed_over.append(label(path, self.root) + "/" * (kind(path) is Kind.FOLDER))

    def student(
        self, owner: Owner, folders: Sequence[Path], files: Sequence[Candidate] = (), is_sure: bool = False
    ) -> list[SubmittedFile]:
        """The submission in a student's folders and files.  is_sure: a platform says whose it is."""
        name = self.wanted.assignment
        place = folders[0] if folders else files[0].path
        links = [folder for folder in folders if kind(folder) is Kind.LINK]
        if links:
            return [asked(owner, links[0], self.root, a_link(label(links[0], self.root)))]
        places = [place for folder in folders for place in (folder / name, folder)]
        below = [file for folder in folders for file in islice(self.levels.below(folder), MOST + 1)]
        files = [*self._unpacked(files), *below]
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
    words = tr("No file {name}.ipynb or {name}.py in {folder}/.", name=name, folder=folder.name)
    return SubmittedFile(
        owner.id,
        folder / f"{name}.ipynb",
        label(folder, root),
        owner.flags,
        words,
        name=owner.name,
        root=root,
    )
