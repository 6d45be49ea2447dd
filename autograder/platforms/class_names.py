"""Who is who in the names that a class gives to its files: 学号_姓名_实验一, 姓名+学号, 班级-学号-姓名.

One rule, and no list of spellings.  What most names have in common is neither an id nor a name.  A number of
the length that most have, and that tells them apart, is the id.  A short part of Han letters alone beside it
is the name.  Where that is not certain, the whole name stays the id.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from autograder.platforms.platform import Owner, named_after

NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}|[\u3400-\u9fff]+·[\u3400-\u9fff·]+")
ID = "\0"  # stands for the id among the parts of a name


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
