"""The language that this process speaks: an English sentence, or its translation from a gettext catalogue.

A catalogue is a `.po` file beside this one, read by Babel when its language is first spoken: nothing is
compiled that could go stale.  Knows no sentence itself.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

ENGLISH = "en"  # what is written in the code, and said where a catalogue has nothing else
FOLDER = Path(__file__).parent
LANGUAGES = (ENGLISH, *sorted(path.stem for path in FOLDER.glob("*.po")))

# One course, and so one language, to a process: threads that report progress must speak it too.
_spoken: list[str] = [ENGLISH]


def language() -> str:
    """The language that is spoken now."""
    return _spoken[-1]


def speak(name: str) -> None:
    """Speak this language from now on: what a door does once it has its course's settings."""
    _spoken[-1] = name


@contextlib.contextmanager
def spoken(name: str) -> Iterator[None]:
    """Speak a language for a while."""
    _spoken.append(name)
    try:
        yield
    finally:
        _spoken.pop()


def tr(english: str, **values: object) -> str:
    """The sentence in the language spoken, with its values filled in by `str.format`."""
    said = english if _spoken[-1] == ENGLISH else catalogue(_spoken[-1]).get(english, english)
    return said.format(**values) if values else said


def in_all(english: str) -> tuple[str, ...]:
    """The sentence in every language: what was written in one is read in another."""
    return (english, *(catalogue(name).get(english, english) for name in LANGUAGES if name != ENGLISH))


def said(words: object) -> object:
    """All sentences in a constant: a string, or a tuple or the values of a dict."""
    if isinstance(words, str):
        return tr(words)
    if isinstance(words, tuple):
        return tuple(map(said, words))
    if isinstance(words, dict):
        return {key: said(value) for key, value in words.items()}
    return words


class Words(ModuleType):
    """A module whose constants, seen from outside, are in the language spoken.

    A module of words sets it as its own class: `sys.modules[__name__].__class__ = Words`.
    """

    def __getattribute__(self, name):
        value = super().__getattribute__(name)
        return said(value) if name.isupper() and _spoken[-1] != ENGLISH else value


@functools.cache
def catalogue(name: str) -> Mapping[str, str]:
    """What a language says for each English sentence."""
    from autograder.languages import catalogues  # Babel is imported where it is needed alone

    return {text: said for (text, _), said in catalogues.read(FOLDER / f"{name}.po").items()}
