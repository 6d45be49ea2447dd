"""Translates English sentences into the language of this process, by gettext.

A catalogue is a `.po` file, which Babel reads when its language is first used, so no
compiled file can be out of date.  The kit's is beside this file, an assignment's beside its
exercises.
"""

import contextlib
import functools
import gettext
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from autograder import courses
from autograder.errors import N_ as N_
from autograder.errors import KitError, Message

# The language in the code, used for every sentence without a translation.
ENGLISH = "en"
FOLDER = Path(__file__).parent
LANGUAGES = (ENGLISH, *sorted(path.stem for path in FOLDER.glob("*.po")))
# The second is for items that can have commas.
SEPARATORS = N_(", "), N_("; ")

# A process has one course, and so one language, also in threads that report progress.
_current: list[str] = [ENGLISH]


def language() -> str:
    """Return the current language."""
    return _current[-1]


def set_language(name: str) -> None:
    """Use this language from now on.  A command calls it once it has its course's settings."""
    _current[-1] = name


@contextlib.contextmanager
def in_language(name: str) -> Iterator[None]:
    """Use a language within a block."""
    _current.append(name)
    try:
        yield
    finally:
        _current.pop()


def tr(
    message: str | Message | BaseException | Mapping[str, Any],
    /,
    **values: object,
) -> str:
    """Return a sentence in the current language, with its values filled in by `str.format`.

    >>> tr("{count} of {total}", count=3, total=4)
    '3 of 4'

    message: an English sentence; or a message or an error, which contain their values, or what
    `errors.as_data` made of them.
    """
    if isinstance(message, KitError):
        message = message.message
    if isinstance(message, Mapping):
        message = Message(message["text"], message["values"])
    if isinstance(message, Message):
        values = {**message.values, **values}
        message = message.text
    english = str(message)
    # gettext has its header under the empty sentence.
    if not english:
        return ""
    text = _catalogue(language()).gettext(english)
    # Braces are a student's own then, as in an error of Python's.
    if not values:
        return text
    return text.format(**_translated(values))


def plural(
    singular: str,
    several: str,
    n: int,
    /,
    **values: object,
) -> str:
    """Return a sentence about a number, {n}, in the current language.

    >>> plural("1 file", "{n} files", 2)
    '2 files'
    """
    text = _catalogue(language()).ngettext(singular, several, n)
    return text.format(n=n, **_translated(values))


def listed(items: Iterable[str], between: str = ", ") -> str:
    """Return the items of a list in a sentence.  between: of SEPARATORS."""
    return tr(between).join(items)


def joined(items: Sequence[str | Message], between: str) -> Message:
    """Return the items of a list as a message, which is translated where it is read.

    >>> str(joined(["ann", "bob", "cy"], " or "))
    'ann or bob or cy'
    """
    message = Message("{item}", {"item": items[0]})
    for item in items[1:]:
        values = {
            "before": message,
            "between": Message(between),
            "item": item,
        }
        message = Message("{before}{between}{item}", values)
    return message


def _translated(values: Mapping[str, object]) -> dict[str, object]:
    translated = dict(values)
    for name, value in values.items():
        if isinstance(value, Message | BaseException | Mapping):
            translated[name] = tr(value)
    return translated


def _catalogue(name: str) -> gettext.NullTranslations:
    """Return the translations into a language; the kit's come before an assignment's."""
    if name == ENGLISH:
        return gettext.NullTranslations()
    return _of_course(name, courses.root())


@functools.cache
def _of_course(name: str, course: Path | None) -> gettext.NullTranslations:
    kit = _read(FOLDER / f"{name}.po")
    for assignment in courses.names():
        path = courses.catalogue(assignment, name)
        if path.is_file():
            kit.add_fallback(_read(path))
    return kit


def _read(path: Path) -> gettext.NullTranslations:
    # English, which most courses speak, needs no Babel.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    catalogue = read_po(BytesIO(path.read_bytes()), locale=path.stem)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
