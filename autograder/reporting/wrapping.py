"""Lines of a terminal's width: of words, or of a script that has none between which to break.

Knows nothing of what the text says.
"""

from __future__ import annotations

import re
import textwrap

from rich.cells import cell_len

# What stays in one piece: letters of the Latin script and code, or one other character, which takes what
# may not begin a line.
_PIECE = re.compile(r"[!-~]+[ ]*|[^!-~][，。；：？！、）”》]*")
_WIDE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")


def wrapped(line: str, width: int, first: str, rest: str) -> str:
    """The text in lines of at most so many columns, with what stands before the first and the others."""
    if not _WIDE.search(first + line):
        return textwrap.fill(
            line, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
        )
    lines = [first]
    for piece in _PIECE.findall(" ".join(line.split())):
        if cell_len(lines[-1]) + cell_len(piece.rstrip()) > width and lines[-1].strip():
            lines.append(rest)
        lines[-1] += piece if lines[-1].strip() else piece.lstrip()
    return "\n".join(each.rstrip() for each in lines)
