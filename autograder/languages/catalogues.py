"""gettext catalogues (`.po`), by Babel: extracts sentences, updates files, lists missing translations."""

import contextlib
import re
from collections.abc import Iterable, Mapping
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

# A sentence, or its singular and plural, as in gettext.
Text = str | tuple[str, ...]
CODE = "code"  # the context of what code says: comments, and texts with their quotes
_FIELD = re.compile(r"\{[^{}]*\}")


def extracted(path: Path, keywords: Mapping[str, tuple[int, ...] | None]) -> list[Text]:
    """Return the sentences in a program or a Jinja template, as `pybabel extract` finds them.

    keywords: the functions that take sentences, and in which arguments; None: the first.
    """
    with contextlib.redirect_stderr(StringIO()):  # Babel warns of every f-string, sentence or not
        kind = "python" if path.suffix == ".py" else "jinja2"
        found = extract_from_file(kind, path, keywords, options={"silent": "false"})
        return [text for _, text, *_ in found]


def template(sentences: Iterable[tuple[Text, str, str]]) -> Catalog:
    """Return a catalogue of (sentence, context, file): each sentence once, with all its files.

    context: the place of a sentence in a translated document; "" for a sentence that is the same everywhere.
    """
    made = Catalog()
    for text, context, where in sentences:
        made.add(text, locations=[(where, 0)], context=context or None)
    return made


def read(path: Path) -> dict[tuple[Any, str], Any]:
    """Return (sentence, context) -> its translation, unless fuzzy; none without a catalogue."""
    translations: dict[tuple[Any, str], Any] = {}
    for message in _opened(path):
        if message.id and all(_forms(message.string)) and not message.fuzzy:
            translations[message.id, message.context or ""] = message.string
    return translations


def _forms(text: Any) -> Any:
    return (text,) if isinstance(text, str) else text


def _opened(path: Path) -> Catalog:
    raw = path.read_bytes() if path.is_file() else b""
    return read_po(BytesIO(raw), locale=path.stem.rpartition(".")[2])


def _updated(path: Path, template: Catalog) -> bytes:
    """Return the catalogue with exactly the template's sentences; a changed one's translation is fuzzy."""
    catalog = _opened(path)
    catalog.update(template)
    for message in catalog:
        message.flags -= {"python-format", "python-brace-format"}
    file = BytesIO()
    write_po(file, catalog, width=100, omit_header=True, include_lineno=False, ignore_obsolete=True)
    return file.getvalue()


def update(path: Path, template: Catalog) -> bool:
    """Write the updated catalogue.  Returns whether it changed."""
    made = _updated(path, template)
    if path.is_file() and made == path.read_bytes():
        return False
    path.write_bytes(made)
    return True


def waiting(path: Path, template: Catalog) -> list[str]:
    """Return a line for each sentence without a complete translation, and if the catalogue is out of date."""
    known, lines = read(path), []
    if not path.is_file() or _updated(path, template) != path.read_bytes():
        lines.append(f"{path.name} is out of date. Run `autograder translate`.")
    for message in filter(lambda message: message.id, template):
        english, context = _forms(message.id)[-1], message.context or ""
        said = known.get((message.id, context))
        where = f" (cell {context})" if context else ""
        if said is None:
            lines.append(f"{path.name} has no translation of {english[:300]!r}{where}")
        elif context in ("", CODE) and {*_FIELD.findall(english)} != {*_FIELD.findall(_forms(said)[-1])}:
            lines.append(f"{path.name} has other names in braces for {english!r}")
    return lines
