"""Matches students to rows of a gradebook: by id, login, e-mail or name, and never by a guess.

Knows nothing of files or of points.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.languages import N_, tr

NOBODY = N_("Nobody in the file has this id or name.")
SEVERAL = N_("Several people in the file may be this student.")
SAME_ROW = N_("Another student in the results may be the same person in the file.")


@dataclass(frozen=True)
class Person:
    """A person in a gradebook.  keys: ids, login and e-mail, which are unique."""

    row: int
    keys: tuple[str, ...]
    name: str = ""


def match(
    students: Sequence[tuple[str, str]], people: Sequence[Person]
) -> tuple[dict[str, int], dict[str, str]]:
    """Id -> each student's row, and id -> why a student has none.  students: id, and name or "".

    A key counts unless the names contradict it, and a name only if no key matches.  If two rows fit a
    student, or two students a row, none of them counts.
    """
    by_key, by_name = defaultdict[str, list[Person]](list), defaultdict[str, list[Person]](list)
    for one in people:
        for key in {_key(key) for key in one.keys if key.strip()}:
            by_key[key].append(one)
        for name in _forms(one.name):
            by_name[name].append(one)
    rows, why = dict[str, int](), dict[str, str]()
    for id, name in students:
        there = by_key.get(_key(id), [])
        found = {one.row for one in there if not (name and one.name) or _alike(name, one.name)}
        if there and not found:
            why[id] = tr("The file has this id for {name}.", name=there[0].name.strip())
            continue
        found = found or {one.row for form in _forms(name or id) for one in by_name.get(form, [])}
        if len(found) == 1:
            rows[id] = found.pop()
        else:
            why[id] = tr(SEVERAL if found else NOBODY)
    claimed = Counter(rows.values())
    why |= {id: tr(SAME_ROW) for id, row in rows.items() if claimed[row] > 1}
    return {id: row for id, row in rows.items() if id not in why}, why


def _key(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()


def _parts(name: str) -> list[str]:
    """The lowercase words of a name, without accents and without a spreadsheet's marks."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.findall(r"\w+", plain.casefold())


def _forms(name: str) -> set[str]:
    """Other forms of a name: its words in any order, or the last name first, as in Canvas's file names."""
    parts = _parts(name)
    if not parts:
        return set()
    turned = [*parts[-1:], *parts[:-1]]
    return {" ".join(sorted(parts)), "".join(parts), "".join(turned)}


def _alike(name: str, other: str) -> bool:
    """Whether two names may be the same person's: they share a word, perhaps run together."""
    one, two = _parts(name), _parts(other)
    if not one or not two:
        return True  # a name without letters contradicts nothing
    return any(part in "".join(two) for part in one) or any(part in "".join(one) for part in two)
