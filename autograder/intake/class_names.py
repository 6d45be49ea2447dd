"""Who is who in the names that a class gives to its files: 学号_姓名_实验一, 姓名+学号, 班级-学号-姓名.

A roster decides, or one rule, and no list of spellings.  What most names have in common is neither an id nor
a name.  A number of the length that most have, and that tells them apart, is the id.  A short part of Han
letters alone beside it is the name.  Where that is not certain, the whole name stays the id.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.languages import N_, tr
from autograder.platforms import PLATFORMS, gradebooks
from autograder.platforms.gradebooks import People, Person, english
from autograder.platforms.plain import TABLE
from autograder.platforms.platform import Owner, named_after

NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}|[\u3400-\u9fff]+·[\u3400-\u9fff·]+")
ID = "\0"  # stands for the id among the parts of a name
NOT_IN_ROSTER = N_("not in the roster {file}")
SEVERAL = N_("The name {name} fits several people in {file}: {people}. Ask whose file it is.")


def owners(names: Sequence[str]) -> dict[str, Owner]:
    """Return name of a file or folder, without its ending -> whose it is."""
    whole = {name: named_after(name) for name in names}
    plain = {name: unicodedata.normalize("NFKC", name) for name in whole}  # full-width digits too
    common = _of_most(map(parts, plain.values()), len(plain))
    numbers = {name: set(re.findall(r"[0-9]+", text)) - common for name, text in plain.items()}
    length = _id_length(numbers)
    around: dict[str, tuple[str, list[str]]] = {}  # the id, and the parts with ID in its place
    for name, text in plain.items():
        ids = [number for number in numbers[name] if len(number) == length]
        if len(ids) == 1 and text.count(ids[0]) == 1:
            around[name] = ids[0], _split(text.replace(ids[0], f"_{ID}_"))
    common |= _of_most((set(rest) for _, rest in around.values()), len(plain)) - {ID}
    persons: dict[str, dict[int, str]] = {}  # by where they stand, counted from the id
    for name, (_, rest) in around.items():
        of_persons = [part for part in rest if NAME.fullmatch(part) and part not in common]
        persons[name] = {rest.index(part) - rest.index(ID): part for part in of_persons}
    certain = Counter(place for places in persons.values() if len(places) == 1 for place in places)
    usual = certain.most_common(1)[0][0] if certain else 0
    owners = {}
    for name, (id, rest) in around.items():
        places = persons[name]
        if person := places.get(next(iter(places)) if len(places) == 1 else usual, ""):
            owners[name] = Owner(id, person)
        elif not places and {ID} == {*rest} - common and id in _split(plain[name]):
            owners[name] = Owner(id)
    return whole | (owners if 2 * len(owners) > len(whole) else {})


def identifies(names: Sequence[str]) -> bool:
    """Return whether most of these names have an id and a person's name."""
    return 2 * sum(bool(owner.name) for owner in owners(names).values()) > len(set(names))


def parts(text: str) -> set[str]:
    """Return the parts between separators, and the numbers in them."""
    return {*_split(text), *re.findall(r"[0-9]+", text)}


def _split(text: str) -> list[str]:
    return [part for part in re.split(rf"[^\w·{ID}]+|_+", text) if part]


def _of_most(sets: Iterable[set[str]], count: int) -> set[str]:
    """Return what more than half of the names have."""
    counted = Counter(part for of_name in sets for part in of_name)
    return {part for part, many in counted.items() if 2 * many > count}


def _id_length(numbers: Mapping[str, set[str]]) -> int:
    """Return the length of the numbers that most names have once and that differ most; 0 if there is none."""
    of_length: dict[int, list[str]] = {}
    for of_name in numbers.values():
        lengths = Counter(map(len, of_name))
        for number in of_name:
            if lengths[len(number)] == 1:
                of_length.setdefault(len(number), []).append(number)
    best = 0, 0
    for length, having in of_length.items():
        if 2 * len(having) > len(numbers) and 2 * len(set(having)) > len(having):
            best = max(best, (len(set(having)), length))
    return best[1]


@dataclass(frozen=True)
class Roster:
    """The people of a class."""

    file: str  # its name, for sentences
    people: Sequence[Person]

    def owners(self, names: Sequence[str]) -> tuple[dict[str, Owner], dict[str, str]]:
        """Return name of a file or folder -> whose it is; and why nobody knows, where several fit."""
        by_name, why, known = owners(names), dict[str, str](), People(self.people)
        for name, owner in by_name.items():
            text = unicodedata.normalize("NFKC", name)
            with_key = known.with_key(text, owner.id, *parts(text))
            letters = re.findall(r"[^\W\d_·]+(?:·[^\W\d_]+)*", text)
            with_name = known.with_name(owner.name, text, *letters)
            fitting = with_key & with_name if with_name and len(with_key) > 1 else with_key or with_name
            if with_key and with_name and not with_key & with_name:
                fitting = with_key | with_name  # the id is one person's and the name another's
            if len(fitting) == 1:
                person = fitting.pop()
                by_name[name] = Owner(person.keys[0] if person.keys else person.name, person.name)
            elif fitting:
                people = tr(" or ").join(map(_shown, sorted(fitting, key=lambda person: person.row)))
                by_name[name] = named_after(name)
                why[name] = tr(SEVERAL, name=name, file=self.file, people=people)
            else:
                by_name[name] = Owner(owner.id, owner.name, (tr(NOT_IN_ROSTER, file=self.file),))
        return by_name, why

    def absent(self, students: Sequence[tuple[str, str]]) -> list[str]:
        """Return the people of whom none of these students, each with id and name, is one."""
        rows, _ = gradebooks.match(students, self.people)
        present = {*rows.values()}
        return [_shown(person) for person in self.people if person.row not in present]


def _shown(person: Person) -> str:
    return " ".join(filter(None, (*person.keys[:1], person.name.strip())))


def read_roster(path: Path) -> Roster:
    """Return the people in a file.  Raises GradebookError."""
    table = gradebooks.read_table(path)
    lines = [[cell.strip() for cell in cells if cell.strip()] for cells in table.rows]
    if all(len(line) <= 1 for line in lines):
        ids = [id for line in lines for id in line]
        if ids and english(ids[0]) in TABLE.keys:  # a title
            del ids[0]
        return Roster(path.name, [Person(at, (id,)) for at, id in enumerate(ids)])
    titles = {english(cell) for cell in table.rows[0]}
    books = [platform.gradebook for platform in PLATFORMS.values() if platform.gradebook]
    book = next((book for book in books if book.keys[0] in titles), TABLE)
    return Roster(path.name, gradebooks.read_rows(path, table, book)[2])
