"""Reads another program's CSV file, changes single cells, and writes it in the same form.

The encoding, the delimiter and the line endings stay.  Knows nothing of whose table it is.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from dataclasses import dataclass

from autograder.errors import KitError

DELIMITERS = ",;\t"


class NotATable(KitError):
    """The bytes are not a table; the sentence says why, and follows the file's name."""


@dataclass(frozen=True)
class Table:
    """rows: the values of all cells.  The other fields are its form; mark: the byte order mark, or ""."""

    rows: list[list[str]]
    encoding: str
    delimiter: str
    end: str
    mark: str

    def to_bytes(self) -> bytes:
        """The file with the current cells."""
        file = io.StringIO(newline="")
        csv.writer(file, delimiter=self.delimiter, lineterminator=self.end).writerows(self.rows)
        return (self.mark + file.getvalue()).encode(self.encoding)


def read(raw: bytes) -> Table:
    """The table in these bytes.  Raises NotATable."""
    text, encoding = _decoded(raw)
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    if not text.strip():
        raise NotATable("is empty. Export it again.")
    try:
        first = text.splitlines()[:1]
        delimiter = max(DELIMITERS, key=lambda each: len(next(csv.reader(first, delimiter=each))))
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise NotATable(
            "is not a complete CSV file: a quotation mark is never closed. Export it again."
        ) from None
    end = next(end for end in ("\r\n", "\n", "\r", "") if end in text)
    return Table(rows, encoding, delimiter, end or "\n", mark)


def _decoded(raw: bytes) -> tuple[str, str]:
    """The text, which starts with its byte order mark, if any, and its encoding.

    The encoding is that of the mark, else UTF-8 if that fits, else Windows-1252, which Excel writes.
    """
    known: tuple[str, ...] = ("utf-8", "cp1252")
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in raw[:2]:
        known = ("utf-16-be" if raw[:1] in b"\xfe\0" else "utf-16-le",)  # 0: of the two bytes of a letter
    else:
        with contextlib.suppress(UnicodeError):
            raw.decode("gb2312")  # as Excel writes in China: of what fits both, nobody guesses a letter
            known = ("utf-8",)
    for encoding in known:
        with contextlib.suppress(UnicodeError):
            text = raw.decode(encoding)
            if "\0" not in text:
                return text, encoding
    raise NotATable("is not a CSV file, or has an unknown encoding. Save it as CSV UTF-8 first.")


def number(cell: str) -> float | None:
    """The number in a cell, with a point or a comma; None if there is none."""
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return None
