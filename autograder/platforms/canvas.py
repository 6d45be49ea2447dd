"""Canvas: what "Download Submissions" gives, and the gradebook's file.

* Files (lib/content_zipper.rb of github.com/instructure/canvas-lms) are called
  `<name>_[LATE_]<user>_<attachment>_<file>`, the name being the sortable one in small letters
  without blanks; `[LATE_]anon_<code>_<attachment>_<file>` where grading is anonymous.  What was
  typed in is `..._<user>_text.html`.  A file submitted again gets `-1`, `-2` behind its name.
* The gradebook (lib/gradebook_exporter.rb): Student (or LastName, FirstName), ID, SIS User ID,
  SIS Login ID, Integration ID, Root Account, Section; then `<assignment> (<number>)`, and totals
  without a number.  A line "Manual Posting" may come, then "Points Possible", then students.
  EX: excused, N/A: not given to them.
  https://nemogb-dev.github.io/nemogb-r/articles/detailed-canvas-export-info.html
"""

import re

from autograder.platforms.people import ClassTable
from autograder.platforms.platform import Owner, Platform
from autograder.platforms.tables import number

NAME = re.compile(r"[^\WA-Z][^\sA-Z/]*")
# each place where a user and an attachment may stand; what was typed in has none
PATTERN = re.compile(
    r"(?=_(?P<id>[A-Za-z0-9]+)_"
    r"(?:(?P<number>[0-9]+)_(?P<file>[^/]+\.\w+)|(?P<text>(?:text|link)\.html))$)"
)
# Canvas adds it to a second file of the same name
AGAIN = re.compile(r"-\d+(?=\.\w+$)")


def owner(match: re.Match[str], is_folder: bool) -> Owner | None:
    """Return whose a file is."""
    if is_folder:
        return None
    before = match.string[: match.start()]
    name = before.removeprefix("LATE_").removesuffix("_LATE")
    is_late = name != before
    id = match["id"]
    if name == "anon":
        id = f"anon_{id}"
        name = ""
    elif not id.isdigit() or not NAME.fullmatch(name):
        return None
    file = AGAIN.sub("", match["file"] or match["text"])
    number = int(match["number"] or 0)
    return Owner(id, name, file, file, number, is_late)


def _worth(table: ClassTable, column: int) -> float | None:
    """Return the number in the line "Points Possible", which comes before students."""
    for row in range(table.title_row + 1, len(table.table.rows)):
        if "possible" in table.cell(row, 0).casefold():
            return number(table.cell(row, column))
    return None


PLATFORM = Platform(
    "canvas",
    PATTERN,
    owner,
    extra=re.compile(r"\s*\(\d+\)$"),
    entries=("EX", "N/A"),
    worth=_worth,
)
