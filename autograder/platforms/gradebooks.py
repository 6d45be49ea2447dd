"""Fills an assignment's points into a gradebook file from Canvas or Moodle, or into any table with ids.

Every other cell stays.  Students are matched to rows by id, login, e-mail or name, and never by a guess.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from autograder.errors import KitError
from autograder.languages import N_, listed, tr
from autograder.platforms import tables
from autograder.platforms.platform import Gradebook, Row, confusable_key
from autograder.platforms.tables import Table

NOBODY = N_("Nobody in the file has this id or name.")
SEVERAL = N_("Several people in the file may be this student.")
SAME_ROW = N_("Another student in the results may be the same person in the file.")
# Titles in Chinese, in Moodle's language packs and as schools write them -> in English.
CHINESE = {
    **dict.fromkeys(("标识符", "識別碼"), "identifier"),
    **dict.fromkeys(("学号", "學號", "学号/工号", "學號/工號"), "id number"),
    **dict.fromkeys(("姓名", "全名"), "full name"),
    **dict.fromkeys(("电子邮件地址", "电子邮件", "email地址", "電子郵件信箱", "電子郵件"), "email address"),
    **dict.fromkeys(("成绩", "成績", "分数", "分數"), "grade"),
    **dict.fromkeys(("最高分", "最高成绩", "最高成績", "最高分數"), "maximum grade"),
    **dict.fromkeys(("小组", "群組"), "group"),
}
# Any table with one column of ids, and one to fill.
TABLE = Gradebook(
    keys=("id number", "id", "student id"),
    names=(("full name",), ("name",), ("first name", "last name")),
    added=re.compile(r"$^"),
    worth=lambda rows, title: None,
)
FIRST_ROWS = 20  # of a table, among which its titles are: schools write lines above them


class GradebookError(KitError):
    """The file cannot be filled; the sentence says why, and what to do."""


@dataclass(frozen=True)
class Person:
    """A person in a gradebook."""

    row: int
    keys: tuple[str, ...]  # ids, login and e-mail, which are unique
    name: str = ""


class Graded(Protocol):
    """A student of the class, with the points to fill in.  grade: None if not known, for the reason."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def grade(self) -> float | None: ...
    @property
    def max_score(self) -> float: ...
    @property
    def is_excused(self) -> bool: ...
    @property
    def review(self) -> str: ...


@dataclass(frozen=True)
class Filled:
    """A gradebook file with points."""

    raw: bytes  # of the file
    column: str  # its title
    rows: Mapping[str, Row]  # id -> the student's row
    scored: int  # how many have points
    open: Mapping[str, str]  # id -> why a student has none
    others: tuple[str, ...]  # the file's names of people without results


def fill(
    path: Path,
    book: Gradebook,
    assignment: str,
    students: Sequence[Graded],
    column: str = "",
    scale: bool = False,
    id_column: str = "",
) -> Filled:
    """Return the file with each graded student's points.  Raises GradebookError.

    column, id_column: their titles; "" finds usual ones.
    """
    if id_column:
        book = replace(book, keys=(english(id_column),))
    table = read_table(path)
    titles, rows, people = read_rows(path, table, book)
    at_column = _column(path, book, titles, assignment, column)
    title = titles[at_column]
    factor = _factor(path, book.worth(rows, english(title)), title, students, scale)
    matched, why = match([(student.id, student.name) for student in students], people)
    scored = 0
    for student in students:
        at = matched.get(student.id)
        cells = table.rows[at] if at is not None else []
        before = cells[at_column].strip() if at_column < len(cells) else ""
        value, reason = _value(student, book, factor, before)
        if reason:
            why[student.id] = reason
        elif at is not None and value:
            cells += [""] * (at_column + 1 - len(cells))
            cells[at_column] = value
            scored += 1
    known = {*matched.values()}
    others = tuple(person.name.strip() or person.keys[0] for person in people if person.row not in known)
    matched_rows = {id: rows[at] for id, at in matched.items()}
    return Filled(table.to_bytes(), title, matched_rows, scored, why, others)


def _value(student: Graded, book: Gradebook, factor: float, before: str) -> tuple[str, str]:
    """Return what to fill in, "" to leave the cell; and why it needs review, or ""."""
    if student.is_excused:
        return next(iter(book.kept), ""), ""
    if student.grade is None:
        return "", student.review
    if before.upper() in book.kept:
        return "", tr("The file already has {cell}, which was kept.", cell=before)
    return f"{round(student.grade * factor, 2):g}", ""


def read_table(path: Path) -> Table:
    """Return the table in a file.  Raises GradebookError."""
    try:
        return tables.read_any(path.read_bytes())
    except OSError as error:
        raise GradebookError(
            "Cannot read {path} ({why}). Make it readable, or correct it.", path=path, why=error.strerror
        ) from None
    except tables.NotATable as error:
        raise GradebookError(f"{path} {tr(error)}") from None


def english(title: str) -> str:
    """Return a title in small letters, and in English if it is a usual one in Chinese."""
    plain = " ".join(title.split()).casefold()
    return CHINESE.get(plain, plain)


def read_rows(path: Path, table: Table, book: Gradebook) -> tuple[list[str], list[Row], list[Person]]:
    """Return a table's titles, all rows by title, and the people in them.  Raises GradebookError."""
    known = [at for at, cells in enumerate(table.rows[:FIRST_ROWS]) if {*map(english, cells)} & {*book.keys}]
    head = known[0] if known else 0
    titles = [" ".join(title.split()) for title in table.rows[head]]
    rows = [_row(titles, cells) for cells in table.rows]
    present = {*map(english, titles)}
    keys = [title for title in book.keys if title in present]
    names = next((form for form in book.names if present.issuperset(form)), ())
    if not (names or keys) or not present.issuperset(book.required):
        expected = listed((*book.keys, *book.names[0]))
        sentence = N_("{file} has no column that identifies the student. Expected {expected}; got {columns}.")
        raise GradebookError(sentence, file=path, expected=expected, columns=listed(titles))
    people = []
    for at, row in enumerate(rows[head + 1 :], head + 1):
        known_keys = tuple(row[title] for title in keys if row[title])
        person = Person(at, known_keys, " ".join(row[title] for title in names))
        if (person.keys or person.name.strip()) and all(map(row.get, book.required)):
            people.append(person)
    return titles, rows, people


def _row(titles: Sequence[str], cells: Sequence[str]) -> Row:
    """Return a row by its column titles; of equal titles, the first counts."""
    row: dict[str, str] = {}
    for title, cell in zip(titles, [*cells, *[""] * len(titles)]):
        row.setdefault(english(title), cell.strip())
    if "identifier" in row:  # Moodle's, such as "Participant 12345", with another word in each language
        number = re.fullmatch(r"\D*(\d+)", row["identifier"])
        row["identifier"] = number[1] if number else ""
    return row


def _column(path: Path, book: Gradebook, titles: Sequence[str], assignment: str, named: str) -> int:
    """Return the index of the column of this title; else of the assignment's, or of the only points."""
    has_grade = "identifier" in map(english, titles) or book.names == TABLE.names
    usual = english(named) or ("grade" if has_grade else "")
    bare = [_plain(book.added.sub("", title)) for title in titles]
    ways = (  # a title, and all titles in the same form
        (" ".join(named.split()).casefold(), [*map(str.casefold, titles)]),
        (_plain(named or assignment), bare),
        (_plain(usual), bare),
        (usual, [*map(english, titles)]),
    )
    for wanted, forms in ways:
        if wanted and wanted in forms:
            if forms.count(wanted) == 1:
                return forms.index(wanted)
            break
    sentence = N_("{file} has no column, or several, for {assignment}. Choose one with --column: {columns}.")
    raise GradebookError(sentence, file=path, assignment=named or assignment, columns=listed(titles))


def _plain(title: str) -> str:
    return re.sub(r"[\W_]+", "", title.casefold())


def _factor(path: Path, theirs: float | None, column: str, students: Sequence[Graded], scale: bool) -> float:
    """Return the factor for scores: 1, unless the file has other points and --scale was given."""
    ours = max((student.max_score for student in students), default=0.0)
    if scale and not theirs:
        sentence = N_("{file} does not give the points of {column}. Leave out --scale.")
        raise GradebookError(sentence, file=path, column=column)
    if not theirs or theirs == ours or not ours:  # 0 points give no ratio
        return 1.0
    if not scale:
        sentence = N_(
            "{column} is worth {theirs} points in {file}, but {ours} in these results. "
            "Choose another file, or rescale with --scale."
        )
        raise GradebookError(sentence, column=column, theirs=f"{theirs:g}", ours=f"{ours:g}", file=path)
    return theirs / ours


class People:
    """People by what identifies them: a key in any form that could be confused with it, or a name."""

    def __init__(self, people: Iterable[Person]):
        self._of_key, self._of_form = defaultdict[str, set[Person]](set), defaultdict[str, set[Person]](set)
        for person in people:
            for key in filter(str.strip, person.keys):
                self._of_key[confusable_key(key)].add(person)
            for form in _forms(person.name):
                self._of_form[form].add(person)

    def with_key(self, *keys: str) -> set[Person]:
        return {person for key in keys for person in self._of_key.get(confusable_key(key), ())}

    def with_name(self, *names: str) -> set[Person]:
        return {p for name in names for form in _forms(name) for p in self._of_form.get(form, ())}


def match(
    students: Sequence[tuple[str, str]], people: Iterable[Person]
) -> tuple[dict[str, int], dict[str, str]]:
    """Return id -> each student's row, and id -> why a student has none.  students: id, and name or "".

    A key counts unless the names contradict it, and a name only if no key matches.  If two rows fit a
    student, or two students a row, none of them counts.
    """
    known, rows, why = People(people), dict[str, int](), dict[str, str]()
    for id, name in students:
        holders = known.with_key(id)
        fitting = {person for person in holders if _alike(name, person.name)} or known.with_name(name or id)
        if holders and not any(_alike(name, person.name) for person in holders):
            holder = min(holders, key=lambda person: person.row)
            why[id] = tr("The file has this id for {name}.", name=holder.name.strip())
        elif len(fitting) == 1:
            rows[id] = fitting.pop().row
        else:
            why[id] = tr(SEVERAL if fitting else NOBODY)
    claimed = Counter(rows.values())
    why |= {id: tr(SAME_ROW) for id, row in rows.items() if claimed[row] > 1}
    return {id: row for id, row in rows.items() if id not in why}, why


def _parts(name: str) -> list[str]:
    """Return the lowercase words of a name, without accents and without a spreadsheet's marks."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.findall(r"\w+", plain.casefold())


def _forms(name: str) -> set[str]:
    """Return other forms of a name: its words in any order, or the last first, as in Canvas's file names."""
    parts = _parts(name)
    return {" ".join(sorted(parts)), "".join(parts), "".join([*parts[-1:], *parts[:-1]])} - {""}


def _alike(name: str, other: str) -> bool:
    """Return whether two names may be the same person's: they share a word, perhaps run together."""
    parts, others = _parts(name), _parts(other)
    if not parts or not others:
        return True  # a name without letters contradicts nothing
    return _share_a_word(parts, others) or _share_a_word(others, parts)


def _share_a_word(parts: Sequence[str], others: Sequence[str]) -> bool:
    joined = "".join(others)
    return any(part in others or joined.startswith(part) or joined.endswith(part) for part in parts)
