"""Blackboard: what "Download assignment files" gives, and the file of "Work offline" in its
grade
center.

* Files are called `<assignment>_<user>_attempt_<date>_<file>`; beside them,
`..._attempt_<date>.txt` is a
  receipt with what was typed in.  The newest attempt counts.  An underscore in a user's
  name looks like one
  in the assignment's: `series` keeps the files of such students apart.
* The grade center's file is UTF-16 with tabs, although its name ends with .xls: Last Name,
First Name,
  Username, Student ID, ..., then `<assignment> [Total Pts: 30 Score] |<number>`.
  https://help.blackboard.com/Learn/Instructor/Original/Grade/Grading_Tasks/Work_Offline_With_Grade_Data
"""

import re
import unicodedata

from autograder.platforms.people import ClassTable
from autograder.platforms.platform import Claim, Gradebook, Owner, Platform

MARK = re.compile(
    r"(?=_(?P<id>[^_]+)_attempt_(?P<date>[0-9]{4}(?:-[0-9]{2}){5})(?:_(?P<file>[^/]+\.\w+)|\.txt)$)"
)
TOTAL = re.compile(r"\s*\[Total Pts: (?:up to )?([0-9.]+).*$")


def read(name: str, is_folder: bool) -> list[Claim]:
    """Return all readings of a file's name."""
    name = unicodedata.normalize("NFC", name)
    claims = []
    for mark in MARK.finditer(name) if not is_folder else ():
        attempt = int(mark["date"].replace("-", ""))
        assignment = name[: mark.start()]
        claims.append(
            Claim(Owner(mark["id"]), mark["file"] or "receipt.txt", assignment, attempt)
        )
    return claims


def _worth(table: ClassTable, column: int) -> float | None:
    total = TOTAL.search(table.titles[column])
    return float(total[1]) if total else None


PLATFORM = Platform("blackboard", read, Gradebook(added=TOTAL, worth=_worth))
