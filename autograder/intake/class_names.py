"""Finds ids and names of people in the names of files: 学号_姓名_实验一, 姓名+学号, 班级-学号-姓名.

A roster decides; or one rule.  What most names have in common is neither an id nor a name.  A number of the
length that most have, and that differs from name to name, is the id; Han letters beside it are the name.
Where that is not certain, the whole name stays the id.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from autograder.languages import N_, tr
from autograder.platforms.people import People, Person, Roster
from autograder.platforms.platform import Owner, named_after

NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}|[\u3400-\u9fff]+·[\u3400-\u9fff·]+")
PART = re.compile(r"[0-9]+|(?:[^\W\d_]|·)+")
NOT_IN_ROSTER = N_("not in the roster {file}")
SEVERAL = N_("The name {name} fits several people in {file}: {people}. Ask whose file it is.")


def owners(names: Iterable[str], roster: Roster | None = None) -> tuple[dict[str, Owner], dict[str, str]]:
    """Return name of a file or folder, without its ending -> whose it is; and why nobody knows.

    >>> owners(["2023010101_张三_实验一", "2023010102_李四_实验一"])[0]["2023010101_张三_实验一"]
    Owner(id='2023010101', name='张三', flags=())
    """
    names = [*dict.fromkeys(names)]
    by_name = {name: named_after(name) for name in names}
    with_ids = _with_ids(names)
    if 2 * sum(bool(owner.name) for owner in with_ids.values()) > len(names):
        by_name |= with_ids
    if roster is None:
        return by_name, {}
    return _by_roster(by_name, roster)


def have_ids(names: Sequence[str]) -> bool:
    """Return whether most of these names have an id and a person's name."""
    return 2 * sum(bool(owner.name) for owner in owners(names)[0].values()) > len({*names})


def _with_ids(names: Sequence[str]) -> dict[str, Owner]:
    """Return name -> its id, and the person's name or "", for all names with an id."""
    parts = {name: _parts(name) for name in names}
    counts = Counter(part for of_name in parts.values() for part in {*of_name})
    for name, of_name in parts.items():
        parts[name] = [part for part in of_name if 2 * counts[part] <= len(names)]
    length = _id_length(parts.values())
    by_name = {}
    for name, of_name in parts.items():
        places = [at for at, part in enumerate(of_name) if part.isdigit() and len(part) == length]
        if len(places) == 1:
            at = places[0]
            beside = [part for part in of_name[max(at - 1, 0) : at + 2] if NAME.fullmatch(part)]
            by_name[name] = Owner(of_name[at], beside[0] if len(beside) == 1 else "")
    return by_name


def _parts(name: str) -> list[str]:
    """Return the numbers and the words of a name; full-width ones as the others."""
    return PART.findall(unicodedata.normalize("NFKC", name))


def _id_length(names: Iterable[Sequence[str]]) -> int:
    """Return the length of the numbers that most names have once and that differ most; 0 if there is none."""
    of_length: dict[int, list[str]] = {}
    count = 0
    for parts in names:
        count += 1
        lengths = Counter(len(part) for part in parts if part.isdigit())
        for part in parts:
            if part.isdigit() and lengths[len(part)] == 1:
                of_length.setdefault(len(part), []).append(part)
    best = (0, 0)
    for length, numbers in of_length.items():
        if 2 * len(numbers) > count and 2 * len({*numbers}) > len(numbers):
            best = max(best, (len({*numbers}), length))
    return best[1]


def _by_roster(named: dict[str, Owner], roster: Roster) -> tuple[dict[str, Owner], dict[str, str]]:
    """Return the owners by the roster, and whose name fits several people in it."""
    people = People(roster.people)
    owners = {}
    problems = {}
    for name, owner in named.items():
        by_id = people.with_id([name, owner.id, *_parts(name), *re.findall(r"\w+", name)])
        by_name = people.with_name([name, owner.name, *_parts(name)])
        fitting = (by_id & by_name) or (by_id | by_name)
        if len(fitting) == 1:
            person = fitting.pop()
            owners[name] = Owner(person.ids[0] if person.ids else person.name, person.name)
        elif fitting:
            owners[name] = named_after(name)
            problems[name] = tr(SEVERAL, name=name, file=roster.file, people=_listed(fitting))
        else:
            owners[name] = Owner(owner.id, owner.name, (tr(NOT_IN_ROSTER, file=roster.file),))
    return owners, problems


def _listed(people: Iterable[Person]) -> str:
    return tr(" or ").join(map(str, sorted(people, key=lambda person: person.row)))
