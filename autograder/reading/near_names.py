"""Which function or parameter a student meant by another name: spelling, abbreviations,
similar letters.
"""

import difflib
import re
from collections.abc import Iterable

MAX_LETTERS = 60  # of a name that is compared with others
MAX_NAMES = 1000  # that are compared
STEM = 3  # letters that an abbreviation shares with the word
# difflib's ratio of names that mean the same: about half of their letters agree
ALIKE = 0.65


def near(function: str, names: Iterable[str]) -> str:
    """Return the name under which a function was likely meant; "" for none."""
    candidates = [
        name
        for name in sorted(names)[:MAX_NAMES]
        if letters(name) and len(name) <= MAX_LETTERS
    ]
    for is_like in (_is_near, _resembles):
        for name in candidates:
            if is_like(function, name):
                return name
    return ""


def words_of(name: str) -> list[str]:
    """Return the words of a name, in small letters: linearReg, linear_reg and LinearReg have
    the same two.
    """
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name[:MAX_LETTERS])
    return [word for word in re.split(r"[_\d]+", spaced.lower()) if word]


def letters(name: str) -> str:
    """Return a name's letters, without case and underscores."""
    return "".join(words_of(name))


def stands_for(name: str, meant: str) -> bool:
    """Return whether two names mean the same: they differ in spelling, or one is the other's
    initials.
    """
    wanted = letters(meant)
    if letters(name) == wanted:
        return True
    initials = "".join(word[0] for word in words_of(name))
    # One initial could be of any word.
    return len(initials) > 1 and initials == wanted


def may_mean(first: str, second: str) -> bool:
    """Return whether one may mean the other.

    bs and size mean batch_size, epochs num_epochs, and weights w; features does not mean X.
    """
    if stands_for(first, second) or stands_for(second, first):
        return True
    short, long = sorted((letters(first), letters(second)), key=len)
    if len(short) <= STEM:
        return bool(short) and long.startswith(short)
    longer_name = max(first, second, key=len)
    return short[:STEM] == long[:STEM] or short in words_of(longer_name)


def _is_near(name: str, candidate: str) -> bool:
    """Return whether it surely means the other, which has its words or initials, or leaves
    letters out.
    """
    words = {*words_of(candidate)}
    if letters(name) in words or words.issuperset(words_of(name)):
        return True
    if stands_for(candidate, name):
        return True
    short, long = sorted((letters(name), letters(candidate)), key=len)
    if len(short) <= STEM or short[0] != long[0]:
        return False
    # Each search goes on behind the letter that the last one found.
    rest = iter(long)
    return all(letter in rest for letter in short)


def _resembles(name: str, candidate: str) -> bool:
    """Return whether the names look alike; not for names of three letters, which all do."""
    first = letters(name)
    second = letters(candidate)
    if len(first) <= STEM or first[0] != second[0]:
        return False
    return difflib.SequenceMatcher(None, first, second).ratio() >= ALIKE
