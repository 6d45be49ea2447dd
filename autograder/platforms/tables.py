"""Reads another program's CSV or Excel file, changes cells, and writes it in the same form.

The encoding, the delimiter and the line endings stay, and so do an Excel file's formulas and
formats.
"""

import codecs
import contextlib
import csv
import io
from dataclasses import dataclass
from typing import Any

from autograder.errors import N_, KitError

DELIMITERS = ",;\t"
# What the kit writes it reads, and a file was read whole before this limits it.
csv.field_size_limit(1 << 30)
NO_TABLE = N_(
    "cannot be read as a table. Save it again, as CSV UTF-8 or .xlsx."
)


class NotATable(KitError):
    """The bytes are not a table; the sentence says why, and follows the file's name."""


@dataclass(frozen=True)
class Table:
    """The cells of a file, and its form."""

    rows: list[list[str]]
    encoding: str = ""
    delimiter: str = ""
    end: str = ""  # of each line
    workbook: bytes = b""  # of an Excel file, in place of the others

    def to_bytes(self) -> bytes:
        """Return the file with the current cells."""
        if not self.workbook:
            text = io.StringIO(newline="")
            writer = csv.writer(
                text, delimiter=self.delimiter, lineterminator=self.end
            )
            writer.writerows(self.rows)
            return text.getvalue().encode(self.encoding)
        file = io.BytesIO()
        book = _workbook(self.workbook)
        for at, cells in enumerate(self.rows, start=1):
            for column, shown in enumerate(cells, start=1):
                cell = book.active.cell(at, column)
                if shown != _shown(
                    cell.value
                ):  # what did not change keeps its type
                    cell.value = (
                        shown if number(shown) is None else number(shown)
                    )
        book.save(file)
        return file.getvalue()


def read_any(raw: bytes) -> Table:
    """Return the table in a CSV or Excel file.  Raises NotATable."""
    if not raw.startswith(b"PK"):
        return read(raw)
    rows = []
    with contextlib.suppress(Exception):  # of a broken .zip or XML
        for cells in _workbook(raw).active.iter_rows(values_only=True):
            rows.append([*map(_shown, cells)])
    if not rows:
        raise NotATable(NO_TABLE)
    return Table(rows, workbook=raw)


def _workbook(raw: bytes) -> Any:
    """Return an Excel file, whose active sheet is the one that was last looked at."""
    import openpyxl  # a command without an Excel file does not wait for it

    return openpyxl.load_workbook(io.BytesIO(raw))


def _shown(value: object) -> str:
    """Return a cell's value as text; without a point if it is a whole number, such as an id."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def read(raw: bytes) -> Table:
    """Return the table in these bytes.  Raises NotATable."""
    text, encoding = _decoded(raw)
    first = text.splitlines()[:1]

    def columns(delimiter: str) -> int:
        return len(next(csv.reader(first, delimiter=delimiter)))

    try:
        delimiter = max(DELIMITERS, key=columns)
        lines = io.StringIO(text, newline="")
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        # a quotation mark is never closed, or there is no line
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
    """Return whether these bytes, read as GBK, are mostly common Chinese letters.

    Excel writes so in China.  In Europe's encodings, accented letters in pairs are rare.  A
    wrong guess would change no byte.
    """
    try:
        text = raw.decode("gb18030")
    except UnicodeError:
        return False
    letters = 0
    common = 0
    for letter in text:
        if letter.isalpha() and not letter.isascii():
            code = letter.encode("gb18030")
            letters += 1
            is_first_half = (
                b"\xb0\xa1" <= code < b"\xd8"
            )  # of GB2312, by frequency
            common += len(code) == 2 and is_first_half and code[1] > 0xA0
    return 2 * common > letters and text.encode("gb18030") == raw


def number(cell: str) -> float | None:
    """Return the number in a cell, with a point or a comma; None if there is none."""
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return None
