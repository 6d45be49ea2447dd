"""Finds ids and names of people in the names of files: 学号_姓名_实验一, 姓名+学号, 班级-学号-姓名.

A roster decides; or one rule.  What most names have in common is neither an id nor a name.
A number of the length that most have, and that differs from name to name, is the id; Han
letters beside it are the name.  Where that is not certain, the whole name stays the id.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from autograder.errors import Message
from autograder.languages import N_, joined
from autograder.platforms.people import People, Roster
from autograder.platforms.platform import Owner, named_after

NAME = re.compile(
    r"[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}|[\u3400-\u9fff]+·[\u3400-\u9fff·]+"
)
PART = re.compile(r"[0-9]+|(?:[^\W\d_]|·)+")
NOT_IN_ROSTER = N_("not in the roster {file}")
SEVERAL = N_(
    "The name {name} fits several people in {file}: {people}. Ask whose file it is."
)


def owners(
    names: Iterable[str], roster: Roster | None = None
) -> tuple[dict[str, Owner], dict[str, Message]]:
    """Return name of a file or folder, without its ending -> whose it is; and why nobody knows.

    >>> owners(["2023010101_张三_实验一", "2023010102_李四_实验一"])[0]["2023010101_张三_实验一"]
    Owner(id='2023010101', name='张三', flags=(), is_late=False)
    """
    by_name = {name: named_after(name) for name in names}
    with_ids = _with_ids(by_name)
    if _have_names(with_ids):
        by_name = with_ids
    if roster is None:
        return by_name, {}
    return _by_roster(by_name, roster)


def have_ids(names: Iterable[str]) -> bool:
    """Return whether most of these names have an id and a person's name."""
    return _have_names(_with_ids({*names}))


def _have_names(by_name: dict[str, Owner]) -> bool:
    named = [owner for owner in by_name.values() if owner.name]
    return 2 * len(named) > len(by_name)


def _with_ids(names: Collection[str]) -> dict[str, Owner]:
    """Return name -> its id and the person's name, or ""; the whole name where no id is certain."""
    counts = Counter[str]()
    for name in names:
        counts.update({*_parts(name)})
    rare: dict[str, list[str]] = {}
    for name in names:
        rare[name] = [
            part for part in _parts(name) if 2 * counts[part] <= len(names)
        ]
    length = _id_length(rare.values())
    by_name = {}
    for name, parts in rare.items():
        by_name[name] = named_after(name)
        ids = [part for part in parts if part.isdigit() and len(part) == length]
        if len(ids) == 1:
            at = parts.index(ids[0])
            beside = [*filter(NAME.fullmatch, parts[max(at - 1, 0) : at + 2])]
            by_name[name] = Owner(ids[0], beside[0] if len(beside) == 1 else "")
    return by_name


def _parts(name: str) -> list[str]:
    """Return the numbers and the words of a name; full-width ones as the others."""
    return PART.findall(unicodedata.normalize("NFKC", name))


def _id_length(names: Collection[Sequence[str]]) -> int:
    """Return the length of the numbers that most names have once and that differ most, or 0."""
    of_length = defaultdict[int, list[str]](list)
    for parts in names:
        numbers = [part for part in parts if part.isdigit()]
        lengths = Counter(map(len, numbers))
        for number in numbers:
            if lengths[len(number)] == 1:
                of_length[len(number)].append(number)
    best = (0, 0)
    for length, numbers in of_length.items():
        different = len({*numbers})
        if 2 * len(numbers) > len(names) and 2 * different > len(numbers):
            best = max(best, (different, length))
    return best[1]


def _by_roster(
    by_name: dict[str, Owner], roster: Roster
) -> tuple[dict[str, Owner], dict[str, Message]]:
    """Return the owners by the roster, and whose name fits several people in it."""
    people = People(roster.people)
    owners = {}
    problems = {}
    for name, owner in by_name.items():
        parts = _parts(name)
        with_id = people.with_id(
            [name, owner.id, *parts, *re.findall(r"\w+", name)]
        )
        with_name = people.with_name([name, owner.name, *parts])
        fitting = (with_id & with_name) or (with_id | with_name)
        in_order = sorted(fitting, key=lambda person: person.row)
        if len(in_order) == 1:
            person = in_order[0]
            owners[name] = Owner(
                next(iter(person.ids), person.name), person.name
            )
        elif in_order:
            several = joined([str(person) for person in in_order], N_(" or "))
            values = {"name": name, "file": roster.file, "people": several}
            owners[name] = named_after(name)
            problems[name] = Message(SEVERAL, values)
        else:
            flag = Message(NOT_IN_ROSTER, {"file": roster.file})
            owners[name] = replace(owner, flags=(flag,))
    return owners, problems
