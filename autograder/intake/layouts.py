"""How a learning platform names what it gives to an instructor: whose a file or a folder is, by its name.

Reads no hand-in.  Each layout is as the platform's own program writes it:

* Moodle, "Download all submissions" (mod/assign/classes/downloader.php): a folder
  `<full name>_<participant>_assignsubmission_file`, which older versions end with `_`; or, without
  "Download submissions in folders", files that begin so.  The participant's number is what the grading
  worksheet calls Identifier.  https://docs.moodle.org/en/Using_Assignment
* Canvas, "Download Submissions" (lib/content_zipper.rb): files
  `<name>_[LATE_]<user>_<attachment>_<file>`, the name being the sortable one in small letters without
  blanks; `[LATE_]anon_<code>_<attachment>_<file>` where grading is anonymous.
  What was typed in is `..._<user>_text.html`.  A file handed in again gets `-1`, `-2` behind its name.
* Gradescope, "Export Submissions": folders `submission_<number>`, and `submission_metadata.yml` beside
  them, whose keys are these folders' names, each with its `:submitters:` (`:name:`, `:sid:`, `:email:`).
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

import yaml

from autograder.errors import N_

METADATA = "submission_metadata.yml"
MOODLES_FOLDER = re.compile(r"(?s)(?P<name>.+)_(?P<id>[0-9]+)_assignsubmission_(?P<what>file|onlinetext)_?")
MOODLES_MARK = re.compile(r"_(?P<id>[0-9]+)_assignsubmission_(?P<what>file|onlinetext)(?=_|\.html$)")
MOODLES_FEEDBACK = re.compile(r"(?s).+_[0-9]+_assignfeedback_.*")  # what was given back to a participant
CANVAS_NAME = re.compile(r"[^\WA-Z][^\sA-Z/]*")
CANVAS_NUMBER, CANVAS_CODE = re.compile(r"[0-9]+"), re.compile(r"[A-Za-z0-9]+")
CANVAS_FILE = re.compile(r"[^/]+\.\w+")
GRADESCOPE_EXPORT = re.compile(r"assignment_[0-9]+_export")  # the folder around all
GRADESCOPE_FOLDER = re.compile(r"submission_(?P<id>[0-9]+)")
AGAIN = re.compile(r"-\d+(?=\.\w+$)")  # by which Canvas tells a file from one of its name
COPY = re.compile(r"(?i)^copy of |(?: - copy| copy|-copy) ?\d*(?: \(\d+\))?$| ?\(\d+\)$|(?<=^untitled)\d+$")
BLIND = ("participant", "anonymous")  # a name that Moodle gives to all, where marking is blind
LATE = N_("late, by Canvas's word")


@dataclass(frozen=True)
class Owner:
    """Whose a hand-in is.  id: the platform's own key.  name: a person's, "" where unknown."""

    id: str
    name: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """What a name says.

    file: as the student called it, "" for a folder.  number: the higher, the newer.  is_text: it was
    typed into the platform, and is no file.
    """

    owner: Owner
    file: str = ""
    number: int = 0
    is_text: bool = False


class NoMetadata(ValueError):
    """Gradescope's metadata cannot be read: a sentence that says why."""


class Layout(enum.StrEnum):
    """How the files of a class are named, and so whose each is; README's table of what can be handed in."""

    MOODLE = "moodle"
    CANVAS = "canvas"
    GRADESCOPE = "gradescope"
    NBGRADER = "nbgrader"
    FOLDERS = "folders"  # a folder for each student, or a file
    SECTIONS = "sections"  # folders of such folders
    FILES = "files"


# In words, of the first {name} of a class.
MEANINGS: Mapping[Layout, str] = {
    Layout.MOODLE: N_("Moodle gave the names"),
    Layout.CANVAS: N_("Canvas gave the names"),
    Layout.GRADESCOPE: N_("Gradescope gave the names"),
    Layout.NBGRADER: N_("a course with the students in submitted/"),
    Layout.FOLDERS: N_("{name} is a student"),
    Layout.SECTIONS: N_("{name} holds students"),
    Layout.FILES: N_("each file has a student's name"),
}


def readings(layout: Layout, name: str, is_folder: bool) -> list[Entry]:
    """All that this name may say, if Moodle or Canvas gave it.

    Several where a student's own name, or that of their file, looks like what the platform adds: whose
    it is cannot be known then.
    """
    name = unicodedata.normalize("NFC", name)
    if layout is Layout.MOODLE:
        return _moodles_folder(name) if is_folder else _moodles_file(name)
    return _canvases(name) if layout is Layout.CANVAS and not is_folder else []


def _moodles_folder(name):
    """By its end, which Moodle writes; a person's name may end likewise before it."""
    found = MOODLES_FOLDER.fullmatch(name)
    return [_moodles(found["name"], found, "")] if found else []


def _moodles_file(name):
    marks = [mark for mark in MOODLES_MARK.finditer(name) if mark.start()]
    rests = [name[mark.end() :].removeprefix("_") for mark in marks]
    return [_moodles(name[: mark.start()], mark, rest) for mark, rest in zip(marks, rests) if rest]


def _moodles(who, found, file):
    who = "" if who.casefold().startswith(BLIND) else who
    return Entry(Owner(found["id"], who), file, is_text=found["what"] == "onlinetext")


def _canvases(name):
    parts = name.split("_")
    places = range(1, len(parts))
    found = [_canvas_file(owner, parts[at + 1 :]) for at in places for owner in _canvas_owners(parts, at)]
    return [one for one in found if one is not None]


def _canvas_owners(parts, at):
    """Whose it is, if the part at this place is Canvas's number of a student, or its code."""
    before, part = parts[:at], parts[at]
    if before in (["anon"], ["LATE", "anon"]) and CANVAS_CODE.fullmatch(part):
        yield Owner(f"anon_{part}", "", (LATE,) if len(before) > 1 else ())
    late = before[-1] == "LATE"
    who = "_".join(before[:-1] if late else before)
    if CANVAS_NUMBER.fullmatch(part) and CANVAS_NAME.fullmatch(who):
        yield Owner(part, who, (LATE,) if late else ())


def _canvas_file(owner, rest):
    """What stands behind that; None where Canvas would not write so."""
    if rest in (["text.html"], ["link.html"]):
        return Entry(owner, is_text=True)
    file = "_".join(rest[1:])
    if rest and CANVAS_NUMBER.fullmatch(rest[0]) and CANVAS_FILE.fullmatch(file):
        return Entry(owner, AGAIN.sub("", file), int(rest[0]))
    return None


def entry(name: str, is_folder: bool = False) -> Entry | None:
    """What Moodle or Canvas says by a name; None where neither gave it, or it can be read in two ways."""
    found = [one for layout in (Layout.MOODLE, Layout.CANVAS) for one in readings(layout, name, is_folder)]
    return found[0] if len(found) == 1 else None


def as_taken(id: str) -> str:
    """The same for two ids of which some system, or some person, takes one for the other."""
    folded = unicodedata.normalize("NFKC", id).casefold()
    return unicodedata.normalize("NFKC", folded).casefold()  # what folds may need composing, and the reverse


def called(name: str) -> Owner:
    """Whose a file or a folder is that a student's own name stands on; macOS takes letters apart in it."""
    return Owner(unicodedata.normalize("NFC", name))


def is_feedback(name: str) -> bool:
    """Whether Moodle calls so what was given back, which nobody handed in."""
    return MOODLES_FEEDBACK.fullmatch(name) is not None


def stem(name: str) -> str:
    """A file's name without its ending, and without what a platform put before or behind it."""
    said = entry(name)
    return PurePath(said.file if said and said.file else name).stem


def without_copy(stem: str) -> str:
    """A file's name without what a browser, a system or an editor adds to that of a copy."""
    return COPY.sub("", stem)


def submitters(text: str) -> dict[str, tuple[Owner, ...]]:
    """Folder -> who handed it in, by Gradescope's metadata.

    The id is the student's ID, by which Gradescope's own tables name them; else the e-mail address, else
    the submission's number.  Each of a group has an entry.  Raises NoMetadata.
    """
    try:
        tree = _shallow(text)
    except yaml.YAMLError:
        raise NoMetadata(f"{METADATA} cannot be read") from None
    found = {}
    for folder, said in tree.items() if isinstance(tree, dict) else ():
        people = _said(said, "submitters") if isinstance(said, dict) else None
        people = [one for one in people if isinstance(one, dict)] if isinstance(people, list) else []
        match = GRADESCOPE_FOLDER.fullmatch(folder)
        number = match["id"] if match else folder
        alone = len(people) == 1
        found[folder] = tuple(_submitter(one, number if alone else "") for one in people)
    return found


def _submitter(person, number):
    sid, email, name = (_said(person, key) for key in ("sid", "email", "name"))
    return Owner(sid or email or number or name, name)


def _said(tree, key):
    """A value of a mapping, whose keys are Ruby's symbols, or plain words where a program wrote it anew."""
    value = tree.get(f":{key}", tree.get(key, ""))
    return "" if value in ("~", "null") else value if isinstance(value, list | str) else ""


def _shallow(text):
    """The upper levels of a YAML file, all scalars as texts; what lies deeper is left out.

    By its events: the whole tree holds each student's earlier results, and may nest without end.
    """
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    root: list = []
    stack: list[_Open] = [_Open(root)]
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            made: dict | list = {} if isinstance(event, yaml.MappingStartEvent) else []
            if len(stack) <= 4:
                stack[-1].put(made)
            elif len(stack) == 5:
                stack[-1].put("")
            stack.append(_Open(made))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            stack.pop()
        elif isinstance(event, yaml.ScalarEvent | yaml.AliasEvent) and len(stack) <= 5:
            stack[-1].put(getattr(event, "value", ""))
    return root[0] if root else None


class _Open:
    """A mapping or a list that is being read; of a mapping, the key that waits for its value."""

    def __init__(self, made):
        self.made, self.key = made, None

    def put(self, value):
        if isinstance(self.made, list):
            self.made.append(value)
        elif self.key is None:
            self.key = value if isinstance(value, str) else ""
        else:
            self.made[self.key], self.key = value, None
