"""Blackboard: what "Download assignment files" gives, and its grade center's file.

* Files are called `<assignment>_<user>_attempt_<date>_<file>`; beside them,
  `..._attempt_<date>.txt` is a receipt with what was typed in.  The newest attempt counts.  An
  underscore in a user's name looks like one in the assignment's: `series` keeps the files of
  such students apart.
* The file of "Work offline" is UTF-16 with tabs, although its name ends with .xls: Last Name,
  First Name, Username, Student ID, ..., then `<assignment> [Total Pts: 30 Score] |<number>`.
  https://help.blackboard.com/Learn/Instructor/Original/Grade/Grading_Tasks/Work_Offline_With_Grade_Data
"""

import re

from autograder.platforms.people import ClassTable
from autograder.platforms.platform import Owner, Platform

PATTERN = re.compile(
    r"(?=_(?P<id>[^_]+)_attempt_(?P<date>[0-9]{4}(?:-[0-9]{2}){5})"
    r"(?:_(?P<file>[^/]+\.\w+)|\.txt)$)"
)
TOTAL = re.compile(r"\s*\[Total Pts: (?:up to )?([0-9.]+).*$")


def owner(match: re.Match[str], is_folder: bool) -> Owner | None:
    """Return whose a file is."""
    if is_folder:
        return None
    assignment = match.string[: match.start()]
    attempt = int(match["date"].replace("-", ""))
    file = match["file"] or "receipt.txt"
    return Owner(match["id"], "", file, assignment, attempt)


def _worth(table: ClassTable, column: int) -> float | None:
    total = TOTAL.search(table.titles[column])
    if total:
        return float(total[1])
    return None


PLATFORM = Platform("blackboard", PATTERN, owner, extra=TOTAL, worth=_worth)
