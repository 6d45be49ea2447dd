"""Canvas: what "Download Submissions" gives, and the gradebook's file.

* Files (lib/content_zipper.rb of github.com/instructure/canvas-lms) are called
  `<name>_[LATE_]<user>_<attachment>_<file>`, the name being the sortable one in small letters without
  blanks; `[LATE_]anon_<code>_<attachment>_<file>` where grading is anonymous.  What was typed in is
  `..._<user>_text.html`.  A file submitted again gets `-1`, `-2` behind its name.
* The gradebook (lib/gradebook_exporter.rb): Student (or LastName, FirstName), ID, SIS User ID, SIS Login
  ID, Integration ID, Root Account, Section; then `<assignment> (<number>)`, and totals without a number.
  A line "Manual Posting" may come, then "Points Possible", then students; EX: excused, N/A: not given to
  them.  https://nemogb-dev.github.io/nemogb-r/articles/detailed-canvas-export-info.html
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from autograder.errors import N_
from autograder.platforms.platform import Entry, Gradebook, Owner, Row
from autograder.platforms.tables import number

NAME = re.compile(r"[^\WA-Z][^\sA-Z/]*")
NUMBER, CODE = re.compile(r"[0-9]+"), re.compile(r"[A-Za-z0-9]+")
FILE = re.compile(r"[^/]+\.\w+")
AGAIN = re.compile(r"-\d+(?=\.\w+$)")  # Canvas adds it to a second file of the same name
LATE = N_("late (marked by Canvas)")


def read(name: str, is_folder: bool) -> list[Entry]:
    """All readings of a file's name."""
    parts = unicodedata.normalize("NFC", name).split("_") if not is_folder else []
    places = range(1, len(parts))
    found = [_file(owner, parts[at + 1 :]) for at in places for owner in _owners(parts[:at], parts[at])]
    return [one for one in found if one is not None]


def _owners(before: Sequence[str], part: str) -> Iterator[Owner]:
    """The owner, if this part is Canvas's number or code of a student."""
    if before in (["anon"], ["LATE", "anon"]) and CODE.fullmatch(part):
        yield Owner(f"anon_{part}", "", (LATE,) if len(before) > 1 else ())
    late = before[-1] == "LATE"
    who = "_".join(before[:-1] if late else before)
    if NUMBER.fullmatch(part) and NAME.fullmatch(who):
        yield Owner(part, who, (LATE,) if late else ())


def _file(owner: Owner, rest: Sequence[str]) -> Entry | None:
    """The entry for the parts after the owner; None if Canvas would not write such a name."""
    if rest in (["text.html"], ["link.html"]):
        return Entry((owner,), rest[0])  # what was typed in
    file = "_".join(rest[1:])
    if rest and NUMBER.fullmatch(rest[0]) and FILE.fullmatch(file):
        return Entry((owner,), AGAIN.sub("", file), int(rest[0]))
    return None


def _worth(rows: Sequence[Row], title: str) -> float | None:
    lines = (row for row in rows if not row["id"] and "possible" in next(iter(row.values())).casefold())
    return number(next(lines, {}).get(title, ""))


GRADEBOOK = Gradebook(
    keys=("id", "sis user id", "sis login id", "integration id"),
    names=(("student",), ("firstname", "lastname")),
    required=("id",),
    added=re.compile(r"\s*\(\d+\)$"),
    worth=_worth,
    kept=("EX", "N/A"),
    sections=("section",),
)
