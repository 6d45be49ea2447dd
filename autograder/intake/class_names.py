"""Finds ids and names of people in the names of files: 学号_姓名_实验一, 姓名+学号, 班级-学号-姓名.

A roster decides; or one rule.  What most names have in common is neither an id nor a name.
A number of the length that most have, and that differs from name to name, is the id; Han
letters beside it are the name.  Where that is not certain, the whole name stays the id.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace

from autograder.errors import Message
from autograder.languages import N_, joined
from autograder.platforms.people import People
from autograder.platforms.platform import Owner, named_after

NAME = re.compile(
    r"[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}|[\u3400-\u9fff]+·[\u3400-\u9fff·]+"
)
PART = re.compile(r"[0-9]+|(?:[^\W\d_]|·)+")


def owners(
    names: Iterable[str], roster: People | None = None
) -> dict[str, Owner]:
    """Return name of a file or folder, without its ending -> whose it is.

    >>> owner = owners(["2023010101_张三", "2023010102_李四"])["2023010101_张三"]
    >>> owner.id, owner.name
    ('2023010101', '张三')
    """
    by_name = {name: named_after(name) for name in names}
    with_ids = _with_ids(by_name)
    named = [owner for owner in with_ids.values() if owner.name]
    if 2 * len(named) > len(by_name):
        by_name = with_ids
    if roster is not None:
        for name, owner in by_name.items():
            by_name[name] = _in_roster(name, owner, roster)
    return by_name


def _with_ids(names: Collection[str]) -> dict[str, Owner]:
    """Return name -> its id and the person's name, or ""; the whole name where no id is certain."""
    counts = Counter[str]()
    for name in names:
        counts.update({*_parts(name)})
    rare: dict[str, list[str]] = {}
    numbers = defaultdict[int, set[str]](set)  # by their length
    for name in names:
        rare[name] = []
        for part in _parts(name):
            if 2 * counts[part] <= len(names):
                rare[name].append(part)
                if part.isdigit():
                    numbers[len(part)].add(part)
    ids: set[str] = set()
    for _, same_length in sorted(numbers.items(), reverse=True):
        if 2 * len(same_length) > len(names):
            ids = max(ids, same_length, key=len)
    by_name = {}
    for name, parts in rare.items():
        by_name[name] = named_after(name)
        named = [part for part in parts if part in ids]
        if len(named) == 1:
            at = parts.index(named[0])
            beside = [*filter(NAME.fullmatch, parts[max(at - 1, 0) : at + 2])]
            person = beside[0] if len(beside) == 1 else ""
            by_name[name] = Owner(named[0], person)
    return by_name


def _parts(name: str) -> list[str]:
    """Return the numbers and the words of a name; full-width ones as the others."""
    return PART.findall(unicodedata.normalize("NFKC", name))


def _in_roster(name: str, owner: Owner, roster: People) -> Owner:
    """Return the owner of a name by a roster, with a problem if it fits several people."""
    parts = _parts(name)
    ids = [name, owner.id, *parts, *re.findall(r"\w+", name)]
    with_id = roster.with_id(ids)
    with_name = roster.with_name([name, owner.name, *parts])
    fitting = (with_id & with_name) or (with_id | with_name)
    if not fitting:
        return replace(
            owner,
            flags=(Message("not in the roster {file}", {"file": roster.file}),),
        )
    if len(fitting) == 1:
        person = fitting.pop()
        return Owner(next(iter(person.ids), person.name), person.name)
    in_order = sorted(fitting, key=lambda person: person.row)
    several = joined([*map(str, in_order)], N_(" or "))
    values = {"name": name, "file": roster.file, "people": several}
    return replace(
        named_after(name),
        problem=Message(
            "The name {name} fits several people in {file}: {people}. Ask whose file it is.",
            values,
        ),
    )
