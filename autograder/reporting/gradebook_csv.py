"""A table that another program wrote: single cells change, and all else stays, byte for byte.

Knows nothing of whose table it is.  Python's own csv module reads values only: it forgets how each cell was
quoted, and how each line ended.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.languages import tr

DELIMITERS = ",;\t"
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .ods; .xls


class NotATable(ValueError):
    """The bytes are no table: a sentence that says why, to stand behind the file's name."""


@dataclass(frozen=True)
class Table:
    """rows: the values of all cells.  spans: for each, where it stands in `text`.  encoding: of the bytes."""

    text: str
    encoding: str
    delimiter: str
    rows: tuple[tuple[str, ...], ...]
    spans: tuple[tuple[tuple[int, int], ...], ...]

    def with_cells(self, values: Mapping[tuple[int, int], str]) -> bytes:
        """The bytes with other values at (row, column), quoted where the cell was quoted.

        values: digits, or whatever needs no quotes.  A row that is too short gets the delimiters it lacks.
        """
        pieces, at = [], 0
        for (row, column), value in sorted(values.items()):
            spans = self.spans[row]
            if column < len(spans):
                start, end = spans[column]
                value = f'"{value}"' if self.text[start:end].startswith('"') else value
            else:
                start = end = spans[-1][1]
                value = self.delimiter * (column - len(spans) + 1) + value
            pieces += [self.text[at:start], value]
            at = end
        return "".join([*pieces, self.text[at:]]).encode(self.encoding)


def read(raw: bytes, encoding: str = "") -> Table:
    """The table in these bytes.  encoding: "" finds it out.  Raises NotATable."""
    if raw.startswith(WORKBOOKS):
        raise NotATable(tr("is a workbook or a .zip, no CSV: save it as CSV first"))
    text, encoding = _decoded(raw, encoding)
    start = 1 if text.startswith("\ufeff") else 0
    if not text[start:].strip():
        raise NotATable(tr("is empty"))
    if text[start:].lstrip().startswith("<"):
        raise NotATable(tr("is a web page, such as a login's, no CSV: download it again"))
    delimiter = max(DELIMITERS, key=lambda each: len(_spans(text, start, each, only_first=True)[0]))
    spans = _spans(text, start, delimiter)
    if len(spans[0]) < 2:
        raise NotATable(tr("is no CSV: its first line has a single column"))
    rows = tuple(tuple(_value(text[a:b]) for a, b in row) for row in spans)
    return Table(text, encoding, delimiter, rows, tuple(tuple(row) for row in spans))


def _decoded(raw, encoding):
    """The text and its encoding, a mark of byte order being the first character: it stays where it is."""
    if not encoding:
        encoding = _encoding(raw)
    try:
        text = raw.decode(encoding)
        if text.encode(encoding) == raw and "\0" not in text:
            return text, encoding
    except LookupError:
        raise NotATable(
            tr("cannot be read as {encoding}: there is no such encoding", encoding=encoding)
        ) from None
    except UnicodeError:
        pass
    raise NotATable(
        tr("cannot be read as {encoding}: say in which encoding it is, with --encoding", encoding=encoding)
    ) from None


def _encoding(raw):
    """By its mark, else UTF-8 where that fits, else what Excel writes in the West."""
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if raw.startswith(mark):
            return name
    if b"\0" in raw[:2]:  # one of the two bytes of a letter of ours
        return "utf-16-be" if raw[:1] == b"\0" else "utf-16-le"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _spans(text, at, delimiter, only_first=False):
    """Where each cell of each row begins and ends (RFC 4180; a quote inside a bare cell is a letter)."""
    rows: list[list[tuple[int, int]]] = [[]]
    while True:
        start, at = at, _end_of_cell(text, at, delimiter)
        rows[-1].append((start, at))
        if at < len(text) and text[at] == delimiter:
            at += 1
            continue
        at += 2 if text.startswith("\r\n", at) else 1
        if only_first or at >= len(text):
            return rows
        rows.append([])


def _end_of_cell(text, at, delimiter):
    if text.startswith('"', at):
        at += 1
        while True:
            at = text.find('"', at)
            if at < 0:
                raise NotATable(tr("is no CSV, or it is cut off: a quotation mark is never closed"))
            at += 1
            if not text.startswith('"', at):
                break
            at += 1
    while at < len(text) and text[at] not in (delimiter, "\r", "\n"):
        at += 1
    return at


def _value(raw: str) -> str:
    if not raw.startswith('"'):
        return raw
    quoted, _, rest = raw[1:].rpartition('"')
    return quoted.replace('""', '"') + rest


def columns(titles: Sequence[str]) -> str:
    """The titles of columns, to be listed in a sentence."""
    return ", ".join(filter(None, titles))
