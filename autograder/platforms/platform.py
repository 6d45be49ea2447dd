"""What platforms have in common: whose a name is, and how to fill a gradebook."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from pathlib import Path

NUMBER = re.compile(r"[0-9]{1,40}(\.[0-9]{0,40})?(e[+-]?[0-9]{1,3})?", re.ASCII)
Row = Mapping[str, str]  # a line of a table: title in small letters -> cell without blanks around it


def confusable_key(id: str) -> str:
    """Return a form that is equal for two ids that a system, a spreadsheet or a person could confuse.

    They differ in case, blanks, leading zeros, the form of letters, or how a number is written: 1e5, 100000.
    """
    # what folds may need composing, and the reverse
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", id).casefold()).casefold()
    key = "".join(c for c in folded if not c.isspace() and unicodedata.category(c) != "Cf")
    if NUMBER.fullmatch(key):
        key = str(Decimal(key).normalize(Context(prec=100)))
    return key.lstrip("0") or "0"


def confusable(ids: Iterable[str]) -> dict[str, list[str]]:
    """Return id -> the other ids that could be confused with it."""
    alike: dict[str, list[str]] = {}
    for id in ids:
        alike.setdefault(confusable_key(id), []).append(id)
    return {id: [other for other in group if other != id] for group in alike.values() for id in group}


@dataclass(frozen=True)
class Owner:
    """The owner of a submission.  id: the platform's own key.  name: the person's, or ""."""

    id: str
    name: str = ""
    flags: tuple[str, ...] = ()
    is_late: bool = False  # the name says so; else nobody knows


def named_after(name: str) -> Owner:
    """Return the owner of what is named after a student; composes letters that macOS splits."""
    return Owner(unicodedata.normalize("NFC", name))


@dataclass(frozen=True)
class Claim:
    """A file or a folder that is a student's by its name."""

    owner: Owner
    file: str = ""  # the student's own name of a file; "" for a folder
    number: int = 0  # a higher one is newer
    path: Path = Path()  # of what is there; a platform's reading is of a name alone
    why: str = ""  # why nobody knows whose it is
    is_explained: bool = True  # the layout says whose it is; what else may be a submission needs review


@dataclass(frozen=True)
class Gradebook:
    """The format of a gradebook file; column titles are in lowercase."""

    keys: tuple[str, ...]  # columns with ids, login and e-mail
    names: tuple[tuple[str, ...], ...]  # columns with a name, in each form
    added: re.Pattern[str]  # what a title has besides the assignment's name
    worth: Callable[[Sequence[Row], str], float | None]  # the points of a column
    required: tuple[str, ...] = ()  # columns with a cell for each person
    kept: tuple[str, ...] = ()  # entries in place of points, which stay; the first excuses a student
