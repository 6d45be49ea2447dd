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

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePath

import yaml

METADATA = "submission_metadata.yml"
MOODLE = re.compile(
    r"(?s)(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?P<what>file|onlinetext)(?:_(?P<file>.*)|\.html)?"
)
MOODLES_FEEDBACK = re.compile(r"(?s).+_\d+_assignfeedback_.*")  # what was given back to a participant
CANVAS = re.compile(
    r"(?s)(?:(?P<name>[^\WA-Z][^\sA-Z/]*?)_)?(?P<late>LATE_)?(?P<id>\d+|anon_[A-Za-z0-9]+)_"
    r"(?:(?P<number>\d+)_(?P<file>[^/]+\.\w+)|(?P<text>text|link)\.html)"
)
GRADESCOPE = re.compile(r"submission_(?P<id>\d+)")
AGAIN = re.compile(r"-\d+(?=\.\w+$)")  # by which Canvas tells a file from one of its name
COPY = re.compile(r"(?i)^copy of |(?: - copy| copy|-copy) ?\d*(?: \(\d+\))?$| ?\(\d+\)$|(?<=^untitled)\d+$")
BLIND = ("participant", "anonymous")  # a name that Moodle gives to all, where marking is blind
LATE = "late, by Canvas's word"


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


def entry(name: str) -> Entry | None:
    """What Moodle or Canvas says by the name of a file or a folder; None where neither named it so."""
    name = unicodedata.normalize("NFC", name)
    found = MOODLE.fullmatch(name)
    if found:
        who = "" if found["name"].casefold().startswith(BLIND) else found["name"]
        return Entry(Owner(found["id"], who), found["file"] or "", is_text=found["what"] == "onlinetext")
    found = CANVAS.fullmatch(name)
    if found and (found["name"] or found["id"].startswith("anon_")):
        owner = Owner(found["id"], found["name"] or "", (LATE,) if found["late"] else ())
        file, number = AGAIN.sub("", found["file"] or ""), int(found["number"] or 0)
        return Entry(owner, file, number, is_text=bool(found["text"]))
    return None


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
        match = GRADESCOPE.fullmatch(folder)
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
