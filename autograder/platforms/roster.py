"""Who belongs to a class: a table with ids and names, a platform's gradebook, or ids one a line."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.languages import N_, tr
from autograder.platforms import canvas, class_names, gradebooks, moodle
from autograder.platforms.gradebooks import TABLE, People, Person, english
from autograder.platforms.platform import Owner, named_after

NOT_IN_ROSTER = N_("not in the roster {file}")
SEVERAL = N_("The name {name} fits several people in {file}: {people}. Ask whose file it is.")


@dataclass(frozen=True)
class Roster:
    """The people of a class."""

    file: str  # its name, for sentences
    people: Sequence[Person]

    def owners(self, names: Sequence[str]) -> tuple[dict[str, Owner], dict[str, str]]:
        """Return name of a file or folder -> whose it is; and why nobody knows, where several fit."""
        owners, why, known = class_names.owners(names), dict[str, str](), People(self.people)
        for name, owner in owners.items():
            text = unicodedata.normalize("NFKC", name)
            with_key = known.with_key(text, owner.id, *class_names.parts(text))
            letters = re.findall(r"[^\W\d_·]+(?:·[^\W\d_]+)*", text)
            with_name = known.with_name(owner.name, text, *letters)
            fitting = with_key & with_name if with_name and len(with_key) > 1 else with_key or with_name
            if with_key and with_name and not with_key & with_name:
                fitting = with_key | with_name  # the id is one person's and the name another's
            if len(fitting) == 1:
                person = fitting.pop()
                owners[name] = Owner(person.keys[0] if person.keys else person.name, person.name)
            elif fitting:
                people = tr(" or ").join(map(_shown, sorted(fitting, key=lambda person: person.row)))
                owners[name] = named_after(name)
                why[name] = tr(SEVERAL, name=name, file=self.file, people=people)
            else:
                owners[name] = Owner(owner.id, owner.name, (tr(NOT_IN_ROSTER, file=self.file),))
        return owners, why

    def absent(self, students: Sequence[tuple[str, str]]) -> list[str]:
        """Return the people of whom none of these students, each with id and name, is one."""
        rows, _ = gradebooks.match(students, self.people)
        present = {*rows.values()}
        return [_shown(person) for person in self.people if person.row not in present]


def _shown(person: Person) -> str:
    return " ".join(filter(None, (*person.keys[:1], person.name.strip())))


def read(path: Path) -> Roster:
    """Return the people in a file.  Raises GradebookError."""
    table = gradebooks.read_table(path)
    lines = [[cell.strip() for cell in cells if cell.strip()] for cells in table.rows]
    if all(len(line) <= 1 for line in lines):
        ids = [id for line in lines for id in line]
        if ids and english(ids[0]) in TABLE.keys:  # a title
            del ids[0]
        return Roster(path.name, [Person(at, (id,)) for at, id in enumerate(ids)])
    titles = {english(cell) for cell in table.rows[0]}
    book = next((book for book in (canvas.GRADEBOOK, moodle.GRADEBOOK) if book.keys[0] in titles), TABLE)
    return Roster(path.name, gradebooks.read_rows(path, table, book)[2])
