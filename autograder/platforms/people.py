"""Finds a person by an id or a name, never by a guess: in gradebooks, rosters and decisions."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import KitError
from autograder.languages import N_, listed, tr
from autograder.platforms import tables
from autograder.platforms.tables import Table

# of a table, among which its titles are: schools write lines above them
FIRST_ROWS = 20
# Without a limit, many opening ones take hours.
BRACKETS = re.compile(r"[(（\[【].{0,100}?[)）\]】]", re.DOTALL)
ID_TITLE = re.compile(
    r"^id|id$|^username|^e?mail|学号|學號|工号|工號|用户名|标识|識別|邮|郵"
)
NAME_TITLE = re.compile(r"name|姓名|全名|^student$")
# Moodle's number of a participant stands behind a word, in each of its languages.
NUMBER_TITLE = re.compile(r"^identifier|标识|識別")

NOBODY = N_("Nobody in the file has this id or name.")
SEVERAL_PEOPLE = N_("Several people in the file may be this student.")


@dataclass(frozen=True)
class Person:
    """A person in a row of a table."""

    row: int
    ids: tuple[str, ...]  # also login and e-mail
    name: str = ""
    number: str = ""  # Moodle's

    def __str__(self) -> str:
        return " ".join([*self.ids[:1], self.name]).strip()


class ClassTable:
    """The table in a file, with a person in each row.  title_row: its number.

    id_column: the title of the column of ids, if a person named one.  Raises KitError
    and OSError.
    """

    def __init__(self, path: Path, id_column: str = ""):
        self.table = tables.read(path)
        id_title = ID_TITLE
        if id_column:
            id_title = re.compile(f"^{re.escape(plain_title(id_column))}$")
        self.title_row = _head(self.table, id_title)
        titles = self.table.rows[self.title_row]
        self.titles = [" ".join(title.split()) for title in titles]
        self.people: list[Person] = []
        ids = self.columns(id_title)
        names = [at for at in self.columns(NAME_TITLE) if at not in ids]
        if not ids and (id_column or not names):
            raise KitError(
                "{file} has no column of ids or names. Its columns are {columns}.",
                file=path,
                columns=listed(self.titles),
            )
        numbers = self.columns(NUMBER_TITLE)
        for row in range(self.title_row + 1, len(self.table.rows)):
            number = ""
            for at in numbers:
                number += re.sub(r"^\D*", "", self.cell(row, at))
            cells = [
                number if at in numbers else self.cell(row, at) for at in ids
            ]
            name = " ".join(self.cell(row, at) for at in names).strip()
            person = Person(row, tuple(filter(None, cells)), name, number)
            if person.ids or (name and not ids):
                self.people.append(person)

    def cell(self, row: int, column: int) -> str:
        """Return a cell without blanks around it; "" beyond the end of a row."""
        cells = self.table.rows[row]
        if column < len(cells):
            return cells[column].strip()
        return ""

    def columns(self, pattern: re.Pattern[str]) -> list[int]:
        """Return the columns with a title that the pattern finds."""
        titles = enumerate(map(plain_title, self.titles))
        return [at for at, title in titles if pattern.search(title)]


def plain_title(title: str) -> str:
    """Return a column's title in small letters, without blanks, brackets and what they enclose."""
    return re.sub(
        r"[\W_]+",
        "",
        BRACKETS.sub("", title).casefold(),
    )


def id_key(id: str) -> str:
    """Return what two ids have in common that a system, a spreadsheet or a person could confuse.

    >>> id_key("Ana ") == id_key("ana"), id_key("00123") == id_key("123")
    (True, True)
    """
    letters = unicodedata.normalize("NFKC", id).casefold()
    # the sign before a text protects it from being a formula, or a number
    return "".join(letters.split()).lstrip("'").lstrip("0") or "0"


def name_keys(name: str) -> set[str]:
    """Return forms of a name: its words in any order, or run together, as Canvas's files have."""
    words = _words(name)
    last_first = words[-1:] + words[:-1]
    return {" ".join(sorted(words)), "".join(words), "".join(last_first)} - {""}


def may_be_equal(first: str, second: str) -> bool:
    """Return whether two names may be one person's: they share a word, perhaps run together."""
    words = _words(first)
    wanted = _words(second)
    # A name without letters contradicts nothing.
    if not words or not wanted:
        return True
    return _has_any(words, wanted) or _has_any(wanted, words)


def _words(name: str) -> list[str]:
    """Return the lowercase words of a name, without accents and without a spreadsheet's marks."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    plain = [letter for letter in letters if not unicodedata.combining(letter)]
    return re.findall(r"\w+", "".join(plain))


def _has_any(words: Sequence[str], wanted: Sequence[str]) -> bool:
    """Return whether words have any of the others, or run together begin or end with it."""
    joined = "".join(words)
    ends = tuple(wanted)
    if joined.startswith(ends) or joined.endswith(ends):
        return True
    return not set(words).isdisjoint(wanted)


class People:
    """People by their ids and names.  file: that names them, for sentences."""

    def __init__(self, people: Sequence[Person], file: str = ""):
        self.file = file
        self._people = people
        self._by_id = defaultdict[str, set[Person]](set)
        self._by_name = defaultdict[str, set[Person]](set)
        for person in people:
            for id in person.ids:
                self._by_id[id_key(id)].add(person)
            for key in name_keys(person.name):
                self._by_name[key].add(person)

    def with_id(self, ids: Iterable[str]) -> set[Person]:
        """Return the people with any of these ids."""
        people = set[Person]()
        for id in ids:
            people |= self._by_id[id_key(id)]
        return people

    def with_name(self, names: Iterable[str]) -> set[Person]:
        """Return the people with any of these names."""
        people = set[Person]()
        for name in names:
            for key in name_keys(name):
                people |= self._by_name[key]
        return people

    def find(
        self,
        id: str,
        name: str,
    ) -> Person | str:
        """Return the person with this id, or why there is none.

        An id counts unless the names contradict it, and a name only if nobody has the id.
        """
        people = self.with_id([id])
        if not people:
            people = self.with_name([name or id])
        elif fitting := {p for p in people if may_be_equal(name, p.name)}:
            people = fitting
        else:
            first = min(people, key=lambda person: person.row)
            return tr("The file has this id for {name}.", name=first.name)
        if len(people) == 1:
            return people.pop()
        return tr(SEVERAL_PEOPLE if people else NOBODY)

    def match(
        self, students: Iterable[tuple[str, str]]
    ) -> tuple[dict[str, Person], dict[str, str]]:
        """Return id -> person, and id -> why nobody is that student.

        students: id, and name or "".  If two students fit a person, neither counts.
        """
        matched: dict[str, Person] = {}
        problems: dict[str, str] = {}
        for id, name in students:
            result = self.find(id, name)
            if isinstance(result, Person):
                matched[id] = result
            else:
                problems[id] = result
        claims = Counter(matched.values())
        for id, person in [*matched.items()]:
            if claims[person] > 1:
                problems[id] = tr(
                    "Another student in the results may be the same person in the file."
                )
                del matched[id]
        return matched, problems

    def absent(self, students: Iterable[tuple[str, str]]) -> list[str]:
        """Return the people of whom none of these students, each with id and name, is one."""
        matched, _ = self.match(students)
        present = {*matched.values()}
        return [str(person) for person in self._people if person not in present]


def _head(table: Table, id_title: re.Pattern[str]) -> int:
    """Return the row with the titles: the first with most of them; 0 if there is none."""
    counts = []
    for cells in table.rows[:FIRST_ROWS]:
        titles = [*map(plain_title, cells)]
        usual = [*filter(id_title.search, titles)]
        usual += filter(NAME_TITLE.search, titles)
        counts.append(len(usual))
    return counts.index(max(counts))


def read_roster(path: Path) -> People:
    """Return the people in a table, or in a file with an id on each line.

    Raises KitError and OSError.
    """
    ids = []
    for cells in tables.read(path).rows:
        line = [cell.strip() for cell in cells if cell.strip()]
        if len(line) > 1:
            return People(ClassTable(path).people, path.name)
        ids += line
    if ids and ID_TITLE.search(plain_title(ids[0])):
        del ids[0]
    people = [Person(row, (id,)) for row, id in enumerate(ids)]
    return People(people, path.name)
