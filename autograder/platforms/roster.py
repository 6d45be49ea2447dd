"""Who belongs to a class: a table with ids and names, a platform's gradebook, or ids one a line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.languages import N_, tr
from autograder.platforms import canvas, class_names, gradebooks, moodle
from autograder.platforms.gradebooks import Person
from autograder.platforms.platform import Owner, confusable_key

NOT_IN_ROSTER = N_("not in the roster {file}")
SEVERAL = N_("The name {name} fits several people in {file}: {people}. Ask whose file it is.")


@dataclass(frozen=True)
class Roster:
    """The people of a class.  file: its name, for sentences."""

    file: str
    people: tuple[Person, ...]

    def owners(self, names: Sequence[str]) -> tuple[dict[str, Owner], dict[str, str]]:
        """Return name of a file or folder -> whose it is; and why nobody knows, where several fit."""
        by_id: dict[str, set[int]] = {}
        by_name: dict[str, set[int]] = {}
        for at, person in enumerate(self.people):
            for key in person.keys:
                by_id.setdefault(confusable_key(key), set()).add(at)
            for form in gradebooks.forms(person.name):
                by_name.setdefault(form, set()).add(at)
        taken_apart, found, why = class_names.owners(names), dict[str, Owner](), dict[str, str]()
        for name, owner in taken_apart.items():
            text = unicodedata.normalize("NFKC", name)
            parts = {text, owner.id, *class_names.parts(text)}
            with_id = _all(by_id, map(confusable_key, parts))
            letters = re.findall(r"[^\W\d_·]+(?:·[^\W\d_]+)*", text)
            with_name = _all(
                by_name, (form for part in (owner.name, text, *letters) for form in gradebooks.forms(part))
            )
            fitting = with_id & with_name if with_name and len(with_id) > 1 else with_id or with_name
            if with_id and with_name and not with_id & with_name:
                fitting = with_id | with_name  # the id is one person's and the name another's
            if len(fitting) == 1:
                person = self.people[fitting.pop()]
                found[name] = Owner(person.keys[0] if person.keys else person.name, person.name)
            elif fitting:
                people = tr(" or ").join(self._shown(at) for at in sorted(fitting))
                found[name] = Owner(unicodedata.normalize("NFC", name))
                why[name] = tr(SEVERAL, name=name, file=self.file, people=people)
            else:
                found[name] = Owner(owner.id, owner.name, (tr(NOT_IN_ROSTER, file=self.file),))
        return found, why

    def absent(self, students: Sequence[tuple[str, str]]) -> list[str]:
        """Return the people of whom none of these students, each with id and name, is one."""
        rows, _ = gradebooks.match(students, self.people)
        known = set(rows.values())
        return [self._shown(at) for at, person in enumerate(self.people) if person.row not in known]

    def _shown(self, at: int) -> str:
        person = self.people[at]
        return " ".join(filter(None, (*person.keys[:1], person.name.strip())))


def _all(found: Mapping[str, set[int]], keys: Iterable[str]) -> set[int]:
    return {at for key in keys for at in found.get(key, ())}


def read(path: Path) -> Roster:
    """Return the people in a file.  Raises GradebookError."""
    table = gradebooks.opened(path)
    if all(sum(map(bool, map(str.strip, cells))) <= 1 for cells in table.rows):
        ids = [cell.strip() for cells in table.rows for cell in cells if cell.strip()]
        if ids and gradebooks.english(ids[0]) in gradebooks.TABLE.keys:  # a title
            del ids[0]
        return Roster(path.name, tuple(Person(at, (id,)) for at, id in enumerate(ids)))
    for book in (canvas.GRADEBOOK, moodle.GRADEBOOK):
        if gradebooks.fits(table, book):
            return Roster(path.name, tuple(gradebooks.people(path, book, table)))
    return Roster(path.name, tuple(gradebooks.people(path, gradebooks.TABLE, table)))
