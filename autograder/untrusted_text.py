"""Text that a student named or wrote, shown so that it steers nothing and people see all of it.

Knows nothing of where it is shown, beside that a table may be opened as a spreadsheet.
"""

from __future__ import annotations

import re
import unicodedata

FORMULA = "=+-@\t\r\n＝＋－＠"  # with these a spreadsheet begins to compute

BEHIND = re.compile(f"; *(?=[{re.escape(FORMULA)}])")


def escape_control_characters(text: str, keep: str = "\n\t") -> str:
    """The text with each character that steers a terminal, or the order of others, written as its code.

    keep: what of these may stay.
    """
    if text.isprintable():
        return text
    return "".join(c if c in keep or is_printed(c) else ascii(c)[1:-1] for c in text)


def is_printed(character: str) -> bool:
    """Whether it prints, or is a blank: no control character, half a surrogate, or mark of direction."""
    return character.isprintable() or unicodedata.category(character) == "Zs"


def cell(text: str) -> str:
    """A text in a table: in one line, and no formula.

    Nor behind a `;`, where a spreadsheet of many countries takes the next cell to begin.
    """
    shown = BEHIND.sub(r"\g<0>'", escape_control_characters(text, ""))
    return f"'{shown}" if text.lstrip(" ").startswith(tuple(FORMULA)) else shown
