"""Catalogues in gettext's `.po` files, by Babel: filled from sources, kept in step, seen for what waits."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO, StringIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

# A sentence, of which there is a second form for numbers, as gettext has them; and where it stands in what is
# translated: "" where the same words are said anywhere.
Text = str | tuple[str, ...]
Sentence = tuple[Text, str]
Found = dict[Sentence, list[str]]
_FIELD = re.compile(r"\{[a-z_0-9]*(?:![rsa])?(?::[^{}]*)?\}")


def extracted(path: Path, keywords: Mapping[str, tuple[int, ...] | None]) -> list[Text]:
    """The sentences that a program says, as `pybabel extract` finds them.

    keywords: what is given sentences, and as which of its arguments; None: the first.
    """
    with contextlib.redirect_stderr(StringIO()):  # Babel warns of f-strings, also where they are no sentence
        return [text for _, text, *_ in extract_from_file("python", path, keywords)]


def found(sentences: Iterable[tuple[Text, str, str]]) -> Found:
    """Of (sentence, context, file): each sentence once, with all its files."""
    places: Found = {}
    for text, context, where in sentences:
        files = places.setdefault((text, context), [])
        if where not in files:
            files.append(where)
    return places


def read(path: Path) -> dict[Sentence, Text]:
    """What a catalogue says, without what is marked as doubtful; nothing where there is none."""
    found: dict[Sentence, Text] = {}
    for message in _opened(path):
        text, said = _text(message.id), _text(message.string)
        if all(_forms(text)) and all(_forms(said)) and not message.fuzzy:
            found[text, message.context or ""] = said
    return found


def _text(forms: str | Sequence[str] | None) -> Text:
    """One form, or all; "" where there is none."""
    return forms if isinstance(forms, str) else tuple(forms or ("",))


def _forms(text: Text) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text


def _opened(path: Path) -> Catalog:
    language = path.stem.rpartition(".")[2]
    if not path.is_file():
        return Catalog(locale=language)
    with open(path, "rb") as file:
        return read_po(file, locale=language)


def brought_up(path: Path, sentences: Found) -> bytes:
    """A catalogue as it should stand: with all sentences, and no others.

    What was changed in English keeps its old words, marked as doubtful.
    """
    template = Catalog()
    for (text, context), places in sentences.items():
        template.add(text, locations=[(place, 0) for place in places], context=context or None)
    catalog = _opened(path)
    catalog.update(template)
    catalog.obsolete.clear()
    for message in catalog:
        message.flags -= {"python-format", "python-brace-format"}
    file = BytesIO()
    write_po(file, catalog, width=100, omit_header=True, include_lineno=False)
    return file.getvalue()


def bring_up(path: Path, sentences: Found) -> bool:
    """Write a catalogue as it should stand; whether it changed."""
    made = brought_up(path, sentences)
    if path.is_file() and made == path.read_bytes():
        return False
    path.write_bytes(made)
    return True


def waiting(path: Path, sentences: Found) -> list[str]:
    """A line for each sentence without a whole translation, and for a catalogue with others."""
    known, lines = read(path), []
    if not path.is_file() or brought_up(path, sentences) != path.read_bytes():
        lines.append(f"{path.name} is out of date. Run `autograder translate`.")
    for text, context in sentences:
        said = known.get((text, context))
        where = f" (cell {context})" if context else ""
        if said is None:
            lines.append(f"{path.name} has no translation of {_forms(text)[-1][:300]!r}{where}")
        elif not context and _fields(_forms(text)[-1]) != _fields(_forms(said)[-1]):
            lines.append(f"{path.name} has other names in braces for {_forms(text)[-1]!r}")
    return lines


def _fields(text: str) -> set[str]:
    """What fills a sentence's braces, each with its format."""
    return set(_FIELD.findall(text))
