"""Reads another program's CSV or Excel file, changes cells, and writes it in the same form.

The encoding, the delimiter and the line endings stay, and so do an Excel file's formulas and
formats.
"""

import contextlib
import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.data import bytes_of
from autograder.errors import KitError
from autograder.untrusted_text import decoded

DELIMITERS = ",;\t"
# What the kit writes it reads, and a file was read whole before this limits it.
csv.field_size_limit(1 << 30)


@dataclass(frozen=True)
class Table:
    """The cells of a file, and its form."""

    rows: list[list[str]]
    # without a byte order mark, Excel assumes its own country's encoding
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    end: str = "\n"  # of each line
    # of an Excel file, in place of the others
    workbook: bytes = b""

    def to_bytes(self) -> bytes:
        """Return the file with the current cells."""
        if self.workbook:
            return self._to_workbook()
        text = io.StringIO(newline="")
        writer = csv.writer(
            text, delimiter=self.delimiter, lineterminator=self.end
        )
        writer.writerows(self.rows)
        return text.getvalue().encode(self.encoding)

    def _to_workbook(self) -> bytes:
        book = _workbook(self.workbook)
        for row, cells in enumerate(self.rows, start=1):
            for column, text in enumerate(cells, start=1):
                cell = book.active.cell(row, column)
                # What did not change keeps its type.
                if text != _shown(cell.value):
                    value = number(text)
                    cell.value = text if value is None else value
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()


def read(path: Path) -> Table:
    """Return the table in a CSV or Excel file.  Raises KitError, and OSError."""
    raw = bytes_of(path)
    table = None
    # An Excel file is a .zip.
    if raw.startswith(b"PK"):
        # A broken .zip or XML raises many kinds.
        with contextlib.suppress(Exception):
            rows = _workbook(raw).active.iter_rows(values_only=True)
            shown = [[*map(_shown, cells)] for cells in rows]
            table = Table(shown, workbook=raw)
    else:
        # A quotation mark may never be closed.
        with contextlib.suppress(csv.Error):
            table = _csv(raw)
    if table is None or not table.rows:
        raise KitError(
            "{file} cannot be read as a table. Save it again, as CSV UTF-8 or .xlsx.",
            file=path,
        )
    return table


def _workbook(raw: bytes) -> Any:
    """Return an Excel file, whose active sheet is the one that was last looked at."""
    # Commands without an Excel file do not wait for this.
    import openpyxl

    return openpyxl.load_workbook(io.BytesIO(raw))


def _shown(value: object) -> str:
    """Return a cell's value as text; without a point if it is a whole number, such as an id."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None:
        return ""
    return str(value)


def _csv(raw: bytes) -> Table | None:
    """Return the table in these bytes; None if they are no text.  Raises csv.Error."""
    text, encoding = decoded(raw)
    if "\0" in text or "\ufffd" in text:
        return None
    first, _, _ = text.partition("\n")
    delimiter = max(DELIMITERS, key=first.count)
    lines = io.StringIO(text, newline="")
    rows = [*csv.reader(lines, delimiter=delimiter, strict=True)]
    end = next(end for end in ("\r\n", "\n", "\r", "") if end in text)
    return Table(rows, encoding, delimiter, end or "\n")


def number(cell: str) -> float | None:
    """Return the number in a cell, with a point or a comma; None if there is none."""
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return None
