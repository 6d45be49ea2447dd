"""Moodle: its download "all submissions", its two gradebook files, and its .zip of feedback.

From Moodle's source (github.com/moodle/moodle):

* Submissions (mod/assign/classes/downloader.php): a folder
  `<full name>_<participant>_assignsubmission_file`, which older versions end with `_`; or,
  without "Download submissions in folders", files that begin so.  The participant's number is
  what the grading worksheet calls Identifier.
* The grading worksheet (mod/assign/gradingtable.php, feedback/offline/importgradeslib.php):
  Identifier ("Participant 12345"), Full name, Email address, ..., Grade, Maximum Grade, ..., Last
  modified (grade); an empty grade changes nothing.  Where a grade was given in Moodle before,
  tick that newer ones may be overwritten.
* The gradebook's "Export" (grade/export/lib.php): First name, Last name (or Surname), ID number,
  ..., Email address, then `Assignment: <name> (Real)`.
  https://docs.moodle.org/311/en/Grade_import
* "Upload multiple feedback files in a zip" (mod/assign/feedback/file/importziplib.php) cuts each
  part of a path at its first four underscores: name, number, `assignfeedback`, `file`, the file's
  name.  So a name may have none, and a file may not begin with `.` or `~`.  Files lie loose,
  since a folder's form differs between versions.
"""

import io
import re
import zipfile
from collections.abc import Iterable
from pathlib import PurePath

from autograder.platforms.people import ClassTable
from autograder.platforms.platform import Owner, Platform
from autograder.platforms.tables import number
from autograder.untrusted_text import is_printed

PATTERN = re.compile(
    r"_(?P<id>[0-9]+)_assignsubmission_(?:file|onlinetext)(?=_|\.html$|\Z)"
)
# Moodle's name for everybody under blind marking begins so.
BLIND = ("participant", "anonymous", "参与", "參與", "匿名")
MAXIMUM = re.compile("^maximumgrade$|最高")
FORBIDDEN = '_/\\:*?"<>|'  # in the name of a feedback file
MAX_LETTERS = 60  # letters of a person's name in a file's


def owner(match: re.Match[str], is_folder: bool) -> Owner | None:
    """Return whose a file is, or a folder, of whose name only the end counts."""
    name = match.string[: match.start()]
    file = match.string[match.end() :].removeprefix("_")
    if not name or bool(file) == is_folder:
        return None
    if name.casefold().startswith(BLIND):
        name = ""
    return Owner(match["id"], name, file)


def participant(id: str, file: str) -> str:
    """Return the id, if it is Moodle's own number in the file's or its folder's name; else "".

    A number alone could be a school's id, which may be another student's number here.
    """
    numbers = set()
    for name in PurePath(file).parts:
        for is_folder in (True, False):
            for student in PLATFORM.owners_in(name, is_folder):
                numbers.add(student.id)
    if numbers == {id}:
        return id
    return ""


def feedback(pages: Iterable[tuple[str, str, bytes]], assignment: str) -> bytes:
    """Return the .zip of feedback.  pages: of each, Moodle's number, the name, and the page."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for id, name, page in pages:
            archive.writestr(file_name(id, name, assignment), page)
    return packed.getvalue()


def file_name(
    id: str,
    name: str,
    assignment: str,
) -> str:
    """Return the name of a feedback file.  Moodle reads the number, and people the name."""
    who = ""
    for letter in name:
        if not is_printed(letter) or letter in FORBIDDEN:
            letter = " "
        who += letter
    who = " ".join(who.split())[:MAX_LETTERS].strip(".~ ") or "Participant"
    return f"{who}_{id}_assignfeedback_file_{assignment}.html"


def _worth(table: ClassTable, column: int) -> float | None:
    """Return the first number in the worksheet's column of maximum grades."""
    for maximum in table.columns(MAXIMUM):
        for person in table.people:
            if worth := number(table.cell(person.row, maximum)):
                return worth
    return None


PLATFORM = Platform(
    "moodle",
    PATTERN,
    owner,
    extra=re.compile(r"^\w+:\s*|\s*\(Real\)$"),
    worth=_worth,
)
