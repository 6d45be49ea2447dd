"""Reads another program's CSV or Excel file, changes single cells, and writes it in the same form.

The encoding, the delimiter and the line endings stay, and so do an Excel file's formulas
and formats.
"""

import codecs
import contextlib
import csv
import io
from dataclasses import dataclass
from typing import Any

from autograder.errors import N_, KitError

DELIMITERS = ",;\t"
csv.field_size_limit(
    1 << 30
)  # what the kit writes it reads, and a file was read whole before this limits it
NO_TABLE = N_("cannot be read as a table. Save it again, as CSV UTF-8 or .xlsx.")


class NotATable(KitError):
    """The bytes are not a table; the sentence says why, and follows the file's name."""


@dataclass(frozen=True)
class Table:
    """rows: the values of all cells.  The others are its form; end: of each line; workbook: an
    Excel file.
    """

    rows: list[list[str]]
    encoding: str = ""
    delimiter: str = ""
    end: str = ""
    workbook: bytes = b""

    def to_bytes(self) -> bytes:
        """Return the file with the current cells."""
        if not self.workbook:
            text = io.StringIO(newline="")
            csv.writer(
                text, delimiter=self.delimiter, lineterminator=self.end
            ).writerows(self.rows)
            return text.getvalue().encode(self.encoding)
        file, book = io.BytesIO(), _workbook(self.workbook)
        for at, cells in enumerate(self.rows, start=1):
            for column, shown in enumerate(cells, start=1):
                cell = book.active.cell(at, column)
                if shown != _shown(cell.value):  # what did not change keeps its type
                    cell.value = shown if number(shown) is None else number(shown)
        book.save(file)
        return file.getvalue()


def read_any(raw: bytes) -> Table:
    """Return the table in a CSV or Excel file.  Raises NotATable."""
    if not raw.startswith(b"PK"):
        return read(raw)
    rows = []
    with contextlib.suppress(
        Exception
    ):  # whatever a broken .zip or XML makes of openpyxl
        rows = [
            [_shown(cell.value) for cell in row]
            for row in _workbook(raw).active.iter_rows()
        ]
    if not rows:
        raise NotATable(NO_TABLE)
    return Table(rows, workbook=raw)


def _workbook(raw: bytes) -> Any:
    """Return an Excel file, whose active sheet is the one that was last looked at."""
    import openpyxl  # a command without an Excel file does not wait for it

    return openpyxl.load_workbook(io.BytesIO(raw))


def _shown(value: object) -> str:
    """Return a cell's value as text; a number without a fraction, such as an id, without a
    point.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def read(raw: bytes) -> Table:
    """Return the table in these bytes.  Raises NotATable."""
    text, encoding = _decoded(raw)
    try:
        first = text.splitlines()[:1]
        delimiter = max(
            DELIMITERS, key=lambda each: len(next(csv.reader(first, delimiter=each)))
        )
        rows = list(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        )
    except (
        csv.Error,
        StopIteration,
    ):  # a quotation mark is never closed, or there is no line
        raise NotATable(NO_TABLE) from None
    end = next(end for end in ("\r\n", "\n", "\r", "") if end in text)
    return Table(rows, encoding, delimiter, end or "\n")


def _decoded(raw: bytes) -> tuple[str, str]:
    """Return the text and its encoding: by its byte order mark, else UTF-8, GBK or Windows-1252."""
    known = ["utf-8", "gb18030" if _is_chinese(raw) else "cp1252"]
    if raw.startswith(codecs.BOM_UTF8):
        known = ["utf-8-sig"]
    elif raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        known = ["utf-16"]
    elif b"\0" in raw[:2]:  # one of the two bytes of a letter
        known = ["utf-16-be" if raw[:1] == b"\0" else "utf-16-le"]
    for encoding in known:
        with contextlib.suppress(UnicodeError):
            text = raw.decode(encoding)
            if "\0" not in text:
                return text, encoding
    raise NotATable(NO_TABLE)


def _is_chinese(raw: bytes) -> bool:
    """Return whether these bytes, read as GBK, are mostly common Chinese letters, as Excel
    writes in China.

    In Europe's encodings, accented letters in pairs are rare.  A wrong guess would change no byte.
    """
    try:
        text = raw.decode("gb18030")
    except UnicodeError:
        return False
    letters = [c.encode("gb18030") for c in text if not c.isascii() and c.isalpha()]
    common = [
        c for c in letters if len(c) == 2 and b"\xb0\xa1" <= c < b"\xd8" and c[1] > 0xA0
    ]
    return 2 * len(common) > len(letters) and text.encode("gb18030") == raw


def number(cell: str) -> float | None:
    """Return the number in a cell, with a point or a comma; None if there is none."""
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return None
