"""Whose files lie in the folder of a class, whatever platform it comes from.

A name that Moodle, Canvas or Gradescope gave says whose a file or a folder is (`layouts`).  Else a folder
of a class holds a folder for each student, called by their id, with the file in it, in
`<assignment>/` or further down; or loose files, called by their students.  Where no folder of a level has
the assignment's file itself, but folders in it have, these are the students, and the level above are
sections: `section1/ana/`.  Unless all of them have the same name, as in `ana/task/` and `bo/task/`: then
the level above are the students.

Follows no link below a path that was named: it may lead to another's work.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
from autograder.intake.layouts import GRADESCOPE, METADATA, NoMetadata, Owner, submitters
from autograder.intake.places import (
    LINK,
    Kind,
    children_of,
    is_odd,
    is_system,
    kind,
    why_unreadable,
)

DEEPEST = 6  # folders below a student's, in which the file is looked for
TYPED = "only a text was typed into the platform, and no file handed in"
OTHERS = "only files of another assignment were handed in"
UNKNOWN = f"whose it is does not stand in {METADATA}"
OURS = ("feedback", "handed_in")  # what lies in our results, and may look like a student


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

    def handins(self, folder: Path, left_out: frozenset[Path] = frozenset(), depth: int = 0) -> list[Handin]:
        """All hand-ins of the class in a folder, of which several may be of one id."""
        children = [path for path in self.children(folder) if path not in left_out]
        earlier = (path for path in children_of(folder) if _is_results(path) and not self._is_out(path))
        self.passed_over.extend(f"{label(path, self.root)}/ (results)" for path in earlier)
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
            elif is_odd(path):
                if path.suffix.lower() in SUFFIXES or is_folder:
                    self.passed_over.append(label(path, self.root))
            elif is_folder and is_gradescope and GRADESCOPE.fullmatch(path.name):
                owners = metadata.get(path.name) or (_numbered(path.name, flags),)
                found += [handin for owner in owners for handin in self._student(owner, path, sure=True)]
            elif is_folder:
                folders.append(path)
            elif path.suffix.lower() in (*SUFFIXES, *PACKED) or path in self.wanted.refused:
                loose.setdefault(path.stem, []).append(Found(path, path.name))
            elif what is Kind.LINK and not os.path.isfile(path):
                found.append(self._linked(Owner(path.name), path))
        for entries in by_platform.values():
            found += self._of_platform(entries)
        for stem, files in loose.items():
            found.append(self._loose(Owner(stem), files))
        return [*found, *self._in_folders(folders, depth)]

    def children(self, folder: Path) -> list[Path]:
        """What lies in a folder and is no system's, and none of our results."""
        there = [path for path in children_of(folder) if not is_system(path.name)]
        return [path for path in there if not (self._is_out(path) or _is_results(path))]

    def _is_out(self, path):
        """Whether it is where the results go, lies in it, or holds nothing else."""
        if self.out is None or kind(path) is not Kind.FOLDER or why_unreadable(path):
            return False
        here = path.resolve()
        if here == self.out or (here.parent == self.out and path.name in OURS):
            return True
        return self.out.is_relative_to(here) and all(
            is_system(p.name) or self._is_out(p) for p in children_of(path)
        )

    def _metadata(self, children):
        """Gradescope's word on who handed in what, and what is to be told where there is none."""
        path = next((path for path in children if path.name == METADATA), None)
        if path is None or kind(path) is not Kind.FILE:
            return {}, ()
        try:
            return submitters(path.read_text("utf-8", "replace")), (UNKNOWN,)
        except (OSError, NoMetadata):
            return {}, (f"{METADATA} cannot be read: whose it is is not known",)

    def _loose(self, owner, files):
        """What a student handed in whose name the files have."""
        programs = [file for file in files if file.suffix in SUFFIXES]
        packed = [file.name for file in files if file.suffix in PACKED]
        if not programs:
            why = self.wanted.refused.get(files[0].path) or f"{listed(packed)} is packed: unpack it first"
            return asked(owner, files[0].path, self.root, why)
        handin = of_one_name(owner, programs, self.wanted, self.root)
        return replace(handin, flags=(*handin.flags, *(f"{name} was not opened" for name in packed)))

    def _of_platform(self, entries):
        """What Moodle or Canvas have of one student."""
        owner = entries[0][0].owner
        owner = replace(owner, flags=tuple(dict.fromkeys(f for e, _ in entries for f in e.owner.flags)))
        files = [Found(path, entry.file, entry.number) for entry, path in entries if entry.file]
        folders = [path for entry, path in entries if not entry.file and not entry.is_text]
        if not files and not folders:
            return [asked(owner, entries[0][1], self.root, TYPED)]
        if not files and len(folders) == 1:
            return self._student(owner, folders[0], sure=True)
        files += [file for folder in folders for file in self._below(folder)]
        handin = choose(owner, files, self.wanted, self.root)
        return [handin or asked(owner, entries[0][1], self.root, OTHERS)]

    def _in_folders(self, folders, depth):
        """The folders of students, or of sections with students."""
        sections = self._sections(folders) if depth < DEEPEST else []
        alone = all(len(self._holding(section)) == 1 for section in sections)
        for section in sections:
            for handin in self.handins(section, depth=depth + 1):
                flag = f"taken for {handin.id}'s by its folder {label(handin.path.parent, self.root)}/"
                is_named_so = alone and handin.id in handin.path.parts
                yield replace(handin, flags=(*handin.flags, flag)) if is_named_so else handin
        rest = [folder for folder in folders if folder not in sections]
        if all(map(self._is_platforms, sections)):
            for folder in rest:
                yield from self._student(Owner(folder.name), folder)
        else:
            self.passed_over.extend(label(folder, self.root) + "/" for folder in rest)

    def _sections(self, folders):
        """Which of these are no students, but hold them."""
        by_platform = [folder for folder in folders if self._is_platforms(folder)]
        rest = [folder for folder in folders if folder not in by_platform]
        if any(why_unreadable(folder) or self._has(folder) for folder in rest):
            return []  # they are students, whatever names of a platform's one of them gave to files
        holding = {folder: self._holding(folder) for folder in rest}
        names = [path.name for paths in holding.values() for path in paths]
        once = all(len(paths) <= 1 for paths in holding.values())
        if once and len(names) > 1 and len(set(names)) == 1:
            return by_platform
        return by_platform + [folder for folder, paths in holding.items() if paths]

    def _is_platforms(self, folder):
        """Whether what lies in it has names that a platform gave."""
        if why_unreadable(folder):
            return False
        children = self.children(folder)
        if any(path.name == METADATA for path in children) and any(
            GRADESCOPE.fullmatch(p.name) for p in children
        ):
            return True
        return any(layouts.entry(path.name) for path in children)

    def _has(self, folder):
        """Whether a folder is a student's by what lies in it: the assignment's file, or a program of one."""
        if any(kind(folder / n) is not Kind.NOTHING for n in (self.wanted.assignment, *self.wanted.others)):
            return True
        own = [p for p in children_of(folder) if p.suffix.lower() in SUFFIXES and not is_odd(p)]
        if any(path.stem == self.wanted.assignment for path in own):
            return True
        return bool(own) and not any(file.stem == self.wanted.assignment for file in self._below(folder))

    def _holding(self, folder):
        """The folders just below that hold a program, here or further down."""
        inner = [p for p in self.children(folder) if kind(p) is Kind.FOLDER and not is_odd(p)]
        return [path for path in inner if not why_unreadable(path) and next(self._programs(path), None)]

    def _programs(self, folder):
        for file in self._below(folder):
            if file.suffix in SUFFIXES and file.stem not in self.wanted.others:
                yield file

    def _below(self, folder: Path, depth: int = 0) -> Iterator[Found]:
        """All files of a student's folder, but those of another assignment's folder."""
        if why_unreadable(folder):
            return
        for path in self.children(folder):
            # a folder that is named as the file says so when it is opened
            if kind(path) is Kind.FOLDER and not self._is_named(Found(path, path.name)):
                if depth < DEEPEST and path.name not in self.wanted.others and not path.name.startswith("."):
                    yield from self._below(path, depth + 1)
            elif not is_odd(path):
                yield Found(path, path.name)

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
        files = list(self._below(folder))
        if links and not any(f.suffix in SUFFIXES and f.stem not in self.wanted.others for f in files):
            return [self._linked(owner, links[0])]
        places = {file.path.parent for file in files if self._is_named(file)}
        if len(places) == 1:  # what lies elsewhere is no rival
            files = [file for file in files if file.path.parent in places]
        handin = choose(owner, files, self.wanted, self.root)
        if handin is not None:
            return [handin]
        names = [name + suffix for name in self.wanted.others for suffix in ("", *SUFFIXES)]
        if kind(inner) is not Kind.FOLDER and any(kind(folder / n) is not Kind.NOTHING for n in names):
            return self._of_others(owner, folder, sure)
        name = self.wanted.assignment
        words = f"there is no file {name}.ipynb or {name}.py in {folder.name}/"
        path = folder / f"{name}.ipynb"
        return [Handin(owner.id, path, label(folder, self.root), owner.flags, words, name=owner.name)]

    def _of_others(self, owner, folder, sure):
        return [asked(owner, folder, self.root, OTHERS)] if sure else []

    def _is_named(self, file):
        return file.stem == self.wanted.assignment and file.suffix in SUFFIXES

    def _linked(self, owner, path):
        name = label(path, self.root)
        return Handin(owner.id, path, name, owner.flags, LINK.format(name=name), name=owner.name)


def _is_results(folder):
    """Whether this kit wrote the folder, as an earlier run's results."""
    path = folder / "results.json"
    if kind(path) is not Kind.FILE or kind(folder / "feedback") is not Kind.FOLDER:
        return False
    try:
        with open(path, "rb") as file:
            return file.read(11) == b'{"schema": '
    except OSError:
        return False


def _numbered(folder, flags):
    """The owner of a submission of which Gradescope's metadata do not say whose it is."""
    return Owner(GRADESCOPE.fullmatch(folder)["id"], flags=flags)
