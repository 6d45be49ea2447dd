"""Whose row of a gradebook is whose: by id, login, e-mail or name, and nobody is guessed.

Knows nothing of files or of points.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.languages import N_, tr

NOBODY = N_("Nobody in the file has this id or name.")
SEVERAL = N_("Several people in the file may be this student.")
SAME_ROW = N_("Another student in the results may be the same person in the file.")


@dataclass(frozen=True)
class Person:
    """A person as a gradebook has them.  keys: ids, login and e-mail, which are one person's alone."""

    row: int
    keys: tuple[str, ...]
    name: str = ""


def match(
    students: Sequence[tuple[str, str]], people: Sequence[Person]
) -> tuple[dict[str, int], dict[str, str]]:
    """Id -> each student's row, and id -> why they have none.  students: id, and name or "".

    A key counts only where the names do not speak against it, and a name where no key is known.  Of two
    rows for a student, or two students for a row, none counts.
    """
    by_key: dict[str, list[Person]] = {}
    by_name: dict[str, list[Person]] = {}
    for one in people:
        for key in {_key(key) for key in one.keys if key.strip()}:
            by_key.setdefault(key, []).append(one)
        for name in _forms(one.name):
            by_name.setdefault(name, []).append(one)
    rows: dict[str, int] = {}
    why: dict[str, str] = {}
    for id, name in students:
        found, reason = _found(id, name, by_key, by_name)
        if len(found) == 1:
            rows[id] = found[0].row
        else:
            why[id] = reason or tr(SEVERAL if found else NOBODY)
    claimed = Counter(rows.values())
    why |= {id: tr(SAME_ROW) for id, row in rows.items() if claimed[row] > 1}
    return {id: row for id, row in rows.items() if id not in why}, why


def _found(
    id: str, name: str, by_key: Mapping[str, list[Person]], by_name: Mapping[str, list[Person]]
) -> tuple[list[Person], str]:
    """The people whom a student may be, and why nobody is where that needs words."""
    found = by_key.get(_key(id), [])
    agreeing = [one for one in found if not (name and one.name) or _alike(name, one.name)]
    if found and not agreeing:
        return [], tr("The file has this id for {name}.", name=found[0].name.strip())
    if len(agreeing) > 1 and name:
        agreeing = [one for one in agreeing if _forms(name) & _forms(one.name)] or agreeing
    if agreeing:
        return agreeing, ""
    named = {one.row: one for form in _forms(name or id) for one in by_name.get(form, [])}
    return list(named.values()), ""


def _key(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()


def _parts(name: str) -> list[str]:
    """The words of a name, in small letters and without marks, be they accents or a spreadsheet's."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.findall(r"\w+", plain.casefold())


def _forms(name: str) -> set[str]:
    """What a name may look like elsewhere: in any order, or as Canvas names files, the last name first."""
    parts = _parts(name)
    if not parts:
        return set()
    turned = [*parts[-1:], *parts[:-1]]
    return {" ".join(sorted(parts)), "".join(parts), "".join(turned)}


def _alike(name: str, other: str) -> bool:
    """Whether two names may be one person's: they share a word, as it stands or run together."""
    one, two = _parts(name), _parts(other)
    if not one or not two:
        return True  # signs alone speak against nobody
    return any(part in "".join(two) for part in one) or any(part in "".join(one) for part in two)
