"""What Moodle's assignment takes: its grading worksheet, and feedback files in a .zip.

As its own programs (github.com/moodle/moodle) read them:

* "Upload grading worksheet" (mod/assign/feedback/offline/importgradeslib.php) wants the columns Identifier
  ("Participant 12345"), Grade and "Last modified (grade)"; an empty grade changes nothing.  Where a grade
  was given in Moodle before, tick that newer ones may be overwritten.
* "Import" in the gradebook lets one choose by which column people are found: Username, ID number or Email
  address.  https://docs.moodle.org/311/en/Grade_import
* "Upload multiple feedback files in a zip" (mod/assign/feedback/file/importziplib.php) cuts each part of a
  path at its first four underscores: name, number, `assignfeedback`, `file`, the file's name.  So a name
  may have none, and a file may not begin with `.` or `~`.  Files lie loose, since a folder's form differs
  between versions (with `_` at its end before 4.1).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable

from autograder.reporting.seen import is_seen

HEADER = (
    "Identifier",
    "Full name",
    "Username",
    "ID number",
    "Email address",
    "Grade",
    "Maximum Grade",
    "Last modified (grade)",
)
PARTICIPANT = re.compile(r"(?:\D*\s)?(\d+)")  # in each language another word stands before the number
LONGEST = 60  # letters of a person's name in a file's


def number(identifier: str) -> str:
    """12345 of "Participant 12345", or of 12345 alone; "" where it is neither."""
    found = PARTICIPANT.fullmatch(identifier.strip())
    return found[1] if found else ""


def row(id: str, is_own: bool, name: str, grade: str, worth: str) -> list[str]:
    """A student's row of a new worksheet: the id stands in the column where Moodle looks for its kind.

    is_own: it is Moodle's number of the participant, and not a school's of the student.
    """
    kind = "own" if is_own else "email" if "@" in id else "school" if id.isdecimal() else "login"
    return [
        f"Participant {id}" if kind == "own" else "",
        name,
        id if kind == "login" else "",
        id if kind == "school" else "",
        id if kind == "email" else "",
        grade,
        worth,
        "",
    ]


def feedback(pages: Iterable[tuple[str, str, bytes]], assignment: str) -> bytes:
    """The .zip.  pages: Moodle's number, the person's name, and the page, of each who gets one."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for id, name, page in pages:
            member = zipfile.ZipInfo(file_name(id, name, assignment), (1980, 1, 1, 0, 0, 0))
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(member, page)
    return packed.getvalue()


def file_name(id: str, name: str, assignment: str) -> str:
    """How Moodle knows whose a feedback file is: by the number alone, the name being for people."""
    who = "".join(c if is_seen(c) and c not in '_/\\:*?"<>|' else " " for c in name)
    who = " ".join(who.split())[:LONGEST].strip(".~ ") or "Participant"
    return f"{who}_{id}_assignfeedback_file_{assignment}.html"
