"""Whose files lie in the folder of a class, whatever platform it comes from.

A name that Moodle, Canvas or Gradescope gave says whose a file or a folder is (`layouts`).  Else a folder
of a class holds a folder for each student, called by their id, with the file in it, in
`<assignment>/` or further down, or sections with such folders (`levels`); or loose files, called by their
students.

Follows no link below a path that was named: it may lead to another's work.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cached_property
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
from autograder.intake.layouts import GRADESCOPE, METADATA, NoMetadata, Owner, submitters, without_copy
from autograder.intake.levels import DEEPEST, Levels
from autograder.intake.places import LINK, Kind, children_of, is_odd, kind, why_unreadable
from autograder.languages import tr

MOST = 2000  # files of a student's, which are looked through
TOO_MANY = "the folder holds more than {most:,} files: leave only those that were asked for"
TYPED = "only a text was typed into the platform, and no file handed in"
OTHERS = "only files of another assignment were handed in"
UNKNOWN = "whose it is does not stand in {metadata}"
NOT_THERE = "{name} stands in {metadata}, but nothing lies there: export the submissions again"


@dataclass(frozen=True)
class Class:
    """A folder of students.

    root: from which files are named to people.  out: where the results go, which are nobody's hand-in.
    passed_over: what may be a hand-in, but is not taken for one; is added to.
    """

    root: Path
    wanted: Wanted
    passed_over: list[str]
    out: Path | None = None

    @cached_property
    def levels(self) -> Levels:
        """What lies below."""
        return Levels(self.wanted, self.out)

    def handins(
        self,
        folder: Path,
        left_out: frozenset[Path] = frozenset(),
        depth: int = 0,
        nobody: frozenset[str] = frozenset(),
    ) -> list[Handin]:
        """All hand-ins of the class in a folder, of which several may be of one id.

        nobody: names of folders that no student has here.
        """
        children = [path for path in self.levels.children(folder) if path not in left_out]
        levels = self.levels
        earlier = (p for p in children_of(folder) if levels.is_results(p) and not levels.is_out(p))
        self.passed_over.extend(tr("{path}/ (results)", path=label(path, self.root)) for path in earlier)
        metadata, flags = self._metadata(children)
        found: list[Handin] = []
        by_platform: dict[str, list[tuple[layouts.Entry, Path]]] = {}
        loose: dict[str, list[Found]] = {}
        folders = []
        is_gradescope = METADATA in (path.name for path in children)
        for path in children:
            entry, what = layouts.entry(path.name), kind(path)
            is_folder = what is Kind.FOLDER
            if entry is not None and (entry.is_text or is_folder != bool(entry.file)):
                by_platform.setdefault(entry.owner.id, []).append((entry, path))
            elif layouts.is_feedback(path.name) or (is_odd(path) and not self.levels.is_students(path)):
                if path.suffix.lower() in SUFFIXES or is_folder:
                    self.passed_over.append(label(path, self.root))
            elif is_folder and is_gradescope and GRADESCOPE.fullmatch(path.name):
                owners = metadata.get(path.name) or (_numbered(path.name, flags),)
                found += [handin for owner in owners for handin in self._student(owner, path, sure=True)]
            elif is_folder:
                folders.append(path)
            elif path.name in metadata:
                files = [Found(path, path.name)]
                found += [self._loose(owner, files) for owner in metadata[path.name]]
            elif path.suffix.lower() in (*SUFFIXES, *PACKED) or path in self.wanted.refused:
                loose.setdefault(path.stem, []).append(Found(path, path.name))
            elif what is Kind.LINK and not os.path.isfile(path):
                found.append(self._linked(layouts.called(path.name), path))
        for entries in by_platform.values():
            found += self._of_platform(entries)
        for stem in [stem for stem in loose if without_copy(stem) != stem and without_copy(stem) in loose]:
            loose[without_copy(stem)] += loose.pop(stem)
        for stem, files in loose.items():
            found.append(self._loose(layouts.called(stem), files))
        for name in metadata.keys() - {path.name for path in children}:
            if GRADESCOPE.fullmatch(name):
                place = folder / name
                why = tr(NOT_THERE, name=name, metadata=METADATA)
                found += [asked(o, place, self.root, why) for o in metadata[name]]
        return [*found, *self._in_folders(folders, depth, nobody)]

    def _metadata(self, children):
        """Gradescope's word on who handed in what, and what is to be told where there is none."""
        path = next((path for path in children if path.name == METADATA), None)
        if path is None or kind(path) is not Kind.FILE:
            return {}, ()
        try:
            return submitters(path.read_text("utf-8", "replace")), (tr(UNKNOWN, metadata=METADATA),)
        except (OSError, NoMetadata):
            return {}, (tr("{metadata} cannot be read: whose it is is not known", metadata=METADATA),)

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
        there = [(entry, path) for entry, path in entries if entry.file and not entry.is_text]
        files = [Found(path, entry.file, entry.number) for entry, path in there]
        folders = [path for entry, path in entries if not entry.file and not entry.is_text]
        if not files and not folders:
            return [asked(owner, entries[0][1], self.root, tr(TYPED))]
        if not files and len(folders) == 1:
            return self._student(owner, folders[0], sure=True)
        files += [file for folder in folders for file in self.levels.below(folder)]
        handin = choose(owner, files, self.wanted, self.root)
        return [handin or asked(owner, entries[0][1], self.root, tr(OTHERS))]

    def _in_folders(self, folders, depth, nobody):
        """The folders of students, or of sections with students."""
        levels = self.levels
        sections = levels.sections(folders, nobody) if depth < DEEPEST else []
        alone = all(len(levels.holding(section)) == 1 for section in sections)
        nobody |= levels.in_all(sections)
        for section in sections:
            for handin in self.handins(section, depth=depth + 1, nobody=nobody):
                flag = tr(
                    "taken for {handin}'s by its folder {parent}/",
                    handin=handin.id,
                    parent=label(handin.path.parent, self.root),
                )
                is_named_so = alone and handin.id in handin.path.parts
                yield replace(handin, flags=(*handin.flags, flag)) if is_named_so else handin
        by_platform = all(map(levels.is_platforms, sections))
        for folder in [folder for folder in folders if folder not in sections]:
            if by_platform or levels.holding(folder):
                yield from self._student(layouts.called(folder.name), folder)
            else:
                self.passed_over.append(label(folder, self.root) + "/")

    def _student(self, owner, folder, sure=False):
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
            return [self._linked(owner, links[0])]
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
        return [Handin(owner.id, path, label(folder, self.root), owner.flags, words, name=owner.name)]

    def _of_others(self, owner, folder, sure):
        return [asked(owner, folder, self.root, tr(OTHERS))] if sure else []

    def _linked(self, owner, path):
        name = label(path, self.root)
        return Handin(owner.id, path, name, owner.flags, LINK.format(name=name), name=owner.name)


def _numbered(folder, flags):
    """The owner of a submission of which Gradescope's metadata do not say whose it is."""
    return Owner(GRADESCOPE.fullmatch(folder)["id"], flags=flags)
