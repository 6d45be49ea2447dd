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

import re
import unicodedata
from collections.abc import Sequence

from autograder.platforms.platform import Claim, Gradebook, Owner, Row
from autograder.platforms.tables import number

NAME = re.compile(r"[^\WA-Z][^\sA-Z/]*")
MARK = re.compile(  # each place where a user and an attachment may stand; what was typed in has none
    r"(?=_(?P<id>[A-Za-z0-9]+)_(?:(?P<number>[0-9]+)_(?P<file>[^/]+\.\w+)|(?P<text>(?:text|link)\.html))$)"
)
AGAIN = re.compile(r"-\d+(?=\.\w+$)")  # Canvas adds it to a second file of the same name


def read(name: str, is_folder: bool) -> list[Claim]:
    """Return all readings of a file's name."""
    name, claims = unicodedata.normalize("NFC", name), []
    for mark in MARK.finditer(name) if not is_folder else ():
        who = name[: mark.start()].removesuffix("_LATE")
        is_late = who == "LATE_anon" or name[: mark.start()] != who
        file, number = AGAIN.sub("", mark["file"] or mark["text"]), int(mark["number"] or 0)
        if who in ("anon", "LATE_anon"):
            claims.append(Claim(Owner(f"anon_{mark['id']}", is_late=is_late), file, number))
        elif mark["id"].isdigit() and NAME.fullmatch(who):
            claims.append(Claim(Owner(mark["id"], who, is_late=is_late), file, number))
    return claims


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
)
