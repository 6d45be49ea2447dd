"""Which function or parameter a student meant by another name: spelling, abbreviations, similar letters."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

MAX_LETTERS, MAX_NAMES = 60, 1000  # of a name that is compared with others, and how many are
STEM = 3  # letters that an abbreviation shares with the word
ALIKE = 0.65  # difflib's ratio of names that mean the same: about half of their letters agree


def near(function: str, names: Iterable[str]) -> str:
    """Return the name under which a function was likely meant; "" for none."""
    others = sorted(names)[:MAX_NAMES]
    found = [name for name in others if is_near(function, name)]
    return next(iter([*found, *(name for name in others if resembles(function, name))]), "")


def words_of(name: str) -> list[str]:
    """Return the words of a name, in small letters: linearReg, linear_reg and LinearReg have the same two."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name[:MAX_LETTERS])
    return [word for word in re.split(r"[_\d]+", spaced.lower()) if word]


def letters(name: str) -> str:
    """Return a name's letters, without case and underscores."""
    return "".join(words_of(name))


def stands_for(name: str, other: str) -> bool:
    """Return whether two names mean the same: they differ in spelling, or one is the other's initials."""
    initials = "".join(word[0] for word in words_of(name))
    return letters(name) == letters(other) or (len(initials) > 1 and initials == letters(other))


def means(name: str, other: str) -> bool:
    """Return whether one may mean the other: bs means batch_size, and weights w; features does not mean X."""
    short, long = sorted((letters(name), letters(other)), key=len)
    begins = bool(short) and (long.startswith(short) or (short[:STEM] == long[:STEM] and len(short) > STEM))
    return begins or stands_for(name, other) or stands_for(other, name)


def is_near(name: str, other: str) -> bool:
    """Return whether a function was surely meant by another name: a_mean for mean, leastsq for least_squares.

    The other name contains its words, or has its initials, or leaves letters out.
    """
    own, theirs, words = letters(name), letters(other), words_of(other)
    if not theirs or len(other) > MAX_LETTERS:
        return False
    if own in words or {*words_of(name)} <= {*words} or stands_for(other, name):
        return True
    short, long = sorted((own, theirs), key=len)
    left = iter(long)
    return len(short) > STEM and own[0] == theirs[0] and all(letter in left for letter in short)


def resembles(name: str, other: str) -> bool:
    """Return whether the names look alike; not for names of three letters, which all do."""
    own, theirs = letters(name), letters(other)
    if not theirs or len(other) > MAX_LETTERS or len(own) <= STEM or own[0] != theirs[0]:
        return False
    return difflib.SequenceMatcher(None, own, theirs).ratio() >= ALIKE
